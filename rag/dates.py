"""Dates written out in pages and in questions. Standard library alone: every question imports this.

ISO 8601 strings throughout, of day, month or year precision, so that plain string order is date order. A day
without a year is "--06-12", as in ISO 8601:1988 and XML Schema's gMonthDay.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
_SPANISH = (
    "enero", "febrero", "marzo", "abril", "mayo", "junio",
    "julio", "agosto", "septiembre", "octubre", "noviembre", "diciembre",
)  # fmt: skip
NUMBERS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")

MONTH = (
    r"(?:Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?|Sept?(?:ember)?"
    r"|Oct(?:ober)?|Nov(?:ember)?|Dec(?:ember)?)\b\.?"
)
MES = "(?:" + "|".join(_SPANISH) + "|setiembre)"
DAY = r"(?:0?[1-9]|[12]\d|3[01])(?:st|nd|rd|th)?"
YEAR = r"(?:19|20)\d\d"
WEEKDAY = r"(?:(?:Mon|Tues?|Wed(?:nes)?|Thu(?:rs)?|Fri|Sat(?:ur)?|Sun)(?:day)?)\b\.?"


@dataclass(frozen=True, slots=True)
class DateMention:
    """`text[start:end]` says `iso`: "2018-11-05", "2018-11", "2018", or "--06-12" for a day without its year."""

    start: int
    end: int
    iso: str


def bounds(iso: str) -> tuple[str, str]:
    """First and last day of a date: "2024-09" → ("2024-09-01", "2024-09-30"). ("", "") where it is no date."""
    try:
        numbers = [int(part) for part in iso.split("-")]
        year, month, day = [*numbers, 0, 0][:3]
        if len(numbers) > 3 or not 1 <= year <= 9999:
            return "", ""
        first = date(year, month or 1, day or 1)
        last = first if day else date(year, month or 12, monthrange(year, month or 12)[1])
    except ValueError:
        return "", ""
    return first.isoformat(), last.isoformat()


def say(iso: str) -> str:
    """A date as a reader wants it: "5 November 2018", "November 2018", "2018", "12 June"; "undated" for ""."""
    if match := re.fullmatch(r"--(\d\d)-(\d\d)", iso):
        return f"{int(match[2])} {MONTHS[(int(match[1]) - 1) % 12]}"
    first, _ = bounds(iso)
    if not first:
        return iso or "undated"
    year, month, day = first.split("-")
    if len(iso) == 4:
        return year
    return (
        f"{MONTHS[int(month) - 1]} {year}" if len(iso) <= 7 else f"{int(day)} {MONTHS[int(month) - 1]} {year}"
    )


def month_number(word: str) -> int:
    """1 for "January", "Jan." and "enero"; 0 for anything else."""
    head = word.lower().strip(".")
    if head == "setiembre":
        return 9
    for names in (MONTHS, _SPANISH):
        for number, name in enumerate(names, 1):
            if len(head) >= 3 and (
                name.lower() == head or (names is MONTHS and name.lower().startswith(head))
            ):
                return number
    return 0


def iso_date(year: str, month: str = "", day: str = "") -> str:
    """The date that the parts say, "" when there is no such day: 30 February."""
    number = (int(month) if month.isdigit() else month_number(month)) if month else 0
    numeral = int(re.sub(r"\D", "", day)) if day else 0
    if len(year) == 2:
        year = f"20{year}" if int(year) < 70 else f"19{year}"
    try:
        date(
            int(year or 2000), number or 1, numeral or 1
        )  # 2000 was a leap year: 29 February may stand alone
    except ValueError:
        return ""
    if not month:
        return year
    if not year:
        return f"--{number:02}-{numeral:02}" if day else ""
    return f"{year}-{number:02}-{numeral:02}" if day else f"{year}-{number:02}"


# --- reading dates -----------------------------------------------------------------------------------------


def _slashed(match: re.Match[str]) -> str:
    """05/11/2018 may be May or November; what cannot be told is left out. Dots are day first: 05.11.2018."""
    first, second, year = int(match["a"]), int(match["b"]), match["y"]
    if match["sep"] == "." or (first > 12 and second <= 12):
        return iso_date(year, str(second), str(first))
    if second > 12 or first == second:
        return iso_date(year, str(first), str(second))
    return year


# In order: what an earlier pattern has taken, a later one leaves.
_PATTERNS: list[tuple[re.Pattern[str], Callable[[re.Match[str]], str]]] = [
    (
        re.compile(
            rf"(?<![\w-])(?P<y>{YEAR})([-/.])(?P<m>0?[1-9]|1[0-2])\2(?P<d>0?[1-9]|[12]\d|3[01])(?=T\d|[^\w-]|$)"
        ),
        lambda m: iso_date(m["y"], m["m"], m["d"]),
    ),
    (
        re.compile(
            rf"(?<![\w/.-])(?P<a>\d{{1,2}})(?P<sep>[./-])(?P<b>\d{{1,2}})(?P=sep)(?P<y>{YEAR})(?![\w/-])"
        ),
        _slashed,
    ),
    (
        re.compile(
            rf"\b(?P<d>{DAY})(?:\s*[-–]\s*{DAY})?\s+(?:of\s+)?(?P<m>{MONTH}),?\s+(?P<y>{YEAR})\b"
            rf"|\b(?P<m2>{MONTH})\s*(?P<d2>{DAY})(?:\s*[-–]\s*{DAY})?,?\s+(?:in\s+)?(?P<y2>{YEAR})\b",
            re.I,
        ),
        lambda m: iso_date(m["y"] or m["y2"], m["m"] or m["m2"], m["d"] or m["d2"]),
    ),
    (
        re.compile(rf"\b(?P<d>{DAY}|1º)\s+de\s+(?P<m>{MES})(?:\s+del?\s+(?:año\s+)?(?P<y>{YEAR}))?\b", re.I),
        lambda m: iso_date(m["y"] or "", m["m"], m["d"]),
    ),
    (
        re.compile(
            rf"\b(?P<m>{MONTH}),?\s+(?:of\s+)?(?P<y>{YEAR})\b|\b(?P<m2>{MES})\s+del?\s+(?P<y2>{YEAR})\b", re.I
        ),
        lambda m: iso_date(m["y"] or m["y2"], m["m"] or m["m2"]),
    ),
    (
        re.compile(r"(?<![\w.-])(?P<y>(?:19|20)\d\d)-(?P<m>0[1-9]|1[0-2])(?![\w-])"),
        lambda m: iso_date(m["y"], m["m"]),
    ),
    (
        re.compile(
            rf"\b(?P<m>{MONTH})\s+(?P<d>{DAY})"
            r"(?!\s*(?:percent|per cent|%|[.,:]\d|\d|million|billion|o'clock|[ap]\.?m))\b"
            rf"|(?<![.,:])\b(?P<d2>{DAY})\s+(?:of\s+)?(?P<m2>{MONTH})(?!\w)",
            re.I,
        ),
        lambda m: (
            iso_date("", m["m"] or m["m2"], m["d"] or m["d2"]) if _is_month_name(m["m"] or m["m2"]) else ""
        ),
    ),
    (
        re.compile(
            r"(?<![\w$€£¥.,:/#%+-])(?P<y>(?:19|20)\d\d)(?![\w%]|[.,:/]\d"
            r"|\s+(?:people|troops|soldiers|dollars|euros|yuan|pesos|km|kms|kilomet|miles|tons|tonnes|metres|meters|feet"
            r"|jobs|civilians|members|men|women|children|homes|houses|students|delegates|participants|GMT|local time)"
            r"|\s*(?:hrs|hours|h\b))"
        ),
        lambda m: m["y"],
    ),
]
_COUNTED = re.compile(
    r"\b(?:about|some|nearly|almost|around|approximately|than|over|roughly|up to|total of)\s+$", re.I
)


def _is_month_name(word: str) -> bool:
    """Not the verbs "may" and "march": a month beside a bare day is written with a capital."""
    return word[:1].isupper()


def find_dates(text: str) -> list[DateMention]:
    """The dates that `text` writes out, in order, not overlapping; weekdays and relative words are none."""
    found: list[DateMention] = []
    taken = bytearray(len(text))
    for pattern, read in _PATTERNS:
        for match in pattern.finditer(text):
            start, end = match.span()
            iso = read(match)
            if not iso or any(taken[start:end]):
                continue
            if len(iso) == 4 and _COUNTED.search(text[max(0, start - 20) : start]):
                continue
            if match[0].endswith(".") and iso.startswith("--"):
                end -= not re.match(
                    r"\s+[a-z]", text[end : end + 3]
                )  # the stop of the sentence, not of "Sept."
            taken[start:end] = b"\x01" * (end - start)
            found.append(DateMention(start, end, iso))
    return sorted(found, key=lambda mention: mention.start)


# --- dates in questions ------------------------------------------------------------------------------------
