"""A run on the terminal: what failed and which stage lost it, the figures, and what changed since the baseline.

Words that come from a page or a file of questions are stripped of what could steer the terminal.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from rag.baseline import Comparison, Flip
from rag.measures import MEASURES
from rag.metrics import Figure
from rag.runreport import Outcome, Report
from rag.terminal import printable

if TYPE_CHECKING:
    from rich.console import Console

COLUMNS = (
    "right",
    "cited",
    "hit_at_1",
    "hit_at_3",
    "mrr_at_10",
    "f1",
    "refusal_recall",
)  # of the table by kind
PASSAGES = 3  # shown of each failing question


def print_run(
    report: Report, comparison: Comparison | None, console: Console, *, brief: bool = False
) -> None:
    """Failing questions first, then figures, then the comparison; `brief` shows no question."""
    if not brief:
        for outcome in report.failures:
            _say(console, *failure(outcome))
    _kinds(report, console)
    _figures(report, comparison, console)
    _summary(report, console)
    if comparison:
        _compared(comparison, console, brief)


def _say(console: Console, *lines: str) -> None:
    console.print("\n".join(printable(line) for line in lines), markup=False, highlight=False, soft_wrap=True)


def expected(outcome: Outcome) -> str:
    """What the question's file asks of an answer, in one line."""
    q = outcome.question
    wanted = " | ".join(q.answers) + (f" (at least {q.min_answers})" if q.min_answers > 1 else "")
    parts = ["a refusal"] * q.refuse + [wanted] * bool(wanted) + list(q.answers_all)
    said = " + ".join(parts)
    for words, listed in (
        ("not", q.must_not),
        ("quoting", q.quote),
        ("earlier", q.earlier),
        ("in", q.sources),
    ):
        said += f"; {words} {', '.join(listed)}" if listed else ""
    return said


def got(outcome: Outcome) -> str:
    """What was answered, in one line: the short answer, then the text."""
    answer = outcome.shown.answer
    return f"{answer.short!r}: {' '.join(answer.text.split())}"


def failure(outcome: Outcome) -> list[str]:
    """The lines on one failing question: its culprit, what was expected, what came, and the first passages found."""
    q, shown = outcome.question, outcome.shown
    culprit = f"{shown.blame.stage}: {shown.blame.why}" if shown.blame else shown.verdict.reason
    times = f"   [{sum(t.verdict.passed for t in outcome.trials)} of {len(outcome.trials)} times right]"
    return [
        f"✗ {q.id} ({q.kind}): {' → '.join(q.turns)}"
        + (f"   [as of {q.as_of}]" if q.as_of else "")
        + (times if outcome.flaky else ""),
        f"  culprit   {culprit}",
        f"  expected  {expected(outcome)}",
        f"  got       {got(outcome)[:200]}",
        *(
            [f"  asked as  {shown.answer.query}"]
            if shown.answer.query not in ("", q.turns[-1].strip())
            else []
        ),
        f"  found     {f'a right passage at rank {shown.rank}' if shown.rank else 'no right passage'}; first:",
        *(
            f"    {n}. {hit.path}: {' '.join(hit.text.split())[:110]}"
            for n, hit in enumerate(shown.hits[:PASSAGES], 1)
        ),
        "",
    ]


def _kinds(report: Report, console: Console) -> None:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    headings = {m.name: m.heading for m in MEASURES}
    table = Table(box=SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False)
    table.add_column("kind", no_wrap=True)
    for heading in ("n", "passed", *(headings[name] for name in COLUMNS)):
        table.add_column(heading, justify="right", no_wrap=True)
    for kind, figures in report.kinds.items():
        some = [o for o in report.outcomes if o.question.kind == kind]
        table.add_row(printable(kind), *_row(some, figures))
    if len(report.kinds) != 1:
        table.add_row("all", *_row(report.outcomes, report.overall))
    console.print(table)


def _row(outcomes: Sequence[Outcome], figures: Mapping[str, Figure]) -> list[str]:
    shares = [f"{figures[name].value:.2f}" if name in figures else "" for name in COLUMNS]
    return [str(len(outcomes)), str(sum(o.passed for o in outcomes)), *shares]


def _figures(report: Report, comparison: Comparison | None, console: Console) -> None:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    table = Table(box=SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False)
    table.add_column("figure", no_wrap=True)
    for heading in ("value", "95 % interval", "n", *(["change", "95 % interval"] if comparison else [])):
        table.add_column(heading, justify="right", no_wrap=True)
    for name, f in report.overall.items():
        moved = comparison.changes.get(name) if comparison else None
        since = [f"{moved.difference:+.3f}", f"{moved.low:+.2f} to {moved.high:+.2f}"] if moved else []
        table.add_row(name, f"{f.value:.3f}", f"{f.low:.2f} to {f.high:.2f}", str(f.n), *since)
    console.print(table)


def _summary(report: Report, console: Console) -> None:
    passed = sum(outcome.passed for outcome in report.outcomes)
    lines = [f"{passed} of {len(report.outcomes)} passed in {report.seconds:.0f} s"]
    lines.append("answered by: " + ", ".join(f"{name} {n}" for name, n in report.answerers.items()))
    if report.culprits:
        lines.append("lost by: " + ", ".join(f"{stage} {n}" for stage, n in report.culprits.items()))
    if times := report.times:
        lines.append(
            f"an answer took {times['p50_ms']:.0f} ms (95 % up to {times['p95_ms']:.0f}); without models "
            f"{times['p50_ms_without_models']:.0f} ({times['p95_ms_without_models']:.0f})"
        )
    if flaky := [o.question.id for o in report.outcomes if o.flaky]:
        lines.append(f"passed at one time and failed at another: {', '.join(flaky)}")
    lines += [f"not asked: {s.question.id} ({s.why})" for s in report.skipped]
    _say(console, *lines)


def _compared(comparison: Comparison, console: Console, brief: bool) -> None:
    lines = [f"against {comparison.baseline.name} of {comparison.baseline.run.started[:10]}:"]
    lines += [f"  not the same: {line}" for line in comparison.unlike]
    for heading, flips in (("worse", comparison.worse), ("better", comparison.better)):
        lines.append(f"  {heading}: {len(flips)}")
        lines += [f"    {flip_line(flip, brief)}" for flip in flips]
    if comparison.reworded and not brief:
        lines.append(f"  other words, same verdict: {', '.join(f.id for f in comparison.reworded)}")
    for words, ids in (
        ("changed since, not compared", comparison.edited),
        ("new", comparison.new),
        ("no longer asked", comparison.gone),
    ):
        lines += [f"  {words}: {', '.join(ids)}"] * bool(ids)
    _say(console, *lines)


def flip_line(flip: Flip, brief: bool = False) -> str:
    """e.g. "envoy: 'Han Su-chol' → 'Pak Chang Yul' (wrong span)"."""
    was, shown = flip.before, flip.now.shown
    words = (
        ""
        if brief
        else f": {_said(was.short, was.refused)} → {_said(shown.answer.short, shown.answer.refused)}"
    )
    stage = was.culprit or (shown.blame.stage if shown.blame else "")
    return f"{flip.id}{words} ({stage})"


def _said(short: str, refused: bool) -> str:
    return "refused" if refused else repr(short)
