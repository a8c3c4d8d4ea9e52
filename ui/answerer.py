"""Who answers: the page's picker of models, the fetching of another, and the Stop of what is being written."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from threading import Event, Lock
from typing import Any

import gradio as gr

from rag.assistant import Assistant
from rag.errors import DatelineError
from rag.server import ChatModel, pull


class Stops:
    """For each browser tab the flag that ends what is being written for it. Threads share it."""

    def __init__(self) -> None:
        self._flags: dict[str, Event] = {}
        self._lock = Lock()

    def begin(self, tab: str) -> Event:
        """A fresh flag for a question; what the tab had running is stopped."""
        with self._lock:
            if before := self._flags.get(tab):
                before.set()
            flag = self._flags[tab] = Event()
            return flag

    def end(self, tab: str, flag: Event) -> None:
        with self._lock:
            if self._flags.get(tab) is flag:
                del self._flags[tab]

    def stop(self, request: gr.Request) -> None:
        with self._lock:
            if flag := self._flags.get(str(request.session_hash)):
                flag.set()


def choices(assistant: Assistant) -> list[tuple[str, str]]:
    """(what the reader sees, what `Assistant.stream` takes as `llm`), the automatic choice first."""
    server = assistant.finder.find()
    models = server.models if server else ()
    chosen = server.choose("auto") if server else None
    automatic = f"Automatic: {chosen.name if chosen else assistant.built_in}"
    return [
        (automatic, "auto"),
        (assistant.built_in[:1].upper() + assistant.built_in[1:], "none"),
        *((label(model), model.name) for model in models),
    ]


def label(model: ChatModel) -> str:
    """e.g. "llama3.2:3b · 3.2B", and for a cloud model that passages would go there."""
    where = f"sends passages to {model.runs_at}" if model.runs_at else ""
    return " · ".join(part for part in (model.name, model.parameters, where) if part)


def picker(assistant: Assistant) -> gr.Dropdown:
    """The list of answerers, filled anew for each tab by `refreshed`."""
    return gr.Dropdown(
        choices(assistant),
        value=_first(assistant),
        label="Answerer",
        show_label=False,
        container=False,
        interactive=True,
        filterable=False,
        elem_id="answerer",
        scale=0,
    )


def refreshed(assistant: Assistant, chosen: str) -> Any:
    """The picker with the models that the server has now; a choice that is gone falls back to the automatic one."""
    listed = choices(assistant)
    return gr.update(
        choices=listed, value=chosen if chosen in {value for _, value in listed} else _first(assistant)
    )


def _first(assistant: Assistant) -> str:
    wanted = assistant.config.llm
    return wanted if wanted in {value for _, value in choices(assistant)} else "auto"


def fetch(assistant: Assistant, name: str, chosen: str) -> Iterator[tuple[str, Any]]:
    """Pull a model: its progress as HTML, then the picker with it chosen; or the line that says why not."""
    name = name.strip()
    if not name:
        yield progress("Name a model, for example llama3.2:3b", failed=True), gr.skip()
        return
    config = assistant.config
    if config.llm_url:
        yield (
            progress("The server at DATELINE_LLM_URL has its own models: fetch them there", failed=True),
            gr.skip(),
        )
        return
    try:
        for status, done, total in pull(config.ollama_host, name, config.connect_seconds):
            yield progress(f"{name}: {status}", done, total), gr.skip()
    except DatelineError as error:
        yield progress(str(error), failed=True), gr.skip()
        return
    assistant.finder.forget()
    server = assistant.finder.find()
    model = server.choose(name) if server else None
    said = f"{name} is here and chosen" if model else f"{name} is here; it cannot chat"
    yield progress(said), refreshed(assistant, model.name if model else chosen)


def progress(words: str, done: int = 0, total: int = 0, *, failed: bool = False) -> str:
    """One line on how far a fetch is, with a bar where its size is known."""
    share = f"{100 * done // total} %" if total else ""
    bar = f'<progress max="{total}" value="{done}" aria-label="{escape(words)}"></progress>' if total else ""
    kind = "fetching failed" if failed else "fetching"
    return f'<p class="{kind}" role="status">{escape(words)} {bar} {share}</p>'
