"""Drafts put into a file of questions: nothing that stands there is touched. And the turning round of sentences."""

from __future__ import annotations

from pathlib import Path

import pytest
from evaluating import write

from rag.drafts import append, id_of, row
from rag.errors import DatelineError
from rag.names import Names
from rag.question_form import QuestionsError
from rag.questions import Question, load_questions
from rag.suggest import drafts

DRAFT = Question("who", ("Who: “she”?",), ("no", "'Odile'", "# x"), sources=("100",), kind="who", draft=True)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("questions:\n- id: a\n  question: who\n  answers: [b]", ""),
        ("questions:\n- id: a\n  question: who\n  answers: [b]\n\n# the end\n", ""),
        ("# head\nquestions:\n    # one\n    - {id: a, question: who, answers: [b]}  # kept\n", ""),
        ("questions:\n  - {id: a, question: who, answers: [b]}\n", "\n# at least\nfloors: {right: 0.1}\n"),
        (
            "floors: {right: 0.1}\nquestions:\n  - {id: a, question: who, answers: [b]}\n",
            "tolerance:\n  flips: 1\n",
        ),
    ],
)
def test_append_leaves_what_is_there(tmp_path: Path, before: str, after: str) -> None:
    path = write(tmp_path, before + after)
    append(path, [DRAFT, DRAFT])
    text = path.read_text(encoding="utf-8")
    assert text.startswith(before)
    assert text.endswith(after)
    file = load_questions(path)
    assert [q.id for q in file.questions] == ["a", "who", "who-2"]
    assert file.questions[1] == DRAFT


def test_append_begins_a_file(tmp_path: Path) -> None:
    append(tmp_path / "new.yaml", [DRAFT])
    assert load_questions(tmp_path / "new.yaml").questions == (DRAFT,)


def test_append_refuses_what_it_cannot_do_rightly(tmp_path: Path) -> None:
    text = "questions: [{id: a, question: who, answers: [b]}]\n"
    path = write(tmp_path, text)
    with pytest.raises(QuestionsError, match="in brackets"):
        append(path, [DRAFT])
    assert path.read_text(encoding="utf-8") == text
    with pytest.raises(QuestionsError, match="unknown key"):
        append(write(tmp_path, text.replace("answers", "answer")), [DRAFT])
    with pytest.raises(DatelineError, match="cannot be written"):
        append(tmp_path / "gone" / "new.yaml", [DRAFT])


def test_a_row_says_what_is_not_the_default() -> None:
    asked = Question("a", ("who?", "and?"), refuse=True, kind="near-miss")
    assert row(asked) == {"id": "a", "kind": "near-miss", "turns": ["who?", "and?"], "refuse": True}
    assert list(row(DRAFT)) == ["id", "kind", "question", "answers", "sources", "draft"]


def test_ids_are_of_telling_words() -> None:
    assert id_of("Who is the ambassador to Cuba?") == "ambassador-cuba"
    assert id_of("who?") == "question"


@pytest.mark.parametrize(
    ("sentence", "made"),
    [
        (
            "Edda Falk was sworn in as mayor of Port Ellery on Monday.",
            {
                ("who", "Who was sworn in as mayor of Port Ellery on Monday?", "Edda Falk"),
                ("when", "When was it that Edda Falk was sworn in as mayor of Port Ellery?", "Monday"),
            },
        ),
        (
            "Rashid Bel-Omar is the new envoy to the river towns, the foreign ministry said on Tuesday.",
            {("who", "Who is the new envoy to the river towns?", "Rashid Bel-Omar")},
        ),
        (
            "Eleven of its fifteen members voted for the ban.",
            {
                ("how-many", "How many of its fifteen members voted for the ban?", "Eleven"),
                ("how-many", "How many members in “Eleven of its … members voted for the ban”?", "fifteen"),
            },
        ),
        (
            "The council met in Valparaíso to speak of the tolls.",
            {("where", "Where was it that the council met to speak of the tolls?", "Valparaíso")},
        ),
        ("Repairs will cost more than the town has.", set()),
        ("She was sworn in as mayor of Port Ellery on Monday.", set()),
        ("“Edda Falk was sworn in on Monday at noon”, he said.", set()),
        ("Edda Falk spoke.", set()),
    ],
)
def test_sentences_turned_round(sentence: str, made: set[tuple[str, str, str]], names: Names) -> None:
    found = {(d.kind, d.question, d.answer.removeprefix("on ")) for d in drafts(sentence, names)}
    assert found == made
