"""Stage 2: articles out of pages: one per story, with clean text, title, outlet, place, author and date."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache

from rag.errors import PageError
from rag.furniture import (
    count_words,
    fold,
    is_call,
    is_caption,
    is_credit,
    is_headline,
    is_label,
    is_prose,
    keep_lines,
)
from rag.headers import Stamp, read_byline, read_dateline, read_sign_off, read_stamp
from rag.lines import Facts, Line, Lines, clean, facts_of, front_matter, header_of
from rag.markup import html_lines, markdown_lines
from rag.plain import pdf_body, text_lines
from rag.published import Inferred, between_neighbours, dated_name, infer, stated
from rag.schema import Article, Known, Page
from rag.stories import Story, cut_stories

LONGEST_SHORT_LINE = 12  # words; what recurs across pages and is longer is a story's own text, saved twice


def split_articles(page: Page, furniture: frozenset[str] = frozenset()) -> list[Article]:
    """The stories of a page, in page order, at least one; `PageError` where it holds none.

    `furniture`: folded lines (see `short_lines`) that recur across the corpus and are left out of every text.
    """
    lines = read_lines(page)
    stories = cut_stories(lines)
    drafts = [_draft(story, lines, furniture, alone=len(stories) == 1) for story in stories]
    drafts = _with_inferred([draft for draft in drafts if _tells(draft)], page.path, lines.facts.published)
    if not drafts:
        raise PageError(
            f"{page.path} holds no story, only headings or links: remove it or save the article itself"
        )
    return [_article(page, position, draft) for position, draft in enumerate(drafts)]


def short_lines(page: Page) -> frozenset[str]:
    """The page's short lines, folded to letters and digits in lower case: those on many pages are furniture."""
    folded = {
        fold(line.text)
        for line in read_lines(page).lines
        if count_words(line.text) <= LONGEST_SHORT_LINE and not is_prose(line)
    }
    return frozenset(folded - {""})


@lru_cache(maxsize=4)
def read_lines(page: Page) -> Lines:
    """The lines of a page of any kind. The last few are kept, as furniture is counted before pages are cut."""
    if page.kind == "html":
        return html_lines(page)
    if page.kind == "pdf":
        return Lines(tuple(text_lines(pdf_body(page.text))))
    facts, text = front_matter(clean(page.text))
    if page.kind == "markdown":
        return Lines(tuple(markdown_lines(text)), facts, marked_up=True)
    return Lines(tuple(text_lines(text)), facts)


@dataclass(frozen=True, slots=True)
class _Draft:
    title: str
    text: str
    outlet: str
    author: str
    place: str
    published: str
    how: Known
    day: str  # of the dateline or a stamp, its year open: "--11-04"
    address: str  # of the story itself, where its head gives it


def _with_inferred(drafts: Sequence[_Draft], path: str, page_date: str) -> list[_Draft]:
    """The drafts with the dates that their words, addresses, neighbours or, failing these, their page imply."""
    today = date.today()
    found = []
    for draft in drafts:
        named = dated_name(draft.address) or (dated_name(path) if len(drafts) == 1 else "")
        known = draft.published or named
        found.append(Inferred(known) if known else infer(draft.text.split("\n\n"), draft.day, today))
    dates = [iso or page_date for iso in between_neighbours(found, today)]
    return [
        draft if draft.published or not iso else replace(draft, published=iso, how="inferred")
        for draft, iso in zip(drafts, dates, strict=True)
    ]


def _tells(draft: _Draft) -> bool:
    return (
        len(re.findall(r"[^\W\d_]{2,}", draft.text)) >= 4
        or len(re.findall(r"[\u3040-\u9fff\uac00-\ud7af]", draft.text)) >= 12
    )


def _article(page: Page, position: int, draft: _Draft) -> Article:
    digest = hashlib.sha256(
        "\n".join((page.path, str(position), draft.title, draft.text)).encode()
    ).hexdigest()
    return Article(
        id=digest[:16], path=page.path, position=position, title=draft.title, text=draft.text, outlet=draft.outlet,
        author=draft.author, place=draft.place, published=draft.published, published_how=draft.how,
    )  # fmt: skip


