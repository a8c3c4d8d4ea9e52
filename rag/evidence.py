"""Candidates for an answer: spans of sentences, each with the marks by which it is weighed.

A candidate is a span in a sentence in a passage. The reader proposes spans; without a reader the sort of thing that the
question asks for proposes them (`rag/spans.py`). What the sentence and its passage share with the question, whether
the span is of the right sort, and how sure the reader is, together make its score: the log-odds that it answers.
"""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from rag.fitting import REASON, fits
from rag.meaning import Meaning
from rag.names import Names
from rag.offices import SUCCEEDING, has_left, is_lesser, title_near
from rag.question import Question
from rag.reader import Reader
from rag.schema import Found
from rag.sentences import split_sentences
from rag.shapes import is_new, shaped
from rag.spans import typed_spans
from rag.windows import suits_time
from rag.words import fold, spelled_out, stem

if TYPE_CHECKING:
    from llama_index.core.schema import TextNode

SORT_OF = {"who": "name", "when": "date", "how-many": "number", "where": "place"}


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of a passage: `article.text[start:end] == text`."""

    node: TextNode
    text: str
    start: int
    end: int
    before: str  # the sentence before it in its passage, whom its pronouns mean; "" for the first
    context: str  # its passage's title and text
    rank: int  # of its passage, 0 for the best

    @property
    def meant(self) -> str:
        """The sentence, with the one before it where a pronoun at its head leans on that."""
        return f"{self.before} {self.text}" if PRONOUN.match(self.text) else self.text

    @property
    def article_id(self) -> str:
        return str(self.node.metadata["article_id"])

    @property
    def published(self) -> str:
        return str(self.node.metadata["published"])


@dataclass(frozen=True, slots=True)
class Candidate:
    """`sentence.text[start:end] == short`, and what speaks for it."""

    sentence: Sentence
    start: int
    end: int
    margin: float  # the reader's span score over its null score; 0 without a reader
    covered: float  # share of the question's words, by weight, in the sentence: 0 to 1
    tight: float  # the same in the thirty characters on either side of the span, where an office stands by its name
    nearby: float  # the same in the sentence and the one before
    fitting: bool  # is it of the sort asked for
    new: bool  # does it say something that the question does not
    near: float  # the retrieval score of its passage over the best one's: about 0 to 1
    role: float  # asked who holds an office: the weight of its most telling word that the sentence lacks, 0 to 1
    head: float  # asked so: how far the sentence has the word for the office itself, 0 to 1; else 1
    alike: float  # cosine of the sentence to the question
    timely: (
        float  # 1 where its passage is of the time asked about, -1 where it is not, 0 where that is not known
    )
    former: bool  # asked who holds an office: the sentence says that this one does no more
    recent: float  # asked how things stand: the share of the passages that are no newer than this one, else 0
    other: float  # share of the countries asked about that the sentence lacks while it names others: 0 to 1; 1 also
    # where the office by the span is another country's, or a lesser one

    @property
    def clear(self) -> float:
        """The margin between 0 and 1, so that a huge one counts little more than a large one."""
        return 1 / (1 + math.exp(-self.margin / 2))

    @property
    def terse(self) -> float:
        """1 for a span without words, 0 for ten words or more."""
        return 1 - min(len(self.short.split()), 10) / 10

    @property
    def eligible(self) -> bool:
        """Does it speak of the very thing asked: of this office, of these countries? What does not is left out."""
        return self.new and self.role <= UNSAID and self.head >= KNOWN_AS and self.other == 0

    @property
    def short(self) -> str:
        return self.sentence.text[self.start : self.end]


def sentences(found: Found) -> list[Sentence]:
    """Every sentence of the passages, best passage first, in text order within it."""
    made = []
    for rank, scored in enumerate(found.passages):
        node = scored.node
        text, offset = node.text, int(node.metadata["start"])  # type: ignore[attr-defined]
        context = f"{node.metadata['title']}\n{text}"
        before = ""
        for start, end in split_sentences(text):
            made.append(Sentence(node, text[start:end], offset + start, offset + end, before, context, rank))  # type: ignore[arg-type]
            before = text[start:end]
    return made


def candidates(
    question: Question, found: Found, reader: Reader | None, names: Names, meaning: Meaning
) -> list[Candidate]:
    """Spans that may answer, unordered. Empty when nothing of the right sort is in the passages."""
    pool = sentences(found)
    shared = Shared.of(question, found, names, meaning)
    proposed = (
        read_spans(question, found, pool, reader, names)
        if reader
        else look_for_spans(question, pool, shared, names)
    )
    best = max((n.score or 0.0 for n in found.passages), default=1.0) or 1.0
    scores = [max(0.0, n.score or 0.0) / best for n in found.passages]
    texts = list(dict.fromkeys(p[0].text for p in sorted(proposed, key=lambda p: -p[3])))[:WEIGHED]
    likeness = meaning.alike(names.canonical(question.text), [names.canonical(text) for text in texts])
    alike = dict(zip(texts, likeness, strict=True))
    dates = [str(n.node.metadata["published"]) for n in found.passages]
    return [
        Candidate(
            sentence, start, end, margin,
            covered=shared.share(sentence.text),
            nearby=shared.share(f"{sentence.before} {sentence.text}"),
            tight=shared.share(sentence.text[max(0, start - TIGHT) : end + TIGHT]),
            role=shared.lacking_of_office(sentence) if question.office_head and not question.past else 0.0,
            head=has_office(question, sentence.meant, shared),
            alike=alike[sentence.text],
            timely=suits_time(question.window, sentence.published, sentence.node.text),
            fitting=fits(sentence.text[start:end], sentence.text, question.text, question.kind, names),
            new=is_new(question, sentence.text, start, end),
            near=scores[sentence.rank],
            former=bool(question.present and question.office_head) and has_left(sentence.text, start, end),
            recent=sum(d <= sentence.published for d in dates) / len(dates) if question.present else 0.0,
            other=max(
                other_countries(question, sentence, names),
                held_elsewhere(question, sentence.text, start, end, names),
            ),
        )
        for sentence, start, end, margin in proposed
        if sentence.text in alike
    ]  # fmt: skip


READ = 6  # passages: 7 answer 0.003 more of the questions kept for tuning, and take a seventh longer
WEIGHED = 6  # sentences: those in which the reader is surest; each costs a few milliseconds to compare
PRONOUN = re.compile(
    r"\W*(?:\w+ )?(?:he|she|his|her|they|their|its?)\b", re.IGNORECASE
)  # at the head of a sentence
# Weight, over the greatest, of a word of the office asked for that the sentence lacks: no right answer among the
# questions kept for tuning has more than 0.3, two thirds of the near misses have 0.6 or more.
UNSAID = 0.4
KNOWN_AS = 0.3  # "envoy" for "ambassador" is enough; "assistant secretary" for "president" is not
BELONGS = 25  # characters: a country this near to a title says whose it is
TIGHT = 30  # characters on either side of a span: about five words


@dataclass(frozen=True)
class Shared:
    """What texts share with a question: its words themselves, or words of like meaning for a part."""

    stems: Mapping[str, str]  # word of the question → its stem
    weights: Mapping[str, float]  # stem → weight
    names: Names
    meaning: Meaning
    _known: dict[str, dict[str, float]] = field(default_factory=dict)

    @classmethod
    def of(cls, question: Question, found: Found, names: Names, meaning: Meaning) -> Shared:
        stems = {w: stem(w) for w in question.words}
        return cls(stems, {s: found.weights.get(s, 1.0) for s in stems.values()}, names, meaning)

    def credits(self, text: str) -> dict[str, float]:
        """For each stem of the question how far `text` has it: 0 to 1."""
        if text not in self._known:
            plain = set(spelled_out(fold(self.names.keywords(text)).split()))
            held = {stem(w) for w in plain}
            self._known[text] = {
                s: 1.0 if s in held else self.meaning.credit(w, plain) for w, s in self.stems.items()
            }
        return self._known[text]

    def share(self, text: str) -> float:
        """The share, by weight, of the question's words that `text` has: 0 to 1."""
        total = sum(self.weights.values())
        return sum(self.weights[s] * c for s, c in self.credits(text).items()) / total if total else 0.0

    def has(self, word: str, text: str) -> float:
        """How far `text` has `word`, itself or one of like meaning: 0 to 1."""
        return self.meaning.credit(word, set(spelled_out(fold(text).split())))

    def lacking(self, text: str, stems: Collection[str] | None = None) -> float:
        """The weight of the most telling word that `text` lacks, over the greatest weight: 0 to 1.

        Of `stems` alone, where they are given.
        """
        heaviest = max(self.weights.values(), default=1.0)
        credits = self.credits(text)
        return (
            max(
                (self.weights[s] * (1 - credits[s]) for s in (credits if stems is None else stems)),
                default=0.0,
            )
            / heaviest
        )

    def lacking_of_office(self, sentence: Sentence) -> float:
        """As `lacking`: the office has to be in the sentence itself, of what or where it is there or just before."""
        whose = {s for word, s in self.stems.items() if word not in self.meaning.vocabulary}
        near = f"{sentence.node.metadata['title']} {sentence.before} {sentence.text}"
        return max(self.lacking(sentence.meant, set(self.stems.values()) - whose), self.lacking(near, whose))


