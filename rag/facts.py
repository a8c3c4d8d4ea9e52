"""What in a sentence can be looked up word for word: its quoted words, dates, numbers and names.

`missing_facts` holds those of a claim against what an article says: one number in figures or words, one date in any
precision, one name in any spelling.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import Literal

from rag.dates import MONTHS, bounds, find_dates, month_number
from rag.names import Names
from rag.spans import name_spans
from rag.words import STOPWORDS, fold

Kind = Literal["quote", "date", "number", "name"]

QUOTED = re.compile(r"[“\"«]([^”\"»]{3,})[”\"»]")
FIGURE = re.compile(
    r"(?<![\w.,])(\d{1,3}(?:,\d{3})+|\d+)((?:[.:]\d+)*)(st|nd|rd|th|m|bn|k)?(?![\w])", re.IGNORECASE
)
SCALES = {
    "hundred": 1e2, "thousand": 1e3, "million": 1e6, "billion": 1e9, "trillion": 1e12, "dozen": 12.0,
    "k": 1e3, "m": 1e6, "bn": 1e9,
}  # fmt: skip
_SMALL = """
    zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen
    eighteen nineteen
""".split()
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()
_ORDINALS = """
    zeroth first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth
    fifteenth sixteenth seventeenth eighteenth nineteenth
