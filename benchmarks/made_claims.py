"""Sentences made from articles: as they stand, fairly said again, or with one thing in them made false.

One name, number, date, place or quoted word is exchanged for another of the same sort that the corpus has, every second
one for one of the very same article, which is harder to notice; or the sentence is negated, or its negation taken out.
The same sentences on every run.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import yaml

from rag.dates import MONTHS
from rag.facts import Fact, facts_of
from rag.names import Names
from rag.schema import Article, Citation
from rag.sentences import split_sentences
from rag.spans import is_place
from rag.words import fold

Change = Literal["none", "paraphrase", "name", "number", "date", "place", "quote", "negation"]
HERE = Path(__file__).resolve().parent
AUXILIARY = re.compile(
    r"\b(is|are|was|were|has|have|had|will|would|can|could|should|may|might|must)\b(?! (?:not|never))"
)
DENIED = re.compile(r"\b(is|are|was|were|has|have|had|will|would|can|could|did|does|do) (?:not|never) ")
PAST = re.compile(
    r"(?<=[a-z] )(said|met|sent|left|arrived|visited|agreed|received|told|signed|became|took|called|made)\b"
)
BASE = {"said": "say", "met": "meet", "sent": "send", "left": "leave", "told": "tell", "became": "become",
        "took": "take", "made": "make", "arrived": "arrive", "visited": "visit", "agreed": "agree",
        "received": "receive", "signed": "sign", "called": "call"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Claim:
    """A sentence, what was done to it, and the passage that it cites."""

    text: str
    change: Change
    source: Citation
    was: str = ""
    now: str = ""


def sources_of(article: Article, passages: Sequence[object]) -> list[Citation]:
    """The article's passages as what an answer's writer is shown."""
    return [
        Citation(
            1, article.id, article.title, article.outlet, article.published, article.published_how, article.path,
            str(p.text), int(p.metadata["start"]), int(p.metadata["end"]),  # type: ignore[attr-defined]
        )
        for p in passages
    ]  # fmt: skip


def true_claims(sources: Sequence[Citation]) -> Iterator[Claim]:
    """The sentences of the passages that have something to get wrong."""
    for source in sources:
        for start, end in split_sentences(source.quote):
            text = source.quote[start:end]
            if 6 <= len(text.split()) <= 45 and "\n" not in text:
                yield Claim(text, "none", source)


def paraphrases(by_path: dict[str, list[Citation]]) -> Iterator[Claim]:
    """The fair ones, each citing its article's passages as one."""
    written = yaml.safe_load((HERE / "grounding_paraphrases.yaml").read_text(encoding="utf-8"))
    for path, sentences in written.items():
        first, last = by_path[path][0], by_path[path][-1]
        whole = "\n\n".join(source.quote for source in by_path[path])
        for text in sentences:
            yield Claim(text, "paraphrase", Citation(
                1, first.article_id, first.title, first.outlet, first.published, first.published_how, first.path,
                whole, first.start, last.end,
            ))  # fmt: skip


def changed_claims(claims: Sequence[Claim], names: Names, seed: int = 0) -> list[Claim]:
    """From each true sentence one false one of every sort that it allows."""
    rng = random.Random(seed)
    stock: dict[str, list[tuple[str, str]]] = {}  # sort → (words, path)
    for claim in claims:
        for fact in facts_of(claim.text):
            stock.setdefault(sort_of(fact, claim.text, names), []).append((fact.words, claim.source.path))
    made = []
    for claim in claims:
        by_sort: dict[str, list[Fact]] = {}
        for fact in facts_of(claim.text):
            by_sort.setdefault(sort_of(fact, claim.text, names), []).append(fact)
        for sort, facts in by_sort.items():
            if sort == "other":
                continue
            if (false := exchanged(claim, rng.choice(facts), sort, stock[sort], names, rng)) is not None:
                made.append(false)
        if (negated := negate(claim)) is not None:
            made.append(negated)
    return made


