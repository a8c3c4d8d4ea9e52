"""The examples the reader is trained and measured on, drawn from `reader/train` and `reader/dev`.

A row is `{"id", "question", "context", "answers": [{"text", "start"}], "title"?}` with offsets in characters.
Paragraphs of SQuADShifts are split by the hash of their text: one tenth is reported on, another tenth is for
choosing thresholds and checkpoints, and neither is trained on.
"""

from __future__ import annotations

import gzip
import hashlib
import itertools
import json
import random
import re
import string
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from rag.models import backbone_folder
from training.reader_asked import Asked, written
from training.reader_example import MONTHS, Example
from training.reader_leaning import YEAR, capitals, dated, forget, headed
from training.reader_made import made_example
from training.reader_news import NewsQuestions
from training.reader_searches import SEARCHES, search_example

Row = dict[str, Any]

# source, its chance at the start, its chance at the end of training. The paragraphs nearest to what is read
# at use (encyclopaedia and news prose) come to the fore as the learning rate falls.
SOURCES = (
    ("squadshifts_new_wiki", 0.28, 0.42),
    ("squadshifts_reddit", 0.21, 0.17),
    ("squadshifts_amazon", 0.21, 0.14),
    ("qamr", 0.18, 0.17),
    ("qasrl", 0.02, 0.01),
    ("timeqa", 0.05, 0.05),
    ("fairytaleqa", 0.05, 0.04),
)
ASKED = 0.5  # chance of a question written for training, over a passage that search found for it (reader_asked.py)
STORIES = 0.5  # of these are on invented stories, whose folders are harder to tell apart than the news
CLAIMS = 0.3  # of them have an answer put to them, and are judged
SEARCHED = 0.16  # chance of a search engine's question over a paragraph written for it (reader_searches.py)
MADE = 0.08  # chance of a made-up near miss (reader_made.py)
NEWS = 0.2  # chance of a question made by rule from a news article or an encyclopaedia paragraph (reader_news.py)
FILES = {
    "qamr": ("qamr_dev", "qamr_test"),
    "qasrl": ("qasrl_wikinews_dev", "qasrl_wikinews_test", "qasrl_wikipedia_dev", "qasrl_wikipedia_test"),
    "timeqa": ("timeqa_easy", "timeqa_hard"),
    "fairytaleqa": ("fairytaleqa_train",),
}
SENTENCE_END = re.compile(r"(?<=[.!?])[\"')\]]*\s+(?=[\"'(\[]?[A-Z0-9])")
NAME = re.compile(r"\b[A-Z][\w'’-]+(?:\s+(?:of\s+|de\s+|the\s+)?[A-Z][\w'’-]+)*")
# fmt: off
ROLES = [
    "president", "prime minister", "foreign minister", "defence minister", "minister", "ambassador",
    "envoy", "governor", "mayor", "senator", "chairman", "director", "secretary", "spokesman",
    "spokeswoman", "general", "commander", "king", "queen", "prince", "bishop", "judge", "lawyer",
    "producer", "singer", "actor", "actress", "coach", "captain",
    "owner", "founder", "professor", "scientist", "doctor", "wife", "husband", "son", "daughter",
    "father", "mother", "brother", "sister", "uncle",
]
# fmt: on
ROLE = re.compile(r"\b(" + "|".join(sorted(ROLES, key=len, reverse=True)) + r")\b", re.IGNORECASE)
AGENCIES = ("Reuters", "AP", "AFP", "Xinhua", "dpa", "Kyodo", "Staff", "Wire")
WH = {
    "who",
    "what",
    "when",
    "where",
    "which",
    "how",
    "why",
    "whose",
    "whom",
    "is",
    "was",
    "did",
    "does",
    "do",
    "are",
    "were",
    "in",
    "on",
    "at",
    "the",
    "a",
    "an",
    "of",
    "for",
    "according",
}


def rows(path: Path) -> list[Row]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def tenth(context: str) -> int:
    """0–9 by the paragraph's text: 0 is reported on, 1 is for choosing, the rest train."""
    return hashlib.sha256(" ".join(context.split()).encode()).digest()[0] % 10


def split(data: Path, part: str) -> list[Row]:
    """The held-out paragraphs of `squadshifts_new_wiki` with their questions. `part`: "report", "choose"."""
    wanted = {"report": 0, "choose": 1}[part]
    return [
        r for r in rows(data / "train" / "squadshifts_new_wiki.jsonl.gz") if tenth(r["context"]) == wanted
    ]


