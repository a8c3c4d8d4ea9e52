"""What several test files share: a folder of made-up pages, the names known over it, and one open assistant."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest

from rag.assistant import Assistant
from rag.names import Names
from rag.schema import Answer

# A model server that happens to run here must not answer the tests; those that want one say so.
os.environ["DATELINE_LLM"] = "none"
if host := os.environ.pop("OLLAMA_HOST", ""):
    os.environ["DATELINE_TEST_OLLAMA_HOST"] = host  # for test_ollama_live.py

CORPUS = Path(__file__).parent / "corpus"


@pytest.fixture(scope="session")
def names() -> Names:
    """The countries' names and those of the made-up corpus."""
    return Names.load(CORPUS / "aliases.yaml")


@pytest.fixture(scope="session")
def assistant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    """Over `tests/corpus`, with the real embedder and reader. Ask it; do not update or close it."""
    with Assistant.open(CORPUS, store=tmp_path_factory.mktemp("assistant") / "store") as opened:
        yield opened


@pytest.fixture(scope="session")
def ask(assistant: Assistant) -> Callable[[str], Answer]:
    """The assistant's answer to a question; each is asked once in a run."""
    return cache(assistant.ask)
