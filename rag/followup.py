"""Make a follow-up whole: "and who held the post before him?" is a question only in the light of what was said.

By rule: pronouns take the name of the last answer or question, "the post" takes the role that was asked about,
"what about Russia?" asks the last question of something else, and what remains bare is given the last topic. A
question that names nothing ("what did the repair cost?") may be about it as well: that is tried where it is answered
nowhere by itself.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rag.described import name_asked
from rag.names import Names
from rag.offices import office_asked
from rag.prompts import MARK, REFUSAL
from rag.spans import is_place, name_spans
from rag.words import FORM_WORDS, STOPWORDS, fold

LEAD = re.compile(r"^\s*(?:and|but|so|also|then|ok|okay|well|thanks|now)\b[\s,]*", re.IGNORECASE)
SWAP = re.compile(
    r"^(?:what about|how about|and|and what about|same for|or)\s+"
    r"(?:for |in |on |at |to |with )?(?P<other>[^?]{2,60})\??$",
    re.IGNORECASE,
)
PERSON = re.compile(r"\b(he|she|him|her|his|hers)\b", re.IGNORECASE)
THING = re.compile(
    r"\b(it|its|they|them|their|theirs|that|this|those|these|there|then|one|the two|both|the same)\b",
    re.IGNORECASE,
)
ROLE = re.compile(
    r"\b(?:the|that|this|his|her) (?:post|position|job|role|office|title|seat|place)\b|\b(?:held|hold|had) it\b",
    re.IGNORECASE,
)
PAST_ONE = re.compile(
    r"\b(?:before|after|besides|apart from|other than|except|else|preced\w+|predecessor|succe\w+|replac\w+|"
    r"another|others)\b",
    re.IGNORECASE,
)
BARE = re.compile(
    r"^(?P<word>when|where|why|how|how long|since when)(?: (?:was|is) (?:that|this|it))?\s*\?*$",
    re.IGNORECASE,
)
_AUXILIARY = r"(?:is|are|was|were|do|does|did|has|have|had|can|could|will|would|should|may|might)\b"
ADVERB = re.compile(  # the question without its first word is whole but for that
    rf"^(?:(?:when|where|why|how)|(?:whom?|what|which \w+|what \w+)(?= (?:do|does|did|has|have|had)\b)) "
    rf"(?P<rest>{_AUXILIARY} \w+ .+)$",
    re.IGNORECASE,
)
HOLDER = re.compile(r"^(?:who|what) (?P<is>is|are|was|were) (?P<rest>.+)$", re.IGNORECASE)
SUBJECT = re.compile(rf"^(?:who|what|which \w+) (?P<rest>(?!{_AUXILIARY})\w+.*)$", re.IGNORECASE)
POSSESSIVE = frozenset({"his", "her", "hers"})


@dataclass(frozen=True, slots=True)
class Whole:
    """A question that stands by itself, and the answers it asks past ("before him")."""

    text: str
    barred: tuple[str, ...] = ()
    otherwise: tuple[str, ...] = ()  # what it means where that is answered nowhere


def make_whole(question: str, history: Sequence[Mapping[str, str]], names: Names) -> Whole:
    """`question` in the light of the turns before it; unchanged when it stands by itself or there are none."""
    asked, answered = "", ""
    for turn in history:
        content = str(turn.get("content", ""))
        if turn.get("role") == "user":
            asked = rewritten(content, asked, answered, names).text if asked else content
            answered = ""
        else:
            answered = short_of(content)
    return rewritten(question, asked, answered, names) if asked else Whole(question)


def short_of(content: str) -> str:
    """The short answer at the head of an answer's text: what stands before its first mark, "" for a refusal."""
    mark = MARK.search(content)
    head = content[: mark.start()].strip() if mark and not content.startswith(REFUSAL) else ""
    return head if len(head) <= 120 else ""


def rewritten(question: str, asked: str, answered: str, names: Names) -> Whole:
    text = LEAD.sub("", question).strip() or question
    if not leans(question, names):
        nameless = not names.mentions(question) and not given_names(question)
        return Whole(question, otherwise=(with_topic(question, asked, ""),) if nameless else ())
    swapped = swap(question, asked, names)
    if swapped:
        return Whole(swapped)
    if bare := of_the_same(text, asked, answered):
        return Whole(bare)
    person = last_person(asked, answered, names)
    barred = (answered,) if answered and PAST_ONE.search(text) else ()
    role = role_of(asked)
    if role:
        text = ROLE.sub(
            lambda m: (
                f"{m.group().split()[0]} it as {role}" if m.group().endswith(" it") else f"the post of {role}"
            ),
            text,
        )
    if person:
        text = PERSON.sub(lambda m: f"{person}'s" if _is_possessive(m, text) else person, text)
    if (THING.search(question) or len(content(text)) < 3) and not role_used(role, text):
        text = with_topic(text, asked, answered if THING.search(question) else "")
    return Whole(text, barred)


