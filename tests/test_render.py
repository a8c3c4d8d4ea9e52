"""Answers as HTML: what a page says shows as text, marks open their own source, doubt and refusal are visible."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.schema import Answer, Article, Citation, Earlier, Searched, SentenceCheck
from ui import render
from ui.marks import locate
from ui.render import Exchange

HOSTILE = (
    "<script>alert(1)</script> <img src=x onerror=alert(2)> </mark></div> "
    "[a](http://b.example) $$c$$ \"d\" 'e' &lt;"
)
TEXT = (
    "Port Vell has a new harbour master, Tessa Quill.\n\n"
    "She follows Idris Fenn.\n\n"
    "The harbour lies east of the town. Its cranes came from Ostrana."
)
ARTICLE = Article(
    "a1", "harbour/master.md", 0, "A new harbour master", TEXT, "Harbour Wire", "Lena Moss", "PORT VELL",
    "2024-10-15", "stated",
)  # fmt: skip


class Reader(HTMLParser):
    """What a browser would make of the HTML: its elements with their attributes, and its text."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.marked: list[str] = []
        self._open: list[str] = []
        self.feed(html)
        self.close()
        assert self._open == [], f"left open: {self._open}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self._open.append(tag)
        if tag == "mark":
            self.marked.append("")

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data
        if "mark" in self._open:
            self.marked[-1] += data

    def with_class(self, name: str) -> list[dict[str, str | None]]:
        return [attrs for _, attrs in self.elements if name in (attrs.get("class") or "").split()]


def citation(number: int = 1, quote: str = "She follows Idris Fenn.", **changes: str) -> Citation:
    start = TEXT.find(quote)
    fields = {"title": ARTICLE.title, "outlet": ARTICLE.outlet, "path": ARTICLE.path} | changes
    return Citation(
        number, "a1", fields["title"], fields["outlet"], "2024-10-15", "stated", fields["path"], quote, start,
        start + len(quote),
    )  # fmt: skip


def shown(answer: Answer, turn: int = 0) -> Reader:
    earlier_turns = [Exchange("before")] * turn
    return Reader(render.conversation([*earlier_turns, Exchange(answer.question, answer)]))


def test_the_short_answer_stands_first_and_is_not_said_twice() -> None:
    page = shown(
        Answer("Who?", "Tessa Quill [1]. She is the harbour master. [1]", "Tessa Quill", (citation(),))
    )
    assert page.with_class("short")
    assert page.text.count("Tessa Quill") == 2
    assert "She is the harbour master." in page.text


def test_a_short_answer_that_the_text_does_not_open_with_is_shown_all_the_same() -> None:
    page = shown(Answer("Is it?", "The town has one. [1]", "Yes", (citation(),)))
    assert len(page.with_class("short")) == 1
    assert "The town has one." in page.text


def test_marks_are_buttons_that_know_their_turn_and_number() -> None:
    page = shown(Answer("Who?", "One [1]. Two [2]. Three [9].", citations=(citation(1), citation(2))), turn=3)
    buttons = [(a["data-turn"], a["data-number"]) for a in page.with_class("cite")]
    assert buttons == [("3", "1"), ("3", "2")]
    assert "[9]" in page.text  # cites nothing, so it is text


def test_a_mark_is_named_after_its_source_for_those_who_hear_it() -> None:
    (button,) = shown(Answer("Who?", "One [1].", citations=(citation(),))).with_class("cite")
    assert button["aria-label"] == "[1] A new harbour master, Harbour Wire, 15 October 2024"


def test_date_earlier_answers_notes_and_the_question_as_understood() -> None:
    answer = Answer(
        "and before her?", "Quill [1].", "Quill", (citation(),), as_of="2024-10",
        earlier=(Earlier("Idris Fenn", "", citation(2)),), notes=("One mark was dropped.",),
        query="Who was master before Quill?",
    )  # fmt: skip
    page = shown(answer)
    assert "As of October 2024" in page.text
    assert "Earlier: Idris Fenn (undated) [2]" in page.text
    assert "One mark was dropped." in page.text
    assert "Understood as “Who was master before Quill?”" in page.text
    assert [a["data-number"] for a in page.with_class("cite")] == ["1", "2"]


def test_sentences_without_a_short_answer_carry_their_dates_once_each() -> None:
    undated = Citation(2, "a2", "T", "", "", "unknown", "p.md", "q", 0, 1)
    page = shown(Answer("What of it?", "One. [1]\nTwo. [1]\nThree. [2]", citations=(citation(), undated)))
    assert page.text.count("15 October 2024") == 1
    assert (
        "15 October 2024 One. [1]Two. [1]Undated Three. [2]From undated articles · Answerer: built-in · 2 sources"
        in page.text
    )


