"""How well a candidate answers: the weights of its marks, as fitted, and the two sums they make."""

from __future__ import annotations

from rag.evidence import Candidate

# Two sums of a candidate's marks, fitted by benchmarks/calibrate.py on questions that are not reported. RANK orders the
# candidates of one question; SURE, of the best of them, gives the log-odds that the articles answer at all.
RANK = {
    "margin": 0.15,
    "clear": 2.62,
    "terse": 0.47,
    "covered": -0.16,
    "nearby": 1.15,
    "tight": -0.56,
    "fitting": 0.36,
    "near": 3.13,
    "recent": 0.52,
    "alike": 1.13,
    "timely": 0.23,
    "other": -0.39,
    "held": -1.28,
}
BIAS = -6.93
SURE = {
    "margin": 0.25,
    "clear": 1.78,
    "terse": -0.33,
    "covered": -0.53,
    "nearby": 0.85,
    "tight": -0.8,
    "fitting": 0.04,
    "near": 5.05,
    "recent": 0.24,
    "alike": 3.6,
    "timely": 0.69,
    "other": -1.4,
    "held": 2.43,
}
# Whoever is plainly said to hold the office asked for is ahead of those who are not, and is an answer though the reader
# doubts it: no near miss of those questions has such a name. Not fitted, since hardly any wrong ones have either.
PLAIN_RANK, PLAIN_ODDS = 3.0, 5.0
# Below these log-odds the articles do not say: there the mean of answered and refused rightly is greatest.
ANSWERED = 0.0


def rank(candidate: Candidate) -> float:
    """How well the candidate answers, next to others for the same question; no unit."""
    fitted = sum(weight * float(getattr(candidate, mark)) for mark, weight in RANK.items())
    return fitted + PLAIN_RANK * candidate.plain


def log_odds(candidate: Candidate) -> float:
    """How surely the articles answer, where this is the best candidate: 0 is even odds."""
    fitted = sum(weight * float(getattr(candidate, mark)) for mark, weight in SURE.items())
    return BIAS + fitted + PLAIN_ODDS * candidate.plain
