"""A follow-up is made whole by what was said; a question that stands by itself is left alone."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.followup import make_whole, short_of
from rag.names import Names
from rag.prompts import REFUSAL
from rag.words import fold

NAMES = Names.load()  # not the fixture: Hypothesis would print all of it

Turns = list[dict[str, str]]


def turns(*contents: str) -> Turns:
    """Questions and answers by turns, the first a question."""
    return [{"role": ("user", "assistant")[n % 2], "content": content} for n, content in enumerate(contents)]


ENVOY = turns(
    "who is the UAE ambassador to Uruguay?",
    "Rashid Bel-Omar [1]. Rashid Bel-Omar is the new ambassador to Uruguay. [1]",
)
BRIDGE = turns("who closed the Tarn Bridge?", "Ferry Safety Bureau [1]. The bureau closed it. [1]")
SHIPS = turns("how many ships sank in 2021?", "4 [1]. 4 ships sank. [1]")
REFUSED = turns(
    "who is the UAE ambassador to Bolivia?", f"{REFUSAL} Searched 8 articles, from 2 May 2021 to 3 June 2022."
)


@pytest.mark.parametrize(
    ("history", "question", "expected"),
    [
        (ENVOY, "where was he born?", "where was Rashid Bel-Omar born?"),
        (ENVOY, "who did he succeed?", "who did Rashid Bel-Omar succeed?"),
        (ENVOY, "what about Paraguay?", "who is the UAE ambassador to Paraguay?"),
        (ENVOY, "and to Chile?", "who is the UAE ambassador to Chile?"),
        (REFUSED, "and to Chile?", "who is the UAE ambassador to Chile?"),
        (SHIPS, "and in 2022?", "how many ships sank in 2022?"),
        (SHIPS, "what about 2023?", "how many ships sank in 2023?"),
        (
            turns("Who is Ada Quist?", "the mayor of Moss [1]."),
            "where was she born?",
            "where was Ada Quist born?",
        ),
        (ENVOY, "and since when?", "since when is Rashid Bel-Omar the UAE ambassador to Uruguay?"),
        (BRIDGE, "when?", "when was it that Ferry Safety Bureau closed the Tarn Bridge?"),
        (turns("Where did the two boards meet?", "Moss [1]."), "and why?", "why did the two boards meet?"),
        (ENVOY, "which Chilean did he meet?", "which Chilean did Rashid Bel-Omar meet?"),
        (REFUSED, "how old is he?", "how old is UAE ambassador to Bolivia?"),
    ],
)
def test_made_whole(names: Names, history: Turns, question: str, expected: str) -> None:
    assert make_whole(question, history, names).text == expected


def test_a_question_that_names_nothing_may_be_about_the_last_topic(names: Names) -> None:
    whole = make_whole("what did the repair cost?", BRIDGE, names)
    assert whole.text == "what did the repair cost?"
    assert whole.otherwise == ("what did the repair cost (closed Tarn Bridge)?",)


@pytest.mark.parametrize("question", ["what did the Sele Dam cost?", "what did it cost?"])
def test_a_question_that_names_something_or_leans_is_read_in_one_way(names: Names, question: str) -> None:
    assert not make_whole(question, BRIDGE, names).otherwise


@pytest.mark.parametrize(
    "question",
    ["and who held the post before him?", "who held the post before him?", "who had it before him?"],
)
def test_asking_past_an_answer_bars_it_and_keeps_the_post(names: Names, question: str) -> None:
    whole = make_whole(question, ENVOY, names)
    assert whole.barred == ("Rashid Bel-Omar",)
    assert {"ambassador", "uae", "uruguay", "before", "rashid"} <= set(fold(whole.text).split())


def test_bare_and_pronoun_questions_are_given_the_topic(names: Names) -> None:
    for question in ("why?", "when was it built?", "how much will that cost?"):
        whole = make_whole(question, BRIDGE, names)
        assert {"tarn", "bridge"} <= set(fold(whole.text).split()), whole
        assert not whole.barred


def test_names_carry_over_several_turns(names: Names) -> None:
    history = [*ENVOY, *turns("and who held the post before him?", "Salim Al-Hattan [1]. He left. [1]")]
    assert make_whole("how old is he?", history, names).text == "how old is Salim Al-Hattan?"
    history = [*ENVOY, *turns("when did he arrive?", "March 2024 [1]. He arrived in March 2024. [1]")]
    assert make_whole("and where was he born?", history, names).text == "where was Rashid Bel-Omar born?"


@pytest.mark.parametrize(
    "question",
    [
        "what is the price of salt in Moss?",
        "when was the Tarn Bridge built?",
        "who is the mayor of Port Ellery?",
    ],
)
def test_a_whole_question_is_left_alone(names: Names, question: str) -> None:
    for history in ([], ENVOY, BRIDGE, REFUSED):
        whole = make_whole(question, history, names)
        assert (whole.text, whole.barred) == (question, ())


def test_without_history_nothing_changes(names: Names) -> None:
    assert make_whole("and who held it before him?", [], names).text == "and who held it before him?"


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("Ada Quist [1]. She is head. [1]", "Ada Quist"),
        (f"{REFUSAL} Searched 2 articles [1].", ""),
        ("no mark at all", ""),
        ("word " * 60 + "[1]", ""),
        ("", ""),
    ],
)
def test_the_short_answer_of_a_turn(content: str, expected: str) -> None:
    assert short_of(content) == expected


pieces = st.one_of(
    st.text(max_size=10),
    st.sampled_from(
        "and what about who is the post he his it before [1] Ada Quist UAE Uruguay 2021 ? ( \\ that role".split(
            " "
        )
    ),
)
said = st.lists(pieces, max_size=8).map(" ".join)


@settings(max_examples=100, deadline=None)
@given(said, st.lists(st.tuples(st.sampled_from(["user", "assistant", "system", ""]), said), max_size=5))
def test_any_talk_is_taken(question: str, talk: list[tuple[str, str]]) -> None:
    history = [{"role": role, "content": content} for role, content in talk]
    whole = make_whole(question, history, NAMES)
    assert isinstance(whole.text, str)
    assert make_whole(question, history, NAMES) == whole
    assert [(t["role"], t["content"]) for t in history] == talk
    if question.strip():
        assert whole.text.strip()


def test_turns_without_their_keys_are_taken(names: Names) -> None:
    assert make_whole("why?", [{}, {"role": "user"}, {"content": "x"}], names).text
