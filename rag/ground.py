"""The sentences that a claim may rest on, weighed against it: which bears it best, and how much of it is borne.

A claim's telling words (no names, dates or numbers: `rag/facts.py` looks those up exactly) count by their rarity, each
as far as some word of the sentence means the same (`rag/meaning.py`). All sentences are weighed at once.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from rag.facts import Fact, Told, bears_out, facts_of
from rag.meaning import Meaning
from rag.names import Names
from rag.orders import is_order
from rag.schema import Citation
from rag.sentences import split_sentences
from rag.words import FORM_WORDS, STOPWORDS, fold, stem

if TYPE_CHECKING:
    import numpy as np

    Scores = np.ndarray[tuple[int], np.dtype[np.float32]]

FACT = 3.0  # a fact in common says as much as three telling words
RARE = 30522  # words of the embedder's vocabulary: its numbers run from the common to the rare
LEANS = re.compile(
    r"\b(?:he|she|it|they|him|her|his|hers|its|their|them|this|these|those|both|that)\b", re.IGNORECASE
)
LEAST_GAIN = FACT / 2  # what another sentence has to add to be cited too
# Words that a writer adds to join sentences: what they say of time the dates say, and an article need not have them.
JOINING = frozenset(
    """
    earlier later previously recently formerly meanwhile currently presently according reportedly respectively
    including included following among around within during since thus therefore however moreover addition
    additionally furthermore specifically particularly especially generally overall based well another whose
    """.split()
)
AT_MOST = 3  # sentences that one claim may rest on: more is no support but a search


@dataclass(frozen=True, slots=True)
class Line:
    """One sentence of a source: `source.quote[start:end] == text`."""

    source: Citation  # a passage as the answer's writer was shown it, or the words that an answer cites
    start: int
    end: int
    text: str
    before: str  # the sentence before it, whom its pronouns mean

    @property
    def meant(self) -> str:
        return f"{self.before} {self.text}" if self.before and LEANS.search(self.text) else self.text

    def cited(self, number: int, upto: Line | None = None) -> Citation:
        """The line as a citation; with `upto`, a later line of the same source, everything from this one to that."""
        end = (upto or self).end
        return replace(
            self.source, number=number, quote=self.source.quote[self.start : end],
            start=self.source.start + self.start, end=self.source.start + end,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Weighed:
    """How a claim stands to the lines it may rest on."""

    lines: tuple[Line, ...]  # best first; () where there was none to weigh
    missing: tuple[Fact, ...]  # facts that the lines lack
    elsewhere: tuple[Fact, ...]  # of these, the ones that other words of the same passages have
    covered: float  # share of the telling words that the lines have, 0 to 1
    uncovered: str  # the most telling word that they lack, as the claim writes it
    facts: int  # how many facts the claim has

    @property
    def told(self) -> str:
        return " ".join(line.text for line in self.lines)


class Ground:
    """The passages an answer may rest on. Made once for an answer; never changed after."""

    def __init__(self, sources: Sequence[Citation], names: Names, vectors: Meaning | None) -> None:
        self.sources = tuple(sources)
        self.names = names
        self.vectors = vectors
        self.lines = tuple(line for source in sources for line in _lines(source))
        self._stems = [_telling_stems(line.meant) for line in self.lines]
        self._columns: dict[str, int] = {}
        self._at: list[list[int]] = []
        for line in self.lines:
            words = sorted(_forms(line.meant))
            self._at.append([self._columns.setdefault(w, len(self._columns)) for w in words])
        self._matrix: Any = None
        self._tolds = [self._joined((i,)) for i in range(len(self.lines))]

    def weigh(self, claim: str, numbers: Sequence[int] = ()) -> Weighed:
        """The claim against the passages of these numbers, or against all: its best lines and what they lack."""
        within = [i for i, line in enumerate(self.lines) if not numbers or line.source.number in numbers]
        if not within:
            return Weighed((), facts_of(claim), (), 0.0, "", len(facts_of(claim)))
        words = telling_words(claim)
        weights = [self.weight_of(w) for w in words]
        credit = self._credit(words, within)
        facts = facts_of(claim)
        holds = {i: [bears_out(f, claim, self._tolds[i], self.names) for f in facts] for i in within}

        def score(i: int) -> float:
            return sum(w * c for w, c in zip(weights, credit[i], strict=True)) + FACT * sum(holds[i])

        best = max(within, key=lambda i: (score(i), -i))
        chosen = [best]
        while len(chosen) < AT_MOST:
            lacking = [n for n, _ in enumerate(facts) if not any(holds[i][n] for i in chosen)]
            have = [max(credit[i][n] for i in chosen) for n in range(len(words))]

            def gain(i: int, lacking: list[int] = lacking, have: list[float] = have) -> float:
                more = sum(w * max(0.0, c - h) for w, c, h in zip(weights, credit[i], have, strict=True))
                return more + FACT * sum(holds[i][n] for n in lacking)

            rest = [
                i
                for i in within
                if i not in chosen
                and (
                    self._is_cited_anew(i, chosen, numbers)
                    or self._goes_with(i, chosen, words, credit, holds)
                )
            ]
            more = max(rest, key=lambda i: (gain(i), -i), default=None)
            if more is None or gain(more) < LEAST_GAIN:
                break
            chosen.append(more)
        return self._weighed(claim, chosen, within, words, weights, credit, facts)

    def _is_cited_anew(self, i: int, chosen: Sequence[int], numbers: Sequence[int]) -> bool:
        """Is line `i` of a passage that the claim cites too, and that none of the chosen lines is of?"""
        own = self.lines[i].source.number
        return own in numbers and all(self.lines[c].source.number != own for c in chosen)

    def _goes_with(
        self, i: int, chosen: list[int], words: Sequence[str], credit: Mapping[int, Sequence[float]],
        holds: Mapping[int, Sequence[bool]],
    ) -> bool:  # fmt: skip
        """May line `i` add to what the chosen lines say? Where it is next to one of them, or shares facts with it."""
        near = any(
            self.lines[i].source.number == self.lines[c].source.number and abs(i - c) == 1 for c in chosen
        )
        shared = sum(a and b for c in chosen for a, b in zip(holds[i], holds[c], strict=True))
        alike = sum(1 for n in range(len(words)) if credit[i][n] > 0.8)
        return near or (shared >= 1 and alike >= 1) or alike >= max(2, len(words) // 2)

    def _weighed(
        self, claim: str, chosen: Sequence[int], within: Sequence[int], words: Sequence[str],
        weights: Sequence[float], credit: Mapping[int, Sequence[float]], facts: Sequence[Fact],
    ) -> Weighed:  # fmt: skip
        told = self._joined(tuple(chosen))
        missing = tuple(f for f in facts if not bears_out(f, claim, told, self.names))
        whole = self._joined(tuple(within)) if missing else told
        elsewhere = tuple(f for f in missing if bears_out(f, claim, whole, self.names))
        have = [max((credit[i][n] for i in chosen), default=0.0) for n in range(len(words))]
        total = sum(weights)
        covered = sum(w * h for w, h in zip(weights, have, strict=True)) / total if total else 1.0
        lacking = max(range(len(words)), key=lambda n: weights[n] * (1 - have[n]), default=None)
        uncovered = words[lacking] if lacking is not None and have[lacking] < 0.5 else ""
        lines = tuple(self.lines[i] for i in chosen)
        return Weighed(lines, missing, elsewhere, covered, uncovered, len(facts))

    def _joined(self, indices: tuple[int, ...]) -> Told:
        lines = [self.lines[i] for i in indices]
        sources = list(dict.fromkeys(line.source for line in lines))
        return Told(
            text=" ".join(f"{line.meant}" for line in lines) + " " + " ".join(s.title for s in sources),
            context=" ".join(f"{s.title} {s.quote}" for s in sources),
            published=max((s.published for s in sources), default=""),
            outlet=" ".join(s.outlet for s in sources),
        )

    def weight_of(self, word: str) -> float:
        """How telling a word is, by its rarity in English: about 0.5 to 1."""
        rank = self.vectors.vocabulary.get(fold(word), RARE) if self.vectors else RARE
        return math.log(2 + max(0, rank - 1000) / 200) / math.log(2 + RARE / 200) if rank > 1000 else 0.15

    def _credit(self, words: Sequence[str], within: Sequence[int]) -> dict[int, list[float]]:
        """For each of these lines, how far it has each word: 1 the word itself, else the nearest in meaning."""
        exact = [stem(fold(w).replace(" ", "")) for w in words]
        near = self._nearness(words, within)
        return {
            i: [1.0 if wanted in self._stems[i] else float(near[n][k]) for n, wanted in enumerate(exact)]
            for k, i in enumerate(within)
        }

    def _nearness(self, words: Sequence[str], within: Sequence[int]) -> Any:
        """Words by lines: the nearness, 0 to 1, of each word to the line's nearest."""
        import numpy as np

        from rag.meaning import SAME, UNRELATED

        none = np.zeros((len(words), len(within)), dtype=np.float32)
        if self.vectors is None or not self._columns or not words:
            return none
        known, matrix = self.vectors.vocabulary, self.vectors.matrix
        if self._matrix is None:
            self._matrix = np.zeros((len(self._columns) + 1, matrix.shape[1]), dtype=np.float32)
            for word, column in self._columns.items():
                if word in known:
                    self._matrix[column] = matrix[known[word]]
        ours = np.zeros((len(words), matrix.shape[1]), dtype=np.float32)
        for n, word in enumerate(words):
            if (row := known.get(fold(word))) is not None:
                ours[n] = matrix[row]
        cosines = ours @ self._matrix.T
        # The last column is of zeros: it stands for a line without words.
        at = [self._at[i] or [len(self._columns)] for i in within]
        starts = np.cumsum([0, *(len(a) for a in at[:-1])])
        best = np.maximum.reduceat(cosines[:, [c for a in at for c in a]], starts, axis=1)
        return np.clip((best - UNRELATED) / (SAME - UNRELATED), 0.0, 1.0)


