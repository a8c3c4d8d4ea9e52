"""The parts of the page as HTML: masthead, conversation, sources.

Everything that came from a page or a reader is escaped here or in `marks`, once, where it enters the HTML: it can
show as text and as nothing else. Functions are pure and return complete elements. A button that opens a source
carries the turn of its conversation and the number of its citation (`data-turn="0" data-number="2"`), so that a
mark in an old answer opens what that answer cited.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape

from rag.dates import say
from rag.prompts import MARK
from rag.schema import Answer, Article, Citation, Earlier, Searched
from ui.marks import LINE, MarkedText, dated, doubted, find_doubts, mark, split_headline, where

ASIDE = "no article is cited for this"
_LONG_SHORT = 60  # characters: a longer short answer is set smaller, so that it keeps to about two lines


@dataclass(frozen=True, slots=True)
class Exchange:
    """One question and what came of it: an answer, the line of an error, or the text so far."""

    question: str
    answer: Answer | None = None
    error: str = ""
    partial: str = ""
    vote: str = ""  # the reader's: "up", "down" or none


def masthead(searched: Searched, answerer: str, undated: int = 0, failed: int = 0) -> str:
    """The page's head: its name, what is searched, and who answers."""
    details = [_extent(searched)]
    if undated:
        details.append(f"{undated:,} undated")
    if failed:
        details.append(f"{_count(failed, 'page')} could not be read")
    if answerer:
        details.append(f"answerer: {answerer}")
    line = " · ".join(f"<span>{escape(detail)}</span>" for detail in details)
    return f'<header class="masthead"><h1>Dateline</h1><p class="standing">{line}</p></header>'


def conversation(exchanges: Sequence[Exchange], examples: Sequence[str] = ()) -> str:
    """All turns, oldest first, or the invitation with its examples while there is none.

    The first element is the live region. It speaks each answer once, when it is done: a screen reader should not
    hear the text again with every piece that streams in.
    """
    news = f'<p class="spoken" role="status" aria-live="polite">{escape(_spoken(exchanges))}</p>'
    if not exchanges:
        return news + _invitation(examples)
    return news + "".join(_exchange(turn, exchange) for turn, exchange in enumerate(exchanges))


def sources_of(answer: Answer) -> tuple[Citation, ...]:
    """All that an answer lets its reader open, by number: citations, those of older answers, nearest passages."""
    older = tuple(earlier.citation for earlier in answer.earlier)
    by_number: dict[int, Citation] = {}
    for citation in (*answer.citations, *older, *answer.nearest):
        by_number.setdefault(citation.number, citation)
    return tuple(by_number[number] for number in sorted(by_number))


def no_sources() -> str:
    """The sources panel before anything is cited."""
    hint = "Each <b>[n]</b> in an answer opens its article here, at the words it rests on."
    return _panel("Sources", f'<p class="hint">{hint}</p>')


def sources(turn: int, answer: Answer, opened: int = 0, article: Article | None = None) -> str:
    """The sources of one answer as cards, and below them the article of the card that is open.

    `opened` is the number of the open citation, 0 for none; `article` is None when it has left the index.
    """
    cited = sources_of(answer)
    if not cited:
        return no_sources()
    cards = "".join(f"<li>{_card(turn, citation, citation.number == opened)}</li>" for citation in cited)
    body = f'<p class="asked">{escape(answer.question)}</p><ol class="cards">{cards}</ol>'
    current = next((citation for citation in cited if citation.number == opened), None)
    if current is not None:
        body += _story(current, article) if article else _gone(current)
    return _panel("Closest passages" if answer.refused else "Sources", body)


def _panel(heading: str, body: str) -> str:
    return (
        f'<div class="panel"><div class="panel-head"><h2 tabindex="-1">{escape(heading)}</h2>'
        f'<button type="button" class="close">Close</button></div>{body}</div>'
    )


