"""Training questions with the passages found for them: the answer is found again, and what is drawn is sound."""

from __future__ import annotations

import random
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.aligned import Aligned
from training.reader_asked import QUESTIONS, STORIES, Asked, page, place_in, squeezed, written
from training.reader_example import NO_VERDICT

WHOLE = "Ada Quist came on Monday.\n\nShe left Vell on Friday, and Monday is her day off. Ada Quist said so on Monday."
HEADS = (("Vell.\n3 May 2019.\n", "Vell.\n"),) * 2
TEXTS = ("A board met. Ada Quist opened the pier. It rained.", "The pier was shut. Boats stayed out.")


def asked(answers: Sequence[tuple[int, int] | None], verdict: int = NO_VERDICT) -> Asked:
    return Asked("Who opened the pier?", verdict, HEADS, TEXTS, tuple(answers))


@pytest.mark.parametrize("nth", range(3))
def test_an_answer_is_found_again_in_its_own_sentence(nth: int) -> None:
    passage = WHOLE.replace("on Monday.\n\n", "on  Monday. ").replace("off. ", "off.\n")
    start = [i for i in range(len(WHOLE)) if WHOLE.startswith("Monday", i)][nth]
    at = place_in(passage, WHOLE, start, start + 6)
    assert at is not None
    assert passage[at[0] : at[1]] == "Monday"
    assert squeezed(passage[: at[0]])[0] == squeezed(WHOLE[:start])[0]


def test_an_answer_of_another_passage_is_not_found() -> None:
    start = WHOLE.index("Friday")
    assert place_in("Ada Quist came on Monday. On Friday it rained.", WHOLE, start, start + 6) is None


@given(st.text(alphabet="abc ", max_size=30), st.data())
def test_a_span_is_followed_through_replacements(text: str, data: st.DataObject) -> None:
    places = [i for i, c in enumerate(text) if c == "b"]
    aligned = Aligned.of(text, [(i, i + 1, "XYZ") for i in places])
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    if start < end:
        a, b = aligned.forth(start, end)
        assert aligned.text[a:b] == text[start:end].replace("b", "XYZ")


@pytest.mark.parametrize("seed", range(20))
def test_the_answer_stands_where_the_example_says(seed: int) -> None:
    example = asked([(13, 22), None]).example(random.Random(seed))
    if example.answerable:
        assert example.context[example.start : example.end] == "Ada Quist"
    else:
        assert example.context.endswith(TEXTS[1])
    assert example.context.startswith("Vell.\n")


@pytest.mark.parametrize("seed", range(20))
def test_a_yes_no_question_is_judged_by_its_sentence_and_by_no_other(seed: int) -> None:
    example = asked([(13, 40), None], verdict=1).example(random.Random(seed))
    assert not example.answerable
    if example.verdict == 1:
        assert example.context.endswith("Ada Quist opened the pier.")
    else:
        assert example.verdict == 0
        assert "Quist" not in example.context


def test_what_has_no_answer_gives_none() -> None:
    made = [asked([None, None]).example(random.Random(seed)) for seed in range(20)]
    assert not any(example.answerable for example in made)


def test_every_written_question_is_of_the_form() -> None:
    rows = written(*QUESTIONS)
    assert len({(row["article"], row["question"]) for row in rows}) == len(rows)
    for row in rows:
        assert row.keys() <= {
            "folder",
            "article",
            "kind",
            "question",
            "start",
            "end",
            "near",
            "verdict",
            "others",
        }
        assert row["question"] == row["question"].strip() != ""
        assert (row["start"] == row["end"] == -1) or 0 <= row["start"] < row["end"]
        assert row.get("verdict", "yes") in ("unsaid", "yes", "no")
    assert sum(path.stat().st_size for path in QUESTIONS) < 6_000_000


def test_a_story_question_asks_of_a_story_in_its_folder() -> None:
    stories = {story["id"]: story for story in written(STORIES)}
    assert all(s["text"] == s["text"].strip() != "" and s["title"] for s in stories.values())
    for row in written(QUESTIONS[1]):
        assert stories[row["article"]]["folder"] == row["folder"]
        assert row["end"] <= len(stories[row["article"]]["text"])
        assert all(stories[other]["folder"] == row["folder"] for other in row.get("others", ()))
        assert row["article"] not in row.get("others", ())


def test_a_page_of_a_story_names_its_outlet_and_date_where_they_are_known() -> None:
    story = {"title": 'A "pier"', "outlet": "Vell Post", "date": "2019-05-03", "text": "It opened."}
    assert page(story) == (
        '---\ntitle: "A \\"pier\\""\noutlet: "Vell Post"\npublished: "2019-05-03"\n---\n\nIt opened.\n'
    )
    assert page({**story, "outlet": "", "date": ""}).count("\n") == 5
