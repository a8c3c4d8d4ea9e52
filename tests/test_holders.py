"""Which post a text speaks of, and whether a name beside it holds the one that a question asks for."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from llama_index.core.schema import TextNode

from rag.holders import held, post_asked
from rag.models import load_meaning
from rag.names import Names
from rag.posts import posts
from rag.question import understand
from rag.sentences import Sentence

NAMES = Names.load()  # not the fixture: Hypothesis would print all of it


@pytest.mark.parametrize(
    ("text", "head", "phrase", "words", "of", "to"),
    [
        (
            "who is the Kenyan ambassador to Peru?",
            "ambassador",
            "Kenyan ambassador to Peru",
            "",
            "ken",
            "per",
        ),
        ("ambassador of Kenya in Lima", "ambassador", "ambassador of Kenya in Lima", "", "ken", "per"),
        (
            "Kenya's new foreign minister spoke",
            "minister",
            "Kenya's new foreign minister",
            "foreign",
            "ken",
            "",
        ),
        (
            "the minister of foreign affairs",
            "minister",
            "minister of foreign affairs",
            "affairs foreign",
            "",
            "",
        ),
        ("Lima's then PM, Ana Lee", "minister", "Lima's then PM", "prime", "per", ""),
        ("head of Peru's salt board", "head", "head of Peru's salt board", "board salt", "per", ""),
        ("the Kenyan envoy, Ana Lee", "ambassador", "Kenyan envoy", "", "ken", ""),
        ("a talk with Kenya, then the minister spoke", "minister", "minister", "", "", ""),
    ],
)
def test_a_post_is_read_with_what_narrows_it(
    names: Names, text: str, head: str, phrase: str, words: str, of: str, to: str
) -> None:
    (post,) = posts(text, head, names, load_meaning())
    assert text[post.start : post.end] == phrase
    assert " ".join(sorted(post.words)) == words
    assert post.of == frozenset([f"geo{of}x"] if of else [])
    assert post.to == frozenset([f"geo{to}x"] if to else [])


def test_a_ministry_is_no_minister(names: Names) -> None:
    assert not list(posts("The ministry in Lima said so.", "minister", names, load_meaning()))


@settings(max_examples=100, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            [
                "minister",
                "PM",
                "envoy",
                "of",
                "to",
                "the",
                "Kenya",
                "Lima's",
                "Ana Lee,",
                "foreign",
                "(",
                "’s",
                ".",
            ]
        )
        | st.text(max_size=6),
        max_size=12,
    ),
    st.sampled_from(["minister", "ambassador"]),
)
def test_a_post_lies_in_its_text_around_its_office(words: list[str], head: str) -> None:
    text = " ".join(words)
    for post in posts(text, head, NAMES, load_meaning()):
        assert 0 <= post.start <= post.at < post.end <= len(text)
        assert post.countries <= NAMES.entities(text) | {m.entity for m in NAMES.mentions(text)}


def how_plainly(names: Names, question: str, text: str, *, title: str = "News", before: str = "") -> float:
    node = TextNode(text=f"{before} {text}".strip(), metadata={"title": title})
    sentence = Sentence(node, text, 0, len(text), before, f"{title}\n{node.text}", 0)
    asked = understand(question, names, today=date(2024, 5, 1))
    start = text.index("Ana Lee")
    return held(
        asked, post_asked(asked, names, load_meaning()), sentence, start, start + 7, names, load_meaning()
    )


AMBASSADOR = "Who is Kenya's ambassador to Peru?"
FOREIGN = "who is the foreign minister of Kenya"


@pytest.mark.parametrize(
    ("question", "text", "least", "most"),
    [
        (AMBASSADOR, "Ana Lee, the Kenyan ambassador to Peru, spoke.", 1, 1),
        (AMBASSADOR, "Ana Lee, who since 2019 has been Kenya's envoy in Lima, spoke.", 0.5, 1),
        (AMBASSADOR, "Ana Lee, the Kenyan ambassador to Chile, spoke.", -1, -1),
        (AMBASSADOR, "In Lima the Chilean ambassador, Ana Lee, spoke.", -1, -1),
        (AMBASSADOR, "In Lima the Kenyan ambassador, Ana Lee, spoke.", 0.6, 0.6),
        (AMBASSADOR, "Ana Lee spoke.", 0, 0),
        (FOREIGN, "Kenyan Foreign Minister Ana Lee spoke.", 1, 1),
        (FOREIGN, "Kenya's deputy foreign minister, Ana Lee, spoke.", -1, -1),
        (FOREIGN, "Kenya's trade minister, Ana Lee, spoke.", 0, 0.5),
        (FOREIGN, "In Chile Foreign Minister Ana Lee spoke of Kenya.", -1, -1),
        (FOREIGN, "Kenya's president met Ana Lee.", 0, 0),
        (FOREIGN, "Kenya's president, Ana Lee, spoke.", -1, -1),
        (FOREIGN, "Ana Lee, a former president of Kenya, spoke.", 0, 0),
        (FOREIGN, "After the talks with Kenya's foreign minister, Ana Lee spoke.", 0, 0),
        (FOREIGN, "After her talks with Ana Lee, Kenya's foreign minister spoke.", 0, 0),
        (
            "Who is Tom Ek's campaign manager?",
            "Zoe Marin's campaign manager, Ana Lee, spoke to Tom Ek.",
            -1,
            -1,
        ),
        ("Who is Tom Ek's campaign manager?", "Tom Ek's campaign manager, Ana Lee, spoke.", 1, 1),
        ("What is the name of Tom Ek's wife?", "Zoe Marin and his wife, Ana Lee, spoke.", -1, -1),
        ("Who was Tom Ek's predecessor as mayor?", "Ana Lee, the mayor, spoke.", 0, 0),
    ],
)
def test_a_name_holds_the_post_it_stands_by(
    names: Names, question: str, text: str, least: float, most: float
) -> None:
    assert least <= how_plainly(names, question, text) <= most


def test_the_headline_says_whose_minister_it_is(names: Names) -> None:
    text = "Foreign Minister Ana Lee spoke."
    assert how_plainly(names, FOREIGN, text, title="Kenya recalls envoy") == 0.4
    assert how_plainly(names, FOREIGN, text, title="Chile recalls envoy") == -1


def test_a_sentence_of_no_succession_names_no_one_who_came_before(names: Names) -> None:
    question = "Who held the post of mayor before Tom Ek?"
    assert how_plainly(names, question, "Ana Lee opened the fair.") == -1
    assert how_plainly(names, question, "Ana Lee was succeeded by Tom Ek.") == 0