def other_countries(question: Question, sentence: Sentence, names: Names) -> float:
    """The ambassador to Cuba is no answer where the one to Russia is asked for, though all other words agree."""
    asked = {e for e in question.entities if e.startswith("geo")}
    near = sentence.meant if question.office_head else f"{sentence.before} {sentence.text}"
    lacking = asked - {m.entity for m in names.mentions(near)}
    others = {m.entity for m in names.mentions(sentence.text) if m.entity.startswith("geo")} - asked
    return len(lacking) / len(asked) if asked and others else 0.0


def has_office(question: Question, text: str, shared: Shared) -> float:
    """How far `text` has the word for the office asked for, or speaks of a succession where that is asked: 0 to 1."""
    if question.past:
        return float(SUCCEEDING.search(text) is not None)
    return shared.has(question.office_head, text) if question.office_head else 1.0


def held_elsewhere(question: Question, text: str, start: int, end: int, names: Names) -> float:
    """1 where the title by the span is of another country than those asked about, or a lesser one; else 0."""
    title = title_near(text, start, end, question.office_head) if question.office_head else None
    if title is None:
        return 0.0
    if is_lesser(text, title[0], question.text):
        return 1.0
    asked = {e for e in question.entities if e.startswith("geo")}
    apart = {
        max(m.start - title[1], title[0] - m.end, 0): m.entity
        for m in names.mentions(text)
        if m.entity.startswith("geo")
    }
    nearest = min(apart, default=BELONGS)
    return float(bool(asked) and nearest < BELONGS and apart[nearest] not in asked)


