"""The last run over each file of questions, kept in the store's folder so that what failed can be asked again."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from rag.baseline import Baseline, BaselineError
from rag.errors import DatelineError
from rag.questions import QuestionFile
from rag.runreport import Report

FAILING = "failing"  # the word that stands for the ids of what failed


def chosen(only: Sequence[str], questions: QuestionFile, before: Baseline | None, store: Path) -> list[str]:
    """`only` with "failing" put into ids: of what failed in the baseline, else in the last run over the file.

    DatelineError where neither is known.
    """
    names = [name for name in only if name != FAILING]
    if FAILING not in only:
        return names
    try:
        known = before or Baseline.load(_path(questions.path, store))
    except BaselineError:
        raise DatelineError(
            f"--only failing: no run over {questions.path} is known yet; run once without it, or give --against"
        ) from None
    here = {question.id for question in questions.questions}
    return [*names, *(id_ for id_ in known.failing if id_ in here)]


def remember(report: Report, file: Path, store: Path) -> None:
    """Keep the run. One of some questions changes what is known of those alone."""
    path, latest = _path(file, store), Baseline.of(report, "last")
    try:
        if report.run.only and path.exists():
            latest = replace(latest, questions={**Baseline.load(path).questions, **latest.questions})
        latest.save(path)
    except BaselineError:
        return  # a store that cannot be written: only `--only failing` would have needed this


def _path(file: Path, store: Path) -> Path:
    digest = hashlib.sha256(str(file.resolve()).encode()).hexdigest()[:12]
    return store / "eval" / f"{file.stem}-{digest}.json"
