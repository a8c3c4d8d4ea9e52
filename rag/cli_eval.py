"""`dateline eval`: the run and its verdict, and the ways to come by more questions.

Exit codes of a run: 0 none worse, 1 worse than the baseline beyond its tolerance or below a floor of the file, 2 the
run itself failed, 130 stopped with Ctrl-C (what was done is reported).
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from typer.core import TyperGroup

from rag.errors import DatelineError
from rag.terminal import out, print_line, print_plain, progress_bar

if TYPE_CHECKING:
    from rag.assistant import Assistant
    from rag.baseline import Comparison
    from rag.config import Config
    from rag.questions import QuestionFile
    from rag.runreport import Report

WORSE, FAILED, STOPPED = 1, 2, 130
FILE = Path("eval_questions.yaml")


class RunByDefault(TyperGroup):
    """`dateline eval FILE` is `dateline eval run FILE`."""

    def parse_args(self, ctx: typer.Context, args: list[str]) -> list[str]:  # type: ignore[override]
        if not args or args[0] not in self.commands:
            args = ["run", *args]
        return super().parse_args(ctx, args)


app = typer.Typer(
    cls=RunByDefault, help="Ask a file of questions with known answers, and say what got better or worse."
)

FileArgument = Annotated[Path, typer.Argument(help="YAML file of questions.", metavar="[FILE]")]
CorpusOption = Annotated[
    Path | None, typer.Option("--corpus", "-c", help="Folder of pages.", show_default="seeds", metavar="DIR")
]
StoreOption = Annotated[
    Path | None,
    typer.Option("--store", "-s", help="Folder of the index.", show_default="vectorstore", metavar="FOLDER"),
]
RunStoreOption = Annotated[
    Path | None,
    typer.Option(
        "--store", "-s", help="Folder of the index.", show_default="one of its own", metavar="FOLDER"
    ),
]
IntoOption = Annotated[Path, typer.Option("--file", "-f", help="YAML file of questions to add to.")]


@app.command(epilog="Also: dateline eval add, dateline eval suggest, dateline eval schema; each has --help.")
def run(
    file: FileArgument = FILE,
    corpus: CorpusOption = None,
    store: RunStoreOption = None,
    answerer: Annotated[
        str, typer.Option(help="Who answers: reader, or ollama:NAME.", metavar="NAME")
    ] = "reader",
    only: Annotated[
        list[str] | None,
        typer.Option(
            help="Ask only these: an id, a kind, or failing (in the baseline, else in the last run).",
            metavar="ID|KIND|failing",
        ),
    ] = None,
    repeat: Annotated[int, typer.Option(min=1, help="Ask each question so many times.")] = 1,
    jobs: Annotated[int, typer.Option(min=1, max=64, help="Ask so many questions at a time.")] = 1,
    against: Annotated[str, typer.Option(help="Compare with this baseline.", metavar="NAME")] = "",
    save: Annotated[str, typer.Option(help="Keep the run as this baseline.", metavar="NAME")] = "",
    junit: Annotated[Path | None, typer.Option(help="Write JUnit XML.", metavar="FILE")] = None,
    html: Annotated[
        Path | None, typer.Option(help="Write one page with charts and traces.", metavar="FILE")
    ] = None,
    brief: Annotated[bool, typer.Option("--brief", help="Print figures alone, no question.")] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print JSON, and nothing else, on standard output.")
    ] = False,
) -> None:
    """Ask a file of questions with known answers, and say what got better, what broke, and which stage lost it."""
    from rag import lastrun
    from rag.baseline import Baseline, below_floors, compare, path_of
    from rag.questions import load_questions

    questions = load_questions(file)
    before = Baseline.load(path_of(against, file)) if against else None
    keep_at = path_of(save, file) if save else None
    names = lastrun.chosen(only or [], questions, before, _config().store)
    if names == [] and only:
        print_line("No question failed: there is nothing to ask again")
        return
    report = _ask(questions, names, corpus, store, answerer, jobs, repeat)
    comparison = compare(report, before) if before else None
    _write(report, comparison, junit, html)
    if as_json:
        from rag.cli import print_json

        against_it = {"against": comparison.to_dict()} if comparison else {}
        print_json({**report.to_dict(), "below_floors": below_floors(report), **against_it})
    else:
        from rag.report_table import print_run

        print_run(report, comparison, out(), brief=brief)
    if report.stopped:
        print_line(
            f"Stopped: {len(report.outcomes)} of the questions were asked, and nothing was saved as a baseline"
        )
        raise typer.Exit(STOPPED)
    lastrun.remember(report, file, _config().store)
    if answerer != "reader" and not report.answered_by(answerer.removeprefix("ollama:")):
        raise DatelineError(f"No answer came from {answerer}: see that Ollama runs and has it, `ollama list`")
    if report.errors:
        print_line(
            f"{len(report.errors)} of {len(report.outcomes)} questions could not be asked: {_first_error(report)}"
        )
        raise typer.Exit(FAILED)
    if keep_at:
        Baseline.of(report, save).save(keep_at)
        print_line(f"Saved {len(report.outcomes)} questions as {keep_at}")
    breaches = [*(comparison.breaches if comparison else ()), *below_floors(report)]
    for breach in breaches:
        print_line(f"Worse: {breach}")
    if breaches:
        raise typer.Exit(WORSE)


@app.command()
def schema() -> None:
    """Print the JSON Schema of a file of questions, for an editor to complete and check by."""
    from rag.question_form import SCHEMA_FILE

    print(SCHEMA_FILE.read_text(encoding="utf-8"), end="")


@app.command()
def add(
    turn: Annotated[
        str, typer.Argument(help="Id of a turn; without it, they are listed.", metavar="[TURN]")
    ] = "",
    file: IntoOption = FILE,
    corpus: CorpusOption = None,
    store: StoreOption = None,
) -> None:
    """Make a question of a turn that was given 👍 or 👎 in the chat page, with its present answer to be looked at."""
    from rag.drafts import append, draft_of_turn
    from rag.feedback import Feedback

    with _reading(corpus, store) as assistant:
        feedback = Feedback(assistant.config.store)
        if not turn:
            for kept in feedback.turns():
                sign = "👍" if kept.vote == "up" else "👎"
                print_plain(f"{kept.id}  {sign} {kept.at[:10]}  {kept.questions[-1]}  →  {kept.said}")
            if not feedback.turns():
                print_line("No turn has been given 👍 or 👎 in the chat page yet")
            return
        draft = draft_of_turn(feedback.turn(turn), assistant)
    append(file, [draft])
    print_line(f"Added '{draft.id}' to {file} as a draft: look at its answer, then take out `draft: true`")


@app.command()
def suggest(
    number: Annotated[
        int, typer.Argument(min=1, max=1000, help="How many questions to draft.", metavar="[N]")
    ] = 10,
    file: IntoOption = FILE,
    corpus: CorpusOption = None,
    store: StoreOption = None,
) -> None:
    """Draft questions on articles that have none, from the words that the reader finds in them."""
    from rag.drafts import append
    from rag.questions import load_questions
    from rag.suggest import suggest as drafts_for

    asked = load_questions(file).questions if file.exists() else ()
    with _reading(corpus, store) as assistant, progress_bar("Reading articles") as show:
        drafts = drafts_for(
            assistant, asked, number, lambda done, total: show("Reading articles", done, total)
        )
    if not drafts:
        print_line(
            "No article without a question gives one that the reader answers with the words it was made from"
        )
        return
    append(file, drafts)
    print_line(f"Added {len(drafts)} drafts to {file}: look at each, then take out its `draft: true`")


# ── parts of a run ───────────────────────────────────────────────────────────────────────────────────────────────────


def _ask(
    questions: QuestionFile,
    only: list[str],
    corpus: Path | None,
    store: Path | None,
    answerer: str,
    jobs: int,
    repeat: int,
) -> Report:
    import tempfile

    from rag.assistant import Assistant
    from rag.evaluation import evaluate
    from rag.ingest import remembered
    from rag.questions import select
    from rag.runinfo import answered_by

    select(questions.questions, only)  # an --only that names nothing is said before minutes of indexing
    config = answered_by(_config(), answerer)
    with tempfile.TemporaryDirectory() as own, progress_bar("Opening the index") as show:
        if corpus is None and "corpus" not in config.model_fields_set:
            corpus = remembered(store or config.store)  # the folder that the other commands ask
        with Assistant.open(corpus, store or Path(own), config=config, on_progress=show) as assistant:
            show("Loading the models", 0, 1)
            assistant.warm()
            return evaluate(
                questions, assistant, only=only, jobs=jobs, repeat=repeat,
                on_progress=lambda done, total: show("Asking", done, total),
            )  # fmt: skip


def _write(report: Report, comparison: Comparison | None, junit: Path | None, html: Path | None) -> None:
    texts = {}
    if junit:
        from rag.report_junit import junit as as_junit

        texts[junit] = as_junit(report)
    if html:
        from rag.report_html import page

        texts[html] = page(report, comparison)
    for path, text in texts.items():
        try:
            path.write_text(text, encoding="utf-8")
        except OSError as error:
            raise DatelineError(f"{path} cannot be written ({error.strerror}): give another file") from error


def _first_error(report: Report) -> str:
    first = report.errors[0]
    return f"'{first.question.id}': {first.shown.blame.why if first.shown.blame else ''}"


def _reading(corpus: Path | None, store: Path | None) -> AbstractContextManager[Assistant]:
    from rag import cli  # which imports this file to list its commands

    return cli._reading(corpus, store)


def _config() -> Config:
    from rag import cli

    return cli._config()
