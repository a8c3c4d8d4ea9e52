"""Pages become articles: one per story, without furniture, titled, placed and dated."""

from __future__ import annotations

import contextlib
import importlib.util
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.articles import short_lines, split_articles
from rag.errors import PageError
from rag.pages import list_pages, read_page
from rag.schema import Article, Page, PageKind

SHARED = Path(__file__).resolve().parent.parent.parent / "shared"

STORIES = [
    (
        "Harbour of Port Lessing reopens after winter storm",
        (
            "The harbour of Port Lessing reopened on Tuesday, four days after a winter storm had closed it "
            "to all ships.\n\n"
            "“We lost two cranes and a good deal of sleep,” said the harbour master, Inga Dahl. Repairs go "
            "on until May."
        ),
    ),
    (
        "Teachers in Varo accept new contract after long strike",
        (
            "Teachers in the city of Varo voted to accept a contract that raises their pay by six percent "
            "over two years.\n\n"
            "Their strike had kept 40,000 pupils at home. Classes begin again on Monday, the mayor's office said."
        ),
    ),
    (
        "Glacier lake drains overnight, village escapes flood",
        (
            "A glacier lake above the village of Tarn drained overnight without harm, scientists who watch "
            "it reported.\n\n"
            "The lake had grown since spring, and the village had practised leaving in twenty minutes."
        ),
    ),
    (
        "Orchestra of Lindau names conductor, its youngest ever",
        (
            "The orchestra of Lindau has named Mara Osei, 27, as its conductor. She is the youngest to hold "
            "the post.\n\n"
            "Osei takes over in autumn, and her first concert holds two works that the orchestra has never played."
        ),
    ),
]
DATES = ["5 November 2018", "3 November 2018", "30 October 2018", "28 October 2018"]
TITLES = [title for title, _ in STORIES]


def page(text: str, kind: PageKind = "text", path: str = "page.txt") -> Page:
    return Page(path, text, kind, "utf-8", f"{hash(text)}")


def split(text: str, kind: PageKind = "text", furniture: frozenset[str] = frozenset()) -> list[Article]:
    return split_articles(page(text, kind), furniture)


def joined(shape: str, between: str = "\n\n") -> str:
    """The stories, each in `shape`: {title}, {text}, {date}, {n}, {name}, {section}."""
    names, sections = (
        ["Ada Brook", "Tom Ek", "Lia Roth", "Ben Oyelaran"],
        ["Ports", "Schools", "Ports", "Music"],
    )
    rows = zip(STORIES, DATES, names, sections, strict=True)
    return between.join(
        shape.format(title=title, text=text, date=date, n=n, name=name, section=section)
        for n, ((title, text), date, name, section) in enumerate(rows)
    )


SHAPES = {
    "line below": joined("{title}\n\n{text}\n\n  • Posted in {section}") + "\nFollow this feed",
    "filed": joined("{title}\n\n{text}\n\nFiled under: {section}"),
    "stars": joined("{title}\n\n{text}", "\n\n* * *\n\n"),
    "dashes": joined("{title}\n\n{text}", "\n\n----------\n\n"),
    "byline and date": joined("{title}\nBy {name}\n{date}\n\n{text}"),
    "byline | date": joined("{title}\n\nBy {name} | {date}\n\n{text}"),
    "date above": joined("{date}\n\n{title}\n\n{text}"),
    "labelled date above": joined("Published: {date}\n{title}\n{text}"),
    "date below": joined("{title}\n\n{text}\n\nPosted on {date} in {section}"),
    "datelines": joined("{title}\n\nLINDAU, Nov. {n}1 (Wire) -- {text}"),
    "feed with keys": joined("Title: {title}\nLink: https://example.org/{n}\nPublished: {date}\n\n{text}"),
    "wider gaps": joined("{title}\n\n{text}", "\n\n\n\n"),
    "signed by agency": joined("{title}\n\n{text} (Wire)"),
    "contents first": "\n".join(TITLES) + "\n\n" + joined("{title}\n\n{text}\n\nPosted in {section}"),
    "underlined": joined("{title}\n==========\n\n{text}"),
    "feed with facts alone": joined("Title: {title}\nDate: {date}\n\n{text}"),
    "feed with addresses": joined("{title}\nhttps://example.org/{n}\n{date} 10:00:00 +0000\n{text}"),
    "calls to click": joined("{title}\n\n{text}\n\nShare this article"),
    "sections and stamps": joined("{section} news\n\n{title}\n\n{date} 3:14 pm\n\n{text}"),
}
MARKDOWN = {
    "top headings": joined("# {title}\n\n{text}"),
    "second headings": joined("## {title}\n\n{text}"),
    "digest": "# The week in four stories\n\n" + joined("## {title}\n\n*{date}*\n\n{text}"),
}


