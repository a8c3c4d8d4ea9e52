"""Finding the model server, its chat models, and fetching one."""

from __future__ import annotations

import socket
import time

import pytest
from stand_in import Fake, Script, serving

from rag.config import Config
from rag.errors import ServerError
from rag.server import ChatModel, Finder, Server, chat_models, pull, url_of

PLAIN = "{{ .Prompt }}"


@pytest.mark.parametrize(
    ("address", "url"),
    [
        ("", "http://127.0.0.1:11434"),
        ("127.0.0.1:11434", "http://127.0.0.1:11434"),
        ("0.0.0.0", "http://127.0.0.1:11434"),
        ("0.0.0.0:8080", "http://127.0.0.1:8080"),
        (":5", "http://127.0.0.1:5"),
        ("box", "http://box:11434"),
        ("http://box", "http://box:80"),
        ("https://box/", "https://box:443"),
        ("https://box/llm/", "https://box:443/llm"),
        ("[::1]:77", "http://[::1]:77"),
    ],
)
def test_addresses_are_read_as_ollama_reads_them(address: str, url: str) -> None:
    assert url_of(address) == url


def test_an_address_that_is_none_is_named() -> None:
    with pytest.raises(ServerError, match="'box:high' is no address of a server: set OLLAMA_HOST"):
        url_of("box:high")


def test_only_models_that_chat_are_offered() -> None:
    script = Script(
        models=[
            Fake("all-minilm:22m", ("embedding",), family="bert"),
            Fake("nomic-embed-text", None, family="nomic-bert"),  # an old server does not say what it can
            Fake("old-chat:7b", None),
            Fake("story:text", template=PLAIN),
            Fake("tiny:1b-instruct", template=PLAIN),
            Fake("deep:8b", ("completion", "thinking")),
            Fake("far:cloud", remote_host="https://far.example"),
        ]
    )
    with serving(script) as address:
        found = {m.name: m for m in chat_models(address)}
    assert list(found) == ["old-chat:7b", "story:text", "tiny:1b-instruct", "deep:8b", "far:cloud"]
    assert not found["story:text"].instruct
    assert found["tiny:1b-instruct"].instruct
    assert found["deep:8b"].thinks
    assert found["far:cloud"].runs_at == "https://far.example"
    assert (found["deep:8b"].parameters, found["deep:8b"].quantization) == ("1.2B", "Q4_K_M")


def test_the_configured_model_comes_first_then_the_first_that_follows_instructions() -> None:
    models = (
        ChatModel("far:cloud", runs_at="https://far.example"),
        ChatModel("story:text", instruct=False),
        ChatModel("a:latest"),
        ChatModel("b:7b"),
    )
    server = Server("x", models)
    assert server.choose("auto") == models[2]
    assert server.choose("b:7b") == models[3]
    assert server.choose("a") == models[2]
    assert server.choose("far:cloud") == models[0]  # by its name alone: `auto` sends nothing away
    assert server.choose("c") is None
    assert Server("x", models[:2]).choose("auto") == models[1]
    assert Server("x", models[:1]).choose("auto") is None


def test_a_slow_server_holds_nothing_up_and_is_known_the_next_time() -> None:
    script = Script(delay=1.0)
    with serving(script) as address:
        finder = Finder(Config(ollama_host=address))
        assert finder.find(patience=0.05) is None
        finder._looking.join()  # type: ignore[union-attr]
        found = finder.find(patience=0.0)
    assert found is not None
    assert found.choose("auto") == found.models[0]


def test_what_was_found_is_remembered_until_it_is_forgotten() -> None:
    script = Script()
    with serving(script) as address:
        finder = Finder(Config(ollama_host=address))
        assert finder.find(30.0) is finder.find(30.0)
        asked = len(script.requests)
        finder.find(30.0)
        assert len(script.requests) == asked
        finder.forget()
        script.models.append(Fake("new:1b"))
        found = finder.find(30.0)
    assert found is not None
    assert [m.name for m in found.models] == ["tiny-instruct:1b", "new:1b"]


def test_something_else_at_that_port_is_no_server() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        finder = Finder(Config(ollama_host=f"127.0.0.1:{silent.getsockname()[1]}"))
        assert finder.find(0.05) is None
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    began = time.monotonic()
    assert Finder(Config(ollama_host=f"127.0.0.1:{port}")).find(30.0) is None
    assert time.monotonic() - began < 30  # it was told at once, not waited for


def test_pull_tells_how_far_it_is() -> None:
    with serving(Script()) as address:
        steps = list(pull(address, "new:1b", 2.0))
    assert ("pulling aa11", 400, 1000) in steps
    assert steps[-1][0] == "success"


def test_a_pull_that_fails_is_one_line_with_its_remedy() -> None:
    with (
        serving(Script(fail="404")) as address,
        pytest.raises(ServerError, match="file does not exist") as caught,
    ):
        list(pull(address, "nosuch:1b", 2.0))
    assert "\n" not in str(caught.value)
    with serving(Script()) as address:
        pass
    with pytest.raises(ServerError, match="start it with `ollama serve`"):
        list(pull(address, "new:1b", 2.0))


def test_ollamas_own_variable_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OLLAMA_HOST", "box:7")
    assert Config().ollama_host == "box:7"
    monkeypatch.setenv("DATELINE_OLLAMA_HOST", "other:8")
    assert Config().ollama_host == "other:8"
    assert Config(ollama_host="mine:9").ollama_host == "mine:9"
