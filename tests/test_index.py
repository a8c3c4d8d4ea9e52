"""The index: embedding only what is new, Chroma level with the catalog, and answers whatever befalls Chroma."""

from __future__ import annotations

import os
import shutil
import socket
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from urllib.request import urlopen

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from stores import (
    DIMENSIONS,
    build,
    catalog_state,
    chroma_ids,
    embed,
    embedded_text,
    open_index,
    passage_ids,
    put,
    put_many,
    sentences_of,
    vector_of,
)

from rag.errors import ModelError, StoreError, StoreLocked, StoreMismatch
from rag.index import Index

NOBODY = 65534
MANY = 1100  # passages; Chroma writes its graph to files at every thousandth


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store whose Chroma folder holds graph files. Copied, never changed."""
    store = tmp_path_factory.mktemp("large") / "store"
    build(store, pages=MANY // 50, passages=50)
    assert len(list((store / "chroma").glob("*/*/*.bin"))) == 4
    return store


@pytest.fixture
def copy(large: Path, tmp_path: Path) -> Path:
    shutil.copytree(large, tmp_path / "store")
    return tmp_path / "store"


def vector_near(page: int, passage: int, noise: int = 1) -> list[float]:
    """The vector of one passage that `build` makes, turned a little."""
    title = f"Report from page{page}.txt"
    target = np.array(vector_of(f"{title}\n{sentences_of(page, passage + 1)[passage]}"))
    return [float(x) for x in target + 0.3 * np.array(vector_of(f"noise {noise}"))]


def assert_answers_as_exact(index: Index) -> None:
    """Dense search gives what comparing with every vector gives, windows included."""
    for number, window in enumerate([("", ""), ("2003", "2011-06"), ("2020", ""), ("", "2001")]):
        vector = vector_near(number, 2, number)
        found, exact = index.search_vectors(vector, 10, *window), index.vectors.search(vector, 10, *window)
        assert [id_ for id_, _ in found] == [id_ for id_, _ in exact]
        assert [score for _, score in found] == pytest.approx([score for _, score in exact], abs=1e-5)


# ── embedding ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_second_run_embeds_nothing_and_changes_nothing(tmp_path: Path) -> None:
    build(tmp_path, pages=5)
    before = catalog_state(tmp_path)
    asked: list[str] = []
    with open_index(tmp_path) as index:
        version = index.vectors.version()
        with index.writing():
            assert index.embed_pending(lambda texts: asked.extend(texts) or embed(texts)) == 0
        assert index.vectors.version() == version
        assert index.dense_by == "chroma"
    assert asked == []
    assert catalog_state(tmp_path) == before


def test_the_same_pages_put_again_embed_nothing(tmp_path: Path) -> None:
    build(tmp_path, pages=5)
    with open_index(tmp_path, names="names@2") as index, index.writing():
        put_many(index, pages=5, passages=3)
        assert index.pending() == 0
        assert index.embed_pending(embed) == 0
    assert chroma_ids(tmp_path) == passage_ids(tmp_path)


def test_only_new_texts_are_embedded_and_texts_said_twice_once(tmp_path: Path) -> None:
    build(tmp_path, pages=2)
    asked: list[str] = []
    progress: list[tuple[int, int]] = []
    with open_index(tmp_path) as index, index.writing():
        changed = [*sentences_of(0, 3), "A new one.", "Another.", "A new one."]
        put(index, "page0.txt", changed, "2000-01")
        assert index.pending() == 2
        embedded = index.embed_pending(
            lambda texts: asked.extend(texts) or embed(texts),
            lambda done, total: progress.append((done, total)),
            1,
        )
    assert embedded == 2
    assert asked == ["Report from page0.txt\nA new one.", "Report from page0.txt\nAnother."]
    assert progress == [(0, 2), (1, 2), (2, 2)]
    assert chroma_ids(tmp_path) == passage_ids(tmp_path)


def test_a_new_date_reaches_chroma_without_embedding(tmp_path: Path) -> None:
    build(tmp_path, pages=2)
    with open_index(tmp_path) as index:
        with index.writing():
            put(index, "page0.txt", sentences_of(0, 3), "1991-05-02")
            assert index.embed_pending(embed) == 0
        assert index.dense_by == "chroma"
        hits = index.search_vectors(vector_near(0, 1), 10, "1991", "1991")
        assert {node.metadata["path"] for node in index.passages([id_ for id_, _ in hits])} == {"page0.txt"}
        assert len(hits) == 3


def test_what_is_removed_takes_its_vectors_with_it(tmp_path: Path) -> None:
    build(tmp_path, pages=3)
    with open_index(tmp_path) as index, index.writing():
        index.remove_page("page0.txt")
        index.fail_page("page1.txt", "h", "page1.txt is empty")
    state = catalog_state(tmp_path)
    assert len(state["passages"]) == len(state["vectors"]) == len(state["stored"]) == 3
    assert chroma_ids(tmp_path) == passage_ids(tmp_path)


@pytest.mark.parametrize(
    "bad", [lambda t: [], lambda t: [[float("nan")] * 384 for _ in t], lambda t: [1.0 for _ in t]]
)
def test_what_is_no_vector_is_refused(tmp_path: Path, bad: object) -> None:
    with open_index(tmp_path) as index, index.writing():
        put(index, "a.txt", ["One."])
        with pytest.raises(ModelError, match="no usable vectors for 1 text"):
            index.embed_pending(bad)  # type: ignore[arg-type]
        assert index.pending() == 1


def test_vectors_of_another_length_are_a_mismatch(tmp_path: Path) -> None:
    build(tmp_path, pages=1)
    with open_index(tmp_path) as index:
        with pytest.raises(StoreMismatch, match=f"vectors of {DIMENSIONS} numbers and the question's has 2"):
            index.search_vectors([1.0, 0.0], 3)
        with index.writing():
            put(index, "a.txt", ["One."])
            with pytest.raises(
                StoreMismatch, match=f"vectors of {DIMENSIONS} numbers and the embedder gives 2"
            ):
                index.embed_pending(lambda texts: [[1.0, 0.0] for _ in texts])


def test_the_real_embedder_finds_what_is_meant(tmp_path: Path) -> None:
    from rag.models import embedder_fingerprint, load_embedder

    embedder = load_embedder()
    with open_index(tmp_path, embedder=embedder_fingerprint()) as index:
        with index.writing():
            put(
                index,
                "sea.txt",
                ["The ferry went down in heavy waves.", "Divers looked for survivors."],
                "2021",
            )
            put(
                index,
                "bread.txt",
                ["Bakeries charge twice as much for a loaf.", "Flour has become dear."],
                "2023",
            )
            assert index.embed_pending(embedder.get_text_embedding_batch) == 4
        for question, path in (("shipwreck", "sea.txt"), ("food prices", "bread.txt")):
            ((id_, score),) = index.search_vectors(embedder.get_query_embedding(question), 1)
            assert index.passages([id_])[0].metadata["path"] == path
            assert 0.1 < score < 1
        assert index.dense_by == "chroma"


# ── any way to the same pages ────────────────────────────────────────────────────────────────────────────────────────

STEPS = st.lists(
    st.tuples(
        st.sampled_from(["a.txt", "b.txt", "c.txt"]),
        st.one_of(
            st.just("remove"),
            st.just("fail"),
            st.tuples(
                st.lists(st.sampled_from(["One.", "Two.", "Three."]), min_size=1, max_size=3),
                st.sampled_from(["", "2018", "2020-02-03"]),
            ),
        ),
    ),
    max_size=4,
)


def apply(index: Index, path: str, step: object) -> None:
    if step == "remove":
        index.remove_page(path)
    elif step == "fail":
        index.fail_page(path, "h", f"{path} is empty")
    elif isinstance(step, tuple):
        put(index, path, step[0], step[1], lines=step[0])


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(runs=st.lists(STEPS, min_size=1, max_size=3))
def test_any_sequence_of_changes_equals_a_fresh_build(runs: list[list[tuple[str, object]]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        changed, fresh = Path(folder, "changed"), Path(folder, "fresh")
        last: dict[str, object] = {}
        for steps in runs:
            with open_index(changed) as index, index.writing():
                for path, step in steps:
                    apply(index, path, step)
                    last[path] = step
                index.embed_pending(embed, batch=2)
        with open_index(fresh) as index, index.writing():
            for path, step in sorted(last.items()):
                apply(index, path, step)
            index.embed_pending(embed)
        assert catalog_state(changed) == catalog_state(fresh)
        if (changed / "chroma").exists():
            assert chroma_ids(changed) == passage_ids(changed)


# ── dense search ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_chroma_answers_and_as_exactly_as_comparing_with_every_vector(large: Path) -> None:
    with open_index(large) as index:
        assert index.dense_by == "chroma"
        assert_answers_as_exact(index)
        hits = index.search_vectors(vector_near(7, 3), 5)
        assert index.passages([hits[0][0]])[0].text == sentences_of(7, 4)[3]
        assert [score for _, score in hits] == sorted((score for _, score in hits), reverse=True)
        assert len(index.search_vectors(vector_near(7, 3), 2000)) == MANY
        assert index.search_vectors(vector_near(7, 3), 0) == []
        assert index.search_vectors(vector_near(7, 3), 5, after="2100") == []


def test_an_undated_article_is_in_no_window_with_a_bound(tmp_path: Path) -> None:
    with open_index(tmp_path) as index:
        with index.writing():
            put(index, "a.txt", ["Undated words."])
            put(index, "b.txt", ["Dated words."], "2018-03")
            index.embed_pending(embed)
        query = vector_of("Report from a.txt\nUndated words.")
        for search in (index.search_vectors, index.vectors.search):
            assert len(search(query, 5)) == 2
            assert len(search(query, 5, after="1000")) == len(search(query, 5, before="9998")) == 1
            assert len(search(query, 5, "2018-03-31", "2018-03-31")) == 1
            assert search(query, 5, "2018-04") == search(query, 5, "", "2018-02-28") == []


def test_an_empty_store_finds_nothing(tmp_path: Path) -> None:
    with open_index(tmp_path) as index:
        assert index.search_vectors(vector_of("x"), 5) == []
        with index.writing():
            index.fail_page("a.txt", "", "a.txt is empty")
        assert index.search_vectors(vector_of("x"), 5) == []


def test_while_pages_change_the_catalog_answers(tmp_path: Path) -> None:
    build(tmp_path, pages=4)
    with open_index(tmp_path) as index, open_index(tmp_path) as other:
        assert other.dense_by == "chroma"
        with index.writing():
            index.remove_page("page0.txt")
            for reader in (index, other):
                assert reader.dense_by == "catalog"
                assert len(reader.search_vectors(vector_near(1, 1), 20)) == 9
        for reader in (index, other):
            assert reader.dense_by == "chroma"
            assert len(reader.search_vectors(vector_near(1, 1), 20)) == 9


def test_threads_search_while_one_writes(tmp_path: Path) -> None:
    build(tmp_path, pages=6)
    failures: list[BaseException] = []
    with open_index(tmp_path) as index:

        def read() -> None:
            try:
                for _ in range(25):
                    ((_, score),) = index.search_vectors(vector_near(0, 0), 1)
                    assert score > 0.9
            except BaseException as error:
                failures.append(error)

        threads = [Thread(target=read) for _ in range(4)]
        for thread in threads:
            thread.start()
        for number in range(3):
            with index.writing():
                put(index, "new.txt", [f"New words {number}."])
                index.embed_pending(embed)
        for thread in threads:
            thread.join()
        assert index.dense_by == "chroma"
    assert failures == []


# ── damage ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def spoil(chroma: Path, name: str, how: str) -> None:
    (path,) = chroma.glob(name)
    size = path.stat().st_size if path.is_file() else 0
    if how == "removed":
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    elif how == "emptied":
        path.write_bytes(b"")
    elif how == "random":
        path.write_bytes(os.urandom(size))
    elif how == "truncated":
        os.truncate(path, size // 2)


@pytest.mark.parametrize(
    ("name", "how"),
    [
        ("*/*/data_level0.bin", "random"),  # Chroma alone would end the process with SIGSEGV
        ("*/*/data_level0.bin", "truncated"),  # … and would answer wrongly without a word
        ("*/*/index_metadata.pickle", "removed"),
        ("*/chroma.sqlite3", "random"),
        ("*/chroma.sqlite3", "emptied"),
        ("*/chroma.sqlite3", "truncated"),
        ("*", "removed"),
    ],
)
def test_a_damaged_chroma_folder_is_answered_from_the_catalog_and_then_rebuilt(
    copy: Path, name: str, how: str
) -> None:
    spoil(copy / "chroma", name, how)
    with open_index(copy) as index:
        assert index.dense_by == "catalog"
        assert_answers_as_exact(index)
        asked: list[str] = []
        with index.writing():
            assert index.embed_pending(lambda texts: asked.extend(texts) or embed(texts)) == 0
        assert asked == []
        assert index.dense_by == "chroma"
        assert_answers_as_exact(index)
    assert chroma_ids(copy) == passage_ids(copy)


def test_a_store_rebuilt_beside_an_open_reader(tmp_path: Path) -> None:
    build(tmp_path, pages=4)
    with open_index(tmp_path) as reader:
        assert reader.dense_by == "chroma"
        with open_index(tmp_path, rebuild=True) as index, index.writing():
            put_many(index, pages=2, passages=3)
            index.embed_pending(embed)
        assert reader.counts()["passages"] == 6
        assert len(reader.search_vectors(vector_near(1, 1), 20)) == 6
        assert reader.dense_by == "chroma"


def test_a_damaged_folder_is_rebuilt_beside_an_open_reader(copy: Path) -> None:
    with open_index(copy) as reader:
        assert reader.dense_by == "chroma"
        spoil(copy / "chroma", "*/*/header.bin", "random")
        with open_index(copy) as index, index.writing():
            pass
        assert reader.dense_by == "chroma"
        assert_answers_as_exact(reader)
    assert chroma_ids(copy) == passage_ids(copy)


def test_chroma_entries_gone_astray_are_repaired(tmp_path: Path) -> None:
    import chromadb
    from chromadb.config import Settings

    build(tmp_path, pages=3)
    (folder,) = (tmp_path / "chroma").iterdir()
    with chromadb.PersistentClient(str(folder), settings=Settings(anonymized_telemetry=False)) as client:
        (collection,) = client.list_collections()
        stored = client.get_collection(collection.name, embedding_function=None)
        stored.delete(ids=sorted(passage_ids(tmp_path))[:4])
        stored.upsert(ids=["stray"], embeddings=np.array([vector_of("stray")]))
    with open_index(tmp_path) as index, index.writing():
        pass
    assert chroma_ids(tmp_path) == passage_ids(tmp_path)


# ── read-only, locked ────────────────────────────────────────────────────────────────────────────────────────────────


@contextmanager
def read_only(folder: Path) -> Iterator[None]:
    """Take the right to write away, from root too: it becomes nobody for as long as this lasts."""
    paths = [folder, *folder.rglob("*")]
    modes = {path: stat.S_IMODE(path.stat().st_mode) for path in paths}
    for path in paths:
        path.chmod(0o555 if path.is_dir() else 0o444)
    was_root = os.geteuid() == 0
    try:
        if was_root:
            os.seteuid(NOBODY)
        yield
    finally:
        if was_root:
            os.seteuid(0)
        for path, mode in modes.items():
            path.chmod(mode)


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that any user can reach, which pytest's own temporary folders are not."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


def test_a_read_only_store_is_searched_and_not_written(open_folder: Path) -> None:
    store = open_folder / "store"
    build(store, pages=3)
    before = {path: path.read_bytes() for path in store.rglob("*") if path.is_file()}
    with read_only(store):
        with pytest.raises(OSError, match="ermission"):
            (store / "x").write_text("")
        with open_index(store) as index:
            assert index.dense_by == "catalog"
            assert_answers_as_exact(index)
            ((id_, _),) = index.search_keywords("token2x1", 5)
            assert index.passages([id_])[0].text == sentences_of(2, 2)[1]
            with pytest.raises(StoreError, match=r"store cannot be written.*--store"), index.writing():
                pass
        with pytest.raises(StoreError, match=r"store cannot be written.*--store"):
            open_index(store, rebuild=True)
    assert {path: path.read_bytes() for path in store.rglob("*") if path.is_file()} == before


def test_a_read_only_folder_without_a_store_is_named(open_folder: Path) -> None:
    with read_only(open_folder), pytest.raises(StoreError, match=r"store cannot be written.*--store"):
        open_index(open_folder / "store")


def test_a_read_only_store_follows_a_writer_with_more_rights(open_folder: Path) -> None:
    store = open_folder / "store"
    build(store, pages=2)
    with read_only(store):
        index = open_index(store)
        assert index.counts()["pages"] == 2
    build(store, pages=4)
    with read_only(store):
        assert index.counts()["pages"] == 4
        assert len(index.search_vectors(vector_near(3, 0), 50)) == 12
        index.close()


def test_a_second_writer_is_told_who_holds_the_store(tmp_path: Path) -> None:
    with open_index(tmp_path) as index, open_index(tmp_path) as other, index.writing():
        with (
            pytest.raises(StoreLocked, match=f"is being written by process {os.getpid()}: try again"),
            other.writing(),
        ):
            pass
        with pytest.raises(StoreLocked):
            open_index(tmp_path, rebuild=True)
        put(index, "a.txt", ["Unhindered."])
    with open_index(tmp_path) as index, index.writing():
        assert set(index.page_hashes()) == {"a.txt"}


def test_another_process_locks_too_and_its_end_frees_the_store(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from rag.lock import writer_lock\n"
        "with writer_lock(Path(sys.argv[1])): print('held', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[1],
    ) as process:  # fmt: skip
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        with pytest.raises(StoreLocked, match=f"process {process.pid}"):
            open_index(tmp_path)
        process.kill()
    with open_index(tmp_path) as index, index.writing():
        pass


# ── a Chroma server ──────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A Chroma server on loopback."""
    chroma = Path(sys.executable).parent / "chroma"
    if not chroma.is_file():
        pytest.skip("no `chroma` beside this Python")
    folder = tmp_path_factory.mktemp("server")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [chroma, "run", "--path", folder, "--host", "127.0.0.1", "--port", str(port)]
    with (folder / "log").open("w") as log, subprocess.Popen(command, stdout=log, stderr=log) as process:
        try:
            url = f"http://127.0.0.1:{port}"
            wait_for(f"{url}/api/v2/heartbeat")
            yield url
        finally:
            process.terminate()


