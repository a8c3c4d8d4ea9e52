"""What one answer to one question is worth. No model judges: words are held against words.

Texts are compared as whole words after folding: case, accents, hyphens and punctuation are overlooked, and so is
which of a thing's known names is used ("DPRK" is "North Korea"), where the names of the corpus are given.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from rag.names import Names
from rag.prompts import MARK
from rag.questions import Question
from rag.schema import Answer, Citation, Hit

HYPHEN = re.compile(r"(?<=[^\W\d_])[-‐‑](?=[^\W\d_])")


@dataclass(frozen=True, slots=True)
class Verdict:
    right: bool
    cited: bool  # a right refusal, which cites nothing, counts as cited
    refused: bool
    short_right: bool | None  # None where no short answer is asked for: open questions and refusals
    reason: str = ""  # why not right, or not cited; one line

    @property
    def passed(self) -> bool:
        return self.right and self.cited


@lru_cache(16384)
def fold(text: str) -> str:
    """The words alone, a space around each: `" kim yong chol "` for "Kim Yong-chol", `" 13000 km "` for "13,000 km".
    Marks such as [1] are left out."""
    letters = unicodedata.normalize("NFKD", MARK.sub(" ", text)).casefold()
    plain = "".join(letter for letter in letters if not unicodedata.combining(letter))
    plain = re.sub(r"(?<=\b[^\W\d_])\.(?=[^\W\d_]\b)", "", plain)  # u.s. → us.
    plain = re.sub(r"(?<=\d),(?=\d{3}\b)", "", plain)
    words = re.findall(r"[0-9]+(?:\.[0-9]+)+|[^\W_]+", plain)
    return f" {' '.join(words)} "


@lru_cache(16384)
def forms(text: str, names: Names | None = None) -> tuple[str, str, str]:
    """`text` folded; with its hyphens taken out ("Su-chol" is "Suchol"); and with each name as the one best known."""
    return fold(text), fold(HYPHEN.sub("", text)), fold(names.canonical(text)) if names else fold(text)


def found(accepted: Iterable[str], texts: Sequence[str], names: Names | None = None) -> list[str]:
    """Those of `accepted` that stand in one of `texts`."""
    held = [forms(text, names) for text in texts]
    return [
        words
        for words in accepted
        if any(a in b for form in held for a, b in zip(forms(words, names), form, strict=True))
    ]


def holds(question: Question, texts: Sequence[str], names: Names | None = None) -> bool:
    """Do the texts together hold the accepted words?"""
    if question.answers and len(found(question.answers, texts, names)) < question.min_answers:
        return False
    return len(found(question.answers_all, texts, names)) == len(question.answers_all)


def is_source(question: Question, path: str, title: str = "") -> bool:
    """Is an article of this path and title one of the question's sources? Any is where it names none."""
    return not question.sources or any(
        path.startswith(source) or fold(title).startswith(fold(source)) for source in question.sources
    )


def first_right(question: Question, hits: Sequence[Hit], names: Names | None = None) -> int | None:
    """Rank, from 1, of the first passage of a source that holds an accepted answer; of a yes-no question, which no
    passage answers in that word, of the first passage of a source. None where there is none."""
    if question.refuse or (question.yes_no and not question.sources):
        return None
    accepted = () if question.yes_no else question.answers + question.answers_all
    for rank, hit in enumerate(hits, start=1):
        if is_source(question, hit.path, hit.title) and (not accepted or found(accepted, [hit.text], names)):
            return rank
    return None


def cited_in(text: str, citations: Iterable[Citation]) -> list[Citation]:
    """The citations that a [n] of the text leads to."""
    marked = {int(number) for number in MARK.findall(text)}
    return [citation for citation in citations if citation.number in marked]


def good_citations(question: Question, answer: Answer) -> list[Citation]:
    """The citations that its text marks and that are of a source of the question."""
    return [c for c in cited_in(answer.text, answer.citations) if is_source(question, c.path, c.title)]


def judge(question: Question, answer: Answer, names: Names | None = None) -> Verdict:
    """What the answer is worth.

    Right: it refuses where the articles do not say. Elsewhere the accepted yes or no opens it, or the accepted words
    stand in its short answer or text; its earlier answers hold what `earlier` names; nothing of `must_not` is in it.
    Cited: [n] in its text leads to citations of the question's sources, and their quotes hold the accepted words
    (which is not asked of yes-no and open questions) and all of `quote`.
    """
    said = [answer.short, answer.text]
    barred = found(question.must_not, said, names)
    if question.refuse or answer.refused:
        right = question.refuse and answer.refused and not barred
        reason = "refused" if answer.refused else "answered what the articles do not say"
        short_right = False if question.asks_short else None
        return Verdict(right, right, answer.refused, short_right, "" if right else _says(reason, barred))

    older = [words for earlier in answer.earlier for words in (earlier.short, earlier.citation.quote)]
    missing = [words for words in question.earlier if words not in found(question.earlier, older, names)]
    if question.yes_no:
        opening = fold(answer.short or answer.text)
        held = short_right = any(opening.startswith(fold(accepted)) for accepted in question.answers)
    else:
        held, short_right = holds(question, said, names), _short_holds(question, answer.short, names)

    good = good_citations(question, answer)
    quotes = [citation.quote for citation in good]
    quoted = question.yes_no or question.kind == "open" or holds(question, quotes, names)
    unquoted = [words for words in question.quote if words not in found(question.quote, quotes, names)]
    faults = {
        "the accepted words are not in the answer": not held,
        f"earlier answers lack {', '.join(missing)}": bool(missing),
        "no [n] in the text cites a source of the question": not good,
        "the accepted words are not in the words cited": bool(good) and not quoted,
        f"no quote holds {', '.join(unquoted)}": bool(good) and bool(unquoted),
    }
    return Verdict(
        right=held and not missing and not barred,
        cited=bool(good) and quoted and not unquoted,
        refused=False,
        short_right=short_right if question.asks_short else None,
        reason=_says("; ".join(fault for fault, present in faults.items() if present), barred),
    )


def _says(reason: str, barred: Sequence[str]) -> str:
    parts = [reason, f"it says {', '.join(barred)}, which it must not" if barred else ""]
    return "; ".join(part for part in parts if part)


def _short_holds(question: Question, short: str, names: Names | None) -> bool:
    """Holds the accepted words, and is short: 3 words for each word of theirs, and 4 more, at most."""
    words = " ".join(found(question.answers + question.answers_all, [short], names))
    return holds(question, [short], names) and len(fold(short).split()) <= 3 * len(fold(words).split()) + 4
