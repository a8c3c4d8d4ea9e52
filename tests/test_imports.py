"""The direction of imports, public names, and that nothing heavy is loaded before it is needed."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

import rag

ROOT = Path(__file__).parent.parent
STAGES = {"pages", "articles", "passages", "index", "retrieve", "answer", "cite", "check"}
ASKS = {("retrieve", "index")}  # retrieval asks the index; no other stage knows another
JOINING = {"ingest", "write", "assistant"}
MEASURING = {
    "questions", "judge", "shelf", "scores", "culprit", "evaluation", "runinfo", "runreport", "baseline", "lastrun",
    "report_table", "report_html", "report_junit", "drafts", "suggest", "pytest_plugin",
}  # fmt: skip
WAYS_IN = {"doctor", "terminal", "cli", "cli_eval", "cli_models", "__main__"} | MEASURING
BASE = {"schema", "errors", "config", "prompts"}
HEAVY = {
    "torch", "transformers", "sentence_transformers", "tokenizers", "chromadb", "llama_index", "gradio", "trafilatura",
    "pandas", "pypdf", "pycountry",
}  # fmt: skip

modules = {
    f"{path.parent.name}.{path.stem}": ast.parse(path.read_text(encoding="utf-8"))
    for folder in ("rag", "ui")
    for path in sorted((ROOT / folder).glob("*.py"))
    if path.stem != "__init__"
}


def layer(module: str) -> int:
    """0 for the base and the nouns that support the stages, up to 4 for the chat page."""
    package, name = module.split(".")
    if package == "ui":
        return 4
    return next((n for n, known in enumerate((STAGES, JOINING, WAYS_IN), start=1) if name in known), 0)


def imported_by(node: ast.AST) -> Iterator[str]:
    """What one statement imports: modules, and names that may be modules."""
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        assert node.level == 0, "imports are absolute"
        yield str(node.module)
        yield from (f"{node.module}.{alias.name}" for alias in node.names)


def ours(module: str) -> set[str]:
    """Our modules that a file imports anywhere in it, for types alone too."""
    return {name for node in ast.walk(modules[module]) for name in imported_by(node) if name in modules}


EDGES = sorted((module, other) for module in modules for other in ours(module))


def test_all_is_there() -> None:
    assert {f"rag.{name}" for name in STAGES | JOINING | BASE | WAYS_IN} <= set(modules)
    assert ("rag.assistant", "rag.retrieve") in EDGES


def test_imports_go_down_the_layers() -> None:
    # The command line opens the chat page, which stands above all else, by an import inside its command.
    assert [(a, b) for a, b in EDGES if layer(a) < layer(b) and (a, b) != ("rag.cli", "ui.app")] == []


def test_stages_do_not_import_each_other() -> None:
    between = {(a[4:], b[4:]) for a, b in EDGES if layer(a) == layer(b) == 1}
    assert between <= ASKS


def test_loading_goes_in_no_circle() -> None:
    """An import inside a function may point back, as where the models load the reader; one at a file's top may not."""
    at_top = {
        module: {name for node in tree.body for name in imported_by(node) if name in modules}
        for module, tree in modules.items()
    }
    TopologicalSorter(at_top).prepare()  # CycleError names them


def test_the_library_prints_nothing() -> None:
    printing = {
        module
        for module, tree in modules.items()
        for node in ast.walk(tree)
        if layer(module) <= 2
        and isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "print"
    }
    assert printing == set()


def test_public_names_resolve() -> None:
    for name in rag.__all__:
        assert getattr(rag, name).__name__ == name
    assert rag.Assistant is rag.__getattr__("Assistant")
    with pytest.raises(AttributeError, match="Manager"):
        _ = rag.Manager


@pytest.mark.parametrize("module", ["rag", "rag.cli", "rag.assistant", "rag.pytest_plugin"])
def test_importing_loads_nothing_heavy(module: str) -> None:
    code = f"import {module}, sys; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True, timeout=60
    )
    assert HEAVY & {name.split(".")[0] for name in done.stdout.split()} == set()
