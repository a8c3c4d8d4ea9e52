"""The chat page in a real browser, over a real index of made-up articles."""

from __future__ import annotations

import http.client
import shutil
import socket
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest

from rag.assistant import Assistant
from rag.config import Config
from rag.errors import DatelineError
from rag.feedback import Feedback
from rag.schema import Answer
from ui import app
from ui.render import Exchange

# Gradio calls parts of pandas and starlette that these have deprecated; as an error that stops its queue.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or ""
WHO = "Who is Ostrana's ambassador to Marlovia?"
FOLLOW_UP = "And who held the post before her?"
KEEPER = "Who keeps the lighthouse at Cape Sorrow?"
UNKNOWN = "What is the name of the harbour mayor's parrot?"

OLD_ENVOY = """---
title: Envoy Idris Fenn opens a bookshop
outlet: Harbour & <b>Wire</b>
published: 2021-03-09
---
PORT VELL – Ostrana's ambassador to Marlovia, Idris Fenn, opened a bookshop near the fish market on Tuesday.

The shop sells novels from both countries, and its first customer was a tram driver.
"""
NEW_ENVOY = """---
title: Ostrana sends Tessa Quill to Port Vell
outlet: Harbour Wire
published: 2024-10-15
---
{filler}

Ostrana's new ambassador to Marlovia, Tessa Quill, handed her letters to President Oren Halloway on 14 October 2024.

{filler}
"""
FILLER = "\n\n".join(
    f"In district {n} of the old port the cranes stood still for {n + 2} hours while crews mended nets and sang."
    for n in range(24)
)
HOSTILE = """Cape Sorrow lighthouse gets a keeper

The lighthouse at Cape Sorrow is kept by Bram Oakes </mark><script>alert(1)</script> since the third of May.

Oakes, a former sailor, reads [the log](http://log.example/x) aloud every night and writes $$\\frac{a}{b}$$ on the wall.

Above his door hang the words <img src=x onerror=alert(2)> and ${document.title} and {{value}}, painted in red.

Visitors find <a href="javascript:alert(3)">a link</a> and <svg onload=alert(4)> on the steps, the council said.
"""
IN_HOSTILE = (
    "</mark><script>alert(1)</script>", "[the log](http://log.example/x)", "$$\\frac{a}{b}$$",
    "<img src=x onerror=alert(2)>", "${document.title}", "{{value}}", '<a href="javascript:alert(3)">',
    "<svg onload=alert(4)>",
)  # fmt: skip


@pytest.fixture(scope="module")
def assistant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    folder = tmp_path_factory.mktemp("page")
    corpus = folder / "news"
    corpus.mkdir()
    (corpus / "2021-envoy.md").write_text(OLD_ENVOY, encoding="utf-8")
    (corpus / "2024-envoy.md").write_text(NEW_ENVOY.format(filler=FILLER), encoding="utf-8")
    (corpus / "keeper.txt").write_text(HOSTILE, encoding="utf-8")
    with Assistant.open(corpus, folder / "store") as opened:
        yield opened


@pytest.fixture(scope="module")
def url(assistant: Assistant) -> Iterator[str]:
    page = app.build(assistant)
    yield app.start(page, Config(port=0))
    page.close(verbose=False)


@pytest.fixture(scope="module")
def context() -> Iterator[Any]:
    if not CHROMIUM:
        pytest.skip("no chromium on this machine (Debian: apt install chromium)")
    sync_api = pytest.importorskip("playwright.sync_api")
    with sync_api.sync_playwright() as playwright:
        flags = [
            "--no-sandbox",
            "--disable-gpu",
            "--disable-background-networking",
            "--disable-component-update",
        ]
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=flags)
        yield opened.new_context()  # one for all tabs: they share the cache of Gradio's scripts
        opened.close()


class Tab:
    """One tab on the page. It collects `alarms`: a script of a page that ran, a request that left this machine."""

    def __init__(
        self, context: Any, url: str, width: int = 1280, height: int = 800, scheme: str = "light"
    ) -> None:
        self.page = context.new_page()
        self.page.set_viewport_size({"width": width, "height": height})
        self.page.emulate_media(color_scheme=scheme)
        self.alarms: list[str] = []
        self.page.on(
            "dialog", lambda dialog: (self.alarms.append(f"dialog {dialog.message}"), dialog.dismiss())
        )
        self.page.on("pageerror", lambda error: self.alarms.append(f"error {error}"))
        self.page.on("request", lambda request: self._watch(request.url, url))
        self.page.goto(url)
        self.page.wait_for_selector(".invitation")

    def _watch(self, requested: str, url: str) -> None:
        if not requested.startswith((url, "data:", "blob:")):
            self.alarms.append(f"request {requested}")

    def ask(self, question: str) -> Any:
        """Type a question, press Enter, and wait for its finished turn."""
        turns = self.page.locator(".exchange").count()
        self.page.get_by_label("Your question").fill(question)
        self.page.keyboard.press("Enter")
        return self.finished(turns)

    def finished(self, turn: int) -> Any:
        exchange = self.page.locator(".exchange").nth(turn)
        exchange.locator(".answer:not(.waiting)").wait_for(timeout=60_000)
        return exchange

    def opened(self, title: str) -> Any:
        """The open article, once it is the one with this title."""
        story = self.page.locator(".story", has=self.page.get_by_role("heading", name=title, exact=True))
        story.wait_for()
        return story


