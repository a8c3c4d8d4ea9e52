"""Questions made by rule from sentences of news articles and encyclopaedia paragraphs.

Paragraph questions seldom sound like a reader of news: who holds which post, who said it, when was it decided, how
many, why, what is it. Each rule here takes one shape of sentence and turns it into such a question, whose answer is
the part that the question leaves out. Words are dropped from the question at random, so that what is learned is the
relation and not the copy.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator

from rag.countries import countries
from rag.sentences import split_sentences
from training.reader_example import MONTHS, Example

Made = tuple[str, int, int]  # question, and its answer's characters in the sentence
WORD = r"[A-Z][\w’'-]+"
NAMED = rf"(?:{WORD}(?: (?:{WORD}|de|al|bin|von|van|[A-Z]\.)){{0,2}} {WORD}|{WORD})"
PERSON = rf"{WORD}(?: [A-Z]\.)? {WORD}(?:[ -]{WORD})?"
HEADS = (
    "minister|president|ambassador|envoy|secretary|governor|mayor|chief|leader|spokesman|spokeswoman|spokesperson|"
    "director|chairman|chairwoman|commander|senator|chancellor|king|queen|prince|pope|coach|manager|captain|premier|"
    "negotiator|prosecutor|judge|lawyer|economist|analyst|professor|author|singer|actor|actress|founder|owner|"
    "executive|representative|speaker|sheriff|bishop|diplomat|adviser|scientist|researcher"
)
ROLE = rf"(?:(?:[A-Za-z]+[ -]){{0,3}}?(?:{HEADS.title()}|{HEADS})|CEO)"
DATE = (
    rf"(?:(?:on |last |next )?(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day|"
    rf"(?:on |in )?(?:{'|'.join(MONTHS)})(?: \d{{1,2}}\b)?(?:, \d{{4}})?(?: \d{{4}})?|in (?:19|20)\d\d|"
    r"last (?:week|month|year|night|summer|spring|winter|autumn|fall)|earlier this (?:week|month|year)|yesterday)"
)
NUMBER = (
    r"(?:(?:[Aa]t least|[Mm]ore than|[Aa]bout|[Nn]early|[Aa]lmost|[Aa]round|[Ss]ome|[Oo]ver|[Uu]p to) )?"
    r"(?:[$€£]?\d[\d,.]*\d|\d|[Tt]wo|[Tt]hree|[Ff]our|[Ff]ive|[Ss]ix|[Ss]even|[Ee]ight|[Nn]ine|[Tt]en|[Dd]ozens|[Hh]undreds)"
    r"(?: (?:million|billion|thousand|hundred))?"
)
BE = r"was|were|is|are|has been|have been|had been|will be|would be|can be|could be|must be"
# Past forms that do not end in -ed, with the form that follows "did".
PAST = dict(
    pair.split(":")
    for pair in (
        "said:say told:tell met:meet won:win held:hold took:take made:make went:go left:leave began:begin "
        "became:become gave:give sent:send led:lead found:find came:come saw:see broke:break rose:rise fell:fall "
        "wrote:write brought:bring built:build bought:buy sold:sell lost:lose paid:pay shot:shoot struck:strike "
        "chose:choose drew:draw drove:drive flew:fly fought:fight got:get hit:hit kept:keep knew:know put:put "
        "ran:run set:set spoke:speak spent:spend stood:stand swore:swear threw:throw"
    ).split()
)
VERB = rf"(?:[a-z]{{2,}}ed|{'|'.join(PAST)})"
# What a sentence may be about: a name, or "the" with a few plain words, or a number of something.
SUBJECT = rf"(?:(?:The|A|An) (?:[\w’'-]+ ){{0,4}}?[\w’'-]+|{NUMBER} (?:[a-z-]+ ){{0,3}}?[a-z]+|{NAMED})"
OPENERS = frozenset(
    "It This That He She There They These We I You And But While When If So Because Although As In On At For After "
    "Before With Or Its His Her Their Those Who What Which Another Such Some Not Just Even Here Now Then Both".split()
)
APPOSED = re.compile(
    rf"(?P<name>{PERSON}), (?:who is )?(?P<role>(?:the|an?) [^,.;:\"“]{{8,80}}|{ROLE} [^,.;:\"“]{{4,60}}),"
)
TITLED = re.compile(rf"\b(?P<place>{WORD}|US|U\.S\.|UK)(?P<own>['’]s)? (?P<role>{ROLE}),? (?P<name>{PERSON})")
PASSIVE = re.compile(rf"^(?P<subject>{SUBJECT}) (?P<be>{BE}) (?P<rest>[^;:\"“”]{{12,150}})$")
ACTIVE = re.compile(rf"^(?P<subject>{SUBJECT}) (?P<verb>{VERB}) (?P<rest>[^;:\"“”]{{12,150}})$")
DATED = re.compile(rf"(?:^|(?<= )){DATE}(?=$|[ ,])")
COUNTED = re.compile(
    rf"(?:^|(?<= ))(?P<number>{NUMBER}) (?P<what>(?:[a-z-]+ ){{0,2}}[a-z]{{3,}}s|people|men|women|children)\b"
)
BECAUSE = re.compile(
    r" (?P<cue>because of|because|due to|in order to|so that|after) (?P<why>[^;:\"“”]{10,120})$"
)
QUOTED = re.compile(
    rf"[\"“](?P<quote>[^\"“”]{{20,160}}?)[,.!]?[\"”],? "
    rf"(?:said (?P<name>{PERSON}|{WORD})|(?P<name2>{PERSON}|{WORD}) (?:said|told|added|wrote))\b"
)
PLACED = re.compile(rf" (?P<prep>in|at|near|outside) (?P<place>(?:the )?{NAMED}(?:, {WORD})?)(?=$|[ ,])")
DEFINED = re.compile(
    rf"^(?P<name>(?:The |A |An )?{NAMED})(?: ?\([^)]*\))?,? (?:is|was|are|were) "
    r"(?P<what>(?:an?|the|one of) [^.;]{12,180}?)[ .]*$"
)
PURPOSE = re.compile(
    r"^(?P<head>[A-Z][^,;:\"“”]{10,110}?) (?:in order )?to (?P<why>[a-z]+ [^,;:\"“”]{10,110})$"
)


AUXILIARY = frozenset(
    "be been being is was were are has have had not would will could can may might should never long also".split()
)


def base_form(past: str, known: frozenset[str]) -> str:
    """The verb after "did": "announce" for "announced"; "" where the form after "did" cannot be told."""
    if past in PAST:
        return PAST[past]
    for form in (past[:-1], past[:-2], past[:-3], past[:-3] + "y"):
        if past.endswith("ed") and form in known and len(form) > 2 and not form.endswith("ie"):
            return form
    return ""


def demonyms() -> dict[str, str]:
    """A country by its people: "Russia" for "Russian"; a country's plain name stands for itself."""
    table = {c.people: c.shown for c in countries() if c.people}
    return (
        table | {c.shown: c.shown for c in countries()} | {"US": "the US", "U.S.": "the US", "UK": "the UK"}
    )


