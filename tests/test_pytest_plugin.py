"""Questions as test cases of another suite, run by a pytest of its own."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from evaluating import ASKED, PAGES, write, write_pages

ROOT = Path(__file__).parent.parent
MIXED = ASKED.replace("Gran-Berg", "Wrongname").replace(
    "kind: unanswerable", "kind: unanswerable, skip: later"
)


@pytest.fixture
def suite(tmp_path: Path) -> Path:
    write_pages(tmp_path / "pages", PAGES)
    write(tmp_path, MIXED)
    write(tmp_path, "def test_own():\n    pass\n", "test_own.py")
    return tmp_path


def run(suite: Path, *arguments: str) -> tuple[int, str]:
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("PYTEST")},
        "PYTHONPATH": str(ROOT),
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
    }
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-p",
        "rag.pytest_plugin",
        "-p",
        "no:cacheprovider",
        "-rA",
        *arguments,
    ]
    done = subprocess.run(command, cwd=suite, env=environment, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def test_a_file_named_on_the_command_line(suite: Path) -> None:
    code, out = run(suite, "asked.yaml", "--dateline-corpus", "pages")
    assert code == 1
    assert re.search(r"1 failed, 1 passed, 1 skipped", out)
    assert "PASSED asked.yaml::boats" in out
    assert "FAILED asked.yaml::master" in out
    assert "later" in out
    for words in ("culprit   not in the pages", "expected  Wrongname", "Odile Gran-Berg"):
        assert words in out
    assert "Traceback" not in out


def test_collected_with_the_suite_that_asks_for_it(suite: Path) -> None:
    code, out = run(suite)
    assert (code, "1 passed" in out) == (0, True)  # the suite's own test alone
    write(suite, "[pytest]\ndateline_questions = asked.yaml\ndateline_corpus = pages\n", "pytest.ini")
    code, out = run(suite, "-k", "boats or own", "--strict-config")
    assert code == 0
    assert "2 passed" in out


def test_a_malformed_file_is_one_line(suite: Path) -> None:
    write(suite, "questions:\n- {id: a, question: who}\n")
    code, out = run(suite, "asked.yaml")
    assert code == 2
    assert "asked.yaml, line 2: 'a': needs `answers`" in out
    assert "Traceback" not in out


def test_a_missing_folder_fails_every_question_in_a_line(suite: Path) -> None:
    code, out = run(suite, "asked.yaml", "--dateline-corpus", "nowhere")
    assert code == 1
    assert "nowhere" in out
    assert "Traceback" not in out


def test_installed_pytests_find_it() -> None:
    assert 'dateline = "rag.pytest_plugin"' in (ROOT / "pyproject.toml").read_text(encoding="utf-8")
