"""Lists to train the verifier on: a question and what the reader takes for its answers, right ones and wrong ones.

    python -m training.verifier_lists --asked RUN/asked.jsonl --out RUN/lists.jsonl [--count 12000]

`RUN/asked.jsonl` is what a training run of the reader has gathered: the written questions with the passages found for
each (`training/reader_asked.py`). The shipped reader reads them, and its spans become claims. A line holds the question
and its claims, `[context, start, end, right]`: the right ones first, then the wrong ones, the reader's surest first.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from rag.reader import Reader
from rag.sentences import split_sentences
from training.reader_asked import DATELESS, Asked, read
from training.reader_example import NO_VERDICT

READ = 5  # passages, and those that answer
SPANS = 4  # of each passage
WRONG = 7  # claims kept of a question
SAME = 0.5  # of the shorter of two spans: so much of it in the other, and they are one answer

Row = tuple[str, int, int, bool]  # a claim's context, its place there, whether it is right


def in_context(head: str, text: str, bounds: Sequence[tuple[int, int]], start: int, end: int) -> Row | None:
    """`text[start:end]`, no further than its sentence, below the headline and the sentence before."""
    for n, (first, last) in enumerate(bounds):
        if first <= start < last:
            before = f"{text[slice(*bounds[n - 1])].strip()} " if n else ""
            shift = len(head) + len(before) - first
            return f"{head}{before}{text[first:last]}", start + shift, min(end, last) + shift, False
    return None


def claims(asked: Asked, reader: Reader, rng: random.Random) -> list[Row]:
    """What the reader finds in the passages of `asked`, and the answer where it does not find it."""
    kept = [*range(min(READ, len(asked.texts))), *(i for i in asked.right if i >= READ)]
    heads = [asked.heads[i][rng.random() < DATELESS] for i in kept]
    spans = reader.read(asked.question, [h + asked.texts[i] for h, i in zip(heads, kept, strict=True)], SPANS)
    right, wrong, found = list[Row](), list[Row](), set[int]()
    for span in spans:
        i, head = kept[span.passage], heads[span.passage]
        start, end = span.start - len(head), span.end - len(head)
        made = in_context(head, asked.texts[i], split_sentences(asked.texts[i]), start, end)
        if start < 0 or made is None:
            continue
        answer = asked.answers[i]
        common = min(end, answer[1]) - max(start, answer[0]) if answer else 0
        if answer and common > SAME * min(end - start, answer[1] - answer[0]):
            found.add(i)
            right.append((*made[:3], True))
        elif common <= 0:
            wrong.append(made)
    for head, i in zip(heads, kept, strict=True):
        answer = asked.answers[i]
        if answer and i not in found:
            made = in_context(head, asked.texts[i], split_sentences(asked.texts[i]), *answer)
            right += [(*made[:3], True)] if made else []
    return [*right, *wrong[:WRONG]]


def mixed(asked: Sequence[Asked], rng: random.Random) -> list[Asked]:
    """Those that ask for a span, in random order, on news and on invented stories by turns."""
    spans = [a for a in asked if a.verdict == NO_VERDICT]
    rng.shuffle(spans)
    news, stories = [a for a in spans if not a.invented], [a for a in spans if a.invented]
    turns = [part for pair in zip(stories, news, strict=False) for part in pair]
    return turns + news[len(stories) :] + stories[len(news) :]


def main(argv: list[str]) -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--asked", type=Path, required=True, help="asked.jsonl of a training run of the reader"
    )
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--count", type=int, default=12000, help="questions")
    parser.add_argument("--seed", type=int, default=5)
    args = parser.parse_args(argv)
    rng, reader, began = random.Random(args.seed), Reader.load(), time.monotonic()
    with args.out.open("w", encoding="utf-8") as out:
        for n, asked in enumerate(mixed(read(args.asked), rng)[: args.count]):
            if made := claims(asked, reader, rng):
                print(json.dumps([asked.question, made]), file=out)
            if n % 1000 == 0:
                print(f"{n} questions in {time.monotonic() - began:.0f} s", file=sys.stderr)


if __name__ == "__main__":
    main(sys.argv[1:])
