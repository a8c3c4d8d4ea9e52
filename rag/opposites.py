"""Words of opposite meaning, by stem. English as any dictionary has it; nothing of a corpus."""

from __future__ import annotations

from collections import defaultdict

from rag.words import stem

# What one says, the other denies: of one thing at one time both cannot be true.
CONTRARY = """
    open close, opened closed, opened shut, rise fall, rose fell, increase decrease, grow shrink, accept reject,
    approve reject, win lose, won lost, begin end, start stop, enter leave, arrive depart, support oppose, allow ban,
    permit prohibit, agree disagree, agree refuse, succeed fail, success failure, buy sell, bought sold, alive dead,
    legal illegal, join quit, confirm deny, guilty innocent, more less, more fewer, up down, first last, before after,
    strengthen weaken, strong weak, resume suspend, continue halt, lift impose, praise criticise, praise criticize,
    release arrest, friend enemy, ally enemy, same different, raise cut, raise lower, lose keep, lose stay, leave stay,
    good bad, best worst, better worse, high low, higher lower, large small, big small, long short, early late,
    earlier later, major minor, improve worsen, include exclude, present absent, remember forget, always never,
    safe dangerous, peaceful violent, friendly hostile, excellent poor, love hate, like dislike, alone accompany,
    alone together, married divorced, majority minority, maximum minimum, victory defeat, upheld overturned,
    public secret, full empty, rich poor, easy difficult, easy hard, near far, cheap expensive, true false
"""
# One is not the other, but a text that has one may have both: what a claim exchanges, not what a text denies.
OTHER = """
    private public, old new, former current, predecessor successor, male female, man woman, son daughter,
    father mother, husband wife, north south, east west, born died, inside outside, above below, host guest,
    peace war, push pull, warm cold
"""


def _table(*lists: str) -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for pair in " ,".join(lists).split(","):
        one, other = map(stem, pair.split())
        found[one].add(other)
        found[other].add(one)
    return {word: frozenset(others) for word, others in found.items()}


CONTRARIES = _table(CONTRARY)
OPPOSITES = _table(CONTRARY, OTHER)
