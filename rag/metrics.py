"""The formulas by which runs are measured, each a function of plain numbers or texts, with its source.

Relevance is yes or no. A share over questions is kept as parts and wholes, one pair a question, so that an interval
can be drawn by resampling questions: they, not their citations or sentences, are what a file holds few of.
"""

from __future__ import annotations

import math
import re
import string
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

RESAMPLES = 2000  # enough that a bound moves by less than 0.005 from seed to seed on 60 questions
SEED = 20240919
LEVEL = 0.95


def recall_at_k(relevant: Sequence[bool], total: int, k: int) -> float:
    """|relevant among the first k| / |relevant|; 0 where there are none (Manning, Raghavan and Schütze 2008, ch. 8).

    `relevant` says of each passage found, best first, whether it is; `total` is how many there are to be found.
    """
    return sum(relevant[:k]) / total if total else 0.0


def reciprocal_rank(relevant: Sequence[bool], k: int) -> float:
    """1 / rank of the first relevant passage among the first k, else 0 (Voorhees 1999, TREC-8); its mean is MRR@k."""
    return next((1 / rank for rank, hit in enumerate(relevant[:k], start=1) if hit), 0.0)


def ndcg_at_k(relevant: Sequence[bool], total: int, k: int) -> float:
    """DCG / IDCG, where DCG sums 1 / log2(rank + 1) over relevant ranks up to k, and IDCG is that of min(total, k)
    relevant ones at the head (Järvelin and Kekäläinen 2002)."""
    ideal = sum(1 / math.log2(rank + 1) for rank in range(1, min(total, k) + 1))
    gained = sum(1 / math.log2(rank + 1) for rank, hit in enumerate(relevant[:k], start=1) if hit)
    return gained / ideal if ideal else 0.0


def normal(text: str) -> list[str]:
    """The words of a short answer as SQuAD compares them: lower case, no punctuation, no English articles."""
    plain = "".join(c for c in text.lower() if c not in string.punctuation and c not in "‐‑–—‘’“”")
    return re.sub(r"\b(a|an|the)\b", " ", plain).split()


def exact_match(answer: str, accepted: Sequence[str]) -> float:
    """1 where the normalised answer is one of the accepted, else 0 (Rajpurkar et al. 2016)."""
    return float(any(normal(answer) == normal(words) for words in accepted))


def f1(answer: str, accepted: Sequence[str]) -> float:
    """2PR / (P + R) over the words that answer and accepted words share, at its best accepted words (same source)."""
    return max((_f1(normal(answer), normal(words)) for words in accepted), default=0.0)


def _f1(said: list[str], wanted: list[str]) -> float:
    shared = sum((Counter(said) & Counter(wanted)).values())
    return 2 * shared / (len(said) + len(wanted)) if shared else 0.0


def percentile(values: Sequence[float], p: float) -> float:
    """The value below which a share `p` lies, 0 to 1, linear between neighbours (Hyndman and Fan 1996, type 7)."""
    ordered = sorted(values)
    at = p * (len(ordered) - 1)
    low, high = math.floor(at), math.ceil(at)
    return ordered[low] + (ordered[high] - ordered[low]) * (at - low)


# ── figures and their intervals ──────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Score:
    """What one question adds to a figure: `part` of `whole`; a whole of 0 adds nothing."""

    part: float
    whole: float = 1.0


@dataclass(frozen=True, slots=True)
class Figure:
    """Σ part / Σ whole over `n` questions, and its 95 % interval."""

    value: float
    low: float
    high: float
    n: int


def figure(scores: Sequence[Score]) -> Figure | None:
    """The figure and its interval by the percentile bootstrap over questions (Efron and Tibshirani 1993, ch. 13).

    None where there is nothing to take a share of. Where all questions say the same, no resample differs: the bound
    is then Wilson's (1927) for a share of `n`.
    """
    counted = [s for s in scores if s.whole]
    if not counted:
        return None
    import numpy as np

    parts, wholes = np.array([(s.part, s.whole) for s in counted]).T
    value, n = float(parts.sum() / wholes.sum()), len(counted)
    shares = parts / wholes
    if shares.min() == shares.max():
        return Figure(value, *_wilson(value, n), n)
    drawn = np.random.default_rng(SEED).integers(0, n, (RESAMPLES, n))
    means = parts[drawn].sum(axis=1) / wholes[drawn].sum(axis=1)
    low, high = np.quantile(means, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Figure(value, float(low), float(high), n)


def _wilson(share: float, n: int) -> tuple[float, float]:
    z = 1.959964  # of the normal distribution at 95 %
    centre, spread = (
        share + z * z / (2 * n),
        z * math.sqrt(max(0.0, share * (1 - share)) / n + z * z / (4 * n * n)),
    )
    low, high = (centre - spread) / (1 + z * z / n), (centre + spread) / (1 + z * z / n)
    return max(0.0, min(low, share)), min(1.0, max(high, share))


@dataclass(frozen=True, slots=True)
class Change:
    """How a figure moved between two runs of the same questions: `now - before`, with its 95 % interval."""

    before: float
    now: float
    low: float
    high: float

    @property
    def difference(self) -> float:
        return _tidy(self.now - self.before)


def change(before: Sequence[Score], now: Sequence[Score]) -> Change | None:
    """The difference of two figures by the paired bootstrap: both runs are resampled with the same questions.

    The two sequences stand in the same order of questions. None where either has nothing to take a share of.
    """
    if not sum(s.whole for s in before) or not sum(s.whole for s in now):
        return None
    import numpy as np

    table = np.array([(a.part, a.whole, b.part, b.whole) for a, b in zip(before, now, strict=True)])
    drawn = np.random.default_rng(SEED).integers(0, len(table), (RESAMPLES, len(table)))
    sums = table[drawn].sum(axis=1)
    sums = sums[(sums[:, 1] > 0) & (sums[:, 3] > 0)]
    moved = sums[:, 2] / sums[:, 3] - sums[:, 0] / sums[:, 1]
    low, high = np.quantile(moved, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    whole = table.sum(axis=0)
    return Change(float(whole[0] / whole[1]), float(whole[2] / whole[3]), _tidy(low), _tidy(high))


def _tidy(difference: float) -> float:
    """To six digits, as baselines keep scores; and no -0.0."""
    return round(float(difference), 6) + 0.0
