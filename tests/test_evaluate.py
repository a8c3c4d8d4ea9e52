"""Judging, loading and adding up. The assistant at the end is the real one, over two made-up articles."""

from __future__ import annotations

import json
import statistics
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.errors import DatelineError, QuestionError
from rag.evaluate import Figures, Outcome, Report, evaluate, main
from rag.judge import Question, QuestionsError, Verdict, first_right, fold, judge, load_questions, select
from rag.schema import Answer, Citation, Earlier, Hit

REPO = Path(__file__).resolve().parent.parent


def citation(quote: str, path: str = "100-harbour.md", number: int = 1) -> Citation:
    return Citation(
        number=number,
        article_id="a",
        title="",
        outlet="",
        published="2021-05-04",
        published_how="stated",
        path=path,
        quote=quote,
        start=0,
        end=len(quote),
    )


def answered(short: str, sentence: str, path: str = "100-harbour.md") -> Answer:
    return Answer(
        question="", text=f"{short} [1]. {sentence} [1]", short=short, citations=(citation(sentence, path),)
    )


def hit(text: str, path: str = "100-harbour.md") -> Hit:
    return Hit(
        text=text,
        score=1.0,
        article_id="a",
        title="",
        outlet="",
        published="",
        path=path,
        start=0,
        end=len(text),
    )


WHO = Question(
    id="who", turns=("who runs the harbour?",), answers=("Ódíle Gran-Berg",), sources=("100",), kind="who"
)
REFUSAL = Answer(
    question="", text="The articles do not say.", refused=True, nearest=(citation("Odile Gran Berg"),)
)


# ------------------------------------------------------------------------------------------------ folding


@pytest.mark.parametrize(
    ("accepted", "text"),
    [
        ("Ódíle Gran-Berg", "so odile gran berg's harbour"),
        ("didn't go", "It didn’t go"),
        ("13,000", "a range of 13000 km"),
        ("US", "the U.S. envoy"),
        ("$3.6 billion", "worth 3.6 billion dollars"),
        ("65-year", "a 65‑year bond"),  # a non-breaking hyphen
        ("11 a.m.", "at 11 am, sharp"),
        ("Strasse", "in the Straße"),
    ],
)
def test_folding_overlooks_spelling(accepted: str, text: str) -> None:
    assert fold(accepted) in fold(text)


@pytest.mark.parametrize(
    ("accepted", "text"),
    [
        ("no", "nothing is known"),
        ("no", "Kano"),
        ("3", "13 ships"),
        ("45", "45.5 metres"),
        ("600", "1,600 shops"),
        ("1", "the answer [1]"),
        ("Berg Gran", "Gran Berg"),
    ],
)
def test_folding_keeps_words_and_numbers_whole(accepted: str, text: str) -> None:
    assert fold(accepted) not in fold(text)


@given(st.text())
def test_folding_twice_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)


# ----------------------------------------------------------------------------------------------- judging


def test_right_and_cited() -> None:
    verdict = judge(WHO, answered("Odile Gran Berg", "Odile Gran Berg has run it since May."))
    assert verdict == Verdict(right=True, cited=True, refused=False, short_right=True)


def test_wrong_answer() -> None:
    verdict = judge(WHO, answered("Pål Lund", "Pål Lund has run it since May."))
    assert (verdict.right, verdict.cited, verdict.short_right) == (False, False, False)
    assert verdict.reason


def test_right_in_the_sentence_alone_is_right_but_not_short() -> None:
    verdict = judge(WHO, answered("since May", "Odile Gran Berg has run it since May."))
    assert (verdict.right, verdict.cited, verdict.short_right) == (True, True, False)


def test_a_long_short_answer_is_not_short() -> None:
    name = "Odile Gran Berg"  # three words, so 13 at most
    assert judge(WHO, answered(f"{name} {'very ' * 10}", name)).short_right is True
    assert judge(WHO, answered(f"{name} {'very ' * 11}", name)).short_right is False


@pytest.mark.parametrize(
    "change",
    [
        {"text": "Odile Gran Berg."},  # nothing is marked
        {"text": "Odile Gran Berg [2]."},  # another is marked
        {"citations": (citation("Odile Gran Berg", path="200-lake.md"),)},
        {"citations": (citation("The harbour is old."),)},  # the source, but other words
        {"citations": (citation("The harbour is old."), citation("Odile Gran Berg", "200-lake.md", 2))},
        {"citations": ()},
    ],
)
def test_right_but_not_rightly_cited(change: dict[str, object]) -> None:
    verdict = judge(WHO, replace(answered("Odile Gran Berg", "Odile Gran Berg runs it."), **change))
    assert (verdict.right, verdict.cited) == (True, False)
    assert verdict.reason


