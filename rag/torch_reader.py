"""Another extractive question-answering model, of a hub or in a folder, read with through transformers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rag.errors import ModelError
from rag.reader_windows import Tokens

if TYPE_CHECKING:
    import numpy as np

    Logits = np.ndarray[tuple[int], np.dtype[np.float32]]

BATCH = 8


def other_model(name: str) -> tuple[TorchSpans, Tokens]:
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
