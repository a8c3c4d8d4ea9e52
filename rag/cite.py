"""Resolve the [n] marks of a text: which evidence each names, numbered in the order a reader meets them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from rag.prompts import MARK
from rag.schema import Citation


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
