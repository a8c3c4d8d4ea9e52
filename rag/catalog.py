"""The catalog: pages, articles, passages and their vectors in one SQLite file, the source of truth of a store.

Keyword search (FTS5, BM25) runs here. Vectors are kept under the sha256 of the text that was embedded, so that a text
is embedded once however often its page is cut again.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
import uuid
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rag.database import REBUILD, Database
from rag.errors import StoreError, StoreMismatch
from rag.schema import Article, Searched
from rag.tables import IN_WINDOW, SCHEMA, TABLES, days, window_days

if TYPE_CHECKING:
    from llama_index.core.schema import TextNode

# In the order of Article's own fields.
ARTICLE = "id, path, position, title, text, outlet, author, place, published, published_how"


def vector_key(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


class Catalog:
    """One open catalog. Threads may share it; what writes may be called inside `Index.writing()` alone."""

    def __init__(self, path: Path, embedder: str, names: str) -> None:
        """StoreMismatch when it was built by another embedder or schema; StoreError when it cannot be read."""
        if Database.is_foreign(path):
            raise StoreError(f"{path} belongs to another program: give another --store")
        self.database = Database(path)
        self.embedder = embedder
        self.names = names
        try:
            self._match()
        except BaseException:
            self.database.close()
            raise

    @staticmethod
    def create(path: Path, embedder: str) -> None:
        meta = {"embedder": embedder, "store_id": uuid.uuid4().hex, "generation": "0", "seal": ""}
        rows = ", ".join(f"({_quoted(key)}, {_quoted(value)})" for key, value in meta.items())
        Database.create(path, f"{TABLES} INSERT INTO meta VALUES {rows};", SCHEMA)

    def _match(self) -> None:
        path = self.database.path
        with self.database.read() as connection:
            (schema,) = connection.execute("PRAGMA user_version").fetchone()
            (built_by,) = connection.execute("SELECT value FROM meta WHERE key = 'embedder'").fetchone()
        if schema != SCHEMA:
            raise StoreMismatch(
                f"{path} has schema {schema}, and this is {SCHEMA}: build it again with {REBUILD}"
            )
        if built_by != self.embedder:
            raise StoreMismatch(
                f"{path} was built with the embedder {built_by}, and {self.embedder} is asked for: "
                f"set DATELINE_EMBEDDER back, or build it again with {REBUILD}"
            )

    def close(self) -> None:
        self.database.close()

    def meta(self, key: str) -> str:
        with self.database.read() as connection:
            (value,) = connection.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
        return str(value)

    def set_meta(self, key: str, value: str) -> None:
        with self.database.write() as connection:
            connection.execute("UPDATE meta SET value = ? WHERE key = ?", (value, key))

    # ── pages ────────────────────────────────────────────────────────────────────────────────────────────────────

    def page_hashes(self) -> dict[str, str]:
        """Content hash by path, of failed pages too; "" for a page cut with other names than the present ones."""
        with self.database.read() as connection:
            rows = connection.execute(
                "SELECT path, iif(names = ?, content_hash, '') FROM pages", (self.names,)
            )
            return dict(rows)

    @property
    def names_changed(self) -> bool:
        """Was any page cut with other names than the present ones? `page_hashes` shows those as changed."""
        with self.database.read() as connection:
            query = "SELECT EXISTS (SELECT 1 FROM pages WHERE names != ?)"
            return bool(connection.execute(query, (self.names,)).fetchone()[0])

    def failures(self) -> dict[str, str]:
        """Message by path, of the pages that gave no article."""
        with self.database.read() as connection:
            return dict(connection.execute("SELECT path, failure FROM pages WHERE failure != ''"))

    def lines_of_pages(self) -> dict[str, frozenset[str]]:
        found: dict[str, set[str]] = {}
        with self.database.read() as connection:
            for path, line in connection.execute("SELECT path, line FROM lines"):
                found.setdefault(path, set()).add(line)
        return {path: frozenset(lines) for path, lines in found.items()}

    def common_lines(self, min_pages: int) -> frozenset[str]:
        """The lines that stand in at least `min_pages` pages."""
        query = "SELECT line FROM lines GROUP BY line HAVING count(*) >= ?"
        with self.database.read() as connection:
            return frozenset(line for (line,) in connection.execute(query, (min_pages,)))

    def pages_with(self, lines: Iterable[str]) -> set[str]:
        """Paths of the pages that hold any of these lines."""
        query = "SELECT DISTINCT path FROM lines WHERE line IN (SELECT value FROM json_each(?))"
        with self.database.read() as connection:
            return {path for (path,) in connection.execute(query, (json.dumps(list(lines)),))}

    # ── writing ──────────────────────────────────────────────────────────────────────────────────────────────────

    def replace_page(
        self, path: str, content_hash: str, lines: Iterable[str], articles: Sequence[Article],
        passages: Sequence[Sequence[TextNode]], search_texts: Sequence[Sequence[tuple[str, str, str]]],
        acronyms: Iterable[tuple[str, str]] = (),
    ) -> None:  # fmt: skip
        """Put the page's articles and passages in the place of those it had, in one transaction.

        `passages` and `search_texts` have an item for each article; a search text is (title for keyword search,
        text for keyword search, text to embed) of one passage. A text that was embedded before is not embedded again.
        `acronyms` are the pairs of long name and acronym that the page gives, `lines` what may be furniture.
        """
        with self.database.write() as connection:
            _put_page(connection, path, content_hash, self.names, "")
            connection.executemany(
                "INSERT INTO lines VALUES (?, ?)", [(path, line) for line in sorted(set(lines))]
            )
            connection.executemany(
                "INSERT INTO acronyms VALUES (?, ?, ?)",
                [(path, long, short) for long, short in sorted(set(acronyms))],
            )
            for article, nodes, texts in zip(articles, passages, search_texts, strict=True):
                _put_article(connection, article)
                connection.executemany(
                    "INSERT INTO passages (id, article_id, start, end, title, text, embedded_text, vector_key)"
                    " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                    _passage_rows(article, nodes, texts),
                )
                connection.execute(
                    "INSERT INTO article_keywords (rowid, title, text) SELECT rowid, ?, ? FROM articles WHERE id = ?",
                    (
                        texts[0][0] if texts else "",
                        "\n".join(keywords for _, keywords, _ in texts),
                        article.id,
                    ),
                )

    def fail_page(self, path: str, content_hash: str, message: str) -> None:
        """Remember that the page gave no article, and why. What it held before goes."""
        with self.database.write() as connection:
            _put_page(connection, path, content_hash, self.names, message)

    def remove_page(self, path: str) -> None:
        """Forget the page, with its articles and passages."""
        with self.database.write() as connection:
            connection.execute("DELETE FROM pages WHERE path = ?", (path,))
            _bump(connection)

    # ── reading ──────────────────────────────────────────────────────────────────────────────────────────────────

    def search_keywords(
        self, match: str, top_k: int, after: str = "", before: str = ""
    ) -> list[tuple[str, float]]:
        """Passage ids for an FTS5 expression, best first, with BM25 (higher is better; a title's word counts twice).

        ValueError when `match` is no FTS5 expression.
        """
        return self._ranked(
            "SELECT p.id, -bm25(keywords, 2.0, 1.0) AS score FROM keywords"
            " JOIN passages p ON p.number = keywords.rowid JOIN articles a ON a.id = p.article_id"
            f" WHERE keywords MATCH :match AND {IN_WINDOW} ORDER BY score DESC, p.id LIMIT :top_k",
            match, top_k, after, before,
        )  # fmt: skip

    def search_articles(
        self, match: str, top_k: int, after: str = "", before: str = ""
    ) -> list[tuple[str, float]]:
        """As `search_keywords`, of whole articles: their ids with the BM25 of all their words together."""
        return self._ranked(
            "SELECT a.id, -bm25(article_keywords, 2.0, 1.0) AS score FROM article_keywords"
            " JOIN articles a ON a.rowid = article_keywords.rowid"
            f" WHERE article_keywords MATCH :match AND {IN_WINDOW} ORDER BY score DESC, a.id LIMIT :top_k",
            match, top_k, after, before,
        )  # fmt: skip

    def _ranked(self, query: str, match: str, top_k: int, after: str, before: str) -> list[tuple[str, float]]:
        low, high = window_days(after, before)
        bound = {"match": match, "after": low, "before": high, "top_k": top_k}
        if not match.strip():
            return []
        with self.database.read() as connection:
            try:
                return [(id_, float(score)) for id_, score in connection.execute(query, bound)]
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode == sqlite3.SQLITE_ERROR:
                    raise ValueError(f"not an FTS5 expression ({error}): {match[:200]!r}") from error
                raise

    def document_frequencies(self, stems: Iterable[str]) -> dict[str, int]:
        """How many passages hold each Porter stem, in title or text; stems that none holds are left out."""
        query = "SELECT term, doc FROM vocabulary WHERE term IN (SELECT value FROM json_each(?))"
        with self.database.read() as connection:
            return dict(connection.execute(query, (json.dumps(list(stems)),)))

    def acronyms(self) -> list[tuple[str, str]]:
        """The pairs of long name and acronym that the articles give, in order of the long name."""
        with self.database.read() as connection:
            return list(connection.execute("SELECT DISTINCT long, short FROM acronyms ORDER BY long, short"))

    def passages(self, ids: Sequence[str]) -> list[TextNode]:
        """The passages with these ids, in this order; ids that are no longer there are left out."""
        nodes = self._nodes("p.id IN (SELECT value FROM json_each(?))", json.dumps(list(ids)))
        found = {node.node_id: node for node in nodes}
        return [found[id_] for id_ in ids if id_ in found]

    def passages_of(self, article_id: str) -> list[TextNode]:
        """An article's passages in the order of its text."""
        return list(self._nodes("p.article_id = ?", article_id))

    def _nodes(self, condition: str, value: str) -> Iterator[TextNode]:
        from llama_index.core.schema import TextNode

        query = f"""
            SELECT p.id, p.start, p.end, a.id, a.path, a.title, a.text, a.outlet, a.published, a.published_how
            FROM passages p JOIN articles a ON a.id = p.article_id WHERE {condition} ORDER BY a.id, p.start"""
        with self.database.read() as connection:
            rows = connection.execute(query, (value,)).fetchall()
        for id_, start, end, article_id, path, title, text, outlet, published, how in rows:
            metadata = {
                "article_id": article_id, "path": path, "title": title, "outlet": outlet,
                "published": published, "published_how": how, "start": start, "end": end,
            }  # fmt: skip
            yield TextNode(
                id_=id_, text=text[start:end], metadata=metadata, start_char_idx=start, end_char_idx=end
            )

    def article(self, article_id: str) -> Article:
        """KeyError when there is none with this id."""
        with self.database.read() as connection:
            row = connection.execute(f"SELECT {ARTICLE} FROM articles WHERE id = ?", (article_id,)).fetchone()
        if row is None:
            raise KeyError(article_id)
        return _article(row)

    def articles(self) -> list[Article]:
        """All, newest first; undated ones last."""
        with self.database.read() as connection:
            rows = connection.execute(
                f"SELECT {ARTICLE} FROM articles ORDER BY published DESC, path, position"
            )
            return [_article(row) for row in rows]

    def searched(self, after: str = "", before: str = "") -> Searched:
        """How many articles are in the window, and the oldest and newest date among them."""
        low, high = window_days(after, before)
        query = f"""SELECT count(*), min(nullif(published, '')), max(nullif(published, '')) FROM articles a
            WHERE {IN_WINDOW}"""
        with self.database.read() as connection:
            count, oldest, newest = connection.execute(query, {"after": low, "before": high}).fetchone()
        return Searched(count, oldest or "", newest or "")

    def counts(self) -> dict[str, int]:
        """How many `pages` (the failed among them), `articles`, `passages` and `failed` pages there are."""
        query = """SELECT (SELECT count(*) FROM pages), (SELECT count(*) FROM articles),
            (SELECT count(*) FROM passages), (SELECT count(*) FROM pages WHERE failure != '')"""
        with self.database.read() as connection:
            row = connection.execute(query).fetchone()
        return dict(zip(("pages", "articles", "passages", "failed"), row, strict=True))


def _quoted(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def _article(row: tuple[Any, ...]) -> Article:
    return Article(*row)


def _bump(connection: sqlite3.Connection) -> None:
    connection.execute("UPDATE meta SET value = value + 1 WHERE key = 'generation'")


def _put_page(connection: sqlite3.Connection, path: str, content_hash: str, names: str, failure: str) -> None:
    connection.execute("DELETE FROM pages WHERE path = ?", (path,))
    connection.execute("INSERT INTO pages VALUES (?, ?, ?, ?)", (path, content_hash, names, failure))
    _bump(connection)


def _put_article(connection: sqlite3.Connection, article: Article) -> None:
    row = (article.id, article.path, article.position, article.title, article.text, article.outlet, article.author,
           article.place, article.published, article.published_how, *days(article.published))  # fmt: skip
    connection.execute(f"INSERT INTO articles VALUES ({', '.join('?' * len(row))})", row)


def _passage_rows(
    article: Article, nodes: Sequence[TextNode], texts: Sequence[tuple[str, str, str]]
) -> Iterator[tuple[str | int, ...]]:
    for node, (title, keywords, embedded) in zip(nodes, texts, strict=True):
        start, end = int(node.metadata["start"]), int(node.metadata["end"])
        if node.text != article.text[start:end]:
            raise ValueError(f"passage {node.node_id} is not {article.path!r} from {start} to {end}")
        yield node.node_id, article.id, start, end, title, keywords, embedded, vector_key(embedded)