def test_a_sentence_that_is_not_borne_out_is_underlined_and_says_why() -> None:
    checks = (SentenceCheck("It has nine cranes.", (1,), False, "'nine' is not in [1]"),)
    page = shown(
        Answer(
            "Cranes?", "It lies east [1]. It has\nnine cranes [1].", citations=(citation(),), checks=checks
        )
    )
    stretches = page.with_class("unsupported")
    assert (
        {a["title"] for a in stretches}
        == {"'nine' is not in [1]"}
        == {a["aria-description"] for a in stretches}
    )
    assert "Not borne out: 'nine' is not in [1]" in page.text


def test_a_doubt_that_cannot_be_placed_is_still_told() -> None:
    checks = (SentenceCheck("Gone from the text.", (1,), False, "no citation"),)
    assert "Gone from the text.: no citation" in shown(Answer("q", "Other words [1].", checks=checks)).text


def test_a_refusal_says_so_in_words_and_offers_the_nearest_passages() -> None:
    page = shown(
        Answer("Who?", "The articles do not say. Searched 2 articles.", refused=True, nearest=(citation(),))
    )
    assert page.with_class("refusal")
    assert not page.with_class("short")
    assert "Not in these articles" in page.text
    assert "Searched 2 articles." in page.text
    assert [a["data-number"] for a in page.with_class("cite")] == ["1"]


def test_an_error_is_one_line_and_a_streaming_answer_is_busy() -> None:
    page = Reader(
        render.conversation(
            [Exchange("?", error="The question is empty."), Exchange("q", partial="so <b>far")]
        )
    )
    assert page.with_class("error")
    assert "The question is empty." in page.text
    assert page.with_class("waiting")[0]["aria-busy"] == "true"
    assert "so <b>far" in page.text


def test_only_a_finished_turn_is_spoken() -> None:
    def spoken(exchange: Exchange) -> str:
        return render.conversation([exchange]).split("</p>")[0].split(">")[-1]

    assert spoken(Exchange("q", partial="Tessa")) == ""
    assert spoken(Exchange("q", Answer("q", "Quill [1]. More.", "Quill"))) == "Answer: Quill"
    assert spoken(Exchange("q", error="Too long.")) == "Too long."


def test_the_open_article_shows_where_it_is_from_and_its_quoted_words() -> None:
    page = Reader(render.sources(2, Answer("Who?", "x [1]", citations=(citation(),)), 1, ARTICLE))
    assert page.marked == ["She follows Idris Fenn."]
    for words in (
        ARTICLE.title,
        "Harbour Wire · 15 October 2024 · Lena Moss · PORT VELL",
        "harbour/master.md",
    ):
        assert words in page.text
    (card,) = page.with_class("card")
    assert (card["data-turn"], card["data-number"], card["aria-current"]) == ("2", "1", "true")


def test_a_quote_over_two_paragraphs_is_marked_in_both() -> None:
    quote = "harbour master, Tessa Quill.\n\nShe follows"
    page = Reader(render.sources(0, Answer("q", "x [1]", citations=(citation(quote=quote),)), 1, ARTICLE))
    assert page.marked == ["harbour master, Tessa Quill.", "She follows"]


@pytest.mark.parametrize(
    ("how", "published", "said"),
    [("stated", "2024-10-15", "15 October 2024"), ("inferred", "2024-10", "October 2024, inferred from the text"),
     ("unknown", "", "undated")],
)  # fmt: skip
def test_an_article_says_how_its_date_is_known(how: str, published: str, said: str) -> None:
    article = Article("a1", "p.md", 0, "T", TEXT, published=published, published_how=how)  # type: ignore[arg-type]
    html = render.sources(0, Answer("q", "x [1]", citations=(citation(),)), 1, article)
    assert re.findall(r'class="byline">([^<]*)<', html) == [said]


def test_an_article_that_changed_or_went_since_still_gives_the_words() -> None:
    answer = Answer("q", "x [1]", citations=(citation(),))
    moved = Article("a1", "p.md", 0, "T", "New first line.\n\n" + TEXT)
    assert Reader(render.sources(0, answer, 1, moved)).marked == ["She follows Idris Fenn."]
    rewritten = Reader(render.sources(0, answer, 1, Article("a1", "p.md", 0, "T", "All new.")))
    assert rewritten.marked == []
    assert "The words were: “She follows Idris Fenn.”" in rewritten.text
    assert "The words were: “She follows Idris Fenn.”" in Reader(render.sources(0, answer, 1, None)).text