@pytest.mark.parametrize(
    ("text", "kind"),
    [*((text, "text") for text in SHAPES.values()), *((text, "markdown") for text in MARKDOWN.values())],
    ids=[*SHAPES, *MARKDOWN],
)  # fmt: skip
def test_a_page_of_several_stories_becomes_several_articles(text: str, kind: PageKind) -> None:
    articles = split(text, kind)
    assert [article.title for article in articles] == TITLES
    assert [article.position for article in articles] == [0, 1, 2, 3]
    assert len({article.id for article in articles}) == 4
    for article, (_, story) in zip(articles, STORIES, strict=True):
        assert article.text.endswith(story.split("\n\n")[1])
        assert story.split("\n\n")[0] in article.text
        assert not any(other in article.text for other in TITLES)


@pytest.mark.parametrize(
    "shape", ["byline and date", "date above", "date below", "feed with keys", "feed with addresses"]
)
def test_each_story_of_a_page_has_its_own_date(shape: str) -> None:
    articles = split(SHAPES[shape])
    assert [article.published for article in articles] == [
        "2018-11-05",
        "2018-11-03",
        "2018-10-30",
        "2018-10-28",
    ]
    assert {article.published_how for article in articles} == {"stated"}


LONG = "\n\n".join(text for _, text in STORIES)


@pytest.mark.parametrize(
    "text",
    [
        f"{TITLES[0]}\n\n{LONG}",
        # promotion of other stories, repeated calls to click, section breaks, subheads, credits, questions and answers
        (
            f"{TITLES[0]}\n\n{STORIES[0][1]}\n\nRead more\n\n{TITLES[1]}\n\n{STORIES[2][1]}\n\nRead "
            f"more\n\n{TITLES[3]}\n\n{STORIES[0][1]}"
        ),
        f"{TITLES[0]}\n\n" + "\n\n* * *\n\n".join(text for _, text in STORIES),
        f"{TITLES[0]}\n\n" + "\n\nAdvertisement\n\n".join(text for _, text in STORIES),
        f"{TITLES[0]}\n\n{STORIES[0][1]}\n\nThe cost\n\n{STORIES[1][1]}\n\nThe future\n\n{STORIES[2][1]}",
        f"{TITLES[0]}\n\n" + "\n\nPhoto: Wire Images\n\n".join(text for _, text in STORIES),
        f"{TITLES[0]}\n\nPublished: 5 May 2018, 8:04pm\nUpdated: 6 May 2018, 9:00am\n\n{LONG}",
        f"{TITLES[0]}\n\n" + "\n\n".join(f"{n}:30 p.m.\n\n{text}" for n, (_, text) in enumerate(STORIES, 1)),
    ],
)
def test_a_page_of_one_story_is_never_cut(text: str) -> None:
    (article,) = split(text)
    assert article.title == TITLES[0]
    assert "raises their pay" in article.text or "without harm" in article.text


def test_subheads_of_a_markdown_story_do_not_cut_it() -> None:
    parts = "\n\n".join(
        f"## What the {word} means for the port\n\n{text}"
        for word, (_, text) in zip("abcd", STORIES, strict=True)
    )
    (article,) = split(
        f"# {TITLES[0]}\n\nThe lead comes first, and says what happened at the port.\n\n{parts}", "markdown"
    )
    assert article.title == TITLES[0]
    assert "What the a means for the port" in article.text
    (article,) = split(f"---\ntitle: {TITLES[0]}\n---\n{parts}", "markdown")
    assert article.title == TITLES[0]


