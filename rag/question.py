"""What a question asks for: its kind, the sort of answer that fits, its words that matter, its time.

Everything here is read off the words of the question; nothing is searched yet.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import Literal, cast

from rag.names import Names
from rag.offices import office_asked
from rag.windows import Window, date_window
from rag.words import FORM_WORDS, SHORTENED, STOPWORDS, fold, stem

Kind = Literal["who", "when", "where", "how-many", "why", "how", "yes-no", "list", "open", "what"]

OPEN = re.compile(
    r"\b(what (?:has )?(?:happened|happens|occurred|took place|went on)|what (?:do|can) (?:you|we|the articles) "
    r"(?:have|know|say|tell)|what(?:'s| is| are) (?:new|the latest|known)|summary of|overview of|background (?:on|to)|"
    r"news (?:on|about|of)|anything (?:on|about)|what about|what (?:is|was) .{3,60} about|how did .{3,60} go)\b"
    r"|^(?:summari[sz]e|describe|explain|brief (?:me|us)|outline|tell)\b"
)
WHO = re.compile(
    r"^name (?:the |his |her )?|\b(who|whom|whose|(?:the )?names? of|(?:what|which) (?:person|man|woman|official|"
    r"leader|diplomat|politician|president|minister|ambassador|envoy))\b"
)
WHEN = re.compile(
    r"\b(when|(?:what|which) (?:date|day|weekday|year|month|week|time|century|decade|season)|how long ago|since when|"
    r"date of)\b"
)
WHERE = re.compile(
    r"\b(where|(?:what|which) (?:city|country|place|town|capital|venue|location|village|state|nation|continent|"
    r"building|region|province|airport|site))\b"
)
HOW_MANY = re.compile(
    r"\b(how (?:many|much|long|old|far|often|big|large|high|tall|deep|fast|heavy|wide|soon)|(?:what|which) "
    r"(?:number|percentage|percent|share|proportion|amount|cost|price|salary|wage|fee|budget|anniversary|range|size|sum|age|rate|value)|"
    r"what (?:is|was) the (?:number|percentage|share|amount|cost|price|range|size|value|rate|death toll|age))\b"
)
BARE_AMOUNT = re.compile(
    r"\b(?:share|percentage|number|amount|price|cost|age|size|height|length|population|salary|budget|death toll) of\b|"
    r"'s (?:share|age|height|salary|budget|population|death toll)\b"
)
WHY = re.compile(
    r"\b(why|how come|what (?:is|was|were|are) the (?:reasons?|causes?|purpose|aim|motive)|what (?:caused|prompted|led|"
    r"drove|triggered)|for what (?:reason|purpose)|(?:reason|purpose) (?:for|of|behind))\b"
)
YES_NO = re.compile(
    r"^(?:and |so |but )?(is|are|was|were|do|does|did|has|have|had|can|could|will|would|should|may|isn|aren|wasn|"
    r"didn|doesn|hasn)\b(?! (?:you|we) (?:know|have|tell|say))"
)
LIST = re.compile(
    r"(^list|\blist (?:of|all|every|the|them)|name (?:all|both|two|three|four|five|some|the (?:\w+ ){0,2}\w+(?<!s)s)\b|"
    r"(?:which|what) (?:are|were) the|who (?:are|were)|(?:which|what) (?:two |three |four |five |other )?"
    r"(?!is\b|was\b|has\b|does\b)[a-z]{3,}(?<!s)(?:ies|s)\b(?! (?:the|a|his|its)\b))"
)
# After "which" or "what" these say of what sort the answer is, and need not stand beside it in an article.
SORT = re.compile(
    r"\b(?:which|what|whose)\s+(?:(?:other|two|three|four|five|prime|foreign|top|senior|former|new)\s+)*(?:cit(?:y|ies)|countr(?:y|ies)|"
    r"towns?|villages?|nations?|states?|continents?|regions?|provinces?|weekdays?|days?|dates?|years?|months?|seasons?|times?|"
    r"persons?|people|man|men|woman|women|officials?|leaders?|politicians?|diplomats?|ministers?|secretary|professors?|experts?|"
    r"scientists?|part(?:y|ies)|compan(?:y|ies)|firms?|groups?|agenc(?:y|ies)|organi[sz]ations?|bod(?:y|ies)|outlets?|newspapers?|"
    r"journals?|posts?|positions?|roles?|jobs?|titles?|ranks?|lists?|sites?|places?|venues?|locations?|buildings?|things?|names?)\b",
    re.IGNORECASE,
)
POLITE = re.compile(
    r"^(?:and |so |but )?(?:please )?(?:(?:can|could|would|do) you )?(?:please )?"
    r"(?:tell|say|know|show|give|remind)(?: me| us)? "
    r"(?=who|what|when|where|why|how|which|if|whether|in what)(?:if |whether )?"
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


def kind_of(text: str) -> Kind:
    """The form of answer that `text` wants, from its question word wherever that stands."""
    folded = " ".join(re.findall(r"[^\W_]+|'s", text.casefold().replace("’", "'")))
    folded = folded.replace(" 's", "'s")
    if POLITE.match(folded):
        return kind_of(POLITE.sub("", folded))
    if OPEN.search(folded):
        return "open"
    if YES_NO.match(folded):
        return "yes-no"
    found = [
        (match.start(), order, kind)
        for order, (kind, pattern) in enumerate(
            (
                ("why", WHY),
                ("when", WHEN),
                ("how-many", HOW_MANY),
                ("list", LIST),
                ("where", WHERE),
                ("who", WHO),
            )
        )
        if (match := pattern.search(folded))
    ]
    if found:
        return cast(Kind, min(found)[2])
    if re.search(r"\bhow\b", folded):
        return "how"
    if re.search(r"\b(what|which)\b", folded):
        return "what"
    if BARE_AMOUNT.search(folded):
        return "how-many"
    return (
        "who" if office_asked(text) else "open"
    )  # a bare office: "president of Peru"; a bare topic: "Cuba trade"


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
