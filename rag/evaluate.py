"""Ask a file of questions of an assistant, judge what comes back, and add up the figures.

    python -m rag.evaluate eval_questions.yaml --corpus seeds [--failures]

`Figures` says what each figure is a share of.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, astuple, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rag.errors import DatelineError
from rag.judge import Question, QuestionsError, Verdict, first_right, judge, load_questions, select
from rag.schema import Answer, Hit

if TYPE_CHECKING:
    from rich.console import Console

    from rag.assistant import Assistant

SEARCH_TOP_K = 10
HEADINGS = ("kind", "n", "right", "short", "cited", "hit@1", "@3", "@10", "MRR", "refused", "ms")


@dataclass(frozen=True, slots=True)
class Outcome:
    """A question, what came back, and what it is worth."""

    question: Question
    answer: Answer
    verdict: Verdict
    hits: tuple[Hit, ...]
    rank: int | None  # of the first right passage, from 1
    ms: float  # that the last turn took

    @property
    def failed(self) -> bool:
        return not (self.verdict.right and self.verdict.cited)


@dataclass(frozen=True, slots=True)
class Figures:
    """Shares from 0 to 1; None where there is nothing to take a share of."""

    n: int
    right: float | None  # of all, refusals included
    short_right: float | None  # of those that ask for a short answer
    cited: float | None  # right and rightly cited, of those that have an answer
    hit_at_1: float | None  # a right passage within the first k, of those that have an answer and sources
    hit_at_3: float | None
    hit_at_10: float | None
    mrr: float | None  # mean of 1/rank of the first right passage, 0 beyond rank 10
    refusal_recall: float | None  # refused, of those without an answer
    refusal_precision: float | None  # without an answer, of those refused
    median_ms: float | None

    @classmethod
    def of(cls, outcomes: Sequence[Outcome]) -> Figures:
        answerable = [o for o in outcomes if not o.question.refuse]
        ranks = [o.rank or float("inf") for o in answerable if o.question.sources]
        return cls(
            n=len(outcomes),
            right=_mean(o.verdict.right for o in outcomes),
            short_right=_mean(o.verdict.short_right for o in outcomes if o.verdict.short_right is not None),
            cited=_mean(not o.failed for o in answerable),
            hit_at_1=_mean(rank <= 1 for rank in ranks),
            hit_at_3=_mean(rank <= 3 for rank in ranks),
            hit_at_10=_mean(rank <= 10 for rank in ranks),
            mrr=_mean(1 / rank for rank in ranks),
            refusal_recall=_mean(o.verdict.refused for o in outcomes if o.question.refuse),
            refusal_precision=_mean(o.question.refuse for o in outcomes if o.verdict.refused),
            median_ms=statistics.median(o.ms for o in outcomes) if outcomes else None,
        )


@dataclass(frozen=True, slots=True)
class Report:
    outcomes: tuple[Outcome, ...]

    @property
    def overall(self) -> Figures:
        return Figures.of(self.outcomes)

    @property
    def kinds(self) -> dict[str, Figures]:
        """Figures of each kind, in the order in which the kinds first come."""
        kinds = dict.fromkeys(o.question.kind for o in self.outcomes)
        return {kind: Figures.of([o for o in self.outcomes if o.question.kind == kind]) for kind in kinds}

    @property
    def failures(self) -> tuple[Outcome, ...]:
        return tuple(outcome for outcome in self.outcomes if outcome.failed)

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready: `overall` and `kinds` hold figures, `questions` each verdict with what it was given on."""
        return {
            "overall": asdict(self.overall),
            "kinds": {kind: asdict(figures) for kind, figures in self.kinds.items()},
            "questions": [
                {
                    **asdict(o.question),
                    **asdict(o.verdict),
                    "rank": o.rank,
                    "ms": o.ms,
                    "answer": o.answer.to_dict(),
                    "passages": [hit.to_dict() for hit in o.hits],
                }
                for o in self.outcomes
            ],
        }


def _mean(values: Iterable[float]) -> float | None:
    listed = list(values)
    return sum(listed) / len(listed) if listed else None


# ------------------------------------------------------------------------------------------------ running


def evaluate(
    questions: Sequence[Question], assistant: Assistant, on_progress: Callable[[int, int], None] | None = None
) -> Report:
    """Ask every question, in order. `on_progress` is told how many are done, and of how many."""
    outcomes: list[Outcome] = []
    for question in questions:
        try:
            outcomes.append(_ask(question, assistant))
        except DatelineError as error:
            raise QuestionsError(f"'{question.id}': {error}") from error
        if on_progress:
            on_progress(len(outcomes), len(questions))
    return Report(tuple(outcomes))


