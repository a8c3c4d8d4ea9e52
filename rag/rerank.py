"""Read the best passages with the question, and put first those in which the reader finds an answer.

What was read is kept beside the passages, so that the answer need not read them again.
"""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace

from rag.aligned import Aligned, Replacement
from rag.dates import say
from rag.names import Names
from rag.question import Question
from rag.reader import Reader, Span
from rag.schema import Found

READ = 6  # passages: of ten, the same questions kept for tuning have a right one in the top three
SPANS = 8  # of each passage
# Of the score, where the reader is sure; retrieval's own scores lie about between 0 and 3. 0.4 to 0.8 do as well.
ANSWERS = 0.6
COMPASS = re.compile(r"(North|South|East|West) ")
UNREAD = ("open", "yes-no")  # no span of a passage answers these


def is_read(question: Question) -> bool:
    """Can a span of a passage answer it?"""
    return question.kind not in UNREAD


def reorders(question: Question) -> bool:
    """Do passages that answer it come first? Not where a thing is asked for by its name alone: it may be a topic."""
    return is_read(question) and not question.bare


def rerank(question: Question, found: Found, reader: Reader | None, names: Names) -> Found:
    """`found` with its first READ passages in order of their scores and of how sure the reader is of its best span in
    each; `spans` are the reader's, in the passages' own characters. As it was where there is nothing to read for."""
    if reader is None or not is_read(question) or not found.passages:
        return found
    spans = read(question, found, reader, names)
    surest: dict[int, float] = {}
    for span in spans:
        surest[span.passage] = max(span.margin, surest.get(span.passage, -math.inf))
    weight = ANSWERS if reorders(question) else 0.0
    scores = [
        (scored.score or 0.0) + weight * clear(surest.get(i, -math.inf))
        for i, scored in enumerate(found.passages)
    ]
    order = sorted(range(len(scores)), key=lambda i: -scores[i])
    place = {old: new for new, old in enumerate(order)}
    return replace(
        found,
        passages=tuple(found.passages[i].model_copy(update={"score": scores[i]}) for i in order),
        spans=tuple(replace(span, passage=place[span.passage]) for span in spans),
    )


def clear(margin: float) -> float:
    """A margin between 0 and 1, so that a huge one counts little more than a large one."""
    return 1 / (1 + math.exp(-max(margin, -100.0) / 2))


def read(question: Question, found: Found, reader: Reader, names: Names) -> list[Span]:
    """The reader's spans of the first READ passages, surest first: `passages[passage].node.text[start:end] == text`."""
    nodes = [scored.node for scored in found.passages[:READ]]
    heads = [heading(node.metadata, names) for node in nodes]
    texts = [for_question(node.get_content(), question.entities, names) for node in nodes]
    made = []
    for span in reader.read(
        names.canonical(question.text), [a + b.text for a, b in zip(heads, texts, strict=True)], n_best=SPANS
    ):
        head = len(heads[span.passage])
        if span.start >= head:  # the headline is there to be understood, not to be cited
            start, end = texts[span.passage].back(span.start - head, span.end - head)
            words = nodes[span.passage].get_content()[start:end]
            made.append(replace(span, start=start, end=end, text=words))
    return made


def heading(metadata: Mapping[str, object], names: Names) -> str:
    """What the reader is shown above a passage: the headline and the date, which its sentences may leave out."""
    title, published = names.canonical(str(metadata["title"])), str(metadata["published"])
    said = (title, say(published) if published else "")
    return "".join(f"{part}.\n" for part in said if part)


def for_question(text: str, asked: Collection[str], names: Names) -> Aligned:
    """`text` with every known name as it is best known, as in the question; of the entities `asked` about also their
    capitals, where these stand for the state, and "the North"."""
    known = [
        (start - 4 if text[:start].lower().endswith("the ") else start, end, name)  # not "the North Korea"
        for start, end, name in names.replacements(text, asked)
    ]
    return Aligned.of(text, [*known, *_compass(text, asked, names)])


def _compass(text: str, asked: Collection[str], names: Names) -> Iterator[Replacement]:
    """ "The North" is North Korea where that is asked about and is named in the text."""
    for entity in asked:
        shown = names.shown.get(entity, "")
        match = COMPASS.match(shown)
        if match and entity in names.entities(text):
            for found in re.finditer(rf"\b[Tt]he {match[1]}\b(?! [A-Z])", text):
                yield found.start(), found.end(), shown
