"""Lines of a page, in reading order, and what the page says of itself: what every kind of page is turned into."""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from rag.dates import bounds, find_dates


@dataclass(frozen=True, slots=True)
class Line:
    """One paragraph, heading, list item or rule."""

    text: str
    level: int = 0  # of a heading, 1 to 6; 0 for anything else
    item: bool = False  # of a list
    rule: bool = False  # "* * *", "-----"
    gap: bool = False  # two or more blank lines above


@dataclass(frozen=True, slots=True)
class Facts:
    """What front matter, an opening block of "Key: value" lines or HTML metadata says; "" where it is silent."""

    title: str = ""
    outlet: str = ""
    author: str = ""
    place: str = ""
    published: str = ""


@dataclass(frozen=True, slots=True)
class Lines:
    """All of a page."""

    lines: tuple[Line, ...]
    facts: Facts = field(default_factory=Facts)
    marked_up: bool = False  # headings and lists are marked as such, so that a short line is no riddle


# Front matter keys in use by static site generators, scrapers and feeds, lower-cased without "_" and "-".
KEYS = {
    "title": ("title", "headline", "name", "ogtitle"),
    "outlet": ("outlet", "source", "site", "sitename", "publisher", "publication", "newspaper", "agency", "ogsitename"),
    "author": ("author", "authors", "byline", "writer", "by", "creator"),
    "place": ("place", "dateline", "location"),
    "published": (
        "published", "date", "datepublished", "publisheddate", "publishedat", "publishdate", "pubdate", "publishedtime",
        "publicationdate", "posted", "articlepublishedtime", "created", "updated", "modified", "lastmodified",
    ),
}  # fmt: skip
_HEADER = re.compile(r"^([A-Za-z][A-Za-z _-]{1,24}?)\s*:\s+(\S.*)$")
_FRONT = re.compile(r"\A---[ \t]*\n.*?\n---[ \t]*(?:\n|\Z)", re.S)


def clean(text: str) -> str:
    """Characters as a reader sees them: entities, odd spaces and invisible marks resolved, line ends alike."""
    text = (
        text.replace("\r\n", "\n")
        .replace("\r", "\n")
        .replace("\x0b", "\n")
        .replace("\u2028", "\n")
        .replace("\u2029", "\n\n")
    )
    if re.search(r"&(?:[a-zA-Z]{2,8}|#\d{1,6}|#x[0-9a-fA-F]{1,5});", text):
        text = html.unescape(text)
    text = re.sub(r"[\u200b\u200c\u2060\ufeff\u00ad]|[\x00-\x08\x0e-\x1f\x7f]", "", text)
    text = re.sub(r"[^\S\n\f]", " ", text)
    return unicodedata.normalize("NFC", text)


def squeeze(text: str) -> str:
    """The text with single spaces and none outside."""
    return " ".join(text.split())


def front_matter(text: str) -> tuple[Facts, str]:
    """Facts from YAML between two --- lines at the top, and the text below. YAML with an error is read line by line."""
    text = text.lstrip("\n \f")
    if match := _FRONT.match(text):
        import frontmatter
        import yaml

        try:
            values, _ = frontmatter.parse(match[0] + "\n")
        except (yaml.YAMLError, ValueError):
            values = dict(header for line in match[0].splitlines() if (header := header_of(line)))
        if isinstance(values, Mapping) and values:
            return facts_of(values), text[match.end() :]
    return Facts(), text


def header_of(text: str) -> tuple[str, str] | None:
    """("Date", "5 May 2018") of "Date: 5 May 2018"; None for a line of another shape."""
    match = _HEADER.match(text)
    return (match[1], match[2]) if match and len(text) <= 300 else None


def field_of(key: str) -> str:
    """Which of `Facts` a key names, "" for none: "published" for "Pub-Date"."""
    plain = re.sub(r"[\s_:.-]", "", key.lower())
    return next((name for name, keys in KEYS.items() if plain in keys), "")


def facts_of(values: Mapping[Any, Any]) -> Facts:
    """Known keys of any spelling, the first of each kind in the order of `KEYS`."""
    plain = {re.sub(r"[\s_:.-]", "", str(key).lower()): value for key, value in values.items()}
    found: dict[str, str] = {}
    for name, keys in KEYS.items():
        for key in keys:
            value = plain.get(key)
            if isinstance(value, (list, tuple)):
                value = ", ".join(str(part) for part in value)
            if value is None or isinstance(value, (Mapping, bool)) or not str(value).strip():
                continue
            text = squeeze(str(value))
            if name == "published":
                text = iso_of(text)
            if text:
                found[name] = text
                break
    return Facts(**found)


def iso_of(text: str) -> str:
    """The one date that a metadata value holds, "" when there is none with a year."""
    text = text.strip()
    if bounds(text)[0]:
        return text
    return next((mention.iso for mention in find_dates(text) if not mention.iso.startswith("--")), "")