def _draft(story: Story, page: Lines, furniture: frozenset[str], alone: bool) -> _Draft:
    facts = page.facts if alone else Facts()
    values, lines = _own_facts(story.lines)
    head, body = _split_head(lines, furniture, facts.title or values.title)
    kept = keep_lines(body, furniture, page.marked_up)
    agency, paragraphs = _signed([line.text for line in kept])
    dateline = next((found for text in paragraphs[:4] if (found := read_dateline(text))), None)
    stamps = [
        stamp for line in (*head.stamps, *(mark.text for mark in story.marks)) if (stamp := read_stamp(line))
    ]
    stamps += [Stamp(dateline.day, updated=False)] if dateline and dateline.day else []
    published = facts.published or values.published or stated(stamps)
    return _Draft(
        title=facts.title or values.title or head.title,
        text="\n\n".join(paragraphs),
        outlet=facts.outlet
        or values.outlet
        or (dateline.agency if dateline else "")
        or agency
        or page.facts.outlet,
        author=facts.author or values.author or head.author,
        place=facts.place or values.place or (dateline.place if dateline else ""),
        published=published,
        how="stated" if published else "unknown",
        day=next((stamp.iso for stamp in stamps if stamp.iso.startswith("--")), ""),
        address=head.address,
    )


def _own_facts(lines: Sequence[Line]) -> tuple[Facts, list[Line]]:
    """A story's own "Key: value" lines, two or more on end at its top, and the lines without them."""
    values: dict[str, str] = {}
    for line in lines:
        header = header_of(line.text)
        if not header or header[0] in values:
            break
        values[header[0]] = header[1]
    facts = facts_of(values)
    if len(values) < 2 or facts == Facts():
        return Facts(), list(lines)
    return facts, list(lines[len(values) :])


@dataclass(frozen=True, slots=True)
class _Head:
    title: str
    author: str
    stamps: tuple[str, ...]
    address: str


def _split_head(
    lines: Sequence[Line], furniture: frozenset[str], known_title: str
) -> tuple[_Head, list[Line]]:
    """Title, author and stamps of a story, and its lines without them and without section labels around the title."""
    first = _first_prose(lines)
    title_at = _title_at(lines[:first], furniture, known_title)
    author, address, stamps, body = "", "", [], []
    for i, line in enumerate(lines):
        text = line.text
        if i == title_at or (known_title and i <= first and fold(text) == fold(known_title)):
            continue
        if re.fullmatch(r"(?:https?://|www\.)\S+", text):
            address = address or text
            continue
        if not is_prose(line) or len(text) < 160:
            if read_stamp(text):
                stamps.append(text)
                author = author or read_byline(text)
                continue
            if count_words(text) <= 14 and (name := read_byline(text)):
                author = author or name
                continue
        if i < first and ((is_label(text) and not line.item) or re.search(r"\s[>»]\s", text)):
            continue
        body.append(line)
    title = lines[title_at].text if title_at >= 0 else known_title or _first_words(lines)
    return _Head(title, author, tuple(stamps), address), body


def _first_prose(lines: Sequence[Line]) -> int:
    """Where the running text begins. The first line may end with a question mark or a quotation and head it yet."""
    for i, line in enumerate(lines):
        if is_prose(line) and not is_caption(line.text) and not line.item:
            headed = any(is_headline(above) and not is_label(above.text) for above in lines[:i])
            if headed or not is_headline(line) or i + 1 == len(lines):
                return i
    return len(lines)


def _title_at(head: Sequence[Line], furniture: frozenset[str], known_title: str) -> int:
    """The headline among the lines above the text: a top heading, else the first that is more than a label."""
    if known_title:
        return next((i for i, line in enumerate(head) if fold(line.text) == fold(known_title)), -1)
    able = [
        i
        for i, line in enumerate(head)
        if is_headline(line) and not read_stamp(line.text) and not read_byline(line.text)
    ]
    able = [i for i in able if not is_caption(head[i].text)] or able
    able = [i for i in able if fold(head[i].text) not in furniture] or able
    headings = [i for i in able if head[i].level]
    if headings:
        return min(headings, key=lambda i: (head[i].level, i))
    return next((i for i in able if not is_label(head[i].text)), able[0] if able else -1)


def _first_words(lines: Sequence[Line]) -> str:
    """A story without a headline goes by its first words."""
    able = [line for line in lines if fold(line.text) and not is_call(line.text) and not is_credit(line.text)]
    words = next((line for line in able if is_prose(line)), able[0]).text.split() if able else []
    return " ".join(words[:12]) + (" …" if len(words) > 12 else "")


def _signed(paragraphs: list[str]) -> tuple[str, list[str]]:
    """The agency named in brackets after the last sentence, and the paragraphs without it."""
    if not paragraphs:
        return "", paragraphs
    agency, end = read_sign_off(paragraphs[-1])
    rest = paragraphs[-1][:end].rstrip()
    return agency, [*paragraphs[:-1], rest] if rest else paragraphs[:-1]
