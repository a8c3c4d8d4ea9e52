"""Does a sentence speak of the very office, and of the very countries, that a question asks about?"""

from __future__ import annotations

from rag.names import Names
from rag.offices import SUCCEEDING, is_lesser, title_near
from rag.question import Question
from rag.sentences import Sentence
from rag.shared import Shared

BELONGS = 25  # characters: a country this near to a title says whose it is


def other_countries(question: Question, sentence: Sentence, names: Names) -> float:
    """The ambassador to Cuba is no answer where the one to Russia is asked for, though all other words agree."""
    asked = countries_of(question)
    near = sentence.meant if question.office_head else f"{sentence.before} {sentence.text}"
    lacking = asked - {m.entity for m in names.mentions(near)}
    others = {m.entity for m in names.mentions(sentence.text) if m.entity.startswith("geo")} - asked
    if not (asked and others):
        return 0.0
    further = lacking & {m.entity for m in names.mentions(sentence.context)}
    return (len(lacking) - len(further) / 2) / len(asked)


def countries_of(question: Question) -> set[str]:
    return {e for e in question.entities if e.startswith("geo")}


def has_office(question: Question, text: str, shared: Shared) -> float:
    """How far `text` has the word for the office asked for, or speaks of a succession where that is asked: 0 to 1."""
    if question.past:
        return float(SUCCEEDING.search(text) is not None)
    return shared.has(question.office_head, text) if question.office_head else 1.0


def held_elsewhere(question: Question, text: str, start: int, end: int, names: Names) -> bool:
    """Asked who holds an office: is the title by the span another country's, or a lesser one?"""
    title = title_near(text, start, end, question.office_head) if question.office_head else None
    if title is None:
        return False
    if is_lesser(text, title[0], question.text):
        return True
    asked = countries_of(question)
    apart = {
        max(m.start - title[1], title[0] - m.end, 0): m.entity
        for m in names.mentions(text)
        if m.entity.startswith("geo")
    }
    nearest = min(apart, default=BELONGS)
    return bool(asked) and nearest < BELONGS and apart[nearest] not in asked
