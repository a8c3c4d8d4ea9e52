"""Votes on answers: kept beside the catalog, taken back, and left alone when the index is built anew."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from rag.errors import DatelineError, StoreError
from rag.feedback import FILE, Feedback
from rag.index import Index
from rag.schema import Answer, Citation

CITATION = Citation(1, "a", "Title", "Outlet", "2024-01-01", "stated", "a.md", "Odile runs it.", 0, 14)
ANSWER = Answer("Who?", "Odile [1].", "Odile", (CITATION,))


def test_a_vote_keeps_the_turn_with_its_evidence(tmp_path: Path) -> None:
    Feedback(tmp_path).put(["Where?", "Who?"], ANSWER, "up")
    (turn,) = Feedback(tmp_path).turns()
    assert (turn.vote, turn.questions, turn.said) == ("up", ("Where?", "Who?"), "Odile")
    assert turn.answer["citations"][0]["quote"] == "Odile runs it."
    assert turn.at.endswith("+00:00")
    assert Feedback(tmp_path).turn(turn.id[:4]) == turn


def test_the_last_vote_on_a_turn_counts(tmp_path: Path) -> None:
    feedback = Feedback(tmp_path)
    feedback.put(["Who?"], ANSWER, "up")
    feedback.put(["Why?"], Answer("Why?", "The articles do not say.", refused=True), "down")
    feedback.put(["Who?"], ANSWER, "down")
    assert [(turn.questions, turn.vote, turn.said) for turn in feedback.turns()] == [
        (("Who?",), "down", "Odile"),
        (("Why?",), "down", "refused"),
    ]
    feedback.put(["Who?"], ANSWER, "")
    assert [turn.questions for turn in feedback.turns()] == [("Why?",)]


def test_a_turn_is_named_by_one_id_alone(tmp_path: Path) -> None:
    feedback = Feedback(tmp_path)
    assert feedback.turns() == []
    with pytest.raises(DatelineError, match="no turn has an id that begins with 'zz'"):
        feedback.turn("zz")
    for n in range(2):
        feedback.put([f"Who {n}?"], ANSWER, "up")
    with pytest.raises(DatelineError, match="several turns"):
        feedback.turn("")


def test_odd_lines_cost_no_other(tmp_path: Path) -> None:
    feedback = Feedback(tmp_path)
    feedback.put(["Who?"], Answer("Who?", "One\u2028two\x85three [1].", "One\u2028two"), "up")
    with (tmp_path / FILE).open("a", encoding="utf-8") as file:
        file.write('{"id": 1}\nnull\n[]\n{"id": "cut off')
    assert [turn.said for turn in feedback.turns()] == ["One two"]


def test_votes_outlive_a_new_index(tmp_path: Path) -> None:
    Index.open(tmp_path, "e", "n").close()
    Feedback(tmp_path).put(["Who?"], ANSWER, "up")
    Index.open(tmp_path, "e", "n", rebuild=True).close()
    assert len(Feedback(tmp_path).turns()) == 1


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_store_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(StoreError, match="is not kept"):
        Feedback(tmp_path).put(["Who?"], ANSWER, "up")


def test_a_store_that_is_gone_says_so(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="is not kept"):
        Feedback(tmp_path / "gone").put(["Who?"], ANSWER, "up")
