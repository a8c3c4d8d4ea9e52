"""What a store holds that bears on a question: the right passages there are to find, and where words stand."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from pathlib import Path
from threading import Lock

from rag.assistant import Assistant
from rag.dates import bounds
from rag.errors import DatelineError
from rag.judge import found, is_source
from rag.pages import list_pages, read_page
from rag.questions import Question
from rag.schema import Article, Hit

Place = tuple[str, int]  # of a passage: its article's id, and where in that it begins


class Shelf:
    """A view on one assistant's store, for one run: what it has read it keeps. Threads may share it."""

    def __init__(self, assistant: Assistant) -> None:
        self.assistant = assistant
        self.names = assistant.names
        self._passages: dict[str, list[tuple[int, str]]] = {}
        self._pages: dict[str, str] = {}
        self._lock = Lock()

    @cached_property
    def _all(self) -> list[Article]:
        return self.assistant.index.articles()

    def articles(self, question: Question) -> list[Article]:
        """The articles of the question's sources that were known on the day it is asked."""
        return [
            article
            for article in self._all
            if is_source(question, article.path, article.title)
            and (
                not (question.as_of and article.published)
                or bounds(article.published)[0] <= bounds(question.as_of)[1]
            )
        ]

    def relevant(self, question: Question, words: Sequence[str] = ()) -> frozenset[Place]:
        """The passages of a source that hold one of `words`; all of its passages for no words.

        Where the question names no source every article is one, and then words are what tells.
        """
        return frozenset(
            (article.id, start)
            for article in self.articles(question)
            if not words or found(words, [article.text], self.names)
            for start, text in self._passages_of(article.id)
            if not words or found(words, [text], self.names)
        )

    def _passages_of(self, article_id: str) -> list[tuple[int, str]]:
        with self._lock:
            if article_id not in self._passages:
                self._passages[article_id] = [
                    (int(node.metadata["start"]), node.text)
                    for node in self.assistant.index.passages_of(article_id)
                ]
            return self._passages[article_id]

    def pages_with(self, question: Question, words: Sequence[str]) -> list[str]:
        """The files in the folder, of the sources where these are named, whose raw text holds one of `words`."""
        return [path for path, text in self._raw(question) if found(words, [text], self.names)]

    def _raw(self, question: Question) -> Iterator[tuple[str, str]]:
        corpus = self.assistant.corpus
        root = corpus.parent if corpus.is_file() else corpus
        try:
            paths = list_pages(corpus)
        except DatelineError:
            return
        titles = [title for title in question.sources if not any(path.startswith(title) for path in paths)]
        for path in paths:
            text = self._page(root, path)
            # A source that no path begins with is a title; its article may be the very thing that was not cut.
            if is_source(question, path) or found(titles, [text], self.names):
                yield path, text

    def _page(self, root: Path, path: str) -> str:
        with self._lock:
            if path not in self._pages:
                try:
                    most = self.assistant.config.max_file_mb << 20
                    self._pages[path] = read_page(root, path, most).text
                except DatelineError:
                    self._pages[path] = ""
            return self._pages[path]


def place(hit: Hit) -> Place:
    return hit.article_id, hit.start


def first_at(hits: Iterable[Hit], places: frozenset[Place]) -> int | None:
    """Rank, from 1, of the first hit that lies at one of `places`; None where none does."""
    return next((rank for rank, hit in enumerate(hits, start=1) if place(hit) in places), None)