def with_topic(text: str, asked: str, answered: str) -> str:
    """`text` with what it lacks of the telling words of the question and the answer before it, in brackets."""
    known = set(fold(text).split())
    missing = [w for w in topic(asked, answered).split() if not set(fold(w).split()) <= known]
    return f"{text.rstrip('?! .')} ({' '.join(missing)})?" if missing else text


def leans(question: str, names: Names) -> bool:
    """Does it need the turns before it? It opens with "and", has an unbound pronoun, or says hardly anything."""
    if LEAD.match(question) or re.match(r"\s*(?:what|how) about\b", question, re.IGNORECASE):
        return True
    pronoun = PERSON.search(question) or THING.search(question) or ROLE.search(question)
    if pronoun:
        before = question[: pronoun.start()]
        named = given_names(before)
        if PERSON.search(question):  # "which American did he meet?": no country is he
            named = [name for name in named if not is_place(name, names)]
        elif names.mentions(before):
            return False
        if not named:
            return True
    return len(content(question)) < 2 and not names.mentions(question) and not name_spans(f". {question[1:]}")


def given_names(text: str) -> list[str]:
    """The names in a question; what is written large only for standing first is none."""
    begun = f". {text}"
    return [begun[a:b] for a, b in name_spans(begun) if a > 2]


def content(text: str) -> list[str]:
    return [w for w in fold(text).split() if w not in STOPWORDS and w not in FORM_WORDS]


def swap(question: str, asked: str, names: Names) -> str:
    """The last question with its country, year or name exchanged for the one in "what about …?"; "" if neither fits."""
    match = SWAP.match(question.strip())
    if (
        not match
        or len(content(match["other"])) > 4
        or re.search(r"\b(?:who|what|when|where|why|how|did|is|was)\b", match["other"])
    ):
        return ""
    other = match["other"].strip()
    years = re.findall(r"\b(?:19|20)\d\d\b", asked)
    if re.search(r"\b(?:19|20)\d\d\b", other):
        return (
            asked.replace(years[-1], other, 1)
            if years
            else f"{asked.rstrip('?! ')} {'' if other.startswith('in ') else 'in '}{other}?"
        )
    ours = names.mentions(asked)
    if names.mentions(other):
        return f"{asked[: ours[-1].start]}{other}{asked[ours[-1].end :]}" if ours else ""
    people = [s for s in name_spans(f". {asked}") if s[0] > 2]
    if people and name_spans(f". {other}"):
        start, end = people[-1][0] - 2, people[-1][1] - 2
        return f"{asked[:start]}{other}{asked[end:]}"
    return ""


def of_the_same(text: str, asked: str, answered: str) -> str:
    """ "and when?" of what was asked before: "When did Ada Quist open it?"; "" where `text` asks more than that."""
    bare, last = BARE.match(text.strip()), asked.strip()
    if not bare:
        return ""
    word = bare["word"].lower()
    if match := ADVERB.match(last):
        return f"{word} {match['rest']}"
    if answered and (match := HOLDER.match(last)):
        return f"{word} {match['is']} {answered} {match['rest']}"
    if answered and (match := SUBJECT.match(last)):
        return f"{word} was it that {answered} {match['rest']}"
    return ""


def last_person(asked: str, answered: str, names: Names) -> str:
    """Whom "he" or "she" means: who was asked about, the last answer when it is a name, else the first name in the last
    question that is no country's, or whoever holds the office it asks about."""
    if named := name_asked(asked):  # "who is Ada Quist?"
        return named
    spans = name_spans(f". {answered}")
    if spans and len(answered.split()) <= 5:
        return f". {answered}"[spans[0][0] : spans[0][1]]
    if role := role_of(asked) if office_asked(asked) and not answered else "":
        return role
    return next((name for name in given_names(asked) if not is_place(name, names)), answered)


def role_of(asked: str) -> str:
    """The role that "who is the … ?" asked about: "DPRK ambassador to Cuba"; "" for other questions."""
    match = re.match(
        r"\W*who(?:'s|\s+(?:is|was|are|were|became|becomes|serves as|served as))?\s+"
        r"(?:currently\s+|now\s+)?(?:the|a|an)?\s*(.+?)[?.! ]*$",
        asked,
        re.IGNORECASE,
    )
    return re.sub(r"^(?:current|new|present|latest)\s+", "", match[1]) if match else ""


def role_used(role: str, text: str) -> bool:
    return bool(role) and role in text


def topic(asked: str, answered: str) -> str:
    """The telling words of the last question, in order, and the short answer to it."""
    words = [
        w
        for w in re.findall(r"[\w'’.-]+", asked)
        if fold(w) and fold(w) not in STOPWORDS and fold(w) not in FORM_WORDS
    ]
    return " ".join([*words, *answered.split()])


def _is_possessive(match: re.Match[str], text: str) -> bool:
    word = match.group().casefold()
    return word == "his" or (word in POSSESSIVE and bool(re.match(r"\s+[a-z]+", text[match.end() :])))
