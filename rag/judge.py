"""A file of questions, and the judging of answers to them.

What a question may hold is said at the head of `eval_questions.yaml`. No model judges: an answer is right when
the accepted words stand in it, as whole words after folding (case, accents, punctuation).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from rag.errors import DatelineError
from rag.schema import Answer, Hit

MARK = re.compile(r"\[(\d+)\]")


class QuestionsError(DatelineError):
    """A file of questions that cannot be asked as it stands."""


@dataclass(frozen=True, slots=True)
class Question:
    """One item of the file: `turns` are asked in order, the last one is judged."""

    id: str
    turns: tuple[str, ...]
    answers: tuple[str, ...] = ()  # at least `min_answers` of these …
    answers_all: tuple[str, ...] = ()  # … and all of these must be in the answer
    min_answers: int = 1
    sources: tuple[str, ...] = ()  # path prefixes
    kind: str = "other"
    refuse: bool = False
    as_of: str = ""
    earlier: tuple[str, ...] = ()
    corpus: str = ""  # which folder of pages it is about, where a file asks of several

    @property
    def yes_no(self) -> bool:
        return bool(self.answers) and {fold(accepted).strip() for accepted in self.answers} <= {"yes", "no"}


@dataclass(frozen=True, slots=True)
class Verdict:
    right: bool
    cited: bool  # a right refusal, which cites nothing, counts as cited
    refused: bool
    short_right: bool | None  # None where no short answer is asked for: open questions and refusals
    reason: str = ""  # why not right, or not cited; one line


# ------------------------------------------------------------------------------------------------ questions


def load_questions(path: Path) -> list[Question]:
    """The questions of a YAML file, in its order. Raises `QuestionsError`, which names the file and the id."""
    try:
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise QuestionsError(
            f"{path}: cannot be read ({error.strerror}); give a YAML file of questions"
        ) from error
    except (yaml.YAMLError, ValueError) as error:  # ValueError: not UTF-8, or a date such as 2024-13-01
        mark = getattr(error, "problem_mark", None)
        line = f", line {mark.line + 1}" if mark else ""
        problem = getattr(error, "problem", None) or error
        raise QuestionsError(f"{path}{line}: not YAML: {' '.join(str(problem).split())}") from error
    rows = data.get("questions") if isinstance(data, dict) else None
    if not isinstance(rows, list) or not rows:
        raise QuestionsError(f"{path}: holds no list `questions:`")
    questions: dict[str, Question] = {}
    for number, row in enumerate(rows, start=1):
        if not isinstance(row, dict) or not isinstance(row.get("id"), str):
            raise QuestionsError(f"{path}: question {number} has no `id` of text")
        question = _read_question(row, f"{path}: '{row['id']}'")
        if question.id in questions:
            raise QuestionsError(f"{path}: '{question.id}' stands there twice; give each question its own id")
        questions[question.id] = question
    return list(questions.values())


def _read_question(row: dict[Any, Any], where: str) -> Question:
    def texts(key: str) -> tuple[str, ...]:
        values = row.get(key, [])
        values = values if isinstance(values, list) else [values]
        for value in values:
            # YAML reads an unquoted no as False and 600 as a number.
            if not isinstance(value, str) or not fold(value).strip():
                raise QuestionsError(f"{where}: `{key}` holds {value!r}, which is not text; put it in quotes")
        return tuple(values)

    known = ["question", *(field.name for field in fields(Question))]
    if unknown := sorted(str(key) for key in row if key not in known):
        raise QuestionsError(f"{where}: unknown key '{unknown[0]}'; known are {', '.join(known)}")
    answers, answers_all, refuse = texts("answers"), texts("answers_all"), row.get("refuse", False)
    min_answers, as_of = row.get("min_answers", 1), row.get("as_of", "")
    if ("question" in row) == ("turns" in row) or not texts("question") + texts("turns"):
        raise QuestionsError(f"{where}: needs either `question` or `turns`")
    if not isinstance(refuse, bool):
        raise QuestionsError(f"{where}: `refuse` is {refuse!r}; give true or false")
    if refuse == bool(answers or answers_all):
        raise QuestionsError(f"{where}: needs either `answers`, `answers_all` or both, or `refuse: true`")
    if "min_answers" in row and not (isinstance(min_answers, int) and 1 <= min_answers <= len(answers)):
        raise QuestionsError(
            f"{where}: `min_answers` is {min_answers!r}; give 1 to {len(answers)}, its `answers`"
        )
    if not isinstance(as_of, str | date):
        raise QuestionsError(f"{where}: `as_of` is {as_of!r}; give a day such as 2024-03-01")
    return Question(
        id=row["id"],
        turns=texts("turns") or texts("question"),
        answers=answers,
        answers_all=answers_all,
        min_answers=min_answers,
        sources=texts("sources"),
        kind=" ".join(texts("kind")) or "other",
        refuse=refuse,
        as_of=str(as_of),
        earlier=texts("earlier"),
        corpus=" ".join(texts("corpus")),
    )


def select(questions: Sequence[Question], only: str = "", subset: str = "") -> list[Question]:
    """Those whose kind or id is `only` and whose corpus is `subset`; an empty filter keeps all."""
    kept = [q for q in questions if only in ("", q.kind, q.id) and subset in ("", q.corpus)]
    if not kept:
        raise QuestionsError(f"no question is of {' and '.join(repr(f) for f in (only, subset) if f)}")
    return kept


# ----------------------------------------------------------------------------------------------- judging


def fold(text: str) -> str:
    """The words alone, a space around each: `" kim yong chol "` for "Kim Yong-chol", `" 13000 km "` for "13,000 km".
    Marks such as [1] are left out."""
    letters = unicodedata.normalize("NFKD", MARK.sub(" ", text)).casefold()
    plain = "".join(letter for letter in letters if not unicodedata.combining(letter))
    plain = re.sub(r"(?<=\b[^\W\d_])\.(?=[^\W\d_]\b)", "", plain)  # u.s. → us.
    plain = re.sub(r"(?<=\d),(?=\d{3}\b)", "", plain)
    words = re.findall(r"[0-9]+(?:\.[0-9]+)+|[^\W_]+", plain)
    return f" {' '.join(words)} "


def _found(accepted: Iterable[str], texts: Sequence[str]) -> list[str]:
    folded = [fold(text) for text in texts]
    return [words for words in accepted if any(fold(words) in text for text in folded)]


def _holds(question: Question, texts: Sequence[str]) -> bool:
    """Do the texts together hold the accepted words?"""
    if question.answers and len(_found(question.answers, texts)) < question.min_answers:
        return False
    return len(_found(question.answers_all, texts)) == len(question.answers_all)


def _short_holds(question: Question, short: str) -> bool:
    """Holds the accepted words, and is short: 3 words for each word of theirs, and 4 more, at most."""
    found = " ".join(_found(question.answers + question.answers_all, [short]))
    return _holds(question, [short]) and len(fold(short).split()) <= 3 * len(fold(found).split()) + 4


def judge(question: Question, answer: Answer) -> Verdict:
    """What the answer is worth.

    Right: it refuses where the articles do not say. Elsewhere the accepted yes or no opens it, or the accepted words
    stand in its short answer or text; and its earlier answers hold what `earlier` names.
    Cited: [n] in its text leads to citations of the question's sources, and their quotes hold the accepted words
    (which is not asked of yes-no and open questions).
    """
    asks_short = not question.refuse and question.kind != "open"
    if question.refuse or answer.refused:
        right = question.refuse and answer.refused
        reason = "" if right else "refused" if answer.refused else "answered what the articles do not say"
        return Verdict(right, right, answer.refused, False if asks_short else None, reason)

    said = [answer.short, answer.text]
    older = [words for earlier in answer.earlier for words in (earlier.short, earlier.citation.quote)]
    missing = [words for words in question.earlier if words not in _found(question.earlier, older)]
    if question.yes_no:
        opening = fold(answer.short or answer.text)
        holds = short_right = any(opening.startswith(fold(accepted)) for accepted in question.answers)
    else:
        holds, short_right = _holds(question, said), _short_holds(question, answer.short)

    marked = {int(number) for number in MARK.findall(answer.text)}
    good = [c for c in answer.citations if c.number in marked and _is_source(question, c.path)]
    quoted = question.yes_no or question.kind == "open" or _holds(question, [c.quote for c in good])
    faults = {
        "the accepted words are not in the answer": not holds,
        f"earlier answers lack {', '.join(missing)}": bool(missing),
        "no [n] in the text cites a source of the question": not good,
        "the accepted words are not in the words cited": bool(good) and not quoted,
    }
    return Verdict(
        right=holds and not missing,
        cited=bool(good) and quoted,
        refused=False,
        short_right=short_right if asks_short else None,
        reason="; ".join(fault for fault, present in faults.items() if present),
    )


def _is_source(question: Question, path: str) -> bool:
    return not question.sources or path.startswith(question.sources)


def first_right(question: Question, hits: Sequence[Hit]) -> int | None:
    """Rank, from 1, of the first passage of a source that holds an accepted answer; of a yes-no question, which no
    passage answers in that word, of the first passage of a source."""
    accepted = () if question.yes_no else question.answers + question.answers_all
    for rank, hit in enumerate(hits, start=1):
        if _is_source(question, hit.path) and (not accepted or _found(accepted, [hit.text])):
            return rank
    return None
