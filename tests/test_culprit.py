"""For each stage a corpus made to fail there: that stage is blamed, and no other."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from evaluating import write_pages

from rag.assistant import Assistant
from rag.config import Config
from rag.culprit import STAGES, Blame, blame
from rag.evaluation import evaluate
from rag.judge import judge
from rag.questions import Question
from rag.schema import Answer, Citation, Earlier, Hit
from rag.shelf import Shelf

PAGES = {
    # The menu's line stands in three pages, so it is furniture and in no article.
    **{
        f"menu-{n}.txt": f"""Harvest festival number {n} opens in Tarnby

Subscribe to the Tarnby Bugle

The harvest festival number {n} opened in Tarnby on Friday, and the baker sold all of his {n + 20} loaves before noon.

Farmers from the valley said that the weather had been kind to the apples this year and last.
"""
        for n in range(1, 6)
    },
    "mayor-2019.md": """---
title: Vessel Point elects its mayor
published: 2019-03-02
---

The mayor of Vessel Point, Ada Thorne, took office on Saturday.
""",
    "mayor-2023.md": """---
title: New mayor in Vessel Point
published: 2023-03-04
---

The mayor of Vessel Point, Bo Lindgren, took office on Saturday. He succeeds Ada Thorne.
""",
    "clock.md": """---
title: The clock of Vessel Point
published: 2022-01-01
---

The clock in the tower of Vessel Point was built by the smith Jorun Aske. It strikes at noon.
""",
    "unlike.md": """---
title: On vegetables
published: 2020-01-01
---

Onions keep for months where it is dry. Leeks do not.
""",
    **{
        f"lamp-{n:02}.md": f"""---
title: Lamp {n} of the lighthouse keepers
published: 2021-01-{n:02}
---

The lighthouse keeper lit lamp {n} of the lighthouse on the cape, and the keeper of the lighthouse wrote it down.
"""
        for n in range(1, 29)
    },
    "keeper.md": """---
title: A walk on the shore
published: 2021-02-01
---

Many walked along the shore on Sunday. Somebody called Pia Holt, whose work is to keep the light burning, waved.
""",
}
CLOCK = Question(
    "clock", ("Who built the clock of Vessel Point?",), ("Jorun Aske",), sources=("clock",), kind="who"
)


@pytest.fixture(scope="module")
def assistant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    folder = tmp_path_factory.mktemp("blamed")
    with Assistant.open(write_pages(folder / "pages", PAGES), folder / "store") as opened:
        yield opened


def blamed(assistant: Assistant, question: Question) -> Blame | None:
    """What a whole run says of the question."""
    (outcome,) = evaluate([question], assistant).outcomes
    assert (outcome.shown.blame is None) == outcome.passed
    return outcome.shown.blame


def stage(assistant: Assistant, question: Question) -> str:
    found = blamed(assistant, question)
    return found.stage if found else ""


def test_one_that_passes_has_no_culprit(assistant: Assistant) -> None:
    assert blamed(assistant, CLOCK) is None


def test_not_in_the_pages(assistant: Assistant) -> None:
    assert stage(assistant, replace(CLOCK, answers=("Nobody Ever",))) == "not in the pages"
    assert stage(assistant, replace(CLOCK, sources=("absent",))) == "not in the pages"


def test_article_cut(assistant: Assistant) -> None:
    menu = Question("m", ("To what can one subscribe?",), ("Tarnby Bugle",), sources=("menu-1",), kind="what")
    found = blamed(assistant, menu)
    assert found is not None
    assert found.stage == "article cut"
    assert "menu-1.txt" in found.why


def test_article_cut_of_a_source_named_by_its_title(assistant: Assistant) -> None:
    asked = Question("m", ("To what can one subscribe?",), ("Subscribe to the Tarnby Bugle",), kind="what")
    assert stage(assistant, replace(asked, sources=("Harvest festival number 1 opens",))) == "article cut"
    assert stage(assistant, replace(asked, sources=("Harvest festival number 9",))) == "not in the pages"


def test_article_cut_where_its_date_keeps_it_out(assistant: Assistant) -> None:
    found = blamed(assistant, replace(CLOCK, as_of="2019-12-31"))
    assert found is not None
    assert found.stage == "article cut"
    assert "dated after 2019-12-31" in found.why


def test_not_retrieved(tmp_path: Path) -> None:
    """Sixty pages that share the question's words, and one that holds the answer and none of them."""
    crowd = {
        f"crowd-{n:02}.md": f"---\ntitle: Ferry toll {n}\npublished: 2021-01-01\n---\n\nThe toll of the ferry across "
        f"the strait was raised in harbour {n} by the toll office of the strait, and the ferry pays it.\n"
        for n in range(60)
    }
    pages = write_pages(tmp_path / "pages", crowd | {"unlike.md": PAGES["unlike.md"]})
    asked = Question(
        "f", ("Who raised the toll of the ferry across the strait?",), ("Leeks",), sources=("unlike",)
    )
    with Assistant.open(pages, tmp_path / "store") as assistant:
        assert stage(assistant, asked) == "not retrieved"


def test_ranked_low(assistant: Assistant) -> None:
    asked = Question(
        "k", ("Who is the keeper of the lighthouse on the cape?",), ("Pia Holt",), sources=("keeper",)
    )
    found = blamed(assistant, asked)
    assert found is not None
    assert found.stage == "ranked low"


