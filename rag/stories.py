"""Where one story of a page ends and the next begins.

A page of several stories repeats something between them: a line, the opening of a line, a rule, a date stamp, a
byline, a dateline, a heading. Each thing that repeats is tried as the cut; the one kept leaves pieces that all look
like stories, a headline over running text that takes up its words, and leaves most of them. Where none does, the
page is one story. Promotion inside a story repeats too ("Read more" and another story's headline), so what a piece
begins with must be borne out by the text below it.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import exp, log
from statistics import mean, median

from rag.furniture import count_words, fold, is_call, is_caption, is_headline, is_label, is_prose
from rag.headers import read_byline, read_dateline, read_sign_off, read_stamp
from rag.lines import Line, Lines, field_of, header_of

Key = tuple[str, str]

LONGEST_SEPARATOR = 12  # words; a longer line that repeats is a caption or a promotion
LONGEST_HEADLINE = 20  # words, of one that ends as a sentence does
HEADLINE_WORDS = 5  # median over the pieces: subheads have two or three words, headlines eight to twelve
# Share of a headline's words that its own text must take up, mean over the pieces.
BORNE_OUT = 0.3
BORNE_OUT_UNMARKED = 0.4  # where the last story lacks the mark
BORNE_OUT_STRONG = 0.2  # where the mark itself is of a story's head, or a rule
_NUMBERED = re.compile(
    r"(?:no\.?\s*|#)?\d+\s*[.):]|\d{1,2}(?:[:.]\d\d)?\s*[ap]\.?m\b", re.I
)  # of a list, of a live blog


@dataclass(frozen=True, slots=True)
class Story:
    """Lines of one story, as the page has them but for what cut it out."""

    lines: tuple[Line, ...]
    marks: tuple[Line, ...] = ()  # the repeating lines that set it apart; one may hold its date


@dataclass(frozen=True, slots=True)
class _Cut:
    key: Key
    starts: tuple[int, ...]  # first line of each piece
    marks: frozenset[int]
    ends_marked: bool  # nothing but furniture after the last mark


def cut_stories(page: Lines) -> list[Story]:
    """The stories of a page in page order: one, unless something that repeats parts it into several."""
    lines = page.lines
    best: tuple[float, list[range], _Cut] | None = None
    for cut in _cuts(page):
        pieces = _pieces(lines, cut)
        score = _score(lines, pieces, cut) if pieces else 0.0
        # A live blog inside one of three stories makes many pieces, yet leaves most text in one of them.
        weight = _effective_number([sum(len(lines[i].text) for i in piece) for piece in pieces]) * (1 + score)
        if score and (best is None or weight > best[0]):
            best = (weight, pieces, cut)
    if best is None:
        return [Story(lines)]
    _, pieces, cut = best
    recurring = _recurring(lines, pieces)
    stories = []
    for piece in pieces:
        later = {fold(lines[i].text) for other in pieces if other.start > piece.start for i in other}
        marks = tuple(lines[i] for i in piece if i in cut.marks)
        mine = [lines[i] for i in piece if not (i in cut.marks and _is_bare_mark(lines[i], cut))]
        # What stands again in a later piece is the site's line, or that story's title in a table of contents.
        aside = recurring | later
        stories.append(
            Story(
                tuple(line for line in mine if is_prose(line) or _is_head(line, fold(line.text), aside)),
                marks,
            )
        )
    return stories


def _is_head(line: Line, folded: str, aside: frozenset[str] | set[str]) -> bool:
    return folded not in aside or bool(read_byline(line.text) or read_stamp(line.text))


def _effective_number(sizes: Sequence[int]) -> float:
    """exp of the entropy of the shares: n for n equal sizes, near 1 where one outweighs the others."""
    total = sum(sizes)
    return exp(-sum(size / total * log(size / total) for size in sizes if size)) if total else 0.0


def _is_bare_mark(line: Line, cut: _Cut) -> bool:
    """Marks such as rules and "Filed under …" go; a heading, a byline or a dateline belongs to its story."""
    return cut.key[0] in ("rule", "line", "lead", "colon", "stamp")


# --- what repeats ------------------------------------------------------------------------------------------


def _keys(line: Line) -> Iterator[Key]:
    """What a line may share with the other marks of a page."""
    text = line.text
    if line.rule:
        yield "rule", text[0]
        return
    if line.level:
        yield "heading", str(line.level)
    if line.gap:
        yield "gap", ""
    if is_prose(line) and read_dateline(text):
        yield "dateline", ""
        return
    if is_prose(line) and read_sign_off(text)[0]:
        yield "sign-off", ""
        return
    words = text.split()
    if count_words(text) > LONGEST_SEPARATOR:
        return
    if read_stamp(text):
        yield "stamp", ""
    elif is_prose(line):
        return
    if read_byline(text):
        yield "byline", ""
    if re.match(r"https?://\S+$", text):
        yield "link", ""
    folded = re.sub(r"\d+", "0", fold(text))
    yield "line", folded
    if len(words) > 2 and not line.level:
        yield "lead", " ".join(folded.split()[:2])
    if match := re.match(r"([^\W\d_][\w ]{1,24}?)\s*:", text):
        yield "colon", match[1].lower()


def _cuts(page: Lines) -> Iterator[_Cut]:
    """Each way of cutting by something that stands on the page twice or more."""
    lines = page.lines
    places: dict[Key, list[int]] = defaultdict(list)
    for i, line in enumerate(lines):
        for key in _keys(line):
            if key[1] or key[0] in ("stamp", "byline", "dateline", "sign-off", "gap", "link"):
                places[key].append(i)
        if opens_facts(lines, i):
            places["facts", ""].append(i)
    top_level = min((line.level for line in lines if line.level), default=0)
    for key, marks in places.items():
        if len(marks) < 2 and key[0] != "rule":  # two stories need one rule between them
            continue
        marked = frozenset(marks)
        if key[0] == "heading":
            if _headings_head_stories(page, marks, int(key[1]), top_level):
                yield _Cut(key, tuple(marks), marked, True)
            continue
        if key[0] == "facts" and all(_own_title(lines, i) for i in marks):
            yield _Cut(key, tuple(marks), marked, True)
            continue
        if key[0] == "gap":
            yield _Cut(key, (0, *(i for i in marks if i)), marked, True)
            continue
        below = _headlines_above(lines, marks)
        if below:
            yield _Cut(key, below, marked, True)
        if key[0] not in ("dateline", "byline"):
            after = [i + 1 for i in marks if i + 1 < len(lines)]
            tail = any(is_prose(line) for line in lines[marks[-1] + 1 :])
            head = any(is_prose(line) for line in lines[: marks[0] + (key[0] == "sign-off")])
            if head and (not tail or key[0] in ("rule", "line", "lead", "colon")):
                yield _Cut(key, (0, *(after if tail else after[: len(marks) - 1])), marked, not tail)
            elif not head:
                yield _Cut(key, tuple(marks), marked, True)


def opens_facts(lines: Sequence[Line], i: int) -> bool:
    """Does a block of two or more "Key: value" lines begin here, at least one of them a key that names a fact?"""
    keys = [header_of(line.text) for line in lines[max(0, i - 1) : i + 4]]
    before, run = (keys[0] if i else None), keys[1 if i else 0 :]
    known = [key for key in run if key and field_of(key[0])]
    return before is None and len(run) > 1 and bool(run[0] and run[1]) and bool(known)


def _own_title(lines: Sequence[Line], i: int) -> str:
    """The title that a block of "Key: value" lines names."""
    for line in lines[i : i + 8]:
        header = header_of(line.text)
        if not header:
            return ""
        if field_of(header[0]) == "title":
            return header[1]
    return ""


def _headings_head_stories(page: Lines, marks: Sequence[int], level: int, top_level: int) -> bool:
    """Headings of this level head stories, not the parts of one."""
    lines = page.lines
    if any(is_prose(line) for line in lines[: marks[0]]):
        return False
    bounds = [*marks, len(lines)]
    signed = [
        any(
            read_stamp(line.text) or read_byline(line.text) or read_dateline(line.text)
            for line in lines[a + 1 : min(a + 5, b)]
        )
        for a, b in pairwise(bounds)
    ]
    if mean(signed) >= 0.7:
        return True
    if level > 1 and mean(lines[i].text.endswith("?") for i in marks) >= 0.5:  # the parts of an explainer
        return False
    # Where the title is known beforehand (front matter, a web page's metadata), what follows are its parts.
    return level == top_level and not page.facts.title


def _headlines_above(lines: Sequence[Line], marks: Sequence[int]) -> tuple[int, ...]:
    """For marks that stand below their headlines: where each headline is. Empty where too few have one."""
    found: list[int] = []
    floor = 0
    for mark in marks:
        head = _head_above(lines, mark, floor)
        if head >= 0:
            found.append(head)
            floor = mark + 1
    # A story may hold such a mark elsewhere too, an update's stamp or a second dateline, but not most of them do.
    if len(found) < max(2, len(marks) * 0.4) or any(
        is_prose(line) and not is_headline(line) for line in lines[: found[0]]
    ):
        return ()
    return tuple(found)


def _head_above(lines: Sequence[Line], mark: int, floor: int) -> int:
    """The headline over a mark, among the five lines above it and not above `floor`; -1 where there is none."""
    first = mark
    while first > max(floor, mark - 5) and not is_prose(lines[first - 1]) and not lines[first - 1].rule:
        first -= 1
    if first > max(floor, mark - 5):
        above = lines[first - 1]
        # A question, a quotation; or a headline with a full stop, when the mark is right below it.
        if is_headline(above) or (
            first == mark and count_words(above.text) <= LONGEST_HEADLINE and not above.rule
        ):
            first -= 1
    heads = [i for i in range(first, mark) if _may_head(lines[i]) or (i == mark - 1 and is_prose(lines[i]))]
    # Of the last story's trailing lines none is borne out by what follows.
    below = " ".join(line.text for line in lines[mark : mark + 6])
    borne_out = [i for i in heads if _borne_out(lines[i].text, below) >= BORNE_OUT]
    able = [i for i in heads if lines[i].level] or borne_out or [i for i in heads if _may_head(lines[i])]
    return able[0] if able else -1


def _may_head(line: Line) -> bool:
    return (
        is_headline(line)
        and not is_label(line.text)
        and not read_stamp(line.text)
        and not read_byline(line.text)
    )


# --- what the cut leaves -----------------------------------------------------------------------------------


def _pieces(lines: Sequence[Line], cut: _Cut) -> list[range]:
    """The pieces that hold running text; those before the first and after the last headline may hold none."""
    bounds = [*sorted(set(cut.starts)), len(lines)]
    pieces = [range(a, b) for a, b in pairwise(bounds)]
    full = [piece for piece in pieces if any(is_prose(lines[i]) for i in piece)]
    inner_empty = [piece for piece in pieces[1:-1] if piece not in full]
    return [] if len(inner_empty) > len(full) * 0.25 or len(full) < 2 else full


def _score(lines: Sequence[Line], pieces: Sequence[range], cut: _Cut) -> float:
    """How well the pieces' texts take up their headlines; 0.0 where the pieces are no stories."""
    heads: list[str] = []
    scores: list[float] = []
    for piece in pieces:
        head, text = _head_and_text(lines, piece, cut)
        if head and len(text) >= 80:
            heads.append(head)
            scores.append(_borne_out(head, text))
    strong = cut.key[0] in ("stamp", "byline", "dateline", "heading", "facts", "rule")
    if len(scores) < 2 or len(scores) < len(pieces) * (
        0.6 if strong and len(pieces) > 2 else 0.75 if len(pieces) > 3 else 1
    ):
        return 0.0
    if not cut.ends_marked and is_call(cut.key[1]):
        return 0.0
    if median(count_words(head) for head in heads[1:]) < HEADLINE_WORDS - strong:
        return 0.0
    if mean(bool(_NUMBERED.match(head)) for head in heads[1:]) > 0.5:
        return 0.0
    score = mean(scores)
    return (
        score
        if score >= (BORNE_OUT_STRONG if strong else BORNE_OUT if cut.ends_marked else BORNE_OUT_UNMARKED)
        else 0.0
    )


