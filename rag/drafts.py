"""Questions that a program wrote for a person to look at, put into a file of questions beside what is there."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import fields, replace
from datetime import date
from pathlib import Path
from typing import Any

from rag.assistant import Assistant
from rag.errors import DatelineError
from rag.feedback import VotedTurn
from rag.judge import cited_in
from rag.prompts import MARK
from rag.question import understand
from rag.question_form import QuestionsError
from rag.questions import Question, parse_questions
from rag.words import STOPWORDS, fold

HEADING = "# Questions for `dateline eval`; `dateline eval schema` prints the form.\n\nquestions:\n"
ORDER = ("id", "kind", "turns")  # the keys that come first


def draft_of_turn(turn: VotedTurn, assistant: Assistant) -> Question:
    """A question of a voted turn, with what is answered now."""
    history: list[dict[str, str]] = []
    for question in turn.questions[:-1]:
        said = assistant.ask(question, history=history).text
        history += [{"role": "user", "content": question}, {"role": "assistant", "content": said}]
    answer = assistant.ask(turn.questions[-1], history=history)
    voted = f"voted {turn.vote} on {turn.at[:10]}, when the answer was: {turn.said[:200]}"
    made = Question(
        id=id_of(turn.questions[-1]),
        turns=turn.questions,
        kind="follow-up" if history else understand(answer.query, assistant.names, today=date.today()).kind,
        draft=True,
        note=voted,
    )
    if answer.refused:
        return replace(made, refuse=True)
    cited = cited_in(answer.text, answer.citations)
    text = " ".join(MARK.sub("", answer.text).split())
    return replace(made, answers=(answer.short or text,), sources=tuple(dict.fromkeys(c.path for c in cited)))


def id_of(question: str) -> str:
    """A short id of the question's telling words: "ambassador-cuba"."""
    words = [word for word in fold(question).split() if word not in STOPWORDS]
    return "-".join(words[:4]) or "question"


def append(path: Path, drafts: Sequence[Question]) -> list[Question]:
    """Put `drafts` at the end of the file's list, under ids that are free, and return them as they stand there.

    The file is made where it is missing; what it holds, comments too, stays as it is. QuestionsError where it is not
    of the form, or its list is written in brackets; DatelineError where it cannot be written.
    """
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    taken = {q.id for q in parse_questions(text, path).questions} if text else set()
    named = []
    for draft in drafts:
        number, free = 2, draft.id
        while free in taken:
            number, free = number + 1, f"{draft.id}-{number}"
        taken.add(free)
        named.append(replace(draft, id=free))
    whole = _with(text, named, path) if text else HEADING + _yaml(named, 2)
    parse_questions(whole, path)  # what would not load again is not written
    try:
        unfinished = path.with_name(path.name + ".new")
        unfinished.write_text(whole, encoding="utf-8")
        unfinished.replace(path)
    except OSError as error:
        raise DatelineError(f"{path} cannot be written ({error.strerror}): give another --file") from error
    return named


def _with(text: str, drafts: Sequence[Question], path: Path) -> str:
    """`text` with `drafts` behind the last item of its list."""
    import yaml

    tree = yaml.compose(text, Loader=yaml.SafeLoader)
    assert isinstance(tree, yaml.MappingNode)  # it has been checked
    keys = [key.value for key, _ in tree.value]
    at = keys.index("questions")
    listed = tree.value[at][1]
    if listed.flow_style or tree.flow_style:
        raise QuestionsError(
            f"{path}, line {listed.start_mark.line + 1}: the list is written in brackets; write each question "
            "on a line that begins with a dash, and drafts can be added"
        )
    lines = text.splitlines(keepends=True)
    end = tree.value[at + 1][0].start_mark.line if at + 1 < len(keys) else len(lines)
    while end and re.fullmatch(r"\s*(#.*)?\n?", lines[end - 1]) and end < len(lines):
        end -= 1  # what stands right above the next key belongs to it
    if lines and not lines[end - 1].endswith("\n"):
        lines[end - 1] += "\n"
    return "".join([*lines[:end], _yaml(drafts, listed.start_mark.column), *lines[end:]])


def _yaml(drafts: Sequence[Question], indent: int) -> str:
    import yaml

    blocks = []
    for draft in drafts:
        dumped = yaml.safe_dump([row(draft)], sort_keys=False, allow_unicode=True, width=100)
        blocks.append("".join(" " * indent + line for line in dumped.splitlines(keepends=True)))
    return "".join(blocks)


def row(question: Question) -> dict[str, Any]:
    """The question as it stands in a file: the keys that say something, in an order that reads well."""
    names = [*ORDER, *(f.name for f in fields(Question) if f.name not in ORDER)]
    said = {name: getattr(question, name) for name in names}
    kept = {name: list(value) if isinstance(value, tuple) else value for name, value in said.items()}
    default = {f.name: f.default for f in fields(Question)}
    made = {name: value for name, value in kept.items() if value != default[name] and value not in ([], "")}
    if len(question.turns) == 1:
        made = {("question" if name == "turns" else name): value for name, value in made.items()}
        made["question"] = question.turns[0]
    return made