def test_without_sources_any_quote_of_the_answer_will_do() -> None:
    answer = answered("Odile Gran Berg", "Odile Gran Berg runs it.", path="999.txt")
    assert judge(replace(WHO, sources=()), answer).cited
    assert not judge(WHO, answer).cited


def test_refusals() -> None:
    asked = Question(id="wife", turns=("who is her wife?",), refuse=True, kind="near-miss")
    assert judge(asked, REFUSAL) == Verdict(right=True, cited=True, refused=True, short_right=None)
    said = judge(asked, answered("Pål Lund", "Pål Lund runs it."))
    assert (said.right, said.cited, said.refused, said.short_right) == (False, False, False, None)
    wrongly = judge(WHO, REFUSAL)  # what it shows as nearest is no answer
    assert (wrongly.right, wrongly.cited, wrongly.refused, wrongly.short_right) == (False, False, True, False)


@pytest.mark.parametrize(
    ("short", "text", "right"),
    [
        ("No", "No [1]. It is shut.", True),
        ("", "No: it is shut [1].", True),
        ("Yes", "Yes [1]. There is no doubt.", False),
        ("", "Nobody knows [1].", False),
        ("It is shut", "It is shut [1]. No ship came.", False),
    ],
)
def test_yes_or_no_opens_the_answer(short: str, text: str, right: bool) -> None:
    asked = Question(id="open", turns=("is it open?",), answers=("no",), sources=("100",), kind="time")
    answer = Answer(question="", text=text, short=short, citations=(citation("It is shut."),))
    verdict = judge(asked, answer)
    assert (verdict.right, verdict.short_right, verdict.cited) == (right, right, True)


def test_lists_need_every_answer_and_a_quote_for_each() -> None:
    asked = Question(
        id="list", turns=("which ports?",), answers_all=("Brack", "Lunde"), sources=("100",), kind="list"
    )
    answer = answered("Brack and Lunde", "It serves Brack and Lunde.")
    assert judge(asked, answer) == Verdict(True, True, False, True)
    assert not judge(asked, answered("Brack", "It serves Brack.")).right
    half = replace(answer, citations=(citation("It serves Brack."),))
    assert not judge(asked, half).cited
    both = replace(
        half, text="Brack [1] and Lunde [2]", citations=(*half.citations, citation("Lunde too.", number=2))
    )
    assert judge(asked, both).cited


def test_open_questions_need_so_many_answers_and_no_short_one() -> None:
    asked = Question(
        id="story",
        turns=("what happened?",),
        answers=("storm", "crane", "ferry"),
        min_answers=2,
        sources=("100",),
        kind="open",
    )
    answer = Answer(
        question="", text="A storm hit the crane [1].", citations=(citation("It was a bad night."),)
    )
    assert judge(asked, answer) == Verdict(right=True, cited=True, refused=False, short_right=None)
    assert not judge(asked, replace(answer, text="A storm [1].")).right
    assert judge(asked, REFUSAL).short_right is None


def test_earlier_answers_are_asked_for() -> None:
    asked = replace(WHO, earlier=("Pål Lund", "Ida Moe"))
    answer = answered("Odile Gran Berg", "Odile Gran Berg runs it.")
    lund = Earlier(short="Pal Lund", published="2019", citation=citation("Pal Lund ran it."))
    moe = Earlier(short="", published="2017", citation=citation("Then came Ida Moe."))
    assert judge(asked, replace(answer, earlier=(lund, moe))).right
    verdict = judge(asked, replace(answer, earlier=(lund,)))
    assert not verdict.right
    assert "Ida Moe" in verdict.reason
    assert "Lund" not in verdict.reason


def test_rank_of_the_right_passage() -> None:
    elsewhere, silent, right = (
        hit("Odile Gran Berg", "200-lake.md"),
        hit("The harbour."),
        hit("Odile Gran Berg spoke."),
    )
    assert first_right(WHO, [elsewhere, silent, right, right]) == 3
    assert first_right(WHO, [elsewhere, silent]) is None
    assert first_right(replace(WHO, answers=("yes",)), [elsewhere, silent]) == 2


# ------------------------------------------------------------------------------------------------ loading


def write(folder: Path, text: str) -> Path:
    path = folder / "asked.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_load_reads_every_key(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        """
questions:
- {id: a, question: "who?", answers: [Odile, Berg], min_answers: 2, sources: ["100"], kind: who, as_of: 2024-03-01,
   earlier: [Lund], corpus: news}
