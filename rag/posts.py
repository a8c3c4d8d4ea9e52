"""A post as it stands in a text: an office or kinship, what narrows it down, and the countries that it joins.

"Egypt's new foreign minister", "ambassador of China in Fiji", "U.S. Secretary of State": read off the words next to the
word for the office, by the same rules in a question and in an article.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from rag.meaning import Meaning
from rag.names import Mention, Names
from rag.offices import ELECT, HELD, KIN
from rag.spans import TIME_WORD
from rag.words import SHORTENED, STOPWORDS, WORD, fold, stem

LEFT_REACH = 6  # words before the office that may narrow it: "the Cuban president's special trade envoy"
JOINED = re.compile(r"(?:[\s.’'-]|['’]s\b)*")  # between two words of one phrase
# What a country behind the office is to it: whose office it is, or where it is held.
ROLE = {"of": "of", "for": "of", "to": "to", "in": "to", "at": "to"}
SENT = frozenset(map(stem, ("ambassador", "envoy", "representative", "consul")))  # for these "for" is "to"
# Words for an office that stand in titles alone: "premier" before a name is no league.
TITLED = {
    "premier": ("prime", "minister"),
    "gov": ("governor",),
    "amb": ("ambassador",),
    "advisor": ("adviser",),
}
ROYAL = frozenset(map(stem, ("king", "queen", "prince", "princess")))
BEHIND = re.compile(r"\s+(of|for|to|in|at)\s+(?:the\s+)?", re.IGNORECASE)
PROPER = re.compile(rf"(?!{TIME_WORD.pattern}|[A-Z]?[a-z]*day\b)[A-Z]")
WORDS_BEHIND = 4  # "minister of foreign affairs and trade"
TIMES = frozenset("then now current currently present new newly former late outgoing".split())
SYNONYM = 0.5  # of `Meaning.credit`: an envoy is an ambassador (0.58), a leader is no minister


@dataclass(frozen=True, slots=True)
class Post:
    """`text[start:end]` is the whole phrase, `text[at:]` begins with the word for the office."""

    start: int
    at: int
    end: int
    head: str  # folded
    words: frozenset[str]  # folded, what narrows it down: {"foreign"}
    of: frozenset[str]  # entities of countries: whose it is
    to: frozenset[str]  # where it is held
    proper: frozenset[str]  # those of `words` that make it another office: "Foreign Trade", "of the court"

    @property
    def countries(self) -> frozenset[str]:
        return self.of | self.to


def posts(text: str, head: str, names: Names, meaning: Meaning, bound: int | None = None) -> Iterator[Post]:
    """Each phrase of `text` around the word `head`, or one that means the same, in reading order.

    No phrase goes on beyond `bound` where its office stands before that.
    """
    mentions = names.countries(text)
    for match in WORD.finditer(text):
        word = fold(match.group())
        spelled = SHORTENED.get(word) or TITLED.get(word, (word,))
        plural = spelled[-1] == f"{head}s"  # "the ministers of Peru and Chile": whose is whose is not told
        if plural or ELECT.match(text, match.end()) or not same_office(spelled[-1], head, meaning):
            continue
        start, before, of = _before(text, match.start(), mentions)
        sent = stem(spelled[-1]) in SENT
        limit = bound if bound is not None and bound >= match.end() else len(text)
        end, behind, roles = _behind(text, match.end(), limit, mentions, sent)
        yield Post(
            start,
            match.start(),
            end,
            spelled[-1],
            frozenset([*before, *spelled[:-1], *behind]),
            frozenset([*of, *roles["of"]]),
            frozenset(roles["to"]),
            frozenset([*(w for w in before if w.title() in text[start : match.start()]), *behind]),
        )


@lru_cache(8192)
def same_office(word: str, head: str, meaning: Meaning) -> bool:
    """Is `word` the office `head` or another word for it: "envoy" for "ambassador", not "ministry" for "minister"?"""
    stemmed = stem(word)
    if stemmed == stem(head):
        return True
    exact = {stemmed, stem(head)} & (KIN | ROYAL)  # a son is no daughter, near as the words are
    return not exact and stemmed in HELD and meaning.credit(head, (word,)) >= SYNONYM


def _before(text: str, at: int, mentions: list[Mention]) -> tuple[int, list[str], list[str]]:
    """Where the phrase that ends at `at` begins, its words, and the country at its beginning."""
    words: list[str] = []
    for match in reversed(list(WORD.finditer(text, max(0, at - 90), at))):
        if not JOINED.fullmatch(text[match.end() : at]) or len(words) == LEFT_REACH:
            break
        country = next((m for m in mentions if m.start <= match.start() < m.end), None)
        if country:
            return country.start, words, [country.entity]
        word = fold(match.group())
        if word == "s" or word in TIMES:
            at = match.start()
            continue
        verb = word.endswith("ed") and match.group().islower() and text[at : at + 1].isupper()
        if word in STOPWORDS or verb:  # "Peru welcomed President …"
            break
        words.append(word)
        at = match.start()
    return at, words, []


def _behind(
    text: str, end: int, limit: int, mentions: list[Mention], sent: bool
) -> tuple[int, list[str], dict[str, list[str]]]:
    """Where the phrase ends, its words behind the office, and the countries there by their role."""
    words: list[str] = []
    roles: dict[str, list[str]] = {"of": [], "to": []}
    while (match := BEHIND.match(text, end, limit)) is not None:
        at = match.end()
        country = next((m for m in mentions if m.start == at and m.end <= limit), None)
        if country:
            preposition = match[1].casefold()
            roles["to" if sent and preposition == "for" else ROLE[preposition]].append(country.entity)
            at = country.end
        elif ROLE[match[1].casefold()] == "to" and not PROPER.match(text, at):
            break  # "the mayor in his cups"; of what is written large, "envoy to Ostrana", it may be a place
        taken = 0
        for word in WORD.finditer(text, at, limit):
            folded = fold(word.group())
            if folded == "s" and text[word.start() - 1] in "'’":
                at = word.end()
                continue
            owned = not country or text[country.end : country.end + 1] in "'’"
            if (
                not owned
                or taken == WORDS_BEHIND
                or folded in STOPWORDS
                or not JOINED.fullmatch(text[at : word.start()])
            ):
                break
            words.append(folded)
            at, taken = word.end(), taken + 1
        if at == match.end():
            break
        end = at
    return end, words, roles
