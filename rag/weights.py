"""How well a candidate answers: the weights of its marks, as fitted, and the two sums they make."""

from __future__ import annotations

from rag.evidence import Candidate

# Two sums of a candidate's marks, fitted by benchmarks/calibrate.py on questions that are not reported. RANK orders the
# candidates of one question; SURE, of the best of them, gives the log-odds that the articles answer at all.
RANK = {
    "margin": 0.18,
    "clear": 2.12,
    "terse": 0.26,
    "covered": -0.71,
    "nearby": 1.09,
    "tight": -0.54,
    "fitting": 0.81,
    "near": 3.13,
    "recent": 0.35,
    "alike": 1.68,
    "timely": 0.48,
    "other": -0.66,
}
BIAS = -6.92
SURE = {
    "margin": 0.23,
    "clear": 1.0,
    "terse": -0.85,
    "covered": -1.63,
    "nearby": 0.8,
    "tight": -0.63,
    "fitting": 0.43,
    "near": 5.88,
    "recent": -0.11,
    "alike": 4.14,
    "timely": 0.43,
    "other": -1.89,
}
ANSWERED = -0.25  # below these log-odds the articles do not say


def rank(candidate: Candidate) -> float:
    """How well the candidate answers, next to others for the same question; no unit."""
    return sum(weight * float(getattr(candidate, mark)) for mark, weight in RANK.items())


def log_odds(candidate: Candidate) -> float:
    """How surely the articles answer, where this is the best candidate: 0 is even odds."""
    return BIAS + sum(weight * float(getattr(candidate, mark)) for mark, weight in SURE.items())
