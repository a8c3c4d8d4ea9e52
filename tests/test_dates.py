"""Dates as pages write them, and the time a question asks about."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.dates import bounds, find_dates, say
from rag.windows import date_window

TODAY = date(2026, 3, 18)  # a Wednesday


@pytest.mark.parametrize(
    ("text", "isos"),
    [
        ("PUBLISHED : Monday, 05 November, 2018, 8:04pm", ["2018-11-05"]),
        ("Updated 3:14 PM ET, Tue March 5, 2024", ["2024-03-05"]),
        ("5 Nov 2018 and Nov. 5, 2018 and the 5th of November 2018", ["2018-11-05"] * 3),
        ("2018-11-05T20:04:00Z", ["2018-11-05"]),
        ("2018/11/5", ["2018-11-05"]),
        ("Published: 05.11.2018", ["2018-11-05"]),
        ("13/11/2018, 11/13/2018", ["2018-11-13"] * 2),
        ("05/11/2018", ["2018"]),  # May or November: only the year is sure
        ("5 de noviembre de 2018", ["2018-11-05"]),
        ("in November 2018, since Sept. 2019", ["2018-11", "2019-09"]),
        ("in 2018 and the 2024 Olympics", ["2018", "2024"]),
        ("LIMA, Jan 3 (PNA) and on Friday (Apr 27)", ["--01-03", "--04-27"]),
        ("on 12 June", ["--06-12"]),
        ("some 2000 people, 2019 soldiers, $2018, 2,024 votes, flight 20181, the 1990s", []),
        ("they may 5 times march 10 miles", []),
        ("30 February 2018", ["2018-02"]),
        ("yesterday, on Monday, last week", []),
    ],
)
def test_dates_are_found_as_written(text: str, isos: list[str]) -> None:
    mentions = find_dates(text)
    assert [mention.iso for mention in mentions] == isos
    assert all(text[mention.start : mention.end].strip() for mention in mentions)


def test_a_mention_spans_its_words() -> None:
    text = "It reopened on Sept. 19, 2024, they say, and again May 18."
    assert [text[mention.start : mention.end] for mention in find_dates(text)] == ["Sept. 19, 2024", "May 18"]


@pytest.mark.parametrize(
    ("question", "after", "before", "order"),
    [
        ("Who led the port in 2018?", "2018-01-01", "2018-12-31", "only"),
        ("what happened in november 2018", "2018-11-01", "2018-11-30", "only"),
        ("What was signed on 5 November 2018?", "2018-11-05", "2018-11-05", "only"),
        ("What happened last September?", "2025-09-01", "2025-09-30", "only"),
        ("What happened last March?", "2025-03-01", "2025-03-31", "only"),
        ("What changed last year?", "2025-01-01", "2025-12-31", "only"),
        ("What changed this year?", "2026-01-01", "2026-12-31", "only"),
        ("Who was envoy before March 2024?", "", "2024-02-29", "only"),
        ("What has changed since 2020?", "2020-01-01", "", "only"),
        ("Who came after the end of 2019?", "2020-01-01", "", "only"),
        ("What happened between 2017 and 2019?", "2017-01-01", "2019-12-31", "only"),
        ("talks from May to July 2018", "2018-05-01", "2018-07-31", "only"),
        ("talks in 2017 and 2018", "2017-01-01", "2018-12-31", "only"),
        ("news in the past two weeks", "2026-03-04", "2026-03-18", "only"),
        ("Who was president as of 2018?", "", "2018-12-31", "newest"),
        ("How many had come by June 2018?", "", "2018-06-30", "newest"),
        ("What did they build in the 1990s?", "1990-01-01", "1999-12-31", "only"),
        ("Who won at the 2018 Winter Olympics?", "2018-01-01", "2018-12-31", "only"),
        ("the 1950-53 war", "1950-01-01", "1953-12-31", "only"),
        ("What happened yesterday?", "2026-03-17", "2026-03-17", "only"),
        ("What is the latest on the port?", "", "", "newest"),
        ("What is the earliest report?", "", "", "oldest"),
    ],
)
def test_a_question_asks_about_a_time(question: str, after: str, before: str, order: str) -> None:
    window = date_window(question, TODAY)
    assert window is not None
    assert (window.after, window.before, window.order) == (after, before, order)
    assert question[window.start : window.end].strip()


@pytest.mark.parametrize(
    "question", ["Who is the mayor?", "What happened on June 12?", "", "Will they march in May?", "on Friday"]
)
def test_a_question_without_a_time_has_no_window(question: str) -> None:
    assert date_window(question, TODAY) is None


def test_the_window_spans_its_words() -> None:
    question = "Who was the envoy before March 2024, and why?"
    window = date_window(question, TODAY)
    assert window is not None
    assert question[window.start : window.end] == "before March 2024"


@pytest.mark.parametrize(
    ("iso", "first", "last", "said"),
    [
        ("2024-09", "2024-09-01", "2024-09-30", "September 2024"),
        ("2024-02", "2024-02-01", "2024-02-29", "February 2024"),
        ("2018", "2018-01-01", "2018-12-31", "2018"),
        ("2018-11-05", "2018-11-05", "2018-11-05", "5 November 2018"),
        ("", "", "", "undated"),
        ("--06-12", "", "", "12 June"),
        ("2018-02-30", "", "", "2018-02-30"),
    ],
)
def test_partial_dates_have_bounds_and_words(iso: str, first: str, last: str, said: str) -> None:
    assert bounds(iso) == (first, last)
    assert say(iso) == said


WORDS = st.lists(
    st.sampled_from(
        [
            "in",
            "on",
            "by",
            "before",
            "after",
            "since",
            "between",
            "and",
            "to",
            "the",
            "end",
            "of",
            "last",
            "next",
            "past",
            "this",
            "early",
            "late",
            "1",
            "3",
            "999",
            "31",
            "2018",
            "2024",
            "1990s",
            "1900",
            "0",
            "month",
            "months",
            "year",
            "years",
            "decades",
            "weeks",
            "ago",
            "May",
            "Feb.",
            "November",
            "29",
            "05/11/2018",
            "2018-02-30",
            "as",
            "latest",
            "spring",
            "winter",
            "-",
            "today",
        ]
    ),
    max_size=9,
).map(" ".join)


@given(WORDS | st.text(max_size=80), st.dates(date(1900, 1, 1), date(2100, 12, 31)))
def test_no_question_breaks_it_and_windows_are_in_order(question: str, today: date) -> None:
    window = date_window(question, today)
    if window is not None:
        assert 0 <= window.start < window.end <= len(question)
        assert not (window.after and window.before) or window.after <= window.before
        for day in (window.after, window.before):
            assert day == "" or date.fromisoformat(day)
    for mention in find_dates(question):
        assert mention.iso.startswith("--") or bounds(mention.iso)[0]
