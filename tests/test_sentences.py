"""Sentences of news text end where a reader ends them, as exact spans."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.sentences import split_sentences

NEWS = st.text(alphabet="aB .!?\n\"'”’().-U.S。…é1\t", max_size=200) | st.text(max_size=200)


def sentences(text: str) -> list[str]:
    return [text[start:end] for start, end in split_sentences(text)]


@pytest.mark.parametrize(
    "parts",
    [
        ["The U.S. President met Mr. Park in Lima.", "They spoke for two hours."],
        ["He lives in the U.S.", "The town is small."],
        ["N. Korea said on Sept. 19 that Gen. Ri Yong Ho had left.", "It gave no reason."],
        ["“We agreed,” she said.", "“Now we wait.”", "Nobody objected."],
        ['"How much?" the clerk asked.', '"Ten."', "He paid."],
        ["The plan is ... still alive, he said.", "It may pass."],
        ["Exports rose 3.5 percent to $1.2 billion.", "Imports fell."],
        ["J. K. Tanaka of Acme Corp. resigned.", "The board met at 8 a.m. on Monday."],
        ["Is it over?", "No.", "Talks go on!"],
        ["See No. 5 in the list.", "It is the last one."],
        ["会谈于周二举行。", "双方签署了协议。"],
        ["“Will he come?” asked the host.", "(He did not.)", "The hall emptied."],
    ],
)
def test_sentences_end_where_a_reader_ends_them(parts: list[str]) -> None:
    joiner = "" if "。" in parts[0] else " "
    assert sentences(joiner.join(parts)) == parts


def test_a_blank_line_ends_a_sentence_and_a_line_break_does_not() -> None:
    assert sentences("Bridge closes\n\nThe bridge closed\non Monday.") == [
        "Bridge closes",
        "The bridge closed\non Monday.",
    ]


def test_list_items_stand_alone() -> None:
    assert sentences("Three points:\n- ships\n- trains\n- roads") == [
        "Three points:",
        "- ships",
        "- trains",
        "- roads",
    ]


@given(NEWS)
def test_spans_are_ordered_trimmed_and_lose_nothing(text: str) -> None:
    spans = split_sentences(text)
    covered = bytearray(len(text))
    end_before = 0
    for start, end in spans:
        assert end_before <= start < end <= len(text)
        assert not text[start].isspace()
        assert not text[end - 1].isspace()
        assert "\n\n" not in text[start:end]
        covered[start:end] = b"\x01" * (end - start)
        end_before = end
    assert all(covered[i] or character.isspace() for i, character in enumerate(text))
