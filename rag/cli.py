"""The command line. Parses, calls one `Assistant`, prints; whatever goes wrong becomes one line on standard error.

Exit codes: 0 done (a refusal is an answer too), 1 a fault of Dateline's own, 2 something the reader can put right,
130 stopped with Ctrl-C. Nothing heavy is imported before a command needs it, so that `--help` is quick.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from rag.cli_eval import app as eval_app
from rag.cli_models import models
from rag.errors import DatelineError, StoreError, StoreMismatch
from rag.terminal import (
    print_answer,
    print_findings,
    print_hits,
    print_line,
    print_report,
    print_rows,
    progress_bar,
)

if TYPE_CHECKING:
    from rag.assistant import Assistant
    from rag.config import Config

EXIT_FAULT, EXIT_INPUT, EXIT_STOPPED = 1, 2, 130

app = typer.Typer(
    name="dateline",
    help="Ask a folder of news articles, on this machine: short, dated answers cited to the exact words.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

CorpusOption = Annotated[
    Path | None,
    typer.Option("--corpus", "-c", help="Folder of pages.", show_default="seeds", metavar="FOLDER"),
]
StoreOption = Annotated[
    Path | None,
    typer.Option("--store", "-s", help="Folder of the index.", show_default="vectorstore", metavar="FOLDER"),
]
app.add_typer(models, name="models")

JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON, and nothing else, on standard output.")]
AsOfOption = Annotated[
    str,
    typer.Option(
        "--as-of", help="Answer as on this day, from what was published by then.", metavar="YYYY-MM-DD"
    ),
]
LlmOption = Annotated[
    str,
    typer.Option(
        "--llm", help="What writes: auto, none (the built-in reader), or a model's name.", metavar="MODEL"
    ),
]
QuestionArgument = Annotated[str, typer.Argument(help="The question, in quotes.", show_default=False)]


app.add_typer(eval_app, name="eval")


@app.callback(invoke_without_command=True)
def about(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
    debug: Annotated[
        bool, typer.Option("--debug", help="Show the traceback of an unexpected error.")
    ] = False,
) -> None:
    if version:
        from importlib.metadata import version as installed

        print(installed("dateline-news"))
        raise typer.Exit


@app.command()
def index(
    corpus: Annotated[
        Path | None,
        typer.Argument(metavar="[FOLDER]", help="Folder of pages, or one page.", show_default="seeds"),
    ] = None,
    store: StoreOption = None,
    rebuild: Annotated[
        bool, typer.Option("--rebuild", help="Make the index anew, whatever is there.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Index what is new or changed among the pages; exit code 2 where a page could not be used."""
    with _open(corpus, store, rebuild=rebuild) as assistant:
        report = assistant.report
    if as_json:
        print_json(report.to_dict())
    else:
        print_report(report)
    for message in report.failed.values():
        print_line(message)
    if report.failed:
        raise typer.Exit(EXIT_INPUT)


@app.command()
def ask(
    question: QuestionArgument,
    as_of: AsOfOption = "",
    llm: LlmOption = "",
    corpus: CorpusOption = None,
    store: StoreOption = None,
    as_json: JsonOption = False,
) -> None:
    """Answer a question from the pages, with its sources."""
    with _reading(corpus, store) as assistant:
        answer = assistant.ask(question, as_of=as_of, llm=llm)
    if as_json:
        print_json(answer.to_dict())
    else:
        print_answer(answer)


