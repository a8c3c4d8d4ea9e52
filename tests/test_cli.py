"""The command line: what it prints, and that whatever goes wrong is one line with the remedy and exit code 2."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from rag import cli
from rag.lock import writer_lock
from rag.schema import Answer
from rag.terminal import print_line, printable

ROOT = Path(__file__).parent.parent

HARBOUR = """---
title: Lantern Bay opens its new harbour bridge
outlet: The Coast Ledger
published: 2021-05-03
---

Mayor Ilse Vanterpool opened the new harbour bridge of Lantern Bay on Monday before some four thousand people.

The harbour bridge cost 84 million crowns and took six years to build. It was designed by Tomas Brekke, an engineer,
who said that the old ferry would stop running in June.
"""
LIBRARY = """---
title: Library of Lantern Bay loses its director
outlet: The Coast Ledger
published: 2022-11-20
---

Odile Marchetti resigned as director of the Lantern Bay library on Sunday. She had led the house since 2009 and gave
no reason for leaving.
"""
QUESTION = "Who designed the harbour bridge?"


@pytest.fixture
def pages(tmp_path: Path) -> Path:
    folder = tmp_path / "pages"
    folder.mkdir()
    (folder / "harbour.md").write_text(HARBOUR, encoding="utf-8")
    (folder / "library.md").write_text(LIBRARY, encoding="utf-8")
    return folder


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No setting of whoever runs the tests gets in, and the default store is a temporary one."""
    for name in [name for name in os.environ if name.startswith("DATELINE_")]:
        monkeypatch.delenv(name)
    work = tmp_path / "work"
    work.mkdir()
    monkeypatch.chdir(work)
    monkeypatch.setenv("DATELINE_STORE", str(tmp_path / "store"))