def test_furniture_goes_and_one_copy_of_a_caption_stays() -> None:
    caption = (
        "This photo, taken by the port authority on Oct. 2, 2019, shows harbour master Inga Dahl, "
        "left, at a broken crane."
    )
    (article,) = split(
        f"Ports\n\n{TITLES[0]}\n\n{caption} Wire\n\n{caption}\n\n{STORIES[0][1]}\n\nTeachers of Varo go "
        f"back to work\n\n"
        "RELATED: Storms grow stronger along the coast\n\nFILE PHOTO. @ Wire\n\nThe port is the largest of "
        "its coast and feeds the capital.\n\n"
        "Advertisement\n\nTop 7 Stories\n\nOPINION\n\nSign up for our letter\nSubscribe to the feed"
    )
    assert article.title == TITLES[0]
    assert (
        article.text
        == f"{caption} Wire\n\n{STORIES[0][1]}\n\nThe port is the largest of its coast and feeds the capital."
    )


def test_lists_and_lines_that_lead_on_stay() -> None:
    text = (
        "He named three ports:\n\n- Lessing in the north\n- Varo in the east\n- Tarn in the south\n\nAll "
        "of them are open."
    )
    (article,) = split(f"{TITLES[0]}\n\n{STORIES[0][1]}\n\n{text}")
    assert "Varo in the east" in article.text
    assert "He named three ports:" in article.text


def test_lines_known_from_other_pages_are_left_out() -> None:
    text = (
        f"Lessing Daily Online Edition\n\n{TITLES[0]}\n\n{STORIES[0][1]}\n\nThe paper of record since "
        "the flood\n\nMore came later, people said."
    )
    known = frozenset({"lessing daily online edition", "the paper of record since the flood"})
    assert known <= short_lines(page(text))
    (article,) = split(text, furniture=known)
    assert article.title == TITLES[0]
    assert "record" not in article.text
    assert "More came later" in article.text


@pytest.mark.parametrize(
    ("lead", "place", "outlet"),
    [
        ("VARO/TARN (Wire) - The port", "VARO/TARN", "Wire"),
        ("LESSING, Nov. 4 (Lessing Daily) -- The port", "LESSING", "Lessing Daily"),
        ("LESSING, Norland, Jan 3 (LND) The port", "LESSING, Norland", "LND"),
        ("(Wire) - The port", "", "Wire"),
        ("Port Lessing (Wire) — The port", "Port Lessing", "Wire"),
        ("LESSING: The port", "LESSING", ""),
        ("LESSING — The port", "LESSING", ""),
        ("WND — The port", "", "WND"),
        ("The port (closed since May) - and it alone -", "", ""),
        ("WATCH: The port", "", ""),
    ],
)
def test_datelines_give_place_and_outlet(lead: str, place: str, outlet: str) -> None:
    (article,) = split(
        f"{TITLES[0]}\n\n{lead} reopened on Tuesday after four days of storm, its master said."
    )
    assert (article.place, article.outlet) == (place, outlet)
    assert article.text.startswith(lead)


def test_an_agency_signs_at_the_end_and_a_writer_at_the_top() -> None:
    (article,) = split(
        f"{TITLES[0]}\n\nBy Ada Brook and Tom Ek, staff writers\n\n{STORIES[0][1]} (Lessing Wire)"
    )
    assert (article.outlet, article.author) == ("Lessing Wire", "Ada Brook and Tom Ek")
    assert article.text == STORIES[0][1]


