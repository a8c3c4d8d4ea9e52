"""Does a sentence give a name the very office that a question asks for, or another's?"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from rag.meaning import Meaning
from rag.names import Names
from rag.offices import ASKED, GENERAL, HELD, KIN, NO_MORE, PEOPLE, SUCCEEDING, is_lesser
from rag.posts import Post, posts
from rag.question import Question
from rag.sentences import Sentence
from rag.shapes import DATELINE, grown, is_office, persons, shaped
from rag.spans import BEFORE_PLACE, name_spans
from rag.words import WORD, fold, stem

# What may stand between a post and the name behind it: "the ambassador, Ana Lee", "the minister is Ana Lee".
NAMED = re.compile(
    r"(?:,?\s*|\s*\([^)]{0,12}\)\s*|\s+here,?\s*|,? (?:is|was|remains) )"
    r"(?:(?:Mr|Ms|Mrs|Dr|Gen|General|Comrade|Sir)\.?\s)?"
)
# And between a name and the post behind it: "Ana Lee, who since 2019 has been the minister".
POSTED = re.compile(
    r"(?:,\s*|\s+|\s*\(|\s*[–—-]+\s*)(?:(?:who|is|was|has|had|been|becomes?|became|be|serves?|served|as|named|"
    r"appointed|sworn|in|elected|nominated|then|now|an?|the|its|their|his|her|also|since (?:[A-Z]\w+ )?\d{4}|"
    r"for \w+ years),?\s+)*"
)
# What ends a name or a post between commas: "with the mayor, Ana Lee, …" but not "with the mayor, Ana Lee said".
CLOSED = re.compile(r"\s*(?:[,.;:()\]”\"’—–]|who\b|$)|\s-")
GOES_ON = re.compile(r"\s+(?:since|until|and)\b")  # behind a post: "Ana Lee, Peru's president since May, …"
# Before a post: someone who is not its holder, "the spokesman for the mayor, …", "the nominee for ambassador, …".
BESIDE = re.compile(r"\b([^\W\d_]+) (?:for|to|of) (?:the )?$")
BESIDES = HELD | PEOPLE | frozenset(map(stem, ("pick", "nominee", "candidate", "choice", "aide")))
OF = re.compile(r"\s+of\s+(?:the\s+)?")
FORMERLY = re.compile(rf"\b(?:{NO_MORE}|predecessor)\b", re.IGNORECASE)
PARTLY, UNSAID = 0.6, 0.4  # where some of the countries asked about, or none, stand by the office itself
PLAIN = 0.7  # of `held`: every country stands by the office, and no word that narrows it down is missing
ADJECTIVES = ("supreme", "acting", "interim", "prime", "first", "affairs")  # make no other office of it
BEFORE_IT = 12  # characters before a post in which "former" speaks of it
OWNER = re.compile(r"([^\W\d_][\w-]*)['’]s?\b")  # "Kim Jong-un's sister"


def other_countries(question: Question, sentence: Sentence, names: Names) -> float:
    """The ambassador to Cuba is no answer where the one to Russia is asked for, though all other words agree."""
    asked = countries_of(question)
    near = sentence.meant if question.office_head else f"{sentence.before} {sentence.text}"
    lacking = asked - {m.entity for m in names.mentions(near)}
    others = set(countries_in(names, sentence.text)) - asked
    if not (asked and others):
        return 0.0
    further = lacking & {m.entity for m in names.mentions(sentence.context)}
    return (len(lacking) - len(further) / 2) / len(asked)


def countries_of(question: Question) -> set[str]:
    return {e for e in question.entities if e.startswith("geo")}


def post_asked(question: Question, names: Names, meaning: Meaning) -> Post | None:
    """The post whose holder `question` asks for and no more, "who is …?"; None for others, "who takes over as …?"."""
    if not question.office_head or question.past:
        return None
    text = question.text
    bound = question.window.start if question.window else None
    post = next(posts(text, question.office_head, names, meaning, bound), None)
    asked = list(ASKED.finditer(text, 0, post.start)) if post else []
    before = text[asked[-1].end() if asked else 0 : post.start] if post else ""
    return post if before.strip().casefold() in ("", "the", "an", "a") else None


def held(
    question: Question,
    asked: Post | None,
    sentence: Sentence,
    start: int,
    end: int,
    names: Names,
    meaning: Meaning,
) -> float:
    """How plainly `sentence.text[start:end]` is said to hold `asked`: 1 in so many words, 0 not at all.

    Less where the text around the post says whose it is, and less where a word that narrows it down is another. -1
    where another post stands by it: a lesser one, another country's or another person's. Asked for a predecessor or
    a successor, a sentence that speaks of no succession is about something else.
    """
    if question.past:
        return 0.0 if SUCCEEDING.search(sentence.meant) else -1.0
    if asked is None:
        return 0.0
    text = sentence.text
    people = persons(text, names)
    start, end = grown(start, end, people)
    inside = [text[a:b] for a, b in people if start <= a and b <= end]
    if inside and all(is_office(name) for name in inside):
        return 0.0
    near = [
        of_country_behind(post, text, end, names)
        for post in posts(text, asked.head, names, meaning, start)
        if stands_by(post, text, start, end)
    ]
    own = [post for post in near if is_asked(asked, post, question, sentence, names)]
    if not own:
        other = near or holds_another(asked, sentence, start, end, names, meaning)
        return -1.0 if other and not any(once(post, text, end) for post in other) else 0.0
    return max((narrowed(asked, post, meaning) for post in own), default=0.0)


def of_country_behind(post: Post, text: str, end: int, names: Names) -> Post:
    """The post with the country behind its holder's name: "President Ana Lee of Peru"."""
    match = OF.match(text, end) if post.end <= end else None
    behind = [m.entity for m in names.countries(text) if match and m.start == match.end()]
    return replace(post, of=frozenset(behind)) if behind else post


