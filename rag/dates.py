"""Dates written out in pages and in questions. Standard library alone: every question imports this.

ISO 8601 strings throughout, of day, month or year precision, so that plain string order is date order. A day
without a year is "--06-12", as in ISO 8601:1988 and XML Schema's gMonthDay.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from typing import Literal

MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_SPANISH = (
    "enero", "febrero", "marzo", "abril", "mayo", "junio",
    "julio", "agosto", "septiembre", "octubre", "noviembre", "diciembre",
)  # fmt: skip
_NUMBERS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")

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


@dataclass(frozen=True, slots=True)
class Window:
    """The time a question asks about: inclusive ISO days, "" where open. `question[start:end]` says so.

    `order`: "only", evidence from inside the window; "newest", the state of things at the window's end ("as of
    2018", "by June 2018", "the latest"); "oldest", the earliest there is ("the oldest report").
    """

    after: str
    before: str
    start: int
    end: int
    order: Literal["only", "newest", "oldest"] = "only"


# --- writing dates -----------------------------------------------------------------------------------------


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


def _iso(year: str, month: str = "", day: str = "") -> str:
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
        return _iso(year, str(second), str(first))
    if second > 12 or first == second:
        return _iso(year, str(first), str(second))
    return year


# In order: what an earlier pattern has taken, a later one leaves.
_PATTERNS: list[tuple[re.Pattern[str], Callable[[re.Match[str]], str]]] = [
    (
        re.compile(
            rf"(?<![\w-])(?P<y>{YEAR})([-/.])(?P<m>0?[1-9]|1[0-2])\2(?P<d>0?[1-9]|[12]\d|3[01])(?=T\d|[^\w-]|$)"
        ),
        lambda m: _iso(m["y"], m["m"], m["d"]),
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
        lambda m: _iso(m["y"] or m["y2"], m["m"] or m["m2"], m["d"] or m["d2"]),
    ),
    (
        re.compile(rf"\b(?P<d>{DAY}|1º)\s+de\s+(?P<m>{MES})(?:\s+del?\s+(?:año\s+)?(?P<y>{YEAR}))?\b", re.I),
        lambda m: _iso(m["y"] or "", m["m"], m["d"]),
    ),
    (
        re.compile(
            rf"\b(?P<m>{MONTH}),?\s+(?:of\s+)?(?P<y>{YEAR})\b|\b(?P<m2>{MES})\s+del?\s+(?P<y2>{YEAR})\b", re.I
        ),
        lambda m: _iso(m["y"] or m["y2"], m["m"] or m["m2"]),
    ),
    (
        re.compile(r"(?<![\w.-])(?P<y>(?:19|20)\d\d)-(?P<m>0[1-9]|1[0-2])(?![\w-])"),
        lambda m: _iso(m["y"], m["m"]),
    ),
    (
        re.compile(
            rf"\b(?P<m>{MONTH})\s+(?P<d>{DAY})"
            r"(?!\s*(?:percent|per cent|%|[.,:]\d|\d|million|billion|o'clock|[ap]\.?m))\b"
            rf"|(?<![.,:])\b(?P<d2>{DAY})\s+(?:of\s+)?(?P<m2>{MONTH})(?!\w)",
            re.I,
        ),
        lambda m: _iso("", m["m"] or m["m2"], m["d"] or m["d2"]) if _is_month_name(m["m"] or m["m2"]) else "",
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

_NUMBER = r"(?:\d{1,3}|a|an|" + "|".join(_NUMBERS) + r"|few|couple of|several)"
_UNIT = r"(?:day|week|fortnight|month|year|decade)s?"
_PERIOD = re.compile(
    rf"""(?:the\s+)?
    (?:(?P<part>early|late|mid|(?:end|beginning|start|middle|close|first\ half|second\ half)\s+of)[\s-]+(?:the\s+)?)?
    (?: (?P<relative>last|this|past|previous|current|next)\s+
        (?P<unit>week|month|year|decade|{MONTH}|spring|summer|autumn|fall|winter)\b
      | (?P<word>today|yesterday)\b
      | (?P<decade>(?:19|20)\d0)['’]?s\b
      | (?P<season>spring|summer|autumn|fall|winter)\s+(?:of\s+)?(?P<season_year>{YEAR})\b
    )""",
    re.I | re.X,
)
_SPAN = re.compile(
    rf"\b(?:(?:in|over|during|within|for)\s+)?(?:the\s+)?(?:last|past|previous)\s+(?P<n>{_NUMBER})\s+(?P<unit>{_UNIT})\b",
    re.I,
)
_AGO = re.compile(rf"\b(?P<n>{_NUMBER})\s+(?P<unit>{_UNIT})\s+ago\b", re.I)
_BEFORE_WORD = re.compile(
    r"(?:^|\b)(?P<prep>as\s+of|as\s+at|by|before|prior\s+to|until|till|up\s+to|through|since|after|following|from"
    r"|in|on|during|for|throughout|at|within)?\s*(?:the\s+)?(?:(?:month|year|week|day)\s+of\s+)?$",
    re.I,
)
_JOIN = re.compile(r"\s*(?:and|to|until|till|through|-|–|—)\s*(?:the\s+)?", re.I)
_PAIR = re.compile(r"\b(?:between|from)\s+(?:the\s+)?$", re.I)
_RANKED = re.compile(
    r"\b(?P<new>(?:the\s+)?(?:latest|newest|most\s+recent(?:ly)?))\b|\b(?P<old>(?:the\s+)?(?:oldest|earliest))\b",
    re.I,
)
_SEASONS = {"spring": (3, 5), "summer": (6, 8), "autumn": (9, 11), "fall": (9, 11), "winter": (12, 2)}


@dataclass(frozen=True, slots=True)
class _Period:
    first: date
    last: date
    start: int
    end: int


def date_window(question: str, today: date) -> Window | None:
    """The time that a question is about, or None where it names none.

    "in 2018", "on 5 November 2018", "before March 2024", "since 2020", "after the end of 2019", "between 2017 and
    2019", "from May to July 2018" (a month takes the other's year), "in the 1990s", "as of 2018", "by June 2018";
    and, counted from `today`: "last September" (the latest one that is over), "last year", "this year", "in the past
    two weeks", "three years ago". Months and days without a year, and weekdays, name no time. A year inside an event's
    name ("the 2018 Winter Olympics") counts. "The latest", "the oldest" with no date give an open window with that
    order.
    """
    try:
        periods = _periods(question, today)
    except (OverflowError, ValueError):  # "in the last 999 decades"
        periods = []
    if not periods:
        match = _RANKED.search(question)
        return Window("", "", *match.span(), "newest" if match["new"] else "oldest") if match else None
    for one, other in pairwise(periods):
        if _JOIN.fullmatch(question, one.end, other.start) and one.first <= other.last:
            pair = _PAIR.search(question[: one.start])
            start = pair.start() if pair else one.start
            return Window(one.first.isoformat(), other.last.isoformat(), start, other.end)
    return _led(question, periods)


def _led(question: str, periods: list[_Period]) -> Window:
    """The window of the first period that a word such as "before" leads, else of the first."""
    leads = [(period, _BEFORE_WORD.search(question[: period.start])) for period in periods]
    period, lead = next(((p, m) for p, m in leads if m and m["prep"]), leads[0])
    prep = re.sub(r"\s+", " ", lead["prep"].lower()) if lead and lead["prep"] else ""
    start, day = (lead.start() if lead and prep else period.start), timedelta(days=1)
    first, last, end = period.first.isoformat(), period.last.isoformat(), period.end
    if prep in ("before", "prior to"):
        return Window("", (period.first - day).isoformat(), start, end)
    if prep in ("until", "till", "up to", "through"):
        return Window("", last, start, end)
    if prep in ("as of", "as at", "by"):
        return Window("", last, start, end, "newest")
    if prep in ("after", "following"):
        return Window((period.last + day).isoformat(), "", start, end)
    if prep in ("since", "from"):
        return Window(first, "", start, end)
    return Window(first, last, start, end)


def _periods(question: str, today: date) -> list[_Period]:
    found = [*_spans(question, today), *_relative(question, today)]
    mentions = [*find_dates(question)]
    for mention in mentions:
        first, last = bounds(mention.iso)
        if not first or any(mention.start < period.end and period.start < mention.end for period in found):
            continue
        period = _Period(date.fromisoformat(first), date.fromisoformat(last), mention.start, mention.end)
        short = re.match(r"\s*[-–]\s*(\d\d)\b", question[mention.end :])  # 1950-53
        if len(mention.iso) == 4 and short and int(short[1]) > int(mention.iso[2:]):
            period = _Period(
                period.first,
                date(int(mention.iso[:2] + short[1]), 12, 31),
                period.start,
                period.end + short.end(),
            )
        found.append(_partly(question, period))
    found.sort(key=lambda period: period.start)
    return _with_borrowed_year(question, found)


def _with_borrowed_year(question: str, periods: list[_Period]) -> list[_Period]:
    """ "from May to July 2018": a month without a year before a dated one takes its year."""
    if not periods or not (
        match := re.search(
            rf"\b({MONTH})(?:\s+({DAY}))?\s*(?:and|to|until|-|–)\s*$", question[: periods[0].start], re.I
        )
    ):
        return periods
    iso = _iso(str(periods[0].first.year), match[1], match[2] or "")
    first, last = bounds(iso)
    if not first:
        return periods
    return [
        _Period(
            date.fromisoformat(first),
            date.fromisoformat(last),
            match.start(),
            match.end(2 if match[2] else 1),
        ),
        *periods,
    ]


def _partly(question: str, period: _Period) -> _Period:
    """ "the end of 2019", "early 2018": the third of the period that the words before it name."""
    match = re.search(
        r"(?:the\s+)?\b(early|late|mid|(?:beginning|start|first half|middle|end|close|second half)\s+of)"
        r"[\s-]+(?:the\s+)?$",
        question[: period.start], re.I,
    )  # fmt: skip
    if not match:
        return period
    part = match[1].lower().split()[0]
    half = "half" in match[1].lower()
    return _Period(*_cut(period.first, period.last, part, 2 if half else 3), match.start(), period.end)


def _cut(first: date, last: date, part: str, pieces: int) -> tuple[date, date]:
    third = (last - first) // pieces
    if part in ("early", "beginning", "start", "first"):
        return first, first + third
    if part in ("late", "end", "close", "second"):
        return last - third, last
    return first + third, last - third


def _spans(question: str, today: date) -> list[_Period]:
    """ "in the past two weeks" ends today; "three years ago" is that unit, so long ago."""
    found = []
    for match in _SPAN.finditer(question):
        start = _back(today, match["n"], match["unit"])
        found.append(_Period(start, today, match.start(), match.end()))
    for match in _AGO.finditer(question):
        then = _back(today, match["n"], match["unit"])
        precision = {"y": 4, "m": 7}.get(match["unit"][0].lower(), 10)
        first, last = bounds(then.isoformat()[:precision])
        found.append(_Period(date.fromisoformat(first), date.fromisoformat(last), match.start(), match.end()))
    return found


def _back(today: date, number: str, unit: str) -> date:
    words = {"a": 1, "an": 1, "couple of": 2, "few": 3, "several": 5}
    number = number.lower()
    count = int(number) if number.isdigit() else words.get(number) or _NUMBERS.index(number) + 1
    days = {"d": 1, "w": 7, "f": 14}.get(unit[0].lower(), 0)
    if unit.lower().startswith("decade"):
        return _add_months(today, -120 * count)
    return (
        today - timedelta(days=days * count)
        if days
        else _add_months(today, -count * (12 if unit[0] in "yY" else 1))
    )


def _add_months(day: date, months: int) -> date:
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def _relative(question: str, today: date) -> list[_Period]:
    found = []
    for match in _PERIOD.finditer(question):
        if match["word"]:
            day = today - timedelta(days=match["word"].lower() == "yesterday")
            span: tuple[date, date] | None = (day, day)
        elif match["decade"]:
            span = date(int(match["decade"]), 1, 1), date(int(match["decade"]) + 9, 12, 31)
        elif match["season"]:
            span = _season(match["season"], int(match["season_year"]))
        else:
            span = _around(match["relative"].lower(), match["unit"].lower(), today)
        if span is None:
            continue
        if match["part"]:
            part = match["part"].lower()
            span = _cut(*span, part.split()[0], 2 if "half" in part else 3)
        found.append(_Period(*span, match.start(), match.end()))
    return found


def _season(name: str, year: int) -> tuple[date, date]:
    """Of the northern half of the world; winter 2018 begins in December 2018."""
    first, last = _SEASONS[name.lower()]
    end_year = year + (last < first)
    return date(year, first, 1), date(end_year, last, monthrange(end_year, last)[1])


def _around(relative: str, unit: str, today: date) -> tuple[date, date] | None:
    step = {"this": 0, "current": 0, "next": 1}.get(relative, -1)
    if unit == "week":
        monday = today - timedelta(days=today.weekday()) + timedelta(weeks=step)
        return monday, monday + timedelta(days=6)
    if unit in ("month", "year", "decade"):
        day = _add_months(today, step * {"month": 1, "year": 12, "decade": 120}[unit])
        if unit == "decade":
            return date(day.year // 10 * 10, 1, 1), date(day.year // 10 * 10 + 9, 12, 31)
        first, last = bounds(day.isoformat()[: 7 if unit == "month" else 4])
        return date.fromisoformat(first), date.fromisoformat(last)
    if unit in _SEASONS:
        span = _season(unit, today.year)
        if step < 0 and span[1] >= today:
            span = _season(unit, today.year - 1)
        return span if step <= 0 or span[0] > today else _season(unit, today.year + 1)
    month = month_number(unit)
    year = today.year + (step < 0 and month >= today.month) * -1 + (step > 0 and month <= today.month)
    first, last = bounds(f"{year}-{month:02}")
    return date.fromisoformat(first), date.fromisoformat(last)
