"""Fit the weights of `rag/weights.py`'s log-odds, and where to refuse, on the questions kept for tuning.

    python benchmarks/calibrate.py [--data ../shared/data] [--pages ../shared/seeds]

The questions are those of benchmarks/tuning_*.yaml, none of which is reported on. For
each one the candidates are gathered as they are for an answer; a candidate is right when its span holds an accepted
answer and its page is a right one, left out when only its sentence does, wrong otherwise. A softmax over each
question's candidates gives the weights that order them, before the verifier has spoken and after; logistic regression
over the best ones those that refuse. So that refusing is learned from more than the questions without an answer, every
answerable one is asked once more of its folder without the articles that answer it. The table then says what the
weights do: the share of answerable questions whose best candidate is right, and refusals at each threshold, by
five-fold cross-validation over the questions.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import numpy as np

from rag.assistant import Assistant
from rag.config import Config
from rag.evidence import Candidate, candidates
from rag.followup import make_whole
from rag.judge import fold, is_source
from rag.judge import found as words_found
from rag.models import load_embedder, load_meaning, load_reader
from rag.names import Names
from rag.question import Question as Asked
from rag.question import understand
from rag.questions import Question, load_questions, select
from rag.reconsider import reconsider
from rag.rerank import rerank
from rag.retrieve import retrieve
from rag.schema import Found
from rag.weights import LEAST_PLAIN, PLAIN_ODDS, PLAIN_RANK

HERE = Path(__file__).parent
# What is weighed of each candidate (`rag.evidence.Candidate`), the last of them only once the verifier has spoken.
MARKS = (
    "margin", "clear", "terse", "covered", "nearby", "tight", "fitting", "near", "recent", "alike", "timely",
    "other", "held", "verified",
)  # fmt: skip
BEFORE = slice(0, -1)  # of MARKS
LEFT = 4  # passages that must remain for a question to be asked without its articles
KINDS = {"who", "what", "when", "where", "how-many", "why", "how", "list"}


@dataclass(frozen=True)
class Case:
    """One question's candidates: their marks (candidates, marks); 1 right, 0 wrong, -1 left out; and which are plainly
    said to hold the office asked for, for whom the scores have a bonus that is not fitted."""

    question: Question
    marks: np.ndarray
    right: np.ndarray
    plain: np.ndarray

    def best(self, weights: np.ndarray) -> int:
        return int((self.marks @ weights + PLAIN_RANK * self.plain).argmax())


def label(question: Question, candidate: Candidate) -> int:
    if question.refuse:
        return 0
    accepted = [fold(a) for a in (*question.answers, *question.answers_all)]
    path = str(candidate.sentence.node.metadata["path"])
    at_home = any(path.startswith(s) for s in question.sources)
    in_short = any(a in fold(candidate.short) for a in accepted)
    in_sentence = any(a in fold(candidate.sentence.text) for a in accepted)
    return 1 if in_short and at_home else -1 if in_sentence else 0


def gather(assistant: Assistant, questions: list[Question]) -> list[Case]:
    """The cases of the questions and, of each answerable one, also that without the articles that answer it."""
    cases = []
    for question in questions:
        asked = made_whole(assistant, question)
        if asked.kind not in KINDS:
            continue
        config = assistant.config
        cases.append(case(assistant, question, asked, found_by(assistant, asked, config)))
        if question.sources and not question.refuse:
            deep = config.with_changes(top_n=4 * config.top_n, top_k=4 * config.top_n)
            left = without(question, found_by(assistant, asked, deep), assistant.names)
            if len(left.passages) >= LEFT:
                left = replace(left, passages=left.passages[: config.top_n])
                cases.append(case(assistant, replace(question, refuse=True), asked, left))
    return cases


def made_whole(assistant: Assistant, question: Question) -> Asked:
    """The last turn as the assistant understands it after those before."""
    history: list[dict[str, str]] = []
    for turn in question.turns[:-1]:
        history += [
            {"role": "user", "content": turn},
            {"role": "assistant", "content": assistant.ask(turn, history=history).text},
        ]
    whole = make_whole(question.turns[-1], history, assistant.names)
    today = date.fromisoformat(question.as_of) if question.as_of else date.today()
    return understand(whole.text, assistant.names, today=today, as_of=question.as_of, barred=whole.barred)


def found_by(assistant: Assistant, asked: Asked, config: Config) -> Found:
    return retrieve(asked, assistant.index, load_embedder(config.embedder), assistant.names, config)


def without(question: Question, found: Found, names: Names) -> Found:
    """What is found where no article says it: no passage of a source, none that holds an accepted answer."""
    accepted = [*question.answers, *question.answers_all, *question.earlier]
    kept = [
        scored
        for scored in found.passages
        if not is_source(question, str(scored.node.metadata["path"]), str(scored.node.metadata["title"]))
        and not words_found(accepted, [scored.node.get_content()], names)
    ]
    return replace(found, passages=tuple(kept))


def case(assistant: Assistant, question: Question, asked: Asked, found: Found) -> Case:
    reader = load_reader(assistant.config.reader)
    reranked = rerank(asked, found, reader, assistant.names)
    made = [c for c in candidates(asked, reranked, assistant.names, load_meaning()) if c.eligible]
    made = reconsider(asked, made, reader, assistant.names)
    return Case(
        question,
        np.array([[float(getattr(c, mark)) for mark in MARKS] for c in made]).reshape(-1, len(MARKS)),
        np.array([label(question, c) for c in made]),
        np.array([float(c.plain) for c in made]),
    )


def fit_rank(cases: list[Case], l2: float = 0.02) -> np.ndarray:
    """Weights that put right candidates first: cross-entropy of a softmax over each answerable question's."""
    from scipy.optimize import minimize

    asked = [
        (c.marks, c.right != 0, PLAIN_RANK * c.plain)
        for c in cases
        if not c.question.refuse and (c.right == 1).any()
    ]
    spread = np.concatenate([marks for marks, *_ in asked]).std(0) + 1e-9

    def loss(weights: np.ndarray) -> tuple[float, np.ndarray]:
        total, slope = 0.0, np.zeros_like(weights)
        for marks, right, bonus in asked:
            scores = (marks / spread) @ weights + bonus
            chance = np.exp(scores - scores.max())
            chance /= chance.sum()
            good = chance[right].sum()
            total -= np.log(good + 1e-12)
            slope -= (np.where(right, chance / good, 0) - chance) @ (marks / spread)
        return total / len(asked) + l2 * weights @ weights, slope / len(asked) + 2 * l2 * weights

    found = minimize(loss, np.zeros(len(spread)), jac=True, method="L-BFGS-B").x
    return found / spread


