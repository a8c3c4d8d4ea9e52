"""The chat page: a Gradio app over one `Assistant`.

The conversation and the sources are HTML that `render` writes; Gradio carries events and keeps each browser tab's
own turns. Importing this takes seconds: do it where the page is opened.
"""

from __future__ import annotations

import logging
import socket
import time
import webbrowser
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from html import escape
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import gradio as gr
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware

from rag.assistant import Assistant, Turn
from rag.config import Config
from rag.errors import DatelineError, StoreError
from rag.feedback import Feedback, Vote
from rag.schema import Answer, Searched
from ui import answerer, render
from ui.render import Exchange

_HERE = Path(__file__).parent
_USER = "reader"  # the name asked for beside the password
_AT_ONCE = 4  # questions answered at the same time: beyond a laptop's cores each only slows the others
_REDRAW = 0.08  # seconds between redraws of a streaming answer: faster than one reads, and no flood
_ICON = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="5"/>'
    '<path d="M9 7h7c6 0 9 4 9 9s-3 9-9 9H9zm4 4v10h3c3 0 5-2 5-5s-2-5-5-5z" fill="white"/></svg>'
)
_COLOURS = {  # light and dark
    "body_background_fill": ("#fbf9f4", "#171614"),
    "body_text_color": ("#211e1a", "#ece7dd"),
    "background_fill_primary": ("#fbf9f4", "#171614"),
    "background_fill_secondary": ("#fbf9f4", "#171614"),
    "block_background_fill": ("#fbf9f4", "#171614"),
    "input_background_fill": ("#fffefb", "#1f1d1a"),
    "input_border_color": ("#635c52", "#aaa194"),
    "input_border_width": ("1px", "1px"),
    "button_primary_background_fill": ("#7d1d1d", "#eda493"),
    "button_primary_background_fill_hover": ("#7d1d1d", "#eda493"),
    "button_primary_border_color": ("#7d1d1d", "#eda493"),
    "button_primary_text_color": ("#ffffff", "#231210"),
}


def build(assistant: Assistant) -> gr.Blocks:
    """The page, not yet served. Turns live in the tab's own session; all tabs share the assistant."""
    script = (_HERE / "page.js").read_text(encoding="utf-8")
    live: dict[str, Any] = {"js_on_load": script, "apply_default_css": False}
    page = gr.Blocks(title="Dateline", analytics_enabled=False, fill_width=True)
    with page:
        turns = gr.State([])
        with gr.Row(elem_id="top"):
            gr.HTML(_masthead(assistant), elem_id="masthead", js_on_load=None, apply_default_css=False)
            picked = answerer.picker(assistant)
            clear = gr.Button("New chat", elem_id="new-chat", scale=0)
        with gr.Row(elem_id="desk"):
            with gr.Column(elem_id="talk"):
                start_html = render.conversation([], assistant.examples)
                conversation = gr.HTML(start_html, elem_id="conversation", **live)
                with gr.Row(elem_id="composer"):
                    box = _question_box()
                    send = gr.Button("Ask", variant="primary", elem_id="ask", scale=0)
                    halt = gr.Button("Stop", elem_id="stop", scale=0)
                with gr.Accordion("Fetch a model", open=False, elem_id="fetch"), gr.Row(elem_id="fetch-row"):
                    wanted = gr.Textbox(
                        label="Model to fetch", show_label=False, container=False, placeholder="llama3.2:3b",
                        max_lines=1, elem_id="fetch-name",
                    )  # fmt: skip
                    get = gr.Button("Fetch", elem_id="fetch-button", scale=0)
                    fetched = gr.HTML("", elem_id="fetched", js_on_load=None, apply_default_css=False)
            with gr.Column(elem_id="sources-column"):
                sources = gr.HTML(render.no_sources(), elem_id="sources", **live)

        stops = answerer.Stops()

        def ask(
            question: str, exchanges: list[Exchange], llm: str, event: gr.EventData, request: gr.Request
        ) -> Iterator[tuple[Any, ...]]:
            tab = str(request.session_hash)
            flag = stops.begin(tab)
            try:
                yield from asking_of(question, exchanges, event, {"llm": llm, "stop": flag})
            finally:
                flag.set()  # of a tab that was closed too: its request ends at the server
                stops.end(tab, flag)

        def asking_of(
            question: str, exchanges: list[Exchange], event: gr.EventData, options: dict[str, Any]
        ) -> Iterator[tuple[Any, ...]]:
            asked = event.question if event.target is conversation else question
            yield "", render.conversation([*exchanges, Exchange(asked)]), gr.skip(), gr.skip()
            for exchange in answer(assistant, asked, exchanges, options):
                shown = [*exchanges, exchange]
                html = render.conversation(shown)
                if exchange.answer is not None:
                    yield gr.skip(), html, open_first(assistant, shown), shown
                elif exchange.error:
                    yield asked, html, gr.skip(), shown
                else:
                    yield gr.skip(), html, gr.skip(), gr.skip()

        def open_source(exchanges: list[Exchange], event: gr.EventData) -> str:
            return open_cited(assistant, exchanges, event.turn, event.number)

        def like(exchanges: list[Exchange], event: gr.EventData) -> tuple[Any, ...]:
            shown = voted(assistant, exchanges, event.turn, event.vote)
            return render.conversation(shown, assistant.examples), shown

        def new_chat(request: gr.Request) -> tuple[Any, ...]:
            stops.stop(request)
            return "", start_html, render.no_sources(), []

        common: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
        parts = [box, conversation, sources, turns]
        starts = [box.submit, send.click, conversation.submit]
        asking = gr.on(starts, ask, [box, turns, picked], parts, concurrency_limit=_AT_ONCE, **common)
        opens = [conversation.select, sources.select]
        gr.on(
            opens,
            open_source,
            turns,
            sources,
            concurrency_limit=_AT_ONCE,
            trigger_mode="always_last",
            **common,
        )
        conversation.like(like, turns, [conversation, turns], **common)
        clear.click(new_chat, None, parts, cancels=[asking], **common)
        halt.click(stops.stop, None, None, queue=False, **common)
        gets = [get.click, wanted.submit]
        gr.on(gets, partial(answerer.fetch, assistant), [wanted, picked], [fetched, picked], **common)
        page.load(partial(answerer.refreshed, assistant), picked, picked, **common)
    return page


