"""The built-in answerer: from passages to a short answer, its sentence, and what older articles said; or a refusal.

No language model writes here. The words are the articles' own; this file chooses them and gives them the form that
the question's kind asks for.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

from rag.described import describe, mentioned
from rag.draft import Draft, cite_sentence, refused
from rag.evidence import Candidate, candidates
from rag.fitting import CAUSE
from rag.holders import PARTLY
from rag.meaning import Meaning
from rag.names import Names
from rag.overview import open_answer
from rag.polarity import yes_or_no
from rag.question import Question, understand
from rag.reader import Reader
from rag.reconsider import reconsider
from rag.rerank import rerank
from rag.schema import Found
from rag.shared import Shared
from rag.weights import ANSWERED, log_odds, rank
from rag.words import fold

SAID = 0.6  # an older sentence has to say about as much of the question, and as near the name, as the newest does
CHANGING = (
    "who",
    "what",
    "where",
    "how-many",
    "list",
)  # kinds whose answer to "now" may be another than last year's
EARLIER = 2.0  # of rank, below the answer of now: so far an older one may lie
ABBREVIATED = re.compile(r"\b(?:[A-Z]\.){2,}$|\b(?:[ap]\.m|Jr|Sr|Inc|Co|Corp)\.$")
# Of rank: candidates this close to the best are rivals, among which the newest article decides. Of the tuning questions
# 2 has three more of 168 "what" right than 3, and 3 one more of 115 "how many"; 2 leaves more to old articles.
RIVAL = 2.5


@dataclass(frozen=True, slots=True)
class Group:
    """Candidates that say the same thing, best first; `score` is the best one's rank."""

    members: tuple[Candidate, ...]
    score: float

    @property
    def best(self) -> Candidate:
        return self.members[0]

    @property
    def sure(self) -> float:
        """The log-odds that one of them answers, by the surest."""
        return max(log_odds(c) for c in self.members)

    @property
    def newest(self) -> str:
        """The date of the newest article that says so; "" when none is dated."""
        return max(c.sentence.published for c in self.members)


def answer(question: Question, found: Found, reader: Reader | None, names: Names, meaning: Meaning) -> Draft:
    """The answer that `found` gives to `question`. Never raises for what a page holds."""
    shared = Shared.of(question, found, names, meaning)
    if question.kind == "open":
        return open_answer(found, shared)
    if question.kind == "yes-no":
        return yes_or_no(question, found, reader, shared)
    if described := describe(question, found, names):
        return described
    said = reconsider(question, candidates(question, found, names, meaning), reader, names)
    groups = grouped(question, in_office(said, names), names)
    if not groups or groups[0].sure < ANSWERED:
        if question.office and (earlier := holder_before(question, found, reader, names, meaning)):
            return earlier
        if question.bare and question.kind == "what":
            return open_answer(found, shared)
        return mentioned(question, found) or refused(found, groups[0].sure if groups else -math.inf)
    if question.present and question.kind in CHANGING:
        chosen, lead = current(groups)
        least = chosen.score - EARLIER
        earlier_said = older(lead, chosen, grouped(question, said, names), least, names)
        return composed(
            question, chosen, lead, [g for g in earlier_said if g.sure >= ANSWERED or g.best.stated]
        )
    return composed(question, groups[0], groups[0].best, [])


def in_office(said: Sequence[Candidate], names: Names) -> list[Candidate]:
    """`said` without those of whom an article of the same day or a later one says that they hold the office no more."""
    left = [c for c in said if c.former and c.eligible]
    return [
        c
        for c in said
        if not c.former
        and not any(
            c.sentence.published <= gone.sentence.published and names.same(c.short, gone.short)
            for gone in left
        )
    ]


def holder_before(
    question: Question, found: Found, reader: Reader | None, names: Names, meaning: Meaning
) -> Draft | None:
    """Whom articles older than those that name `question.past` in the office name in it; None where none does."""
    asked = understand(f"Who is the {question.office}?", names, today=question.today, as_of=question.as_of)
    reread = rerank(asked, found, reader, names)
    said = reconsider(asked, candidates(asked, reread, names, meaning), reader, names)
    groups = grouped(asked, said, names)
    if not groups or groups[0].sure < ANSWERED:
        return None
    chosen, lead = current(groups)
    line = [
        chosen,
        *sorted(older(lead, chosen, groups, -math.inf, names), key=lambda g: g.newest, reverse=True),
    ]
    past = [n for n, group in enumerate(line) if names.same(group.best.short, question.past)]
    following = line[past[0] + 1 :] if past else []
    return composed(asked, following[0], following[0].best, []) if following else None


