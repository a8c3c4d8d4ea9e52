"""Have a language model write the answer from the passages, and cite and check every sentence while it does.

What it writes is its word only: `rag/cite.py` ties each sentence to an article, `rag/check.py` says whether it is borne
out, and where nothing is, or the server breaks off, the built-in answerer's words stand in their place.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from threading import Event
from typing import TYPE_CHECKING

from rag.check import judge
from rag.cite import Citer
from rag.dates import bounds, say
from rag.draft import refused
from rag.facts import facts_of
from rag.ground import Ground
from rag.marks import find_marks
from rag.names import Names
from rag.prompts import (
    REWRITE,
    code_of,
    is_refusal,
    question_prompt,
    quoted,
    refusal,
    rewrite_prompt,
    system_prompt,
)
from rag.question import Question
from rag.schema import Answer, Citation, Found, Searched
from rag.windows import Window, date_window
from rag.words import fold
from rag.writing import Cut, Stopped, Writer

if TYPE_CHECKING:
    from collections.abc import Callable

    from llama_index.core.base.llms.types import ChatMessage
    from llama_index.core.schema import NodeWithScore, TextNode

    from rag.config import Config

SLACK = 64  # tokens that a chat template puts around two messages, and some to spare
LONGEST_QUESTION = 300  # characters of a rewritten question: more is an answer


@dataclass(frozen=True, slots=True)
class Written:
    """What came of asking the model: an answer, or None and a line that says why, with what it had written."""

    answer: Answer | None
    note: str = ""
    aside: str = ""


@dataclass(frozen=True, slots=True)
class Shown:
    """The passages that fit the model's window, numbered as it sees them."""

    passages: tuple[Citation, ...]
    left_out: int = 0


def write(
    question: Question, asked: str, found: Found, writer: Writer, shown: Shown, ground: Ground,
    searched: Searched, stop: Event | None = None,
) -> Generator[str, None, Written]:  # fmt: skip
    """The answer's text in pieces, its marks resolved; returns what came of it. Raises nothing of the server's."""
    if not shown.passages:
        why = f"{writer.name} was not asked, since no passage fits its window: raise num_ctx"
        return Written(None, why if found.passages else "")
    citer, text, note = Citer(ground), "", ""
    try:
        for piece in writer.write(messages(asked, shown, question.today), stop):
            out = citer.feed(piece)
            text += out
            if out or not piece:
                yield out
    except Cut as cut:
        return Written(None, f"{sentence(str(cut))} The built-in reader answers", bare(text + citer.finish()))
    except Stopped:
        note = "Stopped before its end."
    if out := citer.finish():
        text += out
        yield out
    return judged(text, citer, writer.name, found, shown, searched, note)


def judged(
    text: str, citer: Citer, name: str, found: Found, shown: Shown, searched: Searched, note: str = ""
) -> Written:
    """The finished text as an answer; None where it is empty, or no sentence of it is borne out."""
    checks = tuple(judge(s.text, s.numbers, s.weighed, citer.ground.names) for s in citer.statements)
    if not any(c.supported for c in checks):
        if is_refusal(text.strip()) and not note:
            return Written(
                Answer("", refusal(searched), refused=True, nearest=refused(found, 0.0).evidence, checks=())
            )
        if note:
            return Written(None, f"{note} The built-in reader answers", bare(text))
        why = "wrote nothing" if not text.strip() else "wrote nothing that the articles bear out"
        return Written(None, f"{name} {why}; the built-in reader answers", bare(text))
    used = [c for c in citer.citations if f"[{c.number}]" in text]
    notes = [note] if note else []
    if shown.left_out:
        count = f"{shown.left_out} of {shown.left_out + len(shown.passages)} passages"
        notes.append(
            f"{count} did not fit the model's window (num_ctx) and were left out, the weakest first."
        )
    if citer.dropped:
        notes.append(
            f"{citer.dropped} citation mark{'s' if citer.dropped > 1 else ''} named no passage and "
            f"{'were' if citer.dropped > 1 else 'was'} dropped."
        )
    return Written(
        Answer(
            "", text.strip(), citations=tuple(citer.citations), checks=checks, notes=tuple(notes),
            as_of=max((c.published for c in used), default=""),
        )
    )  # fmt: skip


def messages(asked: str, shown: Shown, today: date) -> list[ChatMessage]:
    from llama_index.core.base.llms.types import ChatMessage, MessageRole

    code = code_of(shown.passages)
    return [
        ChatMessage(role=MessageRole.SYSTEM, content=system_prompt(code)),
        ChatMessage(role=MessageRole.USER, content=question_prompt(asked, shown.passages, code, today=today)),
    ]


