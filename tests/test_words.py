"""Stems as the catalog's full-text search makes them, and words without a topic."""

from __future__ import annotations

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.words import FORM_WORDS, STOPWORDS, fold, stem

WORDS = """ambassadors embassy embassies talks talking talked relations relational hoped hoping universities running
die""".split()


@pytest.mark.parametrize(
    "group",
    [("ambassador", "ambassadors"), ("visit", "visits", "visited", "visiting"), ("country", "countries")],
)
def test_forms_of_a_word_share_a_stem(group: tuple[str, ...]) -> None:
    assert len({stem(word) for word in group}) == 1


def test_different_words_do_not() -> None:
    assert len({stem(word) for word in ("minister", "mayor", "bridge", "barge", "harbour")}) == 5


def test_the_full_text_search_stems_alike() -> None:
    """A stem of ours names the term under which SQLite's porter tokenizer filed the word."""
    with closing(sqlite3.connect(":memory:")) as db:
        db.execute("CREATE VIRTUAL TABLE t USING fts5(x, tokenize='porter unicode61 remove_diacritics 2')")
        db.execute("CREATE VIRTUAL TABLE v USING fts5vocab(t, 'row')")
        for word in WORDS:
            db.execute("DELETE FROM t")
            db.execute("INSERT INTO t VALUES (?)", (word,))
            assert db.execute("SELECT term FROM v").fetchall() == [(stem(word),)], word


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=30))
def test_any_word_has_a_stem_and_always_the_same(word: str) -> None:
    assert stem(word) == stem(word)
    assert len(stem(word)) <= len(word)


def test_threads_do_not_get_each_others_stems() -> None:
    words = [
        f"{n}{word}{end}"
        for n in ("", "out", "re")
        for word in ("sail", "mend", "paint")
        for end in ("s", "ed", "ing", "er")
    ] * 25
    expected = [stem(word) for word in words]
    stem.cache_clear()
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(stem, words)) == expected


def test_word_lists_are_folded_and_apart() -> None:
    assert all(fold(word) == word for word in STOPWORDS | FORM_WORDS)
    assert not STOPWORDS & {"ambassador", "bridge", "salt", "korea"}