@pytest.mark.parametrize(
    ("stamp", "iso"),
    [
        (
            "PUBLISHED : Monday, 05 November, 2018, 8:04pm\nUPDATED : Tuesday, 06 November, 2018, 9:12am",
            "2018-11-05",
        ),
        ("Updated 3:14 PM ET, Tue March 5, 2024", "2024-03-05"),
        ("2018-11-05T20:04:00Z", "2018-11-05"),
        ("Published: 05.11.2018", "2018-11-05"),
        ("Nov. 5, 2018 | By Ada Brook", "2018-11-05"),
        ("Monday 5 Nov 2018 20:04 GMT", "2018-11-05"),
    ],
)
def test_a_stamp_states_the_date(stamp: str, iso: str) -> None:
    (article,) = split(f"{TITLES[0]}\n\n{stamp}\n\n{STORIES[0][1]}")
    assert (article.published, article.published_how) == (iso, "stated")
    assert stamp.split("\n")[0] not in article.text


@pytest.mark.parametrize(
    ("text", "iso"),
    [
        # 13 October fell on a Friday in 2017; the next such year is 2023
        (
            "The port reopened on Friday (Oct 13). It had been closed since a storm in August 2017, the master said.",
            "2017-10-13",
        ),
        (
            "LESSING, Jan. 3 (Wire) -- The port, closed in December 2019, has reopened, its master said on Friday.",
            "2020-01-03",
        ),
        (
            (
                "This photo, taken by the port, shows crane two, left, on Sept. 19, 2024.\n\nThe port "
                "reopened last week. "
                "It was closed on Feb. 14."
            ),
            "2024-09",
        ),
        ("The port reopened on Friday, as its master had said it would.", ""),
        ("The port was founded on May 3, 1921, and rebuilt in 1946. It reopened on Friday.", ""),
    ],
)
def test_words_imply_a_date_or_do_not(text: str, iso: str) -> None:
    (article,) = split(f"{TITLES[0]}\n\n{text}")
    assert (article.published, article.published_how) == (iso, "inferred" if iso else "unknown")


def test_neighbours_on_a_page_date_a_story_between_them() -> None:
    articles = split(
        f"{TITLES[0]}\n\n{STORIES[0][1]}\n\nPosted in Ports\n\n{TITLES[1]}\nPublished: 9 May "
        f"2019\n\n{STORIES[1][1]}\n\n"
        f"Posted in Schools\n\n{TITLES[2]}\n\n{STORIES[2][1]}\n\nPosted in Ice\n\n{TITLES[3]}\nPublished: 2 "
        f"May 2019\n\n"
        f"{STORIES[3][1]}\n\nPosted in Music"
    )
    assert [(article.published, article.published_how) for article in articles] == [
        ("", "unknown"), ("2019-05-09", "stated"), ("2019-05", "inferred"), ("2019-05-02", "stated"),
    ]  # fmt: skip


def test_front_matter_of_any_spelling_states_the_facts() -> None:
    text = (
        f"---\nHeadline: {TITLES[0]}\nDate: 2018-11-05\nSource: Lessing Daily\nauthors: [Ada Brook, Tom "
        f"Ek]\n---\n\n{STORIES[0][1]}"
    )
    for kind in ("markdown", "text"):
        (article,) = split(text, kind)
        assert (article.title, article.published, article.published_how) == (
            TITLES[0],
            "2018-11-05",
            "stated",
        )
        assert (article.outlet, article.author) == ("Lessing Daily", "Ada Brook, Tom Ek")
        assert article.text == STORIES[0][1]


def test_facts_in_lines_at_the_top_need_no_front_matter() -> None:
    for kind in ("markdown", "text"):
        (article,) = split(
            f"Title: {TITLES[0]}\nDate: 5 November 2018\nSource: Lessing Daily\n\n{STORIES[0][1]}", kind
        )
        assert (article.title, article.published, article.outlet) == (
            TITLES[0],
            "2018-11-05",
            "Lessing Daily",
        )
        assert article.text == STORIES[0][1]


def test_markdown_reads_as_its_reader_sees_it() -> None:
    (article,) = split(
        f"# {TITLES[0]}\n\nThe **port** of [Lessing](https://example.org) *reopened* on Tuesday,\nfour days "
        f"after a storm.\n\n"
        "| ship | crew |\n|---|---|\n| Anna | 12 |\n\nNobody was hurt, the master said.",
        "markdown",
    )
    assert "The port of Lessing reopened on Tuesday, four days after a storm." in article.text
    assert "https" not in article.text
    assert "**" not in article.text
    assert "Anna" in article.text