def _invitation(examples: Sequence[str]) -> str:
    items = "".join(
        f'<li><button type="button" class="example" data-question="{text}">{text}</button></li>'
        for text in map(escape, examples)
    )
    listed = f'<p class="try">For example</p><ul class="examples">{items}</ul>' if items else ""
    return (
        '<section class="invitation"><h2>Ask these articles a question</h2>'
        "<p>Each answer cites the words it rests on and says as of when it holds. "
        f"Where the articles do not say, you are told so.</p>{listed}</section>"
    )


def _exchange(turn: int, exchange: Exchange) -> str:
    asked = f'<h2 class="question">{escape(exchange.question)}</h2>' if exchange.question.strip() else ""
    if exchange.error:
        body = f'<div class="answer error"><p><b>No answer.</b> {escape(exchange.error)}</p></div>'
    elif exchange.answer is None:
        so_far = escape(exchange.partial) or "Looking …"
        body = f'<div class="answer waiting" aria-busy="true"><p>{so_far}</p></div>'
    elif exchange.answer.refused:
        body = _refusal(turn, exchange.answer) + _votes(turn, exchange.vote)
    else:
        body = _answer(turn, exchange.answer) + _votes(turn, exchange.vote)
    return f'<article class="exchange" aria-label="Turn {turn + 1}">{asked}{body}</article>'


def _answer(turn: int, answer: Answer) -> str:
    cited = {citation.number: citation for citation in sources_of(answer)}
    doubts, unplaced = find_doubts(answer)
    text = MarkedText(answer.text, turn, cited, doubts)
    headline, rest = split_headline(answer)
    parts = []
    if answer.short:
        size = "short long" if len(answer.short) > _LONG_SHORT else "short"
        words = text.inline(0, headline) if headline else escape(answer.short)
        parts.append(f'<p class="{size}">{words}</p>')
    parts.append(text.blocks(rest, dates=not answer.short))
    parts += [_earlier(turn, earlier) for earlier in answer.earlier]
    reasons = dict.fromkeys([*(doubt.reason for doubt in doubts), *unplaced])
    parts += [f'<p class="doubt"><b>Not borne out:</b> {escape(reason)}</p>' for reason in reasons]
    parts += _notes(answer)
    details = [f"As of {escape(say(answer.as_of))}" if answer.as_of else "From undated articles"]
    if not answer.short:
        details.append(f"Answerer: {escape(answer.answerer)}")
    if cited:
        count = _count(len(cited), "source")
        details.append(f'<button type="button" class="all" data-turn="{turn}">{count}</button>')
    parts.append(_meta(answer, details))
    return f'<div class="answer">{"".join(parts)}</div>'


def _refusal(turn: int, answer: Answer) -> str:
    text = "".join(f"<p>{escape(line)}</p>" for line in LINE.findall(answer.text))
    nearest = "".join(
        f'<li>{mark(turn, citation)} <span class="quote page-text">“{escape(citation.quote)}”</span>'
        f'<span class="quiet">{escape(citation.title)}, {escape(where(citation))}</span></li>'
        for citation in sources_of(answer)
    )
    listed = f'<p class="try">What comes nearest</p><ul class="nearest">{nearest}</ul>' if nearest else ""
    return (
        '<div class="answer refusal"><p class="verdict"><span class="sign" aria-hidden="true">∅</span>'
        f"Not in these articles</p>{text}{listed}{''.join(_notes(answer))}{_meta(answer, ())}</div>"
    )


def _votes(turn: int, vote: str) -> str:
    """👍 and 👎, which page.css draws: the one that was pressed stays pressed, and pressing it again takes it back."""
    buttons = "".join(
        f'<button type="button" class="vote" data-turn="{turn}" data-vote="{name}" aria-label="{label}" '
        f'title="{label}" aria-pressed="{str(vote == name).lower()}"></button>'
        for name, label in (("up", "Good answer"), ("down", "Bad answer"))
    )
    return f'<p class="votes">{buttons}</p>'


def _notes(answer: Answer) -> list[str]:
    """What befell the answer, and what a model wrote that does not stand, marked as such throughout."""
    notes = [f'<p class="note">{escape(note)}</p>' for note in answer.notes]
    if not answer.aside:
        return notes
    lines = "".join(f"<p>{doubted(line, ASIDE)}</p>" for line in LINE.findall(answer.aside))
    return [
        *notes,
        f'<section class="aside"><p class="quiet">Written, but it does not stand:</p>{lines}</section>',
    ]


