"""How well a candidate answers: the weights of its marks, as fitted, and the two sums they make."""

from __future__ import annotations

from rag.evidence import Candidate

# Two sums of a candidate's marks, fitted by benchmarks/calibrate.py on questions that are not reported. RANK orders the
# candidates of one question; SURE, of the best of them, gives the log-odds that the articles answer at all.
RANK = {
    "margin": 0.15,
    "clear": 2.61,
    "terse": 0.37,
    "covered": -0.34,
    "nearby": 1.0,
    "tight": -0.91,
    "fitting": 0.52,
    "near": 3.14,
    "recent": 0.41,
    "alike": 1.33,
    "timely": 0.28,
    "other": -0.54,
    "held": 0.4,
}
BIAS = -8.68
SURE = {
    "margin": 0.22,
    "clear": 1.74,
    "terse": -0.38,
    "covered": -0.82,
    "nearby": 1.11,
    "tight": -0.58,
    "fitting": 0.36,
    "near": 6.51,
    "recent": 0.04,
    "alike": 3.76,
    "timely": 0.53,
    "other": -1.08,
    "held": 1.15,
}
# Whoever is plainly said to hold the office asked for is ahead of those who are not, and is an answer though the reader
# doubts it: no near miss of those questions has such a name. Not fitted, since hardly any wrong ones have either.
PLAIN_RANK, PLAIN_ODDS = 3.0, 5.0
ANSWERED = -0.25  # below these log-odds the articles do not say


def rank(candidate: Candidate) -> float:
    """How well the candidate answers, next to others for the same question; no unit."""
    fitted = sum(weight * float(getattr(candidate, mark)) for mark, weight in RANK.items())
    return fitted + PLAIN_RANK * candidate.plain


def log_odds(candidate: Candidate) -> float:
    """How surely the articles answer, where this is the best candidate: 0 is even odds."""
    fitted = sum(weight * float(getattr(candidate, mark)) for mark, weight in SURE.items())
    return BIAS + fitted + PLAIN_ODDS * candidate.plain
