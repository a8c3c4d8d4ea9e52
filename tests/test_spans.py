"""Names, places, dates and numbers of a sentence, by their look."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.names import Names
from rag.spans import name_spans, typed_spans

NAMES = Names.load()  # not the fixture: Hypothesis would print all of it


def texts(sentence: str, names: Names, sort: str) -> list[str]:
    return [sentence[s.start : s.end] for s in typed_spans(sentence, names) if s.sort == sort]


def named(sentence: str) -> list[str]:
    return [sentence[a:b] for a, b in name_spans(sentence)]


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("The skipper Otto Lindqvald met Ada Quist.", ["Otto Lindqvald", "Ada Quist"]),
        ("Zoë Marín-Vega will lead it, said Tomás Brandt-Ide.", ["Zoë Marín-Vega", "Tomás Brandt-Ide"]),
        ("Then Émile Zöld and Łukasz Öberg spoke.", ["Émile Zöld", "Łukasz Öberg"]),
        ("They met Juan Carlos de la Vega on Monday.", ["Juan Carlos de la Vega"]),
        ("On Monday it was Otto Lindqvald's boat.", ["Otto Lindqvald"]),
        ("However, nobody was hurt in March.", []),
        ("no name here", []),
        ("", []),
    ],
)
def test_names(sentence: str, expected: list[str]) -> None:
    assert named(sentence) == expected


@pytest.mark.parametrize(
    ("sentence", "sort", "expected"),
    [
        ("It carries about 6,400 vehicles and cost $12 million.", "number", ["6,400", "$12 million"]),
        (
            "Eleven of its fifteen members voted, 22 people did not.",
            "number",
            ["Eleven", "fifteen", "22 people"],
        ),
        ("About 35 percent of 80,000 crowns", "number", ["35 percent", "80,000"]),
        ("She arrived in Montevideo from Uruguay.", "place", ["Montevideo", "Uruguay"]),
        ("In Port Ellery nobody slept.", "place", ["Port Ellery"]),
        ("The lamp hangs near Cape Verrin.", "place", ["Cape Verrin"]),
        ("Ada Quist spoke.", "place", []),
        ("Uruguay voted.", "name", []),
        ("They left two weeks ago, in 2023.", "number", []),
    ],
)
def test_spans_of_a_sort(names: Names, sentence: str, sort: str, expected: list[str]) -> None:
    assert texts(sentence, names, sort) == expected


@pytest.mark.parametrize(
    ("sentence", "date"),
    [
        ("It opens on 21 September 2023 at noon.", "21 September 2023"),
        ("It was built in 1931.", "1931"),
        ("They left two weeks ago.", "two weeks ago"),
        ("He left on Monday.", "on Monday"),
        ("It sank last night.", "last night"),
    ],
)
def test_dates_are_spans(names: Names, sentence: str, date: str) -> None:
    assert date in texts(sentence, names, "date")


pieces = st.one_of(
    st.text(max_size=10),
    st.sampled_from("Ada de la Of The Uruguay UAE 1931 5 March $ % two last Émile ' . - \n".split(" ")),
)


@settings(max_examples=80, deadline=None)
@given(st.lists(pieces, max_size=10).map(" ".join))
def test_any_text_gives_spans_within_it(text: str) -> None:
    spans = typed_spans(text, NAMES)
    assert all(0 <= s.start < s.end <= len(text) for s in spans)
    assert spans == sorted(spans, key=lambda s: (s.start, s.end))
    assert all(text[a:b].strip() == text[a:b] != "" for a, b in name_spans(text))


def test_long_runs_of_capitals_and_digits_are_one_span_each(names: Names) -> None:
    words = "Ada " * 5000
    assert named(f"He met {words}today") == [words.strip()]
    assert texts("sum " + "1," * 5000 + "1", names, "number") == ["1," * 5000 + "1"]
