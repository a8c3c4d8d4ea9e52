"""A file of questions as pytest's test cases, one a question.

    pytest eval_questions.yaml --dateline-corpus pages

or, to collect it with the rest of a suite, in `pyproject.toml`:

    [tool.pytest.ini_options]
    dateline_questions = ["eval_questions.yaml"]
    dateline_corpus = "pages"

The built-in reader answers. A case fails where the question does, and says which stage lost it; a skipped question and
a draft are skipped. The pages are indexed once a session, into a temporary store unless `dateline_store` names one.
pytest loads this file wherever Dateline is installed, so it imports nothing of weight before a file of questions is
collected.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from rag.errors import DatelineError

if TYPE_CHECKING:
    from rag.assistant import Assistant
    from rag.questions import Question
    from rag.shelf import Shelf

OPTIONS = {
    "corpus": "folder of pages that the questions are about; by default `seeds`",
    "store": "folder of the index; by default a temporary one",
}


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("dateline")
    for name, words in OPTIONS.items():
        group.addoption(f"--dateline-{name}", metavar="FOLDER", help=words)
        parser.addini(f"dateline_{name}", words, default="")
    parser.addini(
        "dateline_questions", "files of questions to collect as test cases", type="paths", default=[]
    )


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """A YAML file that is named on the command line, or under `dateline_questions`."""
    named = parent.session.isinitpath(file_path) and file_path.suffix in (".yaml", ".yml")
    if named or file_path in parent.config.getini("dateline_questions"):
        return QuestionsFile.from_parent(parent, path=file_path)
    return None


class QuestionsFile(pytest.File):
    def collect(self) -> Iterable[QuestionItem]:
        from rag.questions import load_questions

        try:
            file = load_questions(self.path)
        except DatelineError as error:
            raise self.CollectError(str(error)) from error
        for question, line in zip(file.questions, file.lines, strict=True):
            item = QuestionItem.from_parent(self, name=question.id, question=question, line=line)
            why = question.skip or ("a draft, to be looked at" if question.draft else "")
            if why:
                item.add_marker(pytest.mark.skip(reason=why))
            yield item


class QuestionFailed(Exception):  # noqa: N818
    """What a failing question shows: expected, got, and the stage that lost it."""


class QuestionItem(pytest.Item):
    def __init__(self, *, question: Question, line: int, **options: Any) -> None:
        super().__init__(**options)
        self.question = question
        self._line = line

    def runtest(self) -> None:
        from rag.evaluation import try_once
        from rag.report_table import failure
        from rag.runreport import Outcome

        shelf = self.config.stash.setdefault(OPENED, Opened(self.config)).shelf
        outcome = Outcome(self.question, (try_once(self.question, shelf.assistant, shelf),))
        if not outcome.passed:
            raise QuestionFailed("\n".join(failure(outcome)))

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        if isinstance(excinfo.value, QuestionFailed | DatelineError):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        return self.path, self._line - 1, f"question: {self.name}"


class Opened:
    """The assistant of a session, opened when the first question is asked."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._shelf: Shelf | None = None
        self._own: tempfile.TemporaryDirectory[str] | None = None

    @property
    def shelf(self) -> Shelf:
        if self._shelf is None:
            from rag.assistant import Assistant
            from rag.shelf import Shelf

            self._shelf = Shelf(self._open(Assistant))
        return self._shelf

    def _open(self, kind: type[Assistant]) -> Assistant:
        store = self._folder("store")
        if store is None:
            self._own = tempfile.TemporaryDirectory()
            store = Path(self._own.name)
        from rag.config import Config
        from rag.runinfo import answered_by

        return kind.open(self._folder("corpus") or "seeds", store, config=answered_by(Config(), "reader"))

    def _folder(self, name: str) -> Path | None:
        """The option, from where pytest was started; or the setting, from the suite's root."""
        if option := self._config.getoption(f"--dateline-{name}"):
            return Path(self._config.invocation_params.dir, option)
        setting = self._config.getini(f"dateline_{name}")
        return Path(self._config.rootpath, setting) if setting else None

    def close(self) -> None:
        if self._shelf is not None:
            self._shelf.assistant.close()
        if self._own is not None:
            self._own.cleanup()


OPENED: pytest.StashKey[Opened] = pytest.StashKey()


def pytest_unconfigure(config: pytest.Config) -> None:
    if OPENED in config.stash:
        config.stash[OPENED].close()
