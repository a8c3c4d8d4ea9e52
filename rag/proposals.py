"""Spans that may answer: those that the reader marks or, without a reader, those of the sort that is asked for."""

from __future__ import annotations

from collections.abc import Sequence

from rag.fitting import REASON
from rag.names import Names
from rag.question import Question
from rag.reader import Span
from rag.schema import Found
from rag.sentences import Sentence
from rag.shapes import shaped
from rag.shared import Shared
from rag.spans import typed_spans

SORT_OF = {"who": "name", "when": "date", "how-many": "number", "where": "place"}
UNREAD = (
    2.0  # the margin of a span that no reader has read: the median of right ones, so that it tells nothing
)
Proposal = tuple[Sentence, int, int, float]


def read_spans(
    question: Question, found: Found, spans: Sequence[Span], pool: Sequence[Sentence], names: Names
) -> list[Proposal]:
    """The reader's spans, each within one sentence, in the form that the question's sort of answer has."""
    made: dict[tuple[int, int, int], Proposal] = {}
    for span in spans:
        offset = int(found.passages[span.passage].node.metadata["start"])
        start, end = offset + span.start, offset + span.end
        for sentence in pool:
            if sentence.rank == span.passage and sentence.start <= start < sentence.end:
                a, b = start - sentence.start, min(end, sentence.end) - sentence.start
                a, b = shaped(question, sentence.text, a, b, names)
                key = (sentence.start, a, b)
                if key not in made or made[key][3] < span.margin:
                    made[key] = (sentence, a, b, span.margin)
    causes = because(list(made.values())) if question.kind == "why" else []
    return [*made.values(), *causes]


def because(proposals: Sequence[Proposal]) -> list[Proposal]:
    """Beside the reader's spans, the clause of the same sentence that plainly gives a reason."""
    made: dict[int, Proposal] = {}
    for sentence, _, _, margin in proposals:
        match = REASON.search(sentence.text)
        if match:
            end = len(sentence.text.rstrip(' .”"'))
            best = max(margin, made[id(sentence)][3]) if id(sentence) in made else margin
            made[id(sentence)] = (sentence, match.start(), end, best)
    return list(made.values())


def look_for_spans(
    question: Question, pool: Sequence[Sentence], shared: Shared, names: Names
) -> list[Proposal]:
    """Without a reader: in the sentences that share most with the question, what is of the sort asked for.

    Where no sort is asked for, the sentence itself.
    """
    sort = SORT_OF.get(question.kind)
    made: list[Proposal] = []
    for sentence in sorted(pool, key=lambda s: -shared.share(s.text))[:12]:
        if sort is None:
            made.append((sentence, 0, len(sentence.text), UNREAD))
            continue
        spans = [span for span in typed_spans(sentence.text, names) if span.sort == sort]
        made += [(sentence, span.start, span.end, UNREAD) for span in spans]
    return made