def holds_another(
    asked: Post, sentence: Sentence, start: int, end: int, names: Names, meaning: Meaning
) -> list[Post]:
    """The posts of other offices that the span stands by, where its sentence has none like `asked`."""
    text = sentence.text
    if stem(asked.head) in GENERAL | KIN or any(posts(sentence.meant, asked.head, names, meaning)):
        return []
    offices = {word for m in WORD.finditer(text) if stem(word := fold(m.group())) in HELD - KIN - GENERAL}
    return [
        post
        for office in sorted(offices)
        for post in posts(text, office, names, meaning, start)
        # The foreign secretary may be the foreign minister asked for.
        if stands_by(post, text, start, end) and not post.words & asked.words
    ]


def once(post: Post, text: str, end: int) -> bool:
    """Is it a post held before? What someone was tells nothing of what they are."""
    return bool(
        FORMERLY.search(text[max(0, post.start - BEFORE_IT) : post.at])
        or re.search(r"\b(?:was|were|had)\b", text[end : post.at])
    )


def named_holders(
    question: Question, asked: Post | None, pool: Sequence[Sentence], names: Names, meaning: Meaning
) -> list[tuple[Sentence, int, int]]:
    """The names that sentences of `pool` say in so many words to hold `asked`, whatever a reader makes of them."""
    found: list[tuple[Sentence, int, int]] = []
    if asked is None:
        return found
    for sentence in pool:
        text = sentence.text
        if any(p.countries >= asked.countries for p in posts(text, asked.head, names, meaning)):
            places = [shaped(question, text, a, b, names) for a, b in name_spans(text)]
            found += [
                (sentence, a, b)
                for a, b in places
                if held(question, asked, sentence, a, b, names, meaning) >= PLAIN
            ]
    return found


