"""What a reader is shown: a question and a passage in tokens, a long passage in several windows that overlap."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tokenizers import Tokenizer

MAX_TOKENS = 256  # a window, question included; what the built-in weights were trained with
STRIDE = 64  # tokens that two windows of one passage share: longer than the longest answer
MAX_QUESTION_TOKENS = 48


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
