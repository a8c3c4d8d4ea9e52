"""The types that stages hand to each other.

All are frozen: a stage returns new values and never changes what it was given. A passage is a llama-index
`TextNode` whose metadata has the keys of `PASSAGE_KEYS`; its text is exactly `article.text[start:end]`.
Dates are ISO 8601 strings of day, month or year precision ("2018-11-05", "2024-10", "2018"), "" when unknown, so
that plain string order is date order.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from llama_index.core.schema import NodeWithScore

    from rag.reader import Span

Verdict = Literal["supported", "partly", "unsupported"]
Known = Literal["stated", "inferred", "unknown"]
PageKind = Literal["text", "markdown", "html", "pdf"]

PASSAGE_KEYS = ("article_id", "path", "title", "outlet", "published", "published_how", "start", "end")


@dataclass(frozen=True, slots=True)
class Page:
    """One file as read: its text (HTML source for HTML), and nothing judged about it yet."""

    path: str  # POSIX, relative to the corpus folder
    text: str
    kind: PageKind
    encoding: str  # "utf-8", "cp1252", …; "pdf" for PDF
    content_hash: str  # sha256 of the file's bytes, hex


@dataclass(frozen=True, slots=True)
class Article:
    """One story. Offsets anywhere in Dateline count characters of `text`."""

    id: str  # stable: of path, position and content
    path: str
    position: int  # 0 for the first story of its page
    title: str
    text: str  # clean: paragraphs split by one blank line, no furniture
    outlet: str = ""
    author: str = ""
    place: str = ""  # of the dateline: "SEOUL/TOKYO"
    published: str = ""
    published_how: Known = "unknown"


@dataclass(frozen=True, slots=True)
class Citation:
    """Where words of an answer come from: `article.text[start:end] == quote`."""

    number: int  # the n of [n], from 1
    article_id: str
    title: str
    outlet: str
    published: str
    published_how: Known
    path: str
    quote: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Earlier:
    """What an older article answered to the same question."""

    short: str
    published: str
    citation: Citation


@dataclass(frozen=True, slots=True)
class SentenceCheck:
    """Is a sentence of the answer borne out by the words it cites?"""

    sentence: str
    citations: tuple[int, ...]
    supported: bool
    reason: str = ""  # why not, e.g. "'12 March' is not in [2]"
    partly: bool = False  # not supported as it stands, though part of it is

    @property
    def verdict(self) -> Verdict:
        return "supported" if self.supported else "partly" if self.partly else "unsupported"


@dataclass(frozen=True, slots=True)
class Searched:
    """What an answer or a refusal had before it."""

    articles: int = 0
    oldest: str = ""
    newest: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer with its evidence, or a refusal with what comes nearest."""

    question: str
    text: str  # with [n] marks; the refusal's words when refused
    short: str = ""  # the span alone
    citations: tuple[Citation, ...] = ()
    as_of: str = ""  # date of the newest evidence used
    earlier: tuple[Earlier, ...] = ()
    refused: bool = False
    nearest: tuple[Citation, ...] = ()  # when refused: the closest passages
    checks: tuple[SentenceCheck, ...] = ()
    searched: Searched = field(default_factory=Searched)
    query: str = ""  # the question as searched: a follow-up made whole
    answerer: str = "built-in"
    notes: tuple[str, ...] = ()
    aside: str = ""  # what a model wrote that does not stand: cut off in the middle, or borne out nowhere
    seconds: float = 0.0

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready, with every field under its own name, and each check's verdict."""
        made = asdict(self)
        for shown, check in zip(made["checks"], self.checks, strict=True):
            shown["verdict"] = check.verdict
        return made


@dataclass(frozen=True, slots=True)
class Found:
    """What retrieval hands to the answerer: passages, best first, and how telling each word of the question is."""

    passages: tuple[NodeWithScore, ...]
    weights: Mapping[str, float]  # stem → inverse document frequency over the store's passages, natural log
    spans: tuple[Span, ...] | None = (
        None  # the reader's, `passage` being the place in `passages`; None: none has read
    )


@dataclass(frozen=True, slots=True)
class Hit:
    """One passage found by a search."""

    text: str
    score: float  # higher is better; comparable within one search only
    article_id: str
    title: str
    outlet: str
    published: str
    path: str
    start: int
    end: int

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)
