"""What one answered question adds to each figure of `rag/measures.py`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rag.judge import Verdict, cited_in, found, good_citations, is_source
from rag.metrics import Score, exact_match, f1, ndcg_at_k, recall_at_k, reciprocal_rank
from rag.questions import Question
from rag.schema import Answer, Citation, Hit
from rag.shelf import Shelf, place

K = 10  # passages that retrieval is judged by


def score(
    question: Question, answer: Answer, verdict: Verdict, hits: Sequence[Hit], shelf: Shelf
) -> dict[str, Score]:
    """What the question adds to each figure that it has a part in. `hits` are the first `K` passages found."""
    made = {"right": Score(verdict.right)}
    if len(question.turns) > 1:
        made["follow_ups"] = Score(verdict.passed)
    if quotes := _all_citations(answer):
        made["verbatim"] = Score(sum(_stands(c, shelf) for c in quotes), len(quotes))
    if answer.checks:
        made["supported"] = Score(sum(check.supported for check in answer.checks), len(answer.checks))
    if answer.refused:
        made["refusal_precision"] = Score(question.refuse)
    if question.refuse:
        return made | {"refusal_recall": Score(answer.refused)}
    made["cited"] = Score(verdict.passed)
    return (
        made
        | _of_retrieval(question, hits, shelf)
        | _of_short(question, answer, verdict, shelf)
        | _of_citations(question, answer, shelf)
    )


def _of_retrieval(question: Question, hits: Sequence[Hit], shelf: Shelf) -> dict[str, Score]:
    if not question.sources:
        return {}
    # No passage answers a yes-no question in that word: there any of a source is right.
    right = shelf.relevant(question, () if question.yes_no else question.answers + question.answers_all)
    relevant = [place(hit) in right for hit in hits]
    made = {
        "hit_at_1": Score(any(relevant[:1])),
        "hit_at_3": Score(any(relevant[:3])),
        "mrr_at_10": Score(reciprocal_rank(relevant, K)),
    }
    if question.yes_no:
        return made
    return made | {
        "recall_at_10": Score(recall_at_k(relevant, len(right), K)),
        "ndcg_at_10": Score(ndcg_at_k(relevant, len(right), K)),
    }


def _of_short(question: Question, answer: Answer, verdict: Verdict, shelf: Shelf) -> dict[str, Score]:
    if verdict.short_right is None:
        return {}
    # A list is held against all that it has to name, in their order.
    accepted = (" ".join(question.answers_all),) if question.answers_all else question.answers
    wanted = question.answers_all or question.answers
    held = found(wanted, [answer.short], shelf.names)
    return {
        "short_right": Score(verdict.short_right),
        "exact_match": Score(exact_match(answer.short, accepted)),
        "f1": Score(f1(answer.short, accepted)),
        "containment": Score(len(held) == len(wanted) if question.answers_all else bool(held)),
    }


def _of_citations(question: Question, answer: Answer, shelf: Shelf) -> dict[str, Score]:
    made = {}
    marked = cited_in(answer.text, answer.citations)
    if marked and question.sources:
        good = sum(is_source(question, c.path, c.title) for c in marked)
        made["citation_precision"] = Score(good, len(marked))
    if question.asks_short and not question.yes_no:
        quotes = [c.quote for c in good_citations(question, answer)]
        needed = len(question.answers_all) + (question.min_answers if question.answers else 0)
        held = len(found(question.answers_all, quotes, shelf.names))
        held += min(len(found(question.answers, quotes, shelf.names)), question.min_answers)
        made["citation_recall"] = Score(held / needed)
    return made


def _all_citations(answer: Answer) -> list[Citation]:
    shown = (*answer.citations, *(earlier.citation for earlier in answer.earlier), *answer.nearest)
    return list({(c.article_id, c.start, c.end, c.quote): c for c in shown}.values())


def _stands(citation: Citation, shelf: Shelf) -> bool:
    try:
        article = shelf.assistant.article(citation.article_id)
    except KeyError:
        return False
    return article.text[citation.start : citation.end] == citation.quote


def total(scores: Sequence[Mapping[str, Score]], name: str) -> list[Score]:
    """The scores of one figure, question by question; of those that have no part in it, 0 of 0."""
    return [of_one.get(name, Score(0, 0)) for of_one in scores]
