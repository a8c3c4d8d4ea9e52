"""How well pages are read: `python benchmarks/articles.py [DATA] [SEEDS]`.

(a) On 130 web pages with text a person reviewed (mozilla/readability's test pages; DATA/pages): mean token F1 of the
article text and the share of right titles, beside trafilatura's own output as the reference row.
(b) On raw pages (SEEDS): the articles found on each page, with their titles and dates.
(c) On news articles (DATA/news, every second one; the others served to choose thresholds): pages composed of two to
eight of them in each of the shapes below, how many are cut into just those stories; and how many single ones are cut.
(d) On the same articles without their stamps: dates inferred from the words alone, how many fit the true date.
"""

from __future__ import annotations

import gzip
import json
import random
import re
import sys
import tarfile
import time
from collections import Counter
from collections.abc import Iterator
from datetime import date
from itertools import zip_longest
from pathlib import Path

from rag.articles import split_articles
from rag.errors import PageError
from rag.furniture import fold, is_prose
from rag.headers import read_stamp
from rag.lines import Line
from rag.pages import list_pages, read_page
from rag.published import infer
from rag.schema import Page

SHARED = Path(__file__).resolve().parent.parent.parent / "shared"


def token_f1(found: str, gold: str) -> float:
    """Harmonic mean of precision and recall over words, each counted as often as it stands there."""
    one, other = (Counter(re.findall(r"\w+", text.lower())) for text in (found, gold))
    shared = sum((one & other).values())
    return 2 * shared / (one.total() + other.total()) if one.total() + other.total() else 1.0


def gold_pages(folder: Path) -> Iterator[tuple[dict[str, str], str]]:
    """Each gold row with its page's HTML."""
    rows = {
        row["html"]: row for row in map(json.loads, (folder / "gold.jsonl").read_text("utf-8").splitlines())
    }
    with tarfile.open(folder / "readability_html.tar.gz") as archive:
        for member in archive:
            file = archive.extractfile(member)
            if file is not None and member.name in rows:
                yield rows[member.name], file.read().decode("utf-8", "replace")


def read_html(name: str, html: str) -> tuple[str, str, int]:
    """Title and text of all articles of a web page, and how many there are; nothing where it is refused."""
    try:
        articles = split_articles(Page(name, html, "html", "utf-8", name))
    except PageError:
        return "", "", 0
    return articles[0].title, "\n\n".join(article.text for article in articles), len(articles)


def right_title(found: str, gold: str) -> bool:
    """Alike but for the site's name before or after: "Story | Site"."""
    one, other = (" ".join(re.findall(r"\w+", text.lower())) for text in (found, gold))
    return one == other or (min(len(one), len(other)) >= 10 and (one in other or other in one))


def pages_table(folder: Path, shortest: int = 1000) -> list[tuple[str, int, float, float, float, float]]:
    """Per reader: name, pages, mean F1, mean F1 on pages of `shortest` or more characters, right titles, seconds."""
    from trafilatura import bare_extraction

    ours: list[tuple[float, bool, int]] = []
    theirs: list[tuple[float, bool, int]] = []
    spent = [0.0, 0.0]
    for gold, html in gold_pages(folder):
        start = time.perf_counter()
        title, text, _ = read_html(gold["id"], html)
        spent[0] += time.perf_counter() - start
        ours.append((token_f1(text, gold["text"]), right_title(title, gold["title"]), len(gold["text"])))
        start = time.perf_counter()
        document = bare_extraction(html, include_comments=False, with_metadata=True)
        spent[1] += time.perf_counter() - start
        found = ("", "") if document is None else (document.title or "", document.text or "")  # type: ignore[union-attr]
        theirs.append(
            (token_f1(found[1], gold["text"]), right_title(found[0], gold["title"]), len(gold["text"]))
        )
    rows = []
    for name, scores, seconds in (("dateline", ours, spent[0]), ("trafilatura", theirs, spent[1])):
        long = [f1 for f1, _, size in scores if size >= shortest]
        f1 = sum(score for score, _, _ in scores) / len(scores)
        titles = sum(right for _, right, _ in scores) / len(scores)
        rows.append((name, len(scores), f1, sum(long) / len(long), titles, seconds))
    return rows


SHAPES = {
    "posted in": "{title}\n\n{text}\n\n  • Posted in {section}\n\n",
    "filed under": "{title}\n\n{text}\n\nFiled under: {section}\n\n",
    "rule of stars": "{rule:* * *}{title}\n\n{text}\n\n",
    "byline and date": "{title}\nBy {name}\n{day:%B %d, %Y}\n\n{text}\n\n",
    "byline | date": "{title}\n\nBy {name} | {day:%d %b %Y}\n\n{text}\n\n",
    "date above": "{day:%d %B %Y}\n\n{title}\n\n{text}\n\n",
    "date below": "{title}\n\n{text}\n\nPosted on {day:%B %d, %Y} in {section}\n\n",
    "dateline": "{title}\n\nHAVANA, {day:%b. %d} (Wire) -- {text}\n\n",
    "feed with keys": "Title: {title}\nPublished: {day:%a, %d %b %Y} 10:00:00 GMT\n\n{text}\n\n",
    "feed with addresses": "{title}\nhttps://example.org/{id}\n{day:%a, %d %b %Y}\n{text}\n",
    "read more": "{title}\n\n{text}\n\nRead more\n\n",
    "# headings": "# {title}\n\n{text}\n\n",
    "## headings": "## {title}\n\n{text}\n\n",
}


