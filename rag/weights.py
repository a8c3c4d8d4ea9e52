"""How well a candidate answers: the weights of its marks, as fitted, and the two sums they make."""

from __future__ import annotations

from rag.evidence import Candidate

# Two sums of a candidate's marks, fitted by benchmarks/calibrate.py on questions that are not reported. RANK orders the
# candidates of one question; SURE, of the best of them, gives the log-odds that the articles answer at all.
RANK = {
    "margin": 0.12,
    "clear": 2.3,
    "terse": 0.25,
    "covered": -0.49,
    "nearby": 1.27,
    "tight": 0.84,
    "fitting": 1.22,
    "near": 2.82,
    "recent": 0.31,
    "alike": 2.75,
    "timely": 0.43,
    "other": -0.67,
}
BIAS = -6.50
SURE = {
    "margin": 0.11,
    "clear": 1.2,
    "terse": -1.26,
    "covered": 0.42,
    "nearby": 0.77,
    "tight": 0.43,
    "fitting": 1.17,
    "near": 2.71,
    "recent": -0.59,
    "alike": 4.73,
    "timely": 1.4,
    "other": -3.76,
}
ANSWERED = -0.5  # below these log-odds the articles do not say


def rank(candidate: Candidate) -> float:
    """How well the candidate answers, next to others for the same question; no unit."""
    return sum(weight * float(getattr(candidate, mark)) for mark, weight in RANK.items())


def log_odds(candidate: Candidate) -> float:
    """How surely the articles answer, where this is the best candidate: 0 is even odds."""
    return BIAS + sum(weight * float(getattr(candidate, mark)) for mark, weight in SURE.items())
