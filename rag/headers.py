"""The head of a story: byline, date stamp and dateline.

By Jane Doe                               byline
PUBLISHED : Monday, 05 November, 2018     stamp
SEOUL/TOKYO (Reuters) - Words …           dateline: place and agency, in some with a day
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from rag.dates import DAY, MONTH, WEEKDAY, YEAR, find_dates

_LABEL = (
    r"(?:(?:first|last|originally|article|story|date)\s+)?(?:published|posted|updated|modified|created|released|date|dated|issued"
    r"|publicado|actualizado|fecha)(?:\s+(?:date|time|online|at|on|in))?"
)
_CLOCK = re.compile(
    r"\bT?\d{1,2}[:.h]\d{2}(?:[:.]\d{2})?(?:\.\d+)?\s*(?:[ap]\.?\s?m\b\.?|hrs|hours|h\b)?Z?|\b\d{1,2}\s*[ap]\.?m\b\.?"
    r"|\b(?:[A-Z]{1,3}ST|[A-Z]{1,3}DT|GMT|UTC|ET|PT|CT|MT|CET|WIB|Z)\b|[+-]\d\d:?\d\d\b|\(\s*(?:local\s+time|[A-Z]{2,4})\s*\)",
    re.I,
)
_SMALL = re.compile(
    r"\b(?:on|at|in|of|the|local|time|ago|hours?|min(?:ute)?s?|read|and|last|first|also)\b", re.I
)
_NAME = r"(?:[A-Z][\w'’.-]*|de|del|la|van|von|bin|al|el|da|dos|di)"
_BYLINE = re.compile(
    rf"^\W*(?:(?i:story\s+by|written\s+by|reported\s+by|reporting\s+by|by|por|author\s*:|byline\s*:))\s+"
    rf"(?P<names>{_NAME}(?:\s+{_NAME}){{0,5}}(?:(?:\s*,|\s+and|\s+&|\s*,\s*and|\s+y|\s+in)\s+{_NAME}(?:\s+{_NAME}){{0,4}}){{0,5}})"
)
_PLACE = r"[A-Z][\w'’.]*(?:(?:[ /-]|\s*,\s+)(?:[A-Z][\w'’.]*|de|del|la|el|of|and|y)){0,6}"
_SHOUTED = r"[A-Z][A-Z'’.]+(?:[ /-]+[A-Z][A-Z'’.]+){0,4}(?:,\s+[A-Z][\w'’.]+(?:\s[A-Z][\w'’.]+){0,3})?"
_DAY_OF = rf"(?:{WEEKDAY},?\s+)?(?:{MONTH}\s+{DAY}|{DAY}\s+{MONTH})(?:,?\s+{YEAR})?"
_AGENCY = r"(?:\((?P<agency>[A-Z][\w .&'’/-]{1,40})\)|/(?P<agency2>[A-Z][\w .-]{1,30})/\.?)"
_DASH = r"(?:--+|[-–—―])"
_DATELINES = [
    re.compile(rf"^(?P<place>{_PLACE}?)[,.]?\s+(?P<day>{_DAY_OF})[,.]?\s*{_AGENCY}\s*(?:{_DASH}|:)?\s*"),
    re.compile(rf"^(?P<place>{_PLACE})[,.]?\s+{_AGENCY}\s*(?:{_DASH}|:)\s*"),
    re.compile(rf"^(?P<place>{_SHOUTED})[,.]?\s+{_AGENCY}\s+(?=[A-Z\"“])"),
    re.compile(rf"^(?P<place>){_AGENCY}\s*(?:{_DASH}|:)?\s+(?=[A-Z\"“'‘])"),
    re.compile(rf"^(?P<place>{_PLACE}?)[,.]?\s+(?P<day>{_DAY_OF})\s*(?:{_DASH}|:)\s+"),
    re.compile(rf"^(?P<place>{_SHOUTED})\s*(?:\s{_DASH}|—|:)\s+(?=[A-Z\"“'‘])"),
]
_NO_PLACE = re.compile(
    r"^(?:WATCH|READ|UPDATED?|BREAKING|RELATED|EXCLUSIVE|ANALYSIS|OPINION|NOTE|VIDEO|LIVE|FILE|PHOTO|QUESTION|ANSWER"
    r"|EDITOR|MORE|ALSO|SEE|WARNING|CORRECTION|FACTBOX|EXPLAINER|INTERVIEW|COMMENTARY|EDITORIAL|HOST|Q|A)\b"
)


@dataclass(frozen=True, slots=True)
class Stamp:
    """A date that the page states about itself."""

    iso: str  # "--11-05" when without a year
    updated: bool  # of the last change, not of publication


@dataclass(frozen=True, slots=True)
class Dateline:
    """Where, by whom and when a story was filed; "" for what it leaves out. The first `end` characters of the text."""

    place: str
    agency: str
    day: str  # as `DateMention.iso`
    end: int


def read_stamp(text: str) -> Stamp | None:
    """The stamp that a short line is, None where it says more than a date, a time, a name and a label."""
    if len(text) > 160:
        return None
    mentions = [mention for mention in find_dates(text) if len(mention.iso) >= 7]
    if not mentions:
        return None
    rest = text
    for mention in reversed(mentions):
        rest = rest[: mention.start] + " " + rest[mention.end :]
    label = re.search(rf"\b{_LABEL}\b", rest, re.I)
    byline = read_byline(rest)
    rest = re.sub(rf"\b{_LABEL}\b|\b{WEEKDAY}", " ", _CLOCK.sub(" ", rest), flags=re.I)
    if byline:
        rest = _BYLINE.sub(" ", rest.strip())
    words = re.findall(r"[^\W_]+", _SMALL.sub(" ", rest))
    # A labelled stamp may name its section or site ("Posted in Cuba on 5 May 2018"); a bare one stands alone.
    if len(words) > (5 if label else 3 if byline else 1 if "|" in text or "·" in text or "•" in text else 0):
        return None
    before = text[: mentions[0].start].lower()
    updated = bool(re.search(r"updat|modif|actualiz", before)) and not re.search(r"publi[sc]|posted", before)
    return Stamp(mentions[0].iso, updated)


def read_byline(text: str) -> str:
    """The names in "By Jane Doe and John Roe, Reuters"; "" where the line is none."""
    match = _BYLINE.match(text)
    if not match or len(text.split()) > 22:
        return ""
    left = text[match.end() :]
    if re.match(r"\s+[a-z]{2,}", left) and not re.match(
        r"\s+(?:for|in|at|on|and|staff|correspondent|reporter|writer)\b", left
    ):
        return ""  # "By Friday the talks had …"
    if (
        find_dates(match["names"])
        or re.match(WEEKDAY, match["names"])
        or re.match(rf"{MONTH}(?:\s|$)", match["names"])
    ):
        return ""
    return match["names"].strip(" ,.")


def read_dateline(text: str) -> Dateline | None:
    """The dateline that a paragraph begins with, None where it has none."""
    head = text[:140]
    for pattern in _DATELINES:
        match = pattern.match(head)
        if not match:
            continue
        groups = match.groupdict()
        place = (groups.get("place") or "").strip(" ,.")
        agency = (groups.get("agency") or groups.get("agency2") or "").strip(" .")
        if (
            _NO_PLACE.match(place)
            or len(place) > 70
            or find_dates(agency)
            or re.fullmatch(r"[LRC]|left|right", agency, re.I)
        ):
            continue
        mentions = find_dates(groups.get("day") or "")
        # No city's name has three letters or fewer in capitals: "CNN — ", "AP – " is the agency.
        if not agency and re.fullmatch(r"[A-Z]{2,3}", place):
            place, agency = "", place
        return Dateline(place, agency, mentions[0].iso if mentions else "", match.end())
    return None


def read_sign_off(text: str) -> tuple[str, int]:
    """The agency that signs a text's end, "… this year. (Yonhap)", and where the rest ends; else "" and the length."""
    match = re.search(
        r"(?<=[.!?\"”’])\s*[(\[]\s*([A-Z][\w&.'’-]*(?:[ /-][A-Z][\w&.'’-]*){0,3})\s*[)\]]\.?\s*$", text
    )
    return (match[1], match.start()) if match and len(match[1]) > 1 else ("", len(text))
