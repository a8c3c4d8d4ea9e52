"""The chat page with a model server: picking, streaming, marking, stopping, fetching."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from stand_in import Fake, Script, serving
from test_app import Tab, context  # noqa: F401  # the browser is a fixture of that file
from test_llm import writes

from rag.assistant import Assistant
from rag.config import Config
from ui import app

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")
WHO = "Who is the mayor of Port Ellery?"


@pytest.fixture
def script() -> Script:
    models = [Fake("tiny-instruct:1b"), Fake("other:7b"), Fake("bert", ("embedding",))]
    return Script(
        models=models,
        reply=writes("Joss Herrin is the mayor of Port Ellery [{n}]. He was born in 1971 [{n}]."),
    )


@pytest.fixture
def url(assistant: Assistant, script: Script) -> Iterator[str]:
    with serving(script) as address:
        config = Config(llm="auto", ollama_host=address, between_tokens_seconds=60.0)
        asked = Assistant(assistant.corpus, assistant.index, assistant._known_names, config)
        asked.finder.find(30.0)
        page = app.build(asked)
        yield app.start(page, Config(port=0))
        script.over.set()
        page.close(verbose=False)


@pytest.fixture
def tab(context: Any, url: str) -> Iterator[Tab]:  # noqa: F811
    opened = Tab(context, url)
    yield opened
    opened.page.close()
    assert opened.alarms == []


def test_a_models_answer_is_marked_where_it_is_not_borne_out(tab: Tab, script: Script) -> None:
    exchange = tab.ask(WHO)
    doubted = exchange.locator(".unsupported").first
    assert doubted.inner_text().startswith("He was born in 1971")
    doubted.focus()
    assert "'1971' is not in [" in doubted.get_attribute("title")
    shown = doubted.evaluate("element => getComputedStyle(element, '::after').content")
    assert "1971" in shown  # the reason is shown to those who come by keyboard
    assert "Answerer: tiny-instruct:1b" in exchange.inner_text()
    assert script.chats[0]["model"] == "tiny-instruct:1b"


def test_the_picker_offers_what_can_chat_and_decides_who_answers(tab: Tab, script: Script) -> None:
    tab.page.get_by_label("Answerer").click()
    options = [o.inner_text().strip() for o in tab.page.get_by_role("option").all()]
    assert [o.lstrip("✓").strip() for o in options] == [
        "Automatic: tiny-instruct:1b", "Built-in reader", "tiny-instruct:1b · 1.2B", "other:7b · 1.2B",
    ]  # fmt: skip
    tab.page.get_by_role("option").nth(3).click()
    tab.ask(WHO)
    assert script.chats[-1]["model"] == "other:7b"
    tab.page.get_by_label("Answerer").click()
    tab.page.get_by_role("option").nth(1).click()
    asked = len(script.chats)
    assert (
        tab.ask("Who is the mayor of Port Ellery now?")
        .locator(".short")
        .inner_text()
        .startswith("Joss Herrin")
    )
    assert len(script.chats) == asked


def test_pieces_show_as_they_come_and_stop_ends_them_at_the_server(tab: Tab, script: Script) -> None:
    script.fail, script.keep = "drip", 11
    tab.page.get_by_label("Your question").fill(WHO)
    tab.page.keyboard.press("Enter")
    tab.page.locator(".waiting", has_text="Joss Herrin is the mayor of").wait_for(timeout=30_000)
    assert not script.gone.is_set()
    tab.page.get_by_role("button", name="Stop").click()
    exchange = tab.finished(0)
    assert script.gone.wait(10)
    assert "Stopped before its end." in exchange.inner_text()


def test_a_failure_gives_the_readers_answer_and_keeps_the_part(tab: Tab, script: Script) -> None:
    script.fail, script.keep = "die", 8
    exchange = tab.ask(WHO)
    assert exchange.locator(".short").inner_text().startswith("Joss Herrin")
    assert "`ollama serve`" in exchange.locator(".note").inner_text()
    assert exchange.locator(".aside .unsupported").inner_text().startswith("Joss Herrin is")


def test_a_model_is_fetched_and_chosen(tab: Tab, script: Script) -> None:
    script.pause = 0.3
    tab.page.get_by_text("Fetch a model").click()
    tab.page.get_by_label("Model to fetch").fill("new:1b")
    tab.page.get_by_role("button", name="Fetch", exact=True).click()
    tab.page.locator("progress").wait_for()
    tab.page.get_by_text("new:1b is here and chosen").wait_for()
    script.pause = 0.0
    tab.ask(WHO)
    assert script.chats[-1]["model"] == "new:1b"
    script.fail = "404"
    tab.page.get_by_label("Model to fetch").fill("no<b>such")
    tab.page.get_by_role("button", name="Fetch", exact=True).click()
    assert "file does not exist" in tab.page.locator(".fetching.failed").inner_text()