def _lines(source: Citation) -> Iterator[Line]:
    """The sentences of a source, up to one that is addressed to a model: from there on a page bears nothing out."""
    before = ""
    for start, end in split_sentences(source.quote):
        text = source.quote[start:end]
        if is_order(text):
            return
        yield Line(source, start, end, text, before)
        before = text


@lru_cache(4096)
def telling_words(claim: str) -> tuple[str, ...]:
    """The words of a claim that are no fact and carry meaning, as they are written, each once."""
    plain = list(claim)
    for fact in facts_of(claim):
        first = fact.kind == "name" and " " not in fact.words and not claim[: fact.start].strip("“\"'‘( ")
        if not first and fact.kind != "quote":
            plain[fact.start : fact.end] = " " * (fact.end - fact.start)
    words = [w for m in re.finditer(r"[^\W\d_]+", "".join(plain)) if (w := m.group())]
    kept = {
        stem(fold(w)): w
        for w in words
        if len(w) > 1 and fold(w) not in STOPWORDS and fold(w) not in FORM_WORDS | JOINING and fold(w)
    }
    return tuple(kept.values())


@lru_cache(4096)
def _forms(text: str) -> frozenset[str]:
    return frozenset(w for w in fold(text).split() if w not in STOPWORDS)


@lru_cache(4096)
def _telling_stems(text: str) -> frozenset[str]:
    return frozenset(stem(w) for w in fold(text).split())