def answer(
    assistant: Assistant, question: str, exchanges: Sequence[Exchange], options: dict[str, Any] | None = None
) -> Iterator[Exchange]:
    """The exchange as it grows: the text so far, then the answer, or the line that says why there is none."""
    so_far, seen, drawn = "", "", 0.0
    try:
        for piece in assistant.stream(question, history=history(exchanges), **(options or {})):
            if isinstance(piece, Answer):
                yield Exchange(question, answer=piece)
                return
            so_far += piece
            if so_far != seen and time.monotonic() - drawn >= _REDRAW:
                drawn, seen = time.monotonic(), so_far
                yield Exchange(question, partial=so_far)
    except DatelineError as error:
        yield Exchange(question, error=str(error))
    except Exception as error:  # whatever it is, the conversation goes on; the terminal has the traceback
        logging.getLogger(__name__).exception("question not answered: %r", question)
        why = f"This question could not be answered ({type(error).__name__}); the terminal says more"
        yield Exchange(question, error=why)


def voted(assistant: Assistant, exchanges: Sequence[Exchange], turn: object, vote: object) -> list[Exchange]:
    """The exchanges with the vote on one of them, which is kept in the store; the same vote again takes it back.

    Turn and vote come from the browser: where they name nothing, or the vote cannot be kept, nothing changes.
    """
    if not isinstance(turn, int) or turn not in range(len(exchanges)) or vote not in ("up", "down"):
        return list(exchanges)
    exchange = exchanges[turn]
    if exchange.answer is None:
        return list(exchanges)
    new: Vote = "" if vote == exchange.vote else vote
    asked = [e.question for e in exchanges[: turn + 1] if e.answer is not None]
    try:
        Feedback(assistant.config.store).put(asked, exchange.answer, new)
    except StoreError as error:
        gr.Warning(escape(str(error)))
        return list(exchanges)
    return [replace(e, vote=new) if n == turn else e for n, e in enumerate(exchanges)]


def history(exchanges: Sequence[Exchange]) -> list[Turn]:
    """The answered turns as plain text, in the form that `Assistant.stream` takes."""
    turns: list[Turn] = []
    for exchange in exchanges:
        if exchange.answer is not None:
            turns.append({"role": "user", "content": exchange.question})
            turns.append({"role": "assistant", "content": exchange.answer.text})
    return turns


