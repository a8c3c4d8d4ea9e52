"""Runs, with the real assistant over two made-up articles, and what a report adds up to."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from evaluating import ASKED, PAGES, write, write_pages

from rag import evaluate
from rag.assistant import Assistant
from rag.question_form import QuestionsError
from rag.questions import load_questions
from rag.runreport import Outcome, Report
from rag.schema import Answer
from rag.stopwatch import model_at_work, model_seconds


@pytest.fixture(scope="module")
def assistant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    folder = tmp_path_factory.mktemp("evaluated")
    with Assistant.open(write_pages(folder / "pages", PAGES), folder / "store") as opened:
        yield opened


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("file"), ASKED)


@pytest.fixture(scope="module")
def report(file: Path, assistant: Assistant) -> Report:
    return evaluate(file, assistant)


def timeless(report: Report) -> dict[str, object]:
    made = report.to_dict()
    del made["times"], made["run"]["started"]
    return made


def test_a_small_corpus_from_end_to_end(report: Report) -> None:
    assert [(o.question.id, o.passed) for o in report.outcomes] == [
        ("master", True),
        ("boats", True),
        ("chess", True),
    ]
    assert report.failures == ()
    assert report.culprits == {}
    ones = (
        "right",
        "cited",
        "hit_at_1",
        "recall_at_10",
        "verbatim",
        "refusal_recall",
        "refusal_precision",
        "follow_ups",
    )
    assert {name: report.overall[name].value for name in ones} == dict.fromkeys(ones, 1.0)
    assert list(report.kinds) == ["who", "how-many", "unanswerable"]
    assert report.overall["hit_at_1"].n == 2
    assert report.overall["follow_ups"].n == 1
    assert "hit_at_1" not in report.kinds["unanswerable"]


def test_only_the_last_turn_is_judged(report: Report) -> None:
    boats = report.outcomes[1].shown
    assert boats.answer.question == "how many boats does it show?"
    assert "Sorrel" in boats.answer.query
    assert boats.rank == 1


def test_a_report_is_plain_data(report: Report) -> None:
    made = json.loads(json.dumps(report.to_dict()))
    assert made["complete"] is True
    assert made["overall"]["n"] == made["overall"]["passed"] == 3
    assert made["questions"][0]["scores"]["right"] == [1.0, 1.0]
    assert made["questions"][0]["answer"]["short"]
    assert made["questions"][0]["passages"][0]["path"] == "100-harbour.md"
    assert made["run"]["versions"]["torch"]
    assert "password" not in made["run"]["config"]


def test_two_runs_of_one_state_are_the_same_but_for_time(
    file: Path, assistant: Assistant, report: Report
) -> None:
    again = evaluate(file, assistant)
    assert timeless(again) == timeless(report)
    # Asked at once, a search may be answered by the catalog, whose scores differ in the last digit.
    at_once = evaluate(file, assistant, jobs=3)
    assert at_once.run.jobs == 3
    assert (at_once.overall, at_once.kinds) == (report.overall, report.kinds)
    assert [o.shown.answer.text for o in at_once.outcomes] == [o.shown.answer.text for o in report.outcomes]


def test_progress_is_told(file: Path, assistant: Assistant) -> None:
    done: list[tuple[int, int]] = []
    evaluate(file, assistant, jobs=2, on_progress=lambda *counts: done.append(counts))
    assert done == [(1, 3), (2, 3), (3, 3)]


def test_only_names_ids_and_kinds(file: Path, assistant: Assistant) -> None:
    report = evaluate(file, assistant, only=["chess", "who"])
    assert [o.question.id for o in report.outcomes] == ["master", "chess"]
    with pytest.raises(QuestionsError, match="did you mean 'chess'"):
        evaluate(file, assistant, only=["ches"])


def test_skipped_and_drafts_are_told_and_not_asked(assistant: Assistant, file: Path) -> None:
    master, boats, chess = load_questions(file).questions
    asked = [master, replace(boats, skip="later"), replace(chess, draft=True)]
    report = evaluate(asked, assistant)
    assert [o.question.id for o in report.outcomes] == ["master"]
    assert [(s.question.id, s.why) for s in report.skipped] == [
        ("boats", "later"),
        ("chess", "a draft, to be looked at"),
    ]
    assert [o.question.id for o in evaluate(asked, assistant, only=["chess"]).outcomes] == ["chess"]


def test_a_question_that_cannot_be_asked_costs_no_other(assistant: Assistant, file: Path) -> None:
    master, boats, _ = load_questions(file).questions
    report = evaluate([replace(master, turns=("?" * 5,)), boats], assistant)
    assert [o.passed for o in report.outcomes] == [False, True]
    assert [o.question.id for o in report.errors] == ["master"]
    assert report.culprits == {"error": 1}
    assert report.overall["right"].value == 0.5


class Unsteady:
    """An assistant that answers rightly at every other time."""

    def __init__(self, assistant: Assistant) -> None:
        self._assistant = assistant
        self._times = 0

    def __getattr__(self, name: str) -> object:
        return getattr(self._assistant, name)

    def ask(self, question: str, **options: object) -> Answer:
        self._times += 1
        made = self._assistant.ask(question, **options)  # type: ignore[arg-type]
        return made if self._times % 2 else replace(made, short="Nobody", text="Nobody [1].")


def test_repeated_questions_pass_where_every_time_does(assistant: Assistant, file: Path) -> None:
    master = load_questions(file).questions[0]
    (outcome,) = evaluate([master], Unsteady(assistant), repeat=4).outcomes  # type: ignore[arg-type]
    assert (len(outcome.trials), outcome.passed, outcome.flaky) == (4, False, True)
    assert outcome.scores["right"].part == 0.5
    assert outcome.shown.answer.short == "Nobody"
    (steady,) = evaluate([master], assistant, repeat=2).outcomes
    assert (steady.passed, steady.flaky, steady.scores["right"].part) == (True, False, 1.0)


class Interrupted(Unsteady):
    """Ctrl-C comes while the second question is asked."""

    def ask(self, question: str, **options: object) -> Answer:
        self._times += 1
        if self._times > 1:
            raise KeyboardInterrupt
        return self._assistant.ask(question, **options)  # type: ignore[arg-type]


def test_ctrl_c_keeps_what_was_done(assistant: Assistant, file: Path) -> None:
    report = evaluate(file, Interrupted(assistant))  # type: ignore[arg-type]
    assert report.stopped
    assert [o.question.id for o in report.outcomes] == ["master"]
    assert report.to_dict()["complete"] is False


def test_figures_are_those_of_its_outcomes(report: Report) -> None:
    wrong = replace(
        report.outcomes[0].trials[0], verdict=replace(report.outcomes[0].trials[0].verdict, right=False)
    )
    assert not Outcome(report.outcomes[0].question, (wrong,)).passed
    for name, figure in report.overall.items():
        parts = sum(o.scores[name].part for o in report.outcomes if name in o.scores)
        wholes = sum(o.scores[name].whole for o in report.outcomes if name in o.scores)
        assert figure.value == pytest.approx(parts / wholes)


def test_times_are_told_apart(report: Report) -> None:
    times = report.times
    assert 0 < times["p50_ms_without_models"] < times["p50_ms"] <= times["p95_ms"]
    for outcome in report.outcomes:
        assert 0 < outcome.shown.model_ms < outcome.shown.ms


def test_model_time_counts_once_and_by_thread() -> None:
    with model_seconds() as counted:
        with model_at_work(), model_at_work():
            pass
        other = threading.Thread(target=model_at_work().__enter__)
        other.start()
        other.join()
    assert len(counted) == 1
    with model_at_work():
        pass
    assert len(counted) == 1
