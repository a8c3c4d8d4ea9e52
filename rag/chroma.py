"""The Chroma collection of a store: dense search over passages, in the store's folder or on a Chroma server.

Its files are not trusted blindly: a damaged index file can end the process (seen: SIGSEGV) or answer wrongly without
a word. `digest` says what the files should look like; whoever opens them compares first.
"""

from __future__ import annotations

import hashlib
import re
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit
from uuid import uuid4

from rag.vectors import Row

if TYPE_CHECKING:
    from chromadb.api.client import Client
    from chromadb.api.models.Collection import Collection

FOLDER = "chroma"
PLACE = re.compile(r"[0-9a-f]{8}")
DATABASE = "chroma.sqlite3"
BATCH = 1000  # passages per upsert; Chroma takes at most about 5,400 at once
# With Chroma's defaults (16, 100, 100) 1 in 500 of the 30 nearest among 3,144 passages of news was missed; with these
# none was, in the same time (2.3 ms a query).
HNSW: Any = {"space": "cosine", "max_neighbors": 32, "ef_construction": 200, "ef_search": 300}
LATEST = 99999999


class ChromaError(Exception):
    """Chroma could not do what was asked; the catalog still can."""


class Chroma:
    """One collection. Not opened until used; callers see to it that one thread at a time uses it."""

    def __init__(self, store: Path, place: str, store_id: str) -> None:
        """`place` is a folder in `store`, or the URL of a server, where stores are told apart by `store_id`."""
        self.place = place
        self.url = place if "://" in place else ""
        self.folder = store / place
        self.name = f"dateline-{store_id[:16]}"
        self._client: Client | None = None
        self._collection: Collection | None = None

    @property
    def exists(self) -> bool:
        return bool(self.url) or (self.folder / DATABASE).is_file()

    def digest(self) -> str:
        """Of the files with which Chroma can crash, its graph of vectors (0.1 s for 30,000 passages).

        `chroma.sqlite3` is left out: reading changes it, and SQLite finds its own damage. So are graphs without their
        `index_metadata.pickle`: those are not filled yet, and begun anew at every opening. A server has no files here.
        """
        total = hashlib.sha256()
        for graph in sorted(self.folder.glob("*/index_metadata.pickle")):
            for path in sorted(graph.parent.iterdir()):
                with path.open("rb") as file:
                    total.update(f"{path.relative_to(self.folder)} ".encode())
                    total.update(hashlib.file_digest(file, "sha256").digest())
        return total.hexdigest()[:32]

    def open(self, *, create: bool = False) -> None:
        """ChromaError when it cannot be opened, or, unless `create`, is not there."""
        if self._collection is not None:
            return
        if not create and not self.exists:
            raise ChromaError(f"there is no {self.folder / DATABASE}")
        with _failures():
            self._client = self._connect()
            if create:
                self._collection = self._client.get_or_create_collection(
                    self.name, embedding_function=None, configuration={"hnsw": HNSW}
                )
            else:
                self._collection = self._client.get_collection(self.name, embedding_function=None)

    def _connect(self) -> Client:
        import chromadb
        from chromadb.config import Settings

        settings = Settings(anonymized_telemetry=False)
        if not self.url:
            return cast("Client", chromadb.PersistentClient(str(self.folder), settings=settings))
        parts = urlsplit(self.url)
        port = parts.port or (443 if parts.scheme == "https" else 8000)
        is_secure = parts.scheme == "https"
        return cast(
            "Client", chromadb.HttpClient(parts.hostname or "", port, ssl=is_secure, settings=settings)
        )

    def close(self) -> None:
        """Let go of the files. What fails in that does not matter: the catalog holds everything."""
        client, self._client, self._collection = self._client, None, None
        if client is not None:
            with suppress(ChromaError), _failures():
                client.close()
                if self.url:  # its own `close` leaves these connections open
                    parts: tuple[Any, ...] = (client, client._admin_client)
                    for part in parts:
                        part._server._session.close()

    def ids(self) -> set[str]:
        with _failures():
            return set(self._opened.get(include=[])["ids"])

    def count(self) -> int:
        with _failures():
            return self._opened.count()

    def upsert(self, rows: Sequence[Row]) -> None:
        import numpy as np

        if not rows:
            return
        with _failures():
            self._opened.upsert(
                ids=[row.id for row in rows],
                embeddings=np.array([row.vector for row in rows], dtype=np.float32),
                metadatas=[{"first_day": row.first_day, "last_day": row.last_day} for row in rows],
            )

    def delete(self, ids: Sequence[str]) -> None:
        with _failures():
            for at in range(0, len(ids), BATCH):
                self._opened.delete(ids=list(ids[at : at + BATCH]))

    def query(self, vector: Sequence[float], top_k: int, low: int, high: int) -> list[tuple[str, float]]:
        """Passage ids with their cosine similarity, best first, of those whose days overlap `low` to `high`."""
        bounds: list[dict[str, Any]] = []
        if low > 0:
            bounds.append({"last_day": {"$gte": low}})
        if high < LATEST:
            bounds.append({"first_day": {"$lte": high}})
        import numpy as np

        where: Any = {"$and": bounds} if len(bounds) > 1 else (bounds[0] if bounds else None)
        with _failures():
            found = self._opened.query(
                query_embeddings=np.array([vector], dtype=np.float32),
                n_results=top_k,
                where=where,
                include=["distances"],
            )
        distances = (found["distances"] or [[]])[0]
        hits = [(id_, 1.0 - float(d)) for id_, d in zip(found["ids"][0], distances, strict=True)]
        return sorted(hits, key=lambda hit: (-hit[1], hit[0]))

    @property
    def _opened(self) -> Collection:
        if self._collection is None:
            raise ChromaError("the collection is not open")
        return self._collection


def new_place() -> str:
    """A folder in a store that was never there before.

    Chroma shares what it has open between clients of one path and one process, gone files too, so that a folder made
    anew under an old name would not be seen.
    """
    return f"{FOLDER}/{uuid4().hex[:8]}"


def remove_files(store: Path) -> None:
    """Remove what Chroma keeps in a store; other files stay."""
    if not (store / FOLDER).is_dir():
        return
    for path in list((store / FOLDER).iterdir()):
        if path.is_dir() and PLACE.fullmatch(path.name):
            shutil.rmtree(path)
    if not any((store / FOLDER).iterdir()):
        (store / FOLDER).rmdir()


@contextmanager
def _failures() -> Iterator[None]:
    """Every failure of Chroma as a ChromaError. Panics of its Rust part are no `Exception`s, so all are caught."""
    try:
        yield
    except (ChromaError, KeyboardInterrupt, SystemExit, GeneratorExit, MemoryError):
        raise
    except BaseException as error:
        raise ChromaError(f"{type(error).__name__}: {error}") from error
