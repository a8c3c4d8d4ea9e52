"""One thing, many spellings: which names in pages and questions mean the same.

Three sources, none of them a list in code:
- pycountry and countryinfo: for each country its common and official names, alternative spellings, the people's name
  (Cuban), its capital, and acronyms derived from the names (Democratic People's Republic of Korea → DPRK) and short
  forms of compass words (N. Korea);
- "Long Name (ABC)" in the articles themselves (`mine_acronyms`);
- `aliases.yaml`: groups under `same`, and under `capitals` seats of government that stand for a state.

A capital stands for its state ("Seoul said …") unless a word of place stands before it ("in Seoul").
"""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache, lru_cache
from itertools import pairwise
from pathlib import Path

from rag.aligned import Aligned, Replacement
from rag.countries import MINOR, Country, countries
from rag.errors import DatelineError
from rag.models import is_everyday
from rag.words import STOPWORDS, WORD, fold

# What may stand between two words of one name: "N. Korea", "Kim Jong-un", "People's"; a comma or a full stop may not.
JOINT = re.compile(r"\s{1,3}|\.\s?|[-‐‑–]|['’]")
PLACE_WORDS = frozenset(
    """
    in at to from near outside inside around into via across leave left leaving reached after before visit
    visits visited visiting toward towards
    """.split()
)
COMPASS = frozenset({"north", "south", "east", "west"})


@dataclass(frozen=True, slots=True)
class Mention:
    """A known name in a text: `text[start:end]` means `entity`, or, when `located`, lies in it ("in Seoul")."""

    start: int
    end: int
    entity: str
    located: bool = False


@dataclass(frozen=True, slots=True)
class Variant:
    """A spelling as folded words. `upper` spellings (acronyms) need their capitals, or a plain "the" before them."""

    words: tuple[str, ...]
    entity: str
    upper: bool = False
    seat: bool = False  # a capital that may stand for its state