class Rules:
    """The rules, with what they need to know of words."""

    def __init__(self, known: frozenset[str]) -> None:
        self.known, self.places = known, demonyms()
        self.rules: tuple[Callable[[random.Random, str], Iterator[Made]], ...] = (
            self.titled,
            self.apposed,
            self.passive,
            self.active,
            self.why,
            self.quoted,
            self.defined,
            self.purpose,
        )

    def made(self, rng: random.Random, sentence: str) -> list[Made]:
        """Every question the rules make of a sentence."""
        return [made for rule in self.rules for made in rule(rng, sentence.rstrip(" ."))]

    def titled(self, rng: random.Random, sentence: str) -> Iterator[Made]:
        """Of "Russian Foreign Minister Sergei …" → who is Russia's foreign minister."""
        for match in TITLED.finditer(sentence):
            place, role = match["place"], match["role"].lower()
            country = self.places.get(place, place if match["own"] else "")
            if country:
                asked = rng.choice(
                    (
                        f"who is {country}'s {role}",
                        f"who is the {role} of {country}",
                        f"{place} {role}",
                        f"who is the {place} {role}",
                        f"what is the name of {country}'s {role}",
                        f"{role} of {country}",
                        f"who was {country}'s {role}",
                        f"which person is {role} of {country}",
                    )
                )
                yield asked, *match.span("name")
                yield f"what post does {match['name']} hold", match.start("place"), match.end("role")

    def apposed(self, rng: random.Random, sentence: str) -> Iterator[Made]:
        """Of "A, the head of B," → who is the head of B; who is A."""
        for match in APPOSED.finditer(sentence):
            role = match["role"]
            asked = role if role.startswith("the ") else re.sub(r"^an? ", "the ", role)
            yield (
                rng.choice(("who is {}", "name of {}", "who was {}", "{}")).format(asked),
                *match.span("name"),
            )
            ask = rng.choice(("who is {}", "what is {}'s job", "what does {} do", "what is known about {}"))
            yield ask.format(match["name"]), *match.span("role")

    def passive(self, rng: random.Random, sentence: str) -> Iterator[Made]:
        """Of "The deal was signed in Rome on Monday" → when / where was the deal signed; how many …"""
        match = PASSIVE.match(sentence)
        if not match or leans(match["subject"]):
            return
        subject, first, *more = match["subject"], *match["be"].split()
        tail = " ".join([*more, ""]) if more else ""
        rest, at = match["rest"], match.start("rest")
        subject = lowered(subject)
        yield from self._left_out(rng, f"{first} {subject} {tail}", rest, at)
        number = COUNTED.match(match["subject"])
        if number:
            left = match["subject"][number.end() :]
            yield f"how many {number['what']}{left} {match['be']} {cut(rng, rest)}", *number.span("number")

    def active(self, rng: random.Random, sentence: str) -> Iterator[Made]:
        """Of "Cuba closed its embassy on Monday" → when did Cuba close …; who closed …; what did Cuba close."""
        match = ACTIVE.match(sentence)
        base = base_form(match["verb"], self.known) if match else ""
        if not match or not base or leans(match["subject"]):
            return
        if AUXILIARY & set(match["subject"].split()):
            return
        subject = match["subject"]
        shown = lowered(subject)
        yield from self._left_out(rng, f"did {shown} {base} ", match["rest"], match.start("rest"))
        asked = "who" if subject == shown else rng.choice(("what", "who", "which"))
        yield f"{asked} {match['verb']} {cut(rng, match['rest'])}", *match.span("subject")
        plain = DATED.split(match["rest"])[0].strip(" ,")
        if len(plain.split()) > 2 and base not in ("say", "tell"):
            yield f"what did {shown} {base}", match.start("rest"), match.start("rest") + len(plain)

    def _left_out(self, rng: random.Random, asked: str, rest: str, at: int) -> Iterator[Made]:
        """Questions for the date, the place and the number in the part after the verb."""
        for part, words in (
            (DATED, ("when", "when", "on what date")),
            (PLACED, ("where", "where", "in which place")),
        ):
            for found in part.finditer(rest):
                group = "place" if part is PLACED else 0
                start, end = found.span(group)
                if part is DATED:
                    start += len(re.match(r"(?:on |in )?", found[0])[0])  # type: ignore[index]
                left = (rest[: found.start()] + rest[found.end() :]).replace(" ,", ",").strip(" ,")
                if left:
                    yield f"{rng.choice(words)} {asked}{cut(rng, left)}", at + start, at + end
        for found in COUNTED.finditer(rest):
            left = rest[: found.start()] + rest[found.end() :]
            number = at + found.start("number"), at + found.end("number")
            yield f"how many {found['what']} {asked}{cut(rng, ' '.join(left.split()))}", *number

    def why(self, rng: random.Random, sentence: str) -> Iterator[Made]:
        """Of "… was closed because …" → why was … closed."""
        match = BECAUSE.search(sentence)
        if not match or (match["cue"] == "after" and rng.random() < 0.6):
            return
        main = sentence[: match.start()]
        yield from self._asking_why(main, match.span("why"))

    def purpose(self, rng: random.Random, sentence: str) -> Iterator[Made]:
        """Of "A met B to discuss C" → why did A meet B."""
        match = PURPOSE.match(sentence)
        if match and rng.random() < 0.5:
            yield from self._asking_why(match["head"], (match.start("why"), match.end("why")))

    def _asking_why(self, main: str, answer: tuple[int, int]) -> Iterator[Made]:
        if main.split()[0] in OPENERS:
            return
        passive, active = PASSIVE.match(main + " " * 12), ACTIVE.match(main + " " * 12)
        if passive:
            first, *more = passive["be"].split()
            yield (
                " ".join(["why", first, lowered(passive["subject"]), *more, passive["rest"].strip()]),
                *answer,
            )
        elif (
            active
            and not AUXILIARY & set(active["subject"].split())
            and (base := base_form(active["verb"], self.known))
        ):
            yield f"why did {lowered(active['subject'])} {base} {active['rest'].strip()}", *answer

    def quoted(self, rng: random.Random, sentence: str) -> Iterator[Made]:
        """Of "“…,” said A" → who said that …"""
        for match in QUOTED.finditer(sentence):
            group = "name" if match["name"] else "name2"
            if match[group] in OPENERS or len(match[group]) < 4:
                continue
            yield (
                f"{rng.choice(('who said', 'who said that', 'who thinks'))} {cut(rng, match['quote'])}",
                *match.span(group),
            )

    def defined(self, rng: random.Random, sentence: str) -> Iterator[Made]:
        """Of "X is a Y that …" → what is X; the name of the Y that …"""
        match = DEFINED.match(sentence)
        if not match or match["name"].split()[0] in OPENERS:
            return
        name, what = lowered(match["name"]), match["what"]
        yield (
            rng.choice(
                ("what is {}", "what is {}", "what does {} mean", "who or what is {}", "definition of {}")
            ).format(name),
            *match.span("what"),
        )
        plain = re.sub(r"^(?:an?|the|one of the) ", "", what)
        ask = rng.choice(
            (
                "what is the name of the {}",
                "what is the {} called",
                "which {}",
                "a {} is called",
                "name the {}",
            )
        )
        yield ask.format(cut(rng, plain)), *match.span("name")


