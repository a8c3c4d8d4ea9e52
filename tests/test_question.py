"""What a question asks for: its kind, the words that matter, its time."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.kinds import kind_of
from rag.names import Names
from rag.question import content_words, text_terms, understand

NAMES = Names.load()  # not the fixture: Hypothesis would print all of it

TODAY = date(2024, 10, 15)
KINDS = {
    "who": [
        "who is the mayor of Port Ellery?", "whom did the board choose?", "which official signed it?",
        "who's the captain?", "Can you tell me who closed the bridge?", "what is the name of the barge's captain?",
        "WHO CLOSED THE BRIDGE", "winner of the boat race in 2019",
        "Which Gulf oil analyst warned of a shortage?", "what former pilots flew it?",
        "Who saw the barge sink when the news of peace came?",
    ],
    "when": [
        "when was the bridge built?", "what year did the school open?", "since when has the bridge been closed?",
        "please tell me when it opened", "how long ago was the bell cast?", "on what date did it sink?",
        "date of the ceasefire", "weekday of the funeral in Moss",
    ],
    "where": [
        "where will the concert be held?", "in which city was she born?", "do you know where the barge sank?",
        "Where’s the harbour?", "venue of the june summit", "birthplace of the captain",
        "In which coastal town was she born?",
    ],
    "how-many": [
        "how many pupils are there?", "how much will it cost?", "what percentage of the vote did he get?",
        "how old is the bridge?", "tell me how many boats there are",
        "average ferry fare in Moss", "depth of the harbour at Moss",
    ],
    "why": [
        "why was the bridge closed?", "what caused the storm damage?", "what was the reason for the ban?",
        "could you say why it closed?", "reason for the ban", "for what purpose was the school opened?",
    ],
    "how": ["how did they rescue the crew?", "how is glass made?"],
    "yes-no": [
        "is the bridge open?", "did the council vote for the ban?", "has the barge been raised?", "was he not elected?",
        "must boats pay a fee?", "did the news about the bridge reach Moss?",
    ],
    "list": [
        "list the members of the council", "name three lighthouses", "which countries signed the treaty?",
        "who are the members of the board?", "Which northern harbour towns did the storm hit?",
    ],
    "open": [
        "what happened at the harbour?", "tell me about the bridge", "what do you have on Moss?", "summarise the talks",
        "news about Moss", "harbour ferry prices", "Moss bridge", "what has happened since the storm?", "",
    ],
    "what": [
        "what is the capital of Uruguay?", "what did the director say?", "which boat sank?",
        "Which boat sank when the news of peace came?",
        "Which pilot's boat sank?", "which boat brought the mayor to the town?", "title of the report on the bridge",
    ],
}  # fmt: skip


@pytest.mark.parametrize(("kind", "text"), [(kind, text) for kind, texts in KINDS.items() for text in texts])
def test_kind(kind: str, text: str) -> None:
    assert kind_of(text) == kind


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Who is the current mayor of Moss?", ("mayor", "moss")),
        ("what is the name of the barge that sank?", ("barge", "sank")),
        ("bread, bread and BREAD", ("bread",)),
        ("what do you know about Zoë's lamp?", ("zoe", "lamp")),
        ("what is it?", ()),
    ],
)
def test_content_words_leave_out_what_any_question_has(
    names: Names, text: str, expected: tuple[str, ...]
) -> None:
    assert content_words(text, names) == expected


def test_a_name_counts_as_one_word_whatever_its_spelling(names: Names) -> None:
    spellings = ("UAE", "United Arab Emirates", "the Emirates")
    assert len({content_words(f"who leads {spelling}?", names) for spelling in spellings}) == 1
    assert "montevideo" in content_words("what was said in Montevideo?", names)


def test_words_of_time_are_left_to_the_window(names: Names) -> None:
    question = understand("what sank in November 2022?", names, today=TODAY)
    assert question.window is not None
    assert (question.window.after, question.window.before) == ("2022-11-01", "2022-11-30")
    assert question.words == ("sank",)
    assert understand("what sank?", names, today=TODAY).window is None


@pytest.mark.parametrize(
    ("text", "present"),
    [
        ("who is the mayor?", True),
        ("who is the mayor now?", True),
        ("who was the mayor?", False),
        ("who is the mayor in 2019?", False),
        ("who was the former mayor?", False),
    ],
)
def test_a_question_is_of_the_present_unless_it_says_otherwise(
    names: Names, text: str, present: bool
) -> None:
    assert understand(text, names, today=TODAY).present is present


def test_plural_questions(names: Names) -> None:
    assert understand("which three boats sank?", names, today=TODAY).plural
    assert understand("list the boats", names, today=TODAY).plural
    assert not understand("which boat sank?", names, today=TODAY).plural


def test_question_and_page_meet_in_their_terms(names: Names) -> None:
    asked = set(understand("did the Emirates' envoys visit Elleryhavn?", names, today=TODAY).terms)
    assert asked <= set(text_terms("An envoy of the UAE visits Port Ellery", names))


pieces = st.one_of(
    st.text(max_size=10),
    st.sampled_from(
        "who what when how many is did list the in 2018 last year UAE Montevideo before ' ? ( [1] about \n".split(
            " "
        )
    ),
)


@settings(max_examples=80, deadline=None)
@given(st.lists(pieces, max_size=12).map(" ".join))
def test_any_text_is_understood(text: str) -> None:
    question = understand(text, NAMES, today=TODAY, as_of="2020", barred=("Ada",))
    assert question.kind in KINDS
    assert question.text == " ".join(text.split())
    assert len(set(question.terms)) == len(question.terms) <= len(question.words)
    assert (question.as_of, question.barred, question.today) == ("2020", ("Ada",), TODAY)
    assert understand(text, NAMES, today=TODAY, as_of="2020", barred=("Ada",)) == question
