"""Look once more at the best few candidates: each is put to the verifier as the answer, in its sentence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from rag.evidence import Candidate
from rag.names import Names
from rag.question import Question
from rag.reader import Reader
from rag.rerank import for_question, heading
from rag.verifier import Claim
from rag.weights import first_rank

# Candidates. Of 980 questions kept for tuning the right one is the first for .80, among five for .94, ten for .96.
LOOKED_AT = 5


def reconsider(
    question: Question, found: Sequence[Candidate], reader: Reader | None, names: Names
) -> list[Candidate]:
    """`found` with what the verifier thinks of them; those that it is not shown get what it thinks of the worst shown.

    As they are without a reader, or with one that has not learned to verify.
    """
    if reader is None:
        return list(found)
    best = sorted((c for c in found if c.eligible), key=first_rank, reverse=True)[:LOOKED_AT]
    claims = [claim_of(question, candidate, names) for candidate in best]
    scores = reader.verify(names.canonical(question.text), claims)
    if not scores:
        return list(found)
    known, least = dict(zip(map(id, best), scores, strict=True)), min(scores)
    return [replace(c, verified=known.get(id(c), least)) for c in found]


def claim_of(question: Question, candidate: Candidate, names: Names) -> Claim:
    """The candidate in its sentence, below the headline, the date and the sentence before, in the question's names."""
    sentence = candidate.sentence
    head, before = heading(sentence.node.metadata, names), f"{sentence.before} " if sentence.before else ""
    said = for_question(f"{before}{sentence.text}", question.entities, names)
    start, end = said.forth(len(before) + candidate.start, len(before) + candidate.end)
    return Claim(f"{head}{said.text}", len(head) + start, len(head) + end)
