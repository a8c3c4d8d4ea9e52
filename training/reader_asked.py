"""Questions written for training, each with the passages that search finds for it.

`news_questions.jsonl` holds questions on news articles in other words than the articles': what they answer, and near
misses that they do not. A row names its article of the news collection and the answer's characters there, so that none
of the article's text is kept; `start` and `end` are -1 where it does not answer, and for a yes-no question those of the
sentence that settles it, or comes nearest. `story_questions.jsonl` holds the same on the invented agency stories of
`stories.jsonl`, folders of a dozen in which offices change hands and events are much alike; there a row also names
the other stories of its folder that answer it, and a near miss is one for the whole folder.

The reader is not asked of one paragraph but of what search brings up in a folder. So all the news articles make one
folder, the stories theirs, each question is searched for in its own, and the reader is trained on the passages as it
will be given them: with headline and date above, in the question's own names.
"""

from __future__ import annotations

import gzip
import json
import random
import re
import sys
import tempfile
import time
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from rag.reader_weights import VERDICTS
from rag.sentences import split_sentences
from training.reader_example import NO_VERDICT, Example
from training.reader_leaning import headed

HERE = Path(__file__).parent
QUESTIONS = (HERE / "news_questions.jsonl", HERE / "story_questions.jsonl")
STORIES = HERE / "stories.jsonl"
NEWS = "news"  # the folder of all news articles
PASSAGES = 6  # of each question, as many as are read
ROUND = 24  # characters of the text on either side by which an answer is found again in a passage
DATELESS = 0.2  # of the examples go without the date above the text: some pages have none
CLAIMED = 0.7  # of the claims on a question that has an answer stand in a passage that answers
TRUE = 0.65  # of these are its answer
TEMPTING = 0.8  # of the claims on one that has none, where the tempting words stand in the passage, are those
NUMBER = re.compile(r"[$£€]?\d[\d,.]*\d?(?:[ -](?:%|[a-z]+|[A-Z][a-z]+))?")
NAME = re.compile(r"\b[A-Z][\w'’-]+(?:\s+(?:of\s+|de\s+|the\s+|al-)?[A-Z][\w'’-]+)*")
WORDS = re.compile(r"\b[a-z]+(?: [a-z]+){1,5}\b")
RIGHT = 0.55  # of the examples of a question that has an answer are of the passage that answers

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Asked:
    """A question and the passages found for it, best first; `answers[i]` is its answer in `texts[i]`, or None.

    `verdict` is that of a yes-no question, by its place in `VERDICTS`, and its answer the sentence that settles it.
    """

    question: str
    verdict: int
    heads: tuple[tuple[str, str], ...]  # what stands above each text: with the date, and without
    texts: tuple[str, ...]
    answers: tuple[tuple[int, int] | None, ...]
    near: str = ""  # the words of its own article that a careless reader would give, where it does not answer
    invented: bool = False  # on an invented story

    @property
    def right(self) -> list[int]:
        """Which of the texts answer it."""
        return [i for i, span in enumerate(self.answers) if span]

    def example(self, rng: random.Random) -> Example:
        """The question over one of its passages: that which answers, or one of the others, mostly a good one."""
        right, others = self.right, [i for i, span in enumerate(self.answers) if not span]
        if right and (not others or rng.random() < RIGHT):
            chosen = rng.choice(right)
        else:
            chosen = rng.choices(others, [1 / (1 + n) for n in range(len(others))])[0]
        head = self.heads[chosen][rng.random() < DATELESS]
        text, span = self.texts[chosen], self.answers[chosen]
        if self.verdict != NO_VERDICT:
            return self._judged(rng, head, text, span)
        return headed(Example(self.question, text, *(span or (-1, -1))), head)

    def claim(self, rng: random.Random) -> Example | None:
        """The question with an answer put to it, over the sentence that this stands in and the one before: a yes-no
        question, to which other words of the answer's look get `unsaid`. None for a yes-no question, or without any."""
        if self.verdict != NO_VERDICT:
            return None
        right = self.right
        chosen = rng.choice(right) if right and rng.random() < CLAIMED else rng.randrange(len(self.texts))
        text, span = self.texts[chosen], self.answers[chosen]
        if span and rng.random() < TRUE:
            return self._claimed(rng, chosen, span, "yes")
        at = text.find(self.near) if self.near and rng.random() < TEMPTING else -1
        if at >= 0:
            return self._claimed(rng, chosen, (at, at + len(self.near)), "unsaid")
        answered = next(((self.texts[i], span) for i, span in enumerate(self.answers) if span), None)
        like = answered[0][slice(*answered[1])] if answered else self.near
        others = [o for o in look_alikes(text, like) if not span or o[1] <= span[0] or o[0] >= span[1]]
        others = [o for o in others if text[slice(*o)].casefold() not in self.question.casefold()]
        return self._claimed(rng, chosen, rng.choice(others), "unsaid") if others else None

    def _claimed(self, rng: random.Random, chosen: int, claim: tuple[int, int], verdict: str) -> Example:
        text = self.texts[chosen]
        bounds = split_sentences(text)
        inside = touched(bounds, claim) or [0]
        start, end = bounds[max(0, inside[0] - 1)][0], bounds[inside[-1]][1]
        head = self.heads[chosen][rng.random() < DATELESS]
        question = f"{self.question} {text[slice(*claim)]}"
        return Example(question, head + text[start:end], -1, -1, VERDICTS.index(verdict))

    def _judged(self, rng: random.Random, head: str, text: str, span: tuple[int, int] | None) -> Example:
        """The sentence that settles it or comes near, or any other, with none, one or two of those before it."""
        bounds = split_sentences(text)
        inside = touched(bounds, span) if span else []
        last = inside[-1] if inside else rng.randrange(len(bounds))
        first = max(0, (inside[0] if inside else last) - rng.choice((0, 1, 1, 1, 2)))
        return Example(
            self.question,
            head + text[bounds[first][0] : bounds[last][1]],
            -1,
            -1,
            self.verdict if span else 0,
        )