def _ask(question: Question, assistant: Assistant) -> Outcome:
    history: list[dict[str, str]] = []
    for turn in question.turns:
        began = time.perf_counter()
        answer = assistant.ask(turn, history=history, as_of=question.as_of)
        ms = (time.perf_counter() - began) * 1000
        history = [*history, {"role": "user", "content": turn}, {"role": "assistant", "content": answer.text}]
    query = answer.query or question.turns[-1]
    hits = tuple(assistant.search(query, top_k=SEARCH_TOP_K, as_of=question.as_of))
    rank = None if question.refuse else first_right(question, hits)
    return Outcome(question, answer, judge(question, answer), hits, rank, ms)


def run(questions: Sequence[Question], corpus: Path, store: Path | None = None) -> Report:
    """Index a folder of pages (in a temporary store unless one is given), load the models, ask, and close.
    Shows its progress on stderr when that is a terminal."""
    from rich.console import Console
    from rich.progress import Progress

    from rag.assistant import Assistant

    console = Console(stderr=True)
    bars = Progress(console=console, transient=True, disable=not console.is_terminal)
    with tempfile.TemporaryDirectory() as folder, bars:
        tasks = {}

        def show(stage: str, done: int, total: int) -> None:
            if stage not in tasks:
                tasks[stage] = bars.add_task(stage)
            bars.update(tasks[stage], completed=done, total=total)

        assistant = Assistant.open(corpus, store or Path(folder), on_progress=show)
        try:
            assistant.warm()
            return evaluate(questions, assistant, lambda done, total: show("asking", done, total))
        finally:
            assistant.close()


# ----------------------------------------------------------------------------------------------- printing


def print_table(report: Report, title: str, console: Console) -> None:
    """One row a kind, the last for all; under 80 columns wide."""
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    table = Table(title=title, title_justify="left", box=SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False)
    for heading in HEADINGS:
        table.add_column(heading, justify="left" if heading == "kind" else "right", no_wrap=True)
    rows = report.kinds if len(report.kinds) == 1 else {**report.kinds, "all": report.overall}
    for kind, f in rows.items():
        shares = astuple(f)[1:9]  # right … refusal_recall
        ms = "" if f.median_ms is None else f"{f.median_ms:.0f}"
        table.add_row(kind, str(f.n), *("" if share is None else f"{share:.2f}" for share in shares), ms)
    console.print(table)
    console.print(
        "cited: right and rightly cited; refused: of the questions without an answer", highlight=False
    )
    precision = report.overall.refusal_precision
    if precision is not None:
        refused = sum(outcome.verdict.refused for outcome in report.outcomes)
        console.print(f"{refused} refused, {precision:.2f} of them rightly", highlight=False)


def print_failures(report: Report, console: Console) -> None:
    """Each failing question: what was expected, what came, and the passages found first."""
    for o in report.failures:
        q = o.question
        wanted = " | ".join(q.answers) + (f" (at least {q.min_answers})" if q.min_answers > 1 else "")
        expected = "a refusal" if q.refuse else " + ".join([wanted] * bool(wanted) + list(q.answers_all))
        lines = [
            f"{q.id} ({q.kind}): {' → '.join(q.turns)}" + (f"   [as of {q.as_of}]" if q.as_of else ""),
            f"  why       {o.verdict.reason}",
            f"  expected  {expected}" + (f"   in {', '.join(q.sources)}" if q.sources else ""),
            f"  got       {o.answer.short!r}: {' '.join(o.answer.text.split())[:200]}",
            f"  found     {'the right passage at rank ' + str(o.rank) if o.rank else 'no right passage'}; first:",
            *(f"    {hit.path}: {' '.join(hit.text.split())[:120]}" for hit in o.hits[:3]),
        ]
        console.print("\n".join(lines) + "\n", markup=False, highlight=False, soft_wrap=True)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m rag.evaluate", description="Judge answers.")
    parser.add_argument("file", type=Path)
    parser.add_argument("--corpus", type=Path, required=True, help="folder of pages")
    parser.add_argument("--store", type=Path, help="folder of the index; without it, a temporary one")
    parser.add_argument("--json", action="store_true", help="print every verdict as JSON, and no table")
    parser.add_argument("--failures", action="store_true", help="print what went wrong, question by question")
    parser.add_argument("--only", default="", metavar="KIND|ID")
    parser.add_argument("--subset", default="", metavar="CORPUS", help="only questions with this `corpus`")
    options = parser.parse_args(arguments)

    from rich.console import Console

    console = Console()
    try:
        questions = select(load_questions(options.file), options.only, options.subset)
        report = run(questions, options.corpus, options.store)
    except DatelineError as error:
        print(f"evaluate: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    if options.json:
        print(json.dumps(report.to_dict(), ensure_ascii=False, indent=2))
        return 0
    if options.failures:
        print_failures(report, console)
    print_table(report, f"{options.file} on {options.corpus}", console)
    return 0


if __name__ == "__main__":
    sys.exit(main())
