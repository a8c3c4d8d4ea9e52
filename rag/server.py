"""The model server: is one there, which of its models can chat, and the fetching of another.

Looking for a server never holds up a question for more than `PATIENCE` seconds: the search runs in a thread of its
own, and one that comes late is remembered for the next question. A port that nobody listens on is known at once,
without importing a client. Ollama's API: https://github.com/ollama/ollama/blob/main/docs/api.md
"""

from __future__ import annotations

import json
import os
import re
import socket
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from ipaddress import ip_address
from threading import Lock, Thread
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from rag.errors import ServerError

if TYPE_CHECKING:
    from ollama import Client

    from rag.config import Config

PATIENCE = 0.3  # seconds that looking for a server may cost a question
REMEMBERED = 30.0  # seconds for which what was found, or that nothing was, is taken to hold
INSTRUCT = re.compile(r"instruct|(?:^|[-_:])(?:it|chat)(?:$|[-_:.])", re.IGNORECASE)
BASE_TAG = re.compile(r"[:_-](?:text|base)(?:$|[-_])", re.IGNORECASE)
EMBEDS = re.compile(r"embed|(?:^|/)(?:bge|all-minilm|e5)\b", re.IGNORECASE)  # for servers that do not say


@dataclass(frozen=True, slots=True)
class ChatModel:
    """A model of the server that can chat."""

    name: str  # as `ollama list` has it: "llama3.2:3b"
    size: int = 0  # bytes on disk; 0 where it runs elsewhere or the server does not say
    parameters: str = ""  # "3.2B"
    quantization: str = ""  # "Q4_K_M"
    runs_at: str = ""  # host of a cloud model: passages would leave this machine; "" for here
    instruct: bool = True  # follows instructions; a base model goes on writing in the manner of its prompt
    thinks: bool = False

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Server:
    """A server that answered, and its chat models in its own order."""

    address: str
    models: tuple[ChatModel, ...] = ()

    def choose(self, wanted: str) -> ChatModel | None:
        """The model named `wanted` (":latest" may be left out); for "auto" the first instruct model that runs here.

        A cloud model is taken only by its name: `auto` sends no passage away. Where none is known to follow
        instructions, `auto` takes the first that can chat: some servers do not say.
        """
        if wanted == "auto":
            here = [m for m in self.models if not m.runs_at]
            return next((m for m in here if m.instruct), here[0] if here else None)
        return next((m for m in self.models if m.name in (wanted, f"{wanted}:latest")), None)


@dataclass
class Finder:
    """Looks for the server that the settings name and remembers what it found for a while. Threads may share it."""

    config: Config
    _found: Server | None = None
    _until: float = 0.0
    _looking: Thread | None = None
    _lock: Lock = field(default_factory=Lock)

    def find(self, patience: float = PATIENCE) -> Server | None:
        """The server, or None where none answers within `patience` seconds. Raises nothing."""
        with self._lock:
            if time.monotonic() < self._until:
                return self._found
            if self._looking is None or not self._looking.is_alive():
                self._looking = Thread(target=self._look, name="looking for a model server", daemon=True)
                self._looking.start()
            looking = self._looking
        looking.join(patience)
        with self._lock:
            if looking.is_alive():  # its answer will stand for the next question; this one goes on
                return None
            return self._found

    def forget(self) -> None:
        """Look anew at the next question: a model was fetched, or the server started or stopped."""
        with self._lock:
            self._until = 0.0

    def _look(self) -> None:
        try:
            found = look(self.config)
        except Exception:  # whatever stands at that address, it is no server that can be used
            found = None
        with self._lock:
            self._found, self._until = found, time.monotonic() + REMEMBERED


def look(config: Config) -> Server | None:
    """The server of the settings with its chat models, None where nothing listens. Raises what its client raises."""
    address = config.llm_url or config.ollama_host
    if not listens(address):
        return None
    models = openai_models(address, config.llm_key) if config.llm_url else chat_models(address)
    return Server(url_of(address), tuple(models))


