"""Which stage lost a failing question: followed from the page to the citation, the first that dropped it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from rag.judge import Verdict, found, good_citations, holds
from rag.questions import Question
from rag.rerank import READ
from rag.schema import Answer, Hit
from rag.shelf import Shelf, first_at

DEEP = 50  # passages looked through for one that the answer did not get to see

STAGES = {
    "not in the pages": "no page of the sources holds the accepted words: one is missing, or the file expects too much",
    "article cut": "a page holds the words, and no article or passage that was cut from it does",
    "not retrieved": f"a passage holds the words, and is not among the first {DEEP} found",
    "ranked low": "the passage was found, and stands below what the answerer reads",
    "wrongly refused": "the passage was read, and the answer is that the articles do not say",
    "wrongly answered": "the articles do not say, and something was answered",
    "wrong span": "the passage was read, and other words were answered",
    "earlier lost": "the answer is right, and what older articles said is not listed",
    "wrong citation": "the answer is right, and what it cites does not bear it out",
    "error": "the question could not be asked",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Blame:
    """A failing question's culprit, one of `STAGES`, and what shows it, in one line."""

    stage: str
    why: str


def blame(
    question: Question, answer: Answer, verdict: Verdict, hits: Sequence[Hit], shelf: Shelf
) -> Blame | None:
    """The stage that lost the question; None for one that passed. `hits` are the first passages found, best first."""
    if verdict.passed:
        return None
    if question.refuse:
        return Blame("wrongly answered", verdict.reason)
    said = [answer.short, answer.text]
    if found(question.must_not, said, shelf.names):
        return Blame("wrong span", verdict.reason)
    lost, traced = _lost(question, answer, verdict, shelf)
    at = shelf.relevant(traced, lost)
    if not at:
        return _never_cut(traced, lost, shelf)
    rank, reach = first_at(hits, at), _reach(question, answer, shelf)
    if rank is None or rank > reach:
        query = answer.query or question.turns[-1]
        deep = rank or first_at(shelf.assistant.search(query, top_k=DEEP, as_of=question.as_of), at)
        if deep is None:
            return Blame("not retrieved", f"not among the first {DEEP} passages for “{query}”")
        return Blame("ranked low", f"at rank {deep}, and the answerer reads {reach}")
    if answer.refused:
        return Blame("wrongly refused", f"the passage was at rank {rank}")
    if verdict.right:
        return Blame("wrong citation", verdict.reason)
    answered = question.yes_no or holds(question, said, shelf.names)
    stage = "earlier lost" if answered and verdict.reason.startswith("earlier answers lack") else "wrong span"
    return Blame(stage, f"{verdict.reason}; the passage was at rank {rank}")


def _lost(
    question: Question, answer: Answer, verdict: Verdict, shelf: Shelf
) -> tuple[Sequence[str], Question]:
    """The words to follow, and the question to follow them for: where the answer holds all but what older articles
    said, those; of a list those that it lacks. No words where a yes or no is asked for, which no passage says."""
    if verdict.reason.startswith("earlier answers lack"):
        older = [words for earlier in answer.earlier for words in (earlier.short, earlier.citation.quote)]
        held = found(question.earlier, older, shelf.names)
        return [words for words in question.earlier if words not in held], replace(question, sources=())
    if question.yes_no:
        return question.quote, question
    texts = (
        [c.quote for c in good_citations(question, answer)] if verdict.right else [answer.short, answer.text]
    )
    accepted = (*question.answers_all, *question.answers)
    lacking = [words for words in accepted if words not in found(accepted, texts, shelf.names)]
    return (lacking if question.answers_all else question.answers) or question.quote or accepted, question


def _never_cut(question: Question, words: Sequence[str], shelf: Shelf) -> Blame:
    whole = [a for a in shelf.articles(question) if not words or found(words, [a.text], shelf.names)]
    if whole and words:
        return Blame("article cut", f"in {whole[0].path} the words stand across two passages")
    where = ", ".join(question.sources) or "the folder"
    pages = shelf.pages_with(question, words)
    if not pages:
        return Blame("not in the pages", f"no page of {where} holds {' | '.join(words) or 'text'}")
    later = shelf.articles(replace(question, as_of="")) if question.as_of else []
    if any(found(words, [a.text], shelf.names) for a in later):
        return Blame(
            "article cut", f"{pages[0]} holds the words; its article is dated after {question.as_of}"
        )
    return Blame("article cut", f"{pages[0]} holds the words; no article cut from it does")


def _reach(question: Question, answer: Answer, shelf: Shelf) -> int:
    """How many of the passages found were read for the answer."""
    kept = shelf.assistant.config.top_n
    by_reader = "reader" in answer.answerer and not question.yes_no and question.kind != "open"
    return min(READ, kept) if by_reader else kept
