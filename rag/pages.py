"""Stage 1: files of a folder, read as text. Nothing is judged about their content here.

Text, Markdown and HTML in any encoding; PDF through pypdf, its sheets parted by form feeds.
"""

from __future__ import annotations

import codecs
import hashlib
import logging
import os
import re
from io import BytesIO
from pathlib import Path

from rag.errors import CorpusError, PageError
from rag.schema import Page, PageKind

logger = logging.getLogger(__name__)

KINDS: dict[str, PageKind] = {
    ".txt": "text",
    ".md": "markdown",
    ".markdown": "markdown",
    ".html": "html",
    ".htm": "html",
    ".pdf": "pdf",
}
NOT_TEXT = {  # first bytes → what the file is, whatever its name says
    b"%PDF-": "a PDF: name it .pdf",
    b"PK\x03\x04": "a zip archive or an office document: save it as .txt, .html or .pdf",
    b"\xd0\xcf\x11\xe0": "an office document: save it as .txt, .html or .pdf",
    b"\x1f\x8b": "compressed with gzip: unpack it",
    b"\x89PNG": "an image",
    b"\xff\xd8\xff": "an image",
    b"GIF8": "an image",
    b"\x7fELF": "a program",
    b"{\\rtf": "rich text: save it as .txt, .html or .pdf",
}
# Byte order marks, the longest first: UTF-32's little-endian mark begins with UTF-16's.
MARKS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
# What pages on the web are written in beside UTF-8, the commonest first; charset-normalizer chooses among them,
# as it otherwise takes short Western pages for obscure code pages.
ENCODINGS = [
    "cp1252", "cp1251", "koi8_r", "gb18030", "big5", "cp932", "euc_jp", "cp949", "cp1250", "cp1253", "cp1254",
    "cp1255", "cp1256", "cp1257", "iso2022_jp",
]  # fmt: skip
_DECLARED = re.compile(rb"""<(?:meta|\?xml)[^>]{0,200}?(?:charset|encoding)\s*=\s*["']?([\w.:-]+)""", re.I)
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1b\x7f]")


def list_pages(corpus: Path) -> list[str]:
    """POSIX paths of the pages, relative to `corpus`, sorted; folders inside are searched too.

    Hidden files and folders, README files and files of other kinds are passed over. A file given as the corpus
    is a corpus of one page, its folder the corpus. `CorpusError` where there is none.
    """
    if corpus.is_file():
        if corpus.suffix.lower() not in KINDS:
            raise CorpusError(f"{corpus} is no page: give a {', '.join(KINDS)} file or a folder of them")
        return [corpus.name]
    if not corpus.is_dir():
        what = "is neither a file nor a folder" if corpus.exists() else "does not exist"
        raise CorpusError(f"corpus {corpus} {what}: give a folder of {', '.join(KINDS)} files")
    found: list[str] = []
    for folder, folders, names in os.walk(corpus, onerror=_refuse_root(corpus)):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        found += [(Path(folder) / name).relative_to(corpus).as_posix() for name in names if _is_page(name)]
    pages = []
    for path in found:
        if path.isascii() or _is_unicode(path):
            pages.append(path)
        else:
            logger.warning("passed over %s: its name is not valid UTF-8, rename it", ascii(path))
    if not pages:
        raise CorpusError(f"no page in {corpus}: put {', '.join(KINDS)} files there")
    return sorted(pages)


def _is_page(name: str) -> bool:
    return (
        not name.startswith(".")
        and not name.lower().startswith("readme")
        and Path(name).suffix.lower() in KINDS
    )


def _is_unicode(path: str) -> bool:
    try:
        path.encode()
    except UnicodeEncodeError:
        return False
    return True


def _refuse_root(corpus: Path):  # type: ignore[no-untyped-def]  # os.walk's callback type has no public name
    def refuse(error: OSError) -> None:
        if error.filename is not None and Path(error.filename) == corpus:
            raise CorpusError(f"corpus {corpus} cannot be read ({error.strerror}): check its permissions")
        logger.warning("passed over %s: %s", error.filename, error.strerror)

    return refuse


def hash_page(corpus: Path, path: str) -> str:
    """sha256 of the file's bytes, in hex; `PageError` when it cannot be read."""
    digest = hashlib.sha256()
    try:
        with (_root(corpus) / path).open("rb") as file:
            while piece := file.read(1 << 20):
                digest.update(piece)
    except OSError as error:
        raise PageError(f"{path} cannot be read ({error.strerror}): check its permissions") from error
    return digest.hexdigest()