def url_of(address: str) -> str:
    """`address` in the forms that OLLAMA_HOST takes, as a URL: "0.0.0.0" → "http://127.0.0.1:11434"."""
    scheme, _, rest = address.strip().rpartition("://")
    host = rest.rstrip("/") or "127.0.0.1"
    host = f"127.0.0.1{host}" if host.startswith(":") else host
    parts = urlsplit(f"{scheme or 'http'}://{host}")
    try:
        port = parts.port or (11434 if not scheme else 443 if scheme == "https" else 80)
    except ValueError:
        raise ServerError(
            f"{address!r} is no address of a server: set OLLAMA_HOST as 127.0.0.1:11434"
        ) from None
    # What a server listens on, "any address", is no address to call.
    name = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(parts.hostname or "", parts.hostname or "127.0.0.1")
    return f"{parts.scheme}://{f'[{name}]' if ':' in name else name}:{port}{parts.path if parts.path != '/' else ''}"


def listens(address: str, patience: float = PATIENCE) -> bool:
    """Does anything take a call there? Known at once on this machine; no client is imported for it."""
    parts = urlsplit(url_of(address))
    try:
        with socket.create_connection((str(parts.hostname), parts.port or 80), timeout=patience):
            return True
    except OSError:
        return False


def is_local(address: str) -> bool:
    """Is it this machine?"""
    host = urlsplit(url_of(address)).hostname or ""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def client_for(address: str, timeout: Any, **options: Any) -> Client:
    """Ollama's own client. A proxy set for the web is not asked for this machine's server."""
    from ollama import Client

    return Client(host=url_of(address), timeout=timeout, trust_env=not is_local(address), **options)


def chat_models(address: str, seconds: float = 5.0) -> Iterator[ChatModel]:
    """The models that can chat, in the server's order (newest first). Raises what the client raises."""
    # Not the client's own `list` and `show`: they drop `remote_host`, which says that a model runs in the cloud, and
    # importing the client takes as long as a question may wait.
    key = os.environ.get("OLLAMA_API_KEY", "")
    for raw in _call(address, "/api/tags", key, seconds).get("models") or []:
        name = str(raw.get("model") or raw.get("name") or "")
        if not name:
            continue
        details = raw.get("details") or {}
        model = ChatModel(
            name,
            0 if raw.get("remote_host") else int(raw.get("size") or 0),
            str(details.get("parameter_size") or ""),
            str(details.get("quantization_level") or ""),
            str(raw.get("remote_host") or ""),
        )
        try:
            shown = _call(address, "/api/show", key, seconds, {"model": name})
        except (OSError, ValueError):  # one model's record is damaged: the others are still there
            continue
        if (known := _known(shown, model, str(details.get("family") or ""))) is not None:
            yield known


def openai_models(address: str, key: str, seconds: float = 5.0) -> Iterator[ChatModel]:
    """What an OpenAI-compatible server serves. It does not say what can chat: names that embed are left out."""
    for raw in _call(address, "/models", key, seconds).get("data") or []:
        if raw.get("id") and not EMBEDS.search(str(raw["id"])):
            yield ChatModel(str(raw["id"]))


def _call(address: str, path: str, key: str, seconds: float, body: Any = None) -> dict[str, Any]:
    """The JSON object that the server answers. Raises OSError, or ValueError where it is none."""
    from urllib.request import ProxyHandler, Request, build_opener

    headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {key}"} if key else {})
    request = Request(
        url_of(address) + path, None if body is None else json.dumps(body).encode(), headers=headers
    )
    opener = build_opener(ProxyHandler({})) if is_local(address) else build_opener()
    with opener.open(request, timeout=seconds) as response:
        read = json.loads(response.read())
    if not isinstance(read, dict):
        raise ValueError(f"{path} answered {type(read).__name__}")
    return read


