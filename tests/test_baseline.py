"""Baselines: what they keep, what they find worse, and what they say of unlike runs. No model is asked here."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.baseline import Baseline, BaselineError, below_floors, compare, path_of
from rag.culprit import Blame
from rag.judge import Verdict
from rag.metrics import Score
from rag.questions import Question, QuestionFile, Tolerance
from rag.runinfo import RunInfo
from rag.runreport import Outcome, Report, Trial
from rag.schema import Answer

RUN = RunInfo(
    file="asked.yaml",
    folder="pages",
    answerer="built-in reader",
    questions="q",
    corpus="c",
    versions={"torch": "2.13.0"},
    config={"top_k": 30},
    articles=2,
    only=(),
    jobs=1,
    repeat=1,
    cores=2,
    started="2024-01-02T03:04:05+00:00",
)


def outcome(id_: str, passed: bool, short: str = "Odile", f1: float = 1.0) -> Outcome:
    question = Question(id_, (f"{id_}?",), ("Odile",), kind="who")
    verdict = Verdict(passed, passed, False, passed, "" if passed else "wrong")
    scores = {"right": Score(float(passed)), "f1": Score(f1)}
    found = None if passed else Blame("wrong span", "wrong")
    return Outcome(
        question, (Trial(Answer(f"{id_}?", f"{short} [1].", short), verdict, (), 1, scores, found, 5.0, 1.0),)
    )


def report(
    passed: Mapping[str, bool], tolerance: Tolerance | None = None, floors: Mapping[str, float] | None = None
) -> Report:
    outcomes = tuple(outcome(id_, right) for id_, right in passed.items())
    file = QuestionFile(
        Path("asked.yaml"), tuple(o.question for o in outcomes), floors or {}, tolerance or Tolerance()
    )
    return Report(file, outcomes, (), RUN, False, 1.0)


def kept(report: Report, folder: Path) -> Baseline:
    """A baseline of the report that has been to disk and back."""
    Baseline.of(report, "main").save(folder / "main.json")
    return Baseline.load(folder / "main.json")


def test_a_run_is_not_worse_than_itself(tmp_path: Path) -> None:
    run = report({"a": True, "b": False})
    found = compare(run, kept(run, tmp_path))
    assert (found.worse, found.better, found.reworded, found.unlike, found.breaches) == ((), (), (), (), ())
    assert {name: moved.difference for name, moved in found.changes.items()} == {"right": 0.0, "f1": 0.0}


@given(st.dictionaries(st.sampled_from("abcdef"), st.tuples(st.booleans(), st.booleans()), min_size=1))
def test_every_flip_is_listed(both: dict[str, tuple[bool, bool]]) -> None:
    before = Baseline.of(report({id_: was for id_, (was, _) in both.items()}), "x")
    found = compare(report({id_: now for id_, (_, now) in both.items()}), before)
    assert {flip.id for flip in found.worse} == {id_ for id_, (was, now) in both.items() if was and not now}
    assert {flip.id for flip in found.better} == {id_ for id_, (was, now) in both.items() if now and not was}
    assert found.changes["right"].difference == pytest.approx(
        sum(now - was for was, now in both.values()) / len(both), abs=1e-5
    )


def test_one_worse_is_a_breach_however_many_are_better() -> None:
    before = Baseline.of(report({"a": True, "b": False, "c": False}), "x")
    found = compare(report({"a": False, "b": True, "c": True}), before)
    assert len(found.breaches) == 1
    assert "a" in found.breaches[0]


def test_tolerance_is_the_baseline_s() -> None:
    ids = [f"q{n}" for n in range(100)]
    lenient = Baseline.of(report(dict.fromkeys(ids, True), Tolerance(flips=2, drop=0.02)), "x")
    strict = replace(lenient, tolerance=Tolerance(flips=1, drop=0.02))
    run = report({id_: id_ not in ("q1", "q2") for id_ in ids}, Tolerance(flips=50))
    assert compare(run, lenient).breaches == ()
    assert "and 1 may" in compare(run, strict).breaches[0]


def test_a_figure_that_falls_is_a_breach_without_a_flip() -> None:
    run = report({"a": True, "b": True})
    worse = replace(run, outcomes=(outcome("a", True, f1=0.5), outcome("b", True)))
    found = compare(worse, Baseline.of(run, "x"))
    assert found.worse == ()
    assert found.breaches == ("f1 fell from 1.000 to 0.750, and may by 0.02",)


def test_other_words_are_told() -> None:
    run = report({"a": True})
    found = compare(replace(run, outcomes=(outcome("a", True, "Odile Berg"),)), Baseline.of(run, "x"))
    assert [flip.id for flip in found.reworded] == ["a"]
    assert found.breaches == ()


def test_unlike_runs_say_so() -> None:
    before = Baseline.of(report({"a": True}), "x")
    other = replace(
        RUN,
        corpus="other",
        versions={"torch": "2.14.0"},
        config={"top_k": 10},
        answerer="ollama",
        questions="r",
    )
    lines = compare(replace(report({"a": True}), run=other), before).unlike
    assert lines == (
        "the pages: c then, other now",
        "the answerer: built-in reader then, ollama now",
        "torch: 2.13.0 then, 2.14.0 now",
        "top_k: 30 then, 10 now",
        "the questions: q then, r now",
    )


def test_questions_that_changed_came_or_went_are_not_compared() -> None:
    before = Baseline.of(report({"a": True, "edited": True, "gone": True}), "x")
    run = report({"a": True, "edited": False, "new": False})
    edited = Outcome(replace(run.outcomes[1].question, answers=("Berg",)), run.outcomes[1].trials)
    found = compare(replace(run, outcomes=(run.outcomes[0], edited, run.outcomes[2])), before)
    assert (found.edited, found.new, found.gone) == (("edited",), ("new",), ("gone",))
    assert found.breaches == ()
    partly = replace(run, run=replace(RUN, only=("a",)), outcomes=run.outcomes[:1])
    assert compare(partly, before).gone == ()


def test_a_baseline_of_other_questions_is_refused() -> None:
    with pytest.raises(BaselineError, match="no question of this run"):
        compare(report({"b": True}), Baseline.of(report({"a": True}), "x"))


def test_floors() -> None:
    run = report({"a": True, "b": False}, floors={"right": 0.5, "f1": 1, "mrr_at_10": 0.1})
    assert below_floors(run) == ["mrr_at_10 was not measured, and its floor is 0.1"]
    low = report({"a": True, "b": False}, floors={"right": 0.6})
    assert below_floors(low) == ["right is 0.500, below its floor of 0.6"]
    assert below_floors(replace(low, run=replace(RUN, only=("a",)))) == []


def test_a_baseline_holds_no_text_but_short_answers(tmp_path: Path) -> None:
    run = report({"a": True})
    long = replace(run, outcomes=(outcome("a", True, "word " * 100),))
    Baseline.of(long, "x").save(tmp_path / "x.json")
    row = json.loads((tmp_path / "x.json").read_text())["questions"]["a"]
    assert set(row) == {"digest", "kind", "passed", "culprit", "short", "refused", "scores"}
    assert len(row["short"]) == 80


def test_where_a_baseline_is_kept() -> None:
    assert path_of("main", Path("x/asked.yaml")) == Path("x/asked.main.json")
    assert path_of("tests/baseline.json", Path("x/asked.yaml")) == Path("tests/baseline.json")
    for name in ("a/b", "..", ".hidden", "../x"):
        with pytest.raises(BaselineError, match="no name"):
            path_of(name, Path("asked.yaml"))


@pytest.mark.parametrize(
    "text", ["", "{}", "[]", "null", '{"dateline_baseline": 1}', '{"dateline_baseline": 99}', "\x00"]
)
def test_what_is_no_baseline_is_said_in_one_line(tmp_path: Path, text: str) -> None:
    path = tmp_path / "odd.json"
    path.write_text(text)
    with pytest.raises(BaselineError, match=r"odd\.json"):
        Baseline.load(path)
    with pytest.raises(BaselineError, match="--save absent"):
        Baseline.load(tmp_path / "absent.json")
    with pytest.raises(BaselineError, match="cannot be written"):
        Baseline.of(report({"a": True}), "x").save(path / "below.json")
