"""How much of a question's time goes to models: embedder, reader, language model."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_spent: ContextVar[list[float] | None] = ContextVar("_spent", default=None)


@contextmanager
def model_at_work() -> Iterator[None]:
    """Count the time until this ends as a model's. Within itself it counts once."""
    counted = _spent.get()
    if counted is None:
        yield
        return
    token, began = _spent.set(None), time.perf_counter()
    try:
        yield
    finally:
        counted.append(time.perf_counter() - began)
        _spent.reset(token)


@contextmanager
def model_seconds() -> Iterator[list[float]]:
    """A list that grows by the seconds of each stretch of model work in this thread, until this ends."""
    counted: list[float] = []
    token = _spent.set(counted)
    try:
        yield counted
    finally:
        _spent.reset(token)