Proposal = tuple[Sentence, int, int, float]


def read_spans(
    question: Question, found: Found, pool: Sequence[Sentence], reader: Reader, names: Names
) -> list[Proposal]:
    """The reader's spans, each within one sentence, in the form that the question's sort of answer has."""
    read = found.passages[:READ]
    titles = [f"{n.node.metadata['title']}.\n" if n.node.metadata["title"] else "" for n in read]
    texts = [title + n.node.text for title, n in zip(titles, read, strict=True)]  # type: ignore[attr-defined]
    made: dict[tuple[int, int, int], Proposal] = {}
    for span in reader.read(names.canonical(question.text), texts, n_best=4):
        offset = int(found.passages[span.passage].node.metadata["start"]) - len(titles[span.passage])
        start, end = span.start + offset, span.end + offset
        for sentence in pool:
            if sentence.rank == span.passage and sentence.start <= start < sentence.end:
                a, b = start - sentence.start, min(end, sentence.end) - sentence.start
                a, b = shaped(question, sentence.text, a, b)
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
            made.append((sentence, 0, len(sentence.text), 0.0))
            continue
        spans = [span for span in typed_spans(sentence.text, names) if span.sort == sort]
        made += [(sentence, span.start, span.end, 0.0) for span in spans]
    return made
