"""The span of an answer made whole, and no longer than it need be."""

from __future__ import annotations

import re
from functools import lru_cache

from rag.dates import find_dates
from rag.names import Names
from rag.offices import HELD, OFFICES, TITLES
from rag.question import Question
from rag.spans import NUMBER, name_spans
from rag.words import STOPWORDS, fold, stem

LONGEST_NAME = 60  # characters; what is longer is a run of headline words
DATELINE = re.compile(
    r"[A-Z][A-Z .,/'-]{2,40}(?:,? [A-Z][a-z]+\.? ?\d{0,2})?(?:\s*\([^)]{1,40}\))?\s*(?:--?|[–—:])\s"
)
# Between two names of an enumeration.
BETWEEN = re.compile(r"(?:,\s*(?:and|or|as well as)?|\s+(?:and|or|as well as))\s*(?:the\s+)?", re.IGNORECASE)
OF_COUNTRY = re.compile(r"\b(?:to|for|in|of)(?: the)? $")
Range = tuple[int, int]


def shaped(question: Question, text: str, start: int, end: int, names: Names) -> Range:
    """`text[start:end]` in the form that the question's kind asks for.

    A part of a name, a number or a date becomes all of it: "50 million" → "US$50 million". Asked who, a name with its
    office becomes the name: "Cuban President Miguel Diaz-Canel" → "Miguel Diaz-Canel". Asked for several things, one
    name of an enumeration becomes all of it.
    """
    wholes = name_spans(text)
    if question.kind == "who" and not question.plural:
        people = persons(text, names)
        name = named(question, text, grown(start, end, people), people)
        if name:
            return name
    if question.kind == "how-many":
        wholes = [m.span() for m in NUMBER.finditer(text)]
    elif question.kind == "when":
        wholes = [(m.start, m.end) for m in find_dates(text)]
    start, end = grown(start, end, wholes)
    if question.plural:
        for a, b in enumerations(text):
            if a < end and start < b:
                start, end = min(start, a), max(end, b)
    while end > start and text[end - 1] in " ,;:":
        end -= 1
    return start, end


def enumerations(text: str) -> list[Range]:
    """Each run of two names or more that commas and "and" join: "China, Vietnam and the United States"."""
    runs: list[list[Range]] = []
    for a, b in name_spans(text):
        if runs and BETWEEN.fullmatch(text[runs[-1][-1][1] : a]):
            runs[-1].append((a, b))
        else:
            runs.append([(a, b)])
    return [(run[0][0], run[-1][1]) for run in runs if len(run) > 1]


def is_new(question: Question, text: str, start: int, end: int) -> bool:
    """Does the span say something that the question does not? Asked who, names that it gives already do not count.

    Neither does the place in a dateline: "SEOUL (Reuters) -" says where the report was filed.
    """
    dateline = DATELINE.match(text)
    if dateline and end <= dateline.end():
        return False
    if question.kind == "who" and not question.plural:
        names = [(a, b) for a, b in name_spans(text) if start <= a and b <= end]
        if names:
            return named(question, text, (start, end), names) is not None
    asked = {*fold(question.text).split(), *question.words}
    return any(w not in asked and w not in STOPWORDS for w in fold(text[start:end]).split())


def grown(start: int, end: int, wholes: list[Range]) -> Range:
    """The range widened to the wholes that it cuts into."""
    for a, b in wholes:
        if a < end and start < b and b - a <= LONGEST_NAME:
            start, end = min(start, a), max(end, b)
    return start, end


@lru_cache(256)
def names_given(question: str) -> tuple[str, ...]:
    """The names of two words or more in a question, folded, a space around each."""
    return tuple(f" {fold(question[a:b])} " for a, b in name_spans(question) if " " in question[a:b])


def persons(text: str, names: Names) -> list[Range]:
    """The names of `text`, without the country before one in "ambassador to Kenya Ana Lee"."""
    countries = {m.start: m.end for m in names.countries(text)}
    found = []
    for start, end in name_spans(text):
        behind = countries.get(start, end)
        if behind < end and OF_COUNTRY.search(text[:start]) and text[behind:end].strip():
            start = behind + len(text[behind:end]) - len(text[behind:end].lstrip())
        found.append((start, end))
    return found


def named(question: Question, text: str, within: Range, names: list[Range]) -> Range | None:
    """The one of `names` within the range that the question does not give: the one with the fewest of its words."""
    asked = set(fold(question.text).split())
    given = names_given(question.text)
    inside = []
    for a, b in names:
        a = past_titles(text, a, b)
        words = set(fold(text[a:b]).split())
        # "Ada Quist Moe" is the question's "Ada Quist".
        if any(name in f" {fold(text[a:b])} " for name in given):
            continue
        if within[0] <= a and b <= within[1] and words and not words <= asked and not is_office(text[a:b]):
            inside.append((len(words & asked), -a, (a, b)))
    return min(inside)[2] if inside else None


def past_titles(text: str, start: int, end: int) -> int:
    """Where the name proper begins: behind the last title in it, unless nothing would be left."""
    for word in reversed(list(re.finditer(r"[^\W_]+", text[start:end]))):
        if stem(word.group().casefold()) in TITLES and text[start + word.end() : end].strip():
            return (
                start
                + word.end()
                + len(text[start + word.end() : end])
                - len(text[start + word.end() : end].lstrip())
            )
    return start


def is_office(name: str) -> bool:
    """Is a capitalised office ("Foreign Minister") all there is? It is no one's name."""
    words = fold(name).split()
    return not words or stem(words[-1]) in OFFICES | HELD