def read_page(corpus: Path, path: str, max_bytes: int) -> Page:
    """One page as text, whatever its encoding.

    `PageError` for a file that is unreadable, empty, over `max_bytes`, binary, or a PDF without text.
    """
    data = _read_bytes(_root(corpus) / path, path, max_bytes)
    content_hash = hashlib.sha256(data).hexdigest()
    kind = KINDS.get(Path(path).suffix.lower(), "text")
    if kind == "pdf":
        return Page(path, _pdf_text(data, path), "pdf", "pdf", content_hash)
    for magic, what in NOT_TEXT.items():
        if data.startswith(magic):
            raise PageError(f"{path} is not text but {what}")
    text, encoding = _decode(data, path)
    if not text.strip():
        raise PageError(f"{path} is empty: remove it or fill it")
    if kind == "text" and re.match(r"\s*(?:<\?xml[^>]*>\s*)?<(?:!doctype html|html)\b", text, re.I):
        kind = "html"
    return Page(path, text, kind, encoding, content_hash)


def _root(corpus: Path) -> Path:
    return corpus.parent if corpus.is_file() else corpus


def _read_bytes(file: Path, path: str, max_bytes: int) -> bytes:
    try:
        if not file.is_file():
            raise PageError(f"{path} is missing or no plain file: run the indexing again")
        size = file.stat().st_size
        if size > max_bytes:
            raise PageError(
                f"{path} holds {size / 2**20:.1f} MiB, over the limit of {max_bytes / 2**20:.0f}: "
                "split it or raise max_file_mb"
            )
        data = file.read_bytes()
    except OSError as error:
        raise PageError(f"{path} cannot be read ({error.strerror}): check its permissions") from error
    if not data.strip():
        raise PageError(f"{path} is empty: remove it or fill it")
    return data


def _decode(data: bytes, path: str) -> tuple[str, str]:
    """Text and the name of its encoding: by its mark, as UTF-8, as HTML declares it, then by likelihood."""
    for mark, encoding in MARKS.items():
        if data.startswith(mark):
            return _decoded(data, encoding, path)
    if wide := _wide(data):
        return _decoded(data, wide, path)
    if b"\x00" in data:
        raise PageError(f"{path} is binary, not text: remove it or save it as .txt, .html or .pdf")
    declared = _DECLARED.search(data[:4096])
    for encoding in ["utf-8", *([declared[1].decode("ascii")] if declared else [])]:
        try:
            return _checked(data.decode(encoding), path), codecs.lookup(encoding).name
        except (UnicodeDecodeError, LookupError):
            continue
    if _is_western(data):
        return _decoded(data, "cp1252", path)
    from charset_normalizer import from_bytes

    best = from_bytes(data[: 1 << 18], cp_isolation=ENCODINGS, enable_fallback=False).best()
    return _decoded(data, best.encoding if best else "cp1252", path)


def _is_western(data: bytes) -> bool:
    """English, Spanish, French or German in Windows' Western code page, which charset-normalizer takes for its cousins.

    At most one letter in twenty has an accent there (Polish and Czech have more); bytes that the code page leaves
    out speak against it.
    """
    try:
        text = data.decode("cp1252")
    except UnicodeDecodeError:
        return False
    letters = [character for character in text[:50_000] if character.isalpha()]
    return sum(not letter.isascii() for letter in letters) <= 0.05 * len(letters)


def _wide(data: bytes) -> str:
    """UTF-16 written without a mark: in Western text every other byte is zero."""
    sample = data[:4000]
    if len(sample) < 4:
        return ""
    even, odd = sample[::2].count(0) / len(sample[::2]), sample[1::2].count(0) / len(sample[1::2])
    # 0.3: a page of Western letters has nearly all zeros on one side; binaries have them on both
    if odd > 0.3 and even < 0.05:
        return "utf-16-le"
    return "utf-16-be" if even > 0.3 and odd < 0.05 else ""


def _decoded(data: bytes, encoding: str, path: str) -> tuple[str, str]:
    return _checked(data.decode(encoding, errors="replace"), path), codecs.lookup(encoding).name


def _checked(text: str, path: str) -> str:
    """The text, unless so much of it is control characters that no one wrote it (more than 1 in 50)."""
    if len(_CONTROL.findall(text[:20_000])) > len(text[:20_000]) / 50:
        raise PageError(f"{path} is binary, not text: remove it or save it as .txt, .html or .pdf")
    return text.replace("\x00", "")


def _pdf_text(data: bytes, path: str) -> str:
    """The text of a PDF, a form feed between its sheets."""
    from pypdf import PdfReader

    logging.getLogger("pypdf").setLevel(logging.CRITICAL)  # it warns of every oddity it gets over
    try:
        reader = PdfReader(BytesIO(data))
        if reader.is_encrypted and not reader.decrypt(""):
            raise PageError(f"{path} is locked with a password: save it without one")
        sheets = [sheet.extract_text() for sheet in reader.pages]
    except PageError:
        raise
    except (
        Exception
    ) as error:  # pypdf raises whatever its parsers hit: KeyError, struct.error, RecursionError …
        raise PageError(
            f"{path} is no readable PDF ({type(error).__name__}): save it again or as text"
        ) from error
    text = "\f".join(sheets)
    if not any(character.isalnum() for character in text):
        raise PageError(f"{path} is a PDF without text, pictures of pages perhaps: put it through OCR first")
    return text.encode("utf-8", "replace").decode()  # a broken font table can give lone surrogates
