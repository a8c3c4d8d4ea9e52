"""What a run was made with, so that two runs can be told alike or unlike."""

from __future__ import annotations

import hashlib
import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from rag.assistant import Assistant
from rag.config import Config
from rag.errors import DatelineError
from rag.questions import Question, QuestionFile, digest_of

PACKAGES = (
    "dateline-news",
    "torch",
    "onnxruntime",
    "transformers",
    "chromadb",
)  # whose change may change an answer
# Instructions of a processor that decide in which arithmetic models run: of bytes, or of half numbers.
ARITHMETIC = frozenset({"avx512_vnni", "avx_vnni", "amx_int8", "asimddp", "avx512_bf16", "amx_bf16"})
SETTINGS = ("embedder", "reader", "passage_tokens", "top_k", "top_n")  # likewise


@dataclass(frozen=True, slots=True)
class RunInfo:
    """`questions` and `corpus` are digests of what was asked, and of the pages and the names known over them."""

    file: str
    folder: str
    answerer: str
    questions: str
    corpus: str
    versions: Mapping[str, str]
    config: Mapping[str, str | int]
    articles: int
    only: tuple[str, ...]
    jobs: int
    repeat: int
    cores: int
    started: str  # ISO 8601, UTC


def answered_by(config: Config, answerer: str) -> Config:
    """The settings with which `answerer` answers: "reader", the built-in one whatever else is configured, or
    "ollama:NAME". DatelineError for another, and for a model where this version knows none."""
    name = answerer.removeprefix("ollama:").strip()
    if answerer != "reader" and not (answerer.startswith("ollama:") and name):
        raise DatelineError(
            f"--answerer cannot be {answerer!r}: give reader, or ollama:NAME such as ollama:llama3.2"
        )
    if "llm" in type(config).model_fields:
        return config.with_changes(llm="none" if answerer == "reader" else name)
    if answerer == "reader":
        return config
    raise DatelineError(f"--answerer {answerer} is not available in this version: give --answerer reader")


def run_info(
    file: QuestionFile,
    asked: Sequence[Question],
    assistant: Assistant,
    only: Sequence[str],
    jobs: int,
    repeat: int,
) -> RunInfo:
    versions = {name: _version(name) for name in PACKAGES} | {"python": platform.python_version()}
    settings = assistant.config.model_dump(mode="json", exclude={"password"})
    return RunInfo(
        file=str(file.path),
        folder=str(assistant.corpus),
        answerer=assistant.answerer,
        questions=digest_of(asked),
        corpus=_corpus(assistant),
        versions=versions | {"processor": _processor()},
        config={name: settings[name] for name in (*SETTINGS, "llm", "num_ctx") if name in settings},
        articles=assistant.index.counts()["articles"],
        only=tuple(only),
        jobs=jobs,
        repeat=repeat,
        cores=os.cpu_count() or 1,
        started=datetime.now(UTC).isoformat(timespec="seconds"),
    )


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


def _processor() -> str:
    """Its kind, and which of `ARITHMETIC` it has, where the system tells."""
    try:
        told = set(Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").split())
    except OSError:
        told = set()
    return " ".join([platform.machine(), *sorted(ARITHMETIC & told)])


def _corpus(assistant: Assistant) -> str:
    pages = "\n".join(f"{path} {digest}" for path, digest in sorted(assistant.index.page_hashes().items()))
    return hashlib.sha256(f"{assistant.names.fingerprint}\n{pages}".encode()).hexdigest()[:16]
