"""What a question asks for: its kind, the sort of answer that fits, its words that matter, its time.

Everything here is read off the words of the question; nothing is searched yet.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from rag.kinds import Kind, is_bare, kind_of
from rag.names import Names
from rag.offices import office_asked
from rag.windows import Window, date_window
from rag.words import FORM_WORDS, SHORTENED, STOPWORDS, fold, stem

# After "which" or "what" these say of what sort the answer is, and need not stand beside it in an article.
SORT = re.compile(
    r"\b(?:which|what|whose)\s+(?:(?:other|two|three|four|five|prime|foreign|top|senior|former|new)\s+)*(?:cit(?:y|ies)|countr(?:y|ies)|"
    r"towns?|villages?|nations?|states?|continents?|regions?|provinces?|weekdays?|days?|dates?|years?|months?|seasons?|times?|"
    r"persons?|people|man|men|woman|women|officials?|leaders?|politicians?|diplomats?|ministers?|secretary|professors?|experts?|"
    r"scientists?|part(?:y|ies)|compan(?:y|ies)|firms?|groups?|agenc(?:y|ies)|organi[sz]ations?|bod(?:y|ies)|outlets?|newspapers?|"
    r"journals?|posts?|positions?|roles?|jobs?|titles?|ranks?|lists?|sites?|places?|venues?|locations?|buildings?|things?|names?)\b",
    re.IGNORECASE,
)
WHOM = r"\b(?P<order>before|after) (?P<name>(?!the |a |an |that|this)[^\W\d][^\d?]{1,40}?)\W*$"
BEFORE = (  # who came before whom, and in what
    re.compile(
        r"^who (?:held|had|occupied|filled|served|was|came|did).*?\b(?:post|position|job|role|office|title|seat)"
        rf"(?: (?:of|as) (?P<role>.+?))? {WHOM}",
        re.IGNORECASE,
    ),
    re.compile(rf"^who (?:was|were|served as|is) (?:the )?(?P<role>[^?]{{3,60}}?) {WHOM}", re.IGNORECASE),
    re.compile(rf"^who (?:came|served|was|did it|held it|had it)(?P<role>) ?{WHOM}", re.IGNORECASE),
)
SUCCESSION = {"before": "predecessor", "after": "successor"}
NUMBER_WORD = r"(?:two|three|four|five|six|seven|eight|nine|ten)"
PRESENT = re.compile(
    r"\b(current|currently|now|nowadays|today|present|presently|these days|newest|latest|at the moment|sitting)\b"
)
PAST = re.compile(
    r"\b(was|were|did|had|used to|former|formerly|previous|previously|then|ago|before|after|first)\b"
)


@dataclass(frozen=True, slots=True)
class Question:
    """A question made whole. `today` is the day it is asked as of."""

    text: str
    kind: Kind
    words: tuple[str, ...]  # folded words that matter, in order; a known name counts as its entity's token
    entities: frozenset[str]  # names known to `Names`
    window: Window | None
    present: bool  # asks how things stand: the newest article counts
    today: date
    as_of: str = ""  # nothing published later may be used; "" for no such bound
    plural: bool = False  # more than one thing is asked for
    bare: bool = (
        False  # a thing by its name, without a question: where nothing answers, it is taken for a topic
    )
    office: str = ""  # of "who held … before …": asked for by itself where no article speaks of a predecessor
    past: str = ""  # whom that question asks past
    office_head: str = ""  # the office or kinship whose holder is asked for: "ambassador"
    barred: tuple[str, ...] = ()  # answers given already in this conversation that this question asks past

    @property
    def terms(self) -> tuple[str, ...]:
        """The stems of `words`, each once."""
        return tuple(dict.fromkeys(stem(w) for w in self.words))


def understand(
    text: str, names: Names, *, today: date, as_of: str = "", barred: tuple[str, ...] = ()
) -> Question:
    """Read `text` (a whole question; follow-ups are made whole before). Raises nothing."""
    asked = " ".join(text.split())
    succession = before_whom(asked)
    text = as_predecessor(*succession) if succession else asked
    window = date_window(text, today)
    kind = kind_of(text)
    folded = fold(asked)
    return Question(
        text=text,
        kind=kind,
        words=content_words(text, names, window),
        entities=names.entities(text),
        window=window,
        present=window is None and (bool(PRESENT.search(folded)) or not PAST.search(folded)),
        today=today,
        as_of=as_of,
        plural=kind == "list"
        or bool(re.search(rf"\b{NUMBER_WORD}\b", folded) and re.match(r"(which|what|who)\b", folded)),
        office=succession[2] if succession and succession[0] == "before" else "",
        past=succession[1] if succession else "",
        office_head=(SUCCESSION[succession[0]] if succession else office_asked(text))
        if kind == "who"
        else "",
        bare=is_bare(text),
        barred=barred,
    )


def before_whom(text: str) -> tuple[str, str, str] | None:
    """("before", "Ann Lee", "mayor") for "Who held the post of mayor before Ann Lee?"; None for other questions."""
    match = next((m for pattern in BEFORE if (m := pattern.match(text))), None)
    if match is None or len(match["name"].split()) > 4:
        return None
    return match["order"].casefold(), match["name"], match["role"] or ""


def as_predecessor(order: str, name: str, office: str) -> str:
    """In the words that articles use: "Who was Ann Lee's predecessor as mayor?"."""
    return f"Who was {name}'s {SUCCESSION[order]}{f' as {office}' if office else ''}?"


def content_words(text: str, names: Names, window: Window | None = None) -> tuple[str, ...]:
    """The words of `text` that matter; a known name counts as its entity, words of time are left to the window."""
    text = SORT.sub(lambda m: " " * len(m.group()), text)
    keep, at = [], 0
    for mention in names.mentions(text):
        keep += [
            text[at : mention.start],
            text[mention.start : mention.end] if mention.located else mention.entity,
        ]
        at = mention.end
    plain = " ".join([*keep, text[at:]])
    if window is not None:
        said = text[window.start : window.end]
        plain = plain.replace(said, " ", 1) if said else plain
    spelled = [part for w in fold(plain).split() for part in SHORTENED.get(w, (w,))]
    words = [w for w in spelled if w not in STOPWORDS and w not in FORM_WORDS]
    return tuple(dict.fromkeys(words))


def text_terms(text: str, names: Names) -> list[str]:
    """Stems of every word of a page's `text`, with the entities it names, in order."""
    return [stem(w) for w in fold(names.keywords(text)).split()]
