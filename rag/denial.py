"""Does one sentence deny what the other says? By its negations, and by words of opposite meaning."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache

from rag.facts import facts_of
from rag.opposites import OPPOSITES
from rag.words import STOPWORDS, fold, stem

NEGATOR = re.compile(
    r"\b(?:not|never|no|without|neither|nor|cannot|none|nobody|nothing|nowhere|refus(?:e|es|ed|ing)|"
    r"declin(?:e|es|ed|ing) to|den(?:y|ies|ied|ying)|fail(?:s|ed|ing)? to|reject(?:s|ed|ing)?|rul(?:e|es|ed|ing) out|"
    r"unable|unlikely|false|incorrect|untrue|hardly|avoid(?:s|ed|ing)?|lack(?:s|ed|ing)?|yet to|instead of|"
    r"rather than)\b|n['’]t\b",
    re.IGNORECASE,
)
NOT_ONLY = re.compile(
    r"\bnot (?:only|just|least|to mention)\b|\bno (?:doubt|(?:more|less|fewer|longer) than)\b|\bno\. \d",
    re.IGNORECASE,
)
CLAUSE_END = re.compile(
    r"[,;:.!?()—–]|\b(?:but|although|though|while|whereas|which|who|after|before|when|because)\b"
)
REACH = 3  # telling words after a negation that it may deny: "did not win a major award"

Alike = Callable[[str, str], bool]  # do two stems mean the same?


@lru_cache(4096)
def denied_words(text: str) -> tuple[bool, frozenset[str]]:
    """Is there a negation in `text`, and the stems of the words that it may deny."""
    plain = NOT_ONLY.sub(lambda m: " " * len(m.group()), text)
    for fact in facts_of(text):  # names are not denied, and what is quoted is another's denial
        plain = plain[: fact.start] + " " * (fact.end - fact.start) + plain[fact.end :]
    denied: set[str] = set()
    found = False
    for match in NEGATOR.finditer(plain):
        found = True
        clause = CLAUSE_END.split(plain[match.end() :], maxsplit=1)[0]
        telling = [w for w in fold(clause).split() if w not in STOPWORDS]
        denied |= {stem(w) for w in telling[:REACH]}
    return found, frozenset(denied)


@lru_cache(4096)
def stems_of(text: str) -> frozenset[str]:
    return frozenset(stem(w) for w in fold(text).split())


def denial(claim: str, said: str) -> str:
    """The word of `claim` that `said` denies, or denies where `said` affirms; "" where they do not disagree."""
    claim_negates, ours = denied_words(claim)
    said_negates, theirs = denied_words(said)
    in_claim, in_said = stems_of(claim), stems_of(said)
    if claim_negates and not said_negates:
        hit = ours & in_said
    elif said_negates and not claim_negates:
        # What the claim denies by its own verb ("refused") is no less denied; only shared words can disagree.
        hit = theirs & in_claim
    elif claim_negates:
        hit = frozenset((ours & in_said) - theirs) if not ours & theirs else frozenset()
    else:
        hit = frozenset()
    opposite = next(
        (w for w in sorted(in_claim - in_said) for o in OPPOSITES.get(w, ()) if o in in_said - in_claim), ""
    )
    if opposite and (claim_negates == said_negates):
        return _surface(claim, opposite)
    if hit and not opposite:
        return _surface(claim, sorted(hit)[0])
    return ""


def _surface(text: str, wanted: str) -> str:
    return next((m.group() for m in re.finditer(r"[^\W_]+", text) if stem(fold(m.group())) == wanted), wanted)
