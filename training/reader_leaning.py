"""Questions whose text leans on what stands above it: a pronoun, a part of a name, a capital, the date of the page.

A question says "in January 2018" and "North Korea's test site"; the passage says "last week" and "its test site", under
a headline that has the name and the date. Paragraphs written to be asked about seldom do that, and a reader that has
seen only those takes a name of the question that the text lacks for another's.
"""

from __future__ import annotations

import random
import re
from dataclasses import replace

from rag.countries import countries
from training.reader_example import MONTHS, Example

YEAR = re.compile(r"\b(?:1[5-9]|20)\d\d\b")
POSSESSIVE = re.compile(r"['’]s?\b")
SENTENCE_START = re.compile(r"(?:^|[.!?]['\"”)]*\s+|\n)\Z")
PEOPLE = (("he", "his"), ("she", "her"))
THINGS = (
    ("it", "its"),
    ("they", "their"),
    ("the group", "the group's"),
    ("the company", "the company's"),
    ("the team", "the team's"),
)
STATES = (("it", "its"), ("the country", "the country's"), ("the nation", "the nation's"))
HEADLINES = (
    "{name}: {title}",
    "{title}: {name}",
    "{name} — {title}",
    "{title} ({name})",
    "{name} and {title}",
)
MOST_MENTIONS = 5  # of the name, else the text is about nothing but it and reads oddly without


def capitals() -> dict[str, str]:
    """Country → its capital, of those whose name is not in the capital's."""
    return {c.shown: c.capital for c in countries() if c.capital and c.shown not in c.capital}


def forget(rng: random.Random, example: Example, name: str, title: str, seats: dict[str, str]) -> Example:
    """The text with `name`, which the question has, replaced by what stands for it, and mostly with a headline that
    has it. As it was where the name is not in the text, is in the answer, or comes up too often."""
    places = [m.span() for m in re.finditer(rf"\b{re.escape(name)}\b", example.context)]
    overlaps = any(a < example.end and b > example.start for a, b in places)
    if not example.answerable or not places or overlaps or len(places) > MOST_MENTIONS:
        return example
    plain, owning = stand_in(rng, name, seats)
    out, at, start, end = "", 0, example.start, example.end
    for a, b in places:
        own = POSSESSIVE.match(example.context, b)
        stop = own.end() if own else b
        words = owning if own else plain
        if example.context[:a].lower().endswith("the "):
            words = words.removeprefix("the ")
        if SENTENCE_START.search(example.context[:a]):
            words = words[0].upper() + words[1:]
        out += example.context[at:a] + words
        at = stop
        moved = len(words) - (stop - a)
        start, end = (start + moved, end + moved) if b <= example.start else (start, end)
    changed = replace(example, context=out + example.context[at:], start=start, end=end)
    return (
        headed(changed, rng.choice(HEADLINES).format(name=name, title=title) + ".\n")
        if rng.random() < 0.7
        else changed
    )


def stand_in(rng: random.Random, name: str, seats: dict[str, str]) -> tuple[str, str]:
    """What a text may say for `name` the second time, and the same as an owner: ("it", "its")."""
    words = name.split()
    if name in seats:
        other = seats[name]
        if rng.random() < 0.4:
            return other, f"{other}'s"
        if words[0] in ("North", "South", "East", "West") and rng.random() < 0.5:
            return f"the {words[0]}", f"the {words[0]}'s"
        return rng.choice(STATES)
    if 2 <= len(words) <= 3 and rng.random() < 0.5:
        part = rng.choice((words[0], words[-1]))
        return part, f"{part}'s"
    return rng.choice(PEOPLE if len(words) in (2, 3) else THINGS)


def dated(rng: random.Random, example: Example) -> Example:
    """The question with the time of the page, which stands above the text; as it was where either names a year."""
    if not example.answerable or YEAR.search(example.question) or YEAR.search(example.context):
        return example
    month, year, day = rng.choice(MONTHS), rng.randint(1990, 2026), rng.randint(1, 28)
    when = rng.choice(
        (f"in {year}", f"in {month} {year}", f"in {month}", f"by {year}", f"on {month} {day}, {year}")
    )
    asked = example.question.rstrip("? ")
    asked = (
        f"{asked} {when}?"
        if rng.random() < 0.8
        else f"{when[0].upper()}{when[1:]}, {asked[0].lower()}{asked[1:]}?"
    )
    return headed(replace(example, question=asked), f"{month} {day}, {year}.\n")


def headed(example: Example, head: str) -> Example:
    """`head` in front of the text."""
    moved = len(head) if example.answerable else 0
    return replace(
        example, context=head + example.context, start=example.start + moved, end=example.end + moved
    )
