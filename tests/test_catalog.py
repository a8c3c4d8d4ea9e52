"""The catalog: pages in and out, keyword search, dates, and what it says of a file it cannot use."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from threading import Thread

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stores import EMBEDDER, build, catalog_state, cut, embed, make_article, open_index, put

from rag.database import APPLICATION_ID, Database
from rag.errors import StoreError, StoreMismatch
from rag.index import Index
from rag.schema import PASSAGE_KEYS, Searched
from rag.tables import SCHEMA, days, window_days


@pytest.fixture
def index(tmp_path: Path) -> Iterator[Index]:
    """Three dated articles and an undated one, cut but not embedded; open for writing."""
    with open_index(tmp_path / "store") as index, index.writing():
        put(
            index,
            "a.txt",
            ["The envoy arrived by train.", "Reporters waited outside."],
            "2018-11-05",
            ["menu", "a"],
        )
        put(index, "b.md", ["A ferry sank near Cádiz; the envoys were absent."], "2024-09", ["menu", "share"])
        put(
            index, "c.txt", ["Wheat prices rose."], "2017", ["menu", "share"], [("World Wheat Office", "WWO")]
        )
        put(index, "d.txt", ["Nobody knows when the envoy wrote this."], "")
        yield index


def found_paths(index: Index, match: str, after: str = "", before: str = "") -> list[str]:
    hits = index.search_keywords(match, 10, after, before)
    return [node.metadata["path"] for node in index.passages([id_ for id_, _ in hits])]


def test_what_is_put_in_comes_out(index: Index) -> None:
    article = make_article(
        "a.txt", ["The envoy arrived by train.", "Reporters waited outside."], "2018-11-05"
    )
    assert index.article(article.id) == article
    nodes = index.passages_of(article.id)
    for node, given_node in zip(nodes, cut(article), strict=True):
        assert (node.node_id, node.text, node.metadata) == (
            given_node.node_id,
            given_node.text,
            given_node.metadata,
        )
        assert tuple(node.metadata) == PASSAGE_KEYS
        assert article.text[node.metadata["start"] : node.metadata["end"]] == node.text
        assert (node.start_char_idx, node.end_char_idx) == (node.metadata["start"], node.metadata["end"])
    with pytest.raises(KeyError):
        index.article("none")


def test_passages_come_in_the_order_asked_without_those_that_are_gone(index: Index) -> None:
    first, second = (node.node_id for node in index.passages_of(index.articles()[1].id))
    assert [node.node_id for node in index.passages([second, "gone", first])] == [second, first]
    assert index.passages([]) == []


def test_articles_are_newest_first_and_undated_last(index: Index) -> None:
    assert [article.path for article in index.articles()] == ["b.md", "a.txt", "c.txt", "d.txt"]
    assert index.counts() == {"pages": 4, "articles": 4, "passages": 5, "failed": 0}


def test_keywords_are_stemmed_and_accents_do_not_matter(index: Index) -> None:
    assert set(found_paths(index, "envoys")) == {"a.txt", "b.md", "d.txt"}
    assert found_paths(index, "cadiz") == ["b.md"]
    assert found_paths(index, '"arrived by train"') == ["a.txt"]
    assert found_paths(index, "zeppelin") == []
    assert found_paths(index, "  ") == []


def test_a_rarer_word_scores_higher_and_scores_fall(index: Index) -> None:
    scores = [score for _, score in index.search_keywords("envoy OR ferry", 10)]
    assert scores == sorted(scores, reverse=True)
    assert found_paths(index, "envoy OR ferry")[0] == "b.md"
    assert len(index.search_keywords("envoy OR ferry", 2)) == 2


def test_a_word_in_the_title_counts_more_than_one_in_the_text(tmp_path: Path) -> None:
    with open_index(tmp_path / "store") as index, index.writing():
        for path, title, text in (("t.txt", "harvest", "grain"), ("x.txt", "grain", "harvest")):
            article = make_article(path, ["Four words stand here."])
            index.replace_page(path, "h", [], [article], [cut(article)], [[(title, text, path)]])
        assert found_paths(index, "harvest") == ["t.txt", "x.txt"]


@pytest.mark.parametrize("match", ['"open', "AND", "title:", "nosuchcolumn: envoy", "envoy)"])
def test_a_query_that_is_none_is_a_value_error(index: Index, match: str) -> None:
    with pytest.raises(ValueError, match="not an FTS5 expression"):
        index.search_keywords(match, 5)


@pytest.mark.parametrize(
    ("after", "before", "paths"),
    [
        ("2018", "", {"a.txt", "b.md"}),
        ("", "2018", {"a.txt"}),
        ("2018-11-05", "2018-11-05", {"a.txt"}),
        ("2018-11-06", "2018-12", set()),
        ("2024-09-17", "2024-09-17", {"b.md"}),  # the article's date may be any day of that September
        ("2024-10-01", "", set()),
        ("", "", {"a.txt", "b.md", "d.txt"}),
    ],
)
def test_a_window_keeps_what_overlaps_it_and_no_undated_article(
    index: Index, after: str, before: str, paths: set[str]
) -> None:
    assert set(found_paths(index, "envoy", after, before)) == paths


def test_searched_counts_the_window(index: Index) -> None:
    assert index.searched() == Searched(4, "2017", "2024-09")
    assert index.searched("2018", "2018") == Searched(1, "2018-11-05", "2018-11-05")
    assert index.searched("2030") == Searched(0, "", "")


@given(st.dates(), st.sampled_from([4, 7, 10]), st.dates(), st.sampled_from([4, 7, 10]))
def test_windows_agree_with_the_calendar(one: object, size: int, other: object, other_size: int) -> None:
    published, bound = str(one)[:size], str(other)[:other_size]
    (first, last), (low, high) = days(published), window_days(bound, bound)
    overlaps = last >= low and first <= high
    # Dates of day, month and year precision overlap where the shorter one begins the longer one.
    assert overlaps == (published.startswith(bound) or bound.startswith(published))


def test_what_is_no_date_is_a_value_error(index: Index) -> None:
    with pytest.raises(ValueError, match="'last week' is not a date"):
        index.search_keywords("envoy", 5, after="last week")


def test_lines_are_counted_over_pages(index: Index) -> None:
    assert index.common_lines(3) == {"menu"}
    assert index.common_lines(2) == {"menu", "share"}
    assert index.pages_with(["a", "share"]) == {"a.txt", "b.md", "c.txt"}
    assert index.pages_with([]) == set()
    assert index.lines_of_pages()["b.md"] == {"menu", "share"}
    index.remove_page("c.txt")
    assert index.common_lines(2) == {"menu"}
    assert index.acronyms() == []


def test_acronyms_and_document_frequencies(index: Index) -> None:
    assert index.acronyms() == [("World Wheat Office", "WWO")]
    assert index.document_frequencies(["envoi", "wheat", "zeppelin"]) == {"envoi": 3, "wheat": 1}


def test_a_changed_page_replaces_its_articles_and_a_failed_one_keeps_none(index: Index) -> None:
    put(index, "a.txt", ["The consul left."], "2019")
    assert found_paths(index, "consul") == ["a.txt"]
    assert "a.txt" not in found_paths(index, "envoy")
    index.fail_page("a.txt", "hash", "a.txt is empty")
    assert found_paths(index, "consul") == []
    assert index.failures() == {"a.txt": "a.txt is empty"}
    assert index.page_hashes()["a.txt"] == "hash"
    assert index.counts() == {"pages": 4, "articles": 3, "passages": 3, "failed": 1}
    index.remove_page("a.txt")
    assert "a.txt" not in index.page_hashes()
    assert index.failures() == {}


def test_a_passage_that_is_not_its_articles_words_is_refused_and_the_page_kept(index: Index) -> None:
    article = make_article("a.txt", ["One thing.", "Another thing."])
    nodes = cut(article)
    nodes[1].text = "Something else."
    with pytest.raises(ValueError, match=r"is not 'a\.txt' from 12"):
        index.replace_page("a.txt", "h", [], [article], [nodes], [[("", "", "x"), ("", "", "y")]])
    assert found_paths(index, "train") == ["a.txt"]


def test_nothing_is_changed_outside_of_writing(tmp_path: Path) -> None:
    with open_index(tmp_path / "store") as index:
        with pytest.raises(RuntimeError, match="writing"):
            index.remove_page("a.txt")
        with index.writing():
            index.remove_page("a.txt")
        with pytest.raises(RuntimeError, match="writing"):
            index.fail_page("a.txt", "", "")


def test_other_names_make_every_page_look_changed(tmp_path: Path) -> None:
    build(tmp_path / "store", pages=2)
    with open_index(tmp_path / "store", names="names@2") as index:
        assert index.names_changed
        assert index.page_hashes() == {"page0.txt": "", "page1.txt": ""}
        with index.writing():
            put(index, "page0.txt", ["Cut again."])
            assert index.names_changed
            put(index, "page1.txt", ["Cut again."])
        assert not index.names_changed
        assert all(index.page_hashes().values())


def test_another_embedder_or_schema_is_a_mismatch_and_rebuild_begins_anew(tmp_path: Path) -> None:
    store = tmp_path / "store"
    build(store, pages=1)
    with pytest.raises(StoreMismatch, match=r"embedder cheap@1, and dear@1 is asked for.*index --rebuild"):
        open_index(store, embedder="dear@1")
    with closing(sqlite3.connect(store / "catalog.sqlite3")) as connection:
        connection.execute(f"PRAGMA user_version = {SCHEMA + 1}")
    with pytest.raises(StoreMismatch, match=f"schema {SCHEMA + 1}, and this is {SCHEMA}.*index --rebuild"):
        open_index(store)
    with open_index(store, embedder="dear@1", rebuild=True) as index:
        assert index.counts()["pages"] == 0
        assert index.embedder == "dear@1"


def spoil(path: Path, how: str) -> None:
    size = path.stat().st_size
    if how == "emptied":
        path.write_bytes(b"")
    elif how == "random":
        path.write_bytes(os.urandom(size))
    elif how == "truncated":
        os.truncate(path, size // 2)
    else:
        with path.open("r+b") as file:
            file.seek(4096)
            file.write(os.urandom(size // 2))


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    store = tmp_path_factory.mktemp("built") / "store"
    build(store, pages=40)
    return store


@pytest.mark.parametrize("how", ["emptied", "random", "truncated", "overwritten"])
def test_a_damaged_catalog_is_named_with_the_remedy_and_rebuilt(
    built: Path, tmp_path: Path, how: str
) -> None:
    store = tmp_path / "store"
    shutil.copytree(built, store)
    (store / "README.md").write_text("mine")
    (store / "chroma" / "notes.txt").write_text("mine too")
    spoil(store / "catalog.sqlite3", how)
    message = r"catalog\.sqlite3 is damaged.*dateline index --rebuild"
    with pytest.raises(StoreError, match=message) as raised, open_index(store) as index, index.writing():
        pass
    assert "\n" not in str(raised.value)
    with open_index(store, rebuild=True) as index, index.writing():
        put(index, "a.txt", ["Here again."])
        assert index.embed_pending(embed) == 1
    assert [row[0] for row in catalog_state(store)["pages"]] == ["a.txt"]
    assert (store / "README.md").read_text() == "mine"
    assert (store / "chroma" / "notes.txt").read_text() == "mine too"


def test_damage_met_while_reading_is_a_store_error(built: Path, tmp_path: Path) -> None:
    store = tmp_path / "store"
    shutil.copytree(built, store)
    with open_index(store) as index:
        spoil(store / "catalog.sqlite3", "overwritten")
        with pytest.raises(StoreError, match="damaged"):
            index.articles()


def test_another_programs_database_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "catalog.sqlite3"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE songs (name)")
    before = path.read_bytes()
    for rebuild in (False, True):
        with pytest.raises(StoreError, match="belongs to another program"):
            open_index(tmp_path, rebuild=rebuild)
    assert path.read_bytes() == before


def test_a_store_that_is_a_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "store").write_text("")
    with pytest.raises(StoreError, match=r"store is a file, not a folder"):
        open_index(tmp_path / "store")


def test_a_half_made_catalog_is_no_catalog(tmp_path: Path) -> None:
    (tmp_path / "catalog.sqlite3.new").write_bytes(b"half")
    with open_index(tmp_path) as index:
        assert index.counts()["pages"] == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["catalog.sqlite3", "writer.lock"]


def test_the_file_says_whose_it_is(built: Path) -> None:
    with closing(sqlite3.connect(built / "catalog.sqlite3")) as connection:
        assert connection.execute("PRAGMA application_id").fetchone() == (APPLICATION_ID,)
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_an_error_inside_a_transaction_keeps_none_of_it(tmp_path: Path) -> None:
    with open_index(tmp_path) as index, index.writing():
        put(index, "a.txt", ["Kept."])
        article = make_article("b.txt", ["Twice."])
        with pytest.raises(sqlite3.IntegrityError):
            index.replace_page(
                "b.txt", "h", [], [article, article], [cut(article)] * 2, [[("", "", "x")]] * 2
            )
        assert set(index.page_hashes()) == {"a.txt"}


def test_a_rebuilt_file_is_noticed_by_an_open_reader(tmp_path: Path) -> None:
    build(tmp_path, pages=2)
    database = Database(tmp_path / "catalog.sqlite3")
    count = "SELECT count(*) FROM pages"
    with database.read() as connection:
        assert connection.execute(count).fetchone() == (2,)
    open_index(tmp_path, rebuild=True).close()
    with database.read() as connection:
        assert connection.execute(count).fetchone() == (0,)
    database.close()


def test_threads_read_while_one_writes(tmp_path: Path) -> None:
    failures: list[BaseException] = []
    with open_index(tmp_path) as index:

        def read() -> None:
            try:
                for _ in range(60):
                    ids = [id_ for id_, _ in index.search_keywords("statement OR token0x0", 5)]
                    assert all(node.metadata["path"].startswith("page") for node in index.passages(ids))
            except BaseException as error:
                failures.append(error)

        threads = [Thread(target=read) for _ in range(6)]
        with index.writing():
            for thread in threads:
                thread.start()
            for number in range(40):
                put(index, f"page{number % 7}.txt", [f"Statement token{number}x0.", "And more."])
            for thread in threads:
                thread.join()
    assert failures == []


def test_the_stores_embedder_is_kept(built: Path) -> None:
    with open_index(built) as index:
        assert (index.embedder, index.store) == (EMBEDDER, built)
