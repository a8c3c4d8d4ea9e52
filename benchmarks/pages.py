"""How well Dateline answers `eval_questions.yaml`, over the shipped articles and over the raw pages they retell.

    python benchmarks/pages.py [--raw ../shared/seeds]

Both folders are indexed into temporary stores and asked in one run, one after the other; then the four figures that
must not fall below their floor are set side by side. Needs no network. Exit 0 when all are reached, 1 when not.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from rag.assistant import Assistant
from rag.config import Config
from rag.errors import DatelineError
from rag.evaluation import evaluate
from rag.questions import QuestionFile, load_questions
from rag.report_table import print_run
from rag.runinfo import answered_by
from rag.runreport import Report

HERE = Path(__file__).resolve().parent
QUESTIONS = HERE.parent / "eval_questions.yaml"
SEEDS = HERE.parent / "seeds"

# Name of a figure (`rag/scores.py` says what it is a share of): its words here, and the least it may be.
SHARES = {
    "hit_at_3": ("right passage in the top 3", 0.95),
    "cited": ("right and rightly cited answers", 0.90),
    "refusal_recall": ("refusals right", 0.90),
}
MOST_MS = 200  # median of a warm `Assistant.ask`, in milliseconds, on 2 cores


def reached(report: Report) -> bool:
    """No figure is below its floor; one that was not measured counts as below."""
    figures = {name: figure.value for name, figure in report.overall.items()}
    fast = report.times.get("p50_ms", MOST_MS + 1) <= MOST_MS
    return fast and all(figures.get(name, 0.0) >= least for name, (_, least) in SHARES.items())


def print_floors(reports: dict[str, Report], console: Console) -> None:
    table = Table(box=SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False)
    table.add_column("figure")
    for heading in ("floor", *reports):
        table.add_column(heading, justify="right")
    for name, (words, least) in SHARES.items():
        shares = [report.overall[name].value for report in reports.values()]
        table.add_row(words, f"≥ {least:.2f}", *(f"{share:.3f}" for share in shares))
    medians = [report.times["p50_ms"] for report in reports.values()]
    table.add_row("median of a warm ask, ms", f"≤ {MOST_MS}", *(f"{ms:.0f}" for ms in medians))
    console.print(table)


def measure(questions: QuestionFile, folders: list[Path], failures: bool, console: Console) -> bool:
    reports, config = {}, answered_by(Config(), "reader")
    for folder in folders:
        with TemporaryDirectory() as store, Assistant.open(folder, store, config=config) as assistant:
            assistant.warm()
            report = reports[str(folder)] = evaluate(questions, assistant)
        console.print(f"{len(report.outcomes)} questions on {folder}", highlight=False)
        print_run(report, None, console, brief=not failures)
    print_floors(reports, console)
    return all(reached(report) for report in reports.values())


def main() -> int:
    parser = argparse.ArgumentParser(description="Figures of answers, citations, refusals and speed.")
    parser.add_argument(
        "--raw", type=Path, default=Path(os.path.relpath(HERE.parent.parent / "shared" / "seeds"))
    )
    parser.add_argument("--failures", action="store_true", help="print what went wrong, question by question")
    options = parser.parse_args()

    console = Console()
    console.print(
        f"{date.today()}, Python {platform.python_version()}, {platform.machine()}, {os.cpu_count()} cores",
        highlight=False,
    )
    folders = [Path(os.path.relpath(SEEDS)), options.raw]
    if not options.raw.is_dir():
        console.print(f"{options.raw} is not there: only {folders[0]} is measured", highlight=False)
        folders.pop()
    try:
        return 0 if measure(load_questions(QUESTIONS), folders, options.failures, console) else 1
    except DatelineError as error:
        print(f"pages: {error}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
