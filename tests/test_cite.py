"""Marks and what they name: numbered as a reader meets them, none astray."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from rag.cite import cite
from rag.prompts import MARK
from rag.schema import Citation


def evidence(*numbers: int) -> list[Citation]:
    return [
        Citation(n, f"a{n}", f"Title {n}", "", "", "unknown", f"{n}.md", f"quote {n}", 0, 7) for n in numbers
    ]


def test_numbers_follow_first_use_and_unused_evidence_is_left_out() -> None:
    cited = cite("One [3]. Two [1][3].", evidence(1, 2, 3))
    assert cited.text == "One [1]. Two [2][1]."
    assert [(c.number, c.quote) for c in cited.citations] == [(1, "quote 3"), (2, "quote 1")]
    assert cited.numbers == {3: 1, 1: 2}
    assert cited.dropped == 0


def test_marks_that_name_nothing_are_taken_out_with_their_space_and_counted() -> None:
    cited = cite("One [7]. Two [0] and [1] three [7][1].", evidence(1))
    assert cited.text == "One. Two and [1] three[1]."
    assert cited.dropped == 3


def test_evidence_beside_the_text_is_numbered_after_it() -> None:
    cited = cite("One [2].", evidence(1, 2, 3), also=[3, 2, 9])
    assert cited.text == "One [1]."
    assert [c.article_id for c in cited.citations] == ["a2", "a3"]
    assert cited.numbers == {2: 1, 3: 2}


def test_brackets_that_are_no_marks_stay() -> None:
    text = "in [2018] he [sic] said [1234] and [ 1 ] and [1a]"
    assert cite(text, evidence(1)).text == text


pieces = st.one_of(
    st.text(max_size=8),
    st.integers(0, 12).map("[{}]".format),
    st.sampled_from(["[", "]", "[[1]", " [2] ", "\n", "[٣]"]),
)


@settings(max_examples=150, deadline=None)
@given(
    st.lists(pieces, max_size=15).map("".join),
    st.sets(st.integers(0, 9), max_size=6),
    st.lists(st.integers(0, 12), max_size=4),
)
def test_any_text_ends_with_marks_that_name_its_citations(
    text: str, known: set[int], also: list[int]
) -> None:
    given_evidence = evidence(*known)
    cited = cite(text, given_evidence, also)
    marks = [int(n) for n in MARK.findall(cited.text)]
    assert set(marks) <= {c.number for c in cited.citations}
    assert [c.number for c in cited.citations] == list(range(1, len(cited.citations) + 1))
    assert list(dict.fromkeys(marks)) == list(range(1, len(set(marks)) + 1))
    assert {c.article_id for c in cited.citations} == {f"a{n}" for n in cited.numbers}
    assert cited.dropped == sum(int(n) not in known for n in MARK.findall(text))
    again = cite(cited.text, cited.citations)
    assert (again.text, again.dropped) == (cited.text, 0)
    assert given_evidence == evidence(*known)
