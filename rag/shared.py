"""What a text shares with a question, by the weight of the question's words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from rag.meaning import Meaning
from rag.names import Names
from rag.question import Question
from rag.schema import Found
from rag.words import fold, spelled_out, stem


@dataclass(frozen=True)
class Shared:
    """What texts share with a question: its words themselves, or words of like meaning for a part."""

    stems: Mapping[str, str]  # word of the question → its stem
    weights: Mapping[str, float]  # stem → weight
    names: Names
    meaning: Meaning
    _known: dict[str, dict[str, float]] = field(default_factory=dict)

    @classmethod
    def of(cls, question: Question, found: Found, names: Names, meaning: Meaning) -> Shared:
        stems = {w: stem(w) for w in question.words}
        return cls(stems, {s: found.weights.get(s, 1.0) for s in stems.values()}, names, meaning)

    def credits(self, text: str) -> dict[str, float]:
        """For each stem of the question how far `text` has it: 0 to 1."""
        if text not in self._known:
            plain = set(spelled_out(fold(self.names.keywords(text)).split()))
            held = {stem(w) for w in plain}
            self._known[text] = {
                s: 1.0 if s in held else self.meaning.credit(w, plain) for w, s in self.stems.items()
            }
        return self._known[text]

    def share(self, text: str) -> float:
        """The share, by weight, of the question's words that `text` has: 0 to 1."""
        total = sum(self.weights.values())
        return sum(self.weights[s] * c for s, c in self.credits(text).items()) / total if total else 0.0