HTML = """<html lang="en"><head><title>{title} | Lessing Daily</title><meta property="og:title" content="{title}">
<meta property="og:site_name" content="Lessing Daily">
<meta property="article:published_time" content="2018-11-05T08:00:00Z">
<meta name="author" content="Ada Brook"></head><body><nav><a href="/">Home</a> <a href="/a">Ports</a></nav>
<article><h1>{title}</h1>{body}</article><footer>All rights reserved</footer></body></html>"""


def test_html_gives_text_and_metadata() -> None:
    body = "".join(f"<p>{paragraph}</p>" for paragraph in LONG.split("\n\n"))
    (article,) = split(HTML.format(title=TITLES[0], body=body), "html")
    assert (article.title, article.outlet, article.author) == (TITLES[0], "Lessing Daily", "Ada Brook")
    assert (article.published, article.published_how) == ("2018-11-05", "stated")
    assert article.text.startswith("The harbour of Port Lessing")
    assert "rights" not in article.text


def test_a_web_page_of_several_articles_is_cut_and_teasers_are_not_stories() -> None:
    whole = "".join(
        f"<article><h2>{title}</h2><time datetime='2018-11-0{n}'>now</time>"
        f"<p>{text.replace(chr(10) * 2, '</p><p>')}</p></article>"
        for n, (title, text) in enumerate(STORIES, 1)
    )
    teaser = "<article><h3>Ferries to Tarn run on Sundays too</h3><p>Three ships sail from spring on.</p></article>"
    articles = split(f"<html><body>{whole}{teaser}</body></html>", "html")
    assert [article.title for article in articles] == TITLES
    assert [article.published for article in articles] == [f"2018-11-0{n}" for n in (1, 2, 3, 4)]
    body = "".join(f"<p>{paragraph}</p>" for paragraph in LONG.split("\n\n"))
    (article,) = split(
        HTML.format(title=TITLES[0], body=body).replace("</body>", f"{teaser * 3}</body>"), "html"
    )
    assert article.title == TITLES[0]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Home\n\nPorts\n\nSign up", "text"),
        ("* * *", "text"),
        ("---\ntitle: Nothing here\n---\n", "markdown"),
        ("<html><body><nav><a href='/'>Home</a></nav></body></html>", "html"),
        ("<html></html>", "html"),
        ("not even html", "html"),
    ],
)
def test_a_page_without_a_story_says_so_in_one_line(text: str, kind: PageKind) -> None:
    with pytest.raises(PageError, match=r"page\.txt") as error:
        split(text, kind)
    assert "\n" not in str(error.value)


def test_a_hostile_page_stays_text() -> None:
    (article,) = split(
        f"{TITLES[0]}\n\n<script>alert(1)</script> said the port's master, <img src=x onerror=alert(2)> he added."
    )
    assert "<script>alert(1)</script>" in article.text


def test_wrapped_text_and_split_words_are_put_together_again() -> None:
    text = (
        "The harbour of Port Lessing reopened on Tuesday after a win-\n"
        "ter storm had closed it to all of the ships that call there.\n"
        "Inga Dahl, who is its master, was glad of the end. The long-\n"
        "serving sailor had not slept since the storm began at sea,\n"
        "and the fishers had not either.\n\n"
        "It may close again. The long-serving sailor would not rule it\n"
        "out when she was asked, and the fishers did not like to hear\n"
        "it from her at all."
    )
    (article,) = split(f"{TITLES[0]}\n\n{text}", "pdf")
    assert "after a winter storm had closed" in article.text
    assert "The long-serving sailor had not slept since" in article.text
    assert article.text.endswith("like to hear it from her at all.")
    assert len(article.text.split("\n\n")) == 2


def test_heads_and_feet_of_pdf_sheets_are_furniture() -> None:
    sheets = [f"Lessing Daily 2018\n{text}\nPage {n} of 4" for n, (_, text) in enumerate(STORIES, 1)]
    text = "\n\n".join(article.text for article in split("\f".join(sheets), "pdf"))
    assert "Lessing Daily 2018" not in text
    assert "Page 2" not in text
    assert all(story.split("\n\n")[1] in text for _, story in STORIES)


