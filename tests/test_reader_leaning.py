"""Training texts that lean on what stands above them: the answer is where it was, and the name is gone."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from training.reader_example import Example
from training.reader_leaning import capitals, dated, forget

TEXT = "The salt board of Uruguay met. Uruguay's minister, Ada Quist, said that Uruguay would close two pits."


def example(answer: str = "Ada Quist", text: str = TEXT) -> Example:
    start = text.index(answer)
    return Example("Who is the minister of Uruguay?", text, start, start + len(answer))


def said(made: Example) -> str:
    return made.context[made.start : made.end]


@pytest.mark.parametrize("seed", range(30))
def test_the_name_goes_from_the_text_and_the_answer_stays(seed: int) -> None:
    made = forget(random.Random(seed), example(), "Uruguay", "Two pits close", capitals())
    headline, _, rest = made.context.rpartition("\n")
    assert said(made) == "Ada Quist"
    assert "Uruguay" not in rest
    assert not headline or "Uruguay" in headline


def test_a_name_in_the_answer_stays() -> None:
    given = example("Uruguay")
    assert forget(random.Random(1), given, "Uruguay", "Two pits close", capitals()) == given


def test_what_has_no_answer_stays_as_it_is() -> None:
    none = Example("Who is the minister of Uruguay?", TEXT, -1, -1)
    assert forget(random.Random(1), none, "Uruguay", "", capitals()) == none
    assert dated(random.Random(1), none) == none


def test_the_time_in_the_question_is_that_above_the_text() -> None:
    made = dated(random.Random(3), example())
    assert said(made) == "Ada Quist"
    assert made.context.endswith(TEXT)
    assert made.context != TEXT
    month = made.context.split()[0]
    year = made.context.split("\n")[0].rstrip(".").split()[-1]
    assert month in made.question or year in made.question


def test_a_text_that_names_a_year_gets_no_other() -> None:
    text = TEXT + " That was in 1931."
    assert dated(random.Random(3), example(text=text)).context == text


@settings(max_examples=60, deadline=None)
@given(st.integers(), st.text("ab .U", max_size=40), st.text("ab .U", max_size=40))
def test_whatever_stands_around_the_answer_is_the_same(seed: int, before: str, after: str) -> None:
    text = f"{before} Ada Quist {after} Uruguay. {before} Uruguay's"
    made = forget(random.Random(seed), example(text=text), "Uruguay", "x", capitals())
    assert said(made) == "Ada Quist"
