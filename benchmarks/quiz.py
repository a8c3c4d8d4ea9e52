"""Does the answer hold the right words? News-quiz questions over a large folder of news, with the reader and without.

    python benchmarks/quiz.py [--data ../shared/data/news] [--articles 6417] [--keep FOLDER]

Each question is asked as of its own day, so nothing published later may answer it. Right words are those of the quiz's
own answer, as whole words in any case ("six" and "6" are not the same). The collection is a folder with
`corpus.jsonl.gz`, `queries.jsonl` and `qrels.tsv`; `--articles` keeps those that are judged and, with a fixed seed, as
many others. The folder is indexed once, then asked twice. Needs no network.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from retrieval import load_collection, write_pages
from rich.console import Console
from rich.progress import track

from rag.assistant import Assistant
from rag.config import Config
from rag.judge import found
from rag.schema import Answer

READERS = ("none", "built-in")
ALL = 1_000_000


@dataclass(frozen=True)
class Asked:
    """What one question got."""

    in_short: bool  # are the right words in the short answer?
    in_sentence: bool  # or in a sentence that is cited
    refused: bool
    ms: float


def ask(assistant: Assistant, query: dict[str, Any]) -> Asked:
    began = time.perf_counter()
    answer = assistant.ask(query["text"], as_of=query["date"])
    ms = (time.perf_counter() - began) * 1000
    return Asked(*held(answer, query["answers"]), answer.refused, ms)


def held(answer: Answer, accepted: Sequence[str]) -> tuple[bool, bool]:
    """Are the accepted words in the short answer; are they there or in a sentence that the text cites?"""
    if answer.refused:
        return False, False
    short = bool(found(accepted, [answer.short]))
    return short, short or bool(found(accepted, [c.quote for c in answer.citations]))


def row(name: str, asked: Sequence[Asked]) -> str:
    shares = [
        statistics.fmean(getattr(one, field) for one in asked)
        for field in ("in_short", "in_sentence", "refused")
    ]
    median = statistics.median(one.ms for one in asked)
    return f"| {name} | " + " | ".join(f"{share:.3f}" for share in shares) + f" | {median:.0f} |"


def main() -> int:
    parser = argparse.ArgumentParser(description="News-quiz questions, with the reader and without.")
    parser.add_argument("--data", type=Path, default=Path("../shared/data/news"))
    parser.add_argument("--articles", type=int, default=ALL, help="most articles to index (default: all)")
    parser.add_argument(
        "--keep", type=Path, help="folder for the pages and their index, used again the next time"
    )
    options = parser.parse_args()
    if not options.data.is_dir():
        print(f"quiz: no collection {options.data}: give its folder with --data", file=sys.stderr)
        return 2
    collection = load_collection(options.data, options.articles)
    console = Console(stderr=True)
    with TemporaryDirectory() as folder:
        work = options.keep or Path(folder)
        pages, store = work / "pages", work / "store"
        if not pages.is_dir():
            work.mkdir(parents=True, exist_ok=True)
            write_pages(collection.articles, pages)
        rows = []
        for reader in READERS:
            config = Config(reader=reader, llm="none")
            console.print(f"{reader}: {len(collection.articles)} articles", highlight=False)
            with Assistant.open(pages, store, config=config) as assistant:
                assistant.warm()
                queries = track(collection.queries, console=console, description="asking")
                rows.append(row(reader, [ask(assistant, query) for query in queries]))
    print(f"{len(collection.queries)} questions, {len(collection.articles)} articles\n")
    print("| reader | right words in the short answer | there or in a cited sentence | refused | median ms |")
    print("|---|---|---|---|---|")
    print("\n".join(rows))
    return 0


if __name__ == "__main__":
    sys.exit(main())
