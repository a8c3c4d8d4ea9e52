"""The page of a run, in a real browser: whole, quiet, and proof against what a page of the corpus may hold."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from evaluating import ASKED, PAGES, write, write_pages

from rag import evaluate
from rag.assistant import Assistant
from rag.baseline import Baseline, compare
from rag.measures import MEASURES
from rag.questions import load_questions
from rag.report_html import page
from rag.runreport import Report

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or ""
HOSTILE = """The quay of Brackwater is red

The quay of Brackwater was painted by Ilse Oakes, <b>Wire</b> & <script>alert(1)</script> say,
<img src=http://away.example/x onerror=alert(2)> in red last May.
"""
MORE = """  - id: "<i>quay</i>"
    question: "who painted the quay of Brackwater?"
    answers: ["</details><script>alert(3)</script>x"]
    kind: "<u>who</u>"
floors: {right: 0.9}
"""


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Report]:
    folder = tmp_path_factory.mktemp("html")
    pages = write_pages(folder / "pages", {**PAGES, "300-quay.txt": HOSTILE})
    with Assistant.open(pages, folder / "store") as assistant:
        yield evaluate(write(folder, ASKED + MORE), assistant)


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    if not CHROMIUM:
        pytest.skip("no chromium on this machine (Debian: apt install chromium)")
    sync_api = pytest.importorskip("playwright.sync_api")
    with sync_api.sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        yield opened
        opened.close()


def show(
    browser: Any, folder: Path, text: str, width: int = 1280, scheme: str = "light"
) -> tuple[Any, list[str]]:
    """The page opened from a file, and a list that grows by whatever it should not do."""
    path = write(folder, text, "report.html")
    tab, alarms = browser.new_page(viewport={"width": width, "height": 800}, color_scheme=scheme), list[str]()
    tab.on("dialog", lambda dialog: (alarms.append("dialog"), dialog.dismiss()))
    tab.on("request", lambda r: r.url.startswith(("file:", "data:")) or alarms.append(f"request {r.url}"))
    tab.on("console", lambda message: alarms.append(f"console {message.text}"))
    tab.goto(path.as_uri())
    return tab, alarms


def test_page_text_shows_and_does_nothing(browser: Any, report: Report, tmp_path: Path) -> None:
    tab, alarms = show(browser, tmp_path, page(report))
    for summary in tab.locator("summary").all():
        summary.click()
    shown = tab.locator("main").inner_text()
    for words in (
        "<b>Wire</b> & <script>alert(1)</script>",
        "<img src=http://away.example/x",
        "<i>quay</i>",
        "<u>who</u>",
    ):
        assert words in shown
    assert tab.locator("script, img, main b script").count() == 0
    assert alarms == []


def test_failing_ones_come_first_and_unfold_to_their_trace(
    browser: Any, report: Report, tmp_path: Path
) -> None:
    tab, _ = show(browser, tmp_path, page(report))
    assert tab.locator("h1").inner_text() == "3 of 4 questions passed"
    assert "below its floor" in tab.locator("header").inner_text()
    first = tab.locator("details").first
    assert "not in the pages" in first.locator("summary").inner_text()
    assert not first.locator(".trace").is_visible()
    first.locator("summary").click()
    trace = first.locator(".trace").inner_text()
    for words in ("Expected", "Ilse Oakes", "Passages found", "300-quay.txt"):
        assert words in trace
    tab.get_by_label("only failing").check()
    assert tab.locator("details:visible").count() == 1


def test_figures_have_their_interval_and_definition(browser: Any, report: Report, tmp_path: Path) -> None:
    tab, _ = show(browser, tmp_path, page(report))
    assert tab.locator(".figure").count() == len(report.overall)
    right = tab.locator(".figure", has_text="right").first
    scale, dot, band = (right.locator(part).bounding_box() for part in (".scale", ".dot", ".range"))
    figure = report.overall["right"]
    assert (dot["x"] + 6 - scale["x"]) / scale["width"] == pytest.approx(figure.value, abs=0.01)
    assert band["width"] / scale["width"] == pytest.approx(figure.high - figure.low, abs=0.01)
    assert tab.locator(".defined tbody tr").count() == len(MEASURES)


def test_two_runs_stand_side_by_side(browser: Any, report: Report, tmp_path: Path) -> None:
    kept = Baseline.of(report, "main")
    was = replace(kept.questions["boats"], passed=False, culprit="wrong span", short="fourteen")
    before = replace(kept, questions={**kept.questions, "boats": was}, run=replace(kept.run, corpus="other"))
    tab, _ = show(browser, tmp_path, page(report, compare(report, before)))
    text = tab.locator("main").inner_text()
    assert "the pages: other then" in text
    assert "Better: 1" in text
    assert "boats: fourteen → " in text
    tab.get_by_label("only changed verdicts").check()
    assert tab.locator("details:visible").count() == 1
    tab.locator("details:visible summary").click()
    sides = tab.locator("details:visible .runs > div")
    assert sides.count() == 2
    assert "fourteen" in sides.nth(0).inner_text()
    assert "34" in sides.nth(1).inner_text()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_fits_a_phone_and_follows_the_scheme(
    browser: Any, report: Report, tmp_path: Path, scheme: str
) -> None:
    tab, _ = show(browser, tmp_path, page(report, compare(report, Baseline.of(report, "main"))), 360, scheme)
    for summary in tab.locator("summary").all():
        summary.click()
    assert tab.evaluate("document.documentElement.scrollWidth") <= 360
    ground = tab.evaluate("getComputedStyle(document.body).backgroundColor")
    light = sum(int(part) for part in ground[4:-1].split(",")) > 3 * 128
    assert light == (scheme == "light")


def test_a_stopped_run_says_so(report: Report) -> None:
    text = page(replace(report, stopped=True, outcomes=()))
    assert "Stopped before the end" in text
    assert "0 of 0 questions passed" in text


def test_skipped_questions_are_told(report: Report, tmp_path: Path) -> None:
    from rag.runreport import Skipped

    question = load_questions(write(tmp_path, ASKED)).questions[0]
    assert "master: not &lt;yet&gt;" in page(replace(report, skipped=(Skipped(question, "not <yet>"),)))
