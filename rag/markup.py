"""Lines of Markdown, by markdown-it-py, and of HTML, by trafilatura."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from rag.errors import PageError
from rag.lines import Facts, Line, Lines, clean, header_of, iso_of, squeeze
from rag.plain import line_of
from rag.schema import Page

if TYPE_CHECKING:
    from lxml.etree import _Element


def markdown_lines(text: str) -> Iterator[Line]:
    from markdown_it import MarkdownIt

    depth = 0
    tokens = MarkdownIt("commonmark", {"html": True}).enable("table").parse(text)
    for position, token in enumerate(tokens):
        depth += {"list_item_open": 1, "list_item_close": -1}.get(token.type, 0)
        if token.type == "hr":
            yield Line("---", rule=True)
        elif token.type == "inline" and _is_facts(tokens[position - 1].type, token.content.split("\n")):
            for row in token.content.split("\n"):
                yield Line(squeeze(row))
        elif token.type == "inline":
            opening = tokens[position - 1]
            level = int(opening.tag[1]) if opening.type == "heading_open" else 0
            for row in _inline_text(token).split("\n") if not level else [_inline_text(token)]:
                if row.strip():
                    yield (
                        Line(squeeze(row), level=level, item=depth > 0)
                        if level or depth
                        else line_of(squeeze(row))
                    )
        elif token.type in ("html_block", "fence", "code_block"):
            content = re.sub(r"<!--.*?-->", "", token.content, flags=re.S)
            content = content if token.type != "html_block" else re.sub(r"</?[a-zA-Z][^>]*>", " ", content)
            for row in content.split("\n"):
                if row.strip():
                    yield Line(squeeze(row))


def _is_facts(opening: str, rows: list[str]) -> bool:
    """A paragraph of "Key: value" lines, which Markdown itself would run together."""
    return opening == "paragraph_open" and len(rows) > 1 and all(header_of(row) for row in rows)


def _inline_text(token: Any) -> str:
    """What a reader sees: link texts, no targets; soft breaks as spaces; a picture's words where they are a caption."""
    pieces = []
    for child in token.children or []:
        if child.type in ("text", "code_inline"):
            pieces.append(child.content)
        elif child.type == "softbreak":
            pieces.append(" ")
        elif child.type == "hardbreak":
            pieces.append("\n")
        elif child.type == "image" and len(child.content.split()) >= 4:
            pieces.append(child.content)
    return "".join(pieces)


def html_lines(page: Page) -> Lines:
    """By trafilatura; a page of several <article> elements one by one. `PageError` where there is no text."""
    import logging

    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)
    logging.getLogger("htmldate").setLevel(logging.CRITICAL)
    if several := _several_articles(page.text):
        return Lines(tuple(several), Facts(outlet=_extracted(page.text).outlet), marked_up=True)
    for recall in (False, True):
        found = _extract(page.text, recall)
        if found is not None:
            return Lines(tuple(_body_lines(found.body)), _extracted(page.text, found), marked_up=True)
    raise PageError(f"{page.path} is a web page without a story: remove it or save the article itself")


def _extract(source: str, recall: bool = False) -> Any:
    """trafilatura's document, None where it finds no text."""
    from trafilatura import bare_extraction

    try:
        document: Any = bare_extraction(
            source, include_comments=False, include_tables=True, favor_recall=recall, with_metadata=True,
            date_extraction_params={"original_date": True, "extensive_search": False, "outputformat": "%Y-%m-%d"},
        )  # fmt: skip
    except Exception:  # lxml and htmldate raise many kinds on broken pages; the caller says what is missing
        return None
    return document if document is not None and (document.text or "").strip() else None


def _extracted(source: str, document: Any = None) -> Facts:
    document = document or _extract(source)
    if document is None:
        return Facts()
    return Facts(
        title=_web_title(source, squeeze(document.title or "")),
        outlet=squeeze(document.sitename or ""),
        author=squeeze((document.author or "").replace(";", ",")),
        published=iso_of(document.date or ""),
    )


