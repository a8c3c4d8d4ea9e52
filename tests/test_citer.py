"""A model's text as it streams: marks in every form, bound to sentences, never shown broken."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.cite import Citer
from rag.ground import Ground
from rag.marks import find_marks, numbers_of
from rag.names import Names
from rag.prompts import MARK
from rag.schema import Citation
from rag.writing import without_thoughts

NAMES = Names.load()
TEXTS = (
    "Rashid Bel-Omar is the new ambassador to Uruguay. He handed over his letters on 5 March 2024. Rain fell all day.",
    "The barge sank with 300 tonnes of salt. Nobody was hurt, a guard said.",
)
SOURCES = [
    Citation(n, f"a{n}", f"Title {n}", "Post", "2024-03-06", "stated", f"{n}.md", text, 100, 100 + len(text))
    for n, text in enumerate(TEXTS, 1)
]


def cited(text: str, pieces: list[str] | None = None) -> tuple[str, Citer]:
    citer = Citer(Ground(SOURCES, NAMES, None))
    out = "".join([*map(citer.feed, pieces or [text]), citer.finish()])
    return out, citer


@pytest.mark.parametrize(
    ("written", "numbers"),
    [
        ("[1]", [(1,)]),
        ("[1,2]", [(1, 2)]),
        ("[1, 2; 4 and 7]", [(1, 2, 4, 7)]),
        ("[1-3]", [(1, 2, 3)]),
        ("[2–4]", [(2, 3, 4)]),
        ("【1】", [(1,)]),
        ("【1†source】", [(1,)]),
        ("[^1]", [(1,)]),
        ("[[1]]", [(1,)]),
        ("[Source 1]", [(1,)]),
        ("[passage 2, 3]", [(2, 3)]),
        ("word[1]word", [(1,)]),
        ("[1][2]", [(1,), (2,)]),
        ("[2018] [sic] [1a] [1](http://x) (1)", []),
    ],
)
def test_marks_in_every_form(written: str, numbers: list[tuple[int, ...]]) -> None:
    assert [m.numbers for m in find_marks(written)] == numbers


def test_a_range_that_is_none_is_its_ends() -> None:
    assert numbers_of("9-2") == (9, 2)
    assert numbers_of("1-900") == (1, 900)


def test_a_mark_is_bound_to_the_sentence_that_bears_the_claim() -> None:
    text, citer = cited("Letters were handed over on 5 March 2024 [1]. A barge with 300 tonnes sank【2】.")
    assert text == "Letters were handed over on 5 March 2024 [1]. A barge with 300 tonnes sank [2]."
    assert [c.quote for c in citer.citations] == [
        "He handed over his letters on 5 March 2024.", "The barge sank with 300 tonnes of salt.",
    ]  # fmt: skip
    first = citer.citations[0]
    assert TEXTS[0][first.start - 100 : first.end - 100] == first.quote
    assert first.article_id == "a1"


def test_one_passage_may_be_cited_for_several_of_its_sentences() -> None:
    text, citer = cited(
        "The ambassador to Uruguay is new [1]. Rain fell that day [1]. He is the new ambassador [1]."
    )
    assert (
        text == "The ambassador to Uruguay is new [1]. Rain fell that day [2]. He is the new ambassador [1]."
    )
    assert len(citer.citations) == 2


def test_marks_at_the_head_of_a_sentence_move_behind_it() -> None:
    assert cited("[2] The barge sank with 300 tonnes.")[0] == " The barge sank with 300 tonnes. [1]"


def test_unknown_marks_are_dropped_and_counted() -> None:
    text, citer = cited("The barge sank [7,2][9]. Nobody was hurt [8].")
    assert "[7]" not in text
    assert "[9]" not in text
    assert citer.dropped == 3


def test_a_sentence_without_marks_gets_those_of_clear_support_alone() -> None:
    text, citer = cited("The barge sank with 300 tonnes of salt. The captain wept for his lost parrot.")
    assert text == "The barge sank with 300 tonnes of salt. [1] The captain wept for his lost parrot."
    assert [s.numbers for s in citer.statements] == [(1,), ()]
    assert citer.added == 1


def test_a_refusal_and_a_lead_in_are_no_claims() -> None:
    text, citer = cited("Here is what they say:\nThe articles do not say. [1]")
    assert text == "Here is what they say:\nThe articles do not say."
    assert citer.statements == []


def test_words_come_as_they_are_written() -> None:
    citer = Citer(Ground(SOURCES, NAMES, None))
    assert citer.feed("The barge ") == "The barge"
    assert citer.feed("sank [") == " sank"
    assert citer.feed("2") == ""
    assert citer.feed("]. Nobody") == ""
    assert citer.feed(" was") == " [1]. Nobody was"


fragments = st.one_of(
    st.text(max_size=6),
    st.integers(0, 12).map("[{}]".format),
    st.sampled_from(
        [
            "[", "]", "[[1]]", "[1, 2]", "[1-2]", "【2】", "[^1]", "【", "[1†x】", ". ", "\n", "\n\n", "- ",
            "The barge sank",
            " 300 tonnes", " on 5 March 2024", "Mr. ", "U.S. ", "“Nobody", "”", "。", " Bel-Omar ", "[2].", " a. b ",
            "…",            "Nobody was hurt.", "!", "[Source 1]", "(", "[1](x)",
        ]
    ),
)  # fmt: skip


def split(text: str, cuts: list[int]) -> list[str]:
    edges = sorted({0, len(text), *(c % (len(text) + 1) for c in cuts)})
    return [text[a:b] for a, b in pairwise(edges)]


@settings(max_examples=300, deadline=None)
@given(st.lists(fragments, max_size=14).map("".join), st.lists(st.integers(0, 400), max_size=30))
def test_however_it_is_split_the_joined_stream_is_the_whole(text: str, cuts: list[int]) -> None:
    whole, once = cited(text)
    joined, parts = cited(text, split(text, cuts))
    assert joined == whole
    assert parts.citations == once.citations
    assert parts.statements == once.statements
    assert {
        int(n) for n in MARK.findall(whole) if int(n) not in {c.number for c in once.citations}
    } <= _plain(text)
    for citation in once.citations:
        source = SOURCES[int(citation.article_id[1:]) - 1]
        assert source.quote[citation.start - 100 : citation.end - 100] == citation.quote
    assert all(set(s.numbers) <= {c.number for c in once.citations} for s in once.statements)


def _plain(text: str) -> set[int]:
    """Numbers in brackets that are no marks, as the "1" of "[1](x)": they stay as text."""
    return {int(m) for m in re.findall(r"\[(\d{1,3})\]\(", text)}


@settings(max_examples=200, deadline=None)
@given(st.lists(fragments, max_size=10).map("".join))
def test_no_piece_ends_within_a_mark(text: str) -> None:
    citer = Citer(Ground(SOURCES, NAMES, None))
    shown = ""
    for char in text:
        shown += citer.feed(char)
        tail = re.search(r"\[\d{0,3}$", shown)
        assert tail is None or tail.group() not in ("[", "[1", "[2") or not text.startswith(shown + "]")


thoughtful = st.lists(
    st.sampled_from(
        ["<think>", "</think>", "<thinking>", "</thinking>", "<", "think", "a", "b ", "</", ">", "\n"]
    ),
    max_size=12,
)


@settings(max_examples=300, deadline=None)
@given(thoughtful.map("".join), st.lists(st.integers(0, 90), max_size=20))
def test_thoughts_are_left_out_however_they_are_split(text: str, cuts: list[int]) -> None:
    whole = "".join(without_thoughts(iter([text])))
    assert "".join(without_thoughts(iter(split(text, cuts)))) == whole
    if "<think" not in text and "</think" not in text:
        assert whole == text


def test_thoughts() -> None:
    def shown(*pieces: str) -> str:
        return "".join(without_thoughts(iter(pieces)))

    assert shown("<thi", "nk>no [1]</thi", "nk>yes") == "yes"
    assert shown("a <think>never ended") == "a "
    assert shown("1 < 2 <thin air") == "1 < 2 <thin air"


def test_closing_the_stream_closes_its_source() -> None:
    closed = []

    def source() -> Iterator[str]:
        try:
            while True:
                yield "a"
        finally:
            closed.append(True)

    stream = without_thoughts(source())
    next(stream)
    stream.close()  # type: ignore[attr-defined]
    assert closed == [True]


def test_a_mark_may_end_the_word_that_tells_a_sentence_has_begun() -> None:
    assert cited(". 0 [0]", [". 0 ", "[0]"])[0] == cited(". 0 [0]")[0] == ". 0"
    assert cited("U.S. T [0]he end.", list("U.S. T [0]he end."))[0] == cited("U.S. T [0]he end.")[0]
