"""A run as one page that needs nothing beside it: figures with intervals, charts, and each question with its trace.

Charts are boxes placed by percent, so that they fit a phone. Jinja escapes every word; the page allows itself no script
and no request (its Content-Security-Policy), whatever an article holds.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rag.baseline import Comparison, Kept, below_floors
from rag.culprit import STAGES
from rag.measures import MEASURES
from rag.report_table import expected
from rag.runreport import Outcome, Report

TEMPLATE = Path(__file__).with_name("report.html.jinja")
BINS = 12  # columns of the chart of times


def page(report: Report, comparison: Comparison | None = None) -> str:
    """The page, complete; with a comparison both runs stand side by side."""
    from jinja2 import Environment, StrictUndefined

    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    template = environment.from_string(TEMPLATE.read_text(encoding="utf-8"))
    return template.render(
        report=report,
        run=report.run,
        passed=sum(o.passed for o in report.outcomes),
        comparison=comparison,
        breaches=[*(comparison.breaches if comparison else ()), *below_floors(report)],
        figures=_figures(report, comparison),
        kinds=_kinds(report),
        culprits=_culprits(report),
        times=report.times,
        bins=_bins([t.ms for o in report.outcomes for t in o.trials if t.ms]),
        questions=_questions(report, comparison),
        measures=MEASURES,
        stages=STAGES,
    )


def _figures(report: Report, comparison: Comparison | None) -> list[dict[str, Any]]:
    """A row a figure: values as shares of 1 for the text, `left` and `width` of its interval in percent."""
    rows = []
    for measure in MEASURES:
        f = report.overall.get(measure.name)
        if f is None:
            continue
        moved = comparison.changes.get(measure.name) if comparison else None
        rows.append(
            {
                "name": measure.name,
                "formula": measure.formula,
                "value": f.value,
                "low": f.low,
                "high": f.high,
                "n": f.n,
                "at": _percent(f.value),
                "left": _percent(f.low),
                "width": _percent(f.high - f.low),
                "floor": report.file.floors.get(measure.name),
                "moved": moved,
                # Beside the figure of today by what changed: the two runs may not have all questions in common.
                "was_at": _percent(f.value - moved.difference) if moved else None,
            }
        )
    return rows


def _kinds(report: Report) -> list[dict[str, Any]]:
    rows = []
    for kind in report.kinds:
        some = [o for o in report.outcomes if o.question.kind == kind]
        passed = sum(o.passed for o in some)
        rows.append({"kind": kind, "n": len(some), "passed": passed, "width": _percent(passed / len(some))})
    return rows


def _culprits(report: Report) -> list[dict[str, Any]]:
    most = max(report.culprits.values(), default=1)
    return [
        {"stage": stage, "n": n, "means": STAGES[stage], "width": _percent(n / most)}
        for stage, n in report.culprits.items()
    ]


def _bins(times: Sequence[float]) -> list[dict[str, Any]]:
    """How many answers took how long, in `BINS` equal steps from 0 ms to the longest."""
    if not times:
        return []
    step = max(times) / BINS
    counts = [0] * BINS
    for ms in times:
        counts[min(BINS - 1, int(ms / step))] += 1
    most = max(counts)
    return [
        {"n": n, "from": round(i * step), "to": round((i + 1) * step), "height": _percent(n / most)}
        for i, n in enumerate(counts)
    ]


def _questions(report: Report, comparison: Comparison | None) -> list[dict[str, Any]]:
    """Failing ones first, and of those the ones that passed before."""
    known: dict[str, Kept] = dict(comparison.baseline.questions) if comparison else {}
    worse = {flip.id for flip in comparison.worse} if comparison else set()
    better = {flip.id for flip in comparison.better} if comparison else set()
    rows = [
        {
            "outcome": outcome,
            "question": outcome.question,
            "shown": outcome.shown,
            "expected": expected(outcome),
            "before": known.get(outcome.question.id),
            "flip": _flip(outcome, worse, better),
            "scores": {name: s.part / s.whole for name, s in outcome.scores.items() if s.whole},
        }
        for outcome in report.outcomes
    ]
    return sorted(rows, key=lambda row: (row["outcome"].passed, row["flip"] != "worse"))


def _flip(outcome: Outcome, worse: set[str], better: set[str]) -> str:
    return "worse" if outcome.question.id in worse else "better" if outcome.question.id in better else ""


def _percent(share: float) -> str:
    return f"{100 * share:.2f}%"
