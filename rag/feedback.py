"""What readers thought of answers: turns of the chat that were given 👍 or 👎, kept in the store's folder.

One line of JSON a vote, appended; the last vote on a turn counts. The file is beside the catalog and no part of it, so
that building the index anew leaves it as it is.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from threading import Lock
from typing import Any, Literal

from rag.errors import DatelineError, StoreError
from rag.schema import Answer

FILE = "feedback.jsonl"
Vote = Literal["up", "down", ""]  # "" takes a vote back

_writing = Lock()


@dataclass(frozen=True, slots=True)
class VotedTurn:
    """A turn of a conversation: its questions, of which the last was answered, and the answer with its evidence."""

    id: str  # 8 hex digits, of questions and answer
    at: str  # ISO 8601, UTC
    vote: Vote
    questions: tuple[str, ...]
    answer: Mapping[str, Any]  # as `Answer.to_dict` gives it

    @property
    def said(self) -> str:
        """The short answer, else the text, else that it was refused; one line."""
        if self.answer["refused"]:
            return "refused"
        return " ".join(str(self.answer["short"] or self.answer["text"]).split())


class Feedback:
    """The votes of one store."""

    def __init__(self, store: Path) -> None:
        self.path = store / FILE

    def put(self, questions: Sequence[str], answer: Answer, vote: Vote) -> None:
        """Keep a vote. StoreError, in one line, where the store cannot be written."""
        made = VotedTurn(
            _id(questions, answer),
            datetime.now(UTC).isoformat(timespec="seconds"),
            vote,
            tuple(questions),
            answer.to_dict(),
        )
        line = json.dumps(asdict(made), ensure_ascii=False) + "\n"
        try:
            with _writing, self.path.open("a", encoding="utf-8") as file:
                file.write(line)
        except OSError as error:
            raise StoreError(
                f"{self.path} cannot be written ({error.strerror}): this 👍 or 👎 is not kept"
            ) from error

    def turns(self) -> list[VotedTurn]:
        """The turns that have a vote, latest first. A line that is not whole, as after a crash, is passed over."""
        latest: dict[str, VotedTurn] = {}
        try:
            # A newline alone ends a line: page text may hold other characters that Python splits lines at.
            lines = self.path.read_text(encoding="utf-8", errors="replace").split("\n")
        except FileNotFoundError:
            return []
        except OSError as error:
            raise StoreError(f"{self.path} cannot be read ({error.strerror})") from error
        for line in lines:
            try:
                row = json.loads(line)
                turn = VotedTurn(**{**row, "questions": tuple(row["questions"])})
            except (ValueError, TypeError, KeyError):
                continue
            latest.pop(turn.id, None)
            latest[turn.id] = turn
        return [turn for turn in reversed(latest.values()) if turn.vote]

    def turn(self, id_: str) -> VotedTurn:
        """The turn whose id begins with `id_`. DatelineError where none or several do."""
        found = [turn for turn in self.turns() if turn.id.startswith(id_)]
        if len(found) != 1:
            many = "several turns have" if found else "no turn has"
            raise DatelineError(f"{many} an id that begins with {id_!r}: `dateline eval add` lists them")
        return found[0]


def _id(questions: Sequence[str], answer: Answer) -> str:
    return hashlib.sha256(json.dumps([*questions, answer.text]).encode()).hexdigest()[:8]
