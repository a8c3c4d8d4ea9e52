"""Offices and ties of kin: the words that say what someone is, and which of them a question asks for."""

from __future__ import annotations

import re

from rag.words import WORD, fold, spelled_out, stem


def _stems(words: str) -> frozenset[str]:
    return frozenset(stem(word) for word in words.split())


# Stand before a name: "President Ana Lee".
TITLES = _stems(
    """
    president minister ambassador chairman chairwoman secretary state director deputy vice leader
    premier chancellor king queen prince senator governor mayor spokesman spokeswoman spokesperson envoy
    counselor chief professor mr mrs ms dr sir lord ceo executive general colonel captain commander judge justice
    attorney congressman congresswoman representative rep sen gov gen coach commissioner pope archbishop analyst
    """
)
OFFICES = TITLES | _stems(
    """
    official head congress party committee ministry department council government
    agency office affairs union house
    """
)
KIN = _stems("wife husband spouse brother sister son daughter father mother predecessor successor")
PEOPLE = (
    OFFICES
    | KIN
    | _stems(
        """
        parents family child children people workers police troops soldiers experts analysts diplomats researchers
        scientists protesters students residents delegation crowd
        """
    )
)
# Beside `TITLES` and `KIN` what someone may be asked for as: "who is the coach of …?"
HELD = (
    TITLES - _stems("state")
    | KIN
    | _stems(
        """
        head commander representative negotiator coach captain manager founder owner author editor executive ceo
        treasurer prosecutor judge attorney consul attache speaker candidate delegate adviser chair chairperson
        """
    )
)
# May be what another calls president, minister or director.
GENERAL = _stems("head leader chief boss representative executive official")
NO_MORE = "former|ex|late|outgoing|ousted|deposed|previous|then"  # before an office: it is held no more
# Before a name: whoever bears it holds the office no more.
FORMER = re.compile(
    rf"\b(?:{NO_MORE}|departing|onetime|disgraced|(?:resignation|ouster|removal|"
    r"departure|death|killing|assassination|funeral|fall) of|succeed(?:s|ed|ing)?(?! to| in| as)|"
    r"replac(?:es|ed|ing)(?! by)|in place of|(?:took|takes|taking) over from)\b(?:[\s-]+[\w'’.-]+){0,5}\s*$",
    re.IGNORECASE,
)
LEFT = re.compile(
    r"\b(?:resign(?:ed|s)|stepp(?:ed|ing) down|(?:was|been) (?:ousted|removed|dismissed|sacked|impeached|deposed|"
    r"fired)|(?:has|had) died|succeeded by|replaced by|(?:gave|gives|made|makes) way|handed over to)\b",
    re.IGNORECASE,
)
# Before such a verb: someone else who does it, "…, succeeding Ann Lee, who".
SUBJECT = re.compile(r"\b[A-Z][\w’'-]+,?(?: who)?(?: (?:is|was|has|had|have|formally|also|then))*\s*$")
# Of one who came before or after another in an office.
SUCCEEDING = re.compile(
    r"\b(?:predecessor|successor|succe(?:ed|ss)\w*|replac\w+|former|took over|taken over|previous\w*|outgoing|"
    r"in place of|instead of|stepped down)\b",
    re.IGNORECASE,
)
ASKED = re.compile(
    r"\bwho(?:'s|’s| is| was| are| were| became| becomes)\s+(?:currently |now |to be )?(?:the |an? )?"
    r"|\bnames? of (?:the )?|^name (?:the |his |her )?",
    re.IGNORECASE,
)
BARE = re.compile(
    r"^(?:the )?(?!(?:who|whom|whose|what|which|when|where|why|how|is|are|was|were|do|does|did|has|have|had|can|could|"
    r"will|would|should|in|on|at|to|for|from|by|tell|list|name)\b)",
    re.IGNORECASE,
)
# Where the words for the office end: "… in Kyiv when the embassy shut".
CLAUSE = re.compile(
    r"\b(?:when|who|whom|which|that|during|after|before|at the time|because|while|besides|apart|to have|thought|said|"
    r"quoted|mentioned|called|as of|according|if|until|since|and|but|now|today|currently|in (?:19|20)\d\d)\b|[,(;?]",
    re.IGNORECASE,
)
# Who does not hold the office itself, or not yet.
LESSER = re.compile(
    r"\b(vice|deputy|assistant|under|associate|shadow|opposition|next|future|incoming)[\s-]+(?:[^\W_]+[\s-]+){0,2}$",
    re.IGNORECASE,
)
ELECT = re.compile(r"-(?:elect|designate|in-waiting)\b", re.IGNORECASE)  # behind an office: not yet either
# Between a name and an office that it has left: "Ana Lee, Kenya's ousted president", "…, who was mayor".
WAS = re.compile(
    rf"\b(?:{NO_MORE}|disgraced|"
    r"(?:was|served as)(?! (?:named|appointed|sworn|elected|made|chosen|nominated|picked|to)))\b",
    re.IGNORECASE,
)
OF = frozenset("of to in for at on from under with".split())


def office_asked(text: str) -> str:
    """The office or kinship that `text` asks the holder of, as one folded word; "" where it asks for none.

    "ambassador" for "who is the DPRK ambassador to Cuba?", for "name of Cuba's ambassador" and for the bare
    "ambassador of Cuba in Moscow"; "" for "who is thought to have won?".
    """
    match = ASKED.search(text.strip()) or BARE.match(text.strip())
    if match is None:
        return ""
    rest = text.strip()[match.end() :]
    bound = CLAUSE.search(rest)
    words = re.findall(r"[^\W_]+(?:['’-][^\W_]+)*", rest[: bound.start()] if bound else rest)
    ties = (
        i for i, word in enumerate(words) if word.casefold() == "as" and i and stem(fold(words[i - 1])) in KIN
    )
    end = next((i for i, word in enumerate(words) if word.casefold() in OF), len(words))
    end = min(end, next(ties, end))  # "Ann Lee's predecessor as mayor"
    while end and re.search(r"(?:ed|ing)$", words[end - 1]) and stem(fold(words[end - 1])) not in HELD:
        end -= 1  # "the minister accused of …"
    folded = fold(re.sub(r"['’]s?$", "", words[end - 1])) if end else ""
    word = spelled_out(folded.split())[-1] if folded else ""
    return word if stem(word) in HELD else ""


def has_left(sentence: str, start: int, end: int, head: str) -> bool:
    """Does `sentence` say of the name from `start` to `end` that it is in the office `head` no more?

    "former president …", "…, who has resigned", "…, a former minister"; not "…, succeeding Ann Lee, who resigned".
    """
    behind = sentence[end:]
    left = next((m for m in LEFT.finditer(behind) if not SUBJECT.search(behind[: m.start()])), None)
    apposed = re.match(r"\s*[,(][^.,;)]*", behind)
    offices = WORD.finditer(apposed[0]) if apposed else ()
    heads = [behind[: m.start()] for m in offices if stem(fold(m[0])) == stem(head)]
    return bool(
        FORMER.search(sentence[:start])
        or left
        or any(WAS.search(before) and not LESSER.search(before) for before in heads)
    )


def is_lesser(text: str, title: int, question: str) -> bool:
    """Is the title at `title` a "vice president" where `question` asks for the president?"""
    match = LESSER.search(text[:title])
    return match is not None and match[1].casefold() not in question.casefold()