class Output:
    """Runs commands in this process and holds what the last one printed."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self.capsys = capsys
        self.out = self.err = ""

    def run(self, *arguments: str | Path) -> int:
        code = cli.run([str(argument) for argument in arguments])
        self.out, self.err = self.capsys.readouterr()
        return code

    def succeeds(self, *arguments: str | Path) -> str:
        assert self.run(*arguments) == 0, self.err
        return self.out

    def finds(self, pages: Path, words: str) -> str:
        """The page of the best passage for `words`, which must stand in it."""
        hits = json.loads(self.succeeds("search", words, "--corpus", pages, "--json"))
        assert words in " ".join(hits[0]["text"].split())
        return str(hits[0]["path"])

    def refuses(self, *arguments: str | Path) -> str:
        """The one line on standard error with which a command ends in exit code 2."""
        assert self.run(*arguments) == cli.EXIT_INPUT
        assert self.out == ""
        lines = self.err.splitlines()
        assert len(lines) == 1, self.err
        return lines[0]


def program(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Run the command in a process of its own."""
    command = [sys.executable, "-m", "rag", *map(str, arguments)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


@pytest.fixture
def dateline(capsys: pytest.CaptureFixture[str]) -> Output:
    return Output(capsys)


# ── what the commands do ──────────────────────────────────────────────────────────────────────────────────────────


def test_answer_stands_first_and_its_source_last(dateline: Output, pages: Path) -> None:
    lines = dateline.succeeds("ask", QUESTION, "--corpus", pages).splitlines()
    assert lines[0] == "Tomas Brekke"
    assert "[1]" in lines[1]
    shown = "\n".join(lines[lines.index("Sources") :])
    assert "The Coast Ledger · 3 May 2021 · harbour.md" in shown
    assert "As of 3 May 2021; searched 2 articles, 3 May 2021 to 20 November 2022" in lines
    assert dateline.err == ""


def test_json_is_the_answer_and_nothing_else(dateline: Output, pages: Path) -> None:
    from rag import Assistant

    dateline.succeeds("index", pages)
    printed = json.loads(dateline.succeeds("ask", QUESTION, "--corpus", pages, "--json"))
    with Assistant.open(pages) as assistant:
        expected = json.loads(json.dumps(assistant.ask(QUESTION).to_dict()))
    for answer in (printed, expected):
        del answer["seconds"]
    assert printed == expected


def test_a_refusal_is_an_answer(dateline: Output, pages: Path) -> None:
    out = dateline.succeeds("ask", "Who won the chess championship of Patagonia?", "--corpus", pages)
    assert "do not say" in out
    assert "Nearest passages" in out
    assert "Sources" not in out


def test_index_embeds_once(dateline: Output, pages: Path) -> None:
    first = json.loads(dateline.succeeds("index", pages, "--json"))
    assert (first["added"], first["failed"]) == (2, {})
    assert first["embedded"] > 0
    second = json.loads(dateline.succeeds("index", pages, "--json"))
    assert (second["added"], second["unchanged"], second["embedded"]) == (0, 2, 0)
    assert "2 pages: nothing new" in dateline.succeeds("index", pages)


def test_index_says_what_changed(dateline: Output, pages: Path) -> None:
    dateline.succeeds("index", pages)
    (pages / "harbour.md").write_text(HARBOUR.replace("84 million", "91 million"), encoding="utf-8")
    (pages / "library.md").unlink()
    assert "1 page: 1 changed, 1 removed" in dateline.succeeds("index", pages)
    assert "91 million" in dateline.succeeds(
        "ask", "How much did the harbour bridge cost?", "--corpus", pages
    )


def test_the_indexed_folder_is_the_one_that_is_asked(dateline: Output, pages: Path) -> None:
    dateline.succeeds("index", pages)
    hits = json.loads(dateline.succeeds("search", "harbour bridge", "--json"))
    assert hits[0]["path"] == "harbour.md"
    assert json.loads(dateline.succeeds("info", "--json"))["articles"] == 2


def test_search_lists_passages(dateline: Output, pages: Path) -> None:
    hits = json.loads(dateline.succeeds("search", "library director", "--corpus", pages, "--json"))
    assert hits[0]["path"] == "library.md"
    assert LIBRARY[hits[0]["start"] :]
    assert " 1. Library of Lantern Bay" in dateline.succeeds("search", "library director", "--corpus", pages)
    assert len(json.loads(dateline.succeeds("search", "bay", "-k", "1", "--corpus", pages, "--json"))) == 1


def test_as_of_leaves_out_what_came_later(dateline: Output, pages: Path) -> None:
    answer = json.loads(
        dateline.succeeds(
            "ask", "Who resigned at the library?", "--corpus", pages, "--as-of", "2022-01", "--json"
        )
    )
    assert answer["refused"]
    assert answer["searched"]["articles"] == 1


def test_info(dateline: Output, pages: Path) -> None:
    dateline.succeeds("index", pages)
    facts = json.loads(dateline.succeeds("info", "--corpus", pages, "--json"))
    assert (facts["pages"], facts["articles"], facts["oldest"]) == (2, 2, "2021-05-03")
    assert "articles  2" in dateline.succeeds("info", "--corpus", pages)


def test_doctor_finds_nothing_to_mend(dateline: Output, pages: Path) -> None:
    dateline.succeeds("index", pages)
    findings = json.loads(dateline.succeeds("doctor", "--corpus", pages, "--json"))
    assert [finding["check"] for finding in findings if not finding["ok"]] == []
    assert "2 articles" in dateline.succeeds("doctor", "--corpus", pages)


def test_doctor_names_what_is_broken(dateline: Output, pages: Path, tmp_path: Path) -> None:
    dateline.succeeds("index", pages)
    (tmp_path / "store" / "catalog.sqlite3").write_bytes(b"no database" * 1000)
    assert dateline.run("doctor", "--corpus", pages, "--json") == cli.EXIT_INPUT
    broken = [finding for finding in json.loads(dateline.out) if not finding["ok"]]
    assert [finding["check"] for finding in broken] == ["index"]
    assert "--rebuild" in broken[0]["says"]


def test_version(dateline: Output) -> None:
    assert dateline.succeeds("--version").strip().count(".") == 2


# ── bad input ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_missing_and_empty_folders(dateline: Output, tmp_path: Path) -> None:
    assert "nowhere" in dateline.refuses("index", tmp_path / "nowhere")
    (tmp_path / "bare").mkdir()
    assert "bare" in dateline.refuses("index", tmp_path / "bare")
    assert "bare" in dateline.refuses("ask", QUESTION, "--corpus", tmp_path / "bare")


def blank_pdf(path: Path) -> None:
    from pypdf import PdfWriter

    writer = PdfWriter()
    writer.add_blank_page(width=200, height=200)
    writer.write(path)


BAD_PAGES = {
    "empty.txt": lambda path: path.write_bytes(b""),
    "spaces.txt": lambda path: path.write_bytes(b" \n\t\n"),
    "binary.txt": lambda path: path.write_bytes(bytes(range(256)) * 64),
    "huge.txt": lambda path: path.write_bytes(b"All quiet on the pier today. " * (50 << 20 >> 5) * 2),
    "menu.html": lambda path: path.write_text("<html><body><nav><a href='/'>Home</a></nav></body></html>"),
    "scan.pdf": blank_pdf,
    "torn.pdf": lambda path: path.write_bytes(b"%PDF-1.7\nthe rest is missing"),
    "gone.txt": lambda path: path.symlink_to(path.with_name("nothing-there.txt")),
}


@pytest.mark.parametrize("name", BAD_PAGES)
def test_a_bad_page_is_named_and_the_others_are_indexed(dateline: Output, pages: Path, name: str) -> None:
    BAD_PAGES[name](pages / name)
    assert dateline.run("index", pages, "--json") == cli.EXIT_INPUT
    report = json.loads(dateline.out)
    assert report["added"] - len(report["failed"]) == 2
    assert list(report["failed"]) == [name]
    lines = dateline.err.splitlines()
    assert len(lines) == 1
    assert lines[0].startswith(name)
    assert dateline.finds(pages, "Tomas Brekke") == "harbour.md"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read and write everything")
def test_unreadable_page_and_read_only_store(dateline: Output, pages: Path, tmp_path: Path) -> None:
    (pages / "secret.txt").write_text("Nobody may read this.", encoding="utf-8")
    (pages / "secret.txt").chmod(0)
    assert dateline.run("index", pages) == cli.EXIT_INPUT
    assert dateline.err.startswith("secret.txt")
    (pages / "secret.txt").unlink()
    dateline.succeeds("index", pages)
    store = tmp_path / "store"
    for path in (store, *store.rglob("*")):
        path.chmod(0o555 if path.is_dir() else 0o444)
    try:
        (pages / "harbour.md").write_text(HARBOUR + "\nMore.\n", encoding="utf-8")
        assert str(store) in dateline.refuses("index", pages)
    finally:
        for path in (store, *store.rglob("*")):
            path.chmod(0o755)


@pytest.mark.parametrize("encoding", ["cp1252", "utf-16", "utf-8-sig"])
def test_other_encodings_are_read(dateline: Output, pages: Path, encoding: str) -> None:
    text = (
        "Café Zoë in Lantern Bay closed on 4 March 2020. Its owner, René Hakansson, said the rent was too high. "
        * 3
    )
    (pages / "cafe.txt").write_bytes(text.encode(encoding))
    assert dateline.finds(pages, "René Hakansson") == "cafe.txt"


@pytest.mark.parametrize("question", ["", "   ", "?!"])
def test_empty_question(dateline: Output, pages: Path, question: str) -> None:
    dateline.succeeds("index", pages)
    assert "empty" in dateline.refuses("ask", question, "--corpus", pages)


def test_endless_question(dateline: Output, pages: Path) -> None:
    dateline.succeeds("index", pages)
    assert "20,000" in dateline.refuses("ask", "x" * 20_000, "--corpus", pages)


@pytest.mark.parametrize("as_of", ["yesterday", "2018-13-01", "2018-02-30", "31.12.2018"])
def test_as_of_that_is_no_date(dateline: Output, pages: Path, as_of: str) -> None:
    dateline.succeeds("index", pages)
    assert as_of in dateline.refuses("ask", QUESTION, "--corpus", pages, "--as-of", as_of)


def test_locked_store(dateline: Output, pages: Path, tmp_path: Path) -> None:
    dateline.succeeds("index", pages)
    (pages / "harbour.md").write_text(HARBOUR + "\nMore.\n", encoding="utf-8")
    with writer_lock(tmp_path / "store"):
        line = dateline.refuses("index", pages)
    assert str(tmp_path / "store") in line
    assert str(os.getpid()) in line
    dateline.succeeds("index", pages)


def test_questions_are_answered_while_the_store_is_written(
    dateline: Output, pages: Path, tmp_path: Path
) -> None:
    dateline.succeeds("index", pages)
    (pages / "harbour.md").write_text(HARBOUR.replace("84 million", "91 million"), encoding="utf-8")
    with writer_lock(tmp_path / "store"):
        assert dateline.finds(pages, "84 million crowns") == "harbour.md"
    assert "Going on with what is indexed" in dateline.err
    with writer_lock(tmp_path / "fresh"):  # nothing is indexed there yet
        dateline.refuses("ask", QUESTION, "--corpus", pages, "--store", tmp_path / "fresh")


def test_damaged_catalog_is_rebuilt_on_request(dateline: Output, pages: Path, tmp_path: Path) -> None:
    dateline.succeeds("index", pages)
    catalog = tmp_path / "store" / "catalog.sqlite3"
    for rest in catalog.parent.glob("catalog.sqlite3-*"):
        rest.unlink()
    catalog.write_bytes(b"not a database at all, whatever its name says" * 100)
    for command in (("ask", QUESTION, "--corpus", pages), ("index", pages), ("info", "--corpus", pages)):
        line = dateline.refuses(*command)
        assert "catalog.sqlite3" in line
        assert "dateline index --rebuild" in line
    dateline.succeeds("index", pages, "--rebuild")
    assert dateline.finds(pages, "Tomas Brekke") == "harbour.md"


def test_damaged_chroma_costs_nothing(dateline: Output, pages: Path, tmp_path: Path) -> None:
    dateline.succeeds("index", pages)
    for path in (tmp_path / "store" / "chroma").rglob("*"):
        if path.is_file():
            path.write_bytes(b"damaged")
    report = json.loads(dateline.succeeds("index", pages, "--json"))
    assert report["embedded"] == 0
    assert dateline.finds(pages, "Tomas Brekke") == "harbour.md"


def test_store_that_is_a_file(dateline: Output, pages: Path, tmp_path: Path) -> None:
    (tmp_path / "store").write_text("not a folder", encoding="utf-8")
    assert str(tmp_path / "store") in dateline.refuses("index", pages)


def test_bad_aliases(dateline: Output, pages: Path) -> None:
    (pages / "aliases.yaml").write_text("same: [[a, b\n", encoding="utf-8")
    assert "aliases.yaml" in dateline.refuses("index", pages)


def test_bad_settings(dateline: Output, pages: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATELINE_PORT", "many")
    line = dateline.refuses("index", pages)
    assert "'many'" in line
    assert "DATELINE_PORT" in line
    monkeypatch.delenv("DATELINE_PORT")
    Path("dateline.toml").write_text("prot = 7000\n", encoding="utf-8")
    assert "prot" in dateline.refuses("index", pages)
    Path("dateline.toml").write_text("port 7000\n", encoding="utf-8")
    assert "dateline.toml" in dateline.refuses("index", pages)


def test_missing_model(
    dateline: Output, pages: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    dateline.succeeds("index", pages)
    monkeypatch.setenv("DATELINE_READER", str(tmp_path / "no-such-reader"))
    assert "no-such-reader" in dateline.refuses("ask", QUESTION, "--corpus", pages)


@pytest.mark.parametrize(
    "arguments",
    [
        ("frobnicate",),
        ("ask",),
        ("ask", "a?", "--colour"),
        ("search", "a", "-k", "0"),
        ("chat", "--port", "x"),
    ],
)
def test_usage(dateline: Output, arguments: tuple[str, ...]) -> None:
    assert "--help" in dateline.refuses(*arguments)


def test_chat_for_other_machines_needs_a_password(dateline: Output, pages: Path) -> None:
    dateline.succeeds("index", pages)
    done = program("chat", "--host", "0.0.0.0", "--port", "0", "--no-browser", "--corpus", pages)
    assert done.returncode == cli.EXIT_INPUT
    assert "password" in done.stderr
    assert len(done.stderr.splitlines()) == 1


# ── the program itself ────────────────────────────────────────────────────────────────────────────────────────────


def test_unexpected_errors_are_one_line(dateline: Output, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("the sky\nfell")

    monkeypatch.setattr("rag.assistant.Assistant.open", broken)
    assert dateline.run("ask", "what?") == cli.EXIT_FAULT
    assert dateline.err.splitlines()[0].startswith("Unexpected RuntimeError: the sky")
    assert len(dateline.err.splitlines()) == 1
    with pytest.raises(RuntimeError, match="the sky"):
        cli.run(["--debug", "ask", "what?"])


def test_interrupt(dateline: Output, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("rag.assistant.Assistant.open", interrupted)
    assert dateline.run("ask", "what?") == 130
    assert len(dateline.err.splitlines()) == 1


def test_help_loads_nothing_heavy() -> None:
    code = (
        "import sys; from rag.cli import run; run(['--help']);"
        "heavy = {'torch', 'chromadb', 'llama_index', 'gradio', 'transformers', 'pydantic', 'numpy', 'trafilatura'};"
        "sys.exit(', '.join(sorted(heavy & sys.modules.keys())) or None)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    for command in ("index", "ask", "search", "chat", "info", "eval", "doctor"):
        assert command in done.stdout


def test_reader_of_the_output_may_leave(dateline: Output, pages: Path) -> None:
    dateline.succeeds("index", pages)
    ask = subprocess.Popen(
        [sys.executable, "-m", "rag", "search", "bridge", "--corpus", pages],
        cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert ask.stdout
    assert ask.stderr
    ask.stdout.close()
    errors = ask.stderr.read()
    ask.stderr.close()
    ask.wait()
    assert "Traceback" not in errors


# ── words from pages ──────────────────────────────────────────────────────────────────────────────────────────────


def test_page_words_are_shown_and_not_obeyed(dateline: Output, pages: Path) -> None:
    (pages / "odd.md").write_text(
        "---\ntitle: 'Prize [bold red]goes[/] to :smile: Vera Lindqvist'\npublished: 2023-02-01\n---\n\n"
        "Vera Lindqvist won the Kestrel Prize [link=http://x.example]on[/link] Wednesday\x1b]0;owned\x07, "
        "the jury said\x1b[2J.\n",
        encoding="utf-8",
    )
    out = dateline.succeeds("ask", "Who won the Kestrel Prize?", "--corpus", pages)
    assert "Vera Lindqvist" in out
    assert "[bold red]goes[/] to :smile:" in " ".join(out.split())
    assert "[link=http://x.example]on[/link]" in " ".join(out.split())
    assert not {"\x1b", "\x07"} & set(out)


def test_printable_keeps_letters_and_drops_controls() -> None:
    assert (
        printable("Zoë \u0645\u0631\u062d\u0628\u0627\n\t漢字 👍🏽")
        == "Zoë \u0645\u0631\u062d\u0628\u0627\n\t漢字 👍🏽"
    )
    assert printable("a\x1b[31mb\x00c\x9bd\u202ee\x7f") == "a[31mbcde"


def test_print_line_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    print_line("first\nsecond " + "long " * 60)
    assert capsys.readouterr().err.count("\n") == 1


def test_unsupported_sentences_are_marked(capsys: pytest.CaptureFixture[str]) -> None:
    from rag.schema import SentenceCheck
    from rag.terminal import print_answer

    check = SentenceCheck("It cost 90 crowns.", (1,), False, "'90' is not in [1]")
    print_answer(Answer("q", "It cost 90 crowns [1].", checks=(check,)))
    assert "Not borne out: It cost 90 crowns. ('90' is not in [1])" in capsys.readouterr().out