@app.command()
def search(
    question: QuestionArgument,
    top_k: Annotated[int, typer.Option("--top-k", "-k", min=1, max=1000, help="Passages to show.")] = 10,
    as_of: AsOfOption = "",
    corpus: CorpusOption = None,
    store: StoreOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show the passages that fit a question best."""
    with _reading(corpus, store) as assistant:
        hits = assistant.search(question, top_k=top_k, as_of=as_of)
    if as_json:
        print_json([hit.to_dict() for hit in hits])
    else:
        print_hits(hits)


@app.command()
def chat(
    corpus: CorpusOption = None,
    store: StoreOption = None,
    host: Annotated[
        str | None,
        typer.Option(
            help="Address to serve on; another than loopback needs a password.", show_default="127.0.0.1"
        ),
    ] = None,
    port: Annotated[
        int | None, typer.Option(min=0, max=65535, help="Port; 0 takes a free one.", show_default="7860")
    ] = None,
    password: Annotated[
        str | None,
        typer.Option(help="Ask for this password; DATELINE_PASSWORD keeps it out of the process list."),
    ] = None,
    browser: Annotated[
        bool, typer.Option("--browser/--no-browser", help="Open the page in a browser.")
    ] = True,
    as_json: JsonOption = False,
) -> None:
    """Open the chat page."""
    from threading import Event

    config = _config(corpus=corpus, store=store, host=host, port=port, password=password)
    with _reading(corpus, store) as assistant:
        with progress_bar("Loading the models"):
            assistant.warm()
            from ui import app as page

        if as_json:
            print_json({"url": page.start(page.build(assistant), config)})
            Event().wait()
        else:
            page.serve(assistant, config, open_browser=browser)


@app.command()
def info(corpus: CorpusOption = None, store: StoreOption = None, as_json: JsonOption = False) -> None:
    """Say what the index holds, and which models are at work."""
    with _open(corpus, store, update=False) as assistant:
        facts = assistant.info().to_dict()
    if as_json:
        print_json(facts)
    else:
        print_rows(list(facts.items()))


@app.command()
def doctor(corpus: CorpusOption = None, store: StoreOption = None, as_json: JsonOption = False) -> None:
    """Check models, pages, index and packages; exit code 2 where something needs mending."""
    from rag.doctor import examine

    findings = examine(_config(corpus=corpus, store=store))
    if as_json:
        print_json([finding.to_dict() for finding in findings])
    else:
        print_findings(findings)
    if not all(finding.ok for finding in findings):
        raise typer.Exit(EXIT_INPUT)


def print_json(value: Any) -> None:
    """`value` on standard output, in UTF-8 whatever the terminal's encoding: that is what JSON is in."""
    sys.stdout.flush()
    sys.stdout.buffer.write(json.dumps(value, ensure_ascii=False, indent=2).encode() + b"\n")
    sys.stdout.flush()


@contextmanager
def _reading(corpus: Path | None, store: Path | None) -> Iterator[Assistant]:
    """An assistant that is up to date; or one that is not, where the store cannot be written now, and a line on why."""
    with ExitStack() as stack:
        try:
            assistant = stack.enter_context(_open(corpus, store))
        except StoreMismatch:
            raise
        except StoreError as error:
            assistant = stack.enter_context(_open(corpus, store, update=False))
            print_line(f"{error}. Going on with what is indexed")
        yield assistant


@contextmanager
def _open(
    corpus: Path | None, store: Path | None, *, update: bool = True, rebuild: bool = False
) -> Iterator[Assistant]:
    from rag.assistant import Assistant

    with progress_bar("Opening the index") as show:
        assistant = Assistant.open(
            corpus, store, config=_config(), update=update, rebuild=rebuild, on_progress=show
        )
    with assistant:
        yield assistant


def _config(**changes: Any) -> Config:
    """The settings; a setting that cannot be used is named in one line."""
    from tomllib import TOMLDecodeError

    from pydantic import ValidationError

    from rag.config import Config

    try:
        return Config().with_changes(**changes)
    except ValidationError as error:
        first = error.errors()[0]
        name = str(first["loc"][0])
        raise DatelineError(
            f"The setting {name} cannot be {first['input']!r}: {first['msg']}. "
            f"Change DATELINE_{name.upper()}, or {name} in dateline.toml"
        ) from error
    except TOMLDecodeError as error:
        raise DatelineError(f"dateline.toml is not valid TOML: {error}") from error


def main() -> None:
    """The `dateline` command."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: Sequence[str]) -> int:
    """Run one command and give its exit code. Nothing but SystemExit escapes."""
    try:
        code = int(app(list(arguments), prog_name="dateline", standalone_mode=False) or 0)
    except DatelineError as error:
        return _fail(str(error), EXIT_INPUT)
    except (KeyboardInterrupt, typer.Abort):
        code = EXIT_STOPPED
    except BrokenPipeError:  # `dateline search … | head`: nobody reads on, and that is no error
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:
        if hasattr(error, "format_message"):  # a usage error; typer keeps the class in a private module
            return _fail(f"{error.format_message()} (see dateline --help)", EXIT_INPUT)
        if "--debug" in arguments:
            raise
        words = (str(error).strip() or "no message").splitlines()[0]
        return _fail(
            f"Unexpected {type(error).__name__}: {words}. This is a fault in Dateline: please report it with what "
            f"`dateline --debug {arguments[0] if arguments else ''} …` prints",
            # To `dateline eval` 1 means worse than before: a run that failed says 2.
            EXIT_INPUT if arguments[:1] == ["eval"] else EXIT_FAULT,
        )
    if code == EXIT_STOPPED:  # most versions of typer turn Ctrl-C into this code themselves
        return _fail("Stopped; what was finished is kept", EXIT_STOPPED)
    return code


def _fail(message: str, code: int) -> int:
    print_line(message)
    return code
