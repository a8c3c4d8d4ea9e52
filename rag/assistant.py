"""The whole of Dateline behind one object: open a folder of pages, ask, search. Threads may share it.

The way of a question is `Assistant.ask`: question → retrieve → rerank → answer → cite → check.
"""

from __future__ import annotations

import re
import time
from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from pathlib import Path
from threading import Event
from typing import Any, Self

from rag.answer import answer
from rag.check import check
from rag.cite import cite
from rag.config import Config
from rag.dates import bounds
from rag.draft import Draft
from rag.errors import DatelineError, ModelError, QuestionError
from rag.followup import make_whole
from rag.ground import Ground
from rag.index import Index
from rag.ingest import IndexReport, Progress, remembered, update
from rag.models import (
    BUILT_IN,
    embedder_fingerprint,
    load_embedder,
    load_meaning,
    load_reader,
    load_writer,
    token_counter,
)
from rag.names import Names
from rag.orders import doubt_orders
from rag.prompts import refusal
from rag.question import Question, understand
from rag.rerank import is_read, reorders, rerank
from rag.retrieve import retrieve
from rag.schema import Answer, Article, Earlier, Found, Hit, Searched
from rag.server import ChatModel, Finder, url_of
from rag.write import Written, answer_tokens, choose, rewrite, sentence, with_dates, write
from rag.writing import Cut, Stopped

ISO_DATE = re.compile(r"\d{4}(-\d{2}(-\d{2})?)?")
REWRITTEN_TOKENS = 128  # of a question made whole: four times as long as most
Turn = Mapping[str, str]  # {"role": "user" or "assistant", "content": text}


@dataclass(frozen=True, slots=True)
class Info:
    """What is in a store, and what it is asked with."""

    corpus: str
    store: str
    pages: int
    articles: int
    passages: int
    failed: int
    oldest: str
    newest: str
    undated: int
    embedder: str
    reader: str

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