def choose(
    question: Question, asked: str, found: Found, config: Config, count: Callable[[str], int]
) -> Shown:
    """As many passages as fit, best first; then numbered, newest first where the question is about now.

    The window holds the instructions, the question, the passages and the answer. `count` counts the tokens of another
    model than the one that reads them, so a fifth is added.
    """
    passages = tuple(_citation(n, scored) for n, scored in enumerate(found.passages, 1))
    code = "0" * 8
    room = config.num_ctx - answer_tokens(config) - SLACK
    room -= _tokens(system_prompt(code), count) + _tokens(
        question_prompt(asked, (), code, today=question.today), count
    )
    kept: list[Citation] = []
    for passage in passages:
        room -= _tokens(quoted(passage, code), count)
        if room < 0:
            break
        kept.append(passage)
    if question.present:
        kept.sort(key=lambda p: p.published, reverse=True)
    numbered = tuple(replace(p, number=n) for n, p in enumerate(kept, 1))
    return Shown(numbered, len(passages) - len(kept))


def answer_tokens(config: Config) -> int:
    """Room for the answer: never more than half of the window."""
    return min(config.max_answer_tokens, config.num_ctx // 2)


def rewrite(
    question: str, history: Sequence[Mapping[str, str]], writer: Writer, today: date, names: Names,
    stop: Event | None = None,
) -> str:  # fmt: skip
    """`question` made whole by the model, "" where what it wrote is no question of this conversation.

    Raises Cut and Stopped, as `Writer.write` does.
    """
    from llama_index.core.base.llms.types import ChatMessage, MessageRole

    asked = [
        ChatMessage(role=MessageRole.SYSTEM, content=REWRITE.format(today=say(today.isoformat()))),
        ChatMessage(role=MessageRole.USER, content=rewrite_prompt(question, history)),
    ]
    lines = "".join(writer.write(asked, stop)).strip().splitlines()
    text = lines[0].strip().strip("\"“”'`*").strip() if len(lines) == 1 else ""
    said = " ".join([question, *(str(turn.get("content", "")) for turn in history)])
    is_question = text.endswith("?") and 0 < len(text) <= LONGEST_QUESTION and not any(find_marks(text))
    return text if is_question and is_of(text, said, names) else ""


def is_of(text: str, said: str, names: Names) -> bool:
    """Does `text` name nobody and nothing that was not `said`? A model that answers would."""
    held = set(fold(said).split())
    for fact in facts_of(f"x {text}"):
        if fact.kind == "name" and not set(fold(fact.words).split()) <= held:
            known = names.entities(fact.words)
            if not known or not known <= names.entities(said):
                first = f"x {text}".split(maxsplit=1)[1].split()[:1]
                if [fact.words] != first:  # "Who", "Which": a capital only because it comes first
                    return False
    return True


def with_dates(text: str, today: date) -> str:
    """A question with what its relative dates mean behind them: "last year" → "last year (2025)"."""
    window = date_window(text, today)
    if window is None or not window.after or not window.before:
        return text
    said = text[window.start : window.end]
    if not said or any(c.isdigit() for c in said):
        return text
    return f"{text[: window.end]} ({_period(window)}){text[window.end :]}"


def _period(window: Window) -> str:
    for size in (4, 7, 10):
        if bounds(window.after[:size]) == (window.after, window.before):
            return say(window.after[:size])
    last = date.fromisoformat(window.before)
    if last - date.fromisoformat(window.after) < timedelta(days=0):
        return say(window.before)
    return f"{say(window.after)} to {say(window.before)}"


def bare(text: str) -> str:
    """A text without its marks."""
    out, at = "", 0
    for mark in find_marks(text):
        out += text[at : mark.start]
        at = mark.end
    return (out + text[at:]).strip()


def _tokens(text: str, count: Callable[[str], int]) -> int:
    # Scripts that the counting model does not know are one token a word to it, and a token a letter or two to others.
    return max(count(text) * 6 // 5 + 1, len(text.encode()) // 4)


def _citation(number: int, scored: NodeWithScore) -> Citation:
    node: TextNode = scored.node  # type: ignore[assignment]
    meta = node.metadata
    return Citation(
        number=number, article_id=meta["article_id"], title=meta["title"], outlet=meta["outlet"],
        published=meta["published"], published_how=meta["published_how"], path=meta["path"], quote=node.text,
        start=int(meta["start"]), end=int(meta["end"]),
    )  # fmt: skip


def sentence(line: str) -> str:
    """A line that is to stand among others, with its stop."""
    return line if line.endswith((".", "?", "!")) else f"{line}."
