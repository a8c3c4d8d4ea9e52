"""The forms in which models write citations, read as numbers: [1], [1,2], [1-3], 【1】, [^1], [[1]], [Source 1]."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_OPEN, _CLOSE = "[【［⟦", "]】］⟧"
_NAMED = r"(?:\^|(?:sources?|passages?|articles?|documents?|refs?|no)\b\.?\s*)?\s*#?"
WRITTEN = re.compile(
    rf"[{re.escape(_OPEN)}]{{1,2}}\s*{_NAMED}(?P<list>[0-9]{{1,3}}(?:\s*(?:,|;|&|-|–|—|‑|and|to)\s*(?:{_NAMED})[0-9]{{1,3}})*)"
    rf"\s*(?:[†:][^{re.escape(_CLOSE)}\n]{{0,40}})?[{re.escape(_CLOSE)}]{{1,2}}(?!\()",
    re.IGNORECASE,
)
# A bracket at the end of what has come so far, that may yet become a mark.
UNFINISHED = re.compile(rf"[{re.escape(_OPEN)}]{{1,2}}[^{re.escape(_CLOSE + _OPEN)}\n]{{0,60}}$")
RANGE = re.compile(r"(\d+)\s*[-–—‑]\s*(?:\D*?)(\d+)|(\d+)\s+to\s+(?:\D*?)(\d+)|(\d+)", re.IGNORECASE)
LONGEST = 20  # numbers in one range: no answer cites more passages than that


@dataclass(frozen=True, slots=True)
class Mark:
    """`text[start:end]`, with the white space before it on its line, names these passages."""

    start: int
    end: int
    numbers: tuple[int, ...]


def find_marks(text: str) -> Iterator[Mark]:
    """The marks of `text` in reading order."""
    for match in WRITTEN.finditer(text):
        if match.end() - match.start() > 60:  # longer than `UNFINISHED` waits for
            continue
        start = match.start()
        glued = text[match.end() : match.end() + 1].isalnum()  # the space before it then parts two words
        while not glued and start and text[start - 1] in " \t\u00a0":
            start -= 1
        yield Mark(start, match.end(), numbers_of(match["list"]))


def numbers_of(listed: str) -> tuple[int, ...]:
    """The numbers of "1, 3-5": (1, 3, 4, 5), each once."""
    found: list[int] = []
    for match in RANGE.finditer(listed):
        groups = [int(g) for g in match.groups() if g]
        if len(groups) == 2 and groups[0] <= groups[1] <= groups[0] + LONGEST:
            found += range(groups[0], groups[1] + 1)
        else:
            found += groups
    return tuple(dict.fromkeys(found))


def settled(text: str) -> int:
    """How much of `text` no later piece can turn into part of a mark: all of it before the first mark or half mark."""
    marks = [m.start for m in find_marks(text)]
    half = UNFINISHED.search(text)
    end = min([len(text), *marks, *([half.start()] if half else [])])
    return len(text[:end].rstrip())
