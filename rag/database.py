"""The SQLite file under the catalog: its connections, its transactions, and what its failures mean to a reader.

Connections are lent from a pool, so that threads never share one at the same time. A file that has been replaced
(`dateline index --rebuild` beside an open chat page) is noticed by its inode at the next loan, and opened anew.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock

from rag.errors import StoreError, StoreLocked

APPLICATION_ID = (
    0x44415445  # "DATE", in the file's header: tells Dateline's catalog from another program's file
)
REBUILD = "dateline index --rebuild"
BUSY_SECONDS = 10.0  # a writer's longest transaction is one page, or one batch of vectors

Stamp = tuple[int, int, int]


class Database:
    """An existing SQLite file. Raises StoreError, in one line with the remedy, where it cannot be used."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._idle: list[sqlite3.Connection] = []
        self._stamp: Stamp | None = None
        self._lock = Lock()
        self._may_write = False

    @staticmethod
    def create(path: Path, schema: str, version: int) -> None:
        """Make a new file by running `schema`. It appears under its name only when whole."""
        unfinished = path.with_name(path.name + ".new")
        unfinished.unlink(missing_ok=True)
        try:
            connection = sqlite3.connect(unfinished, isolation_level=None)
            try:
                connection.executescript(
                    f"PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = {version};"
                )
                connection.executescript(schema)
                connection.execute("PRAGMA journal_mode = WAL")
            finally:
                connection.close()
            unfinished.replace(path)
        except (sqlite3.Error, OSError) as error:
            raise StoreError(f"{path} cannot be made ({error}): give a --store that can be written") from None

    @staticmethod
    def is_foreign(path: Path) -> bool:
        """Is this a sound SQLite file of another program?"""
        try:
            with path.open("rb") as file:
                header = file.read(100)
        except OSError:
            return False
        magic, owner = header[:16], int.from_bytes(header[68:72], "big")
        return len(header) == 100 and magic == b"SQLite format 3\0" and owner != APPLICATION_ID

    @staticmethod
    def remove(path: Path) -> None:
        for suffix in ("", "-wal", "-shm", "-journal", ".new"):
            path.with_name(path.name + suffix).unlink(missing_ok=True)

    @property
    def writable(self) -> bool:
        effective = os.access in os.supports_effective_ids
        return all(os.access(p, os.W_OK, effective_ids=effective) for p in (self.path.parent, self.path))

    @contextmanager
    def read(self) -> Iterator[sqlite3.Connection]:
        """Lend a connection to read with."""
        with self._explained():
            connection = self._borrow()
            try:
                yield connection
            finally:
                self._give_back(connection)

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Allow `write` for as long as this lasts: the caller holds the store's lock."""
        if not self.writable:
            raise StoreError(f"{self.path} is read-only: give a --store that can be written")
        self._may_write = True
        try:
            yield
        finally:
            self._may_write = False

    @contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        """Lend a connection inside a transaction: all of it is kept, or, after an error, none of it."""
        if not self._may_write:
            raise RuntimeError("a store is changed inside `with index.writing():` alone")
        with self.read() as connection:
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
            except BaseException:
                connection.rollback()
                raise
            connection.execute("COMMIT")

    def check(self) -> None:
        """Read the whole file (about 0.3 s per GB); StoreError when SQLite finds it damaged."""
        with self.read() as connection:
            (verdict,) = connection.execute("PRAGMA quick_check(1)").fetchone()
        if verdict != "ok":
            raise self._damaged()

    def checkpoint(self) -> None:
        """Bring the write-ahead log into the file, so that a copy of the file alone is whole."""
        with self.read() as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

    def close(self) -> None:
        with self._lock:
            self._close_idle()

    def _close_idle(self) -> None:
        while self._idle:
            self._idle.pop().close()

    def _borrow(self) -> sqlite3.Connection:
        with self._lock:
            stamp = self._current_stamp()
            if stamp != self._stamp:
                self._close_idle()
                self._stamp = stamp
            if self._idle:
                return self._idle.pop()
        return self._connect()

    def _give_back(self, connection: sqlite3.Connection) -> None:
        with self._lock:
            if self._current_stamp() == self._stamp:
                self._idle.append(connection)
                return
        connection.close()

    def _current_stamp(self) -> Stamp:
        """The inode, and where the file is opened as never changing, also what shows that it did."""
        try:
            stat = self.path.stat()
        except OSError as error:
            raise StoreError(f"{self.path} cannot be read ({error.strerror}): {REBUILD}") from None
        return (stat.st_ino, 0, 0) if self.writable else (stat.st_ino, stat.st_mtime_ns, stat.st_size)

    def _connect(self) -> sqlite3.Connection:
        address = self.path.absolute().as_uri()
        if self.writable:
            return self._set_up(address + "?mode=rw")
        try:
            return self._set_up(address + "?mode=ro")
        except sqlite3.OperationalError:
            # A write-ahead log needs a writable folder beside it, unless there is nothing in the log.
            log = self.path.with_name(self.path.name + "-wal")
            if log.exists() and log.stat().st_size:
                raise StoreError(
                    f"{self.path} was not closed by its last writer and cannot be repaired in a read-only folder: "
                    f"run `dateline index` where it can be written"
                ) from None
            return self._set_up(address + "?immutable=1")

    @staticmethod
    def _set_up(uri: str) -> sqlite3.Connection:
        connection = sqlite3.connect(
            uri, uri=True, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False
        )
        try:
            connection.execute("PRAGMA foreign_keys = ON")
            connection.execute("PRAGMA synchronous = NORMAL")
            connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
        except BaseException:
            connection.close()
            raise
        return connection

    def _damaged(self) -> StoreError:
        return StoreError(f"{self.path} is damaged: build it again with {REBUILD}")

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.DatabaseError as error:
            # Only the low byte is the kind; the rest says where in SQLite. None for errors of the Python module.
            code = getattr(error, "sqlite_errorcode", None)
            kind = None if code is None else code & 0xFF
            message = str(error)
            if kind in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB) or message.startswith(
                ("no such table", "no such column", "Could not decode")
            ):
                raise self._damaged() from error
            if kind in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
                raise StoreLocked(
                    f"{self.path} is in use by another process: try again when that has ended"
                ) from error
            if kind == sqlite3.SQLITE_READONLY:
                raise StoreError(f"{self.path} is read-only: give a --store that can be written") from error
            if kind in (
                sqlite3.SQLITE_IOERR,
                sqlite3.SQLITE_CANTOPEN,
                sqlite3.SQLITE_FULL,
                sqlite3.SQLITE_PERM,
            ):
                raise StoreError(
                    f"{self.path} cannot be used ({message}): check the disk and its rights"
                ) from error
            raise
