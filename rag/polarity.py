"""Yes or no: does a sentence say what is asked, or that it is not so?"""

from __future__ import annotations

import re

from rag.draft import Draft, cite_sentence, refused
from rag.evidence import Shared, sentences
from rag.question import Question
from rag.schema import Found
from rag.words import stem

LEAST_COVERED = 0.55  # of the question's words, for a yes or no
BEFORE = 0.9  # what the sentence before says counts nearly as much: pronouns mean it
NEGATION = re.compile(
    r"\b(?:not|never|no|without|neither|nor|cannot|refus\w+|declin\w+|den(?:y|ied|ies)|fail\w+|reject\w+|"
    r"rul\w+ out|dismiss\w+|cancel\w+|scrap\w+|unable|yet to)\b|n['’]t\b",
    re.IGNORECASE,
)
_PAIRS = [
    "open close",
    "opened shut",
    "rise fall",
    "increase decrease",
    "grow shrink",
    "accept reject",
    "win lose",
    "won lost",
    "begin end",
    "start stop",
    "\nenter leave",
    "arrive depart",
    "support oppose",
    "allow ban",
    "permit prohibit",
    "agree disagree",
    "agree refuse",
    "succeed fail",
    "buy sell",
    "alive dead",
    "\nlegal illegal",
    "join quit",
    "confirm deny",
    "guilty innocent",
    "more less",
    "up down",
    "first last",
    "before after",
    "strengthen weaken",
    "resume suspend",
    "\ncontinue halt",
    "lift impose",
    "praise criticise",
    "release arrest",
    "friend enemy",
    "same different",
    "raise cut",
    "raise lower",
]
OPPOSITES: dict[str, set[str]] = {}
for _pair in _PAIRS:
    _one, _other = map(stem, _pair.split())
    OPPOSITES.setdefault(_one, set()).add(_other)
    OPPOSITES.setdefault(_other, set()).add(_one)


def yes_or_no(question: Question, found: Found, shared: Shared) -> Draft:
    """Yes when a sentence says what is asked, No when it says so with one negation more or less."""
    pool = sentences(found)
    scored = [(max(shared.share(s.text), BEFORE * shared.share(f"{s.before} {s.text}")), s) for s in pool]
    close = [(c, s) for c, s in scored if c >= LEAST_COVERED]
    if not close:
        return refused(found, max((c for c, _ in scored), default=0.0) - LEAST_COVERED)
    best = max(c for c, _ in close)
    rivals = [s for c, s in close if c >= best - 0.1]
    sentence = max(rivals, key=lambda s: s.published) if question.present else rivals[0]
    opposite = opposed(question, sentence.text)
    said = sentence.text.replace(opposite, "") if opposite else sentence.text
    turns = [bool(NEGATION.search(said)), bool(NEGATION.search(question.text)), bool(opposite)]
    short = "No" if sum(turns) % 2 else "Yes"
    return Draft(
        f"{short} [1]. {sentence.text} [1]",
        short,
        (cite_sentence(sentence, 1),),
        confidence=best - LEAST_COVERED,
    )


def opposed(question: Question, text: str) -> str:
    """The word of `text` that is the opposite of one in the question, where that one is not in it too; else ""."""
    words = {stem(w.casefold()): w for w in re.findall(r"\w+", text)}
    return next(
        (words[o] for w in question.terms if w not in words for o in OPPOSITES.get(w, ()) if o in words), ""
    )
