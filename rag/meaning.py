"""How near words are in meaning, "envoy" to "ambassador", and whole sentences to a question.

The vectors of words are the word embeddings at the bottom of all-MiniLM-L6-v2, less their common mean, which all of
them share and which says nothing. Only words that are one piece of its vocabulary have one; rare names therefore have
none, and are never taken for each other.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

    Matrix = np.ndarray[tuple[int, int], np.dtype[np.float32]]

# Cosines: unrelated words lie below the first (minister, leader: 0.2), forms and synonyms about or above the second
# (met, meet: 0.68; wife, spouse: 0.58; envoy, ambassador: 0.44). Read off word pairs, not off questions.
UNRELATED, SAME = 0.3, 0.55


@dataclass(frozen=True, eq=False)  # by identity, so that what is told of a word can be kept
class Meaning:
    """`matrix[vocabulary[word]]` is the word's vector, of unit length; `embed` gives those of whole texts."""

    vocabulary: Mapping[str, int]
    matrix: Matrix
    embed: Callable[[list[str]], list[list[float]]]

    def credit(self, word: str, others: Collection[str]) -> float:
        """How far one of `others` means what `word` means: 0 not at all, 1 as good as the same."""
        if word in others:
            return 1.0
        rows = [self.vocabulary[o] for o in others if o in self.vocabulary]
        if word not in self.vocabulary or not rows:
            return 0.0
        best = float((self.matrix[rows] @ self.matrix[self.vocabulary[word]]).max())
        return min(1.0, max(0.0, (best - UNRELATED) / (SAME - UNRELATED)))

    def alike(self, question: str, texts: Sequence[str]) -> list[float]:
        """The cosine of each text to the question, by the embedder: about 0 to 1."""
        import numpy as np

        if not texts:
            return []
        asked, *rest = np.array(self.embed([question, *texts]))
        return [float(asked @ vector) for vector in rest]