- {id: b, turns: ["who?", "and before?"], answers_all: [Odile, Lund]}
- {id: c, question: "why?", refuse: true}
""",
    )
    a, b, c = load_questions(path)
    assert a == Question(
        id="a",
        turns=("who?",),
        answers=("Odile", "Berg"),
        min_answers=2,
        sources=("100",),
        kind="who",
        as_of="2024-03-01",
        earlier=("Lund",),
        corpus="news",
    )
    assert b == Question(id="b", turns=("who?", "and before?"), answers_all=("Odile", "Lund"))
    assert c == Question(id="c", turns=("why?",), refuse=True)
    assert [q.id for q in select([a, b, c], only="who")] == ["a"]
    assert [q.id for q in select([a, b, c], only="b")] == ["b"]
    assert [q.id for q in select([a, b, c], subset="news")] == ["a"]
    with pytest.raises(QuestionsError, match="'where'"):
        select([a, b, c], only="where")


@pytest.mark.parametrize("name", ["eval_questions.yaml", "benchmarks/tuning_questions.yaml"])
def test_the_project_s_own_files_load(name: str) -> None:
    questions = load_questions(REPO / name)
    assert len(questions) >= 60
    assert sum(question.refuse for question in questions) >= 15


ROW = '{id: a, question: "who?", answers: [Odile]}'


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("", "questions:"),
        ("questions: []", "questions:"),
        ("- a\n- b", "questions:"),
        ("questions:\n- {id: a, question: [", "line "),
        ("questions:\n- {id: a, question: who, as_of: 2024-13-01, answers: [b]}", "month"),
        (f"questions: [{ROW}, {ROW}]", "'a'"),
        ("questions: [just words]", "question 1"),
        ("questions: [{question: who, answers: [b]}]", "question 1"),
        ("questions: [{id: 7, question: who, answers: [b]}]", "question 1"),
        ("questions: [{id: a, question: who, answer: [b]}]", "'answer'"),
        ("questions: [{id: a, answers: [b]}]", "turns"),
        ("questions: [{id: a, question: who, turns: [who], answers: [b]}]", "turns"),
        ("questions: [{id: a, turns: [], answers: [b]}]", "turns"),
        ("questions: [{id: a, question: who}]", "refuse"),
        ("questions: [{id: a, question: who, answers: []}]", "refuse"),
        ("questions: [{id: a, question: who, answers: [b], refuse: true}]", "refuse"),
        ("questions: [{id: a, question: who, refuse: maybe}]", "'maybe'"),
        ("questions: [{id: a, question: who, answers: [no]}]", "False"),
        ("questions: [{id: a, question: who, answers: [600]}]", "600"),
        ('questions: [{id: a, question: who, answers: ["—"]}]', "—"),
        ("questions: [{id: a, question: who, answers: [b], min_answers: 2}]", "min_answers"),
        ("questions: [{id: a, question: who, answers: [b], as_of: 2024}]", "2024"),
    ],
)
def test_load_says_what_is_wrong_in_one_line(tmp_path: Path, text: str, named: str) -> None:
    path = write(tmp_path, text)
    with pytest.raises(QuestionsError) as caught:
        load_questions(path)
    assert str(path) in str(caught.value)
    assert named in str(caught.value)
    assert "\n" not in str(caught.value)


def test_load_of_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(QuestionsError, match="absent"):
        load_questions(tmp_path / "absent.yaml")
    (tmp_path / "latin.yaml").write_bytes(b"questions: [\xe9]")
    with pytest.raises(QuestionsError, match=r"latin\.yaml"):
        load_questions(tmp_path / "latin.yaml")
    assert issubclass(QuestionsError, DatelineError)


# ------------------------------------------------------------------------------------------------ figures

KINDS = ["who", "open", "near-miss"]
outcomes = st.builds(
    lambda kind, right, cited, refused, short, rank, ms, sources: Outcome(
        Question(id="q", turns=("?",), kind=kind, refuse=kind == "near-miss", sources=sources),
        Answer(question="?", text=""),
        Verdict(right, cited, refused, None if kind != "who" else short),
        (),
        rank,
        ms,
    ),
    st.sampled_from(KINDS),
    st.booleans(),
    st.booleans(),
    st.booleans(),
    st.booleans(),
    st.none() | st.integers(1, 10),
    st.floats(0, 1000),
    st.sampled_from([(), ("100",)]),
)


def share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


@given(st.lists(outcomes, min_size=1, max_size=20))
def test_figures_are_as_counted_by_hand(listed: list[Outcome]) -> None:
    right = cited = short = refused = rightly = with_answer = without = with_short = searched = 0
    at, reciprocal = {1: 0, 3: 0, 10: 0}, 0.0
    for o in listed:
        right += o.verdict.right
        refused += o.verdict.refused
        if o.question.kind == "near-miss":
            without += 1
            rightly += o.verdict.refused
            continue
        with_answer += 1
        cited += o.verdict.right and o.verdict.cited
        if o.question.kind == "who":
            with_short += 1
            short += bool(o.verdict.short_right)
        if o.question.sources:
            searched += 1
            for k in at:
                at[k] += o.rank is not None and o.rank <= k
            reciprocal += 1 / o.rank if o.rank else 0
    got = Report(tuple(listed)).overall
    expected = Figures(
        n=len(listed),
        right=share(right, len(listed)),
        short_right=share(short, with_short),
        cited=share(cited, with_answer),
        hit_at_1=share(at[1], searched),
        hit_at_3=share(at[3], searched),
        hit_at_10=share(at[10], searched),
        mrr=got.mrr,
        refusal_recall=share(rightly, without),
        refusal_precision=share(rightly, refused),
        median_ms=statistics.median(o.ms for o in listed),
    )
    assert got == expected
    assert got.mrr == (pytest.approx(reciprocal / searched) if searched else None)


@given(st.lists(outcomes, max_size=20))
def test_kinds_part_the_questions(listed: list[Outcome]) -> None:
    report = Report(tuple(listed))
    assert sum(figures.n for figures in report.kinds.values()) == len(listed)
    assert set(report.kinds) == {o.question.kind for o in listed}
    assert report.overall.n == len(listed)
    assert json.loads(json.dumps(report.to_dict()))["overall"]["n"] == len(listed)


# ------------------------------------------------------------------------------------------------- running

CORPUS = {
    "100-harbour.md": """---
