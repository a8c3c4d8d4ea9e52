"""A text in other words, and where each of its characters stood before.

A reader looks for the question's names as they are spelled there, and the articles spell them otherwise.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

Replacement = tuple[int, int, str]  # text[start:end] becomes this


@dataclass(frozen=True, slots=True)
class Piece:
    """A changed part: `text[start:end]` of the new text was `text[there:till]` of the old one."""

    start: int
    end: int
    there: int
    till: int

    @property
    def moved(self) -> int:
        """What to add to a place behind this part for its place in the old text."""
        return self.till - self.end


@dataclass(frozen=True, slots=True)
class Aligned:
    """`text` was made of another; `pieces` are its changed parts, in order."""

    text: str
    pieces: tuple[Piece, ...]

    @classmethod
    def of(cls, text: str, replacements: Iterable[Replacement]) -> Aligned:
        """`text` with the replacements, which must not overlap, made in reading order."""
        out, pieces = list[str](), list[Piece]()
        at = length = 0
        for start, end, words in sorted(replacements):
            out += [text[at:start], words]
            length += start - at
            pieces.append(Piece(length, length + len(words), start, end))
            length += len(words)
            at = end
        return cls("".join([*out, text[at:]]), tuple(pieces))

    def back(self, start: int, end: int) -> tuple[int, int]:
        """The range of the other text that `text[start:end]` came from; what lies in a changed part takes all of it."""
        first = self._piece(start)
        last = self._piece(max(start, end - 1))
        began = first.there if first and start < first.end else start + (first.moved if first else 0)
        ended = last.till if last and end <= last.end else end + (last.moved if last else 0)
        return began, ended

    def forth(self, start: int, end: int) -> tuple[int, int]:
        """The range of `text` that the other text's `[start:end]` has become; an edge inside a changed part takes all
        of it."""
        return self._moved(start, ahead=False), self._moved(end, ahead=True)

    def _moved(self, at: int, ahead: bool) -> int:
        moved = 0
        for piece in self.pieces:
            if piece.there < at < piece.till:
                return piece.end if ahead else piece.start
            if piece.till <= at and (ahead or piece.there < at):
                moved = piece.moved
        return at - moved

    def _piece(self, at: int) -> Piece | None:
        """The last changed part that begins at `at` or before it."""
        return next((p for p in reversed(self.pieces) if p.start <= at), None)
