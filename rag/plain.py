"""Lines of plain text and of PDF: paragraphs put together again where they were set to a width."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

from rag.lines import Line, clean, squeeze

_RULE = re.compile(r"^(?:[-–—_=~*#•·.+<>]\s?){3,}$")
_BULLET = re.compile(r"^\s*(?:[•‣▪◦●·]|[*–-](?=\s))\s*(?=\S)")


def text_lines(text: str) -> Iterator[Line]:
    pieces = re.split(r"((?:\n[ \t]*){2,}|\f)", text)
    blocks = [[squeeze(row) for row in piece.split("\n") if row.strip()] for piece in pieces[::2]]
    wrapped = _is_wrapped([block for block in blocks if block])
    gap = False
    for block, below in zip(blocks, [*pieces[1::2], ""], strict=True):
        for position, row in enumerate(_unwrapped(block, text) if wrapped and block else block):
            yield replace(line_of(row), gap=gap and not position)
        gap = below.count("\n") > 2


def line_of(row: str) -> Line:
    if _RULE.match(row):
        return Line(row, rule=True)
    heading = re.match(r"^(#{1,6})\s+(\S.*?)\s*#*$", row)  # Markdown in a .txt file
    if heading:
        return Line(heading[2], level=len(heading[1]))
    bullet = _BULLET.match(row)
    return Line(row[bullet.end() :], item=True) if bullet else Line(row)


def _is_wrapped(blocks: list[list[str]]) -> bool:
    """Was the text set to a width? Then most lines that have one below end at about the same column, mid-sentence."""
    inner = [row for block in blocks for row in block[:-1]]
    if len(inner) < 3:
        return False
    width = sorted(len(row) for row in inner)[int(len(inner) * 0.9)]
    full = [row for row in inner if len(row) > width * 0.75]
    unfinished = [row for row in full if not re.search(r"[.!?:;”\"’)]$", row)]
    # Headlines over their dates are of one length too; what goes on in the next line goes on in lower case.
    goes_on = [row for block in blocks for row in block[1:] if row[:1].islower()]
    return (
        30 <= width <= 130
        and len(goes_on) >= len(inner) * 0.4
        and len(full) >= len(inner) * 0.6
        and len(unfinished) >= len(full) * 0.5
    )


def _unwrapped(block: list[str], text: str) -> Iterator[str]:
    """Lines joined to paragraphs. A line well short of the width, or a bullet below, ends one."""
    width = max(len(row) for row in block)
    paragraph = ""
    for position, row in enumerate(block):
        if paragraph and _BULLET.match(row):
            yield paragraph
            paragraph = ""
        paragraph = _joined(paragraph, row, text)
        after = block[position + 1] if position + 1 < len(block) else ""
        first_word = len(after.split(" ", 1)[0])
        if after and len(row) + first_word + 1 < width * 0.8:
            yield paragraph
            paragraph = ""
    if paragraph:
        yield paragraph


def _joined(paragraph: str, row: str, text: str) -> str:
    """Two lines as one. A hyphen at the end goes unless the page writes the word with it elsewhere."""
    if not paragraph:
        return row
    if match := re.search(r"(\w+)-$", paragraph):
        tail = re.match(r"\w+", row)
        if tail and tail[0][0].islower():
            keeps = f"{match[1]}-{tail[0]}" in text and f"{match[1]}{tail[0]}" not in text
            return paragraph + row if keeps else paragraph[:-1] + row
    return f"{paragraph} {row}"


def pdf_body(text: str) -> str:
    """Sheets run together, without the lines that head or foot most of them (page numbers differ in digits alone)."""
    sheets = [[squeeze(row) for row in clean(sheet).split("\n")] for sheet in text.split("\f")]
    edges = Counter(key for rows in sheets for key in {_edge(row) for row in _margin(rows)})
    repeated = {key for key, count in edges.items() if key and count >= max(2, len(sheets) * 0.5)}
    bodies = []
    for rows in sheets:
        margin = set(_margin(rows)) if len(sheets) > 1 else set()
        bodies.append(
            "\n".join(row for row in rows if not (row in margin and _edge(row) in repeated)).strip("\n")
        )
    joined = ""
    for body in filter(None, bodies):
        ends = not joined or re.search(r"[.!?:”\"’)]\s*$", joined)
        joined += ("" if not joined else "\n\n" if ends else "\n") + body
    return joined


def _margin(rows: list[str]) -> list[str]:
    """The three lines at the top and at the bottom of a sheet."""
    full = [row for row in rows if row]
    return full[:3] + full[-3:]


def _edge(row: str) -> str:
    return re.sub(r"\d+", "0", row.lower())