def _several_articles(source: str) -> list[Line]:
    """Lines of a page of two or more whole <article>s, each under its own heading; none of any other page.

    Teasers and comments are <article>s too, but a teaser has one paragraph and a comment no heading.
    """
    if source.lower().count("<article") < 2:
        return []
    from lxml import etree, html

    try:
        tree: Any = html.document_fromstring(re.sub(r"^\s*<\?xml[^>]*\?>", "", source))
    except (etree.LxmlError, ValueError):
        return []
    stories = []
    for article in tree.xpath("//article[not(ancestor::article)]"):
        heads = article.xpath(".//h1 | .//h2 | .//h3")
        paragraphs = [squeeze(clean(part.text_content())) for part in article.xpath(".//p")]
        if heads and sum(len(part) > 40 for part in paragraphs) >= 2 and sum(map(len, paragraphs)) >= 150:
            times = [
                squeeze(clean(part.get("datetime") or part.text_content()))
                for part in article.xpath(".//time")[:1]
            ]
            title = Line(squeeze(clean(heads[0].text_content())), level=1)
            below = article.xpath(".//p | .//li | .//blockquote[not(.//p)] | .//h2 | .//h3 | .//h4")
            rows = [squeeze(clean(part.text_content())) for part in below if part is not heads[0]]
            stories.append([title, *map(Line, times), *(Line(row) for row in rows if row)])
    return [line for story in stories for line in story] if len(stories) > 1 else []


def _web_title(source: str, found: str) -> str:
    """trafilatura's title, unless it is a heading, the site's name perhaps, that the page's <title> lacks."""
    if re.search(r"""<meta[^>]+(?:og:title|twitter:title|["']headline["'])""", source[:200_000], re.I):
        return found
    match = re.search(r"<title[^>]*>(.*?)</title>", source, re.I | re.S)
    title = squeeze(clean(match[1])) if match else ""
    if len(title.split()) < 3 or (found and found.lower() in title.lower()):
        return found or title
    head = re.split(r"\s+[|–—»·:]+\s+|\s+-\s+", title)[0]
    return head if len(head.split()) >= 3 else title


def _body_lines(body: _Element) -> Iterator[Line]:
    """Lines of trafilatura's tree, whose elements are those of TEI: head, p, list/item, quote, table/row/cell."""
    for element in body:
        tag = element.tag if isinstance(element.tag, str) else ""
        if tag == "list":
            for item in element.iterchildren("item"):
                yield from _rows(item, item=True)
        elif tag == "table":
            for row in element.iter("row"):
                cells = [squeeze(clean("".join(map(str, cell.itertext())))) for cell in row.iter("cell")]
                if any(cells):
                    yield Line(" | ".join(cell for cell in cells if cell))
        elif tag == "head":
            rank = element.get("rend", "h2")[1:]
            yield from _rows(element, level=int(rank) if rank.isdigit() else 2)
        elif tag in ("div", "quote") and any(
            child.tag in ("p", "head", "list", "quote", "table") for child in element
        ):
            if (element.text or "").strip():
                yield Line(squeeze(clean(element.text or "")))
            yield from _body_lines(element)
        else:
            yield from _rows(element)
        if (element.tail or "").strip():
            yield Line(squeeze(clean(element.tail or "")))


def _rows(element: _Element, level: int = 0, item: bool = False) -> Iterator[Line]:
    rows: list[str] = []
    for row in map(squeeze, clean("".join(_in_order(element))).split("\n")):
        if rows and row[:1].islower() and not re.search(r"[.!?:;]$", rows[-1]):
            rows[-1] += " " + row  # a break inside a sentence
        elif row:
            rows.append(row)
    for row in rows:
        yield Line(row, level=level, item=item)


def _in_order(element: _Element) -> Iterator[str]:
    """Text in document order, a new line at each break and inner block."""
    if isinstance(element.tag, str):
        yield re.sub(r"\s+", " ", str(element.text or ""))
    for child in element:
        block = child.tag in ("lb", "p", "item", "head", "list")
        if block:
            yield "\n"
        yield from _in_order(child)
        if block and child.tag != "lb":
            yield "\n"
        yield re.sub(r"\s+", " ", str(child.tail or ""))