def test_wrong_span(assistant: Assistant) -> None:
    assert stage(assistant, replace(CLOCK, answers=("strikes at noon",))) == "wrong span"
    assert stage(assistant, replace(CLOCK, answers_all=("Jorun Aske", "strikes at noon"))) == "wrong span"
    assert stage(assistant, replace(CLOCK, must_not=("Jorun",))) == "wrong span"


def test_wrongly_answered(assistant: Assistant) -> None:
    asked = Question("c", CLOCK.turns, refuse=True, kind="near-miss")
    assert stage(assistant, asked) == "wrongly answered"


def test_wrong_citation(assistant: Assistant) -> None:
    assert stage(assistant, replace(CLOCK, quote=("strikes at noon",))) == "wrong citation"


def test_error(assistant: Assistant) -> None:
    asked = replace(CLOCK, turns=("who " * 1000,))
    found = blamed(assistant, asked)
    assert found is not None
    assert found.stage == "error"
    assert "2,000" in found.why


# ── answers that the real answerer does not give at will ─────────────────────────────────────────────────────────────


def cited(assistant: Assistant, path: str, quote: str, number: int = 1) -> Citation:
    article = next(a for a in assistant.index.articles() if a.path == path)
    start = article.text.index(quote)
    return Citation(
        number,
        article.id,
        article.title,
        "",
        article.published,
        "stated",
        path,
        quote,
        start,
        start + len(quote),
    )


def judged(assistant: Assistant, question: Question, answer: Answer) -> str:
    hits: list[Hit] = assistant.search(question.turns[-1], top_k=10)
    found = blame(question, answer, judge(question, answer, assistant.names), hits, Shelf(assistant))
    return found.stage if found else ""


def test_wrongly_refused(assistant: Assistant) -> None:
    refusal = Answer(CLOCK.turns[0], "The articles do not say.", refused=True, answerer="built-in reader")
    assert judged(assistant, CLOCK, refusal) == "wrongly refused"


def test_a_refusal_for_want_of_the_passage_is_not_the_answerer_s_fault(assistant: Assistant) -> None:
    asked = Question(
        "k", ("Who is the keeper of the lighthouse on the cape?",), ("Pia Holt",), sources=("keeper",)
    )
    refusal = Answer(asked.turns[0], "The articles do not say.", refused=True, answerer="built-in reader")
    assert judged(assistant, asked, refusal) == "ranked low"


def test_right_words_from_another_article(assistant: Assistant) -> None:
    asked = Question("m", ("Who is the mayor of Vessel Point?",), ("Ada Thorne",), sources=("mayor-2019",))
    other = cited(assistant, "mayor-2023.md", "He succeeds Ada Thorne.")
    answer = Answer("", "Ada Thorne [1].", "Ada Thorne", (other,), answerer="built-in reader")
    assert judged(assistant, asked, answer) == "wrong citation"
    right = cited(
        assistant, "mayor-2019.md", "The mayor of Vessel Point, Ada Thorne, took office on Saturday."
    )
    assert judged(assistant, asked, replace(answer, citations=(right,))) == ""
    assert (
        judged(assistant, asked, replace(answer, text="Ada Thorne.", citations=(right,))) == "wrong citation"
    )


def test_earlier_lost(assistant: Assistant) -> None:
    asked = Question(
        "m",
        ("Who is the mayor of Vessel Point?",),
        ("Bo Lindgren",),
        sources=("mayor-2023",),
        earlier=("Ada Thorne",),
    )
    new = cited(
        assistant, "mayor-2023.md", "The mayor of Vessel Point, Bo Lindgren, took office on Saturday."
    )
    old = cited(
        assistant, "mayor-2019.md", "The mayor of Vessel Point, Ada Thorne, took office on Saturday.", 2
    )
    answer = Answer("", "Bo Lindgren [1].", "Bo Lindgren", (new,), answerer="built-in reader")
    assert judged(assistant, asked, answer) == "earlier lost"
    assert (
        judged(assistant, asked, replace(answer, earlier=(Earlier("Ada Thorne", "2019-03-02", old),))) == ""
    )


def test_a_list_is_followed_for_what_it_lacks(assistant: Assistant) -> None:
    asked = Question("l", ("Who built the clock?",), answers_all=("Jorun Aske", "Nobody Ever"), kind="list")
    clock = cited(
        assistant, "clock.md", "The clock in the tower of Vessel Point was built by the smith Jorun Aske."
    )
    answer = Answer("", "Jorun Aske [1].", "Jorun Aske", (clock,), answerer="built-in reader")
    assert judged(assistant, asked, answer) == "not in the pages"


def test_without_a_reader_all_passages_found_are_within_reach(tmp_path: Path) -> None:
    pages = write_pages(tmp_path / "pages", {"clock.md": PAGES["clock.md"]})
    with Assistant.open(pages, tmp_path / "store", config=Config(reader="none")) as assistant:
        refusal = Answer("", "The articles do not say.", refused=True, answerer=assistant.answerer)
        assert judged(assistant, CLOCK, refusal) == "wrongly refused"


def test_every_stage_is_explained() -> None:
    assert all(STAGES.values())
