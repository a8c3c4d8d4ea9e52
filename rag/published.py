"""When a story appeared: stated by its page, inferred from its words, or unknown. Never a file's own time.

Stated: front matter, metadata of HTML, a stamp ("PUBLISHED : Monday, 05 November, 2018"), a dateline with its year.

Inferred, from what the words leave no other way to read, each rule checked on dated news:

1. A weekday beside a day, "on Friday (Apr 27)": the year in which it fell so. It is sought from the newest year that
   the story names in the past up to six years on (weekdays return after five, six or eleven), or among the years that
   an age gives ("ended in 1953 … 65 years ago"). The day itself where it stands in the opening, else its month.
2. A full date that no other in the story is later than, in a picture's caption or with its weekday, where the story
   speaks as news does ("on Friday", "last week"): its month. In running text such a date may be any anniversary.
3. A dateline's day, or "last month's summit" beside "their June 12 summit" (so July): the first such time after the
   newest month or day that the story names.
4. The date in the file's name or the story's own address.
5. On a page of several stories whose known dates run one way, an undated one lies between its neighbours.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from rag.dates import DAY, MONTH, bounds, find_dates, month_number
from rag.furniture import is_caption
from rag.headers import Stamp

LEAD = 2  # paragraphs in which a story says its news, with the day
SEARCHED_YEARS = 6  # after the newest year named
FIRST_YEAR = 1995  # of news on the web; an older year in a story is its history
_AHEAD = re.compile(
    r"\b(?:will|scheduled|due|expected|plan(?:s|ned)?|deadline|set\s+(?:to|for)|expires?|would|could|may|target|goal)\b[^.]{0,40}$"
    r"|\b(?:until|till|by|next|through|starting|beginning|from)\s+(?:the\s+)?(?:\w+\s+of\s+)?(?:\w+day,?\s+)?\(?$",
    re.I,
)
_WEEKDAY = re.compile(r"\b(Mon|Tue|Wed|Thu|Fri|Sat|Sun)(?:s|nes|rs|ur)?(?:day)?\.?,?\s*\(?(?:the\s+)?$")
_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_AGO = re.compile(
    r"\b(\d{1,3})\s+years\s+ago\b|\bmarks?\s+(?:the\s+)?(\d{1,3})(?:st|nd|rd|th)\s+anniversary", re.I
)
_AS_NEWS = re.compile(
    r"\b(?:earlier\s+this\s+(?:week|month)|this\s+week|last\s+(?:week|month|Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)"
    r"|on\s+(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day)"
)
_YEARS = re.compile(r"\b(1[89]\d\d|20\d\d)(?:\s*[-–]\s*(\d\d)(?!\d))?")
_SINCE = re.compile(r"\blast\s+month(?:['’]s)?\s+(?:[\w-]+\s+){0,2}?(?P<noun>[a-z]{4,})\b", re.I)
_CREDITED = re.compile(r"(?:Reuters|\bAP|Getty|AFP|EPA|Photo)\W*$")
_IN_NAME = re.compile(
    r"(?<![0-9a-zA-Z])((?:19|20)\d\d)([-_./]?)(0[1-9]|1[0-2])\2(0[1-9]|[12]\d|3[01])(?![0-9a-zA-Z])"
)


@dataclass(frozen=True, slots=True)
class Inferred:
    """`iso`, or, where only the year is open, `day`: "--11-04" or "--07"; both "" where nothing can be said."""

    iso: str = ""
    day: str = ""


@dataclass(frozen=True, slots=True)
class _Clue:
    iso: str
    weekday: int  # 0 Monday … 6 Sunday, -1 where none is named
    lead: bool
    caption: bool


def stated(stamps: Sequence[Stamp]) -> str:
    """The date of publication among a page's stamps, else of its update; "" where none has a year."""
    dated = [stamp for stamp in stamps if not stamp.iso.startswith("--")]
    dated.sort(key=lambda stamp: (stamp.updated, -len(stamp.iso)))
    return dated[0].iso if dated else ""


def dated_name(path: str) -> str:
    """The day in a file's name or an address: "2018-11-05-summit.txt", ".../2018/11/05/summit"."""
    days = ["-".join((match[1], match[3], match[4])) for match in _IN_NAME.finditer(path)]
    return next((day for day in days if bounds(day)[0]), "")


def infer(paragraphs: Sequence[str], day: str, today: date) -> Inferred:
    """A story's date from its paragraphs and `day`, its dateline's or stamp's ("--11-04"), by rules 1 to 3."""
    clues = _clues(paragraphs)
    dated = [
        clue for clue in clues if not clue.iso.startswith("--") and bounds(clue.iso)[0] <= today.isoformat()
    ]
    newest = max((clue.iso for clue in dated), key=lambda iso: bounds(iso)[0], default="")
    if iso := _by_weekday(clues, newest, _aged(paragraphs), today):
        return Inferred(iso)
    telling = [clue.iso for clue in dated if len(clue.iso) == 10 and (clue.caption or clue.weekday >= 0)]
    if (
        telling
        and any(_AS_NEWS.search(text) for text in paragraphs)
        and bounds(max(telling))[0] >= bounds(newest)[0]
    ):
        return Inferred(max(telling)[:7])
    day = day or _month_after(paragraphs)
    if day and len(newest) >= 7:
        return Inferred(first_after(day, bounds(newest)[0], today))
    return Inferred(day=day)


