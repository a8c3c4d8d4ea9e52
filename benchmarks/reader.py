"""How well and how fast the built-in reader reads: `python benchmarks/reader.py [--reader NAME]`.

Prints one table. The paragraphs of the first rows are in no training example; the margin that splits answers
from refusals is chosen on other paragraphs than those it is reported on.
"""

from __future__ import annotations

import argparse
import random
import statistics
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # training/ is not installed with the package

from rag.encoder import cores
from rag.reader import BUILT_IN, Reader, built_in
from training.reader_data import Row, dev_pairs, rows, split
from training.reader_score import Reading, margins, read_all, scores


def best_threshold(readings: list[Reading]) -> float:
    """The margin with the best mean of "answerable kept" and "unanswerable refused"."""
    yes, no = margins(readings)
    return max(sorted(yes + no), key=lambda t: balanced(yes, no, t))


def balanced(yes: list[float], no: list[float], threshold: float) -> float:
    kept = sum(m >= threshold for m in yes) / len(yes)
    refused = sum(m < threshold for m in no) / len(no)
    return (kept + refused) / 2


def seconds(reader: Reader, passages: list[str], times: int = 7) -> float:
    """Median wall-clock seconds of one question over `passages`, after one to warm up."""
    reader.read("Who founded the company?", passages)
    taken = []
    for _ in range(times):
        began = time.perf_counter()
        reader.read("When did the first of the talks between the two begin?", passages)
        taken.append(time.perf_counter() - began)
    return statistics.median(taken)


def passages_of(reader: Reader, part: list[Row], tokens: int = 200, count: int = 20) -> list[str]:
    """`count` passages of about `tokens` tokens, made of held-out paragraphs run together."""
    contexts = list(dict.fromkeys(r["context"] for r in part))
    random.Random(3).shuffle(contexts)
    text = " ".join(contexts * 3)
    offsets = reader.tokens.plain.encode(text, add_special_tokens=False).offsets
    ends = [offsets[i * tokens - 1][1] for i in range(1, count + 1)]
    return [text[a:b] for a, b in zip([0, *ends], ends, strict=False)]


def report(reader: Reader, data: Path, limit: int | None) -> list[tuple[str, str]]:
    held = split(data, "report")
    took = seconds(reader, passages_of(reader, held))
    held = held[:limit]
    asked = rows(data / "dev" / "natural_questions_qed.jsonl.gz")[:limit]
    whole = scores(read_all(reader, [(r, True) for r in held]))
    search = scores(read_all(reader, [(r, True) for r in asked]))
    mixed = read_all(reader, dev_pairs(held))
    threshold = best_threshold(read_all(reader, dev_pairs(split(data, "choose")[:limit])))
    return [
        (f"held-out paragraphs, {len(held)} questions: exact match", f"{whole['exact_match']:.3f}"),
        ("the same: F1", f"{whole['f1']:.3f}"),
        (f"search questions (QED), {len(asked)}: exact match", f"{search['exact_match']:.3f}"),
        ("the same: F1", f"{search['f1']:.3f}"),
        ("half with another paragraph of the page: area under ROC", f"{scores(mixed)['auc']:.3f}"),
        ("margin that splits them best, chosen on other paragraphs", f"{threshold:.2f}"),
        ("balanced accuracy at that margin", f"{balanced(*margins(mixed), threshold):.3f}"),
        (f"20 passages of 200 tokens, {cores()} cores", f"{took * 1e3:.0f} ms"),
    ]


def main(argv: list[str]) -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--reader", default=BUILT_IN, help="built-in, or a folder or hub name")
    parser.add_argument("--data", type=Path, default=Path("../shared/data/reader"))
    parser.add_argument("--limit", type=int, help="questions of each set; all when not given")
    parser.add_argument("--float32", action="store_true", help="the figures of float32 too")
    args = parser.parse_args(argv)
    if not args.data.is_dir():
        sys.exit(f"skipped: no data at {args.data}; give its folder with --data")
    readers = {"as used": Reader.load(args.reader)}
    if args.float32 and args.reader == BUILT_IN:
        readers["float32"] = Reader(*built_in(eight_bits=False), args.reader)
    columns = [report(r, args.data, args.limit) for r in readers.values()]
    print("| " + " | ".join([args.reader, *readers]) + " |")
    print("|---" * (len(readers) + 1) + "|")
    for lines in zip(*columns, strict=True):
        print(f"| {lines[0][0]} | " + " | ".join(value for _, value in lines) + " |")


if __name__ == "__main__":
    main(sys.argv[1:])
