"""What stands on a news page beside the story: calls to click, credits, promotion of other stories, repeats.

Judged by shape (a short line that ends like no sentence) and by the words that web pages everywhere use to ask for
something; never by the words of a particular site. What recurs across a corpus is found by counting.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from rag.lines import Line

OPENING = 40  # characters by which a repeat is looked up
FURNITURE_PAGES = 3  # a short line on so many pages is the site's: two may be one story saved twice

_SENTENCE_END = re.compile(r"(?:[.!?…。！？]|\.\.)[\"'”’»)\]」』）]*(?:\s*\([^()]{2,40}\)\.?)?$")
_CALL = re.compile(
    r"""^\W*(?:
      (?:share|tweet|print|e-?mail|save|like|pin|reply|comments?|facebook|twitter|whatsapp|telegram
         |linkedin|reddit)
         (?:\s+(?:this|on|via|with|the|article|story|page|post|it|now|to|by|us|link|save|print|share
         |tweet)\b.*)?$
    | leave\s+a\s+(?:comment|reply) | add\s+a\s+comment | post\s+a\s+comment | be\s+the\s+first\s+to
    | join\s+the\s+conversation
    | (?:read|see|watch|listen|learn|find\s+out|know|show|load|view|hear)\s+(?:more|also|next|now|all
         |live|again|here|the\s+full|full)\b
    | also\s+(?:read|see|on|in) | see\s+related
    | related\b(?=\s*[:|]|\s+(?:stories|articles?|news|content|posts|topics|coverage|links|video)|$)
    | (?:read|watch|listen|related|more|don['’]t\s+miss|must\s+read|recommended)\s*[:>|»]
    | more\s+(?:on|from|in|about|stories|news|coverage|like)\b
    | (?:most|top|latest|recent|trending|popular|featured|breaking|other|today['’]s)
         \s+(?:\d+\s+)?(?:read|popular|viewed|shared|watched|stories|news|headlines|articles|posts|now
         |videos)\b(?=.{0,20}$)
    | trending\b | advert(?:isement|ising|orial)?s?\b | sponsored\b | promoted\b
    | paid\s+(?:content|post) | story\s+continues
    | sign\s+(?:up|in)\b | log\s*in\b | subscri(?:be|ption)\b | register\b | newsletters?\b
    | follow\s+(?:us|@|on|me|the\s+author)
    | get\s+(?:our|the|it)\b.*(?:app|newsletter|inbox|store|play) | download\s+(?:our|the)\b
    | click\s+(?:here|on|to) | tap\s+(?:here|to)
    | you\s+(?:may|might)\s+(?:also\s+)?(?:like|be\s+interested) | recommended\b
    | editor['’]?s['’]?\s+(?:picks?|choice) | what\s+to\s+read\s+next
    | (?:back\s+to\s+top|skip\s+to|continue\s+reading|keep\s+reading|next|previous|prev|home|menu
         |search|close|open|loading|back)
         (?:\s+(?:article|story|post|page|content|main|navigation|menu|slide|photo)\b.*)?$
    | (?:all\s+rights\s+reserved|copyright|privacy\s+policy|terms\s+(?:of|and)|cookies?\s+(?:policy
         |settings)|about\s+us|contact\s+us)\b
    | ©\s*(?:copyright\s*)?\d{4} | (?:image|photo|slide)?\s*\d+\s*(?:of|/)\s*\d+$
    | \d+\s*(?:comments?|shares?|views?|likes|min(?:ute)?s?\s+read)\b
    | (?:tags?|topics?|keywords?|categor(?:y|ies)|section|in\s+this\s+story|filed\s+(?:under|in
         |to))\s*: | text\s+size | font\s+size
    | this\s+(?:article|story)\s+(?:originally\s+)?(?:appeared|was\s+(?:first|originally))
    | support\s+(?:our|us|independent|quality)
    | (?:do\s+)?you\s+have\s+a\s+(?:news\s+)?tip | have\s+(?:a\s+)?(?:news\s+)?tips?
    | thank\s+you\s+for\s+(?:reading|signing|subscribing)
    )""",
    re.I | re.X,
)
_CREDIT = re.compile(
    r"""^[\[(]?\s*(?:
        (?:file\s+)?(?:photo|picture|image|video|illustration|graphic)s?\b\s*
         (?:credit|courtesy|source|file|/|:|by|via|from|[.@©–—-])\s*(?:\S+\s*){0,3}
      | (?:photo|image|picture|illustration|video)s?\s+credit.{0,50}
      | (?:credit|source\s+photo)\s*[:/]\s*.{0,50}
      | [©@]\s*.{1,40}
      | (?:file\s+(?:photo|picture|image)|handout|file)\.?
      | (?:\S+\s+){0,4}(?:/\s*)?(?:Getty\s+Images|via\s+Reuters|via\s+AP|Handout|AFP/Getty)
      | (?:[A-Z]\S+\s+){0,3}[A-Z]\S*/[A-Z]\w*(?:\s[A-Z]\w+){0,3}
    )\s*[\])]?$""",
    re.I | re.X,
)
_CJK = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_CAPTION = re.compile(
    r"^\W*(?:file\s+photo|file\s+picture|this\s+(?:file\s+|undated\s+|combination\s+)?(?:image|photo|picture)|in\s+this\s+"
    r"(?:file\s+|handout\s+)?(?:image|photo|picture)|pictured|photo\s*:|caption\s*:)"
    r"|©|\(?(?:photo|image|credit|courtesy|pool|handout)\s*[:/]|/\s*(?:AFP|AP|EPA|Getty|Reuters|Handout|Pool)\b"
    r"|\((?:L|R|C|left|right|cent(?:er|re)|from\s+left)\)|,\s*(?:left|right|cent(?:er|re))\b",
    re.I,
)
# A line that opens so is running text whose full stop was lost: headlines leave articles and pronouns out.
_RUNNING = re.compile(
    r"^(?:during|in|on|at|after|before|the|he|she|they|it|this|these|those|his|her|their|we|i|as|when|while|among|also|however|but|and"
    r"|meanwhile|according|for|with|from|including|both|there)\b",
    re.I,
)


def fold(text: str) -> str:
    """Two lines are one when these agree: letters and digits alone, in lower case."""
    return " ".join(re.findall(r"[^\W_]+", text.lower()))


def count_words(text: str) -> int:
    """Words between spaces; two characters of Chinese, Japanese or Korean script count as one."""
    return len(text.split()) + (0 if text.isascii() else len(_CJK.findall(text)) // 2)


def is_prose(line: Line) -> bool:
    """Running text: ends as a sentence does, or leads on to the next line with a colon, or is simply long."""
    if line.rule or line.level:
        return False
    text = line.text
    words = count_words(text)
    if words >= 30 or len(text) > 240:
        return True
    if is_call(text) or is_credit(text):
        return False
    if _SENTENCE_END.search(text):
        return words >= 5 or bool(re.match(r"[\"'“‘«(]", text))
    if text.endswith((":", ";", ",", "—", "”", '"')):
        return words >= 5
    return words >= 16 and bool(re.search(r"[a-z]{3}\.['\"”’)]*\s+[A-Z\"“]", text))


def is_call(text: str) -> bool:
    """ "Read more", "Sign up …", "Related: …": a page asking for something."""
    words = count_words(text)
    return words <= 25 and bool(_CALL.match(text)) and (words <= 8 or not _SENTENCE_END.search(text))


def is_credit(text: str) -> bool:
    """A picture's credit with no word on what it shows."""
    return count_words(text) <= 8 and bool(_CREDIT.match(text))


def is_caption(text: str) -> bool:
    """A picture's description, in prose or not; it may carry facts that the story leaves out."""
    return count_words(text) >= 5 and bool(_CAPTION.search(text))


def is_headline(line: Line) -> bool:
    """Could head a story: a heading, or a line that is neither running text nor a call, a credit or a link."""
    text = line.text
    if line.rule or (line.item and not line.level) or not any(character.isalpha() for character in text):
        return False
    if (
        is_call(text)
        or is_credit(text)
        or re.match(r"https?://|www\.", text)
        or ">" in text
        or text.count("|") > 1
    ):
        return False
    if re.search(
        r"\w/(?:[A-Z]{2,5}|[A-Z]\w+(?:\sImages)?)(?:\s+via\s.*)?$|\b(?:Getty Images|Shutterstock)\b", text
    ):
        return False  # ends in a picture's credit
    words = count_words(text)
    if text.endswith(("?", "!", "”", '"', "'", "’")) and 3 <= words <= 25:
        return not re.search(r"[.!?]\s+[\"“]?[A-Z].*[.!?]", text) or words <= 16
    return (
        words <= 30
        and len(text) <= 240
        and (bool(line.level) or not _ends_sentence(text))
        and not text.endswith((":", ";", ","))
    )


def _ends_sentence(text: str) -> bool:
    if text.endswith(("...", "…")):  # cut short by whoever listed it
        return False
    if re.search(
        r"\b(?:[A-Z]\.){2,}$|\b(?:[A-Z]|Jr|Sr|Inc|Co|Corp|Ltd|Bros)\.$", text
    ):  # a headline may end with "the U.S."
        return False
    return bool(_SENTENCE_END.search(text))


def is_label(text: str) -> bool:
    """A section's name: up to three words, without figures or a closing mark."""
    return count_words(text) <= 3 and len(text) <= 32 and not re.search(r"[\d.!?:;,]$|\d", text)


def keep_lines(lines: Sequence[Line], furniture: frozenset[str], marked_up: bool) -> list[Line]:
    """The lines of one story's body that are the story's. `furniture` holds folded lines known to be the site's."""
    once = _without_repeats(lines, marked_up)
    kept = [
        line for line in once
        if fold(line.text) not in {"", *furniture} and not (line.rule or is_call(line.text) or is_credit(line.text))
    ]  # fmt: skip
    prose = [is_prose(line) or is_caption(line.text) for line in kept]
    last = max((i for i, is_text in enumerate(prose) if is_text), default=-1)
    long = [line for line in kept if count_words(line.text) >= 12]
    punctuated = sum(is_prose(line) for line in long) >= 0.8 * len(long)
    body = []
    for i, line in enumerate(kept):
        if (
            prose[i]
            or not punctuated
            or (line.item and _in_list(kept, i))
            or (i < last and (marked_up or line.level or _is_run(kept, prose, i) or _is_running(line.text)))
            or (i > last and _is_running(line.text))
        ):
            body.append(line)
    return body


def _is_running(text: str) -> bool:
    words = text.lower().split()
    return (len(words) >= 9 and bool(_RUNNING.match(text))) or (len(words) >= 13 and "the" in words)


def _is_run(lines: Sequence[Line], prose: Sequence[bool], i: int) -> bool:
    """Three or more short lines on end are a list or a table; one or two are promotion, or a subhead at best."""
    first = last = i
    while first and not prose[first - 1]:
        first -= 1
    while last + 1 < len(lines) and not prose[last + 1]:
        last += 1
    return last - first >= 2 or (first > 0 and lines[first - 1].text.endswith(":"))


def _in_list(lines: Sequence[Line], i: int) -> bool:
    beside = [lines[j] for j in (i - 1, i + 1) if 0 <= j < len(lines)]
    return count_words(lines[i].text) >= 4 or any(line.item for line in beside)


def _without_repeats(lines: Sequence[Line], marked_up: bool) -> list[Line]:
    """Each long line once, the fuller of two that differ in a credit at the end; short lines that recur, never.

    On marked-up pages most repeats are gone already: there only captions and neighbours are taken for such.
    """
    folded = [fold(line.text) for line in lines]
    counts = Counter(folded)
    kept: list[tuple[str, Line]] = []
    alike: dict[str, int] = {}  # the opening of a kept line → its place among them
    for key, line in zip(folded, lines, strict=True):
        if counts[key] > 1 and not (line.item or marked_up or is_prose(line)) and count_words(key) < 9:
            continue
        opening = key[:OPENING]
        twin = alike.get(opening, -1) if count_words(key) >= 5 else -1
        if marked_up and not is_caption(line.text) and twin < len(kept) - 2:
            twin = -1
        if twin < 0 or not _is_twin(key, kept[twin][0]):
            alike[opening] = len(kept)
            kept.append((key, line))
        elif len(key) > len(kept[twin][0]):
            kept[twin] = (key, line)
    return [line for _, line in kept]


def _is_twin(one: str, other: str) -> bool:
    short, long = sorted((one, other), key=len)
    return one == other or (
        len(short) >= OPENING and long.startswith(short) and len(short) >= 0.85 * len(long)
    )
