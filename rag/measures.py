"""The figures of a run: of each its name, its formula and where that is from."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Measure:
    """A figure between 0 and 1."""

    name: str  # in floors, JSON and baselines
    heading: str  # in a narrow table
    formula: str
    source: str = ""  # in the literature; "" for one of Dateline's own


MEASURES = (
    Measure(
        "right",
        "right",
        formula="questions answered rightly, refusals included ÷ questions asked",
    ),
    Measure(
        "short_right",
        "short",
        formula=(
            "short answers that hold the accepted words and little else ÷ questions that ask for a "
            "short answer"
        ),
    ),
    Measure(
        "cited",
        "cited",
        formula="answers right and rightly cited ÷ questions that have an answer",
    ),
    Measure(
        "hit_at_1",
        "hit@1",
        formula="a right passage is first ÷ questions with an answer and sources",
    ),
    Measure(
        "hit_at_3",
        "@3",
        formula="a right passage is among the first 3 ÷ the same questions",
    ),
    Measure(
        "recall_at_10",
        "R@10",
        formula=(
            "right passages among the first 10 ÷ right passages in the store, mean over the same, yes-"
            "no aside"
        ),
        source="Manning, Raghavan, Schütze 2008, ch. 8",
    ),
    Measure(
        "mrr_at_10",
        "MRR",
        formula="1 ÷ rank of the first right passage, 0 beyond 10, mean over the same",
        source="Voorhees 1999 (TREC-8)",
    ),
    Measure(
        "ndcg_at_10",
        "nDCG",
        formula=(
            "Σ 1 ÷ log₂(rank + 1) of the right passages among the first 10 ÷ its greatest value, mean "
            "over the same, yes-no aside"
        ),
        source="Järvelin, Kekäläinen 2002",
    ),
    Measure(
        "exact_match",
        "EM",
        formula=(
            "short answers equal to accepted words, but for case, punctuation and articles ÷ questions "
            "that ask for one"
        ),
        source="Rajpurkar et al. 2016 (SQuAD)",
    ),
    Measure(
        "f1",
        "F1",
        formula=(
            "2PR ÷ (P + R) of the words of short answer and accepted words, at the best accepted words,"
            " mean over the same"
        ),
        source="Rajpurkar et al. 2016 (SQuAD)",
    ),
    Measure(
        "containment",
        "cont",
        formula="short answers that hold accepted words ÷ the same",
        source="“accuracy” of Mallen et al. 2023",
    ),
    Measure(
        "citation_precision",
        "cit P",
        formula="citations marked in an answer that are of a source ÷ citations marked",
        source="after Gao et al. 2023 (ALCE), by the file's sources, without a model",
    ),
    Measure(
        "citation_recall",
        "cit R",
        formula=(
            "accepted words that a cited quote of a source holds ÷ accepted words asked for, mean over "
            "questions that ask for words"
        ),
        source="the same",
    ),
    Measure(
        "verbatim",
        "verb",
        formula="quotes that stand word for word in their article at the place given ÷ quotes",
    ),
    Measure(
        "supported",
        "supp",
        formula=(
            "sentences of answers whose numbers, dates and names are in the words they cite ÷ sentences"
        ),
        source="`rag/check.py`; after Rashkin et al. 2023 (AIS)",
    ),
    Measure(
        "refusal_precision",
        "ref P",
        formula="refusals where the articles do not say ÷ refusals",
        source="Rajpurkar et al. 2018 (SQuAD 2)",
    ),
    Measure(
        "refusal_recall",
        "ref R",
        formula="refusals where the articles do not say ÷ questions of which they do not say",
        source="the same",
    ),
    Measure(
        "follow_ups",
        "f-up",
        formula="conversations whose last answer is right and rightly cited ÷ conversations",
    ),
)