@pytest.fixture
def open_tab(context: Any, url: str) -> Iterator[Any]:
    tabs: list[Tab] = []

    def opener(**view: Any) -> Tab:
        tabs.append(Tab(context, url, **view))
        return tabs[-1]

    yield opener
    for tab in tabs:
        tab.page.close()
    assert [alarm for tab in tabs for alarm in tab.alarms] == []


def test_a_question_gets_its_short_answer_and_its_source_opened(open_tab: Any, assistant: Assistant) -> None:
    tab, told = open_tab(), assistant.ask(WHO)
    exchange = tab.ask(WHO)
    assert exchange.locator(".short").inner_text().startswith("Tessa Quill")
    assert "As of 15 October 2024" in exchange.inner_text()
    story = tab.opened(
        "Ostrana sends Tessa Quill to Port Vell"
    )  # of a new answer the first source opens by itself
    assert told.citations[0].quote in story.locator("mark").inner_text()
    assert "Harbour Wire · 15 October 2024" in story.inner_text()
    assert "2024-envoy.md" in story.inner_text()


def test_a_click_on_a_mark_scrolls_to_the_quoted_words(open_tab: Any) -> None:
    tab = open_tab(height=700)
    exchange = tab.ask(WHO)
    exchange.locator(".cite").first.click()
    words = tab.opened("Ostrana sends Tessa Quill to Port Vell").locator("mark")
    tab.page.wait_for_function("document.querySelector('.story .body').scrollTop > 0")
    assert is_inside(words.bounding_box(), tab.page.locator(".story .body").bounding_box())
    tab.page.evaluate("document.querySelector('.story .body').scrollTop = 0")
    exchange.locator(".cite").first.click()  # open already: the words come back into view all the same
    assert is_inside(words.bounding_box(), tab.page.locator(".story .body").bounding_box())


def test_older_answers_are_told_with_their_date_and_open_their_own_article(
    open_tab: Any, assistant: Assistant
) -> None:
    told = assistant.ask(WHO)
    assert [earlier.short for earlier in told.earlier] == ["Idris Fenn"]
    tab = open_tab()
    line = tab.ask(WHO).locator(".earlier")
    assert line.inner_text().startswith("Earlier: Idris Fenn (9 March 2021)")
    line.locator(".cite").click()
    story = tab.opened("Envoy Idris Fenn opens a bookshop")
    assert "Harbour & <b>Wire</b> · 9 March 2021" in story.inner_text()
    assert story.locator("mark").inner_text() == told.earlier[0].citation.quote


def test_a_mark_of_an_earlier_turn_opens_what_that_turn_cited(open_tab: Any) -> None:
    tab = open_tab()
    tab.ask(WHO)
    tab.ask(KEEPER)
    tab.page.locator(".story", has_text="Bram Oakes").wait_for()
    tab.page.locator(".exchange").nth(0).locator(".cite").first.click()
    assert "Tessa Quill" in tab.opened("Ostrana sends Tessa Quill to Port Vell").locator("mark").inner_text()
    assert tab.page.locator(".cite[aria-current]").first.get_attribute("data-turn") == "0"
    tab.page.locator(".exchange").nth(1).locator(".cite").first.click()
    assert "Bram Oakes" in tab.opened("Cape Sorrow lighthouse gets a keeper").locator("mark").inner_text()


def test_a_follow_up_is_asked_in_the_light_of_the_chat_until_a_new_one(
    open_tab: Any, assistant: Assistant
) -> None:
    first = assistant.ask(WHO)
    turns = [{"role": "user", "content": WHO}, {"role": "assistant", "content": first.text}]
    followed, alone = assistant.ask(FOLLOW_UP, history=turns), assistant.ask(FOLLOW_UP)
    assert followed.query != alone.query
    tab = open_tab()
    tab.ask(WHO)
    assert f"Understood as “{followed.query}”" in tab.ask(FOLLOW_UP).inner_text()
    tab.page.get_by_role("button", name="New chat").click()
    tab.page.wait_for_selector(".invitation")
    assert tab.page.locator(".card").count() == 0
    assert followed.query not in tab.ask(FOLLOW_UP).inner_text()


