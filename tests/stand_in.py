"""A stand-in for Ollama's server, for tests alone: it speaks its documented API and writes what a test scripts.

/api/version, /api/tags, /api/show, /api/chat (NDJSON with the closing counters), /api/pull (with progress); and
/v1/models and /v1/chat/completions in the OpenAI form. No language model is in it.
"""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any

TEMPLATE = "{{ if .System }}<|system|>{{ .System }}{{ end }}{{ range .Messages }}{{ .Content }}{{ end }}"


@dataclass(frozen=True)
class Fake:
    """A model of the stand-in."""

    name: str
    capabilities: tuple[str, ...] | None = ("completion",)
    template: str = TEMPLATE
    family: str = "llama"
    remote_host: str = ""


@dataclass
class Script:
    """What a stand-in does. `reply` gets the messages of a chat and returns the pieces to write, or one string."""

    models: list[Fake] = field(default_factory=lambda: [Fake("tiny-instruct:1b")])
    reply: Callable[[list[dict[str, str]]], str | Sequence[str]] = lambda _: "The articles do not say."
    fail: str = (
        ""  # "404", "500", "hang", "drip", "die", "close", "json", "shape", "error", "endless", "length"
    )
    delay: float = 0.0  # seconds before /api/tags answers
    pause: float = 0.0  # seconds between pieces
    keep: int = 3  # pieces written before it fails
    requests: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    gone: Event = field(default_factory=Event)  # set when a client has left in the middle of an answer
    over: Event = field(default_factory=Event)  # set at the end of a test: whatever hangs goes on

    @property
    def chats(self) -> list[dict[str, Any]]:
        return [body for path, body in self.requests if path in ("/api/chat", "/v1/chat/completions")]