def news_texts(folder: Path) -> list[str]:
    """Six tenths of the news articles, by the hash of their id; none that a question of the news quiz is judged by."""
    judged = {line.split("\t")[1] for line in (folder / "qrels.tsv").read_text().splitlines() if "\t" in line}
    with gzip.open(folder / "corpus.jsonl.gz", "rt", encoding="utf-8") as lines:
        articles = [json.loads(line) for line in lines]
    return [a["text"] for a in articles if a["id"] not in judged and tenth(a["id"]) < 6]


def known_words() -> frozenset[str]:
    """The whole words of the backbone's vocabulary, lower case."""
    from tokenizers import Tokenizer

    vocabulary = Tokenizer.from_file(str(backbone_folder() / "tokenizer.json")).get_vocab()
    return frozenset(w for w in vocabulary if w.isalpha())


def pick_answer(row: Row) -> tuple[int, int]:
    """The span most annotators gave, the first of them on a tie, without the stop or comma after it."""
    counts = Counter(a["text"].strip(string.punctuation + " ").lower() for a in row["answers"])
    best = max(row["answers"], key=lambda a: counts[a["text"].strip(string.punctuation + " ").lower()])
    text = best["text"].rstrip(" ,;:")
    last = text.split()[-1] if text.split() else ""
    if last.endswith(".") and "." not in last[:-1] and len(last) > 5:  # not "U.S.", "Jr.", "Corp."
        text = text[:-1]
    return best["start"], best["start"] + len(text or best["text"])


def sentences(text: str) -> list[tuple[int, int]]:
    bounds = [0, *(m.end() for m in SENTENCE_END.finditer(text)), len(text)]
    return [(a, b) for a, b in itertools.pairwise(bounds) if b > a]


def neighbours(contexts: list[str], groups: list[str], k: int = 6) -> list[list[int]]:
    """For every context the `k` most like it in words (TF-IDF cosine), those of its own group first."""
    import numpy as np
    from sklearn.feature_extraction.text import TfidfVectorizer

    matrix = TfidfVectorizer(sublinear_tf=True, stop_words="english").fit_transform(contexts)
    codes = np.unique(groups, return_inverse=True)[1]
    found: list[list[int]] = []
    for i in range(0, len(contexts), 256):
        likeness = (matrix[i : i + 256] @ matrix.T).toarray()
        likeness += codes[i : i + 256, None] == codes[None, :]
        likeness[np.arange(len(likeness)), i + np.arange(len(likeness))] = -1
        found.extend(np.argsort(-likeness, axis=1)[:, :k].tolist())
    return found


