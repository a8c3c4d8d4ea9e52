"""How the built-in reader's weights are kept: what training added to all-MiniLM-L6-v2, in eight bits.

The backbone comes with the embedder's package and is never copied. For each matrix of its six layers the file
`reader.safetensors` holds the difference that training made, as int8 with one float32 scale for each output
row; vectors (biases, norms) and the span head are kept whole.
"""

from __future__ import annotations

import hashlib
import json
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from rag.errors import ModelError
from rag.models import BACKBONE_SHA256, backbone_folder

if TYPE_CHECKING:
    import numpy as np
    from torch import Tensor
    from transformers import BertForQuestionAnswering

    from rag.verifier_weights import Verifying

    Floats = np.typing.NDArray[np.float32]

FOLDER = Path(__file__).parent / "reader_adapter"
VERDICTS = ("unsaid", "yes", "no")  # of a text on a yes-no question
HEADS = ("qa_outputs", "verdict_outputs")  # of spans: (2, width); of yes-no questions: (3, width)


def sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def check(path: Path, expected: str, remedy: str) -> None:
    if not path.is_file():
        raise ModelError(f"The reader's weights are not at {path}: {remedy}")
    found = sha256(path)
    if found != expected:
        raise ModelError(f"{path} has sha256 {found[:8]}…, not {expected[:8]}…: {remedy}")


def blank_model() -> BertForQuestionAnswering:
    """The backbone with heads for spans and verdicts that have not learned anything; dropout off, in float32."""
    import torch
    from safetensors.torch import load_file
    from transformers import BertConfig, BertForQuestionAnswering

    folder = backbone_folder()
    config = BertConfig.from_pretrained(
        folder,
        num_labels=2,
        hidden_dropout_prob=0.0,
        attention_probs_dropout_prob=0.0,
        attn_implementation="sdpa",
    )
    model = BertForQuestionAnswering(config)
    weights = {k: v for k, v in load_file(folder / "model.safetensors").items() if not k.startswith("pooler")}
    weights.pop("embeddings.position_ids", None)
    model.bert.load_state_dict(weights)
    model.verdict_outputs = torch.nn.Linear(config.hidden_size, len(VERDICTS))
    model.train(False)
    return model


def pack(trained: dict[str, Tensor], folder: Path = FOLDER, **facts: object) -> None:
    """Write `trained` (float32, by the model's parameter names) as differences to `folder`, atomically.

    `facts` go into `reader.json` beside the hashes, e.g. the figures reached.
    """
    import torch
    from safetensors.torch import save_file

    base, kept = blank_model().state_dict(), {}
    for name, weight in trained.items():
        if name.startswith(HEADS) or weight.dim() < 2 or "embeddings" in name:
            kept[name] = weight.float().contiguous().clone()
            continue
        delta = weight.float() - base[name]
        scale = delta.abs().amax(dim=1, keepdim=True).clamp_min(1e-12) / 127
        kept[f"{name}.delta"] = (delta / scale).round().to(torch.int8)
        kept[f"{name}.scale"] = scale
    folder.mkdir(parents=True, exist_ok=True)
    save_file(kept, folder / "reader.new")
    (folder / "reader.new").chmod(0o644)  # safetensors writes for the owner alone
    card = {"backbone_sha256": BACKBONE_SHA256, "weights_sha256": sha256(folder / "reader.new"), **facts}
    (folder / "card.new").write_text(json.dumps(card, indent=1) + "\n", encoding="utf-8")
    (folder / "reader.new").replace(folder / "reader.safetensors")
    (folder / "card.new").replace(folder / "reader.json")


def unpack(folder: Path = FOLDER) -> dict[str, Floats]:
    """The built-in reader's weights in float32, by their names in a BERT checkpoint.

    ModelError where a file is missing, altered or does not fit the backbone.
    """
    import numpy as np
    from safetensors.numpy import load_file

    remedy = "reinstall Dateline, or set DATELINE_READER to another model"
    try:
        card = json.loads((folder / "reader.json").read_text(encoding="utf-8"))
        expected = str(card["weights_sha256"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelError(f"{folder / 'reader.json'} cannot be read: {remedy}") from error
    check(folder / "reader.safetensors", expected, remedy)
    base = load_file(backbone_folder() / "model.safetensors")
    weights = {f"bert.{name}": value for name, value in base.items()}
    stored = load_file(folder / "reader.safetensors")
    for name, value in stored.items():
        plain = name.removesuffix(".delta")
        if name.endswith(".scale"):
            continue
        if not plain.startswith(HEADS) and (plain not in weights or weights[plain].shape != value.shape):
            raise ModelError(
                f"{folder / 'reader.safetensors'} holds {plain}, which the backbone has not: {remedy}"
            )
        if name.endswith(".delta"):
            weights[plain] = weights[plain] + value.astype(np.float32) * stored[f"{plain}.scale"]
        else:
            weights[plain] = value
    return weights


class BuiltIn:
    """The built-in reader's weights at work."""

    def __init__(self, folder: Path = FOLDER, eight_bits: bool | None = None) -> None:
        from rag.encoder import Encoder, read_config

        self.folder, self.eight_bits = folder, eight_bits
        weights = {name.removeprefix("bert."): value for name, value in unpack(folder).items()}
        self.encoder = Encoder(weights, read_config(backbone_folder()), eight_bits)
        self.head, self.bias = weights["qa_outputs.weight"].T, weights["qa_outputs.bias"]
        self.judge, self.leaning = weights["verdict_outputs.weight"].T, weights["verdict_outputs.bias"]

    @cached_property
    def verifier(self) -> Verifying:
        from rag.verifier_weights import Verifying

        return Verifying(unpack(self.folder), self.folder, self.eight_bits)

    def logits(self, rows: list[list[int]], kinds: list[list[int]]) -> list[tuple[Floats, Floats]]:
        """Start and end logits of each row of token ids, both (its tokens,) float32."""
        both = [states @ self.head + self.bias for states in self.encoder.states(rows, kinds)]
        return [(pair[:, 0], pair[:, 1]) for pair in both]

    def verdicts(self, rows: list[list[int]], kinds: list[list[int]]) -> Floats:
        """How likely each row of token ids has each of VERDICTS: (rows, verdicts), summing to 1."""
        import numpy as np

        firsts = np.stack([states[0] for states in self.encoder.states(rows, kinds)])
        logits = firsts @ self.judge + self.leaning
        raised = np.exp(logits - logits.max(axis=1, keepdims=True))
        chances: Floats = raised / raised.sum(axis=1, keepdims=True)
        return chances
