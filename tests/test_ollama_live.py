"""The same way against a real Ollama server, where OLLAMA_HOST names one that answers."""

from __future__ import annotations

import os

import pytest

from rag.assistant import Assistant
from rag.config import Config
from rag.schema import Answer
from rag.server import look

# conftest takes the variable out of the other tests' way and leaves it here.
HOST = os.environ.get("DATELINE_TEST_OLLAMA_HOST", "")
WHO = "Who is the mayor of Port Ellery?"


@pytest.fixture(scope="module")
def config() -> Config:
    if not HOST:
        pytest.skip("OLLAMA_HOST is not set: start `ollama serve`, `ollama pull llama3.2:3b`, and set it")
    made = Config(llm="auto", ollama_host=HOST)
    try:
        server = look(made)
    except Exception as error:
        pytest.skip(f"what answers at OLLAMA_HOST={HOST} is no Ollama: {error}")
    if server is None:
        pytest.skip(f"no server answers at OLLAMA_HOST={HOST}")
    if server.choose("auto") is None:
        pytest.skip(f"the server at OLLAMA_HOST={HOST} has no chat model: ollama pull llama3.2:3b")
    return made


def test_a_real_model_answers_and_is_checked(assistant: Assistant, config: Config) -> None:
    asked = Assistant(assistant.corpus, assistant.index, assistant._known_names, config)
    assert asked.finder.find(30.0)
    *pieces, told = asked.stream(WHO)
    assert isinstance(told, Answer)
    assert told.refused or told.citations
    assert not any("answers at" in note for note in told.notes)
    if not told.aside and not told.refused:
        assert "".join(map(str, pieces)).strip() == told.text
    numbers = {c.number for c in told.citations}
    assert all(set(c.citations) <= numbers for c in told.checks)
    for citation in told.citations:
        text = assistant.article(citation.article_id).text
        assert text[citation.start : citation.end] == citation.quote


def test_a_model_that_is_not_there(assistant: Assistant, config: Config) -> None:
    asked = Assistant(assistant.corpus, assistant.index, assistant._known_names, config)
    asked.finder.find(30.0)
    told = asked.ask(WHO, llm="no-such-model:0b")
    assert "`dateline models pull no-such-model:0b`" in told.notes[0]
    assert told.answerer == "built-in reader"
