"""A BERT encoder for ONNX Runtime: the backbone that the embedder and the reader share.

The graph is built here, from the weights, in a tenth of a second: no exported file to keep in step, and neither torch
nor transformers to import (3 to 8 seconds of a question asked from the command line). Its arithmetic is that of BERT
(Devlin et al. 2019), with post-layer norm and exact GELU; a test holds it to transformers' numbers.

Where the processor multiplies bytes, so do the layers: about 1.5 times as fast as float32. Weights get one scale for
each output; the activations one for each text. The second matrix of a layer's feed-forward, whose input has a few huge
values, gets a scale for every 32 numbers of both instead (a third of the error of the whole comes from it otherwise).

Texts run one at a time, each on one thread: no padding, no vector that depends on its neighbours in a batch, and no
threads that wait for one another when the machine is busy.
"""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float32]

FUSED = "com.microsoft"  # the domain of ONNX Runtime's own operators
BLOCK = 32  # numbers that share a scale in the second matrix of the feed-forward
EMBEDDINGS = ("word_embeddings", "position_embeddings", "token_type_embeddings")


class Encoder:
    """Token ids to one vector a token. It keeps nothing of a text; threads may share it."""

    def __init__(
        self, weights: dict[str, Floats], config: dict[str, Any], eight_bits: bool | None = None
    ) -> None:
        """`weights` by their names in a BERT checkpoint; `eight_bits` None for what the processor does best."""
        import onnxruntime

        self.eight_bits = multiplies_bytes() if eight_bits is None else eight_bits
        self.words, self.places, self.kinds = (weights[f"embeddings.{name}.weight"] for name in EMBEDDINGS)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 3  # errors alone
        graph = _Graph(weights, config, self.eight_bits).model()
        self._session = onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])

    @classmethod
    def load(cls, folder: Path, eight_bits: bool | None = None) -> Encoder:
        """The encoder whose `config.json` and `model.safetensors` lie in `folder`."""
        from safetensors.numpy import load_file

        return cls(load_file(folder / "model.safetensors"), read_config(folder), eight_bits)

    def states(
        self, rows: Sequence[Sequence[int]], kinds: Sequence[Sequence[int]] | None = None
    ) -> list[Floats]:
        """For each row of token ids its tokens' vectors, (tokens, width); `kinds` are 0 throughout unless given."""
        given = [[0] * len(row) for row in rows] if kinds is None else kinds
        if len(rows) < 2:
            return [self._one(row, own) for row, own in zip(rows, given, strict=True)]
        # The longest first, so that no thread is left alone with it at the end.
        order = sorted(range(len(rows)), key=lambda i: -len(rows[i]))
        made = dict(zip(order, _threads().map(lambda i: self._one(rows[i], given[i]), order), strict=True))
        return [made[i] for i in range(len(rows))]

    def _one(self, row: Sequence[int], kinds: Sequence[int]) -> Floats:
        x = self.words[list(row)] + self.places[: len(row)] + self.kinds[list(kinds)]
        states: Floats = self._session.run(None, {"x": x[None]})[0][0]
        return states


def read_config(folder: Path) -> dict[str, Any]:
    config: dict[str, Any] = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    return config


@cache
def _threads() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(cores(), thread_name_prefix="encoder")