def fit_sure(cases: list[Case], weights: np.ndarray) -> tuple[np.ndarray, float]:
    """Weights and bias of the log-odds that the best candidate answers; wrong ones of answerable questions and those
    that are answered for their bonus are left out, and both kinds of question count the same."""
    from sklearn.linear_model import LogisticRegression

    marks, right = [], []
    for case in cases:
        if len(case.marks):
            best = case.best(weights)
            if not case.plain[best] and (case.question.refuse or case.right[best] != 0):
                marks.append(case.marks[best])
                right.append(not case.question.refuse)
    spread = np.array(marks).std(0) + 1e-9
    model = LogisticRegression(C=0.3, class_weight="balanced", max_iter=2000).fit(
        np.array(marks) / spread, right
    )
    return model.coef_[0] / spread, float(model.intercept_[0])


def outcome(case: Case, weights: np.ndarray, sure: np.ndarray, bias: float) -> tuple[float, bool]:
    """The best candidate's log-odds, and whether it is right."""
    if not len(case.marks):
        return -9.0, False
    best = case.best(weights)
    odds = float(case.marks[best] @ sure + bias)
    odds = max(odds + PLAIN_ODDS, LEAST_PLAIN) if case.plain[best] else odds
    return odds, case.right[best] != 0 and not case.question.refuse


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", default="../shared/data")
    parser.add_argument("--pages", default="../shared/seeds")
    args = parser.parse_args()
    files = [
        HERE / f"{name}.yaml"
        for name in ("tuning_questions", "tuning_folders", "tuning_mixed", "tuning_made")
    ]
    asked = [question for file in files for question in load_questions(file).questions]
    cases: list[Case] = []
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "articles"
        subprocess.run([sys.executable, HERE / "tuning_corpus.py", out, "--data", args.data], check=True)
        for subset in dict.fromkeys(question.corpus for question in asked):
            made = HERE / "made_folders" / subset
            corpus = Path(args.pages) if subset == "pages" else made if made.is_dir() else out / subset
            with Assistant.open(corpus, Path(folder) / f"store-{subset}") as assistant:
                cases += gather(assistant, select(asked, subset=subset))
    weights = fit_rank(cases)
    sure, bias = fit_sure(cases, weights)
    first = fit_rank([replace(c, marks=c.marks[:, BEFORE]) for c in cases])
    for name, fitted in (("FIRST", first), ("RANK", weights), ("SURE", sure)):
        print(name, "=", {mark: round(float(w), 2) for mark, w in zip(MARKS, fitted, strict=False)})
    print("BIAS =", round(bias, 2))
    results: list[tuple[bool, float, bool]] = []
    parts = {id_: n % 5 for n, id_ in enumerate(dict.fromkeys(c.question.id for c in cases))}
    for part in range(5):
        held = [c for c in cases if parts[c.question.id] == part]
        rest = [c for c in cases if parts[c.question.id] != part]
        w = fit_rank(rest)
        results += [(c.question.refuse, *outcome(c, w, *fit_sure(rest, w))) for c in held]
    answerable = [(s, r) for refuse, s, r in results if not refuse]
    unanswerable = [s for refuse, s, _ in results if refuse]
    print(f"best candidate right: {np.mean([r for _, r in answerable]):.2f} of {len(answerable)} questions")
    for threshold in np.arange(-2, 1.51, 0.25):
        right = np.mean([s >= threshold and r for s, r in answerable])
        refused = np.mean([s < threshold for s in unanswerable])
        print(f"threshold {threshold:5.1f}: answered rightly {right:.2f}, refused rightly {refused:.2f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