def _known(shown: dict[str, Any], model: ChatModel, family: str) -> ChatModel | None:
    """`model` with what the server says that it can do; None where it cannot chat."""
    able = shown.get("capabilities")
    if able is None:  # servers before 0.6.4 do not say
        embeds = "bert" in family.casefold() or EMBEDS.search(model.name) is not None
        able = [] if embeds else ["completion"]
    if "completion" not in able:
        return None
    template = "".join(str(shown.get("template") or "").split())
    plain = template in ("", "{{.Prompt}}") or BASE_TAG.search(model.name) is not None
    return replace(
        model, instruct=INSTRUCT.search(model.name) is not None or not plain, thinks="thinking" in able
    )


def pull(address: str, name: str, connect_seconds: float) -> Iterator[tuple[str, int, int]]:
    """Fetch a model: (what is being done, bytes so far, bytes in all or 0) as it goes on. ServerError in one line."""
    import httpx

    client: Any = client_for(address, httpx.Timeout(connect_seconds, read=None))
    try:
        for step in client.pull(name, stream=True):
            yield str(step.status or ""), int(step.completed or 0), int(step.total or 0)
    except Exception as error:  # of httpx, of json, of the client itself
        raise ServerError(told(error, address, name)) from error
    finally:
        client.close()


def _reason(words: str) -> str:
    """The server's own words: those of its `{"error": …}`, on one line."""
    with suppress(ValueError, TypeError, AttributeError):
        words = str(json.loads(words).get("error") or words)
    return " ".join(words.split())[:200]


def told(error: Exception, address: str, model: str) -> str:
    """What went wrong at the server, in one line with its remedy."""
    import httpx
    from ollama import ResponseError

    url = url_of(address)
    words = _reason(str(error))
    if isinstance(error, ResponseError):
        words = _reason(error.error)
        if error.status_code == 404 or "not found" in words:
            return (
                f"The server at {url} has no model {model!r}: `ollama pull {model}`, or see `dateline models`"
            )
        if "memory" in words:
            return f"The server at {url} cannot run {model!r} ({words}): choose a smaller model, or lower num_ctx"
        return f"The server at {url} failed ({words or error.status_code}): see its log, or start `ollama serve` anew"
    if isinstance(error, (ConnectionError, httpx.ConnectError, httpx.ConnectTimeout)):
        return f"No model server answers at {url}: start it with `ollama serve`, or set OLLAMA_HOST"
    if isinstance(error, httpx.TimeoutException):
        return f"The server at {url} stopped answering: start `ollama serve` anew, or choose a smaller model"
    if isinstance(error, httpx.TransportError):
        return f"The server at {url} broke off: is `ollama serve` still running?"
    if isinstance(
        error, (ValueError, AttributeError, KeyError, TypeError)
    ):  # no JSON, or JSON of another form
        return f"What answers at {url} does not speak Ollama's language: set OLLAMA_HOST to where `ollama serve` runs"
    return f"The server at {url} failed ({type(error).__name__}: {words}): start `ollama serve` anew"


def told_by_openai(error: Exception, address: str, model: str) -> str:
    """The same of an OpenAI-compatible server."""
    import openai

    url = url_of(address)
    words = _reason(str(getattr(error, "message", error)))
    if isinstance(error, openai.APITimeoutError):
        return f"The server at {url} stopped answering: see its log, or choose a smaller model"
    if isinstance(error, openai.APIStatusError):
        if error.status_code == 404:
            return f"The server at {url} has no model {model!r}: set DATELINE_LLM to one that it serves"
        if error.status_code in (401, 403):
            return f"The server at {url} wants a key: set DATELINE_LLM_KEY"
        return f"The server at {url} failed ({words or error.status_code}): see its log"
    if isinstance(error, openai.APIConnectionError):
        return f"No model server answers at {url}: start it, or correct DATELINE_LLM_URL"
    return f"The server at {url} broke off ({type(error).__name__}): see its log"