def leans(subject: str) -> bool:
    """Does it point elsewhere ("This …", "While …") and not say of itself what it is?"""
    return subject.split()[0] in OPENERS and not COUNTED.match(subject)


def lowered(subject: str) -> str:
    """The words for the middle of a sentence: "the deal" for "The deal"; names keep their capital."""
    first, _, rest = subject.partition(" ")
    return (
        f"{first.lower()} {rest}"
        if first in ("The", "A", "An", "This", "These", "Its", "His", "Her")
        else subject
    )


def cut(rng: random.Random, words: str) -> str:
    """The words with some dropped: half of what follows a comma, and one in eight of the rest."""
    if rng.random() < 0.6:
        words = words.split(",")[0]
    kept = words.split()
    if rng.random() < 0.4:
        kept = kept[: max(5, int(len(kept) * 0.7))]
    return " ".join(w for w in kept if rng.random() > 0.12)


class NewsQuestions:
    """Draws rule-made examples from texts; each is met once before any is met again."""

    def __init__(self, texts: list[str], known: frozenset[str]) -> None:
        self.texts, self.rules = texts, Rules(known)

    def example(self, rng: random.Random) -> Example:
        """One question over the sentences round its answer; one in four has no answer there."""
        while True:
            text = rng.choice(self.texts)
            bounds = [(a, b) for a, b in split_sentences(text) if b - a > 30]
            for i in rng.sample(range(len(bounds)), min(6, len(bounds))):
                start, end = bounds[i]
                made = self.rules.made(rng, text[start:end])
                if made:
                    question, a, b = rng.choice(made)
                    return self._among(rng, text, bounds, i, Example(question, text, start + a, start + b))

    def _among(
        self, rng: random.Random, text: str, bounds: list[tuple[int, int]], i: int, whole: Example
    ) -> Example:
        """The example cut to some sentences before and after; or those without the one that answers."""
        low, high = max(0, i - rng.randint(0, 5)), min(len(bounds), i + rng.randint(1, 6))
        answer = text[whole.start : whole.end]
        if rng.random() < 0.16:
            away = " ".join(text[a:b] for j, (a, b) in enumerate(bounds[low:high], low) if j != i)
            if answer.lower() not in away.lower() and len(away.split()) > 20:
                return Example(whole.question, away, -1, -1)
        first, last = bounds[low][0], bounds[high - 1][1]
        return Example(whole.question, text[first:last], whole.start - first, whole.end - first)
