"""`dateline eval` from the outside: what it prints and writes, and its exit codes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest
from evaluating import ASKED, PAGES, write, write_pages

from rag import cli
from rag.assistant import Assistant
from rag.feedback import Feedback
from rag.questions import load_questions

ROOT = Path(__file__).parent.parent
WRONG = ASKED.replace("Gran-Berg", "Wrongname")


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Pages and their store, built once."""
    folder = tmp_path_factory.mktemp("cli")
    pages = write_pages(folder / "pages", PAGES)
    Assistant.open(pages, folder / "store").close()
    return pages, folder / "store"


@pytest.fixture(autouse=True)
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder to work in, without settings from outside; the default store is in it."""
    for name in [name for name in os.environ if name.startswith("DATELINE_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    return tmp_path


class Eval:
    """Runs `dateline eval` over the pages in this process."""

    def __init__(self, built: tuple[Path, Path], capsys: pytest.CaptureFixture[str]) -> None:
        self._over = ["--corpus", str(built[0]), "--store", str(built[1])]
        self._capsys = capsys
        self.out = self.err = ""

    def __call__(self, *arguments: str | Path) -> int:
        code = cli.run(["eval", *map(str, arguments), *self._over])
        self.out, self.err = self._capsys.readouterr()
        return code

    def json(self, *arguments: str | Path) -> dict[str, object]:
        self(*arguments, "--json")
        return dict(json.loads(self.out))


@pytest.fixture
def dateline_eval(built: tuple[Path, Path], capsys: pytest.CaptureFixture[str]) -> Eval:
    return Eval(built, capsys)


def test_failing_questions_come_first_with_their_culprit(dateline_eval: Eval, work: Path) -> None:
    assert dateline_eval(write(work, WRONG)) == 0
    before, _, figures = dateline_eval.out.partition(" kind ")
    assert "✗ master (who): who is the harbour master of Brackwater?" in before
    assert "culprit   not in the pages" in before
    assert "expected  Wrongname" in before
    assert "Odile Gran-Berg" in before
    assert "1. 100-harbour.md" in before
    assert "boats (how-many)" not in before
    assert "2 of 3 passed" in figures
    assert "refusal_recall" in figures
    assert "lost by: not in the pages 1" in figures


def test_brief_prints_no_question(dateline_eval: Eval, work: Path) -> None:
    dateline_eval(write(work, WRONG), "--brief", "--save", "main")
    assert dateline_eval(write(work, WRONG), "--brief", "--against", "main") == 0
    assert "Brackwater" not in dateline_eval.out
    assert "Gran-Berg" not in dateline_eval.out
    assert "2 of 3 passed" in dateline_eval.out


def test_exit_codes_of_a_comparison(dateline_eval: Eval, work: Path) -> None:
    file = write(work, ASKED)
    assert dateline_eval(file, "--save", "main") == 0
    assert (work / "asked.main.json").exists()
    assert dateline_eval(file, "--against", "main") == 0
    assert "worse: 0" in dateline_eval.out

    # The answerer can no longer give the name, since it must not.
    changed = write(work, ASKED, "other.yaml")
    baseline = json.loads((work / "asked.main.json").read_text())
    baseline["questions"]["chess"]["passed"] = False
    (work / "flip.json").write_text(json.dumps(baseline))
    assert dateline_eval(changed, "--against", "flip.json") == 0
    assert "better: 1\n    chess: refused → refused" in dateline_eval.out

    failing = json.loads((work / "asked.main.json").read_text())
    failing["questions"]["master"]["digest"] = (
        load_questions(write(work, WRONG, "w.yaml")).questions[0].digest
    )
    (work / "worse.json").write_text(json.dumps(failing))
    assert dateline_eval(work / "w.yaml", "--against", "worse.json") == 1
    assert (
        "worse: 1\n    master: 'Odile Gran-Berg' → 'Odile Gran-Berg' (not in the pages)" in dateline_eval.out
    )
    assert "Worse: 1 passed before and fail now, and 0 may: master" in dateline_eval.err
    found = dateline_eval.json(work / "w.yaml", "--against", "worse.json")["against"]
    assert found["worse"] == ["master"]  # type: ignore[index]


def test_a_floor_of_the_file_is_held(dateline_eval: Eval, work: Path) -> None:
    assert dateline_eval(write(work, WRONG + "floors: {right: 0.7}\n")) == 1
    assert dateline_eval.err.strip() == "Worse: right is 0.667, below its floor of 0.7"
    assert dateline_eval(write(work, WRONG + "floors: {right: 0.6}\n")) == 0


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["absent.yaml"], "absent.yaml"),
        (["asked.yaml", "--only", "nothing"], "'nothing'"),
        (["asked.yaml", "--only", "failing"], "no run over"),
        (["asked.yaml", "--against", "main"], "--save"),
        (["asked.yaml", "--save", "a/b"], "'a/b'"),
        (["asked.yaml", "--answerer", "gpt"], "'gpt'"),
        (["asked.yaml", "--answerer", "ollama:"], "'ollama:'"),
        (["asked.yaml", "--jobs", "0"], "--jobs"),
        (["asked.yaml", "--frob"], "--frob"),
        (["asked.yaml", "--html", "absent/x.html", "--only", "chess"], "absent/x.html"),
    ],
)
def test_a_run_that_failed_is_one_line_and_exit_2(
    dateline_eval: Eval, work: Path, arguments: list[str], named: str
) -> None:
    write(work, ASKED)
    assert dateline_eval(*arguments) == 2
    assert named in dateline_eval.err
    assert len(dateline_eval.err.strip().splitlines()) == 1


def test_a_missing_corpus_is_one_line_and_exit_2(work: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["eval", str(write(work, ASKED)), "--corpus", "nowhere"]) == 2
    (line,) = capsys.readouterr().err.strip().splitlines()
    assert "nowhere" in line


def test_a_fault_of_its_own_is_no_verdict(
    dateline_eval: Eval, work: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("out of order")

    monkeypatch.setattr("rag.evaluation.evaluate", broken)
    assert dateline_eval(write(work, ASKED)) == 2
    assert "out of order" in dateline_eval.err


def test_questions_that_could_not_be_asked_are_exit_2(dateline_eval: Eval, work: Path) -> None:
    asked = ASKED.replace("who won the chess title in Moravia?", "who " * 600)
    assert dateline_eval(write(work, asked), "--save", "main") == 2
    assert "1 of 3 questions could not be asked: 'chess'" in dateline_eval.err
    assert not (work / "asked.main.json").exists()


def test_only_failing_asks_those_of_the_last_run(dateline_eval: Eval, work: Path) -> None:
    file = write(work, WRONG)
    dateline_eval(file)
    again = dateline_eval.json(file, "--only", "failing")
    assert [q["id"] for q in again["questions"]] == ["master"]  # type: ignore[attr-defined]
    file.write_text(ASKED, encoding="utf-8")
    assert dateline_eval(file, "--only", "failing") == 0
    assert "1 of 1 passed" in dateline_eval.out
    assert dateline_eval(file, "--only", "failing") == 0
    assert "nothing to ask again" in dateline_eval.err


def test_junit_is_what_ci_servers_read(dateline_eval: Eval, work: Path) -> None:
    asked = WRONG.replace("Wrongname", "Wrong\x85<name>").replace(
        "kind: unanswerable", "kind: unanswerable, skip: later"
    )
    dateline_eval(write(work, asked), "--junit", "out.xml")
    (suite,) = ElementTree.parse(work / "out.xml").getroot()
    assert {name: suite.get(name) for name in ("tests", "failures", "errors", "skipped")} == {
        "tests": "3", "failures": "1", "errors": "0", "skipped": "1",
    }  # fmt: skip
    master, boats, chess = suite
    assert (master.get("name"), master.get("classname")) == ("master", "dateline.who")
    assert master[0].tag == "failure"
    assert master[0].get("type") == "not in the pages"
    assert "<name>" in (master[0].text or "")
    assert len(boats) == 0
    assert chess[0].get("message") == "later"


def test_repeat_and_jobs(dateline_eval: Eval, work: Path) -> None:
    made = dateline_eval.json(write(work, ASKED), "--repeat", "2", "--jobs", "2", "--only", "who")
    assert made["overall"]["passed"] == 1  # type: ignore[index]
    assert (made["run"]["repeat"], made["run"]["jobs"]) == (2, 2)  # type: ignore[index]


def test_ollama_says_so_where_it_is_not_there(dateline_eval: Eval, work: Path) -> None:
    from rag.config import Config

    if "llm" in Config.model_fields:
        pytest.skip("this version knows other answerers")
    assert dateline_eval(write(work, ASKED), "--answerer", "ollama:tiny") == 2
    assert "not available" in dateline_eval.err
    assert dateline_eval(write(work, ASKED), "--answerer", "reader", "--only", "chess") == 0


def test_ctrl_c_halfway_reports_what_was_done(built: tuple[Path, Path], work: Path) -> None:
    pages, store = built
    rows = "".join(
        f'  - {{id: q{n}, question: "who is the harbour master of Brackwater?", answers: [Gran-Berg]}}\n'
        for n in range(600)
    )
    file = write(work, "questions:\n" + rows)
    command = ["eval", str(file), "-c", str(pages), "-s", str(store), "--json", "--save", "main"]
    command += ["--junit", str(work / "out.xml")]
    code = (
        "import sys, rag.evaluation as e, rag.cli as c; ask = e.try_once\n"
        "def once(*a): print('asked', file=sys.stderr, flush=True); return ask(*a)\n"
        "e.try_once = once; sys.exit(c.run(sys.argv[1:]))"
    )
    running = subprocess.Popen(
        [sys.executable, "-c", code, *command], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env={**os.environ, "DATELINE_STORE": str(work / "s")},
    )  # fmt: skip
    assert running.stderr is not None
    for _ in range(3):
        running.stderr.readline()
    running.send_signal(signal.SIGINT)
    out, err = running.communicate(timeout=120)
    assert running.returncode == 130
    made = json.loads(out)
    assert made["complete"] is False
    assert 1 <= len(made["questions"]) < 600
    assert all(q["passed"] for q in made["questions"])
    assert "Stopped" in err
    assert "Traceback" not in err
    assert ElementTree.parse(work / "out.xml").getroot().get("tests") == str(len(made["questions"]))
    assert not (work / "asked.main.json").exists()


def test_the_schema_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["eval", "schema"]) == 0
    assert json.loads(capsys.readouterr().out)["required"] == ["questions"]


# ── more questions ───────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_voted_turn_becomes_a_draft_to_be_looked_at(
    dateline_eval: Eval, built: tuple[Path, Path], work: Path
) -> None:
    pages, store = built
    file = write(work, ASKED)
    assert dateline_eval("add", "--file", file) == 0
    assert "No turn" in dateline_eval.err
    with Assistant.open(pages, store) as assistant:
        first = assistant.ask("what opened beside Lake Sorrel?")
        history = [{"role": "user", "content": first.question}, {"role": "assistant", "content": first.text}]
        second = assistant.ask("how many boats does it show?", history=history)
        Feedback(store).put([first.question, second.question], second, "down")
    assert dateline_eval("add", "--file", file) == 0
    id_ = dateline_eval.out.split()[0]
    assert "👎" in dateline_eval.out
    assert dateline_eval("add", id_, "--file", file) == 0
    draft = load_questions(file).questions[-1]
    assert draft.draft
    assert draft.turns == (first.question, second.question)
    assert draft.answers == (second.short,)
    assert draft.sources == ("200-lake.md",)
    assert "voted down" in draft.note
    assert dateline_eval("add", "zzz", "--file", file) == 2
    assert "'zzz'" in dateline_eval.err
    assert dateline_eval(file, "--brief") == 0
    assert f"not asked: {draft.id} (a draft" in dateline_eval.out


def test_suggest_drafts_questions_on_articles_that_have_none(dateline_eval: Eval, work: Path) -> None:
    file = write(work, ASKED.replace('sources: ["Lake museum"], ', ""))
    before = file.read_text(encoding="utf-8")
    assert dateline_eval("suggest", "5", "--file", file) == 0
    assert file.read_text(encoding="utf-8").startswith(before)
    drafts = load_questions(file).questions[3:]
    assert drafts
    assert all(q.draft and q.sources == ("200-lake.md",) for q in drafts)
    assert dateline_eval("suggest", "5", "--file", file) == 0  # now both articles have questions
    assert "No article" in dateline_eval.err


@pytest.mark.parametrize("named", [["--store"], []])
def test_without_a_folder_the_one_last_indexed_is_asked(
    built: tuple[Path, Path], work: Path, monkeypatch: pytest.MonkeyPatch, named: list[str]
) -> None:
    pages, store = built
    monkeypatch.setenv("DATELINE_STORE", str(store))
    write(work, ASKED + "floors: {right: 1}\n")
    assert cli.run(["eval", "asked.yaml", *(part for option in named for part in (option, str(store)))]) == 0
    assert Path((store / "corpus.path").read_text()) == pages.resolve()


def test_help_of_a_run_names_its_options(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["eval", "--help"]) == 0
    printed = capsys.readouterr().out
    assert "--against" in printed
    assert "dateline eval suggest" in printed