def cores() -> int:
    """Processor cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@cache
def multiplies_bytes() -> bool:
    """Whether the processor has instructions for products of bytes (VNNI, AMX, Arm's dot product).

    Without them eight bits gain little, and on older x86 processors sums of products overflow.
    """
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return platform.machine() == "arm64"  # every Mac of that kind has them
    return bool({"avx512_vnni", "avx_vnni", "amx_int8", "asimddp"} & set(text.split()))


class _Graph:
    """The encoder's layers as an ONNX graph, from `x` (1, tokens, width) to vectors of the same shape."""

    def __init__(self, weights: dict[str, Floats], config: dict[str, Any], eight_bits: bool) -> None:
        from onnx import helper, numpy_helper

        self.helper, self.from_array = helper, numpy_helper.from_array
        self.weights, self.eight_bits = weights, eight_bits
        self.heads, self.layers = config["num_attention_heads"], config["num_hidden_layers"]
        self.width, self.eps = config["hidden_size"], config.get("layer_norm_eps", 1e-12)
        self.nodes: list[Any] = []
        self.kept: list[Any] = []

    def model(self) -> bytes:
        from onnx import TensorProto

        state = self._norm("x", "embeddings.LayerNorm")
        for n in range(self.layers):
            state = self._layer(state, f"encoder.layer.{n}.")
        shape = [1, "tokens", self.width]
        ends = [self.helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name in ("x", state)]
        graph = self.helper.make_graph(self.nodes, "bert", ends[:1], ends[1:], self.kept)
        sets = [self.helper.make_opsetid("", 18), self.helper.make_opsetid(FUSED, 1)]
        made: bytes = self.helper.make_model(graph, opset_imports=sets, ir_version=9).SerializeToString()
        return made

    def _layer(self, state: str, at: str) -> str:
        """Self-attention and feed-forward, each added to its input and normed."""
        parts = [f"{at}attention.self.{part}" for part in ("query", "key", "value")]
        matrix = np.concatenate([self.weights[f"{part}.weight"] for part in parts])
        bias = np.concatenate([self.weights[f"{part}.bias"] for part in parts])
        three = [f"{part}.out" for part in parts]
        self._node("Split", [self._linear(state, f"{at}qkv", matrix, bias)], three, axis=2, num_outputs=3)
        mixed = self._node("MultiHeadAttention", three, [f"{at}mixed"], FUSED, num_heads=self.heads)
        attended = self._named(mixed, f"{at}attention.output.dense")
        summed = self._node("Add", [attended, state], [f"{at}attention.sum"])
        state = self._norm(summed, f"{at}attention.output.LayerNorm")
        inner = self._named(state, f"{at}intermediate.dense")
        curved = self._node("Gelu", [inner], [f"{at}gelu"], FUSED)
        output = self._named(curved, f"{at}output.dense", blocks=True)
        summed = self._node("Add", [output, state], [f"{at}sum"])
        return self._norm(summed, f"{at}output.LayerNorm")

    def _named(self, x: str, name: str, blocks: bool = False) -> str:
        return self._linear(x, name, self.weights[f"{name}.weight"], self.weights[f"{name}.bias"], blocks)

    def _linear(self, x: str, name: str, matrix: Floats, bias: Floats, blocks: bool = False) -> str:
        """`x` times the transpose of `matrix` (outputs, inputs), plus `bias`."""
        shift = self._keep(f"{name}.bias", bias)
        if not self.eight_bits:
            product = self._node("MatMul", [x, self._keep(f"{name}.weight", matrix.T)], [f"{name}.product"])
            return self._node("Add", [product, shift], [f"{name}.out"])
        outputs, inputs = matrix.shape
        if not blocks:
            scale = np.maximum(np.abs(matrix).max(axis=1), 1e-12) / 127
            q = self._keep(f"{name}.q", np.rint(matrix / scale[:, None]).astype(np.int8).T)
            given = [x, q, self._keep(f"{name}.scale", scale), "", shift]
            return self._node("DynamicQuantizeMatMul", given, [f"{name}.out"], FUSED)
        cut = matrix.reshape(outputs, inputs // BLOCK, BLOCK)
        scale = np.maximum(np.abs(cut).max(axis=2), 1e-12) / 127
        bytes_ = (np.rint(cut / scale[..., None]) + 128).astype(np.uint8)  # 128 stands for 0
        given = [x, self._keep(f"{name}.q", bytes_), self._keep(f"{name}.scale", scale), "", "", shift]
        # Accuracy level 4: `x` is cut to eight bits as well, by the same blocks.
        facts = {"K": inputs, "N": outputs, "bits": 8, "block_size": BLOCK, "accuracy_level": 4}
        return self._node("MatMulNBits", given, [f"{name}.out"], FUSED, **facts)

    def _norm(self, x: str, name: str) -> str:
        vectors = [
            self._keep(f"{name}.{kind}", self.weights[f"{name}.{kind}"]) for kind in ("weight", "bias")
        ]
        return self._node("LayerNormalization", [x, *vectors], [f"{name}.out"], axis=-1, epsilon=self.eps)

    def _keep(self, name: str, array: npt.NDArray[Any]) -> str:
        kept = array.astype(np.float32, copy=False) if array.dtype.kind == "f" else array
        self.kept.append(self.from_array(np.ascontiguousarray(kept), name))
        return name

    def _node(self, kind: str, given: list[str], made: list[str], domain: str = "", **facts: Any) -> str:
        self.nodes.append(self.helper.make_node(kind, given, made, domain=domain, **facts))
        return made[0]