def _earlier(turn: int, earlier: Earlier) -> str:
    return (
        f'<p class="earlier"><span class="quiet">Earlier:</span> {escape(earlier.short)} '
        f'<span class="quiet">({escape(say(earlier.published))})</span> {mark(turn, earlier.citation)}</p>'
    )


def _meta(answer: Answer, details: Sequence[str]) -> str:
    """The quiet line below an answer; `details` are HTML. A follow-up says how it was understood."""
    understood = answer.query.strip()
    if understood and understood != answer.question.strip():
        details = [*details, f"Understood as “{escape(understood)}”"]
    return f'<p class="meta">{" · ".join(details)}</p>' if details else ""


def _card(turn: int, citation: Citation, opened: bool) -> str:
    current = ' aria-current="true"' if opened else ""
    return (
        f'<button type="button" class="card" data-turn="{turn}" data-number="{citation.number}"{current}>'
        f'<span class="title"><span class="number">[{citation.number}]</span> '
        f'<span class="page-text">{escape(citation.title)}</span></span> '
        f'<span class="quiet">{escape(where(citation))}</span>'
        f'<span class="quote page-text">“{escape(citation.quote)}”</span></button>'
    )


def _story(citation: Citation, article: Article) -> str:
    byline = [article.outlet, dated(article.published, article.published_how), article.author, article.place]
    start, end = _find_quote(citation, article.text)
    words = escape(citation.quote)
    changed = (
        "" if start < end else f'<p class="hint">Changed since it was cited. The words were: “{words}”</p>'
    )
    return (
        f'<section class="story" aria-label="Article [{citation.number}]">'
        f'<h3 class="page-text">{escape(article.title)}</h3>'
        f'<p class="byline">{" · ".join(escape(part) for part in byline if part)}</p>'
        f'<p class="path">{escape(article.path)}</p>{changed}'
        f'<div class="body page-text" tabindex="0">{"".join(_paragraphs(article.text, start, end))}</div></section>'
    )


def _gone(citation: Citation) -> str:
    return (
        f'<p class="hint">{escape(citation.path)} has changed or gone since it was cited. '
        f"The words were: “{escape(citation.quote)}”</p>"
    )


def _find_quote(citation: Citation, text: str) -> tuple[int, int]:
    """The quote's span in an article as it is now; an empty span when the words are gone."""
    if text[citation.start : citation.end] == citation.quote:
        return citation.start, citation.end
    at = text.find(citation.quote)
    return (at, at + len(citation.quote)) if at >= 0 else (0, 0)


def _paragraphs(text: str, start: int, end: int) -> Iterator[str]:
    """The text's lines as paragraphs, `text[start:end]` in <mark> in each paragraph that it reaches into."""
    for line in LINE.finditer(text):
        a, b = max(start, line.start()), min(end, line.end())
        if a >= b:
            yield f"<p>{escape(line.group())}</p>"
        else:
            before, words, after = text[line.start() : a], text[a:b], text[b : line.end()]
            yield f"<p>{escape(before)}<mark>{escape(words)}</mark>{escape(after)}</p>"


def _spoken(exchanges: Sequence[Exchange]) -> str:
    """What a screen reader says when the latest turn is done; empty while it is not."""
    if not exchanges:
        return ""
    latest = exchanges[-1]
    if latest.answer is None:
        return latest.error
    text = MARK.sub("", latest.answer.short or latest.answer.text)
    return f"Not in these articles. {text}" if latest.answer.refused else f"Answer: {text}"


def _extent(searched: Searched) -> str:
    """What was searched: "11 articles, 12 March 2017 to 3 October 2024"."""
    articles = _count(searched.articles, "article")
    if not searched.oldest:
        return articles
    days = dict.fromkeys([say(searched.oldest), say(searched.newest)])
    return f"{articles}, {' to '.join(days)}"


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
