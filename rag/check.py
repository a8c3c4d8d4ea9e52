"""Is each sentence of an answer in the words it cites: its numbers, its dates, its names, its quoted words?"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from rag.names import Names
from rag.prompts import MARK
from rag.schema import Citation, SentenceCheck
from rag.sentences import split_sentences
from rag.spans import name_spans
from rag.words import fold

NUMBER = re.compile(r"\d[\d,.:]*\d|\d")
QUOTED = re.compile(r"[“\"]([^”\"]{3,})[”\"]")
PLAIN = frozenset({"yes", "no"})


def check(text: str, citations: Sequence[Citation], names: Names) -> tuple[SentenceCheck, ...]:
    """One check for each sentence of `text` and its marks, in order."""
    by_number = {c.number: c for c in citations}
    return tuple(_checked(sentence, numbers, by_number, names) for sentence, numbers in cited_sentences(text))


def cited_sentences(text: str) -> list[tuple[str, tuple[int, ...]]]:
    """The sentences of `text` without their marks, each with the marks that stand in or right behind it."""
    found: list[tuple[str, tuple[int, ...]]] = []
    for line in text.splitlines():
        # A mark belongs to the words before it: cut after each run of marks, and at the sentence ends between.
        at = 0
        for run in re.finditer(rf"(?:\s?{MARK.pattern})+[.!?]?", line):
            words, marks = line[at : run.start()], tuple(int(n) for n in MARK.findall(run.group()))
            spans = split_sentences(words)
            found += [(words[a:b], ()) for a, b in spans[:-1]]
            found += [(words[a:b], marks) for a, b in spans[-1:]]
            at = run.end()
        found += [(line[at:][a:b], ()) for a, b in split_sentences(line[at:])]
    return found


def _checked(
    sentence: str, numbers: tuple[int, ...], by_number: dict[int, Citation], names: Names
) -> SentenceCheck:
    quotes = [by_number[n].quote for n in numbers if n in by_number]
    if not quotes:
        return SentenceCheck(sentence, numbers, False, "no citation")
    where = ", ".join(f"[{n}]" for n in numbers)
    missing = next(_missing(sentence, "\n".join(quotes), names), None)
    return SentenceCheck(
        sentence, numbers, missing is None, f"'{missing}' is not in {where}" if missing else ""
    )


def _missing(sentence: str, quote: str, names: Names) -> Iterator[str]:
    folded, entities = f" {fold(quote)} ", names.entities(quote)
    for part in QUOTED.findall(sentence):
        if fold(part) not in folded:
            yield part
    for number in NUMBER.findall(sentence):
        if f" {fold(number)} " not in folded:
            yield number
    for start, end in name_spans(sentence):
        name = sentence[start:end]
        known = names.entities(name)
        if fold(name) not in PLAIN and f" {fold(name)} " not in folded and not (known and known <= entities):
            yield name
