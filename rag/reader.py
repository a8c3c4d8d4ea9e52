"""The reader: finds the words of a passage that answer a question, and says how sure it is that none do.

A span head over a BERT encoder, as in SQuAD 2: each token gets a start and an end logit, and those of [CLS]
stand for "no answer here" (Devlin et al. 2019, section 4.3).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from rag.errors import ModelError
from rag.models import backbone_folder
from rag.reader_weights import BuiltIn

if TYPE_CHECKING:
    import numpy as np
    from tokenizers import Tokenizer

    Logits = np.ndarray[tuple[int], np.dtype[np.float32]]

BUILT_IN = "built-in"
MAX_TOKENS = 256  # a window, question included; what the built-in weights were trained with
STRIDE = 64  # tokens that two windows of one passage share: longer than the longest answer
MAX_QUESTION_TOKENS = 48
MAX_ANSWER_TOKENS = 30
# Taken off a span's score for each token after its first, when spans of one window are compared. On the paragraphs kept
# for choosing 0, 0.05, 0.1 and 0.2 gave exact match 0.613, 0.627, 0.636, 0.627 and F1 0.753, 0.756, 0.753, 0.742.
LENGTH_PENALTY = 0.1
BATCH = 8


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


@dataclass(frozen=True, slots=True)
class Tokens:
    """A tokenizer cut out for pairs of question and passage, with the ids that reading needs."""

    pairs: Tokenizer  # truncates the passage alone, into windows
    plain: Tokenizer  # truncates nothing
    cls: int
    pad: int
    unknown: int

    @classmethod
    def of(cls, tokenizer: Tokenizer, cls_id: int, pad: int, unknown: int) -> Tokens:
        from tokenizers import Tokenizer

        pairs, plain = (Tokenizer.from_str(tokenizer.to_str()) for _ in range(2))
        pairs.enable_truncation(MAX_TOKENS, stride=STRIDE, strategy="only_second")
        plain.no_truncation()
        for one in (pairs, plain):
            one.no_padding()
        return cls(pairs, plain, cls_id, pad, unknown)


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of one passage behind the question, in tokens.

    `offsets[i]` are token i's characters in the passage; None where no answer may begin or end: the question,
    marks of the model's own, and tokens it does not know. `null` is the place of [CLS].
    """

    passage: int
    ids: list[int]
    kinds: list[int]
    offsets: list[tuple[int, int] | None]
    null: int


def built_in(eight_bits: bool | None = None) -> tuple[SpanModel, Tokens]:
    """The weights that ship with the package; `eight_bits` as for `rag.encoder.Encoder`."""
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(backbone_folder() / "tokenizer.json"))
    vocabulary = tokenizer.get_vocab()
    tokens = Tokens.of(tokenizer, vocabulary["[CLS]"], vocabulary["[PAD]"], vocabulary["[UNK]"])
    return BuiltIn(eight_bits=eight_bits), tokens


def other_model(name: str) -> tuple[SpanModel, Tokens]:
    """Model and tokenizer of a folder or a hub's name, in float32; ModelError where they cannot read."""
    from transformers import AutoModelForQuestionAnswering, AutoTokenizer

    remedy = 'give the folder or hub name of an extractive question-answering model, or "built-in"'
    try:
        tokenizer = AutoTokenizer.from_pretrained(name)
        model, facts = AutoModelForQuestionAnswering.from_pretrained(name, output_loading_info=True)
    except Exception as error:  # transformers raises a dozen kinds, by version
        reason = str(error).strip().partition("\n")[0]
        raise ModelError(f"The reader {name!r} cannot be loaded ({reason}): {remedy}") from error
    if any("qa_outputs" in key for key in facts["missing_keys"]):
        raise ModelError(f"The reader {name!r} has no question-answering head: {remedy}")
    if not tokenizer.is_fast:
        raise ModelError(f"The reader {name!r} has no fast tokenizer, so no character offsets: {remedy}")
    return TorchSpans(model, tokenizer), tokens_of(tokenizer)


class TorchSpans:
    """A question-answering model of transformers, rows of like length run together."""

    def __init__(self, model: Any, tokenizer: Any) -> None:
        self.model = model.eval()
        self.pad = tokenizer.pad_token_id or 0
        self.typed = "token_type_ids" in tokenizer.model_input_names

    def logits(self, rows: list[list[int]], kinds: list[list[int]]) -> list[tuple[Logits, Logits]]:
        """Start and end logits of each row of token ids, both (its tokens,) float32."""
        made: dict[int, tuple[Logits, Logits]] = {}
        order = sorted(range(len(rows)), key=lambda i: len(rows[i]))
        for i in range(0, len(order), BATCH):
            batch = order[i : i + BATCH]
            starts, ends = self._run([rows[j] for j in batch], [kinds[j] for j in batch])
            for j, start, end in zip(batch, starts, ends, strict=True):
                made[j] = start[: len(rows[j])], end[: len(rows[j])]
        return [made[i] for i in range(len(rows))]

    def _run(self, rows: list[list[int]], kinds: list[list[int]]) -> tuple[Any, Any]:
        import torch

        width = max(len(row) for row in rows)
        ids = torch.tensor([row + [self.pad] * (width - len(row)) for row in rows])
        mask = torch.tensor([[1] * len(row) + [0] * (width - len(row)) for row in rows])
        segments = torch.tensor([row + [0] * (width - len(row)) for row in kinds])
        typed = {"token_type_ids": segments} if self.typed else {}
        with torch.inference_mode():
            out = self.model(input_ids=ids, attention_mask=mask, **typed)
        return out.start_logits.float().numpy(), out.end_logits.float().numpy()


def tokens_of(tokenizer: Any) -> Tokens:
    """What reading needs of a tokenizer of transformers."""
    unknown = -1 if tokenizer.unk_token_id is None else tokenizer.unk_token_id
    return Tokens.of(
        tokenizer.backend_tokenizer, tokenizer.cls_token_id or 0, tokenizer.pad_token_id or 0, unknown
    )


def has_words(text: str) -> bool:
    return any(c.isalnum() for c in text)


def windows(tokens: Tokens, question: str, passages: list[str]) -> list[Window]:
    """`[CLS] question [SEP] passage [SEP]`, a long passage in several windows that share STRIDE tokens."""
    # A lone surrogate is no text to the tokenizer; "?" is as long, so offsets hold.
    question, *passages = (t.encode("utf-8", "replace").decode() for t in [question, *passages])
    asked = tokens.plain.encode(question, add_special_tokens=False).offsets[:MAX_QUESTION_TOKENS]
    question = question[: asked[-1][1]] if asked else question
    result = []
    for passage, first in enumerate(tokens.pairs.encode_batch([(question, p) for p in passages])):
        for made in (first, *first.overflowing):
            places = zip(made.ids, made.offsets, made.sequence_ids, strict=True)
            offsets = [
                (a, b) if s == 1 and b > a and t != tokens.unknown else None for t, (a, b), s in places
            ]
            null = made.ids.index(tokens.cls) if tokens.cls in made.ids else 0
            result.append(Window(passage, made.ids, made.type_ids, offsets, null))
    return result


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