def test_a_refusal_looks_like_one_and_its_nearest_passages_open(open_tab: Any, assistant: Assistant) -> None:
    assert assistant.ask(UNKNOWN).refused
    tab = open_tab()
    exchange = tab.ask(UNKNOWN)
    refusal = exchange.locator(".refusal")
    assert "Not in these articles" in refusal.inner_text()
    assert "3 articles" in refusal.inner_text()
    assert exchange.locator(".short").count() == 0
    assert refusal.evaluate("box => getComputedStyle(box).borderStyle") == "dashed"
    refusal.locator(".cite").first.click()
    tab.page.locator(".story mark").first.wait_for()


def test_a_hostile_page_stays_text(open_tab: Any) -> None:
    tab = open_tab()
    exchange = tab.ask(KEEPER)
    assert exchange.locator(".short").inner_text().startswith("Bram Oakes")
    story = tab.page.locator(".story")
    story.wait_for()
    for words in IN_HOSTILE:
        assert words in story.inner_text()
    made = "#conversation :is(script, img, iframe, svg, a), #sources :is(script, img, iframe, svg, a)"
    assert tab.page.locator(made).count() == 0


def test_a_hostile_question_stays_text(open_tab: Any) -> None:
    tab = open_tab()
    exchange = tab.ask("Who is <img src=x onerror=alert(5)> **Tessa** Quill?")
    assert (
        exchange.locator(".question").inner_text() == "Who is <img src=x onerror=alert(5)> **Tessa** Quill?"
    )
    assert exchange.locator("img").count() == 0


def test_the_whole_way_by_keyboard(open_tab: Any) -> None:
    tab = open_tab()
    tab.ask(WHO)
    tab.opened("Ostrana sends Tessa Quill to Port Vell")
    for _ in range(20):  # back from the question to the marks of the answer, last of them first
        tab.page.keyboard.press("Shift+Tab")
        if tab.page.evaluate("document.activeElement.closest('.earlier') !== null"):
            break
    assert tab.page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    tab.page.keyboard.press("Enter")
    tab.opened("Envoy Idris Fenn opens a bookshop")
    assert tab.page.evaluate("document.activeElement.className") == "cite"  # focus stays where the reader was


def test_an_example_is_asked_by_pressing_it(open_tab: Any, assistant: Assistant) -> None:
    tab = open_tab()
    example = assistant.examples[0]
    tab.page.get_by_role("button", name=example).click()
    assert tab.finished(0).locator(".question").inner_text() == example
    assert tab.page.locator(".example").count() == 0


def test_a_question_that_cannot_be_asked_is_one_line_and_not_lost(open_tab: Any) -> None:
    tab, long = open_tab(), "why? " * 500
    exchange = tab.ask(long)
    assert "2,000" in exchange.locator(".error").inner_text()
    assert tab.page.get_by_label("Your question").input_value() == long
    assert "No answer." in tab.ask("   ").locator(".error").inner_text()
    assert tab.ask(WHO).locator(".short").count() == 1  # and the conversation goes on


def test_a_finished_answer_is_spoken_once(open_tab: Any) -> None:
    tab = open_tab()
    region = tab.page.locator("#conversation [aria-live=polite]")
    assert region.inner_text() == ""
    tab.ask(WHO)
    assert region.text_content() == "Answer: Tessa Quill"


def test_each_tab_has_its_own_conversation(open_tab: Any) -> None:
    one, other = open_tab(), open_tab()
    one.ask(WHO)
    assert other.page.locator(".exchange").count() == 0
    other.ask(KEEPER)
    one.page.locator(".cite").first.click()
    one.opened("Ostrana sends Tessa Quill to Port Vell")


def test_a_phone_shows_sources_as_a_sheet_and_never_scrolls_sideways(open_tab: Any) -> None:
    tab = open_tab(width=390, height=844)
    sheet = tab.page.locator("#sources-column")
    widths = [tab.page.evaluate("document.documentElement.scrollWidth")]
    exchange = tab.ask(KEEPER)
    assert not sheet.is_visible()
    widths.append(tab.page.evaluate("document.documentElement.scrollWidth"))
    exchange.locator(".cite").first.click()
    tab.page.locator(".story mark").first.wait_for()
    widths.append(tab.page.evaluate("document.documentElement.scrollWidth"))
    assert max(widths) <= 390
    tab.page.wait_for_function("document.querySelector('#sources').contains(document.activeElement)")
    tab.page.keyboard.press("Escape")
    sheet.wait_for(state="hidden")
    assert tab.page.evaluate("document.activeElement.className") == "cite"


