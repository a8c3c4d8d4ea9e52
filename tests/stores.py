"""Made-up pages, cheap vectors, and a process that indexes them: shared by the tests of catalog and index."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
from llama_index.core.schema import TextNode

from rag.index import Index
from rag.schema import Article

EMBEDDER, NAMES, DIMENSIONS = "cheap@1", "names@1", 384


def vector_of(text: str) -> list[float]:
    """A unit vector that depends on the text alone; those of different texts are all but at right angles."""
    seed = int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")
    vector = np.random.default_rng(seed).standard_normal(DIMENSIONS)
    return [float(x) for x in vector / np.linalg.norm(vector)]


def embed(texts: list[str]) -> list[list[float]]:
    return [vector_of(text) for text in texts]


def open_index(store: Path, **options: Any) -> Index:
    return Index.open(store, options.pop("embedder", EMBEDDER), options.pop("names", NAMES), **options)


def make_article(path: str, sentences: Sequence[str], published: str = "", position: int = 0) -> Article:
    text = "\n\n".join(sentences)
    digest = hashlib.sha256(f"{path} {position} {text} {published}".encode()).hexdigest()[:16]
    how = "stated" if published else "unknown"
    title = f"Report from {path}"
    return Article(digest, path, position, title, text, "Daily Example", "", "", published, how)


def cut(article: Article) -> list[TextNode]:
    """One passage a paragraph."""
    nodes, start = [], 0
    for paragraph in article.text.split("\n\n"):
        end = start + len(paragraph)
        metadata = {
            "article_id": article.id, "path": article.path, "title": article.title, "outlet": article.outlet,
            "published": article.published, "published_how": article.published_how, "start": start, "end": end,
        }  # fmt: skip
        nodes.append(TextNode(id_=f"{article.id}-{start}", text=paragraph, metadata=metadata))
        start = end + 2
    return nodes


def embedded_text(node: TextNode) -> str:
    return f"{node.metadata['title']}\n{node.text}"


def put(
    index: Index, path: str, sentences: Sequence[str], published: str = "", lines: Iterable[str] = (),
    acronyms: Iterable[tuple[str, str]] = (),
) -> Article:  # fmt: skip
    """Cut a page of one article and put it into the index, which must be open for writing."""
    article = make_article(path, sentences, published)
    nodes = cut(article)
    texts = [(article.title, node.text, embedded_text(node)) for node in nodes]
    digest = hashlib.sha256(article.text.encode()).hexdigest()
    index.replace_page(path, digest, lines, [article], [nodes], [texts], acronyms)
    return article


def build(store: Path, pages: int, passages: int = 3) -> None:
    """A store of `pages` pages in one go."""
    with open_index(store) as index, index.writing():
        put_many(index, pages, passages)
        index.embed_pending(embed)


def put_many(index: Index, pages: int, passages: int) -> None:
    for number in range(pages):
        published = f"{2000 + number % 25}-{1 + number % 12:02d}"
        put(index, f"page{number}.txt", sentences_of(number, passages), published, [f"line {number}"])


def sentences_of(page: int, passages: int) -> list[str]:
    return [f"Statement token{page}x{i} was read out in hall {i} on day {page}." for i in range(passages)]


def catalog_state(store: Path) -> dict[str, list[tuple[Any, ...]]]:
    """Everything the catalog holds that a fresh build would hold too, in an order of its own."""
    queries = {
        "pages": "SELECT path, content_hash, names, failure FROM pages",
        "lines": "SELECT path, line FROM lines",
        "acronyms": "SELECT path, long, short FROM acronyms",
        "articles": "SELECT * FROM articles",
        "passages": "SELECT id, article_id, start, end, title, text, embedded_text, vector_key FROM passages",
        "vectors": "SELECT key, vector FROM vectors",
        "stored": "SELECT id, state FROM stored",
    }
    with closing(sqlite3.connect(store / "catalog.sqlite3")) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
        connection.execute("INSERT INTO keywords (keywords) VALUES ('integrity-check')")
        return {name: sorted(connection.execute(query).fetchall()) for name, query in queries.items()}


def chroma_ids(store: Path) -> set[str]:
    """The ids in the store's one Chroma collection, read without Dateline's own code."""
    import chromadb
    from chromadb.config import Settings

    (folder,) = (store / "chroma").iterdir()
    with chromadb.PersistentClient(str(folder), settings=Settings(anonymized_telemetry=False)) as client:
        (collection,) = client.list_collections()
        return set(client.get_collection(collection.name, embedding_function=None).get(include=[])["ids"])


def passage_ids(store: Path) -> set[str]:
    return {row[0] for row in catalog_state(store)["passages"]}