def first_after(day: str, start: str, today: date) -> str:
    """The first "--11-04" or "--07" on or after the ISO day `start`, "" where that is yet to come."""
    year = int(start[:4])
    for iso in (f"{year}{day[1:]}", f"{year + 1}{day[1:]}"):
        if bounds(iso)[1] >= start and bounds(iso)[0]:
            return iso if bounds(iso)[0] <= today.isoformat() else ""
    return ""


def _clues(paragraphs: Sequence[str]) -> list[_Clue]:
    """The dates of a story that are not said of what is to come."""
    clues = []
    for position, text in enumerate(paragraphs):
        caption = is_caption(text) or (
            len(text) < 220 and bool(re.search(r"(?:Reuters|\bAP|Getty|AFP|EPA|Photo)\W*$", text))
        )
        for mention in find_dates(text):
            before = text[max(0, mention.start - 60) : mention.start]
            if _AHEAD.search(before):
                continue
            weekday = _WEEKDAY.search(before)
            number = _WEEKDAYS.index(weekday[1]) if weekday else -1
            clues.append(_Clue(mention.iso, number, position < LEAD, caption))
    return clues


def _by_weekday(clues: Sequence[_Clue], newest: str, aged: set[int], today: date) -> str:
    pairs = [clue for clue in clues if clue.iso.startswith("--") and clue.weekday >= 0]
    if not pairs:
        return ""
    floor = int(newest[:4]) if newest >= str(FIRST_YEAR) else 0
    years = (
        range(floor, min(floor + SEARCHED_YEARS, today.year + 1))
        if floor
        else sorted(year for year in aged if year >= FIRST_YEAR)
    )
    fits = [year for year in years if all(_falls_on(pair.iso, year, pair.weekday, today) for pair in pairs)]
    if len(fits) > 1 and aged & set(fits):
        fits = sorted(aged & set(fits))
    if len(fits) != 1:
        return ""
    last = max(pairs, key=lambda pair: (pair.lead, pair.iso))
    iso = f"{fits[0]}{last.iso[1:]}"
    return iso if last.lead else iso[:7]


def _falls_on(day: str, year: int, weekday: int, today: date) -> bool:
    first, _ = bounds(f"{year}{day[1:]}")
    return bool(first) and date.fromisoformat(first).weekday() == weekday and first <= today.isoformat()


def _aged(paragraphs: Sequence[str]) -> set[int]:
    """Years that an age and a year named in the story add up to: 1953 and "65 years ago" give 2018."""
    text = " ".join(paragraphs)
    ages = {int(match[1] or match[2]) for match in _AGO.finditer(text)}
    years = {int(match[1]) for match in _YEARS.finditer(text)}
    years |= {int(match[1][:2] + match[2]) for match in _YEARS.finditer(text) if match[2]}
    return {year + age for year in years for age in ages}


def _month_after(paragraphs: Sequence[str]) -> str:
    """ "last month's summit" and "the June 12 summit": "--07"."""
    text = " ".join(paragraphs)
    for match in _SINCE.finditer(text):
        dated = re.search(rf"\b({MONTH})\s+{DAY}\s+(?:[\w-]+\s+){{0,2}}?{match['noun']}\b", text)
        if dated and month_number(dated[1]):
            return f"--{month_number(dated[1]) % 12 + 1:02}"
    return ""


def between_neighbours(found: Sequence[Inferred], today: date) -> list[str]:
    """Rule 5. Dates of a page's stories in page order, those still open set by the ones above and below.

    Only where two or more known dates run one way, newest or oldest first, without exception.
    """
    known = [(i, bounds(one.iso)) for i, one in enumerate(found) if one.iso]
    falling = all(low[0] >= next_low[0] for (_, low), (_, next_low) in pairwise(known))
    rising = all(low[0] <= next_low[0] for (_, low), (_, next_low) in pairwise(known))
    dates = [one.iso for one in found]
    if len(known) < 2 or falling == rising:
        return dates
    order = range(len(found)) if rising else range(len(found) - 1, -1, -1)  # oldest first
    earliest = ""
    for i in order:  # a day or month without its year: the first such one after the story before
        if dates[i]:
            earliest = bounds(dates[i])[0]
        elif earliest and found[i].day and (iso := first_after(found[i].day, earliest, today)):
            dates[i] = iso
            earliest = bounds(iso)[0]
    older = ""
    for position, i in enumerate(order):
        if dates[i]:
            older = dates[i]
            continue
        newer = next((dates[j] for j in list(order)[position + 1 :] if dates[j]), "")
        if older and newer:
            dates[i] = _common(bounds(older)[0], bounds(newer)[1])
    return dates


def _common(first: str, last: str) -> str:
    """The month or the year that both days lie in, "" where there is none."""
    if first == last:
        return first
    return first[:7] if first[:7] == last[:7] else first[:4] if first[:4] == last[:4] else ""
