"""Ask a file of questions of an assistant, judge what comes back, and say of each failure which stage lost it."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from pathlib import Path

from rag.assistant import Assistant
from rag.culprit import Blame, blame
from rag.errors import DatelineError
from rag.judge import Verdict, first_right, judge
from rag.metrics import Score
from rag.questions import Question, QuestionFile, Tolerance, load_questions, select
from rag.runinfo import run_info
from rag.runreport import Outcome, Report, Skipped, Trial
from rag.schema import Answer
from rag.scores import K, score
from rag.shelf import Shelf
from rag.stopwatch import model_seconds

Done = Callable[[int, int], None]  # how many questions are done, and of how many


def evaluate(
    questions: str | Path | QuestionFile | Sequence[Question],
    assistant: Assistant,
    *,
    only: Sequence[str] = (),
    jobs: int = 1,
    repeat: int = 1,
    on_progress: Done | None = None,
) -> Report:
    """Ask every question, and report in the order of the file.

    `only` names ids or kinds; `jobs` questions are asked at a time; each is asked `repeat` times, and passes where
    every time does. A question that cannot be asked, whatever the reason, is reported as failed with the stage
    "error". Ctrl-C ends the run early: the report then holds what was done, and `report.stopped` is True.
    Raises QuestionsError for a file that is not of the form, or an `only` that names nothing.
    """
    if isinstance(questions, str | Path):
        questions = load_questions(Path(questions))
    file = (
        questions
        if isinstance(questions, QuestionFile)
        else QuestionFile(Path("questions"), tuple(questions), {}, Tolerance())
    )
    chosen = select(file.questions, only)
    asked = [q for q in chosen if not q.skip and (not q.draft or q.id in only)]
    skipped = tuple(Skipped(q, q.skip or "a draft, to be looked at") for q in chosen if q not in asked)
    info = run_info(file, asked, assistant, only, jobs, repeat)
    began = time.perf_counter()
    done, stopped = _ask_all(asked, assistant, jobs, repeat, on_progress)
    outcomes = tuple(Outcome(q, done[q.id]) for q in asked if q.id in done)
    return Report(file, outcomes, skipped, info, stopped, time.perf_counter() - began)


def _ask_all(
    asked: Sequence[Question], assistant: Assistant, jobs: int, repeat: int, on_progress: Done | None
) -> tuple[Mapping[str, tuple[Trial, ...]], bool]:
    """The trials of each question that was asked to its end, by id; and whether Ctrl-C came before the last."""
    shelf, done = Shelf(assistant), dict[str, tuple[Trial, ...]]()
    stop = threading.Event()

    def all_trials(question: Question) -> tuple[Trial, ...] | None:
        trials = []
        for _ in range(repeat):
            if stop.is_set():
                return None
            trials.append(try_once(question, assistant, shelf))
        return tuple(trials)

    def keep(question: Question, future: Future[tuple[Trial, ...] | None]) -> None:
        trials = future.result()
        if trials is not None:
            done[question.id] = trials

    pool = ThreadPoolExecutor(jobs, initializer=_share_cores, initargs=(jobs,))
    futures = {pool.submit(all_trials, question): question for question in asked}
    try:
        for future in as_completed(futures):
            keep(futures[future], future)
            if on_progress:
                on_progress(len(done), len(asked))
    except KeyboardInterrupt:
        stop.set()
        pool.shutdown(wait=True, cancel_futures=True)
        for future, question in futures.items():
            if future.done() and not future.cancelled() and future.exception() is None:
                keep(question, future)
        return done, True
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
    return done, False


def _share_cores(jobs: int) -> None:
    """Give each of several askers its share of the cores: torch, where it is at work, starts as many threads as there
    are cores for each."""
    torch = sys.modules.get("torch")
    if torch and jobs > 1:
        torch.set_num_threads(max(1, (os.cpu_count() or 1) // jobs))


def try_once(question: Question, assistant: Assistant, shelf: Shelf) -> Trial:
    """Ask the question once, its turns in order, and judge the last."""
    try:
        answer, ms, model_ms = _ask(question, assistant)
        query = answer.query or question.turns[-1]
        hits = tuple(assistant.search(query, top_k=K, as_of=question.as_of))
        verdict = judge(question, answer, assistant.names)
        return Trial(
            answer,
            verdict,
            hits,
            first_right(question, hits, assistant.names),
            score(question, answer, verdict, hits, shelf),
            blame(question, answer, verdict, hits, shelf),
            ms,
            model_ms,
        )
    except Exception as error:  # one question's trouble must not cost the others their answers
        words = (str(error).strip() or "no message").splitlines()[0]
        why = words if isinstance(error, DatelineError) else f"{type(error).__name__}: {words}"
        verdict = Verdict(False, False, False, False if question.asks_short else None, why)
        nothing = Answer(question.turns[-1], "")
        return Trial(nothing, verdict, (), None, {"right": Score(0.0)}, Blame("error", why), 0.0, 0.0)


def _ask(question: Question, assistant: Assistant) -> tuple[Answer, float, float]:
    """The last turn's answer, and how many milliseconds it took, in all and in models."""
    history: list[dict[str, str]] = []
    for turn in question.turns[:-1]:
        said = assistant.ask(turn, history=history, as_of=question.as_of).text
        history += [{"role": "user", "content": turn}, {"role": "assistant", "content": said}]
    with model_seconds() as in_models:
        began = time.perf_counter()
        answer = assistant.ask(question.turns[-1], history=history, as_of=question.as_of)
        seconds = time.perf_counter() - began
    return answer, seconds * 1000, sum(in_models) * 1000
