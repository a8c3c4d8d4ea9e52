"""Examples as people ask a search engine: "how many seasons of … are there", over a paragraph of an encyclopaedia.

`search_questions.jsonl` holds paragraphs written for this, each with its title and questions in lower case, loosely
worded, most of which it answers: `{"title", "text", "questions": [{"question", "start", "end"}]}`, both -1 where the
paragraph does not say.
"""

from __future__ import annotations

import random
import re
from pathlib import Path
from typing import Any

from training.reader_example import Example
from training.reader_leaning import headed

SEARCHES = Path(__file__).parent / "search_questions.jsonl"
TITLED = 0.5  # of the paragraphs stand below their title
SPACED = 0.35  # have spaces between all tokens, as the old parsed texts of research sets do
STRANGE = 0.1  # of the questions are asked of another paragraph, mostly of one like it
NEAR = 12  # paragraphs on either side, which were written on like subjects
TOKEN = re.compile(r"[A-Z](?:\.[A-Z])+\.?|\d+(?:[.,]\d+)*|['’]s\b|\w+|[^\w\s]")


def search_example(rng: random.Random, paragraphs: list[dict[str, Any]]) -> Example:
    """A question over its paragraph, or over one that was written near it."""
    at = rng.randrange(len(paragraphs))
    row = paragraphs[at]
    asked = rng.choice(row["questions"])
    start, end = asked["start"], asked["end"]
    if rng.random() < STRANGE:
        other = paragraphs[(at + rng.choice([n for n in range(-NEAR, NEAR + 1) if n])) % len(paragraphs)]
        if start < 0 or row["text"][start:end].lower() not in other["text"].lower():
            row, start, end = other, -1, -1
    example = Example(asked["question"], row["text"], start, end)
    if rng.random() < SPACED:
        example = spaced(example)
    return headed(example, f"{row['title']}\n") if rng.random() < TITLED else example


def spaced(example: Example) -> Example:
    """The text with one space between tokens, punctuation among them, and its quotation marks as `` and ''."""
    parts: list[str] = []
    start, end, length, opened = -1, -1, 0, False
    for match in TOKEN.finditer(example.context):
        token = match.group()
        if token in '"“”':
            token, opened = ("''", False) if opened else ("``", True)
        if example.answerable and match.start() <= example.start < match.end():
            start = length
        if example.answerable and match.start() < example.end <= match.end():
            end = length + len(token)
        parts.append(token)
        length += len(token) + 1
    if example.answerable and (start < 0 or end < 0):
        return example
    return Example(example.question, " ".join(parts), start, end, example.verdict)