def wait_for(url: str) -> None:
    for _ in range(300):
        try:
            with urlopen(url, timeout=5):
                return
        except OSError:
            time.sleep(0.1)
    pytest.fail(f"nothing answers at {url}")


def test_a_server_keeps_the_vectors_of_two_stores_apart(tmp_path: Path, server: str) -> None:
    for store, pages in ((tmp_path / "one", 3), (tmp_path / "two", 5)):
        with open_index(store, chroma_url=server) as index, index.writing():
            put_many(index, pages, 3)
            index.embed_pending(embed)
    for store, passages in ((tmp_path / "one", 9), (tmp_path / "two", 15)):
        with open_index(store, chroma_url=server) as index:
            assert index.dense_by == "chroma"
            assert len(index.search_vectors(vector_near(0, 0), 50)) == passages
            assert_answers_as_exact(index)
            assert not (store / "chroma").exists()
            with index.writing():
                index.remove_page("page0.txt")
            assert index.dense_by == "chroma"
            assert len(index.search_vectors(vector_near(0, 0), 50)) == passages - 3


def test_a_store_moves_to_a_server_and_back(tmp_path: Path, server: str) -> None:
    build(tmp_path, pages=3)
    for url in (server, ""):
        with open_index(tmp_path, chroma_url=url) as index:
            assert index.dense_by == "catalog"
            assert_answers_as_exact(index)
            with index.writing():
                assert index.embed_pending(embed) == 0
            assert index.dense_by == "chroma"
            assert_answers_as_exact(index)


def test_a_server_that_does_not_answer(tmp_path: Path) -> None:
    build(tmp_path, pages=2)
    with open_index(tmp_path, chroma_url="http://127.0.0.1:9") as index:
        assert_answers_as_exact(index)
        message = r"server at http://127\.0\.0\.1:9 does not do its part.*chroma run.*DATELINE_CHROMA_URL"
        with pytest.raises(StoreError, match=message) as raised, index.writing():
            pass
    assert "\n" not in str(raised.value)


def test_passages_say_what_was_embedded(large: Path) -> None:
    with open_index(large) as index:
        node = index.passages_of(index.articles()[0].id)[0]
        ((id_, score),) = index.search_vectors(vector_of(embedded_text(node)), 1)
        assert (id_, score) == (node.node_id, pytest.approx(1.0, abs=1e-5))
