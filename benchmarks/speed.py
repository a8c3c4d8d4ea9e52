"""How long a reader waits: for a warm answer, for one from a cold start, for the help, for a second indexing.

    python benchmarks/speed.py

prints a Markdown table of medians over the articles in `seeds/` and the questions of `eval_questions.yaml`. Pinned to
two processor cores, so that figures from larger machines can be compared.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parent.parent
QUESTION = "who is the DPRK ambassador to Cuba?"


def command(*arguments: str) -> tuple[float, str]:
    """Wall seconds of one `dateline` command, and what it printed."""
    began = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "rag", *arguments], cwd=ROOT, check=True, capture_output=True, text=True
    )
    return time.perf_counter() - began, done.stdout


def median_command(times: int, *arguments: str) -> float:
    return statistics.median(command(*arguments)[0] for _ in range(times))


def warm_ask(corpus: Path, store: Path, file: Path) -> list[float]:
    """Seconds of each question's last turn, models loaded and one question asked before."""
    from rag import Assistant
    from rag.questions import load_questions

    seconds = []
    with Assistant.open(corpus, store) as assistant:
        assistant.warm()
        assistant.ask(QUESTION)
        for question in load_questions(file).questions:
            began = time.perf_counter()
            assistant.ask(question.turns[-1], as_of=question.as_of)
            seconds.append(time.perf_counter() - began)
    return seconds


def main() -> None:
    parser = argparse.ArgumentParser(description="Print how long a reader waits.")
    parser.add_argument("--corpus", type=Path, default=ROOT / "seeds")
    parser.add_argument("--questions", type=Path, default=ROOT / "eval_questions.yaml")
    parser.add_argument("--times", type=int, default=5, help="runs of each command")
    options = parser.parse_args()
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:2])
    with tempfile.TemporaryDirectory() as store:
        where = ("--corpus", str(options.corpus), "--store", store)
        first, _ = command("index", str(options.corpus), "--store", store)
        seconds = warm_ask(options.corpus, Path(store), options.questions)
        own = [json.loads(command("index", str(options.corpus), "--store", store, "--json")[1])["seconds"]
               for _ in range(options.times)]  # fmt: skip
        rows = {
            f"`Assistant.ask`, warm, median of {len(seconds)} questions": statistics.median(seconds),
            "`Assistant.ask`, warm, slowest of them": max(seconds),
            "`dateline ask`, cold": median_command(options.times, "ask", QUESTION, *where),
            "`dateline --help`": median_command(options.times, "--help"),
            "first `dateline index`, cold": first,
            "second `dateline index`, its own work": statistics.median(own),
        }
    print("| what | seconds |\n|---|---|")
    for what, took in rows.items():
        print(f"| {what} | {took:.2f} |")


if __name__ == "__main__":
    main()
