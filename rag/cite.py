"""Resolve the marks of a text: which words of an article each names, numbered in the order a reader meets them.

`cite` is for a text whose evidence is known to the word, as the built-in answerer's is. `Citer` is for one that a model
writes: it takes the text in pieces, understands marks in any form, binds each to the sentence that bears it best, and
gives a sentence without marks those of its clear support.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from rag.ground import Ground, Line, Weighed, telling_words
from rag.marks import UNFINISHED, Mark, find_marks, settled
from rag.prompts import MARK, is_refusal
from rag.schema import Citation
from rag.sentences import split_sentences

# Where a sentence may end, as long as the word behind it is not complete; Chinese and Japanese ends need no space.
MAYBE_END = re.compile(r"(?:[.!?…]+[\"'”’»)\]]*(?P<space>\s+)\S*$|[。！？]+[\"”’」』）]*)")
CLEAR = 0.75  # of the telling words: from here on an unmarked sentence is given the marks of its support


@dataclass(frozen=True, slots=True)
class Cited:
    """A text all of whose marks name one of `citations`; `numbers` maps the evidence's numbers to the new ones."""

    text: str
    citations: tuple[Citation, ...]
    numbers: dict[int, int]
    dropped: int  # marks that named no evidence


def cite(text: str, evidence: Sequence[Citation], also: Sequence[int] = ()) -> Cited:
    """Renumber the marks of `text` by first use; evidence `also` listed beside the text is numbered after those.

    A mark that names no evidence is taken out, with the space before it, and counted. Unused evidence is left out.
    """
    by_number = {c.number: c for c in evidence}
    numbers: dict[int, int] = {}
    dropped = 0

    def renumbered(match: re.Match[str]) -> str:
        nonlocal dropped
        old = int(match.group(2))
        if old not in by_number:
            dropped += 1
            return ""
        return f"{match.group(1)}[{numbers.setdefault(old, len(numbers) + 1)}]"

    text = re.sub(rf"(\s?){MARK.pattern}", renumbered, text)
    for old in also:
        if old in by_number:
            numbers.setdefault(old, len(numbers) + 1)
    citations = tuple(replace(by_number[old], number=new) for old, new in numbers.items())
    return Cited(text, citations, numbers, dropped)


@dataclass(frozen=True, slots=True)
class Statement:
    """One sentence of a text, what it cites, and how it stands to that."""

    text: str  # without marks
    numbers: tuple[int, ...]  # of citations; () where it has none
    weighed: Weighed


@dataclass
class Citer:
    """Reads a model's text as it comes; what `feed` and `finish` return, joined, is the text with its marks resolved.

    Words are handed on as soon as no mark can begin in them; from its first mark on, a sentence is held until it ends.
    """

    ground: Ground
    citations: list[Citation] = field(default_factory=list)
    statements: list[Statement] = field(default_factory=list)
    dropped: int = 0  # marks that named no passage
    added: int = 0  # sentences that were given a mark
    _raw: str = ""  # the open sentence
    _sent: int = 0  # how much of it has been handed on

    def feed(self, piece: str) -> str:
        self._raw += piece
        out = []
        while (cut := self._cut()) is not None:
            out.append(self._close(cut))
        ready = min(settled(self._raw), _open_end(self._raw))
        if ready > self._sent:
            out.append(self._raw[self._sent : ready])
            self._sent = ready
        return "".join(out)

    def finish(self) -> str:
        out = []
        while self._raw:
            out.append(self._close(_sentence_end(self._raw, whole=True) or len(self._raw)))
        return "".join(out)

    def _cut(self) -> int | None:
        """Where the first sentence of what is held ends for certain, its marks included; None while that is open."""
        line = self._raw.find("\n")
        if line == 0:
            return 1
        if line > 0:
            return _sentence_end(self._raw[:line], whole=True) or line
        return _sentence_end(self._raw, whole=False)

    def _close(self, cut: int) -> str:
        text, sent = self._raw[:cut], self._sent
        self._raw, self._sent = self._raw[cut:], 0
        return self._resolved(text)[sent:]

    def _resolved(self, raw: str) -> str:
        marks = list(find_marks(raw))
        bare, at = "", 0
        for mark in marks:
            bare += raw[at : mark.start]
            at = mark.end
        claim = (bare + raw[at:]).strip()
        if not any(c.isalnum() for c in claim):
            return self._only_marks(raw, marks)
        if not is_claim(claim):
            self.dropped += len(marks)
            return _without(raw, marks)
        known = {c.number for c in self.ground.sources}
        named = tuple(dict.fromkeys(n for m in marks for n in m.numbers if n in known))
        self.dropped += sum(n not in known for m in marks for n in m.numbers)
        weighed = self.ground.weigh(claim, named)
        if not named:
            return self._unmarked(raw, marks, claim, weighed)
        placed: dict[int, list[int]] = {}
        leading = [m for m in marks if not raw[: m.start].strip()]
        for n, mark in enumerate(marks):
            bound = self._bind(raw, marks, n, claim, weighed)
            # A mark before the first word moves behind the last: there it is known what it is to bear.
            placed.setdefault(-1 if mark in leading else n, []).extend(bound)
        numbers = tuple(dict.fromkeys(n for bound in placed.values() for n in bound))
        self.statements.append(Statement(claim, numbers, weighed))
        return _written(raw, marks, placed)

    def _unmarked(self, raw: str, marks: Sequence[Mark], claim: str, weighed: Weighed) -> str:
        clear = (
            weighed.lines and not weighed.missing and weighed.covered >= CLEAR
            and weighed.facts + len(telling_words(claim)) >= 3
        )  # fmt: skip
        numbers = tuple(self._number(line) for line in weighed.lines) if clear else ()
        self.added += bool(numbers)
        self.statements.append(Statement(claim, numbers, weighed if clear else replace(weighed, lines=())))
        return _written(_without(raw, marks), [], {-1: list(numbers)})

    def _only_marks(self, raw: str, marks: Sequence[Mark]) -> str:
        """A line of marks alone: they say nothing of their own, and belong to what stands before them already."""
        return _without(raw, marks)

    def _bind(self, raw: str, marks: Sequence[Mark], n: int, claim: str, weighed: Weighed) -> list[int]:
        """The citation numbers for mark `n`: of the lines that bear the claim, or the part of it before the mark."""
        bound: list[int] = []
        parts = (
            len({m.start for m in marks}) > 1
            and len(raw[marks[n - 1].end if n else 0 : marks[n].start].split()) > 3
        )
        own = raw[marks[n - 1].end if n else 0 : marks[n].start] if parts else claim
        for number in marks[n].numbers:
            if number not in {c.number for c in self.ground.sources}:
                continue
            lines = [line for line in weighed.lines if line.source.number == number]
            if parts or not lines:
                lines = list(self.ground.weigh(own, (number,)).lines)
            bound += [self._number(line) for line in lines]
        return list(dict.fromkeys(bound))

    def _number(self, line: Line) -> int:
        """The number of the citation of this line, a new one where nothing has cited it yet."""
        new = line.cited(len(self.citations) + 1)
        for old in self.citations:
            if (old.article_id, old.start, old.end) == (new.article_id, new.start, new.end):
                return old.number
        self.citations.append(new)
        return new.number


