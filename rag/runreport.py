"""What a run gave: each question's trials, and the figures over them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

from rag.culprit import Blame
from rag.judge import Verdict
from rag.measures import MEASURES
from rag.metrics import Figure, Score, figure, percentile
from rag.questions import Question, QuestionFile
from rag.runinfo import RunInfo
from rag.schema import Answer, Hit
from rag.scores import total


@dataclass(frozen=True, slots=True)
class Trial:
    """One asking of a question, and what it is worth."""

    answer: Answer
    verdict: Verdict
    hits: tuple[Hit, ...]
    rank: int | None  # of the first right passage, from 1
    scores: Mapping[str, Score]
    blame: Blame | None
    ms: float  # that the last turn took
    model_ms: float  # of those, spent in models


@dataclass(frozen=True, slots=True)
class Outcome:
    """A question and its trials. It passed where every one of them did."""

    question: Question
    trials: tuple[Trial, ...]

    @property
    def passed(self) -> bool:
        return all(trial.verdict.passed for trial in self.trials)

    @property
    def flaky(self) -> bool:
        """Did it pass at one time and fail at another?"""
        return len({trial.verdict.passed for trial in self.trials}) > 1

    @property
    def shown(self) -> Trial:
        """The trial to look at: the first that failed, or the first."""
        return next((trial for trial in self.trials if not trial.verdict.passed), self.trials[0])

    @property
    def scores(self) -> dict[str, Score]:
        """The mean of the trials' scores."""
        names = dict.fromkeys(name for trial in self.trials for name in trial.scores)
        return {
            name: _mean([t.scores[name] for t in self.trials if name in t.scores], len(self.trials))
            for name in names
        }

    def to_dict(self) -> dict[str, Any]:
        shown = self.shown
        answer = shown.answer.to_dict()
        del answer["seconds"]
        return {
            **asdict(self.question),
            **asdict(shown.verdict),
            "passed": self.passed,
            "flaky": self.flaky,
            "culprit": asdict(shown.blame) if shown.blame else None,
            "rank": shown.rank,
            "scores": {name: [s.part, s.whole] for name, s in self.scores.items()},
            "answer": answer,
            "passages": [hit.to_dict() for hit in shown.hits],
        }


@dataclass(frozen=True, slots=True)
class Skipped:
    question: Question
    why: str


@dataclass(frozen=True)
class Report:
    """All of a run. Two runs of the same state differ in `times`, `run.started` and nothing else."""

    file: QuestionFile
    outcomes: tuple[Outcome, ...]
    skipped: tuple[Skipped, ...]
    run: RunInfo
    stopped: bool  # by Ctrl-C: then `outcomes` holds what was done
    seconds: float

    @cached_property
    def overall(self) -> dict[str, Figure]:
        """The figures over all questions, by the names of `rag/measures.py`; those without a question left out."""
        return figures(self.outcomes)

    @cached_property
    def kinds(self) -> dict[str, dict[str, Figure]]:
        """The same of each kind, in the order in which the kinds first come."""
        names = dict.fromkeys(o.question.kind for o in self.outcomes)
        return {kind: figures([o for o in self.outcomes if o.question.kind == kind]) for kind in names}

    @property
    def failures(self) -> tuple[Outcome, ...]:
        return tuple(outcome for outcome in self.outcomes if not outcome.passed)

    @property
    def errors(self) -> tuple[Outcome, ...]:
        """The questions that could not be asked."""
        return tuple(o for o in self.failures if o.shown.blame and o.shown.blame.stage == "error")

    @property
    def culprits(self) -> dict[str, int]:
        """How many failures each stage is to blame for, most first."""
        return dict(Counter(o.shown.blame.stage for o in self.failures if o.shown.blame).most_common())

    @property
    def answerers(self) -> dict[str, int]:
        """How many answers came from whom, most first: a model that fails may have been stood in for."""
        answered = (t.answer.answerer for o in self.outcomes for t in o.trials if t.ms)
        return dict(Counter(answered).most_common())

    def answered_by(self, name: str) -> bool:
        """Did at least one answer come from the model `name`, with or without its tag?"""
        return any(answerer.partition(":")[0] == name.partition(":")[0] for answerer in self.answerers)

    @property
    def times(self) -> dict[str, float]:
        """Milliseconds of the last turn over all trials: half and 95 % took no longer, with and without models."""
        trials = [t for o in self.outcomes for t in o.trials if t.ms]
        if not trials:
            return {}
        whole, rest = [t.ms for t in trials], [t.ms - t.model_ms for t in trials]
        return {
            "p50_ms": percentile(whole, 0.5),
            "p95_ms": percentile(whole, 0.95),
            "p50_ms_without_models": percentile(rest, 0.5),
            "p95_ms_without_models": percentile(rest, 0.95),
        }

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready: figures overall and by kind, and each question with its verdict and all it was given on."""
        return {
            "complete": not self.stopped,
            "run": asdict(self.run),
            "overall": _plain(self.overall, self.outcomes),
            "kinds": {
                kind: _plain(found, [o for o in self.outcomes if o.question.kind == kind])
                for kind, found in self.kinds.items()
            },
            "culprits": self.culprits,
            "questions": [outcome.to_dict() for outcome in self.outcomes],
            "skipped": [{"id": s.question.id, "why": s.why} for s in self.skipped],
            "times": {**self.times, "seconds": self.seconds},
        }


def figures(outcomes: Sequence[Outcome]) -> dict[str, Figure]:
    scores = [outcome.scores for outcome in outcomes]
    made = {measure.name: figure(total(scores, measure.name)) for measure in MEASURES}
    return {name: found for name, found in made.items() if found is not None}


def _plain(found: Mapping[str, Figure], outcomes: Sequence[Outcome]) -> dict[str, Any]:
    passed = sum(outcome.passed for outcome in outcomes)
    return {"n": len(outcomes), "passed": passed, **{name: asdict(f) for name, f in found.items()}}


def _mean(scores: Sequence[Score], trials: int) -> Score:
    return Score(sum(float(s.part) for s in scores) / trials, sum(float(s.whole) for s in scores) / trials)
