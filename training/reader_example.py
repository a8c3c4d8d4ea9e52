"""One training example."""

from __future__ import annotations

from dataclasses import dataclass

# fmt: off
MONTHS = [
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
    "November", "December",
]
# fmt: on


NO_VERDICT = -1


@dataclass(frozen=True, slots=True)
class Example:
    """One question over one text; `start == end == -1` where the text does not answer.

    A yes-no question has a `verdict` instead of a span: 0 where the text says neither, 1 for yes, 2 for no.
    """

    question: str
    context: str
    start: int
    end: int
    verdict: int = NO_VERDICT

    @property
    def answerable(self) -> bool:
        return self.start >= 0
