"""Claims: an answer marked in its sentence, as the verifier reads it.

The reader weighs a span of a passage by the scores of its two ends. The verifier looks once more at the few best ones:
the question, the answer put to it and the sentence are read together (as in Iyer et al. 2021, RECONSIDER), so that a
name of the right kind from the wrong relation shows.
"""

from __future__ import annotations

from dataclasses import dataclass

from rag.reader_windows import Tokens, windows


@dataclass(frozen=True, slots=True)
class Claim:
    """`context[start:end]` is said to answer; the context is a sentence with what is needed to understand it."""

    context: str
    start: int
    end: int

    @property
    def answer(self) -> str:
        return self.context[self.start : self.end]


def row(tokens: Tokens, question: str, claim: Claim) -> tuple[list[int], list[int]]:
    """Token ids and kinds of `[CLS] question answer [SEP] context [SEP]`: in the context the answer is of the
    question's kind, which marks it."""
    cut = windows(tokens, f"{question} {claim.answer}", [claim.context])
    shown = next((w for w in cut if any(inside(o, claim) for o in w.offsets)), cut[-1])
    kinds = [0 if inside(o, claim) else k for o, k in zip(shown.offsets, shown.kinds, strict=True)]
    return shown.ids, kinds


def inside(offset: tuple[int, int] | None, claim: Claim) -> bool:
    return offset is not None and offset[0] < claim.end and claim.start < offset[1]
