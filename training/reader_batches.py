"""Examples to padded batches of tokens."""

from __future__ import annotations

import random
from typing import Any

import torch
from torch import Tensor

from rag.reader import MAX_QUESTION_TOKENS
from training.reader_example import Example


class Packer:
    """Examples to tokens: `[CLS] question [SEP] text [SEP]`; the target is [CLS] (0) for no answer."""

    def __init__(self, tokenizer: Any, seed: int, tokens: int) -> None:
        self.tokenizer, self.rng, self.tokens = tokenizer, random.Random(seed), tokens

    def __call__(self, examples: list[Example]) -> list[tuple[list[int], int, int, int]]:
        """(token ids, length of the question's part, start token, end token) of each example that fits."""
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
            low, high = self._window(len(ids), first, last, self.tokens - len(head) - 1)
            if example.answerable and not low <= first <= last < high:
                continue
            shift = len(head) - low
            start, end = (first + shift, last + shift) if example.answerable else (0, 0)
            packed.append(([*head, *ids[low:high], self.tokenizer.sep_token_id], len(head), start, end))
        return packed

    def _window(self, length: int, first: int, last: int, room: int) -> tuple[int, int]:
        """Where to cut a text that is too long: anywhere that keeps the answer."""
        if length <= room:
            return 0, length
        least = max(0, last + 1 - room)
        most = min(first, length - room) if last else length - room
        low = self.rng.randint(least, max(least, most))
        return low, low + room


def batches(packed: list[Any], size: int, rng: random.Random) -> list[list[Any]]:
    """Batches of like lengths, so that little is spent on padding, in random order."""
    ordered = sorted(packed, key=lambda p: len(p[0]) + rng.random() * 8)
    groups = [ordered[i : i + size] for i in range(0, len(ordered) - size + 1, size)]
    rng.shuffle(groups)
    return groups


def tensors(batch: list[Any], device: str) -> dict[str, Tensor]:
    width = max(len(ids) for ids, _, _, _ in batch)
    ids = torch.zeros(len(batch), width, dtype=torch.long)
    mask, kinds = torch.zeros_like(ids), torch.zeros_like(ids)
    for i, (tokens, head, _, _) in enumerate(batch):
        ids[i, : len(tokens)] = torch.tensor(tokens)
        mask[i, : len(tokens)] = 1
        kinds[i, head : len(tokens)] = 1
    ends = torch.tensor([[start, end] for _, _, start, end in batch])
    made = {"ids": ids, "mask": mask, "kinds": kinds, "start": ends[:, 0], "end": ends[:, 1]}
    return {k: v.to(device) for k, v in made.items()}
