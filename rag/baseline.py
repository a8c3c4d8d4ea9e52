"""A run kept to compare later ones with, question by question.

A baseline holds verdicts, numbers and short answers: enough to say what changed, and no text of an article beyond that.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from rag.errors import DatelineError
from rag.measures import MEASURES
from rag.metrics import Change, Score, change
from rag.questions import Tolerance
from rag.runinfo import RunInfo
from rag.runreport import Outcome, Report
from rag.scores import total

FORMAT = 1
SHORT = 80  # characters of a short answer that are kept


class BaselineError(DatelineError):
    """A baseline that cannot be read, written or compared with."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What a baseline knows of one question."""

    digest: str
    kind: str
    passed: bool
    culprit: str  # "" where it passed
    short: str
    refused: bool
    scores: Mapping[str, Score]


@dataclass(frozen=True, slots=True)
class Baseline:
    name: str
    run: RunInfo
    tolerance: Tolerance
    questions: Mapping[str, Kept]

    @classmethod
    def of(cls, report: Report, name: str) -> Baseline:
        return cls(
            name, report.run, report.file.tolerance, {o.question.id: _kept(o) for o in report.outcomes}
        )

    def save(self, path: Path) -> None:
        """Write it, one line a question. BaselineError where the file cannot be written."""
        head = {
            "dateline_baseline": FORMAT,
            "name": self.name,
            "run": asdict(self.run),
            "tolerance": asdict(self.tolerance),
        }
        rows = (
            f"    {json.dumps(id_)}: {json.dumps(_row(kept), ensure_ascii=False)}"
            for id_, kept in self.questions.items()
        )
        lines = json.dumps(head, ensure_ascii=False, indent=2).removesuffix("\n}")
        text = lines + ',\n  "questions": {\n' + ",\n".join(rows) + "\n  }\n}\n"
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            unfinished = path.with_name(path.name + ".new")
            unfinished.write_text(text, encoding="utf-8")
            unfinished.replace(path)
        except OSError as error:
            raise BaselineError(
                f"{path} cannot be written ({error.strerror}): save under another name"
            ) from error

    @classmethod
    def load(cls, path: Path) -> Baseline:
        """Raises BaselineError, in one line, where the file is missing or no baseline."""
        try:
            read = json.loads(path.read_text(encoding="utf-8"))
            if read["dateline_baseline"] != FORMAT:
                raise BaselineError(f"{path} is a baseline of another version: save it anew")
            run = {**read["run"], "only": tuple(read["run"]["only"])}
            questions = {id_: _read(row) for id_, row in read["questions"].items()}
            return cls(read["name"], RunInfo(**run), Tolerance(**read["tolerance"]), questions)
        except FileNotFoundError as error:
            raise BaselineError(f"there is no baseline {path}: save one with --save {path.stem}") from error
        except OSError as error:
            raise BaselineError(f"{path} cannot be read ({error.strerror})") from error
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise BaselineError(f"{path} is no baseline of `dateline eval --save`: save it anew") from error

    @property
    def failing(self) -> list[str]:
        return [id_ for id_, kept in self.questions.items() if not kept.passed]


def path_of(name: str, questions: Path) -> Path:
    """Where the baseline NAME of a file of questions is kept: beside it, as `questions.NAME.json`; a NAME that ends in
    .json is a path of its own."""
    if name.endswith(".json"):
        return Path(name)
    if not name or name != Path(name).name or name.startswith("."):
        raise BaselineError(f"{name!r} is no name for a baseline: give a word, or a path that ends in .json")
    return questions.with_name(f"{questions.stem}.{name}.json")


def _kept(outcome: Outcome) -> Kept:
    shown = outcome.shown
    return Kept(
        outcome.question.digest,
        outcome.question.kind,
        outcome.passed,
        shown.blame.stage if shown.blame else "",
        shown.answer.short[:SHORT],
        shown.answer.refused,
        outcome.scores,
    )


def _row(kept: Kept) -> dict[str, Any]:
    scores = {name: [round(s.part, 6), round(s.whole, 6)] for name, s in kept.scores.items()}
    made = {name: getattr(kept, name) for name in ("digest", "kind", "passed", "culprit", "short", "refused")}
    return {**made, "scores": scores}


def _read(row: Mapping[str, Any]) -> Kept:
    return Kept(**{**row, "scores": {name: Score(*pair) for name, pair in row["scores"].items()}})


# ── comparing ────────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Flip:
    """A question whose verdict changed."""

    id: str
    before: Kept
    now: Outcome


