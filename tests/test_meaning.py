"""How near words are in meaning: forms and synonyms are, unrelated and unknown words are not."""

from __future__ import annotations

import numpy as np
import pytest

from rag.meaning import Meaning
from rag.models import load_meaning

SMALL = Meaning(
    {"one": 0, "near": 1, "far": 2},
    np.array([[1, 0], [0.8, 0.6], [0, 1]], dtype=np.float32),
    lambda texts: [[1.0, 0.0] if "one" in text else [0.6, 0.8] for text in texts],
)


@pytest.mark.parametrize(
    ("word", "others", "expected"),
    [
        ("one", ["one", "far"], 1.0),
        ("one", ["near"], 1.0),
        ("one", ["far"], 0.0),
        ("one", ["far", "near"], 1.0),
        ("one", [], 0.0),
        ("one", ["unheard-of"], 0.0),
        ("unheard-of", ["one"], 0.0),
        ("unheard-of", ["unheard-of"], 1.0),
    ],
)
def test_credit(word: str, others: list[str], expected: float) -> None:
    assert SMALL.credit(word, others) == expected


def test_credit_lies_between_for_words_that_are_somewhat_near() -> None:
    middling = Meaning(
        {"a": 0, "b": 1}, np.array([[1, 0], [0.45, np.sqrt(1 - 0.45**2)]], dtype=np.float32), SMALL.embed
    )
    assert 0 < middling.credit("a", ["b"]) < 1
    assert middling.credit("a", ["b"]) == pytest.approx(middling.credit("b", ["a"]))


@pytest.mark.parametrize(
    ("word", "near", "far"),
    [
        ("met", "meet", "salt"),
        ("wife", "spouse", "bridge"),
        ("envoy", "ambassador", "banana"),
        ("hurt", "injured", "elected"),
    ],
)
def test_the_built_in_vectors_tell_synonyms_from_other_words(word: str, near: str, far: str) -> None:
    vectors = load_meaning()
    assert vectors.credit(word, [near, far]) > 0.3
    assert vectors.credit(word, [far]) == 0


def test_the_built_in_vectors_are_of_unit_length_one_for_each_word_piece() -> None:
    vectors = load_meaning()
    assert len(vectors.vocabulary) == len(vectors.matrix)
    assert np.linalg.norm(vectors.matrix, axis=1) == pytest.approx(1, abs=1e-5)
    assert load_meaning() is vectors


def test_texts_are_as_alike_as_their_vectors() -> None:
    assert SMALL.alike("one?", ["one", "one more", "far"]) == pytest.approx([1, 1, 0.6])
    assert SMALL.alike("one?", []) == []