@dataclass(frozen=True, eq=False)  # by identity, so that what is made of a text can be kept
class Names:
    """The tables, and the ways to use them. Immutable; threads share it."""

    variants: dict[str, tuple[Variant, ...]] = field(repr=False)  # by first word, longest first
    shown: dict[str, str] = field(default_factory=dict, repr=False)  # entity → name to show
    fingerprint: str = ""

    @classmethod
    def load(cls, aliases: Path | None = None) -> Names:
        """From the libraries, and from `aliases` (see `seeds/aliases.yaml` for its form) when the file is there."""
        groups, capitals = _read_aliases(aliases)
        return cls._build(groups, capitals)

    @classmethod
    def _build(cls, groups: list[list[str]], capitals: dict[str, str]) -> Names:
        table: dict[str, set[Variant]] = defaultdict(set)
        shown: dict[str, str] = {}
        entity_of: dict[str, str] = {}

        def add(variant: Variant) -> None:
            if variant.words:
                table[variant.words[0]].add(variant)
                entity_of.setdefault(" ".join(variant.words), variant.entity)

        for country in countries():
            shown[country.entity] = country.shown
            for variant in _spellings(country):
                add(variant)
        for group in groups:
            entity = next((entity_of[f] for f in map(fold, group) if f in entity_of), None) or _entity(
                group[0]
            )
            shown.setdefault(entity, group[0])
            for name in group:
                add(_variant(name, entity))
        for seat, state in capitals.items():
            add(Variant(tuple(fold(seat).split()), entity_of.get(fold(state), _entity(state)), seat=True))
        ordered = {
            first: tuple(sorted(found, key=lambda v: (-len(v.words), v.seat, v.words, v.entity, v.upper)))
            for first, found in table.items()
        }
        digest = hashlib.sha256(repr(sorted(ordered.items())).encode()).hexdigest()[:16]
        return cls(ordered, shown, digest)

    def mentions(self, text: str) -> list[Mention]:
        """Known names in reading order; they do not overlap, and the longest spelling wins."""
        words = list(WORD.finditer(text))
        folded = [_fold_word(m.group()) for m in words]
        found, at = [], 0
        while at < len(words):
            variant = next(
                (v for v in self.variants.get(folded[at], ()) if self._fits(v, at, words, folded, text)), None
            )
            if variant is None:
                at += 1
                continue
            last = at + len(variant.words) - 1
            located = variant.seat and at > 0 and folded[at - 1] in PLACE_WORDS
            found.append(Mention(words[at].start(), words[last].end(), variant.entity, located))
            at = last + 1
        return found

    def countries(self, text: str) -> list[Mention]:
        """Those of the `mentions` that mean a country, by its name, its people or its capital."""
        return [m for m in self.mentions(text) if m.entity.startswith("geo")]

    @staticmethod
    def _fits(variant: Variant, at: int, words: list[re.Match[str]], folded: list[str], text: str) -> bool:
        size = len(variant.words)
        if tuple(folded[at : at + size]) != variant.words:
            return False
        here = words[at : at + size]
        if any(not JOINT.fullmatch(text[a.end() : b.start()]) for a, b in pairwise(here)):
            return False
        before = folded[at - 1] if at else ""
        surface = text[here[0].start() : here[-1].end()]
        if variant.upper and surface != surface.upper():
            # "dprk" and "the us" are meant as names, so is "uae" where all is in lower case; "us" and "are" are not,
            # and neither are "the car" (Central African Republic) and "frog" (Federal Republic of Germany).
            if folded[at] in STOPWORDS:
                return before == "the"
            meant = len(surface) > 3 or before == "the" or (len(surface) == 3 and text == text.lower())
            return meant and not is_everyday(folded[at])
        return True

    def canonical(self, text: str) -> str:
        """`text` with each known spelling of a name replaced by the one shown: "DPRK" → "North Korea".

        Spellings that are whole words of the shown name ("North Korean", capitals) stay as they are.
        """
        return Aligned.of(text, self.replacements(text)).text

    def replacements(self, text: str, stated: Collection[str] = ()) -> list[Replacement]:
        """Where `text` spells a known name otherwise than it is shown, and the name shown: (start, end, name).

        Of the states in `stated` also the capitals that stand for them.
        """
        return [
            (m.start, m.end, self.shown[m.entity])
            for m in self.mentions(text)
            if self._is_other_spelling(text[m.start : m.end], m.entity, m.entity in stated and not m.located)
        ]

    def _is_other_spelling(self, surface: str, entity: str, seats: bool = False) -> bool:
        words = tuple(fold(surface).split())
        known = [v for v in self.variants.get(words[0], ()) if v.words == words and v.entity == entity]
        return (
            (seats or not any(v.seat for v in known))
            and fold(self.shown[entity]) != " ".join(words)
            and not _is_people(words, fold(self.shown[entity]).split())
        )

    @lru_cache(8192)  # noqa: B019  # a handful of Names live as long as the process
    def keywords(self, text: str) -> str:
        """`text` for full-text search: after each known name its entity's token, after "Su-chol" also "suchol".

        What happens in a capital is also about its country, so the country's token follows a located capital too.
        """
        out, at = [], 0
        for mention in self.mentions(text):
            out += [text[at : mention.end], f" {mention.entity}"]
            at = mention.end
        return HYPHENATED.sub(_joined, "".join([*out, text[at:]]))

    @lru_cache(8192)  # noqa: B019
    def entities(self, text: str) -> frozenset[str]:
        """The entities that `text` names; a capital in a phrase of place does not name its state."""
        return frozenset(m.entity for m in self.mentions(text) if not m.located)

    def same(self, one: str, other: str) -> bool:
        """Do two names mean one thing? Spelling, titles and left-out first or last names aside.

        "Trump" is "Donald Trump", "Han Su-chol" is "Han Su Chol" and "Han Suchol"; "Kim" is not "Kim Jong-un"'s
        equal where the other is "Kim Yong-chol", since neither holds the other.
        """
        a, b = fold(one).split(), fold(other).split()
        if not a or not b:
            return False
        if "".join(a) == "".join(b):
            return True
        short, long = sorted((a, b), key=len)
        if any(long[i : i + len(short)] == short for i in range(len(long) - len(short) + 1)):
            return True
        ours, theirs = self.entities(one), self.entities(other)
        return bool(ours) and ours == theirs

    def with_acronyms(self, pairs: Iterable[tuple[str, str]]) -> Names:
        """These names and, for the corpus at hand, each (long name, acronym) pair that does not contradict them."""
        table = {first: set(found) for first, found in self.variants.items()}
        shown = dict(self.shown)
        for long, short in sorted(set(pairs)):
            meant, known = self._whole(long), self._whole(short)
            if known != meant and known and (meant or known.startswith("geo")):
                continue  # another's acronym; a country's is not taken by whatever shares its initials
            entity = meant or known or _entity(long)
            if entity not in shown:
                shown[entity] = long
            for variant in (_variant(long, entity), Variant((fold(short),), entity, upper=True)):
                if variant.words:
                    table.setdefault(variant.words[0], set()).add(variant)
        ordered = {
            k: tuple(sorted(v, key=lambda x: (-len(x.words), x.seat, x.words, x.entity)))
            for k, v in table.items()
        }
        return Names(ordered, shown, self.fingerprint)

    def _whole(self, name: str) -> str:
        """The entity that all of `name` means, "" for none: "Cuban Salt Union" is not Cuba."""
        return next((m.entity for m in self.mentions(name) if (m.start, m.end) == (0, len(name))), "")


