"""How well a candidate answers: the weights of its marks, as fitted, and the two sums they make."""

from __future__ import annotations

from collections.abc import Mapping

from rag.evidence import Candidate

# Three sums of a candidate's marks, fitted by benchmarks/calibrate.py on questions that are not reported. FIRST orders
# the candidates of one question for the verifier, which is shown the best; RANK orders them once it has spoken; SURE,
# of the best of them, gives the log-odds that the articles answer at all.
FIRST = {
    "margin": 0.12,
    "clear": 2.78,
    "terse": 0.33,
    "covered": -0.25,
    "nearby": 0.98,
    "tight": -0.26,
    "fitting": 0.45,
    "near": 3.24,
    "recent": 0.46,
    "alike": 0.97,
    "timely": 0.24,
    "other": -0.27,
    "held": 1.01,
}
RANK = {
    "margin": 0.09,
    "clear": 1.56,
    "terse": 0.56,
    "covered": -0.24,
    "nearby": 0.66,
    "tight": -0.45,
    "fitting": 0.38,
    "near": 2.83,
    "recent": 0.47,
    "alike": 0.6,
    "timely": 0.14,
    "other": -0.29,
    "held": 0.93,
    "verified": 0.38,
}
BIAS = -5.66
SURE = {
    "margin": 0.18,
    "clear": 0.88,
    "terse": -0.18,
    "covered": -0.6,
    "nearby": 0.82,
    "tight": -0.38,
    "fitting": -0.06,
    "near": 4.76,
    "recent": 0.15,
    "alike": 2.99,
    "timely": 0.63,
    "other": -1.75,
    "held": 2.83,
    "verified": 0.33,
}
# Whoever is plainly said to hold the office asked for is ahead of those who are not, and is an answer though the reader
# and the verifier doubt it: no near miss of those questions has such a name. Not fitted, since hardly any wrong ones
# have either; LEAST_PLAIN are the log-odds that such a name has at least.
PLAIN_RANK, PLAIN_ODDS, LEAST_PLAIN = 3.0, 5.0, 1.0
# Below these log-odds the articles do not say: there the mean of answered and refused rightly is greatest.
ANSWERED = 0.0


def first_rank(candidate: Candidate) -> float:
    """How well the candidate answers, next to others for the same question, before the verifier is asked; no unit."""
    return weighed(candidate, FIRST) + PLAIN_RANK * candidate.plain


def rank(candidate: Candidate) -> float:
    """How well the candidate answers, next to others for the same question; no unit."""
    return weighed(candidate, RANK) + PLAIN_RANK * candidate.plain


def log_odds(candidate: Candidate) -> float:
    """How surely the articles answer, where this is the best candidate: 0 is even odds."""
    fitted = BIAS + weighed(candidate, SURE)
    return max(fitted + PLAIN_ODDS, LEAST_PLAIN) if candidate.plain else fitted


def weighed(candidate: Candidate, weights: Mapping[str, float]) -> float:
    return sum(weight * float(getattr(candidate, mark)) for mark, weight in weights.items())
