"""The countries of the world as pycountry and countryinfo know them, with the acronyms that follow from their names."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any

from rag.words import fold

# Adjectives that follow from a country's names: "Argentine Republic", "Uzbekistan", "Republic of the Philippines".
FORMAL = re.compile(r"(\w+) (?:Arab )?(?:People's Democratic )?(?:Republic|Confederation)")
LAND = re.compile(r"(\w{5,}?)i?stan")
PLURAL = re.compile(r".* of the (\w{6,})s")
MINOR = frozenset("of the and for in on de la le du to a an at".split())


@dataclass(frozen=True)
class Country:
    """What the two libraries know of one country."""

    entity: str
    shown: str
    names: frozenset[str]
    people: str
    adjectives: frozenset[str]  # that are not `people`: "Uzbek", "Argentine", "Philippine"
    capital: str
    acronyms: frozenset[str]


@cache
def countries() -> tuple[Country, ...]:
    import pycountry
    from countryinfo import all_countries

    entries: dict[str, list[Any]] = defaultdict(list)
    for entry in all_countries():
        entries[entry.iso()["alpha2"]].append(entry)
    known = {code: _entry_of(sharing) for code, sharing in entries.items()}
    raw = [(c, known.get(c.alpha_2)) for c in pycountry.countries]
    acronyms = _acronyms(
        {c.alpha_2: _names(c, info) for c, info in raw}, {c.alpha_2: _shown(c, info) for c, info in raw}
    )
    peoples = _peoples(known.values())
    return tuple(
        Country(
            entity=f"geo{c.alpha_3.casefold()}x",
            shown=_shown(c, info),
            names=_names(c, info),
            people=_one(info.demonym()) if info and peoples.get(_one(info.demonym())) == c.alpha_2 else "",
            adjectives=_adjectives(_shown(c, info), _names(c, info)),
            capital=re.sub(r",? D\.?C\.?$", "", _one(info.capital())) if info else "",
            acronyms=acronyms[c.alpha_2],
        )
        for c, info in raw
    )


def _entry_of(entries: list[Any]) -> Any:
    """Of countryinfo's entries that share a code the most peopled with a plain name: not Wales's, of "GB" too."""
    return max(entries, key=lambda e: (not re.search(r"[,(]", e.name()), e.population() or 0))


def _peoples(infos: Iterable[Any]) -> dict[str, str]:
    """People's name → country code. One shared by several goes to the one that has 20 times the others' people.

    So "American" is of the United States although an uninhabited territory shares it, and "Congolese" is of none.
    """
    by_name: dict[str, list[tuple[int, str]]] = defaultdict(list)
    for info in infos:
        by_name[_one(info.demonym())].append((info.population() or 0, info.iso()["alpha2"]))
    owners = {}
    for name, claims in by_name.items():
        (most, code), *others = sorted(claims, reverse=True)
        if all(most > 20 * population for population, _ in others):
            owners[name] = code
    return owners


def _one(value: Any) -> str:
    """countryinfo gives a name, a list of them, or None."""
    return (value[0] if value else "") if isinstance(value, list) else (value or "")


def _shown(country: Any, info: Any) -> str:
    return str(info.name() if info else getattr(country, "common_name", country.name))


def _adjectives(shown: str, names: frozenset[str]) -> frozenset[str]:
    official = [form.fullmatch(name) for name in names if name.isascii() for form in (FORMAL, PLURAL)]
    return frozenset(m[1] for m in (*official, LAND.fullmatch(shown)) if m)


def _names(country: Any, info: Any) -> frozenset[str]:
    """Every full spelling in Latin letters: "Korea, Republic of" is turned round, ISO codes are left out."""
    given = [country.name, getattr(country, "common_name", ""), getattr(country, "official_name", "")]
    if info:
        given += [info.name(), *info.alt_spellings()]
    codes = {country.alpha_2, country.alpha_3}
    turned = [" ".join(reversed([part.strip() for part in n.split(",", 1)])) for n in given if n]
    return frozenset(
        n
        for n in turned
        if n not in codes and len(n) > 3 and fold(n) and fold(n)[0].isascii() and not n.isupper()
    )


def _acronyms(names: dict[str, frozenset[str]], shown: dict[str, str]) -> dict[str, frozenset[str]]:
    """For each country code the initials of its names that no other country has a better claim to.

    "Republic of K…" gives ROK for four countries; the claim of the one whose common name is not in the long name
    (South Korea) is better, since only there the initials are needed. Two letters count only for plain names
    without small words ("United States", not "Republic of Cuba").
    """
    claims: dict[str, set[tuple[str, bool]]] = defaultdict(set)
    for code, spellings in names.items():
        for name in spellings:
            words = [w for w in re.split(r"[\s-]+", re.sub(r"['’]s\b", "", name)) if w[:1].isalpha()]
            main = [w for w in words if w.casefold() not in MINOR]
            needed = fold(shown[code]) not in fold(name)
            if (
                len(words) == len(main) == 2
                and (code[0] == main[0][0] or code == "GB")
                and main[0][0] not in "NSEW"
            ):
                claims[f"{main[0][0]}{main[1][0]}".upper()].add((code, True))
            for initials in (
                {"".join(w[0] for w in words), "".join(w[0] for w in main)} if len(main) > 1 else ()
            ):
                if len(initials) > 2:
                    claims[initials.upper()].add((code, needed))
    found: dict[str, set[str]] = defaultdict(set)
    for initials, by in claims.items():
        best = {c for c, needed in by if needed} or {c for c, _ in by}
        if len(best) == 1:
            found[next(iter(best))].add(initials)
    return {code: frozenset(found[code]) for code in names}