@dataclass(frozen=True, slots=True)
class Comparison:
    """A run held against a baseline. `breaches` says in one line each why the run is worse; empty where it is not."""

    baseline: Baseline
    worse: tuple[Flip, ...] = ()
    better: tuple[Flip, ...] = ()
    reworded: tuple[Flip, ...] = ()  # same verdict, another short answer
    unlike: tuple[str, ...] = ()  # what else differs between the two runs
    edited: tuple[str, ...] = ()  # ids of questions that changed since, and are not compared
    new: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()
    changes: Mapping[str, Change] = field(default_factory=dict)  # of figures, over the questions compared
    breaches: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready: flips by id, and the rest as it is."""
        flips = {name: [flip.id for flip in getattr(self, name)] for name in ("worse", "better", "reworded")}
        lists = {name: list(getattr(self, name)) for name in ("unlike", "edited", "new", "gone", "breaches")}
        changes = {name: {**asdict(c), "difference": c.difference} for name, c in self.changes.items()}
        return {"name": self.baseline.name, **flips, **lists, "changes": changes}


def compare(report: Report, baseline: Baseline) -> Comparison:
    """Hold a run against a baseline, over the questions that both have and that have not changed since.

    Raises BaselineError where they share no question.
    """
    before = baseline.questions
    both = [o for o in report.outcomes if before.get(o.question.id)]
    alike = [o for o in both if before[o.question.id].digest == o.question.digest]
    if report.outcomes and not alike:
        raise BaselineError(f"the baseline {baseline.name!r} has no question of this run: save it anew")
    flips = [Flip(o.question.id, before[o.question.id], o) for o in alike]
    worse = tuple(f for f in flips if f.before.passed and not f.now.passed)
    asked = {o.question.id for o in report.outcomes}
    changes = _changes(alike, [before[o.question.id] for o in alike])
    return Comparison(
        baseline,
        worse,
        tuple(f for f in flips if f.now.passed and not f.before.passed),
        tuple(
            f
            for f in flips
            if f.now.passed == f.before.passed and f.now.shown.answer.short[:SHORT] != f.before.short
        ),
        tuple(_unlike(baseline.run, report.run, len(alike) == len(before))),
        tuple(o.question.id for o in both if o not in alike),
        tuple(o.question.id for o in report.outcomes if o not in both),
        () if report.run.only or report.stopped else tuple(id_ for id_ in before if id_ not in asked),
        changes,
        tuple(_breaches(worse, changes, baseline.tolerance)),
    )


def _changes(now: Sequence[Outcome], before: Sequence[Kept]) -> dict[str, Change]:
    scores_now, scores_before = [o.scores for o in now], [k.scores for k in before]
    made = {m.name: change(total(scores_before, m.name), total(scores_now, m.name)) for m in MEASURES}
    return {name: found for name, found in made.items() if found is not None}


def _breaches(worse: Sequence[Flip], changes: Mapping[str, Change], allowed: Tolerance) -> list[str]:
    made = []
    if len(worse) > allowed.flips:
        made.append(
            f"{len(worse)} passed before and fail now, and {allowed.flips} may: {', '.join(f.id for f in worse)}"
        )
    for name, moved in changes.items():
        if -moved.difference > allowed.drop + 1e-5:  # scores are kept to six digits
            made.append(
                f"{name} fell from {moved.before:.3f} to {moved.now:.3f}, and may by {allowed.drop:g}"
            )
    return made


def _unlike(before: RunInfo, now: RunInfo, same_set: bool) -> list[str]:
    """What differs between two runs besides their results, one line each."""
    pairs: dict[str, tuple[object, object]] = {
        "the pages": (before.corpus, now.corpus),
        "the answerer": (before.answerer, now.answerer),
        **{name: (old, now.versions.get(name, "none")) for name, old in before.versions.items()},
        **{name: (before.config.get(name), now.config.get(name)) for name in {**before.config, **now.config}},
        "times asked": (before.repeat, now.repeat),
    }
    made = [f"{name}: {old} then, {new} now" for name, (old, new) in pairs.items() if old != new]
    if same_set and before.questions != now.questions:
        made.append(f"the questions: {before.questions} then, {now.questions} now")
    return made


def below_floors(report: Report) -> list[str]:
    """A line for each floor of the file that the run does not reach. A run of some of the questions has no floors."""
    if report.run.only or report.stopped:
        return []
    made = []
    for name, least in report.file.floors.items():
        reached = report.overall.get(name)
        if reached is None:
            made.append(f"{name} was not measured, and its floor is {least:g}")
        elif reached.value < least - 1e-9:
            made.append(f"{name} is {reached.value:.3f}, below its floor of {least:g}")
    return made
