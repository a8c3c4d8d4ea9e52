"""What may answer which kind of question."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.fitting import fits
from rag.names import Names

NAMES = Names.load()  # not the fixture: Hypothesis would print all of it


@pytest.mark.parametrize(
    ("text", "question", "kind", "expected"),
    [
        ("21 September 2023", "when did it open?", "when", True),
        ("last week", "when did it open?", "when", True),
        ("Ada Quist", "when did it open?", "when", False),
        ("22 people", "how many people work there?", "how-many", True),
        ("fifteen", "how many members voted?", "how-many", True),
        ("the town council", "how many members voted?", "how-many", False),
        ("Ada Quist", "who is it?", "who", True),
        ("the town council", "who decided it?", "who", True),
        ("Uruguay", "who is it?", "who", False),
        ("1931", "who is it?", "who", False),
        ("in the Salt Hall", "where is it held?", "where", True),
        ("Montevideo", "where is it held?", "where", True),
        ("rust", "where is it held?", "where", False),
        ("rust", "what is it?", "what", True),
        ("", "what is it?", "what", False),
    ],
)
def test_what_may_answer_which_kind(
    names: Names, text: str, question: str, kind: str, expected: bool
) -> None:
    assert fits(text, f"It was told: {text}.", question, kind, names) is expected


def test_a_why_needs_a_sentence_that_gives_a_cause(names: Names) -> None:
    why = "why did the steel rust?"
    assert fits("salt water", "The steel rusted because of salt water.", why, "why", names)
    assert not fits("salt water", "The ship carries salt water.", why, "why", names)


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
    assert fits(text, f"It was told: {text}.", question, kind, NAMES) in (True, False)
