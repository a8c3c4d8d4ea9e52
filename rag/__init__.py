"""Dateline: short, dated answers from a folder of news articles, each tied to the words it rests on.

The way of a page:      pages → articles → passages → index
The way of a question:  question → retrieve → answer → cite → check

`ingest` walks the first row and `assistant` the second; each stage is the module of that name.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rag.assistant import Assistant
    from rag.config import Config
    from rag.errors import DatelineError
    from rag.evaluation import evaluate
    from rag.schema import Answer, Article, Citation, Earlier, Hit, Page, SentenceCheck

_HOME = {
    "Assistant": "rag.assistant", "Config": "rag.config", "DatelineError": "rag.errors", "Answer": "rag.schema",
    "Article": "rag.schema", "Citation": "rag.schema", "Earlier": "rag.schema", "Hit": "rag.schema",
    "Page": "rag.schema", "SentenceCheck": "rag.schema", "evaluate": "rag.evaluation",
}  # fmt: skip

__all__ = [
    "Answer", "Article", "Assistant", "Citation", "Config", "DatelineError", "Earlier", "Hit", "Page", "SentenceCheck",
    "evaluate",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    # Imported on first use, so that `dateline --help` loads none of it.
    if name not in _HOME:
        raise AttributeError(f"module 'rag' has no attribute {name!r}")
    return getattr(import_module(_HOME[name]), name)
