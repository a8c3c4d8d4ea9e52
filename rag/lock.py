"""One writer at a time: a lock on a store, held between processes and threads alike.

The lock is the operating system's and ends with its process, so a killed writer leaves none behind.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rag.errors import StoreError, StoreLocked

LOCK, HOLDER = "writer.lock", "writer.pid"


@contextmanager
def writer_lock(store: Path) -> Iterator[None]:
    """Hold the right to write to `store`, making the folder where it is missing.

    StoreLocked at once, naming the holder's process where it is known, when another has it; StoreError when the
    folder cannot be written.
    """
    from filelock import FileLock, Timeout

    try:
        store.mkdir(parents=True, exist_ok=True)
        lock = FileLock(store / LOCK, timeout=0).acquire()
    except Timeout:
        raise StoreLocked(
            f"{store} is being written by {_holder(store)}: try again when that has ended"
        ) from None
    except FileExistsError:
        raise StoreError(f"{store} is a file, not a folder: give another --store") from None
    except OSError as error:
        raise StoreError(
            f"{store} cannot be written ({error.strerror}): give a --store that can be"
        ) from None
    with lock:
        # Beside the lock, not in it: some versions of filelock empty the lock file on every attempt.
        (store / HOLDER).write_text(str(os.getpid()))
        try:
            yield
        finally:
            (store / HOLDER).unlink(missing_ok=True)


def _holder(store: Path) -> str:
    try:
        return f"process {int((store / HOLDER).read_text())}"
    except (OSError, ValueError):
        return "another process"
