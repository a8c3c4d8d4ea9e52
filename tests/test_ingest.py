"""A store brought up to date with its folder: only what changed, one bad page among good ones, nothing lost."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from rag.config import Config
from rag.errors import CorpusError
from rag.index import Index
from rag.ingest import IndexReport, search_text, update
from rag.models import embedder_fingerprint
from rag.names import Names
from rag.schema import Article

Update = Callable[[], IndexReport]
FIRST = """The lamp of Moss

Published: 3 May 2023

The lamp of Moss was lit by Ada Quist on Wednesday. It burns whale oil no longer."""
SECOND = """A barge for Riga

Published: 5 May 2023

The barge Amalie left Port Ellery for Riga. Its crew of four had salt on board."""


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    folder = tmp_path / "pages"
    folder.mkdir()
    (folder / "lamp.txt").write_text(FIRST)
    (folder / "barge.txt").write_text(SECOND)
    return folder


@pytest.fixture
def index(tmp_path: Path) -> Iterator[Index]:
    with Index.open(tmp_path / "store", embedder_fingerprint(), "names") as opened:
        yield opened


@pytest.fixture
def bring_up(index: Index, corpus: Path) -> Update:
    names = Names.load()
    return lambda: update(index, corpus, names, Config())


def counted(report: IndexReport) -> tuple[int, int, int, int]:
    return report.added, report.changed, report.removed, report.unchanged


def titles(index: Index) -> set[str]:
    return {article.title for article in index.articles()}


def test_a_second_run_embeds_nothing(bring_up: Update, index: Index) -> None:
    first = bring_up()
    assert counted(first) == (2, 0, 0, 0)
    assert first.embedded == index.counts()["passages"] == 2
    articles = index.articles()
    second = bring_up()
    assert counted(second) == (0, 0, 0, 2)
    assert second.embedded == 0
    assert index.articles() == articles


def test_a_changed_page_is_replaced(bring_up: Update, index: Index, corpus: Path) -> None:
    bring_up()
    (corpus / "barge.txt").write_text(SECOND.replace("Riga", "Oslo"))
    report = bring_up()
    assert counted(report) == (0, 1, 0, 1)
    assert report.embedded == 1
    assert titles(index) == {"The lamp of Moss", "A barge for Oslo"}
    assert index.search_keywords('"riga"', 10) == []
    assert len(index.search_keywords('"oslo"', 10)) == 1


def test_a_deleted_page_is_forgotten(bring_up: Update, index: Index, corpus: Path) -> None:
    bring_up()
    (corpus / "barge.txt").unlink()
    assert counted(bring_up()) == (0, 0, 1, 1)
    assert titles(index) == {"The lamp of Moss"}
    assert index.counts()["passages"] == 1
    assert index.search_keywords('"amalie"', 10) == []


def test_a_touched_or_moved_page_is_not_embedded_again(bring_up: Update, index: Index, corpus: Path) -> None:
    bring_up()
    (corpus / "lamp.txt").touch()
    (corpus / "barge.txt").rename(corpus / "ship.txt")
    report = bring_up()
    assert counted(report) == (1, 0, 1, 1)
    assert report.embedded == 0
    assert {article.path for article in index.articles()} == {"lamp.txt", "ship.txt"}


def test_bad_pages_are_named_and_the_others_indexed(bring_up: Update, index: Index, corpus: Path) -> None:
    (corpus / "empty.txt").touch()
    (corpus / "binary.md").write_bytes(bytes(range(256)) * 20)
    (corpus / "links.html").write_text("<html><body><nav><a href='/'>Home</a></nav></body></html>")
    (corpus / "broken.pdf").write_bytes(b"%PDF-1.7 nothing more")
    report = bring_up()
    assert set(report.failed) == {"empty.txt", "binary.md", "links.html", "broken.pdf"}
    for path, message in report.failed.items():
        assert path in message
        assert "\n" not in message
    assert titles(index) == {"The lamp of Moss", "A barge for Riga"}
    again = bring_up()
    assert again.failed == report.failed
    assert again.embedded == 0
    (corpus / "empty.txt").write_text(FIRST.replace("Moss", "Verrin"))
    mended = bring_up()
    assert "empty.txt" not in mended.failed
    assert "The lamp of Verrin" in titles(index)


def test_a_page_that_turns_bad_gives_its_articles_up(bring_up: Update, index: Index, corpus: Path) -> None:
    bring_up()
    (corpus / "barge.txt").write_text("")
    assert set(bring_up().failed) == {"barge.txt"}
    assert titles(index) == {"The lamp of Moss"}


def test_a_line_that_recurs_across_pages_becomes_furniture(
    bring_up: Update, index: Index, corpus: Path
) -> None:
    line = "Gull Radio on every wave"
    for name, text in (("lamp.txt", FIRST), ("barge.txt", SECOND)):
        (corpus / name).write_text(f"{text}\n\n{line}\n")
    bring_up()
    before = [line in article.text for article in index.articles()]
    (corpus / "bell.txt").write_text(
        f"The bell of Verrin\n\nThe bell of Verrin weighs nine tonnes and rings at noon.\n\n{line}\n"
    )
    bring_up()
    assert len(index.articles()) == 3
    assert not any(line in article.text for article in index.articles())
    (corpus / "bell.txt").unlink()
    bring_up()
    assert [line in article.text for article in index.articles()] == before


def test_acronyms_of_the_pages_are_kept(bring_up: Update, index: Index, corpus: Path) -> None:
    (corpus / "bureau.txt").write_text(
        "A bureau for lamps\n\nThe Moss Lamp Bureau (MLB) was founded by the town on Friday."
    )
    bring_up()
    assert index.acronyms() == [("Moss Lamp Bureau", "MLB")]


@pytest.mark.parametrize(
    "make",
    [
        lambda folder: None,
        lambda folder: folder.mkdir(),
        lambda folder: (folder.mkdir(), (folder / "a.csv").touch()),
    ],
)
def test_a_folder_without_pages_is_one_line_and_loses_nothing(
    bring_up: Update, index: Index, tmp_path: Path, make: Callable[[Path], object]
) -> None:
    bring_up()
    other = tmp_path / "other"
    make(other)
    with pytest.raises(CorpusError) as caught:
        update(index, other, Names.load(), Config())
    assert str(other) in str(caught.value)
    assert "\n" not in str(caught.value)
    assert len(index.articles()) == 2


def test_progress_runs_to_its_total(index: Index, corpus: Path) -> None:
    seen: list[tuple[str, int, int]] = []
    update(index, corpus, Names.load(), Config(), lambda *step: seen.append(step))
    for stage in {stage for stage, _, _ in seen}:
        steps = [(done, total) for name, done, total in seen if name == stage]
        assert [done for done, _ in steps] == sorted(done for done, _ in steps)
        assert steps[-1][0] == steps[-1][1] > 0


def test_what_is_searched_holds_the_title_the_date_and_the_names_meant() -> None:
    names = Names.load()
    article = Article(
        "a",
        "a.md",
        0,
        "UAE sends an envoy",
        "The DPRK was not asked.",
        "River Courier",
        published="2018-11-05",
    )
    title, text, embedded = search_text(article, article.text, names)
    assert {*names.entities("UAE")} <= set(title.split())
    assert {"River", "Courier", "2018"} <= set(title.split())
    assert {*names.entities("DPRK")} <= set(text.split())
    assert embedded == "United Arab Emirates sends an envoy. 5 November 2018\nThe North Korea was not asked."
    undated = search_text(Article("a", "a.md", 0, "", "The lamp burns.", ""), "The lamp burns.", names)
    assert undated[1:] == ("The lamp burns.", "\nThe lamp burns.")
