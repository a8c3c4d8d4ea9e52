"""A model's words as they come: without its thoughts, ended at the server when nobody reads on, never waited for long.

A thread reads the server's stream and hands each piece over; the reader of the pieces keeps the clock, so that a server
that drips, hangs or never ends is cut off like one that breaks. Cutting shuts the socket down, which wakes the thread
and tells the server to stop at once.
"""

from __future__ import annotations

import re
import socket
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from queue import Empty, Queue
from threading import Event, Lock, Thread
from typing import TYPE_CHECKING, Any

from rag.errors import ServerError

if TYPE_CHECKING:
    from llama_index.core.base.llms.types import ChatMessage
    from llama_index.core.llms import LLM

TICK = 0.05  # seconds between looks at whether the reader has stopped
LONG_TOKEN = 12  # characters: no text has tokens so long on average, so more than this a token is no answer
OPENS, CLOSES = ("<think>", "<thinking>"), ("</think>", "</thinking>")


@dataclass(frozen=True, slots=True)
class Limits:
    """How long to wait, in seconds, and how much to take."""

    connect: float
    first: float
    between: float
    tokens: int


class Cut(ServerError):  # noqa: N818  # an end, not a fault of ours
    """The server broke off; `str` says why and what to do."""


class Stopped(Exception):  # noqa: N818  # no fault: the reader has seen enough
    """The reader pressed Stop."""


@dataclass
class Line:
    """The connection a request goes over, so that it can be cut from outside. Give `hooks` to an httpx client."""

    _sockets: list[Any] = field(default_factory=list)
    _lock: Lock = field(default_factory=Lock)
    _closed: bool = False

    @property
    def hooks(self) -> dict[str, list[Any]]:
        return {"request": [self._watch]}

    def cut(self) -> None:
        """End whatever runs over the line, and whatever is opened over it later."""
        with self._lock:
            self._closed = True
            sockets = list(self._sockets)
        for sock in sockets:
            with suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)

    def _watch(self, request: Any) -> None:
        request.extensions["trace"] = self._traced

    def _traced(self, event: str, info: dict[str, Any]) -> None:
        if event not in ("connection.connect_tcp.complete", "connection.start_tls.complete"):
            return
        sock = info["return_value"].get_extra_info("socket")
        with self._lock:
            self._sockets.append(sock)
            closed = self._closed
        if closed:
            self.cut()


@dataclass(frozen=True)
class Writer:
    """A model that can be asked to write once, and the line to its server."""

    name: str  # for a reader: "llama3.2:3b"
    llm: LLM
    line: Line
    limits: Limits
    explain: Callable[[Exception], str]  # in one line with its remedy
    close: Callable[[], None]  # the client's

    def write(self, messages: Sequence[ChatMessage], stop: Event | None = None) -> Iterator[str]:
        """The answer in pieces, thoughts left out; an empty piece every `TICK` while none comes.

        Raises Cut when the server fails, Stopped when the reader does. Closing the iterator ends the request at the
        server.
        """
        yield from without_thoughts(self._pieces(messages, stop or Event()))

    def _pieces(self, messages: Sequence[ChatMessage], stop: Event) -> Iterator[str]:
        handed: Queue[tuple[str, Any]] = Queue()
        Thread(target=self._read, args=(messages, handed), name="reading a model", daemon=True).start()
        wait, chars, pieces, finished, since = self.limits.first, 0, 0, False, time.monotonic()
        try:
            while True:
                if stop.is_set():
                    raise Stopped
                try:
                    kind, value = handed.get(timeout=TICK)
                except Empty:
                    if time.monotonic() - since >= wait:
                        raise Cut(self._too_slow(wait, pieces)) from None
                    yield ""  # the reader may draw what it has, or leave
                    continue
                if kind == "error":
                    raise Cut(self.explain(value)) from value
                if kind == "end":
                    finished = True
                    if value == "length":
                        raise Cut(self._too_long())
                    if not value:
                        raise Cut(
                            f"{self.name} broke off in the middle: is the model server still running? See its log"
                        )
                    return
                pieces, chars, since = pieces + 1, chars + len(value), time.monotonic()
                wait = self.limits.between
                if pieces > 2 * self.limits.tokens or chars > LONG_TOKEN * self.limits.tokens:
                    raise Cut(self._too_long())
                if value:
                    yield value
        finally:
            if not finished:
                self.line.cut()

    def _too_slow(self, wait: float, pieces: int) -> str:
        name = "between_tokens_seconds" if pieces else "first_token_seconds"
        return f"{self.name} wrote nothing for {wait:g} seconds: raise {name}, or choose a smaller model"

    def _too_long(self) -> str:
        return (
            f"{self.name} wrote on past {self.limits.tokens:,} tokens and was cut off: "
            "ask for less, raise max_answer_tokens, or choose another model"
        )

    def _read(self, messages: Sequence[ChatMessage], handed: Queue[tuple[str, Any]]) -> None:
        """In a thread: every piece, then how it ended: "stop", "length", "" where the server did not say."""
        reason = ""
        try:
            for part in self.llm.stream_chat(messages):
                handed.put(("piece", part.delta or ""))
                reason = _ended(part.raw) or reason
            handed.put(("end", reason))
        except Exception as error:  # of httpx, json, pydantic or the client: the reader of the queue tells it
            handed.put(("error", error))
        finally:
            self.close()


def _ended(raw: Any) -> str:
    """Why the model stopped, "" while it goes on: Ollama's `done_reason` or the OpenAI form's `finish_reason`."""
    if isinstance(raw, dict) and "done" in raw:
        return (raw.get("done_reason") or "stop") if raw["done"] else ""
    choices = getattr(raw, "choices", None)
    return str(choices[0].finish_reason or "") if choices else ""


def without_thoughts(pieces: Iterator[str]) -> Iterator[str]:
    """The pieces without what stands between <think> and </think>, however it is split over them.

    A lone </think> ends thoughts whose beginning the model's template has swallowed: what stood before it was thought.
    That can be told only while nothing has been handed on, so the words before it are gone with the first piece.
    """
    held, inside = "", False
    try:
        for piece in pieces:
            held += piece
            out, held, inside = _split_thoughts(held, inside)
            if out or not piece:
                yield out
    finally:
        close = getattr(pieces, "close", None)
        if close is not None:
            close()
    if held and not inside:
        yield held


def _split_thoughts(text: str, inside: bool) -> tuple[str, str, bool]:
    """What of `text` can be shown now, what must be held, and whether it ends inside thoughts."""
    shown = ""
    while True:
        match = re.search("|".join(CLOSES if inside else (*OPENS, *CLOSES)), text)
        if match is None:
            break
        if not inside:
            shown += text[: match.start()]
        inside = match.group() in OPENS
        text = text[match.end() :]
    marks = CLOSES if inside else (*OPENS, *CLOSES)
    # The longest tail that may yet become one of the marks.
    keep = max(
        (n for n in range(1, 12) for mark in marks if n < len(mark) and text.endswith(mark[:n])), default=0
    )
    cut = len(text) - keep
    return (shown, text[cut:], inside) if inside else (shown + text[:cut], text[cut:], inside)
