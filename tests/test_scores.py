"""What one answered question adds to each figure: worked by hand, over the tests' own corpus."""

from __future__ import annotations

from dataclasses import replace

import pytest

from rag.assistant import Assistant
from rag.judge import judge
from rag.questions import Question
from rag.schema import Answer, Citation, SentenceCheck
from rag.scores import score
from rag.shelf import Shelf

STAFF = Question(
    "staff",
    ("How many people does the embassy in Montevideo employ?",),
    ("14 people", "22 people"),
    sources=("envoys/2024", "envoys/2021"),
    kind="how-many",
)


def cite(assistant: Assistant, path: str, quote: str, number: int) -> Citation:
    article = next(a for a in assistant.index.articles() if a.path == path)
    at = article.text.index(quote)
    return Citation(number, article.id, article.title, "", "", "stated", path, quote, at, at + len(quote))


@pytest.fixture(scope="module")
def answer(assistant: Assistant) -> Answer:
    new = cite(
        assistant, "envoys/2024-montevideo.md", "The embassy, which opened in 2016, now employs 22 people.", 1
    )
    mayor = cite(assistant, "mayor-2020.md", "Edda Falk was sworn in as mayor of Port Ellery on Monday.", 2)
    checks = (
        SentenceCheck("It employs 22 people.", (1,), True),
        SentenceCheck("So does the mayor.", (2,), False),
    )
    text = "The 22 people [1]. It employs 22 people [1]. So does the mayor [2]."
    return Answer("", text, "The 22 people", (new, mayor), checks=checks)


def scored(assistant: Assistant, question: Question, answer: Answer) -> dict[str, tuple[float, float]]:
    hits = assistant.search(question.turns[-1], top_k=10)
    verdict = judge(question, answer, assistant.names)
    made = score(question, answer, verdict, hits, Shelf(assistant))
    return {name: (float(s.part), float(s.whole)) for name, s in made.items()}


def test_an_answer_worked_by_hand(assistant: Assistant, answer: Answer) -> None:
    made = scored(assistant, STAFF, answer)
    assert made["right"] == made["cited"] == made["short_right"] == (1, 1)
    assert made["exact_match"] == (1, 1)  # but for the article
    assert made["f1"] == (1, 1)
    assert made["containment"] == (1, 1)
    assert made["citation_precision"] == (1, 2)  # [1] is of a source, [2] is not
    assert made["citation_recall"] == (1, 1)
    assert made["supported"] == (1, 2)
    assert made["verbatim"] == (2, 2)
    assert "refusal_recall" not in made
    assert "follow_ups" not in made


def test_retrieval_counts_every_right_passage(assistant: Assistant, answer: Answer) -> None:
    hits = assistant.search(STAFF.turns[-1], top_k=10)
    ranks = [n for n, hit in enumerate(hits, 1) if "14 people" in hit.text or "22 people" in hit.text]
    assert len(ranks) == 2
    made = scored(assistant, STAFF, answer)
    assert made["recall_at_10"] == (1, 1)
    assert made["mrr_at_10"] == (1 / ranks[0], 1)
    assert made["hit_at_1"] == (ranks[0] == 1, 1)
    alone = scored(assistant, replace(STAFF, answers=("22 people", "no such words")), answer)
    assert alone["recall_at_10"] == (1, 1)
    assert "recall_at_10" not in scored(assistant, replace(STAFF, sources=()), answer)


def test_a_list_needs_a_quote_for_each(assistant: Assistant, answer: Answer) -> None:
    both = replace(STAFF, answers=(), answers_all=("14 people", "22 people"), kind="list")
    made = scored(assistant, both, answer)
    assert made["citation_recall"] == (0.5, 1)
    assert made["containment"] == (0, 1)
    assert made["right"] == (0, 1)


def test_a_quote_that_is_not_in_its_article_is_counted(assistant: Assistant, answer: Answer) -> None:
    first = answer.citations[0]
    moved = replace(answer, citations=(replace(first, start=first.start + 1, end=first.end + 1),))
    assert scored(assistant, STAFF, moved)["verbatim"] == (0, 1)
    gone = replace(answer, citations=(replace(first, article_id="gone"),))
    assert scored(assistant, STAFF, gone)["verbatim"] == (0, 1)


def test_refusals(assistant: Assistant) -> None:
    refusal = Answer("", "The articles do not say.", refused=True)
    silent = Question("none", ("Who?",), refuse=True)
    assert scored(assistant, silent, refusal) == {
        "right": (1, 1), "refusal_precision": (1, 1), "refusal_recall": (1, 1),
    }  # fmt: skip
    wrongly = scored(assistant, STAFF, refusal)
    assert wrongly["refusal_precision"] == wrongly["f1"] == wrongly["citation_recall"] == (0, 1)
    assert "citation_precision" not in wrongly
    assert "refusal_recall" not in wrongly


def test_a_yes_no_question_is_right_where_its_source_is(assistant: Assistant, answer: Answer) -> None:
    asked = replace(
        STAFF, turns=("Does the embassy in Montevideo employ 22 people?",), answers=("yes",), kind="yes-no"
    )
    made = scored(assistant, asked, replace(answer, short="Yes", text="Yes [1]."))
    assert made["right"] == made["cited"] == made["exact_match"] == (1, 1)
    assert made["hit_at_3"] == (1, 1)
    assert not {"recall_at_10", "ndcg_at_10", "citation_recall"} & made.keys()


def test_a_conversation_counts_as_one(assistant: Assistant, answer: Answer) -> None:
    assert scored(assistant, replace(STAFF, turns=("Who?", STAFF.turns[0])), answer)["follow_ups"] == (1, 1)
