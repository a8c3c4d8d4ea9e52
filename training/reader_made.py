"""Made-up news sentences whose questions are near misses of one another.

Paragraph questions seldom ask for the ambassador to one country where the text names the ambassador to another.
Here every question names a role, a country, a person or a year, and the text around holds others of that kind, so
that only the right relation tells the answer from its neighbours. No person or event in them is real.
"""

from __future__ import annotations

import random
import re

from training.reader_example import MONTHS, Example

# A sentence, and its questions with the slot that answers each.
TEMPLATES: list[tuple[str, list[tuple[str, str]]]] = [
    (
        "{country}'s {post} to {other}, {person}, presented credentials on {date}.",
        [
            ("Who is {country}'s {post} to {other}?", "person"),
            ("who is the {country} {post} to {other}", "person"),
            ("When did {person} present credentials?", "date"),
            ("To which country is {person} the {post}?", "other"),
        ],
    ),
    (
        "{person}, the {role} of {country}, arrived in {city} on {date} for talks with {person2}.",
        [
            ("Who is the {role} of {country}?", "person"),
            ("Where did {person} arrive?", "city"),
            ("When did the {role} of {country} arrive in {city}?", "date"),
            ("Who did {person} hold talks with?", "person2"),
        ],
    ),
    (
        "{country} named {person} as its {role} in {year}, in place of {person2}.",
        [
            ("Who was named {role} of {country}?", "person"),
            ("Who did {person} replace?", "person2"),
            ("Who replaced {person2} as {role}?", "person"),
            ("When was {person} named {role} of {country}?", "year"),
        ],
    ),
    (
        "The {role}, {person}, told reporters in {city} that {country} would send {number} tons of grain to {other}.",
        [
            ("How many tons of grain will {country} send to {other}?", "number"),
            ("Which country will send grain to {other}?", "country"),
            ("Who spoke to reporters in {city}?", "person"),
            ("Where did {person} speak to reporters?", "city"),
        ],
    ),
    (
        "{country} opened its embassy in {other} in {year} and closed it {number} months later.",
        [
            ("When did {country} open its embassy in {other}?", "year"),
            ("Which country opened an embassy in {other} in {year}?", "country"),
            ("after how many months did {country} close its embassy in {other}", "number"),
        ],
    ),
    (
        "Trade between {country} and {other} came to {number} million dollars in {year}.",
        [
            ("How much was trade between {country} and {other} in {year}?", "number"),
            ("In which year did trade of {country} with {other} come to {number} million dollars?", "year"),
        ],
    ),
    (
        "At least {number} people were hurt when a bridge fell near {city} in {country} on {date}, {person} said.",
        [
            ("How many people were hurt near {city}?", "number"),
            ("When did the bridge near {city} fall?", "date"),
            ("Near which town did a bridge fall in {country}?", "city"),
            ("Who said how many were hurt near {city}?", "person"),
        ],
    ),
    (
        "{person} was born in {city}, {country}, in {year} and later became {role}.",
        [
            ("Where was {person} born?", "city"),
            ("When was {person} born?", "year"),
            ("who was born in {city} in {year}", "person"),
            ("What did {person} become?", "role"),
        ],
    ),
    (
        "{person}, who leads the delegation of {country}, signed the agreement with {other} in {city} on {date}.",
        [
            ("Who leads the delegation of {country}?", "person"),
            ("Where did {country} and {other} sign the agreement?", "city"),
            ("When did {country} sign the agreement with {other}?", "date"),
            ("With which country did {country} sign the agreement?", "other"),
        ],
    ),
]
# What no sentence above says.
ABSENT = (
    "When did {person} die?",
    "Where did {person} grow up?",
    "How old is {person}?",
    "Who is {person} married to?",
    "When did {person} retire?",
    "Why was {person} arrested?",
    "Which party does {person} belong to?",
    "Where does {person} live?",
    "When did {person} marry?",
    "How many children does {person} have?",
    "What is the capital of {country}?",
    "How many people live in {country}?",
    "Who won the election in {country}?",
    "When was the election in {country}?",
    "When did {country} join the treaty?",
    "Who invaded {country}?",
    "How many soldiers does {country} have?",
    "How many people were arrested in {country}?",
    "Who founded {city}?",
    "When was {city} founded?",
)
POSTS = ("ambassador", "envoy", "special envoy", "consul general", "trade representative")
ROLES = (
    "president,prime minister,foreign minister,defence minister,finance minister,health minister,interior minister,"
    "trade minister,army chief,police chief,central bank governor,speaker of parliament,party secretary,"
    "vice president,spokesman,chief negotiator"
).split(",")
STARTS = (
    "B",
    "Ch",
    "D",
    "F",
    "G",
    "H",
    "J",
    "K",
    "L",
    "M",
    "N",
    "P",
    "R",
    "S",
    "T",
    "V",
    "Y",
    "Z",
    "Br",
    "Sh",
)
VOWELS = ("a", "e", "i", "o", "u", "ai", "ei", "ou")
ENDS = ("", "", "n", "r", "l", "s", "ng", "k", "rez", "vic", "lund", "to")
SLOT = re.compile(r"\{(\w+)\}")


