"""A BERT encoder in plain torch: the backbone that the embedder and the reader share.

Why not through transformers: importing it takes 3 to 5 seconds of processor time, and a question asked from the command
line would spend most of its wait there. torch alone imports in about 1.5. The arithmetic is that of BERT (Devlin et
al. 2019), with post-layer norm and exact GELU; a test holds the two implementations to the same numbers.

Importing this module imports torch: do it inside the function that needs it.
"""

from __future__ import annotations

import json
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional


class Layer(nn.Module):
    """Self-attention and feed-forward, each added to its input and normed."""

    def __init__(self, width: int, heads: int, inner: int, eps: float) -> None:
        super().__init__()
        self.heads = heads
        self.query, self.key, self.value = (
            nn.Linear(width, width),
            nn.Linear(width, width),
            nn.Linear(width, width),
        )
        self.attended = nn.Linear(width, width)
        self.attended_norm = nn.LayerNorm(width, eps=eps)
        self.inner = nn.Linear(width, inner)
        self.output = nn.Linear(inner, width)
        self.output_norm = nn.LayerNorm(width, eps=eps)

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        batch, length, width = x.shape
        query, key, value = (
            f(x).view(batch, length, self.heads, -1).transpose(1, 2)
            for f in (self.query, self.key, self.value)
        )
        attended = functional.scaled_dot_product_attention(query, key, value, attn_mask=mask)
        x = self.attended_norm(x + self.attended(attended.transpose(1, 2).reshape(batch, length, width)))
        normed: Tensor = self.output_norm(x + self.output(functional.gelu(self.inner(x))))
        return normed


class Encoder(nn.Module):
    """Token ids to one vector a token. Holds no dropout: it is for use, not for training."""

    def __init__(self, config: dict[str, int], eps: float = 1e-12) -> None:
        super().__init__()
        width = config["hidden_size"]
        self.words = nn.Embedding(config["vocab_size"], width)
        self.places = nn.Embedding(config["max_position_embeddings"], width)
        self.kinds = nn.Embedding(config["type_vocab_size"], width)
        self.norm = nn.LayerNorm(width, eps=eps)
        self.layers = nn.ModuleList(
            Layer(width, config["num_attention_heads"], config["intermediate_size"], eps)
            for _ in range(config["num_hidden_layers"])
        )

    def forward(self, ids: Tensor, mask: Tensor, kinds: Tensor | None = None) -> Tensor:
        """`ids`, `mask` (1 a token, 0 padding) and `kinds` are (batch, length); gives (batch, length, width)."""
        places = self.places.weight[: ids.shape[1]]
        x = self.norm(
            self.words(ids) + places + self.kinds(torch.zeros_like(ids) if kinds is None else kinds)
        )
        seen = mask[:, None, None, :].bool()
        for layer in self.layers:
            x = layer(x, seen)
        return x  # type: ignore[no-any-return]


PARTS = {  # ours → transformers' name for the same weights, within one layer
    "query": "attention.self.query",
    "key": "attention.self.key",
    "value": "attention.self.value",
    "attended": "attention.output.dense",
    "attended_norm": "attention.output.LayerNorm",
    "inner": "intermediate.dense",
    "output": "output.dense",
    "output_norm": "output.LayerNorm",
}
EMBEDDINGS = {
    "words": "word_embeddings",
    "places": "position_embeddings",
    "kinds": "token_type_embeddings",
    "norm": "LayerNorm",
}


def parameter_names(layers: int) -> dict[str, str]:
    """Each parameter of `Encoder` → its name in a BERT checkpoint of transformers, without the "bert." prefix."""
    names = {f"{ours}.weight": f"embeddings.{theirs}.weight" for ours, theirs in EMBEDDINGS.items()}
    names["norm.bias"] = "embeddings.LayerNorm.bias"
    for n in range(layers):
        for ours, theirs in PARTS.items():
            for kind in ("weight", "bias"):
                names[f"layers.{n}.{ours}.{kind}"] = f"encoder.layer.{n}.{theirs}.{kind}"
    return names


def load_encoder(folder: Path, weights: dict[str, Tensor] | None = None) -> Encoder:
    """The encoder whose `config.json` and `model.safetensors` lie in `folder`, in float32, ready to use.

    `weights`, by their names in the checkpoint, stand in for those of the file.
    """
    from safetensors.torch import load_file

    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    weights = weights if weights is not None else load_file(folder / "model.safetensors")
    with torch.device("meta"):
        encoder = Encoder(config, config.get("layer_norm_eps", 1e-12))
    encoder.load_state_dict(
        {ours: weights[theirs] for ours, theirs in parameter_names(config["num_hidden_layers"]).items()},
        assign=True,
    )
    return encoder.eval().requires_grad_(False)


def fastest_type() -> torch.dtype:
    """bfloat16 where the processor multiplies it natively (about three times as fast, cosine to float32 ≥ 0.999)."""
    native = torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported()
    return torch.bfloat16 if native else torch.float32