def touched(bounds: list[tuple[int, int]], span: tuple[int, int]) -> list[int]:
    """Which of the stretches share a character with `span`."""
    return [i for i, (start, end) in enumerate(bounds) if start < span[1] and end > span[0]]


def written(*paths: Path) -> list[Row]:
    """The rows of these files, one after the other."""
    texts = [path.read_text(encoding="utf-8") for path in paths]
    return [json.loads(line) for text in texts for line in text.split("\n") if line]


def read(path: Path) -> list[Asked]:
    """What `gather` wrote, but for questions for which nothing was found.

    A question that its own news article does not answer may be answered by another: there it keeps its own passages
    alone.
    """
    made = []
    for row in written(path):
        passages = [p for p in row["passages"] if p["text"].strip()]
        unsaid = not any(p["answer"] for p in passages) or row["verdict"] == VERDICTS[0]
        if unsaid and row.get("folder", NEWS) == NEWS:
            passages = [p for p in passages if p["own"]]
        if passages:
            made.append(
                Asked(
                    row["question"],
                    VERDICTS.index(row["verdict"]) if row["verdict"] else NO_VERDICT,
                    tuple((p["heads"][0], p["heads"][1]) for p in passages),
                    tuple(p["text"] for p in passages),
                    tuple((p["answer"][0], p["answer"][1]) if p["answer"] else None for p in passages),
                    row.get("near", ""),
                    row.get("folder", NEWS) != NEWS,
                )
            )
    return made


def look_alikes(text: str, like: str) -> list[tuple[int, int]]:
    """Words of `text` that look as `like` does: with a number, names, or neither."""
    looks = NUMBER if re.search(r"\d", like) else NAME if like[:1].isupper() else WORDS
    return [m.span() for m in looks.finditer(text)]


def gather(data: Path, out: Path, rows: list[Row]) -> None:
    """Append to `out` what is found for each of the rows that it does not hold yet."""
    known = {(r["article"], r["asked"]) for r in written(out)} if out.exists() else set()
    missing: dict[str, list[Row]] = {}
    for row in rows:
        if (row["article"], row["question"]) not in known:
            missing.setdefault(row.get("folder", NEWS), []).append(row)
    if not missing:
        return
    articles = texts(data)
    for folder, asked in missing.items():
        wanted = {row["article"] for row in rows if row.get("folder", NEWS) == folder}
        wanted |= {name for name, a in articles.items() if a.get("folder") == folder}
        search_all(folder, {name: articles[name] for name in wanted}, asked, out)


def texts(data: Path) -> dict[str, Row]:
    """Every article that questions are asked of, by its id."""
    with gzip.open(data / "news" / "corpus.jsonl.gz", "rt", encoding="utf-8") as lines:
        news = {a["id"]: a for a in map(json.loads, lines)}
    return news | {story["id"]: story for story in written(STORIES)}


