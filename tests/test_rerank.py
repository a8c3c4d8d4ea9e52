"""The best passages read with the question: their order, and the spans in their own characters."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from llama_index.core.schema import NodeWithScore, TextNode

from rag.models import load_reader
from rag.names import Names
from rag.question import Question, understand
from rag.reader import Reader
from rag.rerank import READ, clear, rerank
from rag.schema import Found

NAMES = Names.load()
HARBOUR = "The harbour of Verrin was dredged last year, and the ferries no longer wait for the tide."
BELL = "The bell of Verrin was cast by Jorun Aske, who had a workshop behind the church."
WHO = "Who cast the bell of Verrin?"


@pytest.fixture(scope="module")
def reader() -> Reader:
    found = load_reader("built-in")
    assert found is not None
    return found


def asked(question: str) -> Question:
    return understand(question, NAMES, today=date(2026, 1, 1))


def found(*texts: str, title: str = "") -> Found:
    nodes = [
        NodeWithScore(
            node=TextNode(
                id_=f"p{n}", text=text, metadata={"title": title, "published": "2019-03-14", "start": 100 * n}
            ),
            score=2.0 - n / 100,
        )
        for n, text in enumerate(texts)
    ]
    return Found(tuple(nodes), {})


def ids(result: Found) -> list[str]:
    return [scored.node.node_id for scored in result.passages]


def test_the_passage_with_the_answer_comes_first(reader: Reader) -> None:
    given_passages = found(HARBOUR, BELL)
    result = rerank(asked(WHO), given_passages, reader, NAMES)
    assert ids(result) == ["p1", "p0"]
    assert ids(given_passages) == ["p0", "p1"], "what was given is as it was"
    assert result.spans is not None
    best = result.spans[0]
    assert (best.passage, best.text) == (0, "Jorun Aske")


def test_what_may_be_a_topic_is_read_and_stays_in_order(reader: Reader) -> None:
    result = rerank(asked("maker of the bell of Verrin"), found(HARBOUR, BELL), reader, NAMES)
    assert ids(result) == ["p0", "p1"]
    assert result.spans is not None
    assert (result.spans[0].passage, result.spans[0].text) == (1, "Jorun Aske")


def test_spans_are_in_the_words_of_the_page(reader: Reader) -> None:
    page = "Officials of the Democratic People's Republic of Korea (DPRK) said that Ada Quist is their envoy in Vell."
    result = rerank(asked("Who is North Korea's envoy in Vell?"), found(page), reader, NAMES)
    assert result.spans is not None
    assert result.spans[0].text == "Ada Quist"
    for span in result.spans:
        assert page[span.start : span.end] == span.text


def test_a_headline_is_read_and_not_cited(reader: Reader) -> None:
    text = "He had a workshop behind the church."
    result = rerank(asked(WHO), found(text, title="Jorun Aske cast the bell of Verrin"), reader, NAMES)
    assert result.spans is not None
    assert all(text[span.start : span.end] == span.text for span in result.spans)


@pytest.mark.parametrize("question", ["What happened in Verrin?", "Was the bell cast in Verrin?"])
def test_what_no_span_answers_is_not_read(question: str, reader: Reader) -> None:
    given_passages = found(HARBOUR, BELL)
    assert rerank(asked(question), given_passages, reader, NAMES) is given_passages


def test_without_a_reader_or_passages_nothing_changes(reader: Reader) -> None:
    given_passages = found(HARBOUR, BELL)
    assert rerank(asked(WHO), given_passages, None, NAMES) is given_passages
    assert rerank(asked(WHO), found(), reader, NAMES).passages == ()


def test_only_the_best_passages_are_read(reader: Reader) -> None:
    many = found(*[HARBOUR] * READ, BELL)
    result = rerank(asked(WHO), many, reader, NAMES)
    assert result.passages[-1].node.node_id == f"p{READ}"
    assert result.spans is not None
    assert all(span.passage < READ for span in result.spans)


@given(st.floats(allow_nan=False), st.floats(allow_nan=False))
def test_surer_is_clearer(one: float, other: float) -> None:
    assert 0 <= clear(one) <= 1
    assert one > other or clear(one) <= clear(other)


@settings(max_examples=15, deadline=None)
@given(st.lists(st.text(max_size=60), max_size=4), st.text(max_size=40))
def test_any_text_is_read_without_complaint(texts: list[str], title: str) -> None:
    result = rerank(asked(WHO), found(*texts, title=title), load_reader("built-in"), NAMES)
    assert sorted(ids(result)) == sorted(ids(found(*texts)))
    for span in result.spans or ():
        assert result.passages[span.passage].node.get_content()[span.start : span.end] == span.text
