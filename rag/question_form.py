"""The form of a file of questions: YAML with its line numbers, held against the JSON Schema beside this file."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rag.errors import DatelineError

if TYPE_CHECKING:
    from jsonschema import ValidationError
    from yaml import Node

SCHEMA_FILE = Path(__file__).with_name("questions.schema.json")
DEEPEST = 8  # levels of nesting; the form needs four, and an alias can make a list that holds itself


class QuestionsError(DatelineError):
    """A file of questions that cannot be asked as it stands."""


@dataclass(frozen=True, slots=True)
class Form:
    """A file's content, of the form that the schema asks for, and the line, from 1, of each question."""

    data: dict[str, Any]
    lines: tuple[int, ...]


def read_form(text: str, path: Path) -> Form:
    """Raises `QuestionsError`, which names `path`, the line and the question, for a text that is not of the form."""
    import yaml

    try:
        tree = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f", line {mark.line + 1}" if mark else ""
        words = " ".join(str(getattr(error, "problem", None) or error).split())
        raise QuestionsError(f"{path}{where}: not YAML: {words}") from error
    if not isinstance(tree, yaml.MappingNode):
        raise QuestionsError(f"{path}, line 1: holds no list `questions:`")
    data = _value(tree, path)
    _check(data, tree, path)
    return Form(data, tuple(_line(tree, ["questions", n]) for n in range(len(data["questions"]))))


def _value(node: Node, path: Path, depth: int = 0) -> Any:
    """The node as Python sees it. A date stays text, and a key that stands twice is an error."""
    import yaml

    if depth > DEEPEST:
        raise QuestionsError(
            f"{path}, line {node.start_mark.line + 1}: lists within lists beyond {DEEPEST}; see the schema for the form"
        )
    if isinstance(node, yaml.MappingNode):
        made: dict[str, Any] = {}
        for key_node, value_node in node.value:
            if not isinstance(key_node, yaml.ScalarNode):
                raise QuestionsError(f"{path}, line {key_node.start_mark.line + 1}: a key has to be one word")
            key = str(key_node.value)
            if key in made:
                raise QuestionsError(
                    f"{path}, line {key_node.start_mark.line + 1}: the key `{key}` stands twice in one place; "
                    "keep one of them"
                )
            made[key] = _value(value_node, path, depth + 1)
        return made
    if isinstance(node, yaml.SequenceNode):
        return [_value(child, path, depth + 1) for child in node.value]
    if node.tag == "tag:yaml.org,2002:timestamp":
        return str(node.value)
    try:
        return yaml.SafeLoader("").construct_object(node)
    except (yaml.YAMLError, ValueError) as error:
        words = str(getattr(error, "problem", None) or error)
        raise QuestionsError(f"{path}, line {node.start_mark.line + 1}: {words}; put it in quotes") from error


def _line(node: Node, place: Sequence[str | int], key: str = "") -> int:
    """The line, from 1, of what lies at `place`, or of its key `key`."""
    import yaml

    for step in place:
        if isinstance(node, yaml.MappingNode):
            node = next((value for name, value in node.value if name.value == step), node)
        elif isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
            node = node.value[step]
    if key and isinstance(node, yaml.MappingNode):
        node = next((name for name, _ in node.value if name.value == key), node)
    return int(node.start_mark.line) + 1


@cache
def schema() -> dict[str, Any]:
    """The JSON Schema of a file of questions."""
    return dict(json.loads(SCHEMA_FILE.read_text(encoding="utf-8")))


def _check(data: Any, tree: Node, path: Path) -> None:
    """Raise for the first line that is not of the form."""
    from jsonschema import Draft202012Validator

    problems = [
        (not _unknown(error), _line(tree, list(error.absolute_path), _unknown(error)), _problem(error, data))
        for error in Draft202012Validator(schema()).iter_errors(data)
    ]
    if problems:
        # A mistyped key comes first: what seems to be missing beside it often is that very key.
        _, line, words = min(problems)
        raise QuestionsError(f"{path}, line {line}: {words}")


def _unknown(error: ValidationError) -> str:
    """The key that is not known, for an error that is about one."""
    if error.validator == "additionalProperties":
        return next(iter(sorted(set(error.instance) - set(error.schema.get("properties", {})))), "")
    return str(error.instance) if error.validator == "enum" else ""


def _problem(error: ValidationError, data: Any) -> str:
    """What is wrong, and the remedy, in one line."""
    place = list(error.absolute_path)
    whose, key = _whose(place, data), next((p for p in reversed(place) if isinstance(p, str)), "")
    said = f"`{key}` holds {error.instance!r:.60}"
    if unknown := _unknown(error):
        known = list(error.schema.get("properties", {})) or list(error.schema.get("enum", []))
        near = get_close_matches(unknown, known, 1)
        return f"{whose}unknown key '{unknown}'; " + (
            f"did you mean `{near[0]}`?" if near else f"known are {', '.join(known)}"
        )
    match error.validator:
        case "oneOf":
            return f"{whose}needs either `question` or `turns`"
        case "not":
            barred = "`answers`, `answers_all`, `min_answers`, `quote` nor `earlier`"
            return f"{whose}`refuse: true` goes with neither {barred}"
        case "anyOf":
            return f"{whose}needs `answers`, `answers_all` or both, or `refuse: true`"
        case "required" if not place:
            return "holds no list `questions:`"
        case "required":
            return f"{whose}has no `id` of text"
        case "dependentRequired":
            return f"{whose}`min_answers` counts `answers`, and there are none"
        case "type" if key == "questions" and len(place) == 2:
            return f"question {int(place[1]) + 1} is {error.instance!r:.40}; give it an `id` and a `question`"
        case "type" if "string" in str(error.validator_value):
            # YAML reads an unquoted no as False and 600 as a number.
            return f"{whose}{said}, which is not text; put it in quotes"
        case "type":
            return f"{whose}{said}; give {_article(str(error.validator_value))}"
        case "pattern":
            return f"{whose}{said}; give a day such as 2024-03-01"
        case "minItems" | "minLength":
            return f"{whose}`{key}` is empty; fill it or leave it out"
        case _:
            return f"{whose}`{key}`: {' '.join(error.message.split())}"


def _whose(place: Sequence[str | int], data: Any) -> str:
    """The question that an error is in, by its id where it has one: "'berlin-wall': "."""
    if len(place) < 2 or place[0] != "questions":
        return ""
    row = data["questions"][place[1]]
    name = row.get("id") if isinstance(row, dict) else None
    return f"'{name}': " if isinstance(name, str) and name else f"question {int(place[1]) + 1}: "


def _article(kind: str) -> str:
    return {
        "boolean": "true or false",
        "integer": "a whole number",
        "array": "a list",
        "object": "a mapping",
    }.get(kind, f"a {kind}")