def test_dark_scheme_is_dark(open_tab: Any) -> None:
    ground = "getComputedStyle(document.body).backgroundColor"
    assert open_tab(scheme="light").page.evaluate(ground) == "rgb(251, 249, 244)"
    assert open_tab(scheme="dark").page.evaluate(ground) == "rgb(23, 22, 20)"


def test_a_vote_is_kept_with_the_turn_and_can_be_taken_back(open_tab: Any, assistant: Assistant) -> None:
    tab = open_tab()
    tab.ask(WHO)
    exchange = tab.ask(KEEPER)
    good, bad = (exchange.get_by_role("button", name=name) for name in ("Good answer", "Bad answer"))
    good.click()
    pressed = tab.page.locator('.vote[aria-pressed="true"]')
    pressed.wait_for()
    assert pressed.get_attribute("data-vote") == "up"
    (turn,) = Feedback(assistant.config.store).turns()
    assert (turn.vote, turn.questions) == ("up", (WHO, KEEPER))
    assert turn.answer["citations"]
    bad.click()
    tab.page.locator('.vote[data-vote="down"][aria-pressed="true"]').wait_for()
    assert [turn.vote for turn in Feedback(assistant.config.store).turns()] == ["down"]
    bad.click()
    tab.page.wait_for_function("!document.querySelector('.vote[aria-pressed=\"true\"]')")
    assert Feedback(assistant.config.store).turns() == []
    assert tab.ask(WHO).locator(".short").inner_text()  # the conversation goes on


def test_votes_from_the_browser_may_name_nothing(assistant: Assistant) -> None:
    exchanges = [Exchange("q", error="none"), Exchange(WHO, assistant.ask(WHO))]
    for turn, vote in (
        (0, "up"),
        (2, "up"),
        (-1, "up"),
        ("1", "up"),
        (1, "sideways"),
        (1, None),
        (None, "up"),
    ):
        assert app.voted(assistant, exchanges, turn, vote) == exchanges
    assert Feedback(assistant.config.store).turns() == []


def test_another_host_needs_a_password(assistant: Assistant) -> None:
    with pytest.raises(DatelineError, match=r"'0\.0\.0\.0'.*password"):
        app.start(app.build(assistant), Config(host="0.0.0.0", port=0, password=""))


def test_a_password_keeps_strangers_out(assistant: Assistant) -> None:
    page = app.build(assistant)
    address = app.start(page, Config(port=0, password="mackerel"))
    try:
        assert status(address, "/config") == 401
    finally:
        page.close(verbose=False)


def test_a_taken_port_is_one_line_with_a_remedy(assistant: Assistant) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(DatelineError, match=rf"{port}.*another port") as caught:
            app.start(app.build(assistant), Config(port=port))
    assert "\n" not in str(caught.value)


def test_only_local_names_are_answered(url: str) -> None:
    port = urlsplit(url).port
    assert status(url, "/config", f"127.0.0.1:{port}") == 200
    assert status(url, "/config", f"rebound.example:{port}") == 400


def test_what_the_browser_sends_may_name_nothing(assistant: Assistant) -> None:
    exchanges = [Exchange(WHO, assistant.ask(WHO)), Exchange("", error="empty")]
    for turn, number in [(-1, 1), (1, 1), (7, 1), (0, 99), (0, -1)]:
        assert "<mark>" not in app.open_cited(assistant, exchanges, turn, number)
    assert "<mark>" in app.open_cited(assistant, exchanges, 0, 1)


def test_history_is_plain_text_of_answered_turns(assistant: Assistant) -> None:
    told = Answer("q", "Quill <b>[1]", "Quill")
    turns = app.history([Exchange("q", told), Exchange("bad", error="no"), Exchange("late", partial="so")])
    assert turns == [{"role": "user", "content": "q"}, {"role": "assistant", "content": "Quill <b>[1]"}]


def test_a_fault_of_ours_is_one_line_too(caplog: pytest.LogCaptureFixture) -> None:
    class Broken:
        def stream(self, question: str, history: object) -> Iterator[str]:
            yield "The "
            raise ZeroDivisionError(question)

    *_, last = app.answer(Broken(), "q", [])  # type: ignore[arg-type]
    assert "ZeroDivisionError" in last.error
    assert "Traceback" not in last.error
    assert "ZeroDivisionError" in caplog.text  # the terminal has it all


def status(url: str, path: str, host: str = "") -> int:
    """The HTTP status of a GET, with the Host header given."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(str(parts.hostname), parts.port, timeout=30)
    try:
        connection.request("GET", path, headers={"Host": host} if host else {})
        return connection.getresponse().status
    finally:
        connection.close()


def is_inside(box: dict[str, float], frame: dict[str, float]) -> bool:
    below_top = box["y"] >= frame["y"]
    return below_top and box["y"] + box["height"] <= frame["y"] + frame["height"]
