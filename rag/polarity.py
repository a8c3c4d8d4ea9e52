"""Yes or no: does a sentence say what is asked, or that it is not so?"""

from __future__ import annotations

import re
from collections.abc import Sequence

from rag.draft import Draft, cite_sentence, refused
from rag.names import Names
from rag.opposites import CONTRARIES
from rag.question import Question
from rag.reader import Reader, Verdict
from rag.rerank import for_question, heading
from rag.schema import Found
from rag.sentences import Sentence, sentences_of
from rag.shared import Shared
from rag.words import fold, stem

# The mean of two shares has to reach this for a yes or no: of the question's words, and of its meaning. Among the
# questions kept for tuning 0.5 and 0.55 answer as many rightly; the higher one answers fewer that have no answer.
LEAST = 0.55
BEFORE = 0.9  # what the sentence before says counts nearly as much: pronouns mean it
# Where the reader judges: the weight of its judging that a sentence says yes or no at all, what the sum has to reach,
# and how close rivals come. Of the questions kept for tuning 0.60 are then answered rightly, and 0.90 of those without
# an answer refused; by the shares alone, where about as many are refused, 0.47.
SAID, LEAST_SAID, RIVAL_SAID = 0.4, 0.6, 0.1
# Yes and no it tells apart less well than counting negations does: it has to be this much surer of the other.
SURER = 0.5
RIVAL = 0.05  # scores this close to the best are rivals, among which the newest article decides
WEIGHED = 10  # sentences, those that share most, whose meaning is compared
REACH = 5  # words: a negation farther from the question's words denies something else
NEGATION = re.compile(
    r"\b(?:not|never|no|without|neither|nor|cannot|refus\w+|declin\w+|den(?:y|ied|ies)|fail\w+|reject\w+|"
    r"rul\w+ out|dismiss\w+|cancel\w+|scrap\w+|unable|unlikely|yet to|bann\w+|ban|prohibit\w*|forb[ai]d\w*|"
    r"fake|false)\b|n['’]t\b",
    re.IGNORECASE,
)
# At its head denies the whole sentence.
NONE = re.compile(r"\W*(?:no|none|nobody|nothing|neither|never)\b", re.IGNORECASE)


def yes_or_no(question: Question, found: Found, reader: Reader | None, shared: Shared) -> Draft:
    """Yes or No, as the sentence that settles it says; where no reader judges, by shares and negations alone."""
    weighed = weigh(question, found, shared)
    verdicts = judge(question, [s for _, s in weighed], reader, shared.names)
    if not verdicts:
        return by_negation(question, found, weighed)
    scored = [(share + SAID * verdict.said, s) for (share, s), verdict in zip(weighed, verdicts, strict=True)]
    best = max(score for score, _ in scored)
    if best < LEAST_SAID:
        return refused(found, best - LEAST_SAID)
    settles = settling(question, scored, best - RIVAL_SAID)
    sentence, verdict = scored[settles][1], verdicts[settles]
    leaning = verdict.yes - verdict.no + (-SURER if negated(question, sentence) else SURER)
    return told("Yes" if leaning > 0 else "No", sentence, best - LEAST_SAID)


def weigh(question: Question, found: Found, shared: Shared) -> list[tuple[float, Sentence]]:
    """The WEIGHED sentences that share most with the question, each with the mean of two shares, 0 to 1: of the
    question's words, and of its meaning."""
    shares = [
        (max(shared.share(s.text), BEFORE * shared.share(f"{s.before} {s.text}")), s)
        for s in sentences_of(found)
        if speaks_of_it(s, shared)
    ]
    pool = sorted(shares, key=lambda pair: -pair[0])[:WEIGHED]
    canonical = shared.names.canonical
    alike = shared.meaning.alike(canonical(question.text), [canonical(s.text) for _, s in pool])
    return [((share + likeness) / 2, s) for (share, s), likeness in zip(pool, alike, strict=True)]


def judge(
    question: Question, sentences: Sequence[Sentence], reader: Reader | None, names: Names
) -> list[Verdict]:
    """What the reader makes of each sentence under its headline and behind the one before it; [] for no such reader."""
    if reader is None or not sentences:
        return []
    texts = [
        heading(s.node.metadata, names)
        + for_question(f"{s.before} {s.text}".strip(), question.entities, names).text
        for s in sentences
    ]
    return reader.judge(names.canonical(question.text), texts)


def by_negation(question: Question, found: Found, weighed: Sequence[tuple[float, Sentence]]) -> Draft:
    """Yes when the best sentence says what is asked, No when it says so with one negation more or less."""
    best = max((score for score, _ in weighed), default=0.0)
    if best < LEAST:
        return refused(found, best - LEAST)
    sentence = weighed[settling(question, weighed, best - RIVAL)][1]
    return told("No" if negated(question, sentence) else "Yes", sentence, best - LEAST)


def settling(question: Question, scored: Sequence[tuple[float, Sentence]], least: float) -> int:
    """Which of the sentences that score `least` or more decides: the best, but asked how things stand the best of the
    newest article."""
    rivals = [n for n, (score, _) in enumerate(scored) if score >= least]
    return max(rivals, key=lambda n: (scored[n][1].published if question.present else "", scored[n][0]))


def negated(question: Question, sentence: Sentence) -> bool:
    """Does the sentence say with one negation more or less what the question says?"""
    opposite = opposed(question, sentence.text)
    said = sentence.text.replace(opposite, "") if opposite else sentence.text
    turns = [denies(question, said), bool(NEGATION.search(question.text)), bool(opposite)]
    return sum(turns) % 2 == 1


def told(short: str, sentence: Sentence, confidence: float) -> Draft:
    return Draft(
        f"{short} [1]. {sentence.text} [1]", short, (cite_sentence(sentence, 1),), confidence=confidence
    )


def speaks_of_it(sentence: Sentence, shared: Shared) -> bool:
    """Does the sentence state something, and name, with its title, every country and rare name asked about?"""
    near = f"{sentence.node.metadata['title']} {sentence.before} {sentence.text}"
    held = shared.credits(near)
    named = {s for word, s in shared.stems.items() if word not in shared.meaning.vocabulary}
    return not sentence.text.rstrip(' "”').endswith("?") and all(held[s] > 0 for s in named)


def denies(question: Question, text: str) -> bool:
    """Is there a negation at its head, or within REACH words of one of the question's?"""
    if NONE.match(text):
        return True
    words = [(m.start(), m.group()) for m in re.finditer(r"[\w’'-]+", text)]
    terms = set(question.terms)
    shared = [i for i, (_, word) in enumerate(words) if any(stem(w) in terms for w in fold(word).split())]
    for match in NEGATION.finditer(text):
        at = sum(start <= match.start() for start, _ in words) - 1
        if any(abs(at - i) <= REACH for i in shared):
            return True
    return False


def opposed(question: Question, text: str) -> str:
    """The word of `text` that is the opposite of one in the question, where that one is not in it too; else ""."""
    words = {stem(w.casefold()): w for w in re.findall(r"\w+", text)}
    return next(
        (words[o] for w in question.terms if w not in words for o in CONTRARIES.get(w, ()) if o in words), ""
    )
