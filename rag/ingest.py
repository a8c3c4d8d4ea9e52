"""Bring a store up to date with its folder: pages → articles → passages → index, only what changed."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from rag.articles import short_lines, split_articles
from rag.config import Config
from rag.dates import say
from rag.errors import PageError
from rag.furniture import FURNITURE_PAGES
from rag.index import Index
from rag.models import BATCH, load_embedder, token_counter
from rag.names import Names, mine_acronyms
from rag.pages import hash_page, list_pages, read_page
from rag.passages import cut_passages
from rag.schema import Article, Page

Progress = Callable[[str, int, int], None]  # what is being done, how much of it is done, of how much
CORPUS = "corpus.path"  # in the store: the folder it is made from


@dataclass(frozen=True, slots=True)
class IndexReport:
    """What an update did: counts of pages, and for each page that failed the line that says why."""

    added: int = 0
    changed: int = 0
    removed: int = 0
    unchanged: int = 0
    embedded: int = 0  # texts for which a vector was made
    failed: Mapping[str, str] = field(default_factory=dict)
    seconds: float = 0.0

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


def update(
    index: Index, corpus: Path, names: Names, config: Config, on_progress: Progress | None = None
) -> IndexReport:
    """Index what is new or changed in `corpus`, forget what is gone. Safe to kill: the next update finishes the work.

    Raises CorpusError (no folder, no pages) and StoreLocked; a page that gives no article is reported, not raised.
    """
    started = time.perf_counter()
    paths = list_pages(corpus)
    root = corpus.parent if corpus.is_file() else corpus
    digests = {path: _digest(root, path) for path in paths}
    if index.is_level and index.page_hashes() == digests:  # nothing to write: no lock, no Chroma, no model
        return IndexReport(
            unchanged=len(paths), failed=index.failures(), seconds=time.perf_counter() - started
        )
    with index.writing():
        known = index.page_hashes()
        before = index.common_lines(FURNITURE_PAGES)
        gone = known.keys() - digests.keys()
        for path in gone:
            index.remove_page(path)
        fresh = [(path, digest) for path, digest in digests.items() if digest != known.get(path)]
        _put(index, root, fresh, before, names, config, on_progress)
        _cut_again(index, root, before, names, config)
        embedded = _embed(index, config, on_progress)
        failed = index.failures()
        remember(index.store, corpus)
    added = sum(path not in known for path, _ in fresh)
    return IndexReport(
        added,
        len(fresh) - added,
        len(gone),
        len(paths) - len(fresh),
        embedded,
        failed,
        time.perf_counter() - started,
    )


def remember(store: Path, corpus: Path) -> None:
    """Note in the store which folder it is made from, so that a question need not name it."""
    (store / CORPUS).write_text(str(corpus.resolve()), encoding="utf-8")


def remembered(store: Path) -> Path | None:
    """The folder that the store was last made from; None where that is not known or no longer there."""
    try:
        corpus = Path((store / CORPUS).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError):
        return None
    return corpus if corpus.exists() else None


def _cut_again(index: Index, root: Path, before: frozenset[str], names: Names, config: Config) -> None:
    """Cut anew the pages that hold a line which has become furniture, or is so no longer."""
    furniture = index.common_lines(FURNITURE_PAGES)
    if moved := furniture ^ before:
        hashes = index.page_hashes()
        _put(
            index,
            root,
            [(p, hashes[p]) for p in sorted(index.pages_with(moved))],
            furniture,
            names,
            config,
            None,
        )


def _digest(root: Path, path: str) -> str:
    try:
        return hash_page(root, path)
    except PageError:
        return ""  # read_page will say what is wrong with it


def _put(
    index: Index, root: Path, pages: list[tuple[str, str]], furniture: frozenset[str], names: Names, config: Config,
    on_progress: Progress | None,
) -> None:  # fmt: skip
    count = token_counter(config.embedder)
    for done, (path, digest) in enumerate(pages):
        if on_progress:
            on_progress("reading pages", done, len(pages))
        try:
            page = read_page(root, path, config.max_file_mb << 20)
            put_page(index, page, furniture, names, count, config.passage_tokens)
        except PageError as error:
            index.fail_page(path, digest, str(error))
    if on_progress and pages:
        on_progress("reading pages", len(pages), len(pages))


def put_page(
    index: Index,
    page: Page,
    furniture: frozenset[str],
    names: Names,
    count: Callable[[str], int],
    max_tokens: int,
) -> None:
    """One page's way into the store. Raises PageError when it holds no article."""
    articles = split_articles(page, furniture)
    passages = [cut_passages(article, count, max_tokens) for article in articles]
    texts = [
        [search_text(article, node.text, names) for node in nodes]
        for article, nodes in zip(articles, passages, strict=True)
    ]
    index.replace_page(
        page.path,
        page.content_hash,
        short_lines(page),
        articles,
        passages,
        texts,
        [pair for article in articles for pair in mine_acronyms(article.text)],
    )


def search_text(article: Article, text: str, names: Names) -> tuple[str, str, str]:
    """What is searched for a passage: its title and its text by keyword, and both with the date by meaning."""
    date = say(article.published) if article.published else ""
    head = ". ".join(part for part in (names.canonical(article.title), date) if part)
    return (
        names.keywords(f"{article.title} {article.outlet} {date}"),
        names.keywords(text),
        f"{head}\n{names.canonical(text)}",
    )


def _embed(index: Index, config: Config, on_progress: Progress | None) -> int:
    if not index.pending():
        return 0
    embedder = load_embedder(config.embedder)
    report = (lambda done, total: on_progress("embedding passages", done, total)) if on_progress else None
    return index.embed_pending(embedder.get_text_embedding_batch, report, batch=8 * BATCH)
