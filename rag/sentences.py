"""Sentences of news text, as exact spans.

Rules of its own: NLTK's punkt takes seconds to import, and pysbd rewrites the text it splits. A full stop ends a
sentence unless what stands before it is an abbreviation or an initial, or what follows goes on in lower case.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rag.schema import Found

if TYPE_CHECKING:
    from llama_index.core.schema import TextNode

# Never the end of a sentence: a name or a number follows.
_BEFORE_NAME_WORDS = """
    mr mrs ms messrs dr prof gen lt col sgt cpl pvt capt cmdr adm maj brig sen rep gov pres hon rev st
    ste fr sr sra srta no nos art vol fig pp vs cf eg ie al amb sec supt insp det ft mt
"""
# The end only before a word that plainly opens a sentence.
_MAYBE_END_WORDS = """
    jan feb mar apr jun jul aug sep sept oct nov dec inc ltd co corp bros jr etc approx est dept univ
    assn ave blvd rd ala ariz ark calif colo conn del fla ga ill ind kan ky la mass md mich minn miss mo
    mont neb nev okla ore pa penn tenn tex va vt wash wis wyo mon tue tues wed thu thur thurs fri sat
    sun min max avg
"""
# Such words.
_OPENERS_WORDS = """
    the a an he she it they we i you his her its their our my this that these those there here who what
    when where why how which but and or nor yet so in on at by for from to with without after before
    since while during under over as if although though because until unless once despite also however
    meanwhile still then now some many most all both each every no not only even just another other
    others several few earlier later last next two three four five according asked speaking during among
    between against about
"""
_BEFORE_NAME, _MAYBE_END, _OPENERS = (
    frozenset(words.split()) for words in (_BEFORE_NAME_WORDS, _MAYBE_END_WORDS, _OPENERS_WORDS)
)
_END = re.compile(
    r"""(?:[.!?…]+["'”’»)\]]*(?=\s)      # a closing mark, its quotation marks, then space
       |[。！？]+["”’」』）]*)           # Chinese and Japanese marks need none after them
    """,
    re.X,
)
_BREAK = re.compile(r"\n[ \t]*\n|\n(?=[ \t]*(?:[-*•‣▪–]|\d{1,3}[.)])[ \t])")
_WORD_BEFORE = re.compile(r"[^\s\"“‘(\[—–/]+$")
_WORD_AFTER = re.compile(r"\s*[\"'“‘«(\[]*([^\s.,;:!?\"”’)\]]+)")


def split_sentences(text: str) -> list[tuple[int, int]]:
    """Spans (start, end) of the sentences of `text`, in order, apart, without outer white space.

    Together they hold every character that is not white space. None crosses a blank line or the start of a list
    item, so a headline or a caption on its own is its own.
    """
    spans: list[tuple[int, int]] = []
    start = 0
    for end in [*(match.start() for match in _BREAK.finditer(text)), len(text)]:
        spans += _split_block(text, start, end)
        start = end
    return spans


def _split_block(text: str, start: int, end: int) -> list[tuple[int, int]]:
    spans = []
    for match in _END.finditer(text, start, end):
        if _ends(text, match, end):
            spans.append((start, match.end()))
            start = match.end()
    spans.append((start, end))
    return [span for span in (_trimmed(text, *span) for span in spans) if span[0] < span[1]]


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end


def _ends(text: str, match: re.Match[str], end: int) -> bool:
    mark = match[0]
    if mark[0] in "。！？":
        return True
    # Only as much as a word is looked at on either side: the cost stays linear on a text without spaces.
    after = _WORD_AFTER.match(text, match.end(), min(end, match.end() + 60))
    following = after[1] if after else ""
    if following[:1].islower():
        return False
    if mark[0] != "." or mark.startswith(".."):
        return True
    before = _WORD_BEFORE.search(text[max(0, match.start() - 40) : match.start()])
    word = before[0] if before else ""
    bare = word.lower().replace(".", "")
    opener = re.split("[’']", following)[0].lower() in _OPENERS
    if bare in _BEFORE_NAME:
        # "No. 5" is a number, "No. He stays" an answer; "et al. The" an end
        return bare in ("no", "al", "sec", "art", "det") and not following[:1].isdigit()
    if re.fullmatch(r"[^\W\d_]", word):
        return opener and word.isupper() and following.lower() not in ("a", "i")
    if bare in _MAYBE_END and (word[:1].isupper() or bare in ("etc", "inc", "approx", "est", "min", "max")):
        return opener
    if re.fullmatch(r"(?:[^\W\d_]{1,2}\.)+[^\W\d_]{1,2}", word):  # U.S, a.m, Ph.D
        return opener
    return True


PRONOUN = re.compile(
    r"\W*(?:\w+ )?(?:he|she|his|her|they|their|its?)\b", re.IGNORECASE
)  # at the head of a sentence


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of a passage: `article.text[start:end] == text`."""

    node: TextNode
    text: str
    start: int
    end: int
    before: str  # the sentence before it in its passage, whom its pronouns mean; "" for the first
    context: str  # its passage's title and text
    rank: int  # of its passage, 0 for the best

    @property
    def meant(self) -> str:
        """The sentence, with the one before it where a pronoun at its head leans on that."""
        return f"{self.before} {self.text}" if PRONOUN.match(self.text) else self.text

    @property
    def article_id(self) -> str:
        return str(self.node.metadata["article_id"])

    @property
    def published(self) -> str:
        return str(self.node.metadata["published"])


def sentences_of(found: Found) -> list[Sentence]:
    """Every sentence of the passages, best passage first, in text order within it."""
    made = []
    for rank, scored in enumerate(found.passages):
        node = scored.node
        text, offset = node.text, int(node.metadata["start"])  # type: ignore[attr-defined]
        context = f"{node.metadata['title']}\n{text}"
        before = ""
        for start, end in split_sentences(text):
            made.append(Sentence(node, text[start:end], offset + start, offset + end, before, context, rank))  # type: ignore[arg-type]
            before = text[start:end]
    return made
