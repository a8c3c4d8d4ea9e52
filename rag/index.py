"""The index of a store: the catalog (SQLite, the source of truth) and the Chroma collection made level with it.

Writing goes to the catalog first, in transactions, and then to Chroma. When both are level the catalog is sealed: it
notes its own version and what Chroma's files look like. A process killed at any moment leaves a sound catalog, and
either a seal that fits or none. Readers use Chroma only under a seal that fits, and the catalog's own vectors
otherwise, with the same results; the next writer makes Chroma level again, from scratch where its files do not fit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import RLock

from rag.catalog import Catalog
from rag.chroma import BATCH, Chroma, ChromaError, new_place, remove_files
from rag.database import Database
from rag.errors import StoreError, StoreMismatch
from rag.lock import writer_lock
from rag.tables import window_days
from rag.vectors import Vectors

CATALOG = "catalog.sqlite3"
PATIENCE = 0.1  # seconds to wait for Chroma before comparing with every vector instead


class Index(Catalog):
    """An open store: its catalog, and dense search. Threads may share it for reading; one at a time writes."""

    def __init__(self, store: Path, embedder: str, names: str, chroma_url: str = "") -> None:
        super().__init__(store / CATALOG, embedder, names)
        self.store = store
        self.vectors = Vectors(self.database)
        self._url = chroma_url if "://" in chroma_url or not chroma_url else f"http://{chroma_url}"
        self._chroma = self._chroma_at(self._url or new_place())
        self._chroma_lock = RLock()
        self._seal = ""  # the one under which Chroma was opened for reading
        self._unusable = ""  # the one under which it could not be

    @classmethod
    def open(
        cls, store: Path, embedder: str, names: str, *, chroma_url: str = "", rebuild: bool = False
    ) -> Index:
        """Open the store in a folder, or begin one where there is none; `rebuild` begins anew.

        `embedder` and `names` are fingerprints of what embeds texts and of what cuts and canonicalises pages.
        StoreMismatch when the store was built with another embedder or schema, StoreLocked when another process
        writes to a store that must be begun, StoreError when it is damaged or cannot be read.
        """
        path = store / CATALOG
        if rebuild or not path.exists():
            _begin(store, path, embedder, rebuild)
        return cls(store, embedder, names, chroma_url)

    def close(self) -> None:
        with self._chroma_lock:
            self._close_chroma()
        super().close()

    def __enter__(self) -> Index:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # ── writing ──────────────────────────────────────────────────────────────────────────────────────────────────

    @contextmanager
    def writing(self) -> Iterator[Index]:
        """Hold the store for writing. Repairs on entry what a killed run or a damaged Chroma folder left.

        StoreLocked at once when another writer holds it, StoreError when the store is read-only or damaged, or when
        the Chroma server does not answer. Leaving without an error drops unused vectors and makes Chroma level.
        """
        with writer_lock(self.store):
            self.database.check()
            with self.database.writing():
                self._make_level()
                yield self
                self._make_level()
                self.vectors.prune()
            self.database.checkpoint()

    @property
    def is_level(self) -> bool:
        """Is nothing left to embed, to give to Chroma or to repair? Opens no Chroma."""
        with self._chroma_lock:
            return self._is_sealed() and self._seal_fits()

    def pending(self) -> int:
        """How many texts have no vector yet."""
        return len(self.vectors.pending())

    def embed_pending(
        self,
        embed: Callable[[list[str]], list[list[float]]],
        on_progress: Callable[[int, int], None] | None = None,
        batch: int = 64,
    ) -> int:
        """Embed what is pending; returns how many texts that was. A kill loses at most one batch.

        `on_progress(done, total)` is called before the first batch and after each.
        """
        keys = self.vectors.pending()
        report = on_progress or (lambda done, total: None)
        if keys:
            report(0, len(keys))
        for at in range(0, len(keys), batch):
            some = keys[at : at + batch]
            self.vectors.put(some, embed(self.vectors.texts(some)))
            report(at + len(some), len(keys))
        self._make_level()
        return len(keys)

    # ── Chroma made level with the catalog ───────────────────────────────────────────────────────────────────────

    def _make_level(self) -> None:
        with self._chroma_lock:
            if not self._seal_fits():
                self._begin_chroma()
            try:
                self._give_chroma()
            except ChromaError as error:
                if self._url:
                    raise StoreError(
                        f"the Chroma server at {self._url} does not do its part ({_first_line(error)}): "
                        f"start it with `chroma run`, or unset DATELINE_CHROMA_URL"
                    ) from error
                self._begin_chroma()
                self._give_chroma_anew()

    def _give_chroma_anew(self) -> None:
        try:
            self._give_chroma()
        except ChromaError as error:
            raise StoreError(
                f"{self._chroma.folder} cannot be written by Chroma ({_first_line(error)}): check the disk and its "
                f"rights, or give another --store"
            ) from error

    def _seal_fits(self) -> bool:
        """Turn to the collection that the seal names: is it where it should be, and as it was left?"""
        _, place, digest = (self.meta("seal") or "- - -").split(" ")
        if place != self._chroma.place:
            if (place if "://" in place else "") != self._url:
                return False
            self._close_chroma()
            self._chroma = self._chroma_at(place)
        return digest == self._chroma.digest()

    def _begin_chroma(self) -> None:
        self._close_chroma()
        remove_files(self.store)
        self._chroma = self._chroma_at(self._url or new_place())
        self.vectors.forget_stored()

    def _give_chroma(self) -> None:
        """Delete from Chroma what the catalog does not hold, give it what it lacks, and seal."""
        wanted, stored = self.vectors.wanted(), self.vectors.stored()
        if not wanted and not self._chroma.exists:
            return
        self._chroma.open(create=True)
        held = self._chroma.ids()
        lacking = [id_ for id_, state in wanted.items() if id_ not in held or stored.get(id_) != state]
        extra = sorted(held - wanted.keys())
        if not lacking and not extra and self.meta("seal") == self._new_seal():
            return
        if lacking or extra:
            self.set_meta("seal", "")
        self._chroma.delete(extra)
        self.vectors.set_stored({}, gone=(stored.keys() - wanted.keys()) | set(extra))
        for at in range(0, len(lacking), BATCH):
            some = lacking[at : at + BATCH]
            self._chroma.upsert(self.vectors.rows(some))
            self.vectors.set_stored({id_: wanted[id_] for id_ in some})
        if wanted:
            # Chroma files what it was given in a later query at the latest, and the seal must come after that.
            self._chroma.query([1.0] * self.vectors.dimensions(), 1, *window_days("", ""))
        self._seal = self._new_seal()
        self.set_meta("seal", self._seal)

    def _new_seal(self) -> str:
        return f"{self.vectors.version()} {self._chroma.place} {self._chroma.digest()}"

    def _chroma_at(self, place: str) -> Chroma:
        return Chroma(self.store, place, self.meta("store_id"))

    def _close_chroma(self) -> None:
        self._seal = ""
        self._chroma.close()

    # ── reading ──────────────────────────────────────────────────────────────────────────────────────────────────

    @property
    def dense_by(self) -> str:
        """What answers dense search at present: "chroma", or "catalog" while Chroma cannot be used."""
        with self._chroma_lock:
            return "chroma" if self._open_sealed() else "catalog"

    def search_vectors(
        self, vector: Sequence[float], top_k: int, after: str = "", before: str = ""
    ) -> list[tuple[str, float]]:
        """Passage ids with their cosine similarity to `vector`, best first.

        `after` and `before` are inclusive dates of any precision, "" for open: a passage is inside when its article's
        date overlaps the window; undated ones are outside of any that has a bound. StoreMismatch when `vector` is not
        as long as those of the store.
        """
        dimensions = self.vectors.dimensions()
        if not dimensions or top_k < 1:
            return []
        if len(vector) != dimensions:
            raise StoreMismatch(
                f"{self.store} holds vectors of {dimensions} numbers and the question's has {len(vector)}: "
                f"build it again with dateline index --rebuild"
            )
        found = self._search_chroma(vector, top_k, *window_days(after, before))
        return self.vectors.search(vector, top_k, after, before) if found is None else found

    def _search_chroma(
        self, vector: Sequence[float], top_k: int, low: int, high: int
    ) -> list[tuple[str, float]] | None:
        """None where Chroma cannot be used, also because a writer or another reader is busy with it."""
        if not self._is_sealed() or not self._chroma_lock.acquire(timeout=PATIENCE):
            return None
        try:
            seal = self._open_sealed()
            if not seal:
                return None
            try:
                found = self._chroma.query(vector, top_k, low, high)
            except ChromaError:
                self._close_chroma()
                self._unusable = seal
                return None
            return found if self.meta("seal") == seal else None
        finally:
            self._chroma_lock.release()

    def _is_sealed(self) -> bool:
        """Is Chroma level with the catalog, and not known to fail?"""
        seal = self.meta("seal")
        return seal.startswith(f"{self.vectors.version()} ") and seal != self._unusable

    def _open_sealed(self) -> str:
        """The seal under which Chroma is open for reading; "" where it cannot be."""
        seal = self.meta("seal")
        if not self._is_sealed():
            return ""
        if seal != self._seal:
            self._close_chroma()
            try:
                if not self._seal_fits():
                    raise ChromaError("its files are not as they were left")
                self._chroma.open()
                self._chroma.count()
            except ChromaError:
                self._close_chroma()
                self._unusable = seal
                return ""
            self._seal = seal
        return seal


def _begin(store: Path, path: Path, embedder: str, rebuild: bool) -> None:
    with writer_lock(store):
        if path.exists() and not rebuild:
            return  # begun by another process while this one waited
        if Database.is_foreign(path):
            raise StoreError(f"{path} belongs to another program: give another --store")
        remove_files(store)
        Database.remove(path)
        Catalog.create(path, embedder)


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0][:200]