def _head_and_text(lines: Sequence[Line], piece: range, cut: _Cut) -> tuple[str, str]:
    """The longest headline above the piece's first running text, and that text."""
    head = ""
    for i in piece:
        line = lines[i]
        if cut.key[0] == "facts" and i in cut.marks and (title := _own_title(lines, i)):
            head = title
        elif (
            is_headline(line)
            and not read_stamp(line.text)
            and not read_byline(line.text)
            and (i not in cut.marks or line.level or line.gap)
        ):
            head = head if head and not is_label(head) else line.text
        elif is_prose(line) and not is_caption(line.text) and not (line.item and head):
            return head, " ".join(lines[j].text for j in piece if j >= i and is_prose(lines[j]))
    return "", ""


def _borne_out(head: str, text: str) -> float:
    """Share of the headline's longer words whose first five letters stand in the text's first 1,500 characters."""
    words = {word[:5] for word in fold(head).split() if len(word) > 3}
    below = {word[:5] for word in fold(text[:1500]).split()}
    return len(words & below) / len(words) if words else 0.5


def _recurring(lines: Sequence[Line], pieces: Sequence[range]) -> frozenset[str]:
    """Folded lines that stand in most of the pieces: the site's, whichever of them made the cut."""
    counts: dict[str, int] = defaultdict(int)
    for piece in pieces:
        for folded in {fold(lines[i].text) for i in piece}:
            counts[folded] += 1
    return frozenset(folded for folded, count in counts.items() if count > len(pieces) / 2)