def sort_of(fact: Fact, text: str, names: Names) -> str:
    if fact.kind == "name":
        first = not text[: fact.start].strip("“\"'‘( ")
        if first and " " not in fact.words and not names.entities(fact.words):
            return "other"  # a capital that may be the sentence's own
        return "place" if is_place(fact.words, names) else "name"
    return fact.kind


def exchanged(
    claim: Claim, fact: Fact, sort: str, stock: Sequence[tuple[str, str]], names: Names, rng: random.Random
) -> Claim | None:
    """The claim with `fact` made another; None where the corpus has no other."""
    if sort == "number":
        now = other_number(fact, claim.text, rng)
    elif sort == "date":
        now = other_date(fact, rng)
    elif sort == "quote":
        now = other_quote(fact, stock, rng)
    else:
        said = fold(claim.text)
        fits = [
            (words, path)
            for words, path in stock
            if not names.same(words, fact.words)
            and f" {fold(words)} " not in f" {said} "
            and not (names.entities(words) & names.entities(claim.text))
            and not set(fold(words).split()) & set(fold(fact.words).split())
        ]
        near = [words for words, path in fits if path == claim.source.path]
        pool = near if near and rng.random() < 0.5 else [words for words, _ in fits]
        now = rng.choice(sorted(set(pool))) if pool else ""
    if not now:
        return None
    text = claim.text[: fact.start] + now + claim.text[fact.end :]
    return Claim(text, sort, claim.source, fact.words, now)  # type: ignore[arg-type]


def other_number(fact: Fact, text: str, rng: random.Random) -> str:
    words = ("two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "twelve")
    ordinals = ("third", "fourth", "fifth", "sixth", "seventh", "eighth")
    plain = fact.words.casefold()
    if any(c.isdigit() for c in fact.words):
        digits = re.search(r"\d+", fact.words)
        assert digits is not None
        return (
            fact.words[: digits.start()]
            + str(int(digits[0]) + rng.randint(1, 9))
            + fact.words[digits.end() :]
        )
    if plain in ordinals:
        return rng.choice([w for w in ordinals if w != plain])
    if plain in words:
        return rng.choice([w for w in words if w != plain])
    return ""


def other_date(fact: Fact, rng: random.Random) -> str:
    days = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
    if fact.words in days:
        return rng.choice([d for d in days if d != fact.words])
    if re.fullmatch(r"\d{4}", fact.words):
        return str(int(fact.words) + rng.choice([-3, -2, -1, 1, 2, 3]))
    for month in MONTHS:
        if re.match(rf"{month[:3]}\w*\.?", fact.words):
            other = rng.choice([m for m in MONTHS if m != month])
            return re.sub(r"^[A-Za-z]+\.?", other, fact.words)
    return ""


def other_quote(fact: Fact, stock: Sequence[tuple[str, str]], rng: random.Random) -> str:
    """The quotation with one of its longer words exchanged for one of another quotation."""
    words = re.findall(r"\b[a-z]{5,}\b", fact.words)
    others = sorted({w for quote, _ in stock for w in re.findall(r"\b[a-z]{5,}\b", quote)} - set(words))
    return (
        re.sub(rf"\b{rng.choice(words)}\b", rng.choice(others), fact.words, count=1)
        if words and others
        else ""
    )


def negate(claim: Claim) -> Claim | None:
    """The sentence with "not" behind its first auxiliary, or "did not" before its verb; a negated one without."""
    text = claim.text
    if match := DENIED.search(text):
        return Claim(
            text[: match.end(1)] + " " + text[match.end() :], "negation", claim.source, match.group(), ""
        )
    quoted = [f for f in facts_of(text) if f.kind == "quote"]
    for match in AUXILIARY.finditer(text):
        if not any(f.start <= match.start() < f.end for f in quoted):
            return Claim(
                f"{text[: match.end()]} not{text[match.end() :]}", "negation", claim.source, "", "not"
            )
    if match := PAST.search(text):
        now = f"did not {BASE[match[1]]}"
        return Claim(
            text[: match.start()] + now + text[match.end() :], "negation", claim.source, match[1], now
        )
    return None