def is_claim(text: str) -> bool:
    """Does it say something that an article could bear out? Not a refusal, nor "Here is what they say:"."""
    return not is_refusal(text) and not (text.endswith(":") and len(text.split()) < 12)


def _sentence_end(raw: str, *, whole: bool) -> int | None:
    """The end of the first sentence of a line, with the marks behind it; None where more may belong to it.

    Not `whole`, it has ended for certain only when the word after it is complete.
    """
    kept, bare = _unmarked(raw if whole else _without_half(raw))
    spans = split_sentences(bare)
    if len(spans) < 2:
        return len(raw) if whole and raw else None
    if not whole and not any(c.isspace() for c in bare[spans[1][0] :]):
        return None
    return kept[spans[1][0] - 1] + 1 if spans[1][0] else None


def _open_end(raw: str) -> int:
    """How much of an open line surely belongs to its first sentence, marks or none."""
    kept, bare = _unmarked(_without_half(raw))
    spans = split_sentences(bare)
    end = spans[0][1] if len(spans) > 1 else len(bare)
    if maybe := MAYBE_END.search(bare):
        end = min(end, maybe.start("space") if maybe["space"] else maybe.end())
    return kept[end - 1] + 1 if end else 0


def _unmarked(raw: str) -> tuple[list[int], str]:
    """The text without its marks, and where each of its characters stands in `raw`."""
    kept: list[int] = []
    at = 0
    for mark in find_marks(raw):
        kept += range(at, mark.start)
        at = mark.end
    kept += range(at, len(raw))
    return kept, "".join(raw[i] for i in kept)


def _without_half(raw: str) -> str:
    """The text before a bracket at its end that may yet become a mark."""
    half = UNFINISHED.search(raw)
    return raw[: half.start()] if half else raw


def _without(raw: str, marks: Sequence[Mark]) -> str:
    out, at = "", 0
    for mark in marks:
        out += raw[at : mark.start]
        at = mark.end
    return out + raw[at:]


def _written(raw: str, marks: Sequence[Mark], placed: dict[int, list[int]]) -> str:
    """`raw` with its marks in the one form, and those of -1 behind its last word."""
    out, at, last = "", 0, ""
    for n, mark in enumerate(marks):
        out += raw[at : mark.start]
        shown = "".join(f"[{number}]" for number in placed.get(n, ()))
        out = out.rstrip(" \t") if shown and out.strip() else out
        touching = at == mark.start and out.endswith("]")
        if (shown and shown != last) or not touching:
            out += shown if touching or not out.strip() else f" {shown}" if shown else ""
        last = shown
        at = mark.end
        if shown and raw[at : at + 1].isalnum():
            out += " "
    out += raw[at:]
    behind = "".join(f"[{number}]" for number in placed.get(-1, ()))
    if not behind:
        return out
    body = out.rstrip()
    return f"{body} {behind}{out[len(body) :]}"