""".split()
WORTH = (
    {word: float(n) for n, word in enumerate(_SMALL)}
    | {word: float(n) for n, word in enumerate(_ORDINALS)}
    | {word: 10.0 * n for n, word in enumerate(_TENS, 2)}
    | {word[:-1] + "ieth": 10.0 * n for n, word in enumerate(_TENS, 2)}
)
MANY = re.compile(r"[^\W\d_]+")
# "one" and "second" are more often no number; they are read in evidence, and not asked for in a claim.
UNSURE = frozenset({"one", "zero", "zeroth", "second"})
BOTH = re.compile(r"\b(?:both|pair|couple|twice)\b", re.IGNORECASE)
DAY_NAME = re.compile(r"\b(Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day\b", re.IGNORECASE)
DAY_NAMES = ("mon", "tues", "wednes", "thurs", "fri", "satur", "sun")
MONTH_NAME = re.compile(rf"\b(?:{'|'.join(MONTHS)}|Jan|Feb|Mar|Apr|Aug|Sept?|Oct|Nov|Dec)\b\.?")
YEAR = re.compile(r"(?<![\d.,])(?:1[5-9]|20)\d\d(?![\d,]\d|\d)")
# Titles and offices that stand before a name and are written with a capital there.
TITLES = frozenset(
    """
    president vice premier prime minister ministers foreign defence defense deputy chairman chairwoman chair secretary
    general state ambassador envoy mr mrs ms miss dr sir lord lady king queen prince princess pope senator judge justice
    leader first supreme marshal colonel captain major professor prof sheikh emperor chancellor governor mayor official
    officials spokesman spokeswoman spokesperson counselor counsellor director head chief representative former the of
    and government party news agency state-run delegation
    """.split()
)


@dataclass(frozen=True, slots=True)
class Fact:
    """`text[start:end] == words`; `value`: the number, the ISO date, "weekday 4", "month 3", else the folded words."""

    kind: Kind
    start: int
    end: int
    words: str
    value: str | float


@dataclass(frozen=True, slots=True)
class Told:
    """What an article says around a sentence, in the forms that facts are looked for in."""

    text: str  # the sentences that bear on a claim
    context: str  # those, the rest of the passage and the title
    published: str = ""
    outlet: str = ""


@lru_cache(4096)
def facts_of(text: str) -> tuple[Fact, ...]:
    """The facts of one sentence in reading order; none within another."""
    found: list[Fact] = []
    taken = bytearray(len(text))

    def take(kind: Kind, start: int, end: int, value: str | float) -> None:
        if start < end and not any(taken[start:end]):
            taken[start:end] = b"\x01" * (end - start)
            found.append(Fact(kind, start, end, text[start:end], value))

    for match in QUOTED.finditer(text):
        take("quote", *match.span(1), fold(match[1]))
    for mention in find_dates(text):
        take("date", mention.start, mention.end, mention.iso)
    for match in DAY_NAME.finditer(text):
        take("date", *match.span(), f"weekday {DAY_NAMES.index(match[1].casefold())}")
    for match in MONTH_NAME.finditer(text):
        if match.group() != "May" or re.search(
            r"\b(?:in|last|next|since|of|by|until|early|late|mid)\s$", text[: match.start()]
        ):
            take("date", *match.span(), f"month {month_number(match.group())}")
    for start, end, value, sure in numbers_in(text):
        if sure:
            take("number", start, end, value)
    for start, end in name_spans(text):
        take("name", start, end, fold(text[start:end]))
    return tuple(sorted(found, key=lambda f: f.start))


def numbers_in(text: str) -> Iterator[tuple[int, int, float, bool]]:
    """(start, end, value, surely a number) of each number in figures or words: "1.5 million", "sixty-five", "65th"."""
    for match in FIGURE.finditer(text):
        rest = match[2]
        if rest.count(".") > 1 or ":" in rest:  # a time or a version: as it stands
            yield match.start(), match.end(), _as_written(match.group()), True
            continue
        value = float(match[1].replace(",", "") + rest)
        value *= SCALES.get((match[3] or "").casefold(), 1.0)
        scale = re.match(
            r"[\s-]+(hundred|thousand|million|billion|trillion|dozen)\b", text[match.end() :], re.I
        )
        end = match.end() + (scale.end() if scale else 0)
        yield match.start(), end, value * (SCALES[scale[1].casefold()] if scale else 1.0), True
    yield from _worded(text)


def _as_written(figures: str) -> float:
    parts = [int(p) for p in re.findall(r"\d+", figures)]
    return float(sum(p / 1000**n for n, p in enumerate(parts))) + 0.5e-9 * len(parts)


def _worded(text: str) -> Iterator[tuple[int, int, float, bool]]:
    words = list(MANY.finditer(text))
    at = 0
    while at < len(words):
        total, value, end, names = 0.0, 0.0, at, []
        while end < len(words):
            word = words[end].group().casefold()
            if end > at and not re.fullmatch(r"[\s-]+", text[words[end - 1].end() : words[end].start()]):
                break
            if word in WORTH:
                value += WORTH[word]
            elif word in SCALES and len(word) > 2 and (value or total):
                total, value = (total, value * SCALES[word]) if word in ("hundred", "dozen") else (
                    total + value * SCALES[word], 0.0)  # fmt: skip
            elif not (
                word == "and"
                and value
                and end + 1 < len(words)
                and words[end + 1].group().casefold() in WORTH
            ):
                break
            names.append(word)
            end += 1
        if end > at:
            sure = not (len(names) == 1 and names[0] in UNSURE)
            yield words[at].start(), words[end - 1].end(), total + value, sure
            at = end
        else:
            at += 1


def missing_facts(claim: str, told: Told, names: Names) -> list[Fact]:
    """The facts of `claim` that `told` does not bear out, in reading order."""
    return [fact for fact in facts_of(claim) if not bears_out(fact, claim, told, names)]


def bears_out(fact: Fact, claim: str, told: Told, names: Names) -> bool:
    if fact.kind == "quote":
        # What is left out of a quotation is between dots.
        parts = [fold(part) for part in re.split(r"\.\.\.|…|\[[^\]]*\]", fact.words)]
        held = f" {fold(told.context)} "
        return all(f" {part} " in held for part in parts if part)
    if fact.kind == "number":
        return fact.value in numbers_of(told.text) or f" {fold(fact.words)} " in f" {fold(told.text)} "
    if fact.kind == "date":
        return _date_told(str(fact.value), told)
    return _name_told(fact, claim, told, names)


@lru_cache(4096)
def numbers_of(text: str) -> frozenset[float]:
    found = {value for _, _, value, _ in numbers_in(text)}
    return frozenset(found | ({2.0} if BOTH.search(text) else set()))


@lru_cache(4096)
def _days_of(text: str) -> tuple[frozenset[str], frozenset[str], frozenset[int], frozenset[str]]:
    """ISO dates, weekday values, month numbers and years that `text` writes."""
    isos = frozenset(m.iso for m in find_dates(text))
    weekdays = frozenset(f"weekday {DAY_NAMES.index(m[1].casefold())}" for m in DAY_NAME.finditer(text))
    months = {month_number(m.group()) for m in MONTH_NAME.finditer(text)}
    months |= {int(iso[-5:-3]) if iso.startswith("--") else int(iso[5:7]) for iso in isos if len(iso) >= 7}
    return isos, weekdays, frozenset(months), frozenset(YEAR.findall(text))


def _date_told(value: str, told: Told) -> bool:
    isos, weekdays, months, years = _days_of(told.text)
    known_years = years | ({told.published[:4]} if told.published else _days_of(told.context)[3])
    if told.published:
        this = int(told.published[:4])
        known_years |= {str(this - 1)} if re.search(r"\blast\b|\bago\b", told.text) else set()
        known_years |= {str(this + 1)} if re.search(r"\bnext\b", told.text) else set()
    if value.startswith("weekday"):
        return value in weekdays or any(
            _weekday(iso, told.published) == value for iso in isos | {told.published}
        )
    if value.startswith("month"):
        return int(value.split()[1]) in months or told.published[5:7] == f"{int(value.split()[1]):02}"
    if told.published.startswith(value):
        return True
    if value.startswith("--"):  # a day without its year
        return any(iso.endswith(value[1:]) for iso in isos) or told.published.endswith(value[1:])
    if any(iso.startswith(value) for iso in isos):
        return True
    year, month, day = (*value.split("-"), "", "")[:3]
    if not day:
        return year in known_years and (not month or int(month) in months)
    if any(iso.startswith("--") and iso.endswith(value[4:]) for iso in isos):
        return year in known_years
    return _resolved(value, weekdays, told)


def _weekday(iso: str, published: str) -> str:
    if iso.startswith("--"):
        iso = f"{published[:4]}{iso[1:]}" if published else ""
    if len(iso) != 10 or not bounds(iso)[0]:
        return ""
    return f"weekday {date.fromisoformat(iso).weekday()}"


def _resolved(value: str, weekdays: frozenset[str], told: Told) -> bool:
    """Is the day what "on Wednesday" or "yesterday" meant when the article came out?"""
    if len(told.published) != 10 or not bounds(value)[0] or not bounds(told.published)[0]:
        return False
    day, came_out = date.fromisoformat(value), date.fromisoformat(told.published)
    if re.search(r"\byesterday\b", told.text) and came_out - day == timedelta(days=1):
        return True
    return f"weekday {day.weekday()}" in weekdays and timedelta(0) <= came_out - day <= timedelta(days=8)


def _name_told(fact: Fact, claim: str, told: Told, names: Names) -> bool:
    near, all_words = f" {fold(told.text)} ", f" {fold(told.context)} {fold(told.outlet)} "
    if f" {fact.value} " in near or f" {fact.value} " in f" {fold(told.outlet)} ":
        return True
    known = names.entities(fact.words)
    if known and known <= names.entities(told.text):
        return True
    ours = [w for w in re.findall(r"[^\W_]+(?:[-'’.][^\W_]+)*", fact.words) if fold(w) not in TITLES]
    held, held_all = _forms(told.text), _forms(f"{told.context} {told.outlet}")
    unsaid = [
        w
        for w in ours
        if not _said(w, held) and not (names.entities(w) and names.entities(w) <= names.entities(told.text))
    ]
    if not unsaid:
        return bool(ours) or f" {fact.value} " in all_words or _first_word(fact, claim)
    # "Han" in the sentence is "Han Su-chol" elsewhere in its passage.
    if len(unsaid) < len(ours) and f" {' '.join(fold(w) for w in ours)} " in all_words:
        return True
    if len(ours) > 1 and unsaid == ours[:-1] and _stands_alone(ours[-1], told.text):
        return True  # "Bogart" where the claim has "Humphrey Bogart", and no other Bogart is named
    if _first_word(fact, claim):
        # A word with a capital because it begins the sentence is judged with the other words.
        word = fold(fact.words)
        return not known and (
            word in STOPWORDS or word not in _capitals(f"{told.context} {claim[fact.end :]}")
        )
    return all(_said(w, held_all) for w in unsaid) and len(unsaid) < len(ours)


def _stands_alone(surname: str, text: str) -> bool:
    """Is the name in `text`, and nowhere with another name's first words before it or with more of a name behind it?"""
    spans = [text[a:b] for a, b in name_spans(text)]
    held = [s for s in spans if surname in s.split()]
    alone = [s for s in held if all(w == surname or fold(w) in TITLES for w in s.split())]
    return bool(held) and len(alone) == len(held)


def _first_word(fact: Fact, claim: str) -> bool:
    return not claim[: fact.start].strip("“\"'‘( ") and " " not in fact.words.strip()


@lru_cache(4096)
def _forms(text: str) -> frozenset[str]:
    """The folded words of `text`, hyphenated ones also as one: "Su-chol" is "su", "chol" and "suchol"."""
    found = set(fold(text).split())
    for match in re.finditer(r"[^\W_]+(?:[-‐‑'’.][^\W_]+)+", text):
        found.add(fold(match.group()).replace(" ", ""))
    return frozenset(found)


def _said(word: str, held: frozenset[str]) -> bool:
    parts = fold(re.sub(r"['’]s$", "", word)).split()
    return "".join(parts) in held or all(p in held for p in parts)


@lru_cache(4096)
def _capitals(text: str) -> frozenset[str]:
    """Folded words that `text` writes with a capital inside a sentence: they are names."""
    return frozenset(fold(m[1]) for m in re.finditer(r"(?<=[\w,;] )([A-ZÀ-Þ][\w’'-]+)", text))