HYPHENATED = re.compile(r"\b[^\W\d_]+(?:[-‐‑][^\W\d_]+)+\b")


def _joined(match: re.Match[str]) -> str:
    return f"{match.group()} {''.join(WORD.findall(match.group()))}"


@cache
def _fold_word(word: str) -> str:
    return fold(word).replace(" ", "")


def _entity(name: str) -> str:
    # One word that no stemmer shortens and no text holds, since it ends in an x and is longer than words are.
    return "name" + fold(name).replace(" ", "") + "x"


def _is_people(words: tuple[str, ...], shown: list[str]) -> bool:
    """Is it an adjective of the shown name, such as "North Korean"? Those read well in their own place."""
    return len(words) == len(shown) and words[:-1] == tuple(shown[:-1]) and words[-1][:4] == shown[-1][:4]


def _is_acronym(name: str) -> bool:
    letters = [c for c in name if c.isalpha()]
    return bool(letters) and all(c.isupper() for c in letters) and len(letters) <= 6


def _variant(name: str, entity: str) -> Variant:
    return Variant(tuple(_fold_word(w) for w in WORD.findall(name)), entity, upper=_is_acronym(name))


def _spellings(country: Country) -> Iterator[Variant]:
    """Every spelling of a country: its names, short compass forms, acronyms with and without dots, people, capital."""
    for name in sorted(country.names):
        yield _variant(name, country.entity)
        first, *rest = name.split()
        if rest and first.casefold() in COMPASS:
            yield _variant(f"{first[0]}. {' '.join(rest)}", country.entity)
    for acronym in sorted(country.acronyms):
        yield Variant((acronym.casefold(),), country.entity, upper=True)
        yield Variant(tuple(acronym.casefold()), country.entity, upper=True)  # D.P.R.K.
    if country.people:
        yield _variant(country.people, country.entity)
        yield _variant(f"{country.people}s", country.entity)
        first, *rest = country.people.split()
        if rest and first.casefold() in COMPASS:
            yield _variant(f"{first[0]}. {' '.join(rest)}", country.entity)
    for adjective in sorted(country.adjectives - {country.people}):
        yield _variant(adjective, country.entity)
        yield _variant(f"{adjective}s", country.entity)
    if country.capital:
        yield Variant(tuple(fold(country.capital).split()), country.entity, seat=True)


def _read_aliases(path: Path | None) -> tuple[list[list[str]], dict[str, str]]:
    """The groups and the seats of `path`; DatelineError in one line when it is not of the form."""
    if path is None or not path.is_file():
        return [], {}
    import yaml

    remedy = "see seeds/aliases.yaml for the form"
    try:
        read = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
        groups = [[str(n) for n in group] for group in read.get("same") or []]
        return [g for g in groups if g], {str(k): str(v) for k, v in (read.get("capitals") or {}).items()}
    except (OSError, UnicodeDecodeError, yaml.YAMLError, AttributeError, TypeError) as error:
        raise DatelineError(
            f"{path} is not a list of names ({str(error).splitlines()[0]}): {remedy}"
        ) from error


LONG_SHORT = re.compile(
    r"((?:[A-Z][\w'’-]*[ -](?:(?:of|the|and|for|on|in|de|la) ){0,2}){1,8})\(([A-Z]{2,8})\)"
)


def mine_acronyms(text: str) -> list[tuple[str, str]]:
    """Each "Long Name (ABC)" of `text` whose initials are the acronym: [("Korean Central News Agency", "KCNA")]."""
    found = []
    for match in LONG_SHORT.finditer(text):
        words, short = match.group(1).split(), match.group(2)
        for start in range(len(words)):
            tail = words[start:]
            main = [w for w in re.split(r"[\s-]+", " ".join(tail)) if w and w.casefold() not in MINOR]
            initials = {"".join(w[0] for w in tail).upper()}
            if (
                tail[0].casefold() not in MINOR
            ):  # "The Korean Central News Agency (KCNA)" begins at its second word
                initials.add("".join(w[0] for w in main).upper())
            if short in initials:
                found.append((" ".join(tail), short))
                break
    return found
