"""Words as search sees them: folded, which carry no topic, and their stems."""

from __future__ import annotations

import re
import unicodedata
from functools import cache, lru_cache
from threading import Lock
from typing import Any

WORD = re.compile(r"[^\W_]+")
# Words that carry no topic, those of time and order among them: what they say is read elsewhere.
STOPWORDS = frozenset(
    """
    a about after again ago all also am an and any are as at be because been before being both but by can
    could did do does doing done during each ever for from further had has have having he her here hers him
    his how i if in into is it its itself just let many me more most much my no nor not now of off on once
    only or other our out over own please she should since so some such than that the their them then there
    these they this those through to too under until up upon us very was we were what when where which while
    who whom whose why will with would you your yours s t d ll m re ve shall may might must dont didnt
    doesnt isnt wasnt
    """.split()
)
# Words of the question's own form.
FORM_WORDS = frozenset(
    """
    name names named called exactly happened happen happening know latest news article articles according
    list give tell say said date day year month time place number amount reason kind sort type current
    currently present presently today nowadays describe explain summarise summarize take takes took taken last
    lasts lasted long
    """.split()
)


_OTHER = re.compile(r"[^\x00-\x7f]")


def _base(match: re.Match[str]) -> str:
    return "" if unicodedata.combining(match.group()) else match.group()


@lru_cache(8192)
def fold(text: str) -> str:
    """Lower case, no accents, hyphens and dots as spaces, one space: for comparing, not for showing."""
    plain = text if text.isascii() else _OTHER.sub(_base, unicodedata.normalize("NFKD", text))
    return " ".join(WORD.findall(plain.casefold()))


# Offices that the press shortens, and what the letters stand for.
SHORTENED = {
    "ceo": ("chief", "executive"),
    "pm": ("prime", "minister"),
    "fm": ("foreign", "minister"),
    "vp": ("vice", "president"),
}


def spelled_out(words: list[str]) -> list[str]:
    """`words` with what their abbreviations stand for after each: ["ceo"] → ["ceo", "chief", "executive"]."""
    return [part for word in words for part in (word, *SHORTENED.get(word, ()))]


_stemming = Lock()  # a stemmer keeps the word at work in itself


@cache
def _stemmer() -> Any:
    import snowballstemmer

    return snowballstemmer.stemmer("porter")  # the one that the catalog's full-text search applies too


@cache
def stem(word: str) -> str:
    """The Porter stem of one folded word."""
    with _stemming:
        return str(_stemmer().stemWord(word))