def test_ids_are_stable_and_follow_the_content() -> None:
    text = f"{TITLES[0]}\n\n{STORIES[0][1]}"
    assert split(text)[0].id == split(text)[0].id != split(text + " More.")[0].id
    assert split_articles(page(text, path="other.txt"))[0].id != split(text)[0].id


LINES = st.lists(
    st.sampled_from(
        ["", "* * *", "----", "# Head of it all", "## Sub", "By Ada Brook", "5 May 2018",
         "Published: 2018-05-05", "- item",
         "Read more", "Title: A", "---", "LESSING (Wire) - It rained.", "\f", "| a | b |", "https://example.org",
         TITLES[0], *STORIES[0][1].split("\n\n")]
    )
    | st.text(max_size=40),
    max_size=30,
).map("\n".join)  # fmt: skip


@settings(deadline=None)
@given(LINES, st.sampled_from(["text", "markdown", "pdf"]))
def test_any_text_gives_articles_or_a_page_error(text: str, kind: PageKind) -> None:
    try:
        articles = split(text, kind)
    except PageError:
        return
    assert [article.position for article in articles] == list(range(len(articles)))
    for article in articles:
        assert article.title.strip()
        assert article.text == article.text.strip()
        assert all(paragraph.strip() for paragraph in article.text.split("\n\n"))


@settings(deadline=None, max_examples=25)
@given(st.text(alphabet="<>/phbdiv1 a\"='!-&;", max_size=200))
def test_any_html_gives_articles_or_a_page_error(text: str) -> None:
    with contextlib.suppress(PageError):
        assert split(text, "html")


# --- real pages --------------------------------------------------------------------------------------------


@pytest.mark.skipif(not (SHARED / "seeds").is_dir(), reason="the raw pages are not beside the project")
def test_the_raw_pages_give_eleven_articles_in_order_of_time() -> None:
    found = {
        path[:3]: split_articles(read_page(SHARED / "seeds", path, 1 << 20))
        for path in list_pages(SHARED / "seeds")
    }
    assert {path: len(articles) for path, articles in found.items()} == {
        "000": 1,
        "001": 1,
        "002": 8,
        "004": 1,
    }
    assert (found["000"][0].outlet, found["002"][1].place, found["002"][1].outlet) == (
        "Yonhap",
        "SEOUL/TOKYO",
        "Reuters",
    )
    assert found["000"][0].text.count("Sept. 19, 2024") == 1
    assert found["000"][0].published[:7] in ("2024-09", "2024-10")
    assert found["001"][0].published == "2018-11-05"
    assert found["002"][6].published == "2018-04-27"
    assert all(article.published <= "2018-11-05" for article in found["002"])
    text = "\n".join(article.text for articles in found.values() for article in articles)
    for furniture in (
        "eNewsletter",
        "Top 10",
        "LETTER",
        "RSS feed",
        "Published in",
        "FILE PHOTO",
        "RELATED:",
        "World Today",
    ):
        assert furniture not in text


@pytest.mark.skipif(not (SHARED / "data/pages").is_dir(), reason="the web pages are not beside the project")
def test_web_pages_are_read_about_as_well_as_by_trafilatura_alone() -> None:
    file = Path(__file__).resolve().parent.parent / "benchmarks/articles.py"
    spec = importlib.util.spec_from_file_location("benchmark_articles", file)
    assert spec is not None
    assert spec.loader is not None
    benchmark = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(benchmark)
    scores = []
    for number, (gold, html) in enumerate(benchmark.gold_pages(SHARED / "data/pages")):
        if number % 3 == 0 and len(gold["text"]) >= 1000:
            _, text, articles = benchmark.read_html(gold["id"], html)
            assert articles == 1, gold["id"]
            scores.append(benchmark.token_f1(text, gold["text"]))
    assert sum(scores) / len(scores) >= 0.9
