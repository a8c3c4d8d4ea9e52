"""Files of any encoding are read; what cannot be read says why in one line."""

from __future__ import annotations

import hashlib
import os
from io import BytesIO
from pathlib import Path

import pytest

from rag.errors import CorpusError, PageError
from rag.pages import hash_page, list_pages, read_page

LIMIT = 1 << 20
WESTERN = (
    "Café owners in Málaga said on Friday that the señor mayor’s plan – “a façade” – would cost them €5 "
    "each, and that the town should have asked them before. " * 4
)
RUSSIAN = (
    "Министр иностранных дел прибыл в Гавану во вторник и провёл переговоры со своим коллегой о торговле. "
    * 3
)
CHINESE = "外交部长周二抵达哈瓦那，与古巴外长举行会谈，双方讨论了贸易与文化合作问题，并签署了新的协议。" * 4


def put(folder: Path, name: str, data: bytes) -> Path:
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(data)
    return file


def pdf(lines: list[str]) -> bytes:
    """A one-sheet PDF written by hand, so that no PDF writer is needed."""
    rows = "\n".join(f"({line}) Tj T*" for line in lines)
    stream = f"BT /F1 11 Tf 14 TL 50 780 Td\n{rows}\nET".encode("latin-1")
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        (
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 "
            b"0 R >> >> >>"
        ),
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    out, offsets = BytesIO(), []
    out.write(b"%PDF-1.4\n")
    for number, body in enumerate(objects, 1):
        offsets.append(out.tell())
        out.write(b"%d 0 obj\n%s\nendobj\n" % (number, body))
    table = out.tell()
    out.write(
        b"xref\n0 6\n0000000000 65535 f \n" + b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    )
    out.write(b"trailer\n<< /Size 6 /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF" % table)
    return out.getvalue()


def test_pages_of_every_kind_are_listed_in_order_and_nothing_else(tmp_path: Path) -> None:
    for name in ("b.txt", "a.MD", "sub/c.html", "sub/deep/d.htm", "e.pdf", "f.markdown"):
        put(tmp_path, name, b"x")
    for name in (
        "README.md",
        "readme.txt",
        "aliases.yaml",
        ".hidden.txt",
        ".git/x.txt",
        "photo.jpg",
        "notes",
    ):
        put(tmp_path, name, b"x")
    assert list_pages(tmp_path) == ["a.MD", "b.txt", "e.pdf", "f.markdown", "sub/c.html", "sub/deep/d.htm"]


def test_a_single_file_is_a_corpus_of_one_page(tmp_path: Path) -> None:
    file = put(tmp_path, "only.txt", b"One page of words.")
    assert list_pages(file) == ["only.txt"]
    assert read_page(file, "only.txt", LIMIT).text == "One page of words."
    assert hash_page(file, "only.txt") == hashlib.sha256(b"One page of words.").hexdigest()


@pytest.mark.parametrize(
    ("name", "why"), [("missing", "does not exist"), ("empty", "no page in"), ("photo.jpg", "is no page")]
)
def test_a_corpus_without_pages_is_named_with_the_remedy(tmp_path: Path, name: str, why: str) -> None:
    (tmp_path / "empty").mkdir()
    put(tmp_path, "photo.jpg", b"x")
    with pytest.raises(CorpusError, match=why) as error:
        list_pages(tmp_path / name)
    assert name in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        (WESTERN, "utf-8"), (WESTERN, "utf-8-sig"), (WESTERN, "utf-16"), (WESTERN, "utf-32"), (WESTERN, "cp1252"),
        (WESTERN.replace("–", "-"), "utf-16-le"), (WESTERN.replace("–", "-"), "utf-16-be"),
        (RUSSIAN, "koi8_r"), (RUSSIAN, "cp1251"), (CHINESE, "gb18030"),
    ],
)  # fmt: skip
def test_any_encoding_is_read(tmp_path: Path, text: str, encoding: str) -> None:
    data = text.encode(encoding)
    put(tmp_path, "p.txt", data)
    page = read_page(tmp_path, "p.txt", LIMIT)
    assert page.text == text
    assert page.content_hash == hashlib.sha256(data).hexdigest() == hash_page(tmp_path, "p.txt")


def test_html_is_read_as_it_declares(tmp_path: Path) -> None:
    html = '<html><head><meta charset="iso-8859-2"></head><body><p>Příliš žluťoučký kůň</p></body></html>'
    put(tmp_path, "p.html", html.encode("iso-8859-2"))
    page = read_page(tmp_path, "p.html", LIMIT)
    assert "žluťoučký" in page.text
    assert page.kind == "html"


def test_html_in_a_text_file_is_known_for_what_it_is(tmp_path: Path) -> None:
    put(tmp_path, "p.txt", b"<!DOCTYPE html><html><body>words</body></html>")
    assert read_page(tmp_path, "p.txt", LIMIT).kind == "html"


@pytest.mark.parametrize(
    ("name", "data", "why"),
    [
        ("empty.txt", b"", "is empty"),
        ("blank.txt", b" \n\t\n", "is empty"),
        ("big.txt", b"x" * (LIMIT + 1), "over the limit of 1"),
        ("zip.txt", b"PK\x03\x04" + bytes(200), "zip archive"),
        ("named.txt", b"%PDF-1.4\n...", "name it .pdf"),
        ("nul.txt", bytes(range(256)) * 20, "is binary"),
        ("noise.txt", bytes([1, 2, 65, 3, 66]) * 100, "is binary"),
        ("broken.pdf", b"%PDF-1.4 and then nothing of use", "no readable PDF"),
        ("blank.pdf", pdf([]), "PDF without text"),
    ],
)
def test_what_holds_no_text_says_so_in_one_line(tmp_path: Path, name: str, data: bytes, why: str) -> None:
    put(tmp_path, name, data)
    with pytest.raises(PageError, match=why) as error:
        read_page(tmp_path, name, LIMIT)
    assert name in str(error.value)
    assert "\n" not in str(error.value)


def test_a_missing_page_is_a_page_error(tmp_path: Path) -> None:
    with pytest.raises(PageError, match=r"gone\.txt"):
        read_page(tmp_path, "gone.txt", LIMIT)
    with pytest.raises(PageError, match=r"gone\.txt"):
        hash_page(tmp_path, "gone.txt")


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads what it likes")
def test_an_unreadable_page_is_a_page_error(tmp_path: Path) -> None:
    put(tmp_path, "p.txt", b"words").chmod(0)
    with pytest.raises(PageError, match="permissions"):
        read_page(tmp_path, "p.txt", LIMIT)


def test_a_pdf_is_read(tmp_path: Path) -> None:
    put(tmp_path, "p.pdf", pdf(["Harbour reopens after storm", "Ships returned to the port on Tuesday."]))
    page = read_page(tmp_path, "p.pdf", LIMIT)
    assert page.kind == "pdf"
    assert "Ships returned to the port on Tuesday." in page.text
