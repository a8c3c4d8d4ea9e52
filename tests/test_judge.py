"""Folding and judging: what an answer is worth, held against made-up answers."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.judge import Verdict, first_right, fold, found, is_source, judge
from rag.names import Names
from rag.questions import Question
from rag.schema import Answer, Citation, Earlier, Hit


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


def test_rank_of_the_right_passage() -> None:
    elsewhere, silent, right = (
        hit("Odile Gran Berg", "200-lake.md"),
        hit("The harbour."),
        hit("Odile Gran Berg spoke."),
    )
    assert first_right(WHO, [elsewhere, silent, right, right]) == 3
    assert first_right(WHO, [elsewhere, silent]) is None
    assert first_right(replace(WHO, answers=("yes",)), [elsewhere, silent]) == 2
    assert first_right(replace(WHO, answers=("yes",), sources=()), [elsewhere, silent]) is None


def test_known_names_of_one_thing_are_one(names: Names) -> None:
    asked = replace(WHO, answers=("DPRK",))
    answer = answered("North Korea", "The ship is North Korea's.")
    assert not judge(asked, answer).right
    assert judge(asked, answer, names).passed


def test_hyphens_may_be_missing(names: Names) -> None:
    assert found(["Han Su-chol"], ["Han Suchol said"], names) == ["Han Su-chol"]
    assert found(["Han Suchol"], ["Han Su-chol said"], names) == ["Han Suchol"]
    assert found(["Han Su-chol"], ["Han Su said, chol"], names) == []


def test_barred_words_make_an_answer_wrong() -> None:
    asked = replace(WHO, must_not=("Pål Lund",))
    assert judge(asked, answered("Odile Gran Berg", "Odile Gran Berg runs it.")).passed
    verdict = judge(asked, answered("Odile Gran Berg", "Odile Gran Berg follows Pal Lund."))
    assert not verdict.right
    assert "Pål Lund" in verdict.reason
    assert not judge(Question("r", ("why?",), refuse=True, must_not=("do not say",)), REFUSAL).right


def test_a_quote_has_to_hold_the_words_asked_for() -> None:
    asked = replace(WHO, quote=("since May", "harbour"))
    answer = answered("Odile Gran Berg", "Odile Gran Berg has run the harbour since May.")
    assert judge(asked, answer).cited
    verdict = judge(asked, answered("Odile Gran Berg", "Odile Gran Berg has run it since May."))
    assert (verdict.right, verdict.cited) == (True, False)
    assert "harbour" in verdict.reason
    assert "since May" not in verdict.reason


def test_a_source_is_the_beginning_of_a_path_or_a_title() -> None:
    asked = replace(WHO, sources=("100", "Storm shuts"))
    assert is_source(asked, "100-harbour.md")
    assert is_source(asked, "7.txt", "Storm Shuts the harbour")
    assert not is_source(asked, "7.txt", "A storm shuts the harbour")
    assert not is_source(asked, "7.txt", "Storm shutsdown")
    assert is_source(replace(WHO, sources=()), "7.txt")