def word(rng: random.Random) -> str:
    parts = (
        rng.choice(STARTS).lower() + rng.choice(VOWELS) + rng.choice(ENDS[:8])
        for _ in range(rng.choice((1, 1, 2)))
    )
    made = "".join(parts) + rng.choice(ENDS)
    return made.capitalize()


def person(rng: random.Random) -> str:
    first, last = word(rng), word(rng)
    turn = rng.random()
    if turn < 0.3:
        return f"{first} {last}-{word(rng).lower()}"
    return f"{first} {last}" if turn < 0.8 else f"{first} {word(rng)} {last}"


def date(rng: random.Random) -> str:
    month, day = rng.choice(MONTHS), rng.randint(1, 28)
    return rng.choice((f"{month} {day}", f"{day} {month}", f"{month} {day}, {rng.randint(1990, 2026)}"))


def fill(rng: random.Random, slot: str, countries: list[str]) -> str:
    """Another value for a slot, of its kind."""
    match slot:
        case "country" | "other":
            return rng.choice(countries)
        case "person" | "person2":
            return person(rng)
        case "city":
            return word(rng)
        case "year":
            return str(rng.randint(1950, 2026))
        case "number":
            return str(rng.randint(3, 990))
        case "date":
            return date(rng)
        case "post":
            return rng.choice(POSTS)
    return rng.choice(ROLES)


def made_example(rng: random.Random, countries: list[str], others: list[str]) -> Example:
    """A made-up sentence among up to three more and up to three of `others`; half the questions have no answer."""
    chosen = rng.sample(TEMPLATES, rng.choice((1, 2, 3)))
    if rng.random() < 0.4:
        chosen.append(chosen[0])  # the same relation once more, with other names
    filled = []
    for text, questions in chosen:
        values = {slot: fill(rng, slot, countries) for slot in SLOT.findall(text)}
        filled.append((text, values, questions))
    text, values, questions = filled[0]
    question, answer = rng.choice(questions)
    lines = [t.format(**v) for t, v, _ in filled]
    context = [*lines, *rng.sample(others, rng.randint(0, 3))]
    rng.shuffle(context)
    whole = " ".join(context)
    turn = rng.random()
    if turn < 0.2:
        fitting = [q for q in ABSENT if SLOT.findall(q)[0] in values]
        if fitting:
            return Example(rng.choice(fitting).format(**values), whole, -1, -1)
    if turn < 0.55:
        slot = rng.choice([s for s in SLOT.findall(question) if s != answer])
        wrong = fill(rng, slot, countries)
        if wrong.lower() not in whole.lower():
            return Example(question.format(**{**values, slot: wrong}), whole, -1, -1)
    place = whole.index(lines[0]) + len(text[: text.index("{" + answer + "}")].format(**values))
    return Example(question.format(**values), whole, place, place + len(values[answer]))
