"""An assistant over the made-up corpus whose answers a stand-in server writes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from stand_in import Script, serving

from rag.assistant import Assistant
from rag.config import Config

QUICK = {"connect_seconds": 2.0, "first_token_seconds": 5.0, "between_tokens_seconds": 5.0}


@contextmanager
def served(assistant: Assistant, script: Script, **settings: Any) -> Iterator[Assistant]:
    """Another assistant on the index of `assistant`, with `script` for its model server."""
    with serving(script) as address:
        config = Config(**{"llm": "auto", "ollama_host": address, **QUICK, **settings})
        made = Assistant(assistant.corpus, assistant.index, assistant._known_names, config)
        # Nothing of what a busy test machine does may decide whether the server is found in time.
        made.finder.find(patience=30.0)
        yield made
