"""A run of indexing killed with SIGKILL at any moment: nothing is broken, and the next run finishes the work."""

from __future__ import annotations

import multiprocessing
import random
import signal
import time
from collections.abc import Callable
from multiprocessing.context import ForkServerProcess
from pathlib import Path

import pytest
from stores import (
    build,
    catalog_state,
    chroma_ids,
    embed,
    embedded_text,
    open_index,
    passage_ids,
    put_many,
    vector_of,
)

from rag.database import Database
from rag.index import Index

PAGES, PASSAGES = 11, 95  # 1,045 passages: Chroma writes its graph to files at the thousandth


def index_all(store: str) -> None:
    """What a run of `dateline index` does to a store."""
    with open_index(Path(store)) as index, index.writing():
        known = index.page_hashes()
        put_many(index, PAGES, PASSAGES) if len(known) < PAGES else None
        index.embed_pending(embed, batch=50)


def start(store: Path) -> ForkServerProcess:
    """Index in another process. It is forked from one with the libraries loaded, so it is at work within moments."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["stores", "rag.index", "rag.chroma", "chromadb", "filelock"])
    process = context.Process(target=index_all, args=(str(store),))
    process.start()
    return process


def kill(process: ForkServerProcess) -> bool:
    """False when it had ended by itself."""
    process.kill()
    process.join()
    killed = process.exitcode == -signal.SIGKILL
    assert killed or process.exitcode == 0
    process.close()
    return killed


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, list[tuple[object, ...]]], float]:
    """The state of a store that was built without interruption, and how many seconds that took."""
    store = tmp_path_factory.mktemp("fresh") / "store"
    kill_late = start(store)  # also loads what the later processes are forked from
    kill_late.join()
    kill(kill_late)
    other = tmp_path_factory.mktemp("timed") / "store"
    began = time.perf_counter()
    process = start(other)
    process.join()
    seconds = time.perf_counter() - began
    kill(process)
    return catalog_state(store), seconds


def assert_finished(store: Path, fresh_state: dict[str, list[tuple[object, ...]]]) -> None:
    """The next run embeds only what has no vector yet, and leaves what a fresh build leaves, all of it findable."""
    asked: list[str] = []
    with open_index(store) as index:
        with index.writing():
            if len(index.page_hashes()) < PAGES:
                put_many(index, PAGES, PASSAGES)
            pending = index.pending()
            embedded = index.embed_pending(lambda texts: asked.extend(texts) or embed(texts), batch=200)
        assert embedded == pending == len(asked)
        assert index.dense_by == "chroma"
        assert_each_is_found(index)
    assert catalog_state(store) == fresh_state
    assert chroma_ids(store) == passage_ids(store)


def assert_each_is_found(index: Index) -> None:
    for article in index.articles():
        for number, node in enumerate(index.passages_of(article.id)):
            token = f"token{article.path.removeprefix('page').removesuffix('.txt')}x{number}"
            assert [id_ for id_, _ in index.search_keywords(token, 3)] == [node.node_id]
            if number % 10 == 0:
                ((id_, score),) = index.search_vectors(vector_of(embedded_text(node)), 1)
                assert (id_, score) == (node.node_id, pytest.approx(1, abs=1e-5))


@pytest.mark.parametrize("seed", range(4))
def test_a_run_killed_again_and_again_is_finished_by_the_next(
    tmp_path: Path, fresh: tuple[dict[str, list[tuple[object, ...]]], float], seed: int
) -> None:
    state, seconds = fresh
    moments = random.Random(seed)
    for _ in range(2):
        process = start(tmp_path)
        time.sleep(moments.uniform(0, seconds))
        kill(process)
        if (tmp_path / "catalog.sqlite3").exists():
            with open_index(tmp_path) as reader:  # a reader between the kill and the repair
                texts = reader.search_keywords("statement", 5)
                assert len(reader.passages([id_ for id_, _ in texts])) == len(texts)
                for id_, score in reader.search_vectors(vector_of("anything"), 5):
                    assert reader.passages([id_])
                    assert -1 <= score <= 1
    assert_finished(tmp_path, state)


class Killed(BaseException):
    """In place of SIGKILL, at a step that cannot be hit by the clock."""


@pytest.mark.parametrize("step", ["upsert", "delete", "set_stored", "set_meta", "put", "query", "digest"])
def test_every_step_between_catalog_and_chroma_can_be_the_last(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    """The step is done and the next never begins; or it never begins."""
    build(tmp_path, pages=3)
    with open_index(tmp_path / "fresh") as index:
        change(index)
    for is_done in (True, False):
        with open_index(tmp_path) as index, monkeypatch.context() as patch:
            for owner in (index._chroma, index.vectors, index):
                if hasattr(owner, step):
                    patch.setattr(type(owner), step, dying(getattr(type(owner), step), is_done))
                    break
            with pytest.raises(Killed):
                change(index)
        with open_index(tmp_path) as reader:
            for id_, _ in reader.search_vectors(vector_of("anything"), 50):
                assert reader.passages([id_])
        with open_index(tmp_path) as index:
            change(index)
        assert catalog_state(tmp_path) == catalog_state(tmp_path / "fresh")
        assert chroma_ids(tmp_path) == passage_ids(tmp_path)
        with open_index(tmp_path) as index, index.writing():
            put_many(index, 3, 3)
            index.remove_page("page4.txt")


def change(index: Index) -> None:
    """Pages come and go, and are embedded."""
    with index.writing():
        put_many(index, 5, 3)
        index.remove_page("page1.txt")
        index.embed_pending(embed, batch=4)


def dying(method: Callable[..., object], is_done: bool) -> Callable[..., object]:
    def run(*args: object, **options: object) -> object:
        if is_done:
            method(*args, **options)
        raise Killed

    return run


def test_a_catalog_killed_while_it_is_made_is_made_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", dying(Path.replace, is_done=False))
        with pytest.raises(Killed):
            open_index(tmp_path)
    assert not (tmp_path / "catalog.sqlite3").exists()
    build(tmp_path, pages=1)
    database = Database(tmp_path / "catalog.sqlite3")
    database.check()
    database.close()