def test_examples_are_buttons_that_carry_their_question() -> None:
    page = Reader(render.conversation([], ['Who said "no" & <why>?']))
    assert [a["data-question"] for a in page.with_class("example")] == ['Who said "no" & <why>?']


def test_the_masthead_says_what_is_searched_and_who_answers() -> None:
    page = Reader(
        render.masthead(Searched(1200, "2017-03", "2024-10-15"), "built-in reader", undated=2, failed=1)
    )
    assert "1,200 articles, March 2017 to 15 October 2024 · 2 undated · 1 page could not be read" in page.text
    assert "answerer: built-in reader" in page.text
    assert "1 article, 2024" in Reader(render.masthead(Searched(1, "2024", "2024"), "x")).text


ALLOWED = frozenset(
    [
        "article",
        "b",
        "button",
        "div",
        "h1",
        "h2",
        "h3",
        "header",
        "li",
        "mark",
        "ol",
        "p",
        "section",
        "span",
        "ul",
    ]
)

pieces = st.lists(
    st.sampled_from(
        [*HOSTILE.split(" "), "[1]", "[2]", "\n", "- ", "word", "Ünï", "\u202e", "{{x}}", "${y}", "`"]
    )
    | st.text(max_size=8),
    max_size=12,
).map(" ".join)
page_words = pieces.filter(lambda text: "\r" not in text and "\0" not in text)  # parsers may fold these two


@given(words=page_words)
def test_words_from_a_page_show_as_text_and_add_no_element(words: str) -> None:
    quote = citation(quote=words or "x", title=words, outlet=words, path=words)
    article = Article("a1", words, 0, words, f"{words}\n\n{words}", words, words, words)
    checks = (SentenceCheck(words, (1,), False, words),)
    told = Answer(
        words, words, words, (quote,), earlier=(Earlier(words, "", quote),), checks=checks, notes=(words,),
        query=words + ".",
    )  # fmt: skip
    refused = Answer(words, words, refused=True, nearest=(quote,))
    turns = [
        Exchange(words, told),
        Exchange(words, refused),
        Exchange(words, error=words or "x"),
        Exchange(words),
    ]
    story = render.sources(0, told, 1, article)
    for html in (render.conversation(turns), render.conversation([], [words]), story):
        page = Reader(html)
        assert {tag for tag, _ in page.elements} <= ALLOWED
        for _, attrs in page.elements:
            assert not any(name.startswith("on") or name in ("src", "href", "style", "id") for name in attrs)
    assert words.replace("\n", "") in Reader(story).text.replace("\n", "")


@given(text=page_words, data=st.data())
def test_a_sentence_is_found_whatever_marks_and_spaces_stand_in_it(text: str, data: st.DataObject) -> None:
    words = re.sub(r"\[\d{1,3}\]", "", text).split()
    if not words:
        return
    fill = st.sampled_from([" ", "\n", " [1] ", "[2][3] "])
    marked = "".join(word + data.draw(fill) for word in words)
    span = locate(marked, " ".join(words))
    if (
        re.search(r"\[\s*\d", " ".join(words)) is None
    ):  # words that look like half a mark are beside the point
        assert span is not None
        assert "".join(re.sub(r"\[\d{1,3}\]", "", marked[slice(*span)]).split()) == "".join(words)


def test_colours_have_the_contrast_that_text_needs() -> None:
    css = (Path(render.__file__).parent / "page.css").read_text(encoding="utf-8")
    for scheme in (":root", ".dark"):
        colour = dict(re.findall(r"--([\w-]+): (#\w{6});", css.split(scheme + " {")[1].split("}")[0]))
        pairs = [(a, b) for a in ("ink", "soft", "accent", "doubt") for b in ("paper", "tint", "raised")]
        for front, ground in [*pairs, ("on-accent", "accent"), ("on-marker", "marker")]:
            assert contrast(colour[front], colour[ground]) >= 4.5, f"{front} on {ground} in {scheme}"


def contrast(front: str, ground: str) -> float:
    """WCAG 2 contrast ratio of two #rrggbb colours, 1 to 21."""
    dark, light = sorted(map(luminance, (front, ground)))
    return (light + 0.05) / (dark + 0.05)


def luminance(colour: str) -> float:
    red, green, blue = linear(colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def linear(colour: str) -> Iterator[float]:
    for at in (1, 3, 5):
        share = int(colour[at : at + 2], 16) / 255
        yield share / 12.92 if share <= 0.03928 else ((share + 0.055) / 1.055) ** 2.4
