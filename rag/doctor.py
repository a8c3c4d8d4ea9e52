"""What `dateline doctor` looks at: everything that must be in place before a question can be answered."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

from rag.config import Config
from rag.errors import DatelineError


@dataclass(frozen=True, slots=True)
class Finding:
    """One check: `says` is what was found, or what is wrong and what to do about it."""

    check: str
    ok: bool
    says: str

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


def examine(config: Config) -> list[Finding]:
    """Every check, in the order in which one needs the other. Changes nothing."""
    checks: dict[str, Callable[[Config], str]] = {
        "packages": _packages,
        "embedder": _embedder,
        "reader": _reader,
        "pages": _pages,
        "index": _index,
        "writer": _writer,
    }
    return [_finding(check, look, config) for check, look in checks.items()]


def _finding(check: str, look: Callable[[Config], str], config: Config) -> Finding:
    try:
        return Finding(check, True, look(config))
    except DatelineError as error:
        return Finding(check, False, str(error))


def _packages(_: Config) -> str:
    from importlib.metadata import PackageNotFoundError, requires, version

    from packaging.requirements import Requirement

    needed = [Requirement(line) for line in requires("dateline-news") or []]
    unfit = []
    for need in needed:
        if need.marker and not need.marker.evaluate({"extra": ""}):
            continue
        try:
            found = version(need.name)
        except PackageNotFoundError:
            unfit.append(f"{need.name} is missing")
        else:
            if not need.specifier.contains(found, prereleases=True):
                unfit.append(f"{need.name} is {found}, not {need.specifier}")
    if unfit:
        raise DatelineError(f"{'; '.join(unfit)}: pip install -c constraints.txt -e .")
    return f"Python {sys.version.split()[0]}, Dateline {version('dateline-news')}, all parts there"


def _embedder(config: Config) -> str:
    from rag.models import embedder_fingerprint, load_embedder

    vector = load_embedder(config.embedder).get_query_embedding("a test")
    return f"{embedder_fingerprint(config.embedder)}, {len(vector)} dimensions"


def _reader(config: Config) -> str:
    from rag.models import load_reader

    reader = load_reader(config.reader)
    if reader is None:
        return "none: answers are whole sentences"
    reader.warm()
    reader.read("Who went to Oslo?", ["The minister went to Oslo."])
    return f"{config.reader}, its weights are whole"


def _pages(config: Config) -> str:
    from rag.pages import list_pages

    return f"{len(list_pages(config.corpus)):,} in {config.corpus}"


def _index(config: Config) -> str:
    from rag.assistant import Assistant
    from rag.index import CATALOG

    if not (config.store / CATALOG).exists():
        return f"none in {config.store} yet; `dateline index` makes it"
    with Assistant.open(config=config, update=False) as assistant:
        info = assistant.info()
    return f"{info.articles:,} articles, {info.passages:,} passages in {info.store}"


def _writer(config: Config) -> str:
    from rag.lock import writer_lock

    if not config.store.exists():
        return f"{config.store} is made when it is needed"
    with writer_lock(config.store):
        return f"{config.store} is free to be written"
