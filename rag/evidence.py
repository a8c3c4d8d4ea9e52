"""Candidates for an answer: spans of sentences, each with the marks by which it is weighed.

A candidate is a span in a sentence in a passage. The reader proposes spans; without a reader the sort of thing that the
question asks for proposes them (`rag/spans.py`). What the sentence and its passage share with the question, whether
the span is of the right sort, and how sure the reader is, together make its score: the log-odds that it answers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rag.fitting import fits
from rag.holders import PLAIN, held, named_holders, other_countries, post_asked
from rag.meaning import Meaning
from rag.names import Names
from rag.offices import has_left
from rag.proposals import UNREAD, Proposal, look_for_spans, read_spans
from rag.question import Question
from rag.rerank import clear
from rag.schema import Found
from rag.sentences import Sentence, sentences_of
from rag.shapes import is_new
from rag.shared import Shared
from rag.windows import suits_time

# Sentences: those that name a holder, then those in which the reader is surest; three milliseconds each on two cores.
# Of the questions kept for tuning 12 has no more right.
WEIGHED = 6
UNVERIFIED = 2.3  # the median of right ones, so that it tells nothing
TIGHT = 30  # characters on either side of a span: about five words


@dataclass(frozen=True, slots=True)
class Candidate:
    """`sentence.text[start:end] == short`, and what speaks for it."""

    sentence: Sentence
    start: int
    end: int
    margin: float  # the reader's span score over its null score; UNREAD without a reader
    covered: float  # share of the question's words, by weight, in the sentence: 0 to 1
    tight: float  # the same in the thirty characters on either side of the span, where an office stands by its name
    nearby: float  # the same in the sentence and the one before
    fitting: bool  # is it of the sort asked for
    new: bool  # does it say something that the question does not
    near: float  # the retrieval score of its passage over the best one's: about 0 to 1
    alike: float  # cosine of the sentence to the question; with the one before it where it leans on that
    timely: (
        float  # 1 where its passage is of the time asked about, -1 where it is not, 0 where that is not known
    )
    former: bool  # asked who holds an office: the sentence says that this one does no more
    recent: float  # asked how things stand: the share of the passages that are no newer than this one, else 0
    other: float  # share of the countries asked about that the sentence lacks while it names others: 0 to 1; half of
    # that where its passage or headline has them
    held: float  # asked who holds an office: how plainly the span is said to, 0 to 1; -1 where it has another
    verified: float = UNVERIFIED  # the verifier's log-odds that it answers (`rag/reconsider.py`)

    @property
    def clear(self) -> float:
        """The margin between 0 and 1, so that a huge one counts little more than a large one."""
        return clear(self.margin)

    @property
    def terse(self) -> float:
        """1 for a span without words, 0 for ten words or more."""
        return 1 - min(len(self.short.split()), 10) / 10

    @property
    def eligible(self) -> bool:
        """What only repeats the question, or speaks of another office, is left out."""
        return self.new and self.held >= 0

    @property
    def plain(self) -> bool:
        """Does the sentence say in so many words that this one holds, or held, the office asked for?"""
        return self.held >= PLAIN

    @property
    def stated(self) -> bool:
        """As `plain`; or is it said of someone that they hold the office no more?"""
        return self.plain or (self.former and self.held > 0)

    @property
    def short(self) -> str:
        return self.sentence.text[self.start : self.end]


def candidates(question: Question, found: Found, names: Names, meaning: Meaning) -> list[Candidate]:
    """Spans that may answer, unordered. Empty when nothing of the right sort is in the passages."""
    pool = sentences_of(found)
    shared = Shared.of(question, found, names, meaning)
    proposed = (
        look_for_spans(question, pool, shared, names)
        if found.spans is None
        else read_spans(question, found, found.spans, pool, names)
    )
    asked = post_asked(question, names, meaning)
    surest = sorted(proposed, key=lambda proposal: -proposal[3])
    proposed = [*unread(named_holders(question, asked, pool, names, meaning), surest), *surest]
    alike = likeness(question, proposed, names, meaning)
    other = {id(s): other_countries(question, s, names) for s, *_ in proposed}
    best = max((n.score or 0.0 for n in found.passages), default=1.0) or 1.0
    scores = [max(0.0, n.score or 0.0) / best for n in found.passages]
    dates = [str(n.node.metadata["published"]) for n in found.passages]
    return [
        Candidate(
            sentence, start, end, margin,
            covered=shared.share(sentence.text),
            nearby=shared.share(f"{sentence.before} {sentence.text}"),
            tight=shared.share(sentence.text[max(0, start - TIGHT) : end + TIGHT]),
            alike=alike[sentence.text],
            timely=suits_time(question.window, sentence.published, sentence.node.text),
            fitting=fits(sentence.text[start:end], sentence.text, question, names),
            new=is_new(question, sentence.text, start, end),
            near=scores[sentence.rank],
            former=bool(question.present and question.office_head)
            and has_left(sentence.text, start, end, question.office_head),
            recent=sum(d <= sentence.published for d in dates) / len(dates) if question.present else 0.0,
            other=other[id(sentence)],
            held=held(question, asked, sentence, start, end, names, meaning),
        )
        for sentence, start, end, margin in proposed
        if sentence.text in alike
    ]  # fmt: skip


def unread(spans: Sequence[tuple[Sentence, int, int]], proposed: Sequence[Proposal]) -> list[Proposal]:
    """Those of `spans` that are not proposed yet, with a margin that tells nothing."""
    known = {(id(sentence), start, end) for sentence, start, end, _ in proposed}
    return [(s, a, b, UNREAD) for s, a, b in spans if (id(s), a, b) not in known]


def likeness(
    question: Question, proposed: Sequence[Proposal], names: Names, meaning: Meaning
) -> dict[str, float]:
    """The cosine to the question of each of the first WEIGHED sentences, by its text; of one that leans on the sentence
    before it, of both."""
    meant = dict(list({sentence.text: sentence.meant for sentence, *_ in proposed}.items())[:WEIGHED])
    canonical = names.canonical
    found = meaning.alike(canonical(question.text), [canonical(text) for text in meant.values()])
    return dict(zip(meant, found, strict=True))
