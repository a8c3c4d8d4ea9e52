"""What the articles tell of a topic: a few sentences, each of other words, in date order."""

from __future__ import annotations

import re

from rag.draft import Draft, in_date_order, refused
from rag.schema import Found
from rag.sentences import Sentence, sentences_of
from rag.shared import Shared
from rag.words import STOPWORDS, fold, stem

ABOUT = 0.5  # of a passage, for an open question
OPEN_SENTENCES = (3, 5)
FALLS = 0.6  # a fourth or fifth sentence has at least this share of the best one's score
NAME_OR_FIGURE = re.compile(r"\b(?:[A-Z][\w’'-]+(?: [A-Z][\w’'-]+)*|\d[\d,.]*)")
# A sentence's score is the share of the question's words in its passage, from 0 to 1, and of these:
SHARE = 0.3  # for the question's words in the sentence itself
LEAD = (
    0.25  # for standing at the head of its article, where news says what matters; twice for the first words
)
HEAD = (150, 600)  # characters of an article: about its first sentence, its first paragraphs
NEWS = 0.6  # for the names and figures that the question has not, NEWS_ITEMS of them or more
NEWS_ITEMS = 6
RANK = -0.04  # for each passage that search thought better
SAME_ARTICLE = -0.05  # for each sentence that its article has given already


def open_answer(found: Found, shared: Shared) -> Draft:
    """Three to five sentences that tell most about the topic, each of other words, in date order."""
    pool = [s for s in sentences_of(found) if len(s.text.split()) >= 6]
    about = {id(s): shared.share(s.context) for s in pool}
    least = max(ABOUT, 0.75 * max(about.values(), default=0.0))
    kept = [s for s in pool if about[id(s)] >= least]
    if not kept:
        return refused(found, max(about.values(), default=0.0) - ABOUT)
    terms = {id(s): {stem(w) for w in fold(s.text).split()} - STOPWORDS for s in kept}
    score = {
        id(s): about[id(s)]
        + SHARE * shared.share(s.text)
        + LEAD * sum(s.start < n for n in HEAD)
        + NEWS * news(s.text, shared)
        + RANK * s.rank
        for s in kept
    }
    chosen: list[Sentence] = []
    while len(chosen) < OPEN_SENTENCES[1]:
        rest = [
            s for s in kept if all(s is not c and overlap(terms[id(s)], terms[id(c)]) < 0.6 for c in chosen)
        ]
        if not rest:
            break
        # Several articles tell more than one does.
        following = max(
            rest,
            key=lambda s: score[id(s)] + SAME_ARTICLE * sum(c.article_id == s.article_id for c in chosen),
        )
        if len(chosen) >= OPEN_SENTENCES[0] and score[id(following)] < FALLS * score[id(chosen[0])]:
            break
        chosen.append(following)
    return in_date_order(chosen, max(about.values()) - ABOUT)


def news(text: str, shared: Shared) -> float:
    """How much a sentence tells that can be held on to: its names and figures that the question has not, 0 to 1."""
    asked = set(shared.stems)
    told = {fold(m.group()) for m in NAME_OR_FIGURE.finditer(text, 1)}
    return min(1.0, sum(not set(words.split()) <= asked for words in told) / NEWS_ITEMS)


def overlap(one: set[str], other: set[str]) -> float:
    """The share of the smaller set that the other holds."""
    return len(one & other) / max(1, min(len(one), len(other)))
