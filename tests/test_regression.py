"""The project's own questions, held against the baseline that is kept beside this file.

After a change that is meant to change answers: `dateline eval --save tests/baseline.json`, and look at what flipped.
"""

from __future__ import annotations

from pathlib import Path

from rag import Assistant, Config, evaluate
from rag.baseline import Baseline, below_floors, compare
from rag.runinfo import answered_by

ROOT = Path(__file__).resolve().parent.parent
BASELINE = ROOT / "tests" / "baseline.json"


def test_no_answer_is_worse_than_the_baseline(tmp_path: Path) -> None:
    config = answered_by(Config(), "reader")
    with Assistant.open(ROOT / "seeds", tmp_path / "store", config=config) as assistant:
        report = evaluate(ROOT / "eval_questions.yaml", assistant)
    comparison = compare(report, Baseline.load(BASELINE))
    assert report.errors == ()
    assert [*comparison.breaches, *below_floors(report)] == []
    assert report.overall["verbatim"].value == 1  # whatever is answered, quotes are in their articles


def test_the_baseline_is_of_the_file_as_it_is() -> None:
    from rag.questions import digest_of, load_questions

    baseline = Baseline.load(BASELINE)
    assert baseline.run.questions == digest_of(load_questions(ROOT / "eval_questions.yaml").questions)
