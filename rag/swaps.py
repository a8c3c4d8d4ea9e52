"""Where a claim follows a sentence word for word but for one thing: another name, another date, a "not" in or out.

`rag/facts.py` cannot see these when the other name stands elsewhere in the same article. The two are laid side
by side (`difflib`), names, dates and numbers each as one piece.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import lru_cache

from rag.facts import TITLES, Fact, facts_of
from rag.names import Names
from rag.words import STOPWORDS, fold, stem

NEGATORS = frozenset("not never no neither nor without cannot hardly n't none".split())
AUXILIARIES = frozenset(
    "do does did has have had is are was were be been will would can could may might any".split()
)
AROUND = 2  # words that must be the same on both sides of what was exchanged, together


@dataclass(frozen=True, slots=True)
class Piece:
    """A word, or a fact as one; `key` is what is compared."""

    key: str
    words: str
    fact: Fact | None = None


def swapped(claim: str, said: str, names: Names) -> tuple[str, str]:
    """What `claim` has and what `said` has in its place, ("", "") where they do not part over one thing."""
    ours, theirs = _pieces(claim), _pieces(said)
    matcher = SequenceMatcher(None, [p.key for p in ours], [p.key for p in theirs], autojunk=False)
    codes = matcher.get_opcodes()
    uneven = _negations(ours) != _negations(theirs)
    for at, (tag, a, b, c, d) in enumerate(codes):
        if tag == "equal":
            continue
        before = codes[at - 1][2] - codes[at - 1][1] if at else 0
        after = codes[at + 1][2] - codes[at + 1][1] if at + 1 < len(codes) else 0
        if before + after < AROUND or b - a > 6 or d - c > 6:
            continue
        mine, other = ours[a:b], theirs[c:d]
        if uneven and _negated(mine, other):
            return " ".join(p.words for p in mine), " ".join(p.words for p in other)
        found = _exchanged(mine, other, ours, theirs, names)
        if any(found):
            return found
    return "", ""


def _exchanged(
    mine: Sequence[Piece],
    other: Sequence[Piece],
    ours: Sequence[Piece],
    theirs: Sequence[Piece],
    names: Names,
) -> tuple[str, str]:
    """The fact on each side that differs, where nothing but facts and little words stands there."""
    left, right = [p.fact for p in mine if p.fact], [p.fact for p in other if p.fact]
    if len(left) != 1 or len(right) != 1 or _telling(mine) or _telling(other):
        return "", ""
    one, two = left[0], right[0]
    if one.kind != two.kind or one.kind == "quote" or _agree(one, two, names):
        return "", ""
    # Where each stands elsewhere in the other sentence, the claim only tells it in another order.
    moved = any(p.fact and _agree(one, p.fact, names) for p in theirs) and any(
        p.fact and _agree(two, p.fact, names) for p in ours
    )
    return ("", "") if moved else (one.words, two.words)


def _agree(one: Fact, two: Fact, names: Names) -> bool:
    if one.kind != two.kind:
        return False
    if one.kind == "date":
        a, b = str(one.value), str(two.value)
        return (
            a.split()[0] != b.split()[0]
            if " " in a + b and a != b
            else a.endswith(b) or b.endswith(a) or (a.startswith(b) or b.startswith(a))
        )
    if one.kind != "name":
        return one.value == two.value
    if names.same(one.words, two.words) or _countries(one.words, names) & _countries(two.words, names):
        return True
    ours, theirs = ({w for w in fold(f.words).split() if w not in TITLES} for f in (one, two))
    return bool(ours) and bool(theirs) and (ours <= theirs or theirs <= ours)


def _countries(words: str, names: Names) -> frozenset[str]:
    """What `words` name, a capital as its country wherever it stands."""
    return frozenset(m.entity for m in names.mentions(words))


def _negated(mine: Sequence[Piece], other: Sequence[Piece]) -> bool:
    """Is there a negation on one side alone, and beside it no more than the verb's own forms?"""
    left, right = (any(p.key in NEGATORS for p in side) for side in (mine, other))
    if left == right:
        return False
    plain = [p.key for p in (*mine, *other) if p.key not in NEGATORS | AUXILIARIES]
    # Where one side has nothing, a verb beside the negation means a clause left out: "… was never lifted; it …".
    return len(plain) <= (2 if mine and other else 0) and not any(p.fact for p in (*mine, *other))


def _negations(pieces: Sequence[Piece]) -> int:
    keys = [p.key for p in pieces]
    return sum(k in NEGATORS for k in keys) - min(keys.count("neither"), keys.count("nor"))


def _telling(pieces: Sequence[Piece]) -> bool:
    return any(not p.fact and p.key not in STOPWORDS and p.key not in TITLES for p in pieces)


@lru_cache(4096)
def _pieces(text: str) -> tuple[Piece, ...]:
    made: list[Piece] = []
    at = 0
    for fact in facts_of(text):
        if fact.kind == "quote":
            continue
        if fact.start < at:
            continue
        made += _words(text[at : fact.start])
        made.append(Piece(fold(fact.words), fact.words, fact))
        at = fact.end
    return (*made, *_words(text[at:]))


def _words(text: str) -> list[Piece]:
    text = re.sub(
        r"(?i)\b(ca|wo|do|does|did|is|are|was|were|has|have|had|would|could|should)n['’]t\b", r"\1 not", text
    )
    found = []
    for match in re.finditer(r"[^\W_]+", text):
        key = fold(match.group())
        if key in ("the", "a", "an", "s"):
            continue
        found.append(Piece(key if key in STOPWORDS | NEGATORS else stem(key), match.group()))
    return found
