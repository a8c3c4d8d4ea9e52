"""A file of questions with known answers: what it may hold, and what is wrong with one that cannot be asked.

`questions.schema.json` beside this file is the form; an editor that knows JSON Schema completes and checks by it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from rag.dates import bounds
from rag.question_form import QuestionsError, read_form
from rag.words import fold

NOT_ASKED = ("kind", "corpus", "skip", "draft", "note")  # keys that change neither question nor judgement


@dataclass(frozen=True, slots=True)
class Question:
    """One item of the file; `questions.schema.json` says what each field means."""

    id: str
    turns: tuple[str, ...]
    answers: tuple[str, ...] = ()
    answers_all: tuple[str, ...] = ()
    min_answers: int = 1
    must_not: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    quote: tuple[str, ...] = ()
    refuse: bool = False
    as_of: str = ""
    earlier: tuple[str, ...] = ()
    kind: str = "other"
    corpus: str = ""
    skip: str = ""
    draft: bool = False
    note: str = ""

    @property
    def yes_no(self) -> bool:
        return bool(self.answers) and {fold(accepted) for accepted in self.answers} <= {"yes", "no"}

    @property
    def asks_short(self) -> bool:
        """Is a short answer asked for? Not by open questions, nor where a refusal is right."""
        return not self.refuse and self.kind != "open"

    @property
    def digest(self) -> str:
        """Changes when the question would be asked or judged otherwise; 12 hex digits."""
        asked = {key: value for key, value in asdict(self).items() if key not in NOT_ASKED}
        return hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()[:12]


@dataclass(frozen=True, slots=True)
class Tolerance:
    """How much worse than its baseline a run may be."""

    flips: int = 0  # questions that passed and now fail
    drop: float = 0.02  # of a figure, 0 to 1


@dataclass(frozen=True, slots=True)
class QuestionFile:
    """A file's questions in its order, and what it demands of a run."""

    path: Path
    questions: tuple[Question, ...]
    floors: Mapping[str, float] = field(default_factory=dict)  # figure → the least it may be, 0 to 1
    tolerance: Tolerance = field(default_factory=Tolerance)
    lines: tuple[int, ...] = ()  # of each question, from 1; empty where they come from no file


def load_questions(path: Path) -> QuestionFile:
    """Read and check a YAML file. Raises `QuestionsError`, which names the file, the line and the question."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise QuestionsError(
            f"{path}: cannot be read ({error.strerror}); give a YAML file of questions"
        ) from error
    except UnicodeDecodeError as error:
        raise QuestionsError(
            f"{path}: not UTF-8 ({error.reason} at byte {error.start}); save it as UTF-8"
        ) from error
    return parse_questions(text, path)


def parse_questions(text: str, path: Path) -> QuestionFile:
    """The same, of a text; `path` is named in errors."""
    form = read_form(text, path)
    questions: dict[str, Question] = {}
    for line, row in zip(form.lines, form.data["questions"], strict=True):
        question = _question(row)
        at = f"{path}, line {line}: '{question.id}'"
        if question.id in questions:
            raise QuestionsError(f"{at} stands there twice; give each question its own id")
        _check_sense(question, at)
        questions[question.id] = question
    tolerance = Tolerance(**form.data.get("tolerance", {}))
    return QuestionFile(path, tuple(questions.values()), form.data.get("floors", {}), tolerance, form.lines)


def select(questions: Sequence[Question], only: Sequence[str] = (), subset: str = "") -> list[Question]:
    """Those whose id or kind is among `only` and whose corpus is `subset`; an empty filter keeps all."""
    kept = [q for q in questions if (not only or q.id in only or q.kind in only) and subset in ("", q.corpus)]
    for name in only:
        if not any(name in (q.id, q.kind) for q in questions):
            known = [word for q in questions for word in (q.id, q.kind)]
            near = get_close_matches(name, known, 1)
            raise QuestionsError(
                f"no question is of {name!r}, neither by id nor by kind"
                + (f"; did you mean {near[0]!r}?" if near else "")
            )
    if not kept:
        raise QuestionsError(f"no question is of {subset!r}")
    return kept


def digest_of(questions: Sequence[Question]) -> str:
    """One digest of all of them, whatever their order; 12 hex digits."""
    return hashlib.sha256("".join(sorted(q.id + q.digest for q in questions)).encode()).hexdigest()[:12]


def _question(row: Mapping[str, Any]) -> Question:
    def made(key: str, value: Any) -> Any:
        if isinstance(value, list):
            return tuple(value)
        is_list = key in ("answers", "answers_all", "must_not", "sources", "quote", "earlier")
        return (value,) if is_list else value

    fields: dict[str, Any] = {key: made(key, value) for key, value in row.items() if key != "question"}
    if "question" in row:
        fields["turns"] = (row["question"],)
    return Question(**fields)


def _check_sense(question: Question, at: str) -> None:
    """What a schema cannot say."""
    for words in _judged_words(question):
        if not fold(words):
            raise QuestionsError(
                f"{at}: {words!r} holds no letter and no digit, so no answer can be held against it"
            )
    if question.min_answers > max(1, len(question.answers)):
        raise QuestionsError(
            f"{at}: `min_answers` is {question.min_answers}; give 1 to {len(question.answers)}, its `answers`"
        )
    try:
        date.fromisoformat(bounds(question.as_of)[1] if question.as_of else "2000-01-01")
    except ValueError:
        raise QuestionsError(f"{at}: `as_of` is {question.as_of!r}; give a day such as 2024-03-01") from None


def _judged_words(question: Question) -> Iterator[str]:
    for name in ("turns", "answers", "answers_all", "must_not", "sources", "quote", "earlier"):
        yield from getattr(question, name)
