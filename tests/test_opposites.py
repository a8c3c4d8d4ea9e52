"""Words of opposite meaning."""

from __future__ import annotations

from rag.opposites import CONTRARIES, OPPOSITES
from rag.words import stem


def test_both_words_of_a_pair_lead_to_each_other() -> None:
    for table in (CONTRARIES, OPPOSITES):
        assert all(word in table[other] for word, others in table.items() for other in others)


def test_what_a_text_may_hold_both_of_denies_nothing() -> None:
    assert stem("south") in OPPOSITES[stem("north")]
    assert stem("north") not in CONTRARIES
    assert set(CONTRARIES) < set(OPPOSITES)
