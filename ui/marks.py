"""An answer's text as HTML: its [n] marks become buttons, what its citations do not bear out is underlined."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from itertools import pairwise

from rag.dates import say
from rag.prompts import MARK
from rag.schema import Answer, Citation

LINE = re.compile(r"[^\n]+")
_BULLET = re.compile(r"\s*[-*•]\s+")
_MARKS_AFTER = re.compile(rf"(?:\s*{MARK.pattern})*")
_STOP_AFTER = re.compile(r"\s*[.:]?\s*")


@dataclass(frozen=True, slots=True)
class Doubt:
    """A stretch of an answer's text that its citations do not bear out."""

    start: int
    end: int
    reason: str


@dataclass(frozen=True, slots=True)
class MarkedText:
    """The text of one turn's answer, with what its marks cite."""

    text: str
    turn: int
    cited: Mapping[int, Citation]
    doubts: Sequence[Doubt] = ()

    def blocks(self, start: int, *, dates: bool = False) -> str:
        """The text from `start` on as paragraphs; lines that begin with a bullet become list items.

        With `dates` a line begins with the date of what it cites first, where that is not the line's before.
        """
        out, listing, before = [], False, ""
        for line in LINE.finditer(self.text, start):
            if not line.group().strip():
                continue
            bullet = _BULLET.match(self.text, line.start(), line.end())
            if (bullet is not None) != listing:
                listing = not listing
                out.append("<ul>" if listing else "</ul>")
            begin, tag = (bullet.end(), "li") if bullet else (line.start(), "p")
            when = self._date(line.group()) if dates else ""
            label = f'<span class="when">{escape(when)}</span> ' if when != before else ""
            before = when
            out.append(f"<{tag}>{label}{self.inline(begin, line.end())}</{tag}>")
        return "".join(out) + ("</ul>" if listing else "")

    def _date(self, line: str) -> str:
        cited = (self.cited.get(int(number)) for number in MARK.findall(line))
        when = next((say(citation.published) for citation in cited if citation), "")
        return when[:1].upper() + when[1:]

    def inline(self, start: int, end: int) -> str:
        """`text[start:end]` on one line. A number that nothing is cited under stays text."""
        marks = {match.span(): int(match.group(1)) for match in MARK.finditer(self.text, start, end)}
        edges = {start, end, *(edge for span in marks for edge in span)}
        edges |= {edge for doubt in self.doubts for edge in (doubt.start, doubt.end) if start < edge < end}
        return "".join(self._piece(a, b, marks.get((a, b), 0)) for a, b in pairwise(sorted(edges)))

    def _piece(self, start: int, end: int, number: int) -> str:
        if number in self.cited:
            return mark(self.turn, self.cited[number])
        words = escape(self.text[start:end])
        within = (doubt.reason for doubt in self.doubts if doubt.start <= start and end <= doubt.end)
        reason = next(within, "")
        return doubted(self.text[start:end], reason) if reason else words


def doubted(words: str, reason: str) -> str:
    """Words underlined as not borne out; why, on hover and when the keyboard is on them."""
    why = escape(reason)
    return (
        f'<span class="unsupported" role="mark" tabindex="0" title="{why}" aria-description="{why}">'
        f"{escape(words)}</span>"
    )


def mark(turn: int, citation: Citation) -> str:
    """The button that opens a citation's article."""
    n = citation.number
    name = escape(f"[{n}] {citation.title}, {where(citation)}")
    return (
        f'<button type="button" class="cite" data-turn="{turn}" data-number="{n}" aria-label="{name}">'
        f"[{n}]</button>"
    )


def where(citation: Citation) -> str:
    """Outlet and date, for a reader; not escaped."""
    when = dated(citation.published, citation.published_how)
    return ", ".join(part for part in (citation.outlet, when) if part)


def dated(published: str, how: str) -> str:
    """A date and, when the page does not state it, how it is known."""
    return f"{say(published)}, inferred from the text" if published and how == "inferred" else say(published)


def split_headline(answer: Answer) -> tuple[int, int]:
    """Where the short answer with its marks ends at the head of the text, and where the rest begins.

    Both 0 when the text does not open with the short answer.
    """
    if not answer.short or not answer.text.startswith(answer.short):
        return 0, 0
    marks = _MARKS_AFTER.match(answer.text, len(answer.short))
    end = marks.end() if marks else len(answer.short)
    stop = _STOP_AFTER.match(answer.text, end)
    return end, stop.end() if stop else end


def find_doubts(answer: Answer) -> tuple[list[Doubt], list[str]]:
    """The unsupported sentences placed in the text, and a line for each that could not be placed."""
    placed: list[Doubt] = []
    unplaced: list[str] = []
    for check in answer.checks:
        if check.supported:
            continue
        reason = check.reason or "the words cited do not say this"
        span = locate(answer.text, check.sentence)
        if span:
            placed.append(Doubt(*span, reason))
        else:
            unplaced.append(f"{check.sentence}: {reason}")
    return placed, unplaced


def locate(text: str, sentence: str) -> tuple[int, int] | None:
    """The sentence's span in the text, marks and spacing aside; None when it is not there."""
    marked = {i for match in MARK.finditer(text) for i in range(*match.span())}
    kept = [i for i, char in enumerate(text) if i not in marked and not char.isspace()]
    wanted = "".join(MARK.sub("", sentence).split())
    at = "".join(text[i] for i in kept).find(wanted) if wanted else -1
    return (kept[at], kept[at + len(wanted) - 1] + 1) if at >= 0 else None