class Mixture:
    """Draws examples by source, with unanswerable ones and changes of wording made on the way.

    Every source is gone through in a shuffled order, again and again. `drawn` counts the rows taken of each;
    with it set, `chunk(number, progress, size)` gives the same examples again.
    """

    def __init__(self, data: Path, asked: Sequence[Asked] = (), seed: int = 0) -> None:
        import pycountry

        self.asked = [a for a in asked if not a.invented]
        self.stories = [a for a in asked if a.invented]
        self.searched = written(SEARCHES)
        self.drawn = {source: 0 for source, _, _ in SOURCES}
        self.seed = seed

        self.rows: dict[str, list[Row]] = {}
        self.near: dict[str, list[list[int]]] = {}
        self.contexts: dict[str, list[str]] = {}
        self.index: dict[str, dict[str, int]] = {}
        for source, _, _ in SOURCES:
            loaded = [r for f in FILES.get(source, (source,)) for r in rows(data / "train" / f"{f}.jsonl.gz")]
            if source.startswith("squadshifts"):
                loaded = [r for r in loaded if tenth(r["context"]) > 1]
            loaded = [r for r in loaded if r["answers"] and len(r["question"].split()) > 2]
            random.Random(f"{seed} {source}").shuffle(loaded)
            group = {r["context"]: str(r.get("title", "")) for r in loaded}
            self.rows[source], self.contexts[source] = loaded, list(group)
            self.index[source] = {c: i for i, c in enumerate(group)}
            self.near[source] = neighbours(list(group), list(group.values()))
        countries = [c for c in pycountry.countries if len(c.name) > 3]
        called = {getattr(c, "common_name", c.name): c for c in countries}
        self.aliases = {name: c for name, c in called.items() if not set(",(") & set(name)}
        self.country = re.compile(r"\b(" + "|".join(map(re.escape, self.aliases)) + r")\b")
        self.seats = capitals()
        wiki = [q for s in ("squadshifts_new_wiki", "qamr") for q in self.contexts[s]]
        self.news = NewsQuestions(
            news_texts(data.parent / "news")
            + self.contexts["squadshifts_new_wiki"]
            + self.contexts["timeqa"],
            known_words(),
        )
        self.names = sorted({m for c in wiki for m in NAME.findall(c)[1:] if m.lower() not in WH})

    def chunk(self, number: int, progress: float, size: int) -> list[Example]:
        rng = random.Random(f"{self.seed} {number}")
        names = [s for s, _, _ in SOURCES]
        weights = [a + (b - a) * progress for _, a, b in SOURCES]
        examples = []
        for _ in range(size):
            part = rng.random()
            if part < SEARCHED:
                examples.append(search_example(rng, self.searched))
                continue
            if self.asked and part < SEARCHED + ASKED:
                source = self.stories if self.stories and rng.random() < STORIES else self.asked
                asked = rng.choice(source)
                claim = asked.claim(rng) if rng.random() < CLAIMS else None
                examples.append(claim or asked.example(rng))
                continue
            turn = rng.random()
            if turn < MADE:
                made = made_example(rng, list(self.aliases), self.contexts["qamr"])
                examples.append(self._header(rng, self._reword(rng, made)))
            elif turn < MADE + NEWS:
                example = self.news.example(rng)
                changed = self._swap(rng, example) if rng.random() < 0.2 else self._lean(rng, example)
                examples.append(self._header(rng, self._reword(rng, changed)))
            else:
                examples.append(self._draw(rng, rng.choices(names, weights)[0]))
        return examples

    def _draw(self, rng: random.Random, source: str) -> Example:
        row = self.rows[source][self.drawn[source] % len(self.rows[source])]
        self.drawn[source] += 1
        start, end = pick_answer(row)
        example = Example(row["question"], row["context"], start, end)
        if source in ("qamr", "qasrl"):
            example = self._among_others(rng, source, example)
        # Unanswerable: a neighbour 13 %, the sentence cut 5 %, a name or place or role swapped in up to 12 %.
        turn = rng.random()
        if turn < 0.13:
            example = self._neighbour(rng, source, row, example)
        elif turn < 0.18:
            example = cut_sentence(example)
        elif turn < 0.3:
            example = self._swap(rng, example)
        else:
            example = self._lean(rng, example)
        return self._header(rng, self._reword(rng, example))

    def _among_others(self, rng: random.Random, source: str, example: Example) -> Example:
        """The sentence set among 0–6 others of the same kind."""
        others = rng.sample(self.contexts[source], rng.choice((0, 2, 3, 4, 5, 6)))
        words = set(example.context.split())
        others = [o for o in others if len(words & set(o.split())) < len(words) * 0.6]
        place = rng.randint(0, len(others))
        before = "".join(o + " " for o in others[:place])
        after = "".join(" " + o for o in others[place:])
        return Example(
            example.question,
            before + example.context + after,
            example.start + len(before),
            example.end + len(before),
        )

    def _neighbour(self, rng: random.Random, source: str, row: Row, example: Example) -> Example:
        """Another paragraph that shares the page or the words, and none of the answers' texts."""
        answers = [a["text"].lower() for a in row["answers"]]
        near = self.near[source][self.index[source][row["context"]]]
        near = near[: rng.choice((2, 6))]
        for i in rng.sample(near, len(near)):
            other = self.contexts[source][i]
            if not any(a in other.lower() for a in answers):
                if source in ("qamr", "qasrl"):
                    filler = rng.sample(self.contexts[source], rng.randint(0, 4))
                    other = " ".join(rng.sample([other, *filler], len(filler) + 1))
                return Example(example.question, other, -1, -1)
        return example

    def _swap(self, rng: random.Random, example: Example) -> Example:
        """One country, name, year or role of the question becomes another of its kind that the text lacks."""
        question, text = example.question, example.context
        countries = list(self.aliases)
        options = [(*m.span(), rng.choice(countries)) for m in self.country.finditer(question)]
        taken = [range(a, b) for a, b, _ in options]
        for match in NAME.finditer(question):
            name = match.group()
            if match.start() and name.lower() not in WH and not any(match.start() in r for r in taken):
                options.append((*match.span(), self._like(rng, name, text)))
        shift = rng.choice((-9, -4, -2, -1, 1, 2, 3, 7))
        options += [(*m.span(), str(int(m.group()) + shift)) for m in YEAR.finditer(question)]
        options += [(*m.span(), rng.choice(ROLES)) for m in ROLE.finditer(question)]
        options = [o for o in options if o[2].lower() not in text.lower()]
        if not options:
            return example
        a, b, new = rng.choice(options)
        swapped = Example(question[:a] + new + question[b:], text, -1, -1)
        return headed(swapped, f"{new}: {self._title(rng)}.\n") if rng.random() < 0.25 else swapped

    def _lean(self, rng: random.Random, example: Example) -> Example:
        """Two answerable questions in five: a name or the time that they say stands only above the text, or nowhere."""
        turn = rng.random()
        if turn < 0.12:
            return dated(rng, example)
        asked = [m.group() for m in self.country.finditer(example.question)]
        asked += [
            m.group() for m in NAME.finditer(example.question) if m.start() and m.group().lower() not in WH
        ]
        if turn > 0.4 or not asked:
            return example
        return forget(rng, example, rng.choice(asked), self._title(rng), self.seats)

    def _title(self, rng: random.Random) -> str:
        """The beginning of a sentence from elsewhere, as a headline."""
        near = rng.choice(self.contexts[rng.choice(("squadshifts_new_wiki", "qamr"))])
        return near[slice(*sentences(near)[0])].strip().rstrip(".")[:90]

    def _like(self, rng: random.Random, name: str, text: str) -> str:
        """A name from elsewhere of as many words, else any: no list of kinds is at hand."""
        tries = [rng.choice(self.names) for _ in range(12)]
        same = [t for t in tries if len(t.split()) == len(name.split()) and t not in text]
        return rng.choice(list(self.aliases)) if rng.random() < 0.15 else (same or tries)[0]

    def _reword(self, rng: random.Random, example: Example) -> Example:
        question = example.question.strip()
        match = self.country.search(question)
        if match and rng.random() < 0.3:
            country = self.aliases[match.group()]
            other = rng.choice((getattr(country, "official_name", country.name), country.alpha_3))
            question = question[: match.start()] + other + question[match.end() :]
        if rng.random() < 0.35:
            question = question.rstrip("? ")
        first, _, rest = question.partition(" ")
        if rest and rng.random() < 0.06:
            if first.lower() in ("who", "what") and rest.split()[0] in ("is", "was", "are", "were"):
                _, _, rest = rest.partition(" ")
                question = rng.choice(("name ", "tell me ", "give me ")) + rest.rstrip("?")
            else:
                question = (
                    rng.choice(("Tell me ", "Can you say ", "Do you know "))
                    + question[0].lower()
                    + question[1:]
                )
        return replace(example, question=question)

    def _header(self, rng: random.Random, example: Example) -> Example:
        """Sometimes a headline and date, or an agency's dateline, before the text: neither is the answer."""
        turn, date = rng.random(), f"{rng.choice(MONTHS)} {rng.randint(1, 28)}, {rng.randint(1990, 2026)}"
        if turn < 0.12:
            title = self._title(rng)
            head = f"{title}\n{date}\n" if rng.random() < 0.5 else f"{title}. {date}. "
        elif turn < 0.2:
            place = rng.choice(list(self.aliases)).upper()
            agency = rng.choice(AGENCIES)
            head = rng.choice(
                (f"{place}, {date[:3]}. {date.split()[1][:-1]} ({agency}) -- ", f"{place} ({agency}) - ")
            )
        else:
            return example
        return headed(example, head)


def cut_sentence(example: Example) -> Example:
    """The text without the sentence that answers; unchanged where nothing answerless would be left."""
    kept = [(a, b) for a, b in sentences(example.context) if b <= example.start or a >= example.end]
    text = "".join(example.context[a:b] for a, b in kept).strip()
    if not example.answerable or len(text.split()) < 12:
        return example
    if example.context[example.start : example.end].lower() in text.lower():
        return example
    return Example(example.question, text, -1, -1)


def dev_pairs(part: list[Row], seed: int = 5) -> Iterator[tuple[Row, bool]]:
    """Each row once; every second one has its context replaced by another paragraph of the same page.

    Yields the row and whether the answer is in its text; a page with one paragraph keeps its own.
    """
    rng = random.Random(seed)
    pages: dict[str, list[str]] = {}
    for row in part:
        page = pages.setdefault(row["title"], [])
        if row["context"] not in page:
            page.append(row["context"])
    for i, row in enumerate(part):
        answers = [a["text"].lower() for a in row["answers"]]
        others = [
            c for c in pages[row["title"]] if c != row["context"] and not any(a in c.lower() for a in answers)
        ]
        if i % 2 and others:
            yield {**row, "context": rng.choice(others), "answers": []}, False
        else:
            yield row, True
