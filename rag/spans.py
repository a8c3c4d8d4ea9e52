"""Spans of a sentence by their sort: names, dates, numbers, places. By their look alone, no lists of people.

Used to make the reader's spans whole, to hold them against what is asked for, and to find one where there is no reader.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from rag.dates import find_dates
from rag.names import Names

Sort = Literal["name", "place", "date", "number"]

# Upper case of every alphabet that has it, up to Armenian: "Émile", "Łukasz".
UPPER = "A-Z" + "".join(c for c in map(chr, range(0xC0, 0x557)) if c.isupper())
ARABIC = "(?:(?:a[dlnrstz]|ash|e[dlnrstz]|ul)-)?"  # "Bashar al-Assad", "Abdel Fattah el-Sisi"
CAPITAL = rf"{ARABIC}(?:[{UPPER}][\w’'.&-]*[\w]|[{UPPER}])"
# Runs of capitalised words, small name particles allowed inside: "Miguel Diaz-Canel", "Juan Carlos de la Vega".
NAME = re.compile(
    rf"\b(?:{CAPITAL})(?:\s(?:(?:de|del|la|las|los|van|von|der|den|bin|al|el|da|dos|of the|of|and the)\s){{0,2}}"
    rf"(?:{CAPITAL}))*"
)
NUMBER_WORDS = """
    one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen
    seventeen eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety hundred thousand
    million billion trillion dozen dozens half third quarter first second third fourth fifth sixth seventh
    eighth ninth tenth once twice several none
    """.split()
SCALE = "percent|per cent|million|billion|trillion|thousand"
UNIT = (
    "dollars|euros|years?|months?|weeks?|days?|hours?|minutes?|km|kilomet(?:er|re)s|miles|met(?:er|re)s|people|tons?|"
    "tonnes"
)
IN_WORDS = "|".join(NUMBER_WORDS)
NUMBER = re.compile(
    rf"(?<![\w-])(?:(?:US|A|C|HK)?[$€£¥]\s?)?\d[\d,.]*\d?(?:st|nd|rd|th)?(?:\s?%|\s(?:{SCALE}|{UNIT}))*"
    r"|\ba (?:day|week|month|year|half|dozen|hundred|thousand|million|billion|third|quarter)\b(?: and a half)?"
    rf"|\b(?:{IN_WORDS})\b(?:[ -](?:and a half|{IN_WORDS}|years?|months?|weeks?|days?|hours?))*",
    re.IGNORECASE,
)
DAYS = r"(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day"
MONTHS = (
    r"(?:Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?|Sept?(?:ember)?|Oct(?:ober)?|"
    r"Nov(?:ember)?|Dec(?:ember)?)\b\.?"
)
WHEN = re.compile(
    r"\b(?:(?:last|this|next|early|late|mid|on|the end of|the beginning of)[ -])*"
    rf"(?:{DAYS}|{MONTHS}|week|month|year|weekend|"
    r"summer|winter|spring|autumn|fall|decade|century|night)\b(?:\s(?:morning|afternoon|evening|night))?"
    r"|\b(?:yesterday|today|tomorrow|tonight)\b|\b(?:\w+\s)?(?:days?|weeks?|months?|years?|hours?)\s(?:ago|later|earlier|after|before)\b"
    r"|\b(?:1[5-9]|20)\d\d(?:s|-\d\d)?\b"
)
BEFORE_PLACE = re.compile(
    r"\b(?:in|at|to|from|near|outside|inside|into|via|across|around|along|for|visit(?:s|ed|ing)?|through)\s"
    r"(?:the\s)?(?:\w+\s(?:city|town|village|port|island)\sof\s)?$",
    re.IGNORECASE,
)
TIME_WORD = re.compile(rf"(?:{DAYS}|{MONTHS})", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class TypedSpan:
    """`sentence[start:end]`, of a sort."""

    start: int
    end: int
    sort: Sort


def typed_spans(sentence: str, names: Names) -> list[TypedSpan]:
    """Every span of a known sort in reading order; one stretch of text may be of two sorts (a name that is a place)."""
    found = [TypedSpan(m.start, m.end, "date") for m in find_dates(sentence)]
    found += [TypedSpan(m.start(), m.end(), "date") for m in WHEN.finditer(sentence)]
    dated = [(s.start, s.end) for s in found]
    for match in NUMBER.finditer(sentence):
        if not any(a < match.end() and match.start() < b for a, b in dated):
            found.append(TypedSpan(match.start(), match.end(), "number"))
    for start, end in name_spans(sentence):
        if any(a < end and start < b for a, b in dated):
            continue
        located = BEFORE_PLACE.search(sentence[:start]) is not None
        if located or is_place(sentence[start:end], names):
            found.append(TypedSpan(start, end, "place"))
        if not is_place(sentence[start:end], names):
            found.append(TypedSpan(start, end, "name"))
    return sorted(found, key=lambda s: (s.start, s.end))


def name_spans(sentence: str) -> list[tuple[int, int]]:
    """Runs of capitalised words, without a first word that is capital only because it begins the sentence."""
    spans = []
    for match in NAME.finditer(sentence):
        start, end = match.span()
        words = match.group().split()
        if (
            start == 0
            and len(words) == 1
            and not re.search(r"[a-z]", sentence[end : end + 1])
            and _is_common(words[0])
        ):
            continue
        if words and _is_common(words[0]) and len(words) > 1:
            start += len(words[0]) + 1
        month = re.match(rf"{TIME_WORD.pattern}\s+(?=[{UPPER}])", sentence[start:end])
        start += month.end() if month else 0  # "In April Ana Lee …"
        text = re.sub(r"['’]s?$", "", sentence[start:end])
        if text and not TIME_WORD.fullmatch(text):
            spans.append((start, start + len(text)))
    return spans


COMMON = frozenset(
    """
    the a an this that these those he she it they we i you his her its their our my in on at by for from
    with as after before during when while where if although though but and or so because since until
    however meanwhile also both all some many most few several one two three there here what who why how
    last next asked according earlier later shortly then speaking about none each every another other only
    despite following hours immediately still even at of to not no yes it's mr mrs ms dr such under over
    among
    """.split()
)


def _is_common(word: str) -> bool:
    return word.casefold().strip(".,’'") in COMMON


def is_place(text: str, names: Names) -> bool:
    """Is the whole of `text` a country, its people or its capital?"""
    return any(m.start == 0 and m.end >= len(text) - 2 for m in names.countries(text))
