"""Exact match, F1 and the area under the ROC curve of a reader over question rows."""

from __future__ import annotations

import re
import string
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from rag.reader import Reader, Span

Row = dict[str, Any]
NO_SPAN = -99.0
ARTICLES = re.compile(r"\b(a|an|the)\b")


def normal(text: str) -> str:
    """Lower case, no punctuation, no articles, single spaces: SQuAD's way of comparing answers."""
    kept = "".join(c for c in text.lower() if c not in string.punctuation)
    return " ".join(ARTICLES.sub(" ", kept).split())


def f1(found: str, right: str) -> float:
    """Harmonic mean of precision and recall over the words in common; 1 when both are empty."""
    a, b = normal(found).split(), normal(right).split()
    common = sum((Counter(a) & Counter(b)).values())
    if not a or not b:
        return float(a == b)
    return 2 * common / (len(a) + len(b))


def roc_auc(positive: list[float], negative: list[float]) -> float:
    """The chance that a positive ranks above a negative; ties count half."""
    if not positive or not negative:
        return float("nan")
    wins = sum((p > n) + 0.5 * (p == n) for p in positive for n in negative)
    return wins / (len(positive) * len(negative))


@dataclass(frozen=True, slots=True)
class Reading:
    """One row, whether its text answers it, and the best span found there."""

    row: Row
    answerable: bool
    span: Span | None

    @property
    def margin(self) -> float:
        return self.span.margin if self.span else NO_SPAN

    @property
    def exact_match(self) -> bool:
        return self.span is not None and (
            normal(self.span.text) in {normal(a["text"]) for a in self.row["answers"]}
        )

    @property
    def f1(self) -> float:
        return max(f1(self.span.text, a["text"]) for a in self.row["answers"]) if self.span else 0.0


def read_all(reader: Reader, pairs: Iterable[tuple[Row, bool]]) -> list[Reading]:
    """The reader over each row's own text, one by one."""
    found = []
    for row, answerable in pairs:
        best = next(iter(reader.read(row["question"], [row["context"]], n_best=1)), None)
        found.append(Reading(row, answerable, best))
    return found


def margins(readings: list[Reading]) -> tuple[list[float], list[float]]:
    """The margins of the answerable rows, and those of the unanswerable."""
    return [r.margin for r in readings if r.answerable], [r.margin for r in readings if not r.answerable]


def scores(readings: list[Reading]) -> dict[str, float]:
    """Exact match and F1 over the answerable rows (no span counts 0), AUC of the margin over all."""
    asked = [r for r in readings if r.answerable]
    figures = {
        "exact_match": sum(r.exact_match for r in asked) / len(asked),
        "f1": sum(r.f1 for r in asked) / len(asked),
        "auc": roc_auc(*margins(readings)),
    }
    return {k: round(v, 4) for k, v in figures.items()}
