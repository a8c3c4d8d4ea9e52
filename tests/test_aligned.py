"""Texts in the question's words: every place in them leads back to the words that the page has."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.aligned import Aligned
from rag.names import Names
from rag.rerank import for_question

NAMES = Names.load()
PRK, URY = "geoprkx", "geouryx"


@pytest.mark.parametrize(
    ("text", "asked", "read"),
    [
        ("the Democratic People's Republic of Korea said", {PRK}, "North Korea said"),
        ("DPRK officials in Pyongyang", {PRK}, "North Korea officials in Pyongyang"),
        ("Pyongyang said so", {PRK}, "North Korea said so"),
        ("Pyongyang said so", set(), "Pyongyang said so"),
        ("The DPRK said the North's site is shut", {PRK}, "North Korea said North Korea's site is shut"),
        ("The North's site is shut", {PRK}, "The North's site is shut"),
        ("the North Sea off the DPRK", {PRK}, "the North Sea off North Korea"),
        ("Montevideo agreed", {PRK}, "Montevideo agreed"),
        ("Montevideo agreed", {URY}, "Uruguay agreed"),
    ],
)
def test_names_are_read_as_the_question_spells_them(text: str, asked: set[str], read: str) -> None:
    assert for_question(text, asked, NAMES).text == read


def test_a_span_leads_back_to_what_the_page_says() -> None:
    page = "Ada Quist, minister of the Democratic People's Republic of Korea, left Vell."
    read = for_question(page, {PRK}, NAMES)
    for words, there in [
        ("Ada Quist", "Ada Quist"),
        ("left Vell", "left Vell"),
        ("North Korea", "the Democratic People's Republic of Korea"),
        ("Korea, left", "the Democratic People's Republic of Korea, left"),
    ]:
        at = read.text.index(words)
        start, end = read.back(at, at + len(words))
        assert page[start:end] == there


ranges = st.lists(st.tuples(st.integers(0, 40), st.integers(0, 5), st.text("xyz", max_size=6)), max_size=5)


@settings(max_examples=200, deadline=None)
@given(st.text("abc ", min_size=1, max_size=40), ranges, st.integers(0, 60), st.integers(1, 20))
def test_what_was_not_changed_leads_back_to_itself(
    text: str, wanted: list[tuple[int, int, str]], start: int, length: int
) -> None:
    replacements, free = [], 0
    for at, size, words in sorted(wanted):
        if free <= at and at + size <= len(text):
            replacements.append((at, at + size, words))
            free = at + size + 1
    made = Aligned.of(text, replacements)
    start = min(start, len(made.text))
    end = min(start + length, len(made.text))
    a, b = made.back(start, end)
    assert 0 <= a <= len(text)
    assert 0 <= b <= len(text)
    touched = any((p.start < end and start < p.end) or start <= p.start <= end for p in made.pieces)
    if not touched and start < end:
        assert text[a:b] == made.text[start:end]
