"""Which office a question asks the holder of, and whether a sentence says that someone holds it no more."""

from __future__ import annotations

import pytest

from rag.offices import has_left, is_lesser, office_asked


@pytest.mark.parametrize(
    ("question", "office"),
    [
        ("who is the UAE ambassador to Uruguay?", "ambassador"),
        ("Who's the envoy of Ostania to the talks?", "envoy"),
        ("ambassador of Ostania in Vell", "ambassador"),
        ("the mayor of Lessing?", "mayor"),
        ("who is Lessing's port chief", "chief"),
        ("What is the name of the president's wife?", "wife"),
        ("name of the deputy minister accused of taking a bribe", "minister"),
        ("who's the pm of Ostania", "minister"),
        ("Who was the consul in Vell when the embassy shut?", "consul"),
    ],
)
def test_the_office_is_found(question: str, office: str) -> None:
    assert office_asked(question) == office


@pytest.mark.parametrize(
    "question",
    [
        "who is thought to have sunk the barge?",
        "Who is responsible for salt in Ostania?",
        "who met the ambassador?",
        "grain trade of Ostania",
        "When did the mayor resign?",
        "state media on the launch",
        "who",
        "",
        "?!",
    ],
)
def test_what_asks_for_no_holder_has_no_office(question: str) -> None:
    assert office_asked(question) == ""


@pytest.mark.parametrize(
    ("sentence", "head", "left"),
    [
        ("Former mayor Zoe Marin spoke.", "mayor", True),
        ("The ex-president Zoe Marin spoke.", "president", True),
        ("Mayor Zoe Marin has formally resigned.", "mayor", True),
        ("Mayor Zoe Marin spoke of the former mayor.", "mayor", False),
        ("Zoe Marin is mayor, succeeding Tom Ek, who resigned in May.", "mayor", False),
        (
            "The mayor, Zoe Marin, resigned herself to rain.",
            "mayor",
            True,
        ),  # read too far: said so, not hidden
        ("Mayor Zoe Marin spoke.", "mayor", False),
        ("Zoe Marin, the former mayor, spoke.", "mayor", True),
        ("Zoe Marin comes in as Ek is stepping down.", "mayor", False),
        ("Zoe Marin, a former deputy mayor, was sworn in.", "mayor", False),
        ("Zoe Marin, a former diver, was sworn in.", "mayor", False),
        ("Tom Ek goes to Vell in place of Zoe Marin, whose term is over.", "envoy", True),
        ("Zoe Marin goes to Vell in place of Tom Ek, whose term is over.", "envoy", False),
        ("Zoe Marin gave way in January to Tom Ek.", "envoy", True),
        ("Tom Ek gave way in January to Zoe Marin.", "envoy", False),
        ("Tom Ek, who replaced Zoe Marin, spoke.", "mayor", True),
        ("Tom Ek was replaced by Zoe Marin.", "mayor", False),
    ],
)
def test_who_has_left_an_office(sentence: str, head: str, left: bool) -> None:
    start = sentence.index("Zoe")
    assert has_left(sentence, start, start + len("Zoe Marin"), head) is left


def test_a_vice_president_is_no_president() -> None:
    text = "Vice President Zoe Marin"
    assert is_lesser(text, 5, "who is the president?")
    assert not is_lesser(text, 5, "who is the vice president?")
    assert not is_lesser("President Zoe Marin", 0, "who is the president?")