def open_first(assistant: Assistant, exchanges: Sequence[Exchange]) -> str:
    """The sources panel of the latest answer with its first source open; a refusal's stays closed."""
    latest = exchanges[-1].answer
    if latest is None or latest.refused:
        return render.sources(len(exchanges) - 1, latest) if latest else render.no_sources()
    return open_cited(assistant, exchanges, len(exchanges) - 1, 0)


def open_cited(assistant: Assistant, exchanges: Sequence[Exchange], turn: int, number: int) -> str:
    """The sources panel of one turn with source `number` open, 0 for its first.

    Turn and number come from the browser: where they name nothing, nothing opens.
    """
    found = exchanges[turn].answer if turn in range(len(exchanges)) else None
    if found is None:
        return render.no_sources()
    cited = render.sources_of(found)
    wanted = next((citation for citation in cited if number in (0, citation.number)), None)
    if wanted is None:
        return render.sources(turn, found)
    try:
        article = assistant.article(wanted.article_id)
    except KeyError:
        article = None  # its page has changed or gone since
    return render.sources(turn, found, wanted.number, article)


def start(page: gr.Blocks, config: Config) -> str:
    """Serve the page from a thread and return its address.

    Raises DatelineError when host and password do not go together, or the port cannot be had.
    """
    local = _is_loopback(config.host)
    if not local and not config.password:
        why = f"host {config.host!r} lets other machines in"
        raise DatelineError(f"{why}: set a password (DATELINE_PASSWORD), or use 127.0.0.1")
    # A page on the web can point a name of its own at this machine: answer to local names only.
    names = [Middleware(TrustedHostMiddleware, allowed_hosts=["localhost", "127.0.0.1", config.host])]
    try:
        _, url, _ = page.launch(
            server_name=config.host,
            server_port=_free_port(config.host, config.port),
            auth=(_USER, config.password) if config.password else None,
            auth_message=f"The user name is “{_USER}”.",
            share=False,
            quiet=True,
            prevent_thread_lock=True,
            theme=_theme(),
            css_paths=_HERE / "page.css",
            head=f"<link rel='icon' href='data:image/svg+xml,{escape(_ICON)}'>",
            footer_links=[],
            run_history=False,
            enable_monitoring=False,
            ssr_mode=False,
            pwa=False,
            mcp_server=False,
            app_kwargs={"middleware": names} if local else None,
        )
    except OSError as error:
        why = f"the page cannot be served on {config.host}, port {config.port} ({error})"
        raise DatelineError(f"{why}: choose another port or host; port 0 takes a free one") from error
    return str(url)


def serve(assistant: Assistant, config: Config, *, open_browser: bool) -> None:
    """Serve the page until Ctrl-C. Raises DatelineError as `start` does."""
    page = build(assistant)
    url = start(page, config)
    print(f"Dateline is at {url} (Ctrl-C ends it)", flush=True)
    if open_browser:
        webbrowser.open(url)
    try:
        while True:
            time.sleep(3600)
    except KeyboardInterrupt:
        page.close(verbose=False)


def _masthead(assistant: Assistant) -> str:
    info = assistant.info()
    searched = Searched(info.articles, info.oldest, info.newest)
    return render.masthead(searched, "", info.undated, info.failed)  # the picker beside it says who answers


def _question_box() -> gr.Textbox:
    return gr.Textbox(
        label="Your question",
        show_label=False,
        container=False,
        placeholder="Ask a question",
        lines=1,
        max_lines=5,
        autofocus=True,
        elem_id="question",
    )


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _free_port(host: str, port: int) -> int:
    """The port, a free one for 0. OSError when it is taken."""
    with socket.create_server((host, port)) as server:
        return int(server.getsockname()[1])


def _theme() -> gr.themes.Base:
    """Gradio's plainest theme in the colours of page.css, for what that does not reach: loading and login."""
    theme = gr.themes.Base(font=["system-ui", "sans-serif"], font_mono=["ui-monospace", "monospace"])
    light = {name: pair[0] for name, pair in _COLOURS.items()}
    dark = {f"{name}_dark": pair[1] for name, pair in _COLOURS.items()}
    return theme.set(**light, **dark)
