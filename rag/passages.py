"""Stage 3: an article cut into passages on sentence bounds, each a llama-index `TextNode`."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from rag.schema import Article
from rag.sentences import split_sentences

if TYPE_CHECKING:
    from llama_index.core.schema import TextNode

# What a llama-index prompt or embedder shows of a passage beside its text: title, outlet and published.
HIDDEN_KEYS = ["article_id", "path", "published_how", "start", "end"]


def cut_passages(article: Article, count_tokens: Callable[[str], int], max_tokens: int) -> list[TextNode]:
    """Passages of at most `max_tokens` tokens, in text order, without overlap: `text == article.text[start:end]`.

    Whole sentences, packed over paragraph ends; a passage that is more than half full ends with its paragraph
    rather than take part of the next. A sentence longer than `max_tokens` is cut between words. Metadata has the
    keys `schema.PASSAGE_KEYS`; ids depend on the article's id and the span alone.
    """
    from llama_index.core.schema import TextNode

    return [
        TextNode(
            id_=_passage_id(article, start, end),
            text=article.text[start:end],
            metadata={
                "article_id": article.id,
                "path": article.path,
                "title": article.title,
                "outlet": article.outlet,
                "published": article.published,
                "published_how": article.published_how,
                "start": start,
                "end": end,
            },
            excluded_embed_metadata_keys=HIDDEN_KEYS,
            excluded_llm_metadata_keys=HIDDEN_KEYS,
        )
        for start, end in _pack(article.text, count_tokens, max_tokens)
    ]


def _passage_id(article: Article, start: int, end: int) -> str:
    text = article.text[start:end]
    return hashlib.sha256(f"{article.id}\n{start}\n{end}\n{text}".encode()).hexdigest()[:32]


def _pack(text: str, count_tokens: Callable[[str], int], max_tokens: int) -> list[tuple[int, int]]:
    framing = count_tokens("")  # marks that the tokenizer puts around any text
    room = max(1, max_tokens - framing)
    packed: list[tuple[int, int]] = []
    used = 0
    for paragraph in _paragraphs(text, count_tokens, framing, room):
        size = sum(tokens for _, _, tokens in paragraph)
        # A half-full passage ends with its paragraph when the next does not fit whole.
        fresh = not packed or (used + size > room and used * 2 > room)
        for start, end, tokens in paragraph:
            if fresh or used + tokens > room:
                packed.append((start, end))
                used, fresh = tokens, False
            else:
                packed[-1] = (packed[-1][0], end)
                used += tokens
    return packed


def _paragraphs(
    text: str, count_tokens: Callable[[str], int], framing: int, room: int
) -> list[list[tuple[int, int, int]]]:
    """Per paragraph its sentences as (start, end, tokens), none over `room` tokens unless it is a single word."""
    paragraphs: list[list[tuple[int, int, int]]] = []
    last_end = 0
    for start, end in split_sentences(text):
        pieces = _fit(text, start, end, lambda words: count_tokens(words) - framing, room)
        if paragraphs and "\n" not in text[last_end:start]:
            paragraphs[-1] += pieces
        else:
            paragraphs.append(pieces)
        last_end = end
    return paragraphs


def _fit(
    text: str, start: int, end: int, count: Callable[[str], int], room: int
) -> list[tuple[int, int, int]]:
    """The span as it is where it fits; else cut between words near the middle, as often as need be."""
    tokens = count(text[start:end])
    if tokens <= room:
        return [(start, end, tokens)]
    middle = (start + end) // 2
    gaps = [match.span() for match in re.finditer(r"\s+", text[start:end])]
    if not gaps:
        if end - start < 2:
            return [(start, end, tokens)]
        left, right = middle, middle  # one endless "word": a URL, or a script without spaces
    else:
        left, right = min(((start + a, start + b) for a, b in gaps), key=lambda gap: abs(gap[0] - middle))
    return [*_fit(text, start, left, count, room), *_fit(text, right, end, count, room)]