class Rule(str):
    """Formats as the given rule on a line of its own, but for the first story of a page."""

    def __format__(self, spec: str) -> str:
        return f"{spec}\n\n" if self else ""


def plain_news(folder: Path) -> list[dict[str, str]]:
    """Every second news article that is one story in paragraphs under a whole headline: no list, no live blog."""
    with gzip.open(folder / "corpus.jsonl.gz", "rt", encoding="utf-8") as file:
        rows = [json.loads(line) for line in file][1::2]
    for row in rows:
        row["title"] = row["title"].split(" | ")[0].rsplit(" - ", 1)[0]
    return [row for row in rows if is_plain(row["title"], row["text"])]


def is_plain(title: str, text: str) -> bool:
    paragraphs = [Line(part) for part in text.split("\n") if part.strip()]
    short = sum(not is_prose(paragraph) for paragraph in paragraphs)
    return (
        len(title.split()) >= 5
        and not title.endswith("...")
        and len(text) > 400
        and short <= 3
        and is_prose(paragraphs[0])
    )


def cut_rates(rows: list[dict[str, str]], pages: int = 50) -> Iterator[tuple[str, float, float]]:
    """Per shape: share of pages with the right number of articles, and share of those whose titles are all right."""
    draw = random.Random(8)
    for name, shape in SHAPES.items():
        counted = titled = 0
        for number in range(pages):
            stories = draw.sample(rows, draw.choice([2, 3, 4, 6, 8]))
            text = "".join(
                shape.format(
                    **row,
                    day=date.fromisoformat(row["date"][:10]),
                    rule=Rule("x" * i),
                    name=draw.choice(["Ana Torres", "John Park", "Li Wei"]),
                    section=draw.choice(["World", "Asia", "Business"]),
                )
                for i, row in enumerate(stories)
            )
            articles = split_articles(
                Page("page.txt", text, "markdown" if "#" in name else "text", "utf-8", f"{name}{number}")
            )
            if len(articles) == len(stories):
                counted += 1
                titled += all(
                    fold(article.title) == fold(row["title"])
                    for article, row in zip(articles, stories, strict=True)
                )
        yield name, counted / pages, titled / max(1, counted)


def wrongly_cut(rows: list[dict[str, str]]) -> int:
    pages = (Page("page.txt", f"{row['title']}\n\n{row['text']}", "text", "utf-8", row["id"]) for row in rows)
    return sum(len(split_articles(page)) > 1 for page in pages)


def inferred_dates(folder: Path) -> Counter[str]:
    """Over every second news article: how many get a date from their words, and how near the true one it is."""
    counts: Counter[str] = Counter()
    with gzip.open(folder / "corpus.jsonl.gz", "rt", encoding="utf-8") as file:
        for row in [json.loads(line) for line in file][1::2]:
            true = date.fromisoformat(row["date"][:10])
            paragraphs = [part for part in row["text"].split("\n") if part.strip() and not read_stamp(part)]
            found = infer(paragraphs, "", date.today()).iso
            counts["articles"] += 1
            if found:
                middle = date.fromisoformat(f"{found}-15"[:10])
                counts["dated"] += 1
                counts["right year"] += found[:4] == row["date"][:4]
                counts["within 45 days"] += abs((middle - true).days) <= 45
    return counts


def main(data: Path, seeds: Path) -> None:
    if (data / "pages").is_dir():
        print("reader        pages  F1     F1 (1,000+ characters)  titles  seconds")
        for name, pages, f1, long_f1, titles, seconds in pages_table(data / "pages"):
            print(f"{name:<13} {pages:>5}  {f1:.3f}  {long_f1:<22.3f}  {titles:.3f}   {seconds:.1f}")
    if seeds.is_dir():
        for path in list_pages(seeds):
            articles = split_articles(read_page(seeds, path, 50 << 20))
            print(f"\n{path}: {len(articles)}")
            for article in articles:
                print(f"  {article.published or '-':<10} {article.published_how:<8} {article.title}")
    if (data / "news").is_dir():
        rows = plain_news(data / "news")
        print("\ncomposed pages       right count  right titles")
        for name, counted, titled in cut_rates(rows):
            print(f"{name:<20} {counted:<11.2f}  {titled:.2f}")
        print(f"single stories cut wrongly: {wrongly_cut(rows[:500])} of {len(rows[:500])}")
        print(
            "\ninferred dates:",
            ", ".join(f"{name} {count}" for name, count in inferred_dates(data / "news").items()),
        )


if __name__ == "__main__":
    main(
        *(
            Path(given) if given else default
            for given, default in zip_longest(sys.argv[1:3], (SHARED / "data", SHARED / "seeds"))
        )
    )
