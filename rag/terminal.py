"""What the command line prints: an answer, a refusal, hits, tables and progress.

Words that come from a page are shown as they are: never read as rich's markup, and without characters that could
steer the terminal. Results go to standard output, everything else to standard error.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.console import Console
from rich.text import Text

from rag import dates
from rag.schema import Answer, Citation, Hit, Searched

if TYPE_CHECKING:
    from rag.doctor import Finding
    from rag.ingest import IndexReport

_BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def printable(words: str) -> str:
    """`words` without terminal controls (escape sequences lose their escape) and without bidirectional overrides."""
    kept = (c for c in words if c in "\n\t" or (unicodedata.category(c) != "Cc" and c not in _BIDI))
    return "".join(kept)


def out() -> Console:
    return Console(highlight=False, markup=False, emoji=False)


def err() -> Console:
    return Console(stderr=True, highlight=False, markup=False, emoji=False)


def print_line(words: str) -> None:
    """One line to standard error."""
    err().print(Text(" ".join(printable(words).split())), soft_wrap=True)


def print_plain(words: str) -> None:
    """One line to standard output."""
    out().print(Text(" ".join(printable(words).split())), soft_wrap=True)


def print_answer(answer: Answer) -> None:
    """Short answer, text, as-of line, what older articles said, sources; or a refusal that looks like one."""
    console = out()
    if answer.short:
        _line(console, answer.short, "bold")
    _line(console, answer.text, "bold yellow" if answer.refused else "")
    if not answer.refused:
        as_of = f"As of {dates.say(answer.as_of)}; searched " if answer.as_of else "Searched "
        _line(console, as_of + say_searched(answer.searched), "dim")
    for check in answer.checks:
        if not check.supported:
            _line(console, f"Not borne out: {check.sentence} ({check.reason})", "yellow")
    for note in answer.notes:
        _line(console, note, "yellow")
    _aside(console, answer)
    if answer.earlier:
        _heading(console, "Earlier")
        for earlier in answer.earlier:
            _indented(console, f"{dates.say(earlier.published)}: {earlier.short} [{earlier.citation.number}]")
    _sources(console, "Nearest passages" if answer.refused else "Sources", _cited(answer))


def _aside(console: Console, answer: Answer) -> None:
    """What a model wrote that does not stand."""
    if answer.aside:
        _heading(console, "Written, but it does not stand")
        _indented(console, answer.aside, "dim")


def _cited(answer: Answer) -> list[Citation]:
    """Every citation the printed answer marks, each number once."""
    if answer.refused:
        return list(answer.nearest)
    by_number = {c.number: c for c in (*answer.citations, *(earlier.citation for earlier in answer.earlier))}
    return [by_number[number] for number in sorted(by_number)]


def _sources(console: Console, heading: str, citations: Sequence[Citation]) -> None:
    if not citations:
        return
    _heading(console, heading)
    for citation in citations:
        about = _about(citation.outlet, citation.published, citation.path)
        _indented(console, citation.title, "bold", 6, f"  [{citation.number}]")
        _indented(console, about, "dim", 6)
        _indented(console, f"“{' '.join(citation.quote.split())}”", "", 6)


def say_searched(searched: Searched) -> str:
    """e.g. "11 articles, 30 November 2017 to September 2024"."""
    count = f"{searched.articles:,} article{'' if searched.articles == 1 else 's'}"
    if not searched.oldest:
        return count
    if searched.oldest == searched.newest:
        return f"{count} of {dates.say(searched.oldest)}"
    return f"{count}, {dates.say(searched.oldest)} to {dates.say(searched.newest)}"


def print_hits(hits: Sequence[Hit]) -> None:
    console = out()
    if not hits:
        _line(console, "Nothing found: no passage shares a word or a meaning with these", "bold yellow")
    for rank, hit in enumerate(hits, 1):
        _indented(console, hit.title, "bold", 4, f"{rank:>2}.")
        _indented(console, f"{_about(hit.outlet, hit.published, hit.path)} · score {hit.score:.3f}", "dim", 4)
        _indented(console, " ".join(hit.text.split()), "", 4)


def print_report(report: IndexReport) -> None:
    pages = report.added + report.changed + report.unchanged
    changes = ", ".join(
        f"{count:,} {what}"
        for count, what in ((report.added, "new"), (report.changed, "changed"), (report.removed, "removed"))
        if count
    )
    words = f"{pages:,} page{'' if pages == 1 else 's'}: {changes or 'nothing new'}"
    if report.embedded:
        words += f"; {report.embedded:,} passages embedded"
    if report.failed:
        words += f"; {len(report.failed):,} could not be used"
    _line(out(), f"{words} ({report.seconds:.1f} s)")


def print_findings(findings: Sequence[Finding]) -> None:
    """One line a check: what is well, and what to do about what is not."""
    console = out()
    width = max(len(finding.check) for finding in findings)
    for finding in findings:
        mark = Text("ok  ", "green") if finding.ok else Text("fix ", "bold red")
        console.print(mark + Text(f"{finding.check:<{width}}  {printable(finding.says)}"), soft_wrap=True)


def print_rows(rows: Sequence[tuple[str, object]]) -> None:
    """Two columns: a name and its value."""
    console = out()
    width = max(len(name) for name, _ in rows)
    for name, value in rows:
        words = f"{value:,}" if isinstance(value, int) else printable(str(value))
        console.print(Text(f"{name:<{width}}  ", "dim") + Text(words), soft_wrap=True)


def _about(outlet: str, published: str, path: str) -> str:
    return " · ".join(part for part in (outlet, dates.say(published), path) if part)


def _line(console: Console, words: str, style: str = "") -> None:
    _indented(console, words, style, 0)


def _heading(console: Console, words: str) -> None:
    console.print()
    _line(console, words, "underline")


def _indented(console: Console, words: str, style: str = "", by: int = 2, first: str = "") -> None:
    """Wrapped lines, each `by` spaces in; `first` stands in the margin of the first line."""
    for line in Text(printable(words), style).wrap(console, max(console.width - by, 20)):
        line.rstrip()
        console.print(Text(f"{first:<{by}}", style) + line, soft_wrap=True)
        first = ""


@contextmanager
def progress_bar(words: str, *, in_bytes: bool = False) -> Iterator[Callable[[str, int, int], None]]:
    """A bar on standard error, where that is a terminal, that is gone when the work is done.

    It begins by saying `words`; the function it gives, (stage, done, total), changes what it says.
    """
    from rich.progress import (
        BarColumn,
        DownloadColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    console = err()
    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        DownloadColumn() if in_bytes else MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task(words, total=None)

        def show(stage: str, done: int, total: int) -> None:
            progress.update(task, description=printable(stage), completed=done, total=total or None)

        yield show
