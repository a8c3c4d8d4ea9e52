"""How well a candidate answers: the weights of its marks, as fitted, and the two sums they make."""

from __future__ import annotations

from rag.evidence import Candidate

# Two sums of a candidate's marks, fitted by benchmarks/calibrate.py on questions that are not reported. RANK orders the
# candidates of one question; SURE, of the best of them, gives the log-odds that the articles answer at all.
RANK = {
    "margin": 0.12,
    "clear": 2.06,
    "terse": -0.21,
    "covered": -0.51,
    "nearby": 1.27,
    "tight": 0.33,
    "fitting": 1.08,
    "near": 2.9,
    "recent": 0.34,
    "alike": 2.64,
    "timely": 0.35,
    "other": -0.78,
}
BIAS = -7.30
SURE = {
    "margin": 0.1,
    "clear": 1.47,
    "terse": -1.24,
    "covered": 0.51,
    "nearby": 0.94,
    "tight": -0.1,
    "fitting": 1.19,
    "near": 3.38,
    "recent": -0.65,
    "alike": 4.76,
    "timely": 1.3,
    "other": -2.05,
}
ANSWERED = -0.25  # below these log-odds the articles do not say


def rank(candidate: Candidate) -> float:
    """How well the candidate answers, next to others for the same question; no unit."""
    return sum(weight * float(getattr(candidate, mark)) for mark, weight in RANK.items())


def log_odds(candidate: Candidate) -> float:
    """How surely the articles answer, where this is the best candidate: 0 is even odds."""
    return BIAS + sum(weight * float(getattr(candidate, mark)) for mark, weight in SURE.items())
