"""The catalog's tables, and how dates stand in them.

`published` is kept as two numbers, first and last day, e.g. 20240900 and 20240999 for "2024-09": an article is in a
window of dates when its span overlaps it, and an undated one is in no window that has a bound.
"""

from __future__ import annotations

import re

SCHEMA = 3  # raise it when the tables, or what is put into them, change
UNDATED = (99999999, 0)  # begins after every window ends, and ends before every window begins

TABLES = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE pages (
    path TEXT PRIMARY KEY, content_hash TEXT NOT NULL, names TEXT NOT NULL, failure TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE lines (
    path TEXT NOT NULL REFERENCES pages ON DELETE CASCADE, line TEXT NOT NULL, PRIMARY KEY (path, line)
) WITHOUT ROWID;
CREATE INDEX pages_of_line ON lines (line);
CREATE TABLE acronyms (
    path TEXT NOT NULL REFERENCES pages ON DELETE CASCADE, long TEXT NOT NULL, short TEXT NOT NULL,
    PRIMARY KEY (path, long, short)
) WITHOUT ROWID;
CREATE TABLE articles (
    id TEXT PRIMARY KEY, path TEXT NOT NULL REFERENCES pages ON DELETE CASCADE, position INTEGER NOT NULL,
    title TEXT NOT NULL, text TEXT NOT NULL, outlet TEXT NOT NULL, author TEXT NOT NULL, place TEXT NOT NULL,
    published TEXT NOT NULL, published_how TEXT NOT NULL, first_day INTEGER NOT NULL, last_day INTEGER NOT NULL
);
CREATE INDEX articles_of_page ON articles (path);
CREATE TABLE passages (
    number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE,
    article_id TEXT NOT NULL REFERENCES articles ON DELETE CASCADE,
    start INTEGER NOT NULL, end INTEGER NOT NULL, title TEXT NOT NULL, text TEXT NOT NULL,
    embedded_text TEXT NOT NULL, vector_key TEXT NOT NULL
);
CREATE INDEX passages_of_article ON passages (article_id, start);
CREATE INDEX passages_of_vector ON passages (vector_key);
CREATE TABLE vectors (key TEXT PRIMARY KEY, vector BLOB NOT NULL);
CREATE TABLE stored (id TEXT PRIMARY KEY, state TEXT NOT NULL) WITHOUT ROWID;
CREATE VIRTUAL TABLE keywords USING fts5 (
    title, text, content = 'passages', content_rowid = 'number',
    tokenize = 'porter unicode61 remove_diacritics 2'
);
CREATE VIRTUAL TABLE article_keywords USING fts5 (
    title, text, tokenize = 'porter unicode61 remove_diacritics 2'
);
CREATE TRIGGER article_removed AFTER DELETE ON articles BEGIN
    DELETE FROM article_keywords WHERE rowid = old.rowid;
END;
CREATE VIRTUAL TABLE vocabulary USING fts5vocab(keywords, row);
CREATE TRIGGER passage_added AFTER INSERT ON passages BEGIN
    INSERT INTO keywords (rowid, title, text) VALUES (new.number, new.title, new.text);
END;
CREATE TRIGGER passage_removed AFTER DELETE ON passages BEGIN
    INSERT INTO keywords (keywords, rowid, title, text) VALUES ('delete', old.number, old.title, old.text);
END;
"""

IN_WINDOW = "a.last_day >= :after AND a.first_day <= :before"
DATE = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?")


def days(iso: str) -> tuple[int, int]:
    """First and last day of a date as numbers that sort: "2024-09" → (20240900, 20240999), "" → `UNDATED`.

    ValueError when `iso` is neither "" nor a date of day, month or year precision.
    """
    if not iso:
        return UNDATED
    parts = DATE.fullmatch(iso)
    if parts is None:
        raise ValueError(f"{iso!r} is not a date such as 2018-11-05, 2018-11 or 2018")
    year, month, day = parts.groups()
    return int(year + (month or "00") + (day or "00")), int(year + (month or "99") + (day or "99"))


def window_days(after: str, before: str) -> tuple[int, int]:
    """A window's inclusive bounds as numbers; an open side ("") takes in everything, undated articles too."""
    return (days(after)[0] if after else 0), (days(before)[1] if before else UNDATED[0])