def grouped(question: Question, found: Sequence[Candidate], names: Names) -> list[Group]:
    """Candidates joined where they say the same, best group first. Those that only repeat the question are left out."""
    groups: list[list[tuple[float, Candidate]]] = []
    for score, candidate in sorted(((rank(c), c) for c in found), key=lambda pair: -pair[0]):
        if not candidate.eligible or any(names.same(candidate.short, b) for b in question.barred):
            continue
        for group in groups:
            if say_the_same(question, group[0][1].short, candidate.short, names):
                group.append((score, candidate))
                break
        else:
            groups.append([(score, candidate)])
    return [Group(tuple(c for _, c in g), g[0][0]) for g in groups]


def say_the_same(question: Question, one: str, other: str, names: Names) -> bool:
    """Names by their spellings; numbers and dates only word for word; other words where one has most of the other."""
    if question.kind in ("who", "where", "list"):
        return names.same(one, other)
    a, b = sorted((fold(one), fold(other)), key=len)
    return a == b or (
        question.kind not in ("how-many", "when") and f" {a} " in f" {b} " and 2 * len(a) > len(b)
    )


def current(groups: Sequence[Group]) -> tuple[Group, Candidate]:
    """The group that the newest article bears out best, and where, among candidates that come close to the best one.

    Whoever is said to hold the office comes close, where it says whose office it is. An undated article counts as
    older than any dated one.
    """
    least = groups[0].score - RIVAL
    rivals = [(g, c) for g in groups for c in g.members if rank(c) >= least or c.held >= PARTLY]
    newest = max(c.sentence.published for _, c in rivals)
    return max((r for r in rivals if r[1].sentence.published == newest), key=lambda r: rank(r[1]))


def older(lead: Candidate, chosen: Group, groups: Sequence[Group], least: float, names: Names) -> list[Group]:
    """What older articles answered: of each of their sentences the best, where it says as much of the question.

    Whom any article says to have left the office counts as well. Groups of a rank below `least` are left out.
    """
    found: dict[tuple[str, int], Group] = {}
    for group in groups:
        members = tuple(
            c for c in group.members if c.former or c.sentence.published < lead.sentence.published
        )
        if not members or names.same(group.best.short, chosen.best.short):
            continue
        best = members[0]
        enough = best.covered >= SAID * lead.covered and best.tight >= SAID * lead.tight
        if best.fitting and (best.stated or (rank(best) >= least and enough)):
            place = best.sentence.article_id, best.sentence.start
            found.setdefault(place, Group(members, rank(best)))
    return list(found.values())[:3]


def composed(question: Question, chosen: Group, lead: Candidate, earlier: Sequence[Group]) -> Draft:
    """The short answer, then its sentence; up to three articles that say the same; the older answers."""
    cited = {lead.sentence.article_id: lead.sentence}
    for other in chosen.members:
        if len(cited) < 3 and log_odds(other) >= ANSWERED:
            cited.setdefault(other.sentence.article_id, other.sentence)
    short, sentence = short_form(question, lead), lead.sentence.text
    marks = "".join(f"[{n}]" for n in range(1, len(cited) + 1))
    text = f"{short} {marks}" if fold(short) == fold(sentence) else f"{short} {marks}. {sentence} [1]"
    sources = [*cited.values(), *(g.best.sentence for g in earlier)]
    evidence = tuple(cite_sentence(s, n) for n, s in enumerate(sources, start=1))
    numbered = enumerate(earlier, start=len(cited) + 1)
    return Draft(
        text,
        short,
        evidence,
        tuple((short_form(question, g.best), n) for n, g in numbered),
        confidence=chosen.sure,
    )


def short_form(question: Question, candidate: Candidate) -> str:
    """The span in the form its kind asks for: the cause of a why, else as it stands."""
    text = candidate.sentence.text
    if question.kind == "why" and candidate.end - candidate.start == len(text):
        match = CAUSE.search(text)
        return text[match.start() :].rstrip(" .") if match else text
    # With the full stop behind it, which may be its own.
    whole = text[candidate.start : candidate.end + 1].strip(' ,;:"“”')
    return whole if ABBREVIATED.search(whole) else candidate.short.strip(' ,;:."“”')
