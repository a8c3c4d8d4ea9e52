"""Who or what a name is, by what the articles call it: "who is Ada Quist?" → "the mayor of Moss".

News says so in a few ways: before the name ("Moss's new mayor, Ada Quist", "Mayor Ada Quist"), after it ("Ada Quist,
the mayor of Moss,"), in a sentence of its own ("Ada Quist is the mayor of Moss"), or in brackets.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from rag.draft import Draft, cite_sentence, in_date_order
from rag.names import Names
from rag.offices import HELD, PEOPLE, office_asked
from rag.question import Question
from rag.schema import Found
from rag.sentences import Sentence, sentences_of
from rag.shapes import past_titles
from rag.spans import COMMON, is_place, name_spans
from rag.words import STOPWORDS, fold, stem

ASKED = re.compile(
    r"^(?:and |so )?(?P<word>who|what)(?:['’]s|\s+(?:is|was|are|were|does))\s+(?:the\s+)?(?P<name>[^?,]{2,60}?)"
    r"(?:\s+(?:mean|stand for))?\s*\??$",
    re.IGNORECASE,
)
PARTICLES = frozenset("de la las los del al el bin ben van von der den dos da of the".split())
MOST_WORDS = 5  # of a name
MOST_SENTENCES = 3
# What may stand in a description before a name, beside capitals and words for people: "the new", "its former top".
MODIFIERS = frozenset(
    """
    the a an its his her their our new former current acting interim outgoing incoming late top senior chief main
    first second deputy vice lead leading longtime veteran outspoken close state ruling foreign defence defense
    prime interior finance trade party press military army navy police government opposition nuclear intelligence of
    to for in at and
    """.split()
)
CLAUSE = r"[^,;:.()—–“”\"]|(?<=\b[A-Z])\.(?=[A-Z ])|(?<=[A-Z]\.[A-Z])\."  # the dots of "U.S." end nothing
ARTICLE = r"(?:the|a|an|one of|his|her|its|their)\b"
AFTER = re.compile(
    rf"^(?:, |\s?[–—] )(?P<said>(?:(?:who|which) (?:is|was|has been) )?(?:{CLAUSE}){{4,140}})(?=[,;:.()—–]|$)"
)
THAT_IS = re.compile(r"^,? (?:that is|i\.e\.|meaning|short for|or),? (?P<said>[^.;:()—–]{4,140})")
PRONOUN = re.compile(r"(?:his|her|its|their)\b", re.IGNORECASE)
COPULA = re.compile(
    rf"^ (?:is|was|are|were|has been|became)(?: also| now| currently)? (?P<said>{ARTICLE} (?:{CLAUSE}){{4,140}})"
)
SERVED = re.compile(rf"^ (?:[\w'’.-]+ ){{0,8}}?as (?P<said>(?:a|an|the) (?:{CLAUSE}){{4,100}})")
BRACKETS = re.compile(r"^ \((?P<said>[A-Z][\w'’ .-]{6,100})\)")
BEFORE_BRACKETS = re.compile(r"(?P<said>(?:[\w'’-]+,? (?:and )?){2,9})\($")
NAMED_BEFORE = re.compile(
    r"\b[A-Z][\w'’-]+ [A-Z][\w'’-]+ and "
)  # "Mike Pompeo and the North's main negotiator"
WHO_IS = re.compile(r"^(?:who|which) (?:is|was|has been) (?:also |now )?")
RUN_ON = re.compile(
    r" (?:who|which|that|when|and (?:[a-z]+ )?(?:[a-z]+ed|said|is|was|has|had)|but|while)\b.*$"
)


@dataclass(frozen=True, slots=True)
class Description:
    """`sentence.text[start:end]` says who or what is named."""

    sentence: Sentence
    start: int
    end: int
    weight: int  # how plainly: an office at the name counts most, then brackets, then whose office it is

    @property
    def text(self) -> str:
        return self.sentence.text[self.start : self.end]


def mentioned(question: Question, found: Found) -> Draft | None:
    """Where no passage says who or what the name asked of is: the sentences that have it, at most MOST_SENTENCES, in
    date order; None where there is none, or the question asks for something else."""
    name = name_asked(question.text)
    said = [s for s in sentences_of(found) if name and any(mentions(s.text, name))][:MOST_SENTENCES]
    return in_date_order(said) if said else None


def name_asked(question: str) -> str:
    """The name that "who is …?" or "what is …?" asks of; "" where the question asks for something else."""
    match = ASKED.match(question.strip())
    words = fold(match["name"]).split() if match else []
    if match is None or not words or len(words) > MOST_WORDS or office_asked(question):
        return ""
    common = [w for w in words if w in STOPWORDS - PARTICLES]
    capital = match["name"] != match["name"].lower()
    if common or (match["word"].lower() == "what" and not capital):
        return ""
    return match["name"].strip()


def describe(question: Question, found: Found, names: Names) -> Draft | None:
    """Who or what the name asked of is, the plainest words of the newest article that says so, and older ones; None
    where the question asks for something else, or no passage says so."""
    name = name_asked(question.text)
    if not name or is_place(name, names):
        return None
    person = question.kind == "who"
    said = [d for s in sentences_of(found) for d in descriptions(s, name, person, names)]
    if not said:
        return None
    best: dict[str, Description] = {}  # one for each article
    for one in sorted(said, key=lambda d: (-d.weight, d.sentence.rank, d.sentence.start)):
        best.setdefault(one.sentence.article_id, one)
    plain = max(d.weight for d in best.values())
    ranked = sorted(
        best.values(), key=lambda d: (d.weight == plain, d.sentence.published, d.weight), reverse=True
    )
    lead = ranked[0]
    others = [
        d
        for d in ranked[1:]
        if fold(d.text) != fold(lead.text) and d.sentence.published < lead.sentence.published
    ]
    cited = [lead, *others[:3]]
    return Draft(
        f"{lead.text} [1]. {lead.sentence.text} [1]",
        lead.text,
        tuple(cite_sentence(d.sentence, n) for n, d in enumerate(cited, start=1)),
        tuple((d.text, n) for n, d in enumerate(cited[1:], start=2)),
    )


def descriptions(sentence: Sentence, name: str, person: bool, names: Names) -> Iterator[Description]:
    """What the sentence calls `name`, of a person or of a thing, wherever it stands in it."""
    text = sentence.text
    for start, end in mentions(text, name):
        led = titled(text, start) if person else spelled(text, start)
        for a, b, weight in (*after(text, end), *led):
            words = text[a:b]
            if fold(words) and not is_place(words, names):
                whose = bool(names.mentions(words)) - bool(PRONOUN.match(words))
                yield Description(sentence, a, b, 2 * weight + 4 * names_office(words) + whose)


def mentions(text: str, name: str) -> Iterator[tuple[int, int]]:
    """Where `name` stands in `text`, spelled with other hyphens, spaces or capitals too."""
    wanted = fold(name).split()
    words = list(re.finditer(r"[^\W_]+", text))
    folded = [fold(w.group()) for w in words]
    for at in range(len(words) - len(wanted) + 1):
        if folded[at : at + len(wanted)] == wanted:
            start, end = words[at].start(), words[at + len(wanted) - 1].end()
            spans = [(a, b) for a, b in name_spans(text) if a <= start and end <= b]
            if len(wanted) == 1:  # a surname: "Vladimir Putin" is all of it
                start = min((start, *(past_titles(text, a, b) for a, b in spans)))
            yield start, max((end, *(b for _, b in spans)))


def after(text: str, end: int) -> Iterator[tuple[int, int, int]]:
    """Descriptions behind a name that ends at `end`: start, end, and how plain."""
    rest = text[end:]
    for pattern, weight in ((THAT_IS, 2), (AFTER, 1), (COPULA, 1), (SERVED, 1), (BRACKETS, 2)):
        match = pattern.match(rest)
        if match is None:
            continue
        said = match["said"]
        skipped = WHO_IS.match(said)
        start = match.start("said") + (skipped.end() if skipped else 0)
        said = rest[start : match.end("said")]
        said = (said if pattern is THAT_IS else RUN_ON.sub("", said)).rstrip()
        begins = re.match(ARTICLE, said, re.IGNORECASE) or names_office(said)
        if begins or pattern in (BRACKETS, THAT_IS):
            yield end + start, end + start + len(said), weight


def titled(text: str, start: int) -> Iterator[tuple[int, int, int]]:
    """The run of words before a name at `start` that says what someone is: "Moss's new mayor, Ada Quist"."""
    head = re.sub(r"[,\s]+$", "", text[:start])
    run = len(head)
    for word in reversed(list(re.finditer(r"[\w'’.-]+", head))):
        if head[word.end() : run].strip() or not _may_describe(word.group()):
            break
        run = word.start()
    run += max((m.end() for m in NAMED_BEFORE.finditer(head[run:])), default=0)
    lead = re.match(r"(?:(?:of|to|for|in|at|and)\s+)+", head[run:])
    run += lead.end() if lead else 0
    apart = "," in text[len(head) : start]
    if names_office(head[run:]) and (not apart or len(head[run:].split()) > 1):
        yield run, len(head), 1


def spelled(text: str, start: int) -> Iterator[tuple[int, int, int]]:
    """What the short name at `start` is short for, where it stands in brackets behind that."""
    match = BEFORE_BRACKETS.search(text[:start])
    if match:
        said = match["said"].rstrip()
        words = said.split()
        for first in range(len(words)):
            if initials(" ".join(words[first:])) == fold(text[start:]).split()[0]:
                at = match.start("said") + said.index(words[first])
                yield at, match.start("said") + len(said), 2
                break


def initials(words: str) -> str:
    return "".join(w[0] for w in fold(words).split() if w not in STOPWORDS)


def _may_describe(word: str) -> bool:
    plain = word.strip("'’.-")
    return (
        (plain[:1].isupper() and plain.casefold() not in COMMON - MODIFIERS)
        or plain.casefold() in MODIFIERS
        or re.search(r"['’]s$", word) is not None
        or any(stem(part) in PEOPLE | HELD for part in fold(plain).split())
    )


def names_office(text: str) -> bool:
    """Is there a word for what someone is in `text`?"""
    return any(stem(word) in PEOPLE | HELD for word in fold(text).split())
