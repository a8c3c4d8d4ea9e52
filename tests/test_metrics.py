"""The formulas: worked examples, a second plain implementation of each, and how often an interval holds the truth."""

from __future__ import annotations

import math
import re
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.metrics import (
    Score,
    change,
    exact_match,
    f1,
    figure,
    ndcg_at_k,
    percentile,
    recall_at_k,
    reciprocal_rank,
)

ranked = st.lists(st.booleans(), max_size=15)
shares = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=1, max_size=12)
words = st.lists(st.sampled_from(["the", "Han", "su-chol", "said", "22", "people."]), max_size=5).map(
    " ".join
)


# ── worked examples ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_retrieval_of_one_ranking() -> None:
    found = [False, True, False, True]  # two of three right passages, at ranks 2 and 4
    assert recall_at_k(found, 3, 10) == pytest.approx(2 / 3)
    assert recall_at_k(found, 3, 3) == pytest.approx(1 / 3)
    assert reciprocal_rank(found, 10) == 1 / 2
    assert reciprocal_rank(found, 1) == 0
    ideal = 1 + 1 / math.log2(3) + 1 / 2
    assert ndcg_at_k(found, 3, 10) == pytest.approx((1 / math.log2(3) + 1 / math.log2(5)) / ideal)
    assert ndcg_at_k([True], 3, 1) == 1


def test_short_answers_as_squad_scores_them() -> None:
    assert exact_match("The Mayor, Joss Herrin.", ["mayor Joss Herrin"]) == 1
    assert exact_match("Joss Herrin", ["Edda Falk", "Herrin"]) == 0
    assert f1("the mayor Joss Herrin", ["Joss Herrin"]) == pytest.approx(2 * (2 / 3) * 1 / (2 / 3 + 1))
    assert f1("Joss Herrin", ["Edda Falk", "Herrin"]) == pytest.approx(2 / 3)
    assert f1("", ["Falk"]) == 0


def test_percentiles() -> None:
    assert percentile([3, 1, 2], 0.5) == 2
    assert percentile([1, 2], 0.95) == pytest.approx(1.95)
    assert percentile([7], 0.95) == 7


def test_a_figure_is_a_share_of_what_there_is() -> None:
    made = figure([Score(2, 2), Score(0, 1), Score(0, 0)])
    assert made is not None
    assert (made.value, made.n) == (pytest.approx(2 / 3), 2)
    assert figure([Score(0, 0)]) is None
    assert figure([]) is None


def test_where_all_agree_the_interval_still_has_a_width() -> None:
    made = figure([Score(1)] * 10)
    assert made is not None
    assert made.value == 1
    assert made.high == pytest.approx(1)
    assert made.low == pytest.approx(10 / (10 + 1.959964**2))  # Wilson's lower bound of 10 of 10


def test_a_change_is_paired() -> None:
    rng = np.random.default_rng(1)
    before = [Score(float(hit)) for hit in rng.random(60) < 0.5]
    now = [Score(1.0) if i < 6 else score for i, score in enumerate(before)]
    moved = change(before, now)
    assert moved is not None
    assert moved.difference == pytest.approx(sum(1 - s.part for s in before[:6]) / 60)
    assert moved.low >= 0  # no resample of the same questions can come out lower
    alone = figure(now)
    assert alone is not None
    assert moved.high - moved.low < (alone.high - alone.low) / 2


# ── against a second, plain implementation ───────────────────────────────────────────────────────────────────────────


@given(ranked, st.integers(0, 4), st.integers(1, 12))
def test_retrieval_is_as_counted_by_hand(found: list[bool], missed: int, k: int) -> None:
    total = sum(found) + missed
    hits = [rank for rank in range(1, len(found) + 1) if found[rank - 1] and rank <= k]
    assert recall_at_k(found, total, k) == (pytest.approx(len(hits) / total) if total else 0)
    assert reciprocal_rank(found, k) == (1 / hits[0] if hits else 0)
    gained = sum(math.log(2) / math.log(rank + 1) for rank in hits)
    best = sum(math.log(2) / math.log(rank + 1) for rank in range(1, k + 1) if rank <= total)
    assert ndcg_at_k(found, total, k) == pytest.approx(gained / best if best else 0)


@given(words, st.lists(words, min_size=1, max_size=3))
def test_f1_is_as_counted_by_hand(said: str, accepted: list[str]) -> None:
    def plain(text: str) -> list[str]:
        return [w for w in re.sub(r"[^\w\s]", "", text).lower().split() if w not in ("a", "an", "the")]

    best = 0.0
    for one in accepted:
        left, shared = Counter(plain(one)), 0
        for word in plain(said):
            if left[word] > 0:
                left[word] -= 1
                shared += 1
        if shared:
            precision, recall = shared / len(plain(said)), shared / len(plain(one))
            best = max(best, 2 * precision * recall / (precision + recall))
    assert f1(said, accepted) == pytest.approx(best)
    assert exact_match(said, accepted) == any(plain(said) == plain(one) for one in accepted)


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=30), st.floats(0, 1))
def test_percentile_is_numpy_s(values: list[float], p: float) -> None:
    assert percentile(values, p) == pytest.approx(float(np.percentile(values, 100 * p)), abs=1e-6)


@given(shares)
def test_figures_lie_in_their_interval(pairs: list[tuple[int, int]]) -> None:
    scores = [Score(min(part, whole), whole) for part, whole in pairs]
    made = figure(scores)
    if sum(s.whole for s in scores) == 0:
        assert made is None
        return
    assert made is not None
    assert 0 <= made.low <= made.value + 1e-9
    assert made.value - 1e-9 <= made.high <= 1
    assert made == figure(scores)  # the same however often it is drawn


@pytest.mark.parametrize(("share", "n"), [(0.6, 60), (0.85, 60), (0.5, 30)])
def test_intervals_hold_the_truth_as_often_as_they_say(share: float, n: int) -> None:
    rng, held, trials = np.random.default_rng(7), 0, 400
    for _ in range(trials):
        made = figure([Score(float(hit)) for hit in rng.random(n) < share])
        assert made is not None
        held += made.low <= share <= made.high
    assert (
        0.91 <= held / trials <= 0.985
    )  # 0.95, with two standard errors of 0.011 and the bootstrap's own lack


def test_intervals_of_ratios_hold_the_truth() -> None:
    """Citations cluster by question: where a question's stand or fall together, the interval has to know."""
    rng, held, trials = np.random.default_rng(11), 0, 300
    for _ in range(trials):
        wholes = rng.integers(1, 5, 60)
        parts = np.where(rng.random(60) < 0.7, wholes, 0)
        made = figure([Score(float(p), float(w)) for p, w in zip(parts, wholes, strict=True)])
        assert made is not None
        held += made.low <= 0.7 <= made.high
    assert 0.90 <= held / trials <= 0.985
