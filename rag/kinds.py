"""What sort of answer a question wants, read off its form."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Literal

from rag.offices import PEOPLE, office_asked
from rag.words import stem

Kind = Literal["who", "when", "where", "how-many", "why", "how", "yes-no", "list", "open", "what"]

OPEN = re.compile(
    r"\b(what (?:has )?(?:happened|happens|occurred|took place|went on)|what (?:do|can) (?:you|we|the articles) "
    r"(?:have|know|say|tell)|what(?:'s| is| are) (?:new|the latest|known)|summary of|overview of|background (?:on|to)|"
    r"anything (?:on|about)|^what about|what (?:is|was) .{3,60} about$|how did .{3,60} go)\b"
    r"|^(?:(?:any|the|latest|recent|give me|show me|what is|what's)\s+)*news (?:on|about|of|from)\b"
    r"|^(?:summari[sz]e|describe|explain|brief (?:me|us)|outline|tell)\b"
)
WHO = re.compile(r"^name (?:the |his |her )?|\b(who|whom|whose|(?:the )?names? of)\b")
WHEN = re.compile(
    r"\b(when|(?:what|which) (?:date|day|weekday|year|month|week|time|century|decade|season)|how long ago|since when|"
    r"date of)\b"
)
WHERE = re.compile(r"\bwhere\b")
HOW_MANY = re.compile(
    r"\b(how (?:many|much|long|old|far|often|big|large|high|tall|deep|fast|heavy|wide|soon)|(?:what|which) "
    r"(?:number|percentage|percent|share|proportion|amount|cost|price|salary|wage|fee|budget|anniversary|range|size|sum|age|rate|value)|"
    r"what (?:is|was|were|are) (?:the|its|his|her|their|\w+'s) (?:(?!name\b|names\b)\w+ ){0,2}?"
    r"(?:number|percentage|share|amount|cost|price|range|size|value|rate|toll|age|turnout|salary|total|speed|height|depth))\b"
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
    r"^(?:and |so |but )?(is|are|was|were|do|does|did|has|have|had|can|could|will|would|should|may|might|must|isn|"
    r"aren|wasn|didn|doesn|hasn)\b(?! (?:you|we) (?:know|have|tell|say))"
)
LIST = re.compile(
    r"(^list|\blist (?:of|all|every|the|them)|name (?:all|both|two|three|four|five|some|the (?:\w+ ){0,2}\w+(?<!s)s)\b|"
    r"(?:which|what) (?:are|were) the|who (?:are|were)|(?:which|what) (?:two |three |four |five |other )?"
    r"(?!is\b|was\b|has\b|does\b)[a-z]{3,}(?<!s)(?:ies|s)\b(?! (?:the|a|his|its)\b)"
    # "Which Gulf states did …", but not "at what hours did …".
    r"|(?:which|what) (?:(?!is\b|was\b|has\b|does\b|did\b|are\b|were\b)[\w']+ ){0,3}?(?!is\b|was\b|has\b|does\b|"
    r"this\b|his\b|its\b|hours|grounds|means|series|terms)[a-z]{2,}(?<![suir])s (?:are|were|did|do|have|had|will|would|"
    r"can|could|may|might)\b)"
)
# Which comes first in the question decides; where two begin at one place, the one that is first here.
PATTERNS: tuple[tuple[Kind, re.Pattern[str]], ...] = (
    ("why", WHY),
    ("when", WHEN),
    ("how-many", HOW_MANY),
    ("list", LIST),
    ("where", WHERE),
    ("who", WHO),
)
POLITE = re.compile(
    r"^(?:and |so |but )?(?:please )?(?:(?:can|could|would|do) you )?(?:please )?"
    r"(?:tell|say|know|show|give|remind)(?: me| us)? "
    r"(?=who|what|when|where|why|how|which|if|whether|in what)(?:if |whether )?"
)
WH = re.compile(r"\b(?:who|whom|whose|what|which|when|where|why|how)\b")
ASKING = re.compile(
    rf"{WH.pattern}|^(?:and |so |but )?(?:is|are|was|were|do|does|did|has|have|had|can|could|will|would|should|may|"
    r"might|must|list|name|tell|say|give|show|describe|explain|summari[sz]e|outline|brief)\b"
)
# Of a thing asked for by its name alone the head is the last word before what says whose, where or when.
LEADING = re.compile(r"^(?:(?:the|a|an|exact|full|first|last|closing|opening|next|new)\s+)+")
HEAD_ENDS = re.compile(
    r"\s(?:of|in|on|at|for|to|from|by|with|behind|between|before|after|during|since|that|who|which|where|given|per|among)\s"
    r"|\s(?=\d)"
)
PART_OF = re.compile(r"\b(?:of|for|behind|given|by|to)\b|'s\s")  # "title of the report", but not "Cuba trade"


def _stems(words: str) -> frozenset[str]:
    return frozenset(stem(word) for word in words.split())


HEADS: tuple[tuple[Kind, frozenset[str]], ...] = (
    (
        "when",
        _stems("day date year month week weekday time hour deadline birthday decade century season period"),
    ),
    (
        "where",
        _stems(
            "venue place site location city town village country state province region hometown birthplace destination "
            "headquarters seat capital whereabouts airport"
        ),
    ),
    (
        "how-many",
        _stems(
            "price cost fee fare rate value worth share number total size damage margin rise fall drop increase "
            "decrease duration length depth height altitude weight age audience population turnout toll salary wage "
            "pay profit loss revenue sales budget limit distance speed percentage temperature capacity attendance "
            "amount sum calories magnitude reward fine debt tally"
        ),
    ),
    ("why", _stems("reason cause motive purpose")),
    (
        "who",
        PEOPLE
        | _stems("winner boss artist architect author killer suspect victim host name chief successor"),
    ),
)


SORT_WORDS = 5  # after "which" or "what" say of what sort the answer is
NOT_SORT = frozenset(
    """
    is are was were do does did has have had can could will would should may might of in on at to by for from as and
    that who the a an his her its their
    """.split()
)
PERSONS = frozenset(
    """
    person man woman boy girl teenager official leader diplomat politician analyst scholar expert specialist scientist
    physicist researcher economist historian lawyer lawmaker congressman congresswoman senator representative singer
    rapper actor actress musician painter writer journalist reporter activist billionaire doctor physician surgeon nurse
    pilot sailor soldier player athlete adviser advisor aide critic strategist republican democrat boss winner astronaut
    engineer investor professor president minister premier chancellor king queen prince princess duke duchess governor
    mayor spokesman spokeswoman spokesperson envoy ambassador negotiator chairman chairwoman secretary judge prosecutor
    attorney commissioner commander captain coach manager founder author editor executive candidate delegate chief
    predecessor successor husband wife brother sister son daughter father mother
    """.split()
)
PLACES = frozenset(
    """
    city town village country nation state county province region district street airport port harbour harbor island
    site venue place location building stadium hospital continent capital suburb neighbourhood neighborhood resort
    """.split()
)


def kind_of(text: str) -> Kind:
    """The form of answer that `text` wants, from its question word wherever that stands."""
    folded = " ".join(re.findall(r"[^\W_]+|'s", text.casefold().replace("’", "'")))
    folded = folded.replace(" 's", "'s")
    if POLITE.match(folded):
        return kind_of(POLITE.sub("", folded))
    topic = OPEN.search(folded)
    if topic and not WH.search(folded[: topic.start()]):
        return "open"
    if YES_NO.match(folded):
        return "yes-no"
    found = [
        (match.start(), order, kind)
        for order, (kind, pattern) in enumerate(PATTERNS)
        if (match := pattern.search(folded))
    ]
    first = WH.search(folded)
    if first and first.group() in ("what", "which"):  # "which barge sank when …" asks for no time
        found = [f for f in found if f[0] <= first.start() or not WH.match(folded, f[0])]
        if sort := sort_asked(folded[first.end() :]):
            found.append((first.start(), len(PATTERNS), sort))
    if found:
        return min(found)[2]
    if first and first.group() in ("how", "what", "which"):
        return "how" if first.group() == "how" else "what"
    if BARE_AMOUNT.search(folded):
        return "how-many"
    return "who" if office_asked(text) else head_kind(folded)  # a bare office: "president of Peru"


def sort_asked(rest: str) -> Kind | None:
    """What stands behind "which" or "what": someone in "Gulf analyst warned …", a place in "coastal town was …"; None
    for other things, as in "author's book was …"."""
    words = [*rest.split()[: SORT_WORDS + 1], ""]
    for word, following in pairwise(words):
        if word in NOT_SORT:
            break
        if is_one_of(word, PERSONS):
            return "who"
        if is_one_of(word, PLACES) and not is_one_of(following, PERSONS) and following != "department":
            return "where"
    return None


def is_one_of(word: str, known: frozenset[str]) -> bool:
    return word in known or word.removesuffix("s") in known or word.removesuffix("ies") + "y" in known


def is_bare(text: str) -> bool:
    """Is it a thing asked for without a question: "venue of the summit", "Cuba trade"?"""
    return not ASKING.search(text.casefold())


def head_kind(folded: str) -> Kind:
    """What a thing asked for by its name alone is: "death toll in Vell" a number; "Cuba trade" a topic, so "open"."""
    head, *more = (part.split() for part in HEAD_ENDS.split(LEADING.sub("", folded), maxsplit=1))
    if not more and "'s " not in folded:
        return "open"
    last = stem(head[-1]) if head else ""
    for kind, stems in HEADS:
        if last in stems:
            return kind
    return "what" if PART_OF.search(folded) else "open"
