"""What may answer which kind of question."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.fitting import fits
from rag.names import Names
from rag.question import understand

NAMES = Names.load()  # not the fixture: Hypothesis would print all of it


def may(text: str, question: str, sentence: str = "", kind: str = "") -> bool:
    asked = understand(question, NAMES, today=date(2026, 1, 1))
    if kind:
        asked = replace(asked, kind=kind)  # type: ignore[arg-type]
    return fits(text, sentence or f"It was told: {text}.", asked, NAMES)


@pytest.mark.parametrize(
    ("text", "question", "expected"),
    [
        ("21 September 2023", "when did it open?", True),
        ("last week", "when did it open?", True),
        ("Ada Quist", "when did it open?", False),
        ("22 people", "how many people work there?", True),
        ("fifteen", "how many members voted?", True),
        ("the town council", "how many members voted?", False),
        ("Ada Quist", "who is it?", True),
        ("the town council", "who decided it?", True),
        ("Uruguay", "who is it?", False),
        ("1931", "who is it?", False),
        ("in the Salt Hall", "where is it held?", True),
        ("Montevideo", "where is it held?", True),
        ("rust", "where is it held?", False),
        ("rust", "what is it?", True),
        ("", "what is it?", False),
        ("Peru, Chile and Bolivia", "which countries signed it?", True),
        ("President Ada Quist and two aides", "which countries signed it?", False),
        ("Peru", "which countries signed it?", False),
        ("Uruguay", "what South American country signed it?", True),
        ("the salt board", "which government paid for it?", False),
        ("salt and rust", "what are the dangers?", True),
    ],
)
def test_what_may_answer_which_question(text: str, question: str, expected: bool) -> None:
    assert may(text, question) is expected


def test_a_why_needs_a_sentence_that_gives_a_cause() -> None:
    why = "why did the steel rust?"
    assert may("salt water", why, "The steel rusted because of salt water.")
    assert not may("salt water", why, "The ship carries salt water.")


pieces = st.one_of(
    st.text(max_size=10), st.sampled_from(["Ada", "UAE", "1931", "5 March", "%", "two", "because", "the"])
)
texts = st.lists(pieces, max_size=6).map(" ".join)


@settings(max_examples=60, deadline=None)
@given(
    texts,
    texts,
    st.sampled_from(["who", "when", "where", "how-many", "why", "how", "what", "list", "open", "yes-no"]),
)
def test_any_text_fits_or_does_not(text: str, question: str, kind: str) -> None:
    assert may(text, question, kind=kind) in (True, False)
