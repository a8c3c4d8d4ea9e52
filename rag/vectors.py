"""The vectors kept in the catalog, and exact search over them.

Chroma answers dense search; this is what Chroma is rebuilt from, and what answers in its place while it cannot: in a
read-only store (Chroma writes to its files even when reading), in a damaged one, during a run of `dateline index`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING

from rag.database import REBUILD, Database
from rag.errors import ModelError, StoreMismatch
from rag.tables import window_days

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Floats = npt.NDArray[np.float32]

FORMAT = "<f4"  # of a vector's numbers in the catalog, little-endian whatever the machine


@dataclass(frozen=True, slots=True)
class Row:
    """A passage as Chroma holds it."""

    id: str
    vector: Floats
    first_day: int
    last_day: int


@dataclass(frozen=True, slots=True)
class Table:
    """All embedded passages of one version of the catalog."""

    version: str
    ids: tuple[str, ...]
    units: Floats  # (passages, dimensions), each row of length 1
    days: npt.NDArray[np.int64]  # (passages, 2)


class Vectors:
    """The catalog's vectors. Threads may share it; only the holder of the store's lock may call what writes."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self._table: Table | None = None
        self._lock = Lock()

    def version(self) -> str:
        """Changes whenever pages or vectors do, and differs between stores: "8c1f….41"."""
        query = "SELECT group_concat(value, '.') FROM (SELECT value FROM meta WHERE key IN (?, ?) ORDER BY key DESC)"
        with self.database.read() as connection:
            (version,) = connection.execute(query, ("store_id", "generation")).fetchone()
        return str(version)

    # ── embedding ────────────────────────────────────────────────────────────────────────────────────────────────

    def pending(self) -> list[str]:
        """Keys of the texts that have no vector yet, in the order their pages came."""
        query = """SELECT vector_key FROM passages WHERE vector_key NOT IN (SELECT key FROM vectors)
            GROUP BY vector_key ORDER BY min(number)"""
        with self.database.read() as connection:
            return [key for (key,) in connection.execute(query)]

    def texts(self, keys: Sequence[str]) -> list[str]:
        query = "SELECT vector_key, embedded_text FROM passages WHERE vector_key IN (SELECT value FROM json_each(?))"
        with self.database.read() as connection:
            found = dict(connection.execute(query, (json.dumps(keys),)))
        return [found[key] for key in keys]

    def put(self, keys: Sequence[str], vectors: Sequence[Sequence[float]]) -> None:
        """Keep one batch. ModelError when these are no vectors, StoreMismatch when not as long as those here."""
        import numpy as np

        table = np.asarray(vectors, dtype=FORMAT)
        if table.ndim != 2 or len(table) != len(keys) or not np.isfinite(table).all():
            raise ModelError(
                f"the embedder gave no usable vectors for {len(keys)} texts: give another embedder"
            )
        with self.database.write() as connection:
            row = connection.execute("SELECT length(vector) / 4 FROM vectors LIMIT 1").fetchone()
            if row is not None and row[0] != table.shape[1]:
                raise StoreMismatch(
                    f"{self.database.path} holds vectors of {row[0]} numbers and the embedder gives "
                    f"{table.shape[1]}: build it again with {REBUILD}"
                )
            rows = [(key, vector.tobytes()) for key, vector in zip(keys, table, strict=True)]
            connection.executemany("INSERT OR REPLACE INTO vectors VALUES (?, ?)", rows)
            connection.execute("UPDATE meta SET value = value + 1 WHERE key = 'generation'")

    def prune(self) -> None:
        """Drop the vectors of texts that are in no passage any more."""
        with self.database.write() as connection:
            connection.execute("DELETE FROM vectors WHERE key NOT IN (SELECT vector_key FROM passages)")

    # ── what Chroma should hold, and what it was given ───────────────────────────────────────────────────────────

    def wanted(self) -> dict[str, str]:
        """For each embedded passage the state that Chroma should hold: which vector, and which days."""
        query = """SELECT p.id, substr(p.vector_key, 1, 16) || ' ' || a.first_day || ' ' || a.last_day
            FROM passages p JOIN articles a ON a.id = p.article_id JOIN vectors v ON v.key = p.vector_key
            ORDER BY p.number"""
        with self.database.read() as connection:
            return dict(connection.execute(query))

    def stored(self) -> dict[str, str]:
        """The states that were given to Chroma."""
        with self.database.read() as connection:
            return dict(connection.execute("SELECT id, state FROM stored"))

    def set_stored(self, states: dict[str, str], gone: Iterable[str] = ()) -> None:
        with self.database.write() as connection:
            connection.executemany("DELETE FROM stored WHERE id = ?", [(id_,) for id_ in gone])
            connection.executemany("INSERT OR REPLACE INTO stored VALUES (?, ?)", states.items())

    def forget_stored(self) -> None:
        with self.database.write() as connection:
            connection.execute("DELETE FROM stored")

    def rows(self, ids: Sequence[str]) -> list[Row]:
        query = "p.id IN (SELECT value FROM json_each(?))"
        return list(self._rows(query, (json.dumps(ids),)))

    def _rows(self, condition: str, values: tuple[str, ...]) -> Iterator[Row]:
        import numpy as np

        query = f"""SELECT p.id, v.vector, a.first_day, a.last_day FROM passages p
            JOIN articles a ON a.id = p.article_id JOIN vectors v ON v.key = p.vector_key
            WHERE {condition} ORDER BY p.number"""
        with self.database.read() as connection:
            rows = connection.execute(query, values).fetchall()
        for id_, vector, first_day, last_day in rows:
            yield Row(id_, np.frombuffer(vector, dtype=FORMAT), first_day, last_day)

    # ── exact search ─────────────────────────────────────────────────────────────────────────────────────────────

    def dimensions(self) -> int:
        """How many numbers a vector has; 0 when there is none."""
        with self.database.read() as connection:
            row = connection.execute("SELECT length(vector) / 4 FROM vectors LIMIT 1").fetchone()
        return int(row[0]) if row else 0

    def search(
        self, vector: Sequence[float], top_k: int, after: str = "", before: str = ""
    ) -> list[tuple[str, float]]:
        """Passage ids with their cosine similarity, best first, by comparing with every one (1 ms for 20,000)."""
        import numpy as np

        table = self._load_table()
        query = np.asarray(vector, dtype=np.float32)
        length = float(np.linalg.norm(query))
        if not table.ids or not length or top_k < 1:
            return []
        low, high = window_days(after, before)
        scores = table.units @ (query / length)
        inside = np.flatnonzero((table.days[:, 1] >= low) & (table.days[:, 0] <= high))
        if len(inside) > top_k:
            inside = inside[np.argpartition(-scores[inside], top_k - 1)[:top_k]]
        found = [(table.ids[i], float(scores[i])) for i in inside]
        return sorted(found, key=lambda hit: (-hit[1], hit[0]))

    def _load_table(self) -> Table:
        import numpy as np

        with self._lock:
            version = self.version()
            if self._table is None or self._table.version != version:
                rows = list(self._rows("true", ()))
                vectors = np.array([row.vector for row in rows], dtype=np.float32).reshape(len(rows), -1)
                lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
                units: Floats = (vectors / np.where(lengths > 0, lengths, 1)).astype(np.float32)
                spans = np.array([(r.first_day, r.last_day) for r in rows], dtype=np.int64).reshape(-1, 2)
                self._table = Table(version, tuple(row.id for row in rows), units, spans)
            return self._table
