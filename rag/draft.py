"""An answer before its marks are resolved, and its evidence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from rag.schema import Citation, Found
from rag.sentences import Sentence, sentences_of
from rag.words import fold


@dataclass(frozen=True, slots=True)
class Draft:
    """An answer before its marks are resolved: `[n]` in `text` stands for `evidence[n - 1]`."""

    text: str = ""
    short: str = ""
    evidence: tuple[Citation, ...] = ()
    earlier: tuple[tuple[str, int], ...] = ()  # what older articles answered, and the number of its evidence
    refused: bool = False
    confidence: float = 0.0  # log-odds of the best candidate


def refused(found: Found, confidence: float) -> Draft:
    """A refusal whose evidence is the sentence of each of the three nearest passages that comes nearest."""
    nearest: dict[int, Sentence] = {}
    for sentence in sentences_of(replace(found, passages=found.passages[:3])):
        held = set(fold(sentence.text).split())
        best = nearest.get(sentence.rank)
        if best is None or _shared(held, found) > _shared(set(fold(best.text).split()), found):
            nearest[sentence.rank] = sentence
    evidence = tuple(cite_sentence(s, n) for n, s in enumerate(nearest.values(), start=1))
    return Draft(evidence=evidence, refused=True, confidence=confidence)


def _shared(words: set[str], found: Found) -> float:
    return sum(weight for term, weight in found.weights.items() if any(w.startswith(term) for w in words))


def in_date_order(said: Sequence[Sentence], confidence: float = 0.0) -> Draft:
    """The sentences themselves, oldest first, each on a line of its own with its mark; no short answer."""
    ordered = sorted(said, key=lambda s: (s.published, s.article_id, s.start))
    evidence = tuple(cite_sentence(s, n) for n, s in enumerate(ordered, start=1))
    text = "\n".join(f"{c.quote} [{c.number}]" for c in evidence)
    return Draft(text, "", evidence, confidence=confidence)


def cite_sentence(sentence: Sentence, number: int) -> Citation:
    meta = sentence.node.metadata
    return Citation(
        number=number,
        article_id=meta["article_id"],
        title=meta["title"],
        outlet=meta["outlet"],
        published=meta["published"],
        published_how=meta["published_how"],
        path=meta["path"],
        quote=sentence.text,
        start=sentence.start,
        end=sentence.end,
    )
