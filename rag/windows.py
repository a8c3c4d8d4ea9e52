"""The time that a question asks about: "in 2018", "last September", "before March 2024", "the latest".

Relative words count from the day on which the question is asked. Standard library alone.
"""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from typing import Literal

from rag.dates import DAY, MONTH, NUMBERS, YEAR, bounds, find_dates, iso_date, month_number

_NUMBER = r"(?:\d{1,3}|a|an|" + "|".join(NUMBERS) + r"|few|couple of|several)"
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
    iso = iso_date(str(periods[0].first.year), match[1], match[2] or "")
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
    count = int(number) if number.isdigit() else words.get(number) or NUMBERS.index(number) + 1
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


def suits_time(window: Window | None, published: str, text: str) -> float:
    """1 when a passage is of the time asked about, or names it; -1 when it is known to be of another; else 0."""
    if window is None or window.order != "only":
        return 0.0

    def inside(iso: str) -> bool:
        first, last = bounds(iso)
        return (not window.after or last >= window.after) and (not window.before or first <= window.before)

    if published and inside(published):
        return 1.0
    if any(inside(m.iso) for m in find_dates(text) if not m.iso.startswith("--")):
        return 1.0
    return -1.0 if published else 0.0
