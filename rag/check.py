"""Is each sentence of an answer in the words it cites: its numbers, dates, names, quotes, and what it says of them?

Deterministic and local. Facts are looked up exactly (`rag/facts.py`), what is said of them by how many of its telling
words the cited sentences have (`rag/ground.py`), and a negation on one side alone by `rag/denial.py`. The thresholds
were chosen while looking at the sets of `benchmarks/grounding.py`, save its news articles.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rag.denial import denial
from rag.ground import Ground, Weighed
from rag.marks import find_marks
from rag.names import Names
from rag.prompts import is_refusal
from rag.schema import Citation, SentenceCheck
from rag.sentences import split_sentences
from rag.swaps import swapped
from rag.words import fold

if TYPE_CHECKING:
    from rag.meaning import Meaning

COVERED = 0.35  # of the telling words: below this the cited words say something else
HALF = 0.5  # of the telling words: with so many, what lacks a fact is borne out in part
PLAIN = frozenset({"yes", "no"})


def check(
    text: str, citations: Sequence[Citation], names: Names, vectors: Meaning | None = None
) -> tuple[SentenceCheck, ...]:
    """One check for each sentence of `text` and its marks, in order, against the quotes of `citations`.

    Without `vectors` only the same words count as the same.
    """
    by_number = {c.number: c for c in citations}
    ground: Ground | None = None
    found = []
    for sentence, numbers in cited_sentences(text):
        known = [n for n in numbers if n in by_number]
        if is_refusal(sentence):
            continue
        if not known:
            found.append(SentenceCheck(sentence, numbers, False, "no citation"))
        elif any(_verbatim(sentence, by_number[n].quote) for n in known):
            found.append(SentenceCheck(sentence, numbers, True))
        else:
            ground = ground or Ground(citations, names, vectors)
            found.append(judge(sentence, numbers, ground.weigh(sentence, known), names))
    return tuple(found)


def judge(sentence: str, numbers: Sequence[int], weighed: Weighed, names: Names) -> SentenceCheck:
    """The verdict on one sentence that cites `numbers`, weighed against what these cite; with its reason."""
    cited = tuple(numbers)
    if not cited or not weighed.lines:
        return SentenceCheck(sentence, cited, False, "no citation")
    where = ", ".join(f"[{n}]" for n in cited)
    if any(_verbatim(sentence, line.text) for line in weighed.lines):
        return SentenceCheck(sentence, cited, True)
    for said in [*(line.text for line in weighed.lines), weighed.lines[0].before]:
        mine, theirs = swapped(sentence, said, names)
        if mine or theirs:
            return SentenceCheck(sentence, cited, False, _exchange(mine, theirs, where))
    denied = denial(sentence, weighed.lines[0].text)
    if denied:
        return SentenceCheck(sentence, cited, False, f"{where} says otherwise of '{denied}'")
    if weighed.missing:
        first = weighed.missing[0]
        lies = "is elsewhere in the article, not where" if first in weighed.elsewhere else "is not in"
        tail = f"{where} says this" if first in weighed.elsewhere else where
        partly = weighed.covered >= HALF and len(weighed.missing) < weighed.facts
        return SentenceCheck(sentence, cited, False, f"'{first.words}' {lies} {tail}", partly)
    if weighed.covered < COVERED:
        partly = weighed.facts > 0
        return SentenceCheck(sentence, cited, False, f"{where} does not say '{weighed.uncovered}'", partly)
    return SentenceCheck(sentence, cited, True)


def _exchange(mine: str, theirs: str, where: str) -> str:
    if not theirs:
        return f"'{mine}' is not in {where}"
    return (
        f"{where} has '{theirs}' where this has '{mine}'"
        if mine
        else f"{where} has '{theirs}', this leaves it out"
    )


def cited_sentences(text: str) -> list[tuple[str, tuple[int, ...]]]:
    """The sentences of `text` without their marks, each with the marks that stand in it or right behind it."""
    found: list[tuple[str, tuple[int, ...]]] = []
    for line in text.splitlines():
        marks, bare, at = [], "", 0
        for mark in find_marks(line):
            bare += line[at : mark.start]
            marks.append((len(bare), mark.numbers))
            at = mark.end
        bare += line[at:]
        spans = split_sentences(bare)
        # A mark belongs to the sentence before it; one before all words, to the first.
        ends = [end for _, end in spans]
        for n, (start, end) in enumerate(spans):
            last = ends[n - 1] if n else -1
            numbers = [
                k for p, ks in marks if last < p <= end or (n + 1 == len(spans) and p > end) for k in ks
            ]
            found.append((bare[start:end], tuple(dict.fromkeys(numbers))))
    return found


def _verbatim(sentence: str, quote: str) -> bool:
    said = fold(sentence)
    return said in PLAIN or (bool(said) and f" {said} " in f" {fold(quote)} ")
