"""Who or what a name is, by what the articles call it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from llama_index.core.schema import NodeWithScore, TextNode

from rag.described import describe, mentioned, mentions, name_asked
from rag.draft import Draft
from rag.names import Names
from rag.question import understand
from rag.schema import Answer, Found

NAMES = Names.load()


def found(*texts: str, published: tuple[str, ...] = ()) -> Found:
    nodes = []
    for n, text in enumerate(texts):
        day = published[n] if published else ""
        metadata = {
            "article_id": f"a{n}", "path": f"{n}.md", "title": "", "outlet": "", "published": day,
            "published_how": "stated" if day else "unknown", "start": 10 * n, "end": 10 * n + len(text),
        }  # fmt: skip
        nodes.append(NodeWithScore(node=TextNode(id_=f"p{n}", text=text, metadata=metadata), score=1.0))
    return Found(tuple(nodes), {})


def described(question: str, *texts: str, published: tuple[str, ...] = ()) -> Draft | None:
    asked = understand(question, NAMES, today=date(2026, 1, 1))
    return describe(asked, found(*texts, published=published), NAMES)


@pytest.mark.parametrize(
    ("sentence", "said"),
    [
        ("Ada Quist, the mayor of Moss, spoke.", "the mayor of Moss"),
        (
            "Ada Quist, who was the top envoy of Uruguay until 2019, spoke.",
            "the top envoy of Uruguay until 2019",
        ),
        ("Uruguay's new ambassador to Ostania, Ada Quist, spoke.", "Uruguay's new ambassador to Ostania"),
        ("According to Salt Board spokeswoman Ada Quist, it rained.", "Salt Board spokeswoman"),
        ("Otto Lind met Ivar Moe and the board's treasurer Ada Quist.", "the board's treasurer"),
        (
            "Ada Quist is a professor at the U.N. University and once lived in Moss.",
            "a professor at the U.N. University",
        ),
        ("Ada Quist served under Otto Lind as a senior trade official.", "a senior trade official"),
        ("Ada-Quist – a baker – spoke.", "a baker"),
    ],
)
def test_what_an_article_calls_someone_is_found(sentence: str, said: str) -> None:
    draft = described("Who is Ada Quist?", sentence)
    assert draft is not None
    assert draft.short == said
    assert draft.text == f"{said} [1]. {sentence} [1]"


@pytest.mark.parametrize(
    ("question", "sentence", "said"),
    [
        ("What is the SBM?", "The Salt Board of Moss (SBM) met.", "The Salt Board of Moss"),
        ("What is SBM?", "SBM (Salt Board of Moss) met.", "Salt Board of Moss"),
        ("What is the Amalie?", "The Amalie, a barge built in 1931, sank.", "a barge built in 1931"),
        ("What does CVX mean?", "They want CVX, that is, clean, visible exits.", "clean, visible exits"),
    ],
)
def test_what_a_thing_is_is_found(question: str, sentence: str, said: str) -> None:
    draft = described(question, sentence)
    assert draft is not None
    assert draft.short == said


@pytest.mark.parametrize(
    "sentence",
    [
        "Ada Quist spoke.",
        "Otto Lind, the mayor, met Ada Quist.",
        "Ada Quist, 41, spoke in Moss.",
        "Otto Lind is the mayor of Moss.",
        "In Moss, Ada Quist spoke.",
    ],
)
def test_what_is_not_said_is_not_made_up(sentence: str) -> None:
    assert described("Who is Ada Quist?", sentence) is None


def test_the_newest_article_says_who_someone_is_now() -> None:
    draft = described(
        "who is ada quist",
        "Ada Quist, the mayor of Moss, spoke.",
        "Ada Quist, the governor of Vell, spoke.",
        published=("2019-01-01", "2024-01-01"),
    )
    assert draft is not None
    assert draft.short == "the governor of Vell"
    assert draft.earlier == (("the mayor of Moss", 2),)


@pytest.mark.parametrize(
    "question",
    [
        "who is the mayor?",
        "Who is in charge?",
        "what is new?",
        "who is he?",
        "Who did it?",
        "who is Uruguay?",
        "",
        "?",
    ],
)
def test_other_questions_ask_of_no_name(question: str) -> None:
    asked = understand(question, NAMES, today=date(2026, 1, 1))
    assert describe(asked, found("Ada Quist, the mayor, spoke of Uruguay, a state."), NAMES) is None


def test_whoever_is_only_mentioned_is_shown_as_mentioned() -> None:
    asked = understand("Who is Ada Quist?", NAMES, today=date(2026, 1, 1))
    draft = mentioned(asked, found("It rained. Ada Quist spoke.", "Otto Lind spoke."))
    assert draft is not None
    assert draft.text == "Ada Quist spoke. [1]"
    assert mentioned(asked, found("Otto Lind spoke.")) is None


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.sampled_from(["Ada", "Quist", ",", "(", ")", "the mayor", "who was", "is a", ".", "–", "é"]),
        max_size=12,
    )
)
def test_any_text_is_read_without_complaint(pieces: list[str]) -> None:
    text = " ".join(pieces)
    draft = described("Who is Ada Quist?", text)
    if draft:
        assert draft.short
        assert draft.short in text
    for start, end in mentions(text, "Ada Quist"):
        assert text[start:end].startswith("Ada")


def test_a_name_has_five_words_at_most() -> None:
    assert name_asked("Who is Ada de la Cruz Quist?") == "Ada de la Cruz Quist"
    assert name_asked("Who is Ada Quist Ada Quist Ada Quist?") == ""


def test_the_assistant_says_who_someone_is(ask: Callable[[str], Answer]) -> None:
    answer = ask("Who is Jorun Aske?")
    assert not answer.refused
    assert answer.citations