def pieces_of(reply: str | Sequence[str]) -> list[str]:
    """A string in pieces of three characters: marks and words are split over them."""
    return [reply[i : i + 3] for i in range(0, len(reply), 3)] if isinstance(reply, str) else list(reply)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    script: Script

    def log_message(self, *_: Any) -> None:
        pass

    def do_GET(self) -> None:
        self.script.requests.append((self.path, {}))
        if self.path == "/api/version":
            self._json({"version": "0.12.6"})
        elif self.path == "/api/tags":
            self.script.over.wait(self.script.delay)
            self._json({"models": [self._tag(m) for m in self.script.models]})
        elif self.path == "/v1/models":
            self._json({"object": "list", "data": [{"id": m.name} for m in self.script.models]})
        else:
            self._json({"error": "not found"}, 404)

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.script.requests.append((self.path, body))
        if self.path == "/api/show":
            self._show(body["model"])
        elif self.path == "/api/chat":
            self._chat(body)
        elif self.path == "/v1/chat/completions":
            self._complete(body)
        elif self.path == "/api/pull":
            self._pull(body["model"])
        else:
            self._json({"error": "not found"}, 404)

    def _tag(self, model: Fake) -> dict[str, Any]:
        details = {"family": model.family, "parameter_size": "1.2B", "quantization_level": "Q4_K_M"}
        tag = {"name": model.name, "model": model.name, "size": 1_300_000_000, "details": details}
        return tag | ({"remote_host": model.remote_host} if model.remote_host else {})

    def _show(self, name: str) -> None:
        model = next((m for m in self.script.models if m.name == name), None)
        if model is None:
            self._json({"error": f"model '{name}' not found"}, 404)
            return
        shown = {"template": model.template, "details": {"family": model.family}, "model_info": {}}
        self._json(shown | ({"capabilities": model.capabilities} if model.capabilities is not None else {}))

    def _chat(self, body: dict[str, Any]) -> None:
        script, name = self.script, body["model"]
        if script.fail == "404" or name not in [m.name for m in script.models]:
            self._json({"error": f'model "{name}" not found, try pulling it first'}, 404)
            return
        if script.fail == "500":
            self._json({"error": "llama runner process has terminated: exit status 2"}, 500)
            return
        if script.fail == "hang":
            self._watch_for_leaving()
            return
        self._head("application/x-ndjson")
        try:
            for n, piece in enumerate(self._pieces(body["messages"])):
                if n == script.keep and script.fail and self._fail(script.fail):
                    return
                message = {"role": "assistant", "content": piece}
                self._line(
                    {"model": name, "created_at": "2025-01-01T00:00:00Z", "message": message, "done": False}
                )
                time.sleep(script.pause)
            self._line(
                {
                    "model": name, "created_at": "2025-01-01T00:00:00Z", "done": True,
                    "message": {"role": "assistant", "content": ""},
                    "done_reason": "length" if script.fail == "length" else "stop",
                    "total_duration": 5, "load_duration": 1, "prompt_eval_count": 26, "prompt_eval_duration": 1,
                    "eval_count": 9, "eval_duration": 3,
                }
            )  # fmt: skip
            self._chunk(b"")
        except OSError:
            script.gone.set()

    def _pieces(self, messages: list[dict[str, str]]) -> Iterator[str]:
        yield from pieces_of(self.script.reply(messages))
        while self.script.fail == "endless" and not self.script.over.is_set():
            yield "and on "

    def _fail(self, how: str) -> bool:
        """Fail in the middle of a stream; False where this way of failing is none."""
        if how == "die":
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            self.connection.close()
            self.close_connection = True
        elif how == "close":  # ends the body in good order, but without the closing line
            self._chunk(b"")
        elif how == "drip":
            self._watch_for_leaving()
        elif how == "json":
            self._chunk(b'{"model": "tiny", "mess\n')
            self._chunk(b"")
        elif how == "shape":
            self._chunk(b'["no", "object"]\n')
            self._chunk(b"")
        elif how == "error":
            self._line({"error": "model requires more system memory (9 GiB) than is available (4 GiB)"})
            self._chunk(b"")
        else:
            return False
        return True

    def _watch_for_leaving(self) -> None:
        """Say nothing more, and note when the client leaves."""
        self.connection.settimeout(0.02)
        while not self.script.over.is_set():
            try:
                if not self.connection.recv(1):
                    break
            except TimeoutError:
                continue
            except OSError:
                break
        else:
            return
        self.script.gone.set()
        self.close_connection = True

    def _complete(self, body: dict[str, Any]) -> None:
        if self.script.fail == "500":
            self._json({"error": {"message": "engine is dead"}}, 500)
            return
        self._head("text/event-stream")
        base = {"id": "x", "object": "chat.completion.chunk", "created": 1, "model": body["model"]}
        deltas: list[tuple[dict[str, str], str | None]] = [
            ({"role": "assistant", "content": piece}, None)
            for piece in pieces_of(self.script.reply(body["messages"]))
        ]
        for delta, reason in [*deltas, ({}, "stop")]:
            event = base | {"choices": [{"index": 0, "delta": delta, "finish_reason": reason}]}
            self._chunk(b"data: " + json.dumps(event).encode() + b"\n\n")
        self._chunk(b"data: [DONE]\n\n")
        self._chunk(b"")

    def _pull(self, name: str) -> None:
        self._head("application/x-ndjson")
        if self.script.fail == "404":
            self._line({"error": "pull model manifest: file does not exist"})
        else:
            self._line({"status": "pulling manifest"})
            for done in (0, 400, 1000):
                self._line(
                    {"status": "pulling aa11", "digest": "sha256:aa11", "total": 1000, "completed": done}
                )
                time.sleep(self.script.pause)
            self._line({"status": "success"})
            self.script.models.append(Fake(name))
        self._chunk(b"")

    def _json(self, value: Any, status: int = 200) -> None:
        data = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def _head(self, kind: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()

    def _line(self, value: Any) -> None:
        self._chunk(json.dumps(value).encode() + b"\n")

    def _chunk(self, data: bytes) -> None:
        self.wfile.write(f"{len(data):X}\r\n".encode() + data + b"\r\n")
        self.wfile.flush()


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_: Any) -> None:
        pass  # a client that left: the tests look at `gone`


@contextmanager
def serving(script: Script) -> Iterator[str]:
    """The address of a stand-in that acts as `script` says, while the block lasts."""
    handler = type("Scripted", (Handler,), {"script": script})
    server = Server(("127.0.0.1", 0), handler)
    thread = Thread(target=lambda: server.serve_forever(0.02), daemon=True)
    thread.start()
    try:
        yield f"127.0.0.1:{server.server_address[1]}"
    finally:
        script.over.set()
        server.shutdown()
        server.server_close()
        thread.join()
