"""How the verifier's weights are kept: a change of low rank to the reader's, and a head.

For each matrix of the six layers `verifier.safetensors` holds `down` (rank, inputs) and `up` (outputs, rank), both
float16: the verifier's matrix is the reader's plus `up @ down`. The head, (1, width) and (1,), scores a text by the
vector of its [CLS].
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from rag.errors import ModelError
from rag.models import backbone_folder
from rag.reader_weights import FOLDER, check, sha256

if TYPE_CHECKING:
    import numpy as np
    from torch import Tensor

    Floats = np.typing.NDArray[np.float32]

HEAD = ("score.weight", "score.bias")
REMEDY = "reinstall Dateline, or set DATELINE_READER to another model"


def pack_verifier(trained: Mapping[str, Tensor], folder: Path = FOLDER, **facts: object) -> None:
    """Write `trained` (by the names that the module's docstring gives) to `folder`, atomically.

    `facts` go into `verifier.json` beside the hashes, that of the reader's weights that it changes among them.
    """
    import torch
    from safetensors.torch import save_file

    kept = {
        name: (weight.float() if name in HEAD else weight.to(torch.float16)).contiguous().clone()
        for name, weight in trained.items()
    }
    save_file(kept, folder / "verifier.new")
    (folder / "verifier.new").chmod(0o644)  # safetensors writes for the owner alone
    card = {
        "reader_sha256": sha256(folder / "reader.safetensors"),
        "weights_sha256": sha256(folder / "verifier.new"),
        **facts,
    }
    (folder / "card.new").write_text(json.dumps(card, indent=1) + "\n", encoding="utf-8")
    (folder / "verifier.new").replace(folder / "verifier.safetensors")
    (folder / "card.new").replace(folder / "verifier.json")


def unpack_verifier(reader: Mapping[str, Floats], folder: Path = FOLDER) -> dict[str, Floats]:
    """The verifier's weights in float32 by their names in a BERT checkpoint, and HEAD, on top of those of the `reader`.

    ModelError where a file is missing or altered, or was made for another reader.
    """
    import numpy as np
    from safetensors.numpy import load_file

    card = folder / "verifier.json"
    try:
        facts = json.loads(card.read_text(encoding="utf-8"))
        expected, base = str(facts["weights_sha256"]), str(facts["reader_sha256"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelError(f"{card} cannot be read: {REMEDY}") from error
    check(folder / "reader.safetensors", base, REMEDY)
    check(folder / "verifier.safetensors", expected, REMEDY)
    stored = load_file(folder / "verifier.safetensors")
    weights = dict(reader)
    for name, down in stored.items():
        if name in HEAD:
            weights[name] = down
        elif name.endswith(".down"):
            plain = name.removesuffix(".down")
            up = stored[f"{plain}.up"].astype(np.float32)
            weights[f"{plain}.weight"] = weights[f"{plain}.weight"] + up @ down.astype(np.float32)
    return weights


class Verifying:
    """The verifier's weights at work."""

    def __init__(self, reader: Mapping[str, Floats], folder: Path = FOLDER, eight_bits: bool | None = None):
        from rag.encoder import Encoder, read_config

        weights = unpack_verifier(reader, folder)
        self.head, self.bias = (weights.pop(name) for name in HEAD)
        layers = {name.removeprefix("bert."): value for name, value in weights.items()}
        self.encoder = Encoder(layers, read_config(backbone_folder()), eight_bits)

    def scores(self, rows: list[list[int]], kinds: list[list[int]]) -> list[float]:
        """For each row of token ids the log-odds that its claim holds."""
        return [float(states[0] @ self.head[0] + self.bias[0]) for states in self.encoder.states(rows, kinds)]
