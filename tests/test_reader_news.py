"""The rules that make training questions of sentences: each answer is the part of the sentence that is asked for."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from training.reader_news import NewsQuestions, Rules, base_form

KNOWN = frozenset("announce open close visit plan carry".split())
RULES = Rules(KNOWN)


@pytest.mark.parametrize(
    ("sentence", "word", "answer"),
    [
        ("Uruguayan Foreign Minister Zoe Marin arrived.", "minister", "Zoe Marin"),
        ("Zoe Marin, the mayor of the port of Vell, arrived.", "mayor", "Zoe Marin"),
        ("The lighthouse was closed after the storm in May 2019.", "when", "May 2019"),
        ("The port opened a new pier for barges in Vell.", "where", "Vell"),
        ("The ferry was cancelled because the water was too low.", "why", "the water was too low"),
        ("“The salt is worth more than the ship is,” said Zoe Marin.", "who said", "Zoe Marin"),
        (
            "Salt Harbour is a small town with nine piers and a lighthouse.",
            "what is",
            "a small town with nine piers",
        ),
        ("At least 40 barges were moved to the other side.", "how many", "At least 40"),
    ],
)
def test_a_sentence_gives_its_question(sentence: str, word: str, answer: str) -> None:
    made = [RULES.made(random.Random(seed), sentence) for seed in range(20)]
    found = {(q.lower(), sentence[a:b]) for run in made for q, a, b in run}
    assert any(word in question and said.startswith(answer) for question, said in found), found


@settings(max_examples=50, deadline=None)
@given(st.text(max_size=300))
def test_any_text_gives_answers_that_stand_in_it(text: str) -> None:
    for question, start, end in RULES.made(random.Random(1), text):
        assert question.strip()
        assert 0 <= start < end <= len(text)


def test_examples_hold_their_answers_and_some_have_none() -> None:
    text = (
        "Uruguayan Foreign Minister Zoe Marin arrived in Vell on 4 May. The port had opened a new pier before that. "
        "Zoe Marin, the mayor of the town, said that nine barges had been lost in the storm. The lighthouse was closed "
        "because the lamp was out. Nobody was hurt, and the ferry ran again by noon, as the harbour master told us."
    )
    questions = NewsQuestions([text], KNOWN)
    made = [questions.example(random.Random(seed)) for seed in range(80)]
    assert any(not example.answerable for example in made)
    for example in made:
        if example.answerable:
            assert example.context[example.start : example.end] in text
    assert made == [questions.example(random.Random(seed)) for seed in range(80)]


@pytest.mark.parametrize(
    ("past", "base"), [("announced", "announce"), ("opened", "open"), ("planned", "plan"), ("carried", "carry"),
                       ("met", "meet"), ("zzzed", "")]
)  # fmt: skip
def test_the_form_after_did(past: str, base: str) -> None:
    assert base_form(past, KNOWN) == base
