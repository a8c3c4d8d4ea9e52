"""`dateline models` and `dateline ask --llm`, against a stand-in server."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from stand_in import Fake, Script, serving

from rag import cli

PAGE = """---
title: Keeper retires
published: 2020-03-09
---

Agnes Halloran retired on Monday as keeper of the lighthouse of Port Sable.
"""
QUESTION = "Who retired as keeper of the lighthouse?"


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setenv("DATELINE_LLM", "auto")


@pytest.fixture
def pages(tmp_path: Path) -> Path:
    folder = tmp_path / "pages"
    folder.mkdir()
    (folder / "keeper.md").write_text(PAGE, encoding="utf-8")
    return folder


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = cli.run(arguments)
    printed = capsys.readouterr()
    return code, printed.out, printed.err


def test_the_list_says_who_answers_and_where_a_cloud_model_runs(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    models = [Fake("far:cloud", remote_host="far.example"), Fake("bert", ("embedding",)), Fake("tiny:1b")]
    with serving(Script(models=models)) as address:
        monkeypatch.setenv("OLLAMA_HOST", address)
        code, out, err = run(capsys, "models")
        assert (code, err) == (0, "")
        first, *rest = out.splitlines()
        assert first.split() == ["answers", "tiny:1b"]
        assert "bert" not in out
        assert "passages would leave this machine" in rest[0]
        assert "1.2B, Q4_K_M, 1.3 GB" in rest[1]
        listed = json.loads(run(capsys, "models", "--json")[1])
    assert [(m["name"], m["answers"]) for m in listed] == [("far:cloud", False), ("tiny:1b", True)]


def test_no_server_is_no_fault_until_one_is_named(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving(Script()) as address:
        pass
    monkeypatch.setenv("OLLAMA_HOST", address)
    code, out, err = run(capsys, "models")
    assert (code, out) == (2, "")
    assert err.count("\n") == 1
    assert f"http://{address}: start it with `ollama serve`" in err


def test_a_server_without_a_chat_model_names_the_remedy(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving(Script(models=[Fake("bert", ("embedding",))])) as address:
        monkeypatch.setenv("OLLAMA_HOST", address)
        code, out, err = run(capsys, "models")
    assert code == 0
    assert "built-in reader" in out
    assert "dateline models pull" in err


def test_pull_fetches_and_a_wrong_name_is_one_line(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    script = Script()
    with serving(script) as address:
        monkeypatch.setenv("OLLAMA_HOST", address)
        assert run(capsys, "models", "pull", "new:1b") == (0, "", "new:1b is there\n")
        assert json.loads(run(capsys, "models", "pull", "new:1b", "--json")[1]) == {"pulled": "new:1b"}
        script.fail = "404"
        code, out, err = run(capsys, "models", "pull", "nosuch")
    assert (code, out) == (2, "")
    assert err.count("\n") == 1
    assert "file does not exist" in err


def test_ask_says_what_writes(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, pages: Path
) -> None:
    script = Script(reply=lambda _: "Agnes Halloran retired as keeper on 9 March 2020 [1]. She was 71 [1].")
    where = ("--corpus", str(pages), "--store", str(pages.parent / "store"))
    with serving(script) as address:
        monkeypatch.setenv("OLLAMA_HOST", address)
        run(capsys, "models")  # the client is imported before the clock runs
        code, out, _ = run(capsys, "ask", QUESTION, *where, "--llm", "tiny-instruct:1b")
        assert code == 0
        assert "Not borne out: She was 71. ('71' is not in [" in " ".join(out.split())
        code, out, _ = run(capsys, "ask", QUESTION, *where, "--llm", "none", "--json")
        assert json.loads(out)["answerer"] == "built-in reader"
    assert len(script.chats) == 1
