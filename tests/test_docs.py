"""README says what is so: its commands are run and must print what it shows, its tables must match the code.

`python tests/test_docs.py` runs them too, and writes what they print, and the table of settings, into README.
"""

from __future__ import annotations

import contextlib
import doctest
import functools
import io
import os
import re
import shlex
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"```(console|pycon)\n(.*?)```", re.DOTALL)
SETTINGS = re.compile(r"(?<=\| setting \| default \| \|\n\|---\|---\|---\|\n)(\|.*\n)*")
FIGURES = re.compile(r"(?<=\| figure \| formula \| source \|\n\|---\|---\|---\|\n)(\|.*\n)*")
SECONDS = re.compile(r"\(\d+\.\d s\)")


@contextlib.contextmanager
def workplace() -> Iterator[None]:
    """A folder with the seeds, a terminal of 80 columns and no settings: where a newcomer types the commands."""
    kept = dict(os.environ)
    for name in [name for name in os.environ if name.startswith("DATELINE_")]:
        del os.environ[name]
    os.environ |= {"COLUMNS": "80", "NO_COLOR": "1", "DATELINE_LLM": "none"}
    try:
        with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
            shutil.copytree(ROOT / "seeds", "seeds")
            yield
    finally:
        os.environ.clear()
        os.environ.update(kept)


def printed_by(action: Callable[[], object]) -> str:
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        action()
    return printed.getvalue()


def run_console(block: str) -> str:
    """The block with what its commands print under each."""
    from rag import cli

    shown = []
    for command in re.findall(r"^\$ (.*)$", block, re.MULTILINE):
        program, *arguments = shlex.split(command)
        assert program == "dateline"
        shown.append(f"$ {command}\n" + printed_by(functools.partial(cli.run, arguments)))
    return "".join(shown)


def run_pycon(block: str, scope: dict[str, object]) -> str:
    """The block with what each statement prints; `scope` carries names from block to block."""
    shown = []
    for example in doctest.DocTestParser().get_examples(block):
        lines = example.source.splitlines()
        shown += [f"{'>>>' if i == 0 else '...'} {line}\n" for i, line in enumerate(lines)]
        statement = compile(example.source, "README.md", "single")
        shown.append(printed_by(functools.partial(exec, statement, scope)))
    return "".join(shown)


def settings_table() -> str:
    from rag.config import Config

    rows = []
    for name, field in Config.model_fields.items():
        default = "" if field.default in ("", None) else f"`{field.default}`"
        rows.append(f"| `{name}` | {default} | {field.description} |\n")
    return "".join(rows)


def figures_table() -> str:
    from rag.measures import MEASURES

    return "".join(f"| `{m.name}` | {m.formula} | {m.source} |\n" for m in MEASURES)


def refreshed() -> str:
    """README with everything that can be computed computed anew."""
    scope: dict[str, object] = {}

    def anew(match: re.Match[str]) -> str:
        kind, block = match.groups()
        return f"```{kind}\n{run_console(block) if kind == 'console' else run_pycon(block, scope)}```"

    with workplace():
        text = BLOCK.sub(anew, README)
    text = FIGURES.sub(lambda _: figures_table(), text)
    return SETTINGS.sub(lambda _: settings_table(), text)


def timeless(text: str) -> list[str]:
    return SECONDS.sub("(… s)", text).splitlines()


def test_commands_print_what_readme_shows() -> None:
    assert timeless(README) == timeless(refreshed())


def test_make_knows_the_targets_that_readme_names() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z]+):", makefile, re.MULTILINE))
    named = set(re.findall(r"^    make ([a-z]+)", README, re.MULTILINE)) | set(
        re.findall(r"`make ([a-z]+)`", README)
    )
    assert {"chat", "test", "check", "eval"} <= named
    assert named <= targets


def test_commands_and_options_exist() -> None:
    import typer.main

    from rag.cli import app

    commands = typer.main.get_group(app).commands
    named = set(re.findall(r"dateline ([a-z]+)", README))
    assert named <= commands.keys()
    assert commands.keys() <= named
    parts = getattr(commands["eval"], "commands")  # noqa: B009  # typer's own class of groups
    assert {f"dateline eval {name}" for name in parts} - {"dateline eval run"} <= set(
        re.findall(r"dateline eval [a-z]+", README)
    )
    every = [*commands.values(), *parts.values()]
    options = {option for command in every for param in command.params for option in param.opts}
    dashed = set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", README)) - {"--strict", "--dateline-corpus"}
    assert dashed <= options | {"--no-browser"}


@pytest.mark.parametrize("page", sorted(path.relative_to(ROOT).as_posix() for path in ROOT.glob("*.md")))
def test_links_lead_somewhere(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)#\s]+)\)", text):
        if not re.match(r"https?://", target):
            assert (ROOT / page).parent.joinpath(target).exists(), target


def test_readme_owes_nothing() -> None:
    assert "TODO" not in README


if __name__ == "__main__":
    (ROOT / "README.md").write_text(refreshed(), encoding="utf-8")