def search_all(folder: str, articles: dict[str, Row], asked: list[Row], out: Path) -> None:
    """Append to `out` what is found for the rows `asked` of a folder of these articles."""
    from rag.assistant import Assistant

    with tempfile.TemporaryDirectory() as scratch:
        pages = Path(scratch) / "pages"
        pages.mkdir()
        for name, article in articles.items():
            (pages / f"{name}.md").write_text(page(article), encoding="utf-8")
        began = time.monotonic()
        with (
            Assistant.open(pages, out.parent / "asked-store" / folder) as assistant,
            out.open("a", encoding="utf-8") as to,
        ):
            own = {a.path: assistant.index.passages_of(a.id) for a in assistant.index.articles()}
            for row in asked:
                whole = articles[row["article"]]["text"]
                print(json.dumps(found(assistant, row, whole, own.get(f"{row['article']}.md", []))), file=to)
        spent = time.monotonic() - began
        print(f"searched {folder} for {len(asked)} questions in {spent:.0f} s", file=sys.stderr)


def page(article: Row) -> str:
    known = {"title": article["title"], "outlet": article.get("outlet"), "published": article["date"]}
    front = "".join(f"{k}: {json.dumps(v, ensure_ascii=False)}\n" for k, v in known.items() if v)
    return f"---\n{front}---\n\n{article['text']}\n"


def found(assistant: Any, row: Row, whole: str, own: list[Any]) -> Row:
    """The row's question in known names, and the passages found for it; the answer's own page is always among them."""
    from rag.models import load_embedder
    from rag.question import understand
    from rag.rerank import for_question, heading
    from rag.retrieve import retrieve

    names = assistant.names
    asked = understand(row["question"], names, today=date.today())
    nodes = [
        n.node
        for n in retrieve(asked, assistant.index, load_embedder("built-in"), names, assistant.config).passages
    ]
    nodes = nodes[:PASSAGES]
    here = {n.node_id for n in nodes}
    holds = [n for n in own if row["start"] >= 0 and place_in(n.text, whole, row["start"], row["end"])]
    nodes = [*nodes, *(n for n in holds if n.node_id not in here)]
    answer = whole[row["start"] : row["end"]].casefold() if row["start"] >= 0 else ""
    passages = []
    for node in nodes:
        if node.metadata["path"].removesuffix(".md") in row.get("others", ()):
            continue
        aligned = for_question(node.text, asked.entities, names)
        at = place_in(node.text, whole, row["start"], row["end"]) if row["start"] >= 0 else None
        mine = node.metadata["path"] == f"{row['article']}.md"
        if at is None and answer and row.get("verdict", "") == "" and answer in node.text.casefold():
            continue  # it may answer as well
        if at is None and mine and row.get("verdict") in ("yes", "no"):
            continue
        span = aligned.forth(*at) if at and mine else None
        dateless = {**node.metadata, "published": ""}
        passages.append(
            {
                "heads": [heading(node.metadata, names), heading(dateless, names)],
                "text": aligned.text,
                "answer": span,
                "own": mine,
            }
        )
    return {
        "folder": row.get("folder", NEWS),
        "article": row["article"],
        "asked": row["question"],
        "question": names.canonical(asked.text),
        "verdict": row.get("verdict", ""),
        "near": names.canonical(whole[slice(*row["near"])]) if row.get("near") else "",
        "passages": passages,
    }


def place_in(passage: str, whole: str, start: int, end: int) -> tuple[int, int] | None:
    """Where in `passage`, cut from a cleaned `whole`, `whole[start:end]` stands; None where it does not."""
    dense, places = squeezed(passage)
    wanted = squeezed(whole[start:end])[0]
    before, behind = squeezed(whole[:start])[0][-ROUND:], squeezed(whole[end : end + 4 * ROUND])[0][:ROUND]
    for left, right in ((before, behind), (before, ""), ("", behind)):
        at = dense.find(left + wanted + right)
        if at >= 0 and (left or right) and wanted:
            first = at + len(left)
            return places[first], places[first + len(wanted) - 1] + 1
    return None


def squeezed(text: str) -> tuple[str, list[int]]:
    """`text` without white space, and where each of its characters stood."""
    places = [i for i, c in enumerate(text) if not c.isspace()]
    return "".join(text[i] for i in places), places