class Assistant:
    """Answers questions over one folder of pages. Make one with `Assistant.open`."""

    def __init__(self, corpus: Path, index: Index, names: Names, config: Config) -> None:
        self.corpus = corpus
        self.index = index
        self.config = config
        self.report = IndexReport()
        self.finder = Finder(config)
        self._known_names = names
        self.names = names.with_acronyms(index.acronyms())

    @classmethod
    def open(
        cls, corpus: str | Path | None = None, store: str | Path | None = None, *, config: Config | None = None,
        update: bool = True, rebuild: bool = False, on_progress: Progress | None = None,
    ) -> Self:  # fmt: skip
        """Open a folder of pages, indexing what is new or changed unless `update` is False.

        Where no folder is named, here or in the settings, it is the one that the store was last made from.
        Raises CorpusError, StoreError (StoreLocked, StoreMismatch) or ModelError, each in one line with its remedy.
        When nothing changed the store is only read: then neither a lock nor a read-only disk is in the way.
        """
        config = config or Config()
        named = corpus is not None or "corpus" in config.model_fields_set
        config = config.with_changes(
            corpus=Path(corpus) if corpus is not None else None,
            store=Path(store) if store is not None else None,
        )
        if not named:
            config = config.with_changes(corpus=remembered(config.store))
        folder = config.corpus.parent if config.corpus.is_file() else config.corpus
        names = Names.load(config.aliases or folder / "aliases.yaml")
        index = Index.open(
            config.store, embedder_fingerprint(config.embedder), f"{names.fingerprint}-{config.passage_tokens}",
            chroma_url=config.chroma_url, rebuild=rebuild,
        )  # fmt: skip
        try:
            assistant = cls(config.corpus, index, names, config)
            if update or rebuild:
                assistant.update(on_progress)
        except BaseException:
            index.close()
            raise
        return assistant

    def update(self, on_progress: Progress | None = None) -> IndexReport:
        """Index what is new or changed in the folder, and forget what is gone."""
        self.report = update(self.index, self.corpus, self._known_names, self.config, on_progress)
        self.names = self._known_names.with_acronyms(self.index.acronyms())
        return self.report

    def ask(self, question: str, *, history: Sequence[Turn] = (), as_of: str = "", llm: str = "") -> Answer:
        """Answer `question` in the light of `history`, from what was published by `as_of` (an ISO date).

        `llm` says what writes, as the setting of that name does, which it overrides. Raises QuestionError for a
        question that is empty or too long, or an `as_of` that is no date; a model server that fails raises nothing.
        """
        *_, made = self.stream(question, history=history, as_of=as_of, llm=llm)
        assert isinstance(made, Answer)  # the last item is
        return made

    def stream(
        self, question: str, *, history: Sequence[Turn] = (), as_of: str = "", llm: str = "",
        stop: Event | None = None,
    ) -> Iterator[str | Answer]:  # fmt: skip
        """The text of the answer in pieces, and the finished `Answer` as the last item.

        The pieces make up the text, but where a model broke off or wrote what is borne out nowhere: then that is in
        `aside`. An empty piece says that the model is still at work. Setting `stop`, or closing the iterator, ends it.
        """
        started = time.perf_counter()
        model, note = self._model(llm)
        readings, model, note = self._understood(question, history, as_of, model, note, stop)
        whole = readings[0]
        found = self._retrieve(whole)
        searched = self._searched(whole.as_of)
        asked = with_dates(whole.text, whole.today)
        written = Written(None, note)
        if model:
            written = yield from self._write(model, whole, asked, found, searched, stop)
        made = written.answer
        if made is None:
            whole, found, draft = self._draft(readings, found)
            asked = with_dates(whole.text, whole.today)
            made = self._refused(draft, searched) if draft.refused else self._answered(draft)
            made = doubt_orders(made, found) if model else made
            notes = (sentence(written.note),) if written.note else ()
            made = replace(made, notes=(*notes, *made.notes), aside=written.aside)
            if not written.aside:
                yield from made.text.splitlines(keepends=True)
        yield replace(
            made, question=question.strip(), query=asked, searched=searched,
            answerer=model.name if model and written.answer else self.built_in,
            seconds=time.perf_counter() - started,
        )  # fmt: skip

    def search(self, question: str, *, top_k: int = 10, as_of: str = "") -> list[Hit]:
        """The `top_k` passages that bear most on `question`, best first."""
        found = self._retrieve(self._understood(question, (), as_of)[0][0], top_k)
        return [
            Hit(
                text=n.node.get_content(),
                score=float(n.score or 0.0),
                **{key: value for key, value in n.node.metadata.items() if key != "published_how"},
            )
            for n in found.passages
        ]

    def article(self, article_id: str) -> Article:
        """The article that a citation or a hit names. KeyError when it is no longer in the store."""
        return self.index.article(article_id)

    @property
    def answerer(self) -> str:
        """What writes the answers as things stand, in words for a reader."""
        model, _ = self._model("")
        return model.name if model else self.built_in

    @property
    def built_in(self) -> str:
        """What answers without a language model, in words for a reader."""
        reader = self.config.reader
        return (
            "built-in reader"
            if reader == BUILT_IN
            else "sentence picking"
            if reader == "none"
            else f"reader {reader}"
        )

    @property
    def examples(self) -> tuple[str, ...]:
        """Questions to offer: those of `examples.yaml` beside the pages, else one about each of the newest articles."""
        folder = self.corpus.parent if self.corpus.is_file() else self.corpus
        written = _read_examples(folder / "examples.yaml")
        return written or tuple(
            f"What do you have on “{a.title}”?" for a in self.index.articles()[:4] if a.title
        )

    def info(self) -> Info:
        counts, searched = self.index.counts(), self.index.searched()
        return Info(
            str(self.corpus), str(self.config.store), counts["pages"], counts["articles"], counts["passages"],
            counts["failed"], searched.oldest, searched.newest, self._undated(), self.index.embedder,
            self.config.reader,
        )  # fmt: skip

    def warm(self) -> None:
        """Load the embedder and the reader, so that the first question need not wait for them."""
        load_embedder(self.config.embedder)
        reader = load_reader(self.config.reader)
        if reader is not None:
            reader.warm()
        load_meaning()

    def close(self) -> None:
        self.index.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _model(self, llm: str) -> tuple[ChatModel | None, str]:
        """The model that is to write, None for the built-in answerer; and why that one, where a model was asked for."""
        wanted, config = llm or self.config.llm, self.config
        if wanted in ("none", BUILT_IN):
            return None, ""
        server = self.finder.find()
        model = server.choose(wanted) if server else None
        if model or (
            wanted == "auto" and not config.llm_url and "ollama_host" not in config.model_fields_set
        ):
            return model, ""
        url = url_of(config.llm_url or config.ollama_host)
        if server is None:
            start = "see its log" if config.llm_url else "start it with `ollama serve`"
            return None, f"No model server answers at {url}: {start}. The built-in reader answers"
        if wanted == "auto":
            return None, ""
        return None, f"The server at {url} has no chat model {wanted!r}: `dateline models pull {wanted}`"

    def _write(
        self, model: ChatModel, whole: Question, asked: str, found: Found, searched: Searched,
        stop: Event | None,
    ) -> Generator[str, None, Written]:  # fmt: skip
        config = self.config
        try:
            writer = load_writer(config, model, answer_tokens(config))
        except ModelError as error:
            return Written(None, str(error))
        shown = choose(whole, asked, found, config, token_counter(BUILT_IN))
        ground = Ground(shown.passages, self.names, load_meaning())
        return (yield from write(whole, asked, found, writer, shown, ground, searched, stop))

    def _understood(
        self, question: str, history: Sequence[Turn], as_of: str, model: ChatModel | None = None,
        note: str = "", stop: Event | None = None,
    ) -> tuple[tuple[Question, ...], ChatModel | None, str]:  # fmt: skip
        """What the question may mean, the likeliest first, and the model with its note: none where it failed to make
        the question whole."""
        text = question.strip()
        if not any(c.isalnum() for c in text):
            raise QuestionError('The question is empty: ask something, for example "what is new?"')
        if len(text) > self.config.max_question_chars:
            raise QuestionError(
                f"The question has {len(text):,} characters and the limit is {self.config.max_question_chars:,}: "
                "ask in fewer words"
            )
        whole, today = make_whole(text, history, self.names), _day(as_of)
        if model and history:
            try:
                writer = load_writer(self.config, model, REWRITTEN_TOKENS)
                if made := rewrite(text, history, writer, today, self.names, stop):
                    whole = replace(whole, text=made, otherwise=())
            except Stopped:
                model, note = None, "Stopped before its end. The built-in reader answers"
            except (Cut, ModelError) as error:  # the server will not write the answer either
                model, note = None, f"{sentence(str(error))} The built-in reader answers"
        readings = tuple(
            understand(text, self.names, today=today, as_of=as_of, barred=whole.barred)
            for text in (whole.text, *whole.otherwise)
        )
        return readings, model, note

    def _searched(self, as_of: str) -> Searched:
        """What was looked through: everything, or what is dated up to `as_of` and what is undated."""
        if not as_of:
            return self.index.searched()
        dated = self.index.searched(before=as_of)
        return replace(dated, articles=dated.articles + self._undated())

    def _undated(self) -> int:
        """How many articles have no date: those that no bound takes in."""
        return self.index.searched().articles - self.index.searched(after="0001").articles

    def _retrieve(self, question: Question, top_n: int | None = None) -> Found:
        config = self.config
        if top_n is not None:
            config = config.with_changes(top_n=top_n, top_k=max(config.top_k, 2 * top_n))
        found = retrieve(question, self.index, load_embedder(config.embedder), self.names, config)
        # A search wants the passages' order alone, an answer their spans as well.
        read = is_read(question) if top_n is None else reorders(question)
        reader = load_reader(config.reader) if read else None
        return rerank(question, found, reader, self.names)

    def _draft(self, readings: Sequence[Question], found: Found) -> tuple[Question, Found, Draft]:
        """The first reading of a question that the articles answer, what was found for it, and the answer; the first of
        all where they answer none. `found` is for that one."""
        made = []
        for n, question in enumerate(readings):
            passages = found if n == 0 else self._retrieve(question)
            draft = answer(question, passages, load_reader(self.config.reader), self.names, load_meaning())
            made.append((question, passages, draft))
            if not draft.refused:
                return made[-1]
        return made[0]

    def _answered(self, draft: Draft) -> Answer:
        cited = cite(draft.text, draft.evidence, [number for _, number in draft.earlier])
        by_number = {c.number: c for c in cited.citations}
        earlier = tuple(
            Earlier(short, by_number[cited.numbers[number]].published, by_number[cited.numbers[number]])
            for short, number in draft.earlier
        )
        notes = (
            (f"{cited.dropped} citation marks named no article and were dropped.",) if cited.dropped else ()
        )
        used = [c for c in cited.citations if f"[{c.number}]" in cited.text]
        return Answer(
            question="", text=cited.text, short=draft.short, citations=cited.citations,
            as_of=max((c.published for c in used), default=""), earlier=earlier,
            checks=check(cited.text, cited.citations, self.names), notes=notes,
        )  # fmt: skip

    def _refused(self, draft: Draft, searched: Searched) -> Answer:
        return Answer(question="", text=refusal(searched), refused=True, nearest=draft.evidence)


def _day(as_of: str) -> date:
    """The last day of `as_of`, today for ""; QuestionError when it is no date."""
    if not as_of:
        return date.today()
    try:
        if not ISO_DATE.fullmatch(as_of):
            raise ValueError
        return date.fromisoformat(bounds(as_of)[1])
    except ValueError:
        raise QuestionError(f"{as_of!r} is no date: give --as-of as 2018-12-31, 2018-12 or 2018") from None


def _read_examples(path: Path) -> tuple[str, ...]:
    if not path.is_file():
        return ()
    import yaml

    try:
        read = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise DatelineError(
            f"{path} cannot be read ({str(error).splitlines()[0]}): make it a list of questions"
        ) from None
    return tuple(str(q) for q in read) if isinstance(read, list) else ()
