"""The reader: finds the words of a passage that answer a question, and says how sure it is that none do.

A span head over a BERT encoder, as in SQuAD 2: each token gets a start and an end logit, and those of [CLS]
stand for "no answer here" (Devlin et al. 2019, section 4.3).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from rag.models import backbone_folder
from rag.reader_weights import BuiltIn
from rag.reader_windows import Tokens, Window, has_words, windows
from rag.torch_reader import other_model
from rag.verifier import Claim, row

if TYPE_CHECKING:
    import numpy as np

    Logits = np.ndarray[tuple[int], np.dtype[np.float32]]

BUILT_IN = "built-in"
MAX_ANSWER_TOKENS = 30
# Taken off a span's score for each token after its first, when spans of one window are compared. On the paragraphs kept
# for choosing 0, 0.05, 0.1 and 0.2 gave exact match 0.613, 0.627, 0.636, 0.627 and F1 0.753, 0.756, 0.753, 0.742.
LENGTH_PENALTY = 0.1


@dataclass(frozen=True, slots=True)
class Span:
    """Words of one passage: `text == passages[passage][start:end]`.

    `score` is the sum of the start and end logits; `null_score` is the same for "no answer" in the window
    that the span comes from. Logits have no unit.
    """

    passage: int
    start: int
    end: int
    text: str
    score: float
    null_score: float

    @property
    def margin(self) -> float:
        """How much better than "no answer" the span is; above 0 the weights hold it for an answer."""
        return self.score - self.null_score


@dataclass(frozen=True, slots=True)
class Verdict:
    """How likely a text answers a yes-no question with yes, and with no; what is left to 1 is that it says neither."""

    yes: float
    no: float

    @property
    def said(self) -> float:
        return self.yes + self.no


class SpanModel(Protocol):
    """What reads token ids: the built-in weights, or another model."""

    def logits(self, rows: list[list[int]], kinds: list[list[int]]) -> list[tuple[Logits, Logits]]:
        """Start and end logits of each row of token ids, both (its tokens,) float32."""


class Reader:
    """An extractive question-answering model. It keeps nothing of a question; threads may share it."""

    def __init__(self, model: SpanModel, tokens: Tokens, name: str = BUILT_IN) -> None:
        self.model = model
        self.tokens = tokens
        self.name = name

    @classmethod
    def load(cls, name: str = BUILT_IN) -> Reader:
        """The built-in weights, or any extractive question-answering model by folder or hub name.

        ModelError, in one line, where the weights are missing, altered, or have no span head.
        """
        model, tokens = built_in() if name == BUILT_IN else other_model(name)
        return cls(model, tokens, name)

    def warm(self) -> None:
        """Load what is otherwise loaded when it is first needed; ModelError where it is missing or altered."""
        if isinstance(self.model, BuiltIn):
            _ = self.model.verifier

    def read(self, question: str, passages: list[str], n_best: int = 3) -> list[Span]:
        """The best `n_best` spans of every passage, none overlapping another; best margin first overall.

        [] for no passages; none from a passage without words; [] for a question without words.
        """
        kept = [i for i, p in enumerate(passages) if has_words(p)]
        if n_best < 1 or not kept or not has_words(question):
            return []
        cut = windows(self.tokens, question, [passages[i] for i in kept])
        found: dict[int, list[Span]] = {i: [] for i in kept}
        logits = self.model.logits([w.ids for w in cut], [w.kinds for w in cut])
        for window, (start, end) in zip(cut, logits, strict=True):
            passage = kept[window.passage]
            found[passage].extend(spans(passage, passages[passage], window, start, end, n_best))
        best = [s for own in found.values() for s in apart(own, n_best)]
        return sorted(best, key=lambda s: (-s.margin, s.passage, s.start))

    def judge(self, question: str, texts: list[str]) -> list[Verdict]:
        """What each of `texts` says to a yes-no question; [] where the model has not learned to judge.

        A text longer than a window is judged by its end. A text, or a question, without words says nothing.
        """
        if not isinstance(self.model, BuiltIn):
            return []
        made = [Verdict(0.0, 0.0)] * len(texts)
        kept = [i for i, text in enumerate(texts) if has_words(text)]
        if not kept or not has_words(question):
            return made
        last = {w.passage: w for w in windows(self.tokens, question, [texts[i] for i in kept])}
        chances = self.model.verdicts([w.ids for w in last.values()], [w.kinds for w in last.values()])
        for window, (_, yes, no) in zip(last.values(), chances.tolist(), strict=True):
            made[kept[window.passage]] = Verdict(yes, no)
        return made

    def verify(self, question: str, claims: Sequence[Claim]) -> list[float]:
        """The log-odds, by the weights alone, that each of `claims` answers `question`; [] where the model has not
        learned to tell, and for a question without words."""
        if not isinstance(self.model, BuiltIn) or not claims or not has_words(question):
            return []
        rows = [row(self.tokens, question, claim) for claim in claims]
        return self.model.verifier.scores([ids for ids, _ in rows], [kinds for _, kinds in rows])


def built_in(eight_bits: bool | None = None) -> tuple[SpanModel, Tokens]:
    """The weights that ship with the package; `eight_bits` as for `rag.encoder.Encoder`."""
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(backbone_folder() / "tokenizer.json"))
    vocabulary = tokenizer.get_vocab()
    tokens = Tokens.of(tokenizer, vocabulary["[CLS]"], vocabulary["[PAD]"], vocabulary["[UNK]"])
    return BuiltIn(eight_bits=eight_bits), tokens


def spans(passage: int, text: str, window: Window, start: Logits, end: Logits, n_best: int) -> list[Span]:
    """The best spans of one window that do not overlap, each of at most MAX_ANSWER_TOKENS tokens."""
    import numpy as np

    inside = np.array([o is not None for o in window.offsets])
    scores = np.where(inside, start, -np.inf)[:, None] + np.where(inside, end, -np.inf)[None, :]
    lengths = np.arange(len(inside))[None, :] - np.arange(len(inside))[:, None]  # in tokens, less one
    scores[(lengths < 0) | (lengths >= MAX_ANSWER_TOKENS)] = -np.inf
    scores -= LENGTH_PENALTY * np.maximum(lengths, 0)
    null = float(start[window.null] + end[window.null])
    made: list[Span] = []
    while len(made) < n_best:
        first, last = divmod(int(scores.argmax()), len(inside))
        begin, finish = window.offsets[first], window.offsets[last]
        if scores[first, last] == -np.inf or begin is None or finish is None:
            break
        score = float(start[first] + end[last])
        scores[: last + 1, first:] = -np.inf  # whatever overlaps it
        a, b = begin[0], finish[1]
        a += len(text[a:b]) - len(text[a:b].lstrip())  # byte-level tokens hold the space before them
        if has_words(text[a:b]):
            made.append(Span(passage, a, b, text[a:b], score, null))
    return made


def apart(found: list[Span], n_best: int) -> list[Span]:
    """The best `n_best` by margin, none of which shares a character with a better one."""
    kept: list[Span] = []
    for span in sorted(found, key=lambda s: (-s.margin, s.start, s.end)):
        if len(kept) < n_best and all(span.end <= k.start or span.start >= k.end for k in kept):
            kept.append(span)
    return kept