title: Storm shuts the harbour of Brackwater
outlet: Fjord Courier
published: 2021-05-04
---

Brackwater's harbour master, Odile Gran-Berg, closed the port on Tuesday after a storm broke its largest crane.

Two ferries were sent on to Lunde, she said.
""",
    "200-lake.md": """---
title: Lake museum opens
outlet: Fjord Courier
published: 2020-06-10
---

A museum of wooden boats opened beside Lake Sorrel, with 34 boats on show.
""",
}
ASKED = """
questions:
- {id: master, question: "who is the harbour master of Brackwater?", answers: [Gran-Berg], sources: ["100"], kind: who}
- {id: boats, turns: ["what opened beside Lake Sorrel?", "how many boats does it show?"], answers: ["34"],
   sources: ["200"], kind: how-many}
- {id: chess, question: "who won the chess title in Moravia?", refuse: true, kind: unanswerable}
"""


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pages")
    for name, text in CORPUS.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def test_a_small_corpus_from_end_to_end(
    corpus: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = write(tmp_path, ASKED)
    assert main([str(asked), "--corpus", str(corpus), "--store", str(tmp_path / "store"), "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert {q["id"]: (q["right"], q["cited"]) for q in report["questions"]} == {
        "master": (True, True),
        "boats": (True, True),
        "chess": (True, True),
    }
    assert report["overall"]["hit_at_1"] == 1.0
    assert report["overall"]["refusal_recall"] == report["overall"]["refusal_precision"] == 1.0
    assert set(report["kinds"]) == {"who", "how-many", "unanswerable"}

    # Without a store; what fails is told with what was expected, what came and what was found.
    wrong = write(tmp_path, ASKED.replace("Gran-Berg", "Wrongname"))
    assert main([str(wrong), "--corpus", str(corpus), "--only", "master", "--failures"]) == 0
    printed = capsys.readouterr().out
    assert "who is the harbour master of Brackwater?" in printed
    assert "Wrongname" in printed
    assert "Gran-Berg" in printed
    assert "100-harbour.md" in printed


def test_turns_are_asked_in_order_and_only_the_last_is_judged(corpus: Path, tmp_path: Path) -> None:
    from rag.assistant import Assistant

    assistant = Assistant.open(corpus, tmp_path / "store")
    try:
        done: list[tuple[int, int]] = []
        questions = select(load_questions(write(tmp_path, ASKED)), only="boats")
        report = evaluate(questions, assistant, lambda *counts: done.append(counts))
        assert report.outcomes[0].answer.question == "how many boats does it show?"
        assert done == [(1, 1)]
        with pytest.raises(QuestionsError, match="'boats'") as caught:
            evaluate([replace(questions[0], as_of="yesterday-ish")], assistant)
        assert isinstance(caught.value.__cause__, QuestionError)
    finally:
        assistant.close()


def test_errors_are_one_line_and_exit_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tmp_path / "absent.yaml"), "--corpus", str(tmp_path)]) == 2
    assert main([str(write(tmp_path, ASKED)), "--corpus", str(tmp_path / "nowhere")]) == 2
    first, second = capsys.readouterr().err.strip().splitlines()
    assert "absent.yaml" in first
    assert "nowhere" in second
