"""How well a candidate answers: the weights of its marks, as fitted, and the two sums they make."""

from __future__ import annotations

from rag.evidence import Candidate

# Two sums of a candidate's marks, fitted by benchmarks/calibrate.py on questions that are not reported. RANK orders the
# candidates of one question; SURE, of the best of them, gives the log-odds that the articles answer at all.
RANK = {
    "margin": 0.12,
    "clear": 2.09,
    "terse": 0.01,
    "covered": -0.43,
    "nearby": 1.17,
    "tight": 0.55,
    "fitting": 1.23,
    "near": 2.65,
    "recent": 0.36,
    "alike": 2.67,
    "timely": 0.26,
    "other": -0.71,
}
BIAS = -5.94
SURE = {
    "margin": 0.1,
    "clear": 1.65,
    "terse": -1.53,
    "covered": 0.6,
    "nearby": 0.83,
    "tight": 0.22,
    "fitting": 0.97,
    "near": 2.68,
    "recent": -0.83,
    "alike": 3.91,
    "timely": 1.45,
    "other": -1.82,
}
ANSWERED = -0.25  # below these log-odds the articles do not say


def rank(candidate: Candidate) -> float:
    """How well the candidate answers, next to others for the same question; no unit."""
    return sum(weight * float(getattr(candidate, mark)) for mark, weight in RANK.items())


def log_odds(candidate: Candidate) -> float:
    """How surely the articles answer, where this is the best candidate: 0 is even odds."""
    return BIAS + sum(weight * float(getattr(candidate, mark)) for mark, weight in SURE.items())
