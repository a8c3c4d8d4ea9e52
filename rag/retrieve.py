"""Find the passages that bear on a question: dense and keyword search, fused, then put in order.

Fusion is reciprocal rank fusion (Cormack, Clarke and Büttcher 2009): a passage scores the sum of 1 / (60 + rank) over
the lists it is in, and the best go on. The order then weighs how near a passage lies in meaning, how well its whole
article matches by keyword, how many of the question's telling words it has, and whether its date suits the question.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rag.config import Config
from rag.dates import bounds
from rag.index import Index
from rag.names import Names
from rag.question import Question, text_terms
from rag.schema import Found
from rag.windows import suits_time

if TYPE_CHECKING:
    from llama_index.core.base.embeddings.base import BaseEmbedding
    from llama_index.core.schema import NodeWithScore, TextNode

RRF_K = 60  # the constant of the paper; results hardly change between 20 and 100
LEADS = 5  # articles that match best by keyword, each of which sends a passage at least: its first
# Weights of the final order, each of a mark between 0 and 1, chosen on benchmarks/tuning_questions.yaml.
NEARNESS, ARTICLE, COVERAGE, TIME = 1.0, 1.0, 0.7, 0.25


def retrieve(
    question: Question, index: Index, embedder: BaseEmbedding, names: Names, config: Config
) -> Found:
    """The `config.top_n` passages that bear most on `question`. Empty when nothing published by `as_of` is there."""
    vector = embedder.get_query_embedding(names.canonical(question.text))
    match, top_k, windows = match_expression(question), config.top_k, _windows(question)
    dense = [index.search_vectors(vector, top_k, *window) for window in windows]
    sparse = [index.search_keywords(match, top_k, *window) for window in windows]
    articles = [index.search_articles(match, top_k, *window) for window in windows]
    fused = reciprocal_rank_fusion([passage_id for passage_id, _ in ranked] for ranked in (*dense, *sparse))
    best = sorted(fused, key=lambda i: (-fused[i], i))[: 2 * top_k]
    nodes = index.passages(best)
    here = {n.metadata["article_id"] for n in nodes}
    for article_id, _ in articles[0][:LEADS]:
        if article_id not in here:
            nodes += index.passages_of(article_id)[:1]
    nodes = [n for n in nodes if _is_known_by(n, question.as_of)]
    weights = inverse_frequencies(question.terms, index)
    marks = Marks(relative(dense), relative(articles))
    ordered = order(question, nodes, marks, weights, names)
    return Found(tuple(ordered[: config.top_n]), weights)


@dataclass(frozen=True, slots=True)
class Marks:
    """What each search thought of a passage, or of its article, over what it thought of its best: 0 to 1."""

    nearness: Mapping[str, float]  # by passage
    articles: Mapping[str, float]  # by article


def relative(lists: Iterable[Sequence[tuple[str, float]]]) -> dict[str, float]:
    """Scores of several lists of one search as shares of the greatest."""
    scores = {found: score for ranked in lists for found, score in ranked}
    greatest = max(scores.values(), default=0.0)
    return {found: max(0.0, score / greatest) for found, score in scores.items()} if greatest > 0 else {}


def _windows(question: Question) -> list[tuple[str, str]]:
    """The spans of time to search: all of it, and the question's own as well, so that its articles are surely seen."""
    spans = [("", "")]
    if question.window is not None and question.window.order == "only":
        spans.append((question.window.after, question.window.before))
    if question.as_of:
        spans.append(("", question.as_of))
    return spans


def _is_known_by(node: TextNode, as_of: str) -> bool:
    published = str(node.metadata["published"])
    return not (as_of and published) or bounds(published)[0] <= bounds(as_of)[1]


def match_expression(question: Question) -> str:
    """The question's words for SQLite's FTS5: any of them, quoted so that no word is taken for an operator."""
    return " OR ".join(f'"{word}"' for word in question.words)


def reciprocal_rank_fusion(lists: Iterable[Iterable[str]]) -> dict[str, float]:
    """Each id's fused score, greater than 0."""
    scores: dict[str, float] = defaultdict(float)
    for ranked in lists:
        for rank, passage_id in enumerate(ranked, start=1):
            scores[passage_id] += 1 / (RRF_K + rank)
    return dict(scores)


def inverse_frequencies(terms: Sequence[str], index: Index) -> dict[str, float]:
    """ln(1 + N / (1 + n)) for each term, where n of N passages hold it. Never 0, so that every word counts a little."""
    total = max(1, index.counts()["passages"])
    held = index.document_frequencies(terms)
    return {term: math.log(1 + total / (1 + held.get(term, 0))) for term in terms}


def order(
    question: Question, nodes: Sequence[TextNode], marks: Marks, weights: Mapping[str, float], names: Names
) -> list[NodeWithScore]:
    """`nodes`, best first; scores lie about between 0 and 3."""
    from llama_index.core.schema import NodeWithScore

    scored = [
        NodeWithScore(
            node=node,
            score=NEARNESS * marks.nearness.get(node.node_id, 0.0)
            + ARTICLE * marks.articles.get(node.metadata["article_id"], 0.0)
            + COVERAGE * coverage(f"{node.metadata['title']}\n{node.text}", weights, names)
            + TIME * suits_time(question.window, str(node.metadata["published"]), node.text),
        )
        for node in nodes
    ]
    return sorted(scored, key=lambda n: (-(n.score or 0.0), n.node_id))


def coverage(text: str, weights: Mapping[str, float], names: Names) -> float:
    """The share, by weight, of the question's words that `text` has: 0 to 1."""
    total = sum(weights.values())
    if not total:
        return 0.0
    held = set(text_terms(text, names))
    return sum(weight for term, weight in weights.items() if term in held) / total
