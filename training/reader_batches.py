"""Examples to padded batches of tokens."""

from __future__ import annotations

import random
from typing import Any, NamedTuple

import torch
from torch import Tensor

from rag.reader_windows import MAX_QUESTION_TOKENS
from training.reader_example import NO_VERDICT, Example


class Packed(NamedTuple):
    """Token ids, the length of the question's part, the answer's first and last token, the verdict (-1 for none)."""

    ids: list[int]
    head: int
    start: int
    end: int
    verdict: int


class Packer:
    """Examples to tokens: `[CLS] question [SEP] text [SEP]`; the target is [CLS] (0) for no answer.

    A text too long is cut round its answer; for a yes-no question at its beginning, since it ends with what settles it.
    """

    def __init__(self, tokenizer: Any, seed: int, tokens: int) -> None:
        self.tokenizer, self.rng, self.tokens = tokenizer, random.Random(seed), tokens

    def __call__(self, examples: list[Example]) -> list[Packed]:
        """Each example that fits."""
        questions = self.tokenizer([e.question for e in examples], add_special_tokens=False)["input_ids"]
        texts = self.tokenizer(
            [e.context for e in examples], add_special_tokens=False, return_offsets_mapping=True
        )
        packed = []
        for example, question, ids, offsets in zip(
            examples, questions, texts["input_ids"], texts["offset_mapping"], strict=True
        ):
            head = [self.tokenizer.cls_token_id, *question[:MAX_QUESTION_TOKENS], self.tokenizer.sep_token_id]
            inside = [i for i, (a, b) in enumerate(offsets) if b > example.start and a < example.end]
            if example.answerable and not inside:
                continue
            first, last = (inside[0], inside[-1]) if example.answerable else (0, 0)
            room = self.tokens - len(head) - 1
            judged = example.verdict != NO_VERDICT
            low, high = (
                (max(0, len(ids) - room), len(ids)) if judged else self._window(len(ids), first, last, room)
            )
            if example.answerable and not low <= first <= last < high:
                continue
            shift = len(head) - low
            start, end = (first + shift, last + shift) if example.answerable else (0, 0)
            tokens = [*head, *ids[low:high], self.tokenizer.sep_token_id]
            packed.append(Packed(tokens, len(head), start, end, example.verdict))
        return packed

    def _window(self, length: int, first: int, last: int, room: int) -> tuple[int, int]:
        """Where to cut a text that is too long: anywhere that keeps the answer."""
        if length <= room:
            return 0, length
        least = max(0, last + 1 - room)
        most = min(first, length - room) if last else length - room
        low = self.rng.randint(least, max(least, most))
        return low, low + room


def batches(packed: list[Packed], size: int, rng: random.Random) -> list[list[Packed]]:
    """Batches of like lengths, so that little is spent on padding, in random order."""
    ordered = sorted(packed, key=lambda p: len(p.ids) + rng.random() * 8)
    groups = [ordered[i : i + size] for i in range(0, len(ordered) - size + 1, size)]
    rng.shuffle(groups)
    return groups


def tensors(batch: list[Packed], device: str) -> dict[str, Tensor]:
    width = max(len(packed.ids) for packed in batch)
    ids = torch.zeros(len(batch), width, dtype=torch.long)
    mask, kinds = torch.zeros_like(ids), torch.zeros_like(ids)
    for i, (tokens, head, *_) in enumerate(batch):
        ids[i, : len(tokens)] = torch.tensor(tokens)
        mask[i, : len(tokens)] = 1
        kinds[i, head : len(tokens)] = 1
    marks = torch.tensor([packed[2:] for packed in batch])
    made = {"ids": ids, "mask": mask, "kinds": kinds, "start": marks[:, 0], "end": marks[:, 1]}
    made["verdict"] = marks[:, 2]
    return {k: v.to(device) for k, v in made.items()}