def narrowed(asked: Post, post: Post, meaning: Meaning) -> float:
    """1 for "South Korea's defence minister", UNSAID for "the defence minister", 0 for "the minister".

    UNSAID too where more words make it another, "the defence procurement minister" or "president of the court", and
    of kin where the owner does not stand by it.
    """
    stems = {stem(word) for word in (*post.words, post.head)}
    words = [*post.words, post.head]
    if stem(asked.head) in KIN:
        return 1.0 if asked.words & post.words else UNSAID
    least = min((1.0 if stem(w) in stems else meaning.credit(w, words) for w in asked.words), default=1.0)
    lacking = asked.countries - post.countries
    asked_stems = {stem(word) for word in (*asked.words, asked.head, *ADJECTIVES)}
    if lacking == asked.countries != frozenset() or {stem(w) for w in post.proper} - asked_stems:
        return least * UNSAID
    return least * (PARTLY if lacking else 1.0)


def stands_by(post: Post, text: str, start: int, end: int) -> bool:
    """Does `text` say in so many words that `text[start:end]` holds `post`?"""
    if post.end <= start:
        named = NAMED.fullmatch(text, post.end, start)
        if named is None or "," not in named[0]:
            return named is not None
        beside = BESIDE.search(text[: post.start])
        return (
            CLOSED.match(text, end) is not None
            and not (beside and stem(fold(beside[1])) in BESIDES)
            and not any(
                text[b] == "," and POSTED.fullmatch(text, b, post.start) and not BEFORE_PLACE.search(text[:a])
                for a, b in name_spans(text)
                if b < post.start
            )
        )
    if end <= post.at:
        posted = POSTED.fullmatch(text, end, post.start)
        apart = posted is not None and posted[0].startswith(",") and "who" not in posted[0]
        closed = CLOSED.match(text, post.end) or GOES_ON.match(text, post.end)
        return posted is not None and (not apart or closed is not None)
    return start <= post.at < end


def is_asked(asked: Post, post: Post, question: Question, sentence: Sentence, names: Names) -> bool:
    """Can `post`, as `sentence` has it, be the one that is asked for?"""
    return (
        not is_lesser(sentence.text, post.at, question.text)
        and not owned_by_another(post, question, sentence)
        and joins(asked, post, sentence, names)
    )


def owned_by_another(post: Post, question: Question, sentence: Sentence) -> bool:
    """Mandel's manager is not Gibbons's; and of kin the one whose it is has to be named where it stands."""
    wanted = {word for m in OWNER.finditer(question.text) if m[1][0].isupper() for word in fold(m[1]).split()}
    if not wanted:
        return False
    if stem(question.office_head) in KIN and not wanted & set(fold(sentence.meant).split()):
        return True
    owners = [
        fold(m[1]).split() for m in OWNER.finditer(sentence.text, post.start, post.end) if m[1][0].isupper()
    ]
    asked = set(fold(question.text).split())
    return bool(owners) and not post.of and not any(asked & set(owner) for owner in owners)


def joins(asked: Post, post: Post, sentence: Sentence, names: Names) -> bool:
    """Are the countries of `asked` those of `post`? What a post leaves out, the text around it has to say.

    A post without a country is that of the country named last before it, "In Ankara the foreign minister, …", or
    else of one in its sentence, the headline or the dateline. Where it is held may stand anywhere in the passage.
    """
    either = not (asked.of and asked.to)  # "the president in Peru" is that of Peru
    before = countries_in(names, sentence.text[: post.start])
    dateline = DATELINE.match(sentence.node.text.lstrip())
    around = f"{sentence.before} {sentence.text} {sentence.node.metadata['title']} {dateline[0] if dateline else ''}"
    named = set(countries_in(names, around))
    anywhere = set(countries_in(names, sentence.context))
    for country in asked.countries:
        own = country in asked.of
        theirs = post.of if own else post.to
        if country in theirs or (either and country in post.countries):
            continue
        if theirs or country not in (named if own else named | anywhere):
            return False
        if own and before and before[-1] != country:
            return False
    return True


def countries_in(names: Names, text: str) -> list[str]:
    """In reading order."""
    return [m.entity for m in names.countries(text)]
