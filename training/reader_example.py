"""One training example."""

from __future__ import annotations

from dataclasses import dataclass

# fmt: off
MONTHS = [
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
    "November", "December",
]
# fmt: on


@dataclass(frozen=True, slots=True)
class Example:
    """One question over one text; `start == end == -1` where the text does not answer."""

    question: str
    context: str
    start: int
    end: int

    @property
    def answerable(self) -> bool:
        return self.start >= 0
