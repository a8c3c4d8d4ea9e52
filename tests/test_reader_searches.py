"""Search questions over paragraphs: what is drawn is sound, however the text is laid out."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.reader_asked import written
from training.reader_example import Example
from training.reader_searches import SEARCHES, search_example, spaced

TEXT = 'The "Vell Rose" (built 1.5 km away, in 1,902 days) is Ada Quist\'s ship; the U.S. bought it.'
PIER = {
    "title": "Pier of Vell",
    "text": "Ada Quist opened the pier in 1902.",
    "questions": [
        {"question": "who opened vell pier", "start": 0, "end": 9},
        {"question": "when did vell pier burn", "start": -1, "end": -1},
    ],
}
BOAT = {
    "title": "Boats",
    "text": "The boats are made of oak.",
    "questions": [{"question": "what are vell boats made of", "start": 22, "end": 25}],
}


def test_tokens_stand_apart() -> None:
    assert spaced(Example("q", TEXT, -1, -1)).context == (
        "The `` Vell Rose '' ( built 1.5 km away , in 1,902 days ) is Ada Quist 's ship ; the U.S. bought it ."
    )


@given(st.data())
def test_the_answer_is_kept_where_tokens_stand_apart(data: st.DataObject) -> None:
    words = [i for i in range(len(TEXT)) if TEXT[i].isalpha() and not TEXT[i - 1 : i].isalpha()]
    start = data.draw(st.sampled_from(words))
    ends = [
        i for i in range(start + 1, len(TEXT) + 1) if TEXT[i - 1].isalnum() and not TEXT[i : i + 1].isalnum()
    ]
    end = data.draw(st.sampled_from(ends))
    made = spaced(Example("q", TEXT, start, end))
    letters = [c for c in made.context[made.start : made.end] if c.isalnum()]
    if made.context != TEXT:
        assert "".join(c for c in TEXT[start:end] if c.isalnum()) in "".join(letters)


@pytest.mark.parametrize("seed", range(40))
def test_an_example_has_its_answer_or_none(seed: int) -> None:
    example = search_example(random.Random(seed), [PIER, BOAT])
    if example.answerable:
        said = example.context[example.start : example.end]
        assert said == ("oak" if "boats" in example.question else "Ada Quist")
    else:
        assert "burn" in example.question or ("boats" in example.question) == ("pier" in example.context)


def test_every_written_paragraph_is_of_the_form() -> None:
    rows = written(SEARCHES)
    assert len({row["title"] + row["text"] for row in rows}) == len(rows)
    for row in rows:
        assert row["questions"]
        for asked in row["questions"]:
            assert asked["question"].strip() == asked["question"] != ""
            assert asked["start"] == asked["end"] == -1 or 0 <= asked["start"] < asked["end"] <= len(
                row["text"]
            )
