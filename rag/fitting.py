"""May a span answer a question of this kind? By its look: a name to who, a date to when, an amount to how much."""

from __future__ import annotations

import re

from rag.dates import find_dates
from rag.names import Names
from rag.offices import PEOPLE, TITLES
from rag.question import Question
from rag.shapes import enumerations
from rag.spans import BEFORE_PLACE, NUMBER, WHEN, is_place, name_spans
from rag.words import fold, stem

LASTING = r"\b(?:seconds?|minutes?|hours?|days?|weeks?|months?|years?|decades?|centur\w+)\b"
FAR = r"\b(?:km|kilomet\w+|miles?|met(?:er|re)s?|feet|foot|inch\w*|light[- ]years?|degrees?)\b"
# What the question speaks of, what the number must then have about it, and what it may not have.
UNITS = (
    (
        r"\b(?:costs?|prices?|worth|pay|paid|salary|spen[dt]\w*|budget|fined?|earn\w*|donat\w+|invest\w*)\b",
        "",
        rf"(?<!\ba )(?<!\ban )(?<!\bper ){LASTING}|{FAR}|-day|%",  # but "80,000 crowns a year"
    ),
    (
        r"\b(?:percent|percentage|per cent|proportion)\b",
        r"%|per ?cent|\bhalf\b|\b(?:third|quarter)\b|\d",
        rf"{LASTING}|{FAR}",
    ),
    (r"\bhow (?:soon|old)\b|\bage\b", rf"{LASTING}|-year|\baged?\b|^\d{{1,3}}$", FAR),
    (r"\bhow long\b", rf"{LASTING}|{FAR}|-(?:second|minute|hour|day|week|month|year)", ""),
    (r"\bhow (?:far|high|tall|wide|deep)\b|\b(?:distance|altitude|height)\b", rf"{FAR}|^[\d,.]+$", LASTING),
)


def has_unit(text: str, question: str) -> bool:
    """Is the number in `text` of the kind that the question speaks of: money, a span of time, a distance, a share?"""
    asked, said = question.casefold(), text.casefold()
    return all(
        re.search(needed, said) is not None and not (barred and re.search(barred, said))
        for words, needed, barred in UNITS
        if re.search(words, asked)
    )


# "Which countries", "what three governments": a country is wanted.
STATE_ASKED = re.compile(
    r"\b(?:which|what)\s+(?:(?!is\b|was\b|are\b|were\b)\w+\s+){0,2}?(?:countr(?:y|ies)|nations?|governments?|states)\b",
    re.IGNORECASE,
)


def fits(text: str, sentence: str, question: Question, names: Names) -> bool:
    """May `text`, of `sentence`, answer `question`? Any words may where it asks for no sort of thing."""
    kind = question.kind
    if question.plural and not is_enumeration(text):
        return False
    if STATE_ASKED.search(question.text) and kind in ("where", "list", "what", "who"):
        return is_states(text, names)
    if kind == "when":
        return bool(WHEN.search(text) or find_dates(text))
    if kind == "how-many":
        return bool(NUMBER.search(text)) and not _is_date(text) and has_unit(text, question.text)
    if kind == "who":
        named = [f". {text}"[a:b] for a, b in name_spans(f". {text}")]
        if any(not is_place(name, names) for name in named):
            return not _is_date(text)
        return any(stem(word) in PEOPLE for word in fold(text).split())
    if kind == "where":
        return is_whereabouts(text, sentence, names)
    if kind == "why":
        return CAUSE.search(sentence) is not None
    return bool(fold(text))


def is_whereabouts(text: str, sentence: str, names: Names) -> bool:
    """Is `text` a place by its name, by the word before it in the sentence, or by the word that it begins with?"""
    if any(stem(word) in TITLES for word in fold(text).split()[-1:]):
        return False
    if re.match(r"(?:in|at|on|near|outside|inside|along|off|the|a|an)\b", text, re.I) or is_place(
        text, names
    ):
        return True
    led = BEFORE_PLACE.search(sentence[: max(0, sentence.find(text))])
    return bool(name_spans(f". {text}")) and led is not None


def is_enumeration(text: str) -> bool:
    """Are there two things or more in `text`?"""
    return bool(enumerations(text)) or re.search(r",|\band\b", text) is not None


def is_states(text: str, names: Names) -> bool:
    """Is most of `text` names of countries, their peoples or capitals?"""
    named = sum(m.end - m.start for m in names.countries(text))
    return 2 * named > len(text)


def _is_date(text: str) -> bool:
    """Is `text` a day or a year and nothing more?"""
    return any(m.start == 0 and m.end >= len(text) - 1 for m in find_dates(text)) or bool(
        re.fullmatch(r"(?:19|20)\d\d", text)
    )


REASON = re.compile(
    r"\b(?:because(?: of)?|due to|owing to|in order to|so as to|so that|as a (?:sign|result)|in (?:response to|"
    r"protest))\b",
    re.IGNORECASE,
)
CAUSE = re.compile(
    r"\b(?:because(?: of)?|due to|owing to|in order to|so as to|so that|as a (?:sign|result|way|means)|in response to|"
    r"in protest|after|following|amid|over|since|to (?=[a-z]+\b)|for (?=[a-z]+ing\b))",
    re.IGNORECASE,
)
