"""Draft questions on articles that no question is about yet.

A sentence is turned round so that it asks for one of its own spans: who did it, when, where, how many. A draft is kept
where the reader, given the passage and the question, finds that very span again (round-trip consistency, Alberti et al.
2019), so that what is left is answerable and its answer is in the article's own words.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from rag.assistant import Assistant
from rag.drafts import id_of
from rag.errors import DatelineError
from rag.judge import fold, is_source
from rag.models import load_reader
from rag.names import Names
from rag.questions import Question
from rag.reader import Reader
from rag.schema import Article
from rag.sentences import PRONOUN, split_sentences
from rag.spans import COMMON, TypedSpan, typed_spans

TRIED = 12  # drafts of one article that are put to the reader, which takes about 0.05 s each
LENGTHS = range(6, 36)  # words of a sentence: shorter ones say too little, longer ones too much at once
VERB = re.compile(  # behind a name, with what is said of its bearer between commas before it
    r"(?:, [^,]{3,80},)? (?:also |now |later )?"
    r"(?:is|was|were|has|had|will|would|did|said|took|became|led|won|met|made|came|went|held|gave|left|told"
    r"|[a-z]{2,}(?:ed|s))\b(?! and\b)"
)
# ", the foreign ministry said on Tuesday": who told it is not what the sentence is about.
TOLD = re.compile(r",(?: [\w’'-]+){1,6} (?:said|reported|announced|told [\w ]+)(?: on \w+)?$")
BEFORE_DATE = re.compile(r"(?:,? (?:on|in|at|since|by|until|during|from))? (?:the )?$")
BEFORE_PLACE = re.compile(r",? (?:in|at|near) (?:the )?$")


@dataclass(frozen=True, slots=True)
class Draft:
    kind: str
    question: str
    answer: str


def suggest(
    assistant: Assistant,
    asked: Sequence[Question],
    number: int,
    on_progress: Callable[[int, int], None] | None = None,
) -> list[Question]:
    """Up to `number` questions, one an article before a second of any, and of the kind had least so far.

    `asked` are the questions there are: an article that one of them names as a source gets none. DatelineError where
    no reader is configured.
    """
    reader = load_reader(assistant.config.reader)
    if reader is None:
        raise DatelineError(
            "Drafting questions needs the reader, and it is set to none: unset DATELINE_READER"
        )
    bare = [
        article
        for article in assistant.index.articles()
        if not any(q.sources and is_source(q, article.path, article.title) for q in asked)
    ]
    made: list[Question] = []
    used: Counter[str] = Counter()
    left = {article.id: list[Draft]() for article in bare}
    tried: set[str] = set()
    for _ in range(4):  # kinds
        for article in bare:
            if len(made) >= number:
                return made
            if article.id not in tried:
                tried.add(article.id)
                left[article.id] = _confirmed(article, assistant, reader)
            drafts = left[article.id]
            if drafts:
                best = min(drafts, key=lambda draft: used[draft.kind])
                left[article.id] = [draft for draft in drafts if draft.kind != best.kind]
                used[best.kind] += 1
                made.append(_question(best, article))
            if on_progress:
                on_progress(len(made), number)
    return made


def _question(draft: Draft, article: Article) -> Question:
    return Question(
        id=id_of(draft.question),
        turns=(draft.question,),
        answers=(draft.answer,),
        sources=(article.path,),
        kind=draft.kind,
        draft=True,
        note="made from a sentence of the article; reword it as a reader would ask",
    )


def _confirmed(article: Article, assistant: Assistant, reader: Reader) -> list[Draft]:
    """The first draft of each kind that the reader answers with the span it was made from."""
    kept: dict[str, Draft] = {}
    tries = 0
    for node in assistant.index.passages_of(article.id):
        for start, end in split_sentences(node.text):
            for draft in drafts(node.text[start:end], assistant.names):
                if draft.kind in kept or tries >= TRIED:
                    continue
                tries += 1
                read = reader.read(draft.question, [node.text], n_best=1)
                if read and read[0].margin > 0 and _same(read[0].text, draft.answer):
                    kept[draft.kind] = draft
    return list(kept.values())


def _same(one: str, other: str) -> bool:
    a, b = fold(one), fold(other)
    return bool(a.strip()) and (a in b or b in a)


def drafts(sentence: str, names: Names) -> Iterator[Draft]:
    """Questions whose answer is a span of the sentence. None of one that leans on the one before it."""
    plain = TOLD.sub("", sentence.strip().rstrip("."))
    if len(plain.split()) not in LENGTHS or PRONOUN.match(plain) or re.search(r"[“”\"?!:;\n]", plain):
        return
    for span in typed_spans(plain, names):
        before, words, after = plain[: span.start], plain[span.start : span.end], plain[span.end :]
        asked = _turned(span, before, words, after)
        if asked:
            yield Draft(*asked, words)


def _turned(span: TypedSpan, before: str, words: str, after: str) -> tuple[str, str] | None:
    """The kind and the words of the question whose answer is the span; None where none reads well."""
    match span.sort:
        # One capitalised word at the head of a sentence may be any word: "Repairs will cost …".
        case "name" if not before and re.search(r"[\s-]", words) and VERB.match(after):
            return "who", f"Who{re.sub('^, [^,]*,', '', after)}?"
        case "number" if not before and re.match(r" [a-z]", after):
            return "how-many", f"How many{after}?"
        case "number" if (
            (noun := re.match(r" ([a-z]{3,})", after))
            and before.strip()
            and not before.rstrip().endswith("$")
        ):
            return "how-many", f"How many {noun.group(1)} in “{before}…{after}”?"
        case "date" if (cut := BEFORE_DATE.search(before)) and cut.start():
            return "when", f"When was it that {_lower(before[: cut.start()])}{after}?"
        case "place" if (cut := BEFORE_PLACE.search(before)) and cut.start():
            return "where", f"Where was it that {_lower(before[: cut.start()])}{after}?"
    return None


def _lower(words: str) -> str:
    """A sentence's head as it reads within another: "The council" → "the council", "Oslo" as it is."""
    first = words.split(" ", 1)[0]
    return words[:1].lower() + words[1:] if first.casefold() in COMMON else words
