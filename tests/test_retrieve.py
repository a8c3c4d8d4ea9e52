"""Passages for a question: found under every spelling, in the order that its words, its names and its time ask for."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.assistant import Assistant
from rag.models import load_embedder
from rag.question import understand
from rag.retrieve import coverage, inverse_frequencies, match_expression, reciprocal_rank_fusion, retrieve
from rag.schema import Found

TODAY = date(2024, 10, 15)


def found(assistant: Assistant, text: str, as_of: str = "", **changes: int) -> Found:
    question = understand(text, assistant.names, today=TODAY, as_of=as_of)
    config = assistant.config.with_changes(**changes)
    return retrieve(question, assistant.index, load_embedder(config.embedder), assistant.names, config)


def paths(result: Found) -> list[str]:
    return [n.node.metadata["path"] for n in result.passages]


@pytest.mark.parametrize(
    ("question", "path"),
    [
        ("who is the director of the FSB?", "bridge.html"),
        ("who is the director of the Ferry Safety Bureau?", "bridge.html"),
        ("where was Zoe Marin Vega born?", "envoys/orchestra.txt"),
        ("where was Zoë Marín-Vega born?", "envoys/orchestra.txt"),
        ("who conducts the orchestra of Elleryhavn?", "envoys/orchestra.txt"),
        ("who gave the tower its bell?", "undated.md"),
        ("who lost his trade to electric boats?", "digest.txt"),
        ("what did the smith pour?", "undated.md"),
    ],
)
def test_the_right_passage_comes_first(assistant: Assistant, question: str, path: str) -> None:
    assert paths(found(assistant, question))[0] == path


@pytest.mark.parametrize("state", ["UAE", "United Arab Emirates", "Emirati", "the Emirates"])
def test_a_states_spellings_find_the_same(assistant: Assistant, state: str) -> None:
    envoys = {"envoys/2021-montevideo.md", "envoys/2024-montevideo.md"}
    assert set(paths(found(assistant, f"who is the {state} ambassador to Uruguay?"))[:2]) == envoys


def test_the_time_asked_about_decides_between_like_passages(assistant: Assistant) -> None:
    assert paths(found(assistant, "who was ambassador to Uruguay in 2021?"))[0] == "envoys/2021-montevideo.md"
    assert paths(found(assistant, "who was ambassador to Uruguay in 2024?"))[0] == "envoys/2024-montevideo.md"


def test_nothing_published_after_as_of_is_found(assistant: Assistant) -> None:
    for as_of in ("2021", "2022-06", "2022-06-30"):
        dates = [
            n.node.metadata["published"] for n in found(assistant, "who is the ambassador?", as_of).passages
        ]
        assert "2021-04-12" in dates
        assert all(published <= "2022-06-30" for published in dates)


def test_scores_fall_and_top_n_is_kept(assistant: Assistant) -> None:
    everything = found(assistant, "what happened in Port Ellery?")
    scores = [n.score for n in everything.passages]
    assert scores == sorted(scores, reverse=True)
    assert len(scores) <= assistant.config.top_n
    assert paths(found(assistant, "what happened in Port Ellery?", top_n=2)) == paths(everything)[:2]
    assert found(assistant, "what happened in Port Ellery?") == everything


@pytest.mark.parametrize(
    "text",
    ['salt" OR "x', "NEAR(a b) AND NOT *", "title: bell ^", "what is it?", "…", "💡", "\x00 bell", "'--"],
)
def test_no_question_is_an_operator(assistant: Assistant, text: str) -> None:
    result = found(assistant, text)
    assert result.passages
    assert all(weight > 0 for weight in result.weights.values())


def test_match_expression_quotes_each_word(assistant: Assistant) -> None:
    question = understand('the bell OR "salt" NOT* lamp', assistant.names, today=TODAY)
    assert match_expression(question) == '"bell" OR "salt" OR "lamp"'


def test_rare_words_weigh_more(assistant: Assistant) -> None:
    weights = inverse_frequencies(["mayor", "ellery", "zebra"], assistant.index)
    assert weights["zebra"] > weights["mayor"] > 0


def test_coverage_is_a_share(assistant: Assistant) -> None:
    weights = {"bell": 2.0, "salt": 1.0, "geoarex": 1.0}
    assert coverage("bells and the UAE", weights, assistant.names) == pytest.approx(0.75)
    assert coverage("nothing of it", weights, assistant.names) == 0
    assert coverage("bell salt UAE", weights, assistant.names) == 1
    assert coverage("bell", {}, assistant.names) == 0


def test_fusion_sums_reciprocal_ranks() -> None:
    fused = reciprocal_rank_fusion([["a", "b"], ["b", "c"], []])
    assert fused == {"a": 1 / 61, "b": 1 / 62 + 1 / 61, "c": 1 / 62}
    assert reciprocal_rank_fusion([]) == {}


@settings(max_examples=50, deadline=None)
@given(st.lists(st.lists(st.sampled_from("abcdef"), unique=True), max_size=4))
def test_what_every_list_ranks_higher_is_higher_fused(lists: list[list[str]]) -> None:
    fused = reciprocal_rank_fusion(lists)
    assert set(fused) == {i for ranked in lists for i in ranked}
    for one in fused:
        for other in fused:
            if one != other and all(
                one in ranked and (other not in ranked or ranked.index(one) < ranked.index(other))
                for ranked in lists
            ):
                assert fused[one] > fused[other]
