"""Does Dateline find the right article, and what does that cost? Against two others, on judged collections.

    pip install -c constraints.txt -e '.[bench]'
    python benchmarks/retrieval.py --data ../shared/data

prints a Markdown table. Each system runs in a process of its own, one after the other, on the same articles, the same
queries and the same embedder (all-MiniLM-L6-v2, from its package):

- dateline: a folder of Markdown pages through `Assistant.open`, then `Assistant.search`
- llama-index: `SentenceSplitter()` and `VectorStoreIndex` on a persistent Chroma collection, as its guide begins
- txtai: `Embeddings(hybrid=True)`, BM25 and vectors together, one document an article
- the two once more, `fitted`: their articles cut by `SentenceSplitter` into passages that the embedder takes in whole

Passages are mapped to their articles; an article ranks where its best passage does. Indexing time runs from the
articles on disk to an index that answers, the embedder's loading included, imports left out. A collection is a folder
with `corpus.jsonl` (or `.gz`), `queries.jsonl` and `qrels.tsv`.
"""

from __future__ import annotations

import argparse
import gzip
import importlib
import json
import math
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import yaml

DEPTH = 10  # ranks that are judged
FETCHED = 50  # passages asked for, so that ten articles remain when several come from one
FITTED = (
    200  # tokens of the embedder in a fitted passage: with its own marks it stays under the 256 it takes in
)
SYSTEMS = ("dateline", "llama-index", "txtai", "llama-index fitted", "txtai fitted")
Grades = dict[str, dict[str, int]]  # query id → article id → grade
Search = Callable[[str], list[str]]  # question → article ids, best first, repeats allowed


@dataclass(frozen=True)
class Collection:
    name: str
    articles: list[dict[str, str]]  # id, title, text, date
    queries: list[dict[str, str]]  # id, text
    grades: Grades


@dataclass(frozen=True)
class Figures:
    """What one system scored on one collection."""

    collection: str
    system: str
    hit_at_1: float
    hit_at_3: float
    hit_at_10: float
    mrr_at_10: float
    ndcg_at_10: float
    index_seconds: float
    query_ms: float  # median
    peak_mib: float  # resident memory of the whole process at its highest


def load_collection(folder: Path, most: int) -> Collection:
    """At most `most` articles: all that are judged, then others drawn with a fixed seed."""
    grades: Grades = {}
    for line in (folder / "qrels.tsv").read_text(encoding="utf-8").splitlines():
        query, article, grade = line.split("\t")
        grades.setdefault(query, {})[article] = int(grade)
    articles = [row for row in read_rows(folder / "corpus.jsonl") if row["text"].strip()]
    judged = {article for row in grades.values() for article in row}
    others = [row["id"] for row in articles if row["id"] not in judged]
    spare = max(0, most - len(judged))
    kept = judged | set(random.Random(0).sample(others, min(spare, len(others))))
    queries = [row for row in read_rows(folder / "queries.jsonl") if row["id"] in grades]
    return Collection(folder.name, [row for row in articles if row["id"] in kept], queries, grades)


def read_rows(path: Path) -> list[dict[str, Any]]:
    packed = path.with_name(path.name + ".gz")
    data = gzip.decompress(packed.read_bytes()) if packed.exists() else path.read_bytes()
    return [json.loads(line) for line in data.splitlines()]  # bytes: only line feeds end a line


def write_pages(articles: Iterable[dict[str, str]], folder: Path) -> None:
    """One Markdown page an article, as a reader would keep it: title and date in front matter."""
    folder.mkdir()
    for row in articles:
        front = {key: value for key, value in (("title", row["title"]), ("published", row["date"])) if value}
        head = f"---\n{yaml.safe_dump(front, allow_unicode=True)}---\n\n" if front else ""
        (folder / f"{row['id']}.md").write_text(head + row["text"] + "\n", encoding="utf-8")


def built_in_model() -> str:
    from rag.models import backbone_folder

    return str(backbone_folder())


def titled(row: dict[str, str]) -> str:
    return f"{row['title']}\n\n{row['text']}" if row["title"] else row["text"]


def index_dateline(work: Path) -> tuple[float, Search]:
    for module in ("torch", "chromadb", "llama_index.core", "trafilatura", "rag.encoder"):
        importlib.import_module(module)  # the others import such parts at once, Dateline when it needs them
    from rag import Assistant

    began = time.perf_counter()
    assistant = Assistant.open(work / "pages", store=work / "store")
    seconds = time.perf_counter() - began
    return seconds, lambda question: [Path(h.path).stem for h in assistant.search(question, top_k=FETCHED)]


def fitting_splitter() -> Any:
    from llama_index.core.node_parser import SentenceSplitter
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(built_in_model())
    return SentenceSplitter(chunk_size=FITTED, chunk_overlap=20, tokenizer=tokenizer.tokenize)


def index_llama_index(work: Path, fitted: bool) -> tuple[float, Search]:
    import chromadb
    from llama_index.core import Document, StorageContext, VectorStoreIndex
    from llama_index.core.node_parser import SentenceSplitter
    from llama_index.embeddings.huggingface import HuggingFaceEmbedding
    from llama_index.vector_stores.chroma import ChromaVectorStore

    began = time.perf_counter()
    documents = [Document(text=titled(row), id_=row["id"]) for row in read_rows(work / "articles.jsonl")]
    splitter = fitting_splitter() if fitted else SentenceSplitter()
    embedder = HuggingFaceEmbedding(model_name=built_in_model())
    collection = chromadb.PersistentClient(str(work / "chroma")).get_or_create_collection("quickstart")
    storage = StorageContext.from_defaults(vector_store=ChromaVectorStore(chroma_collection=collection))
    index = VectorStoreIndex.from_documents(
        documents, storage_context=storage, embed_model=embedder, transformations=[splitter]
    )
    seconds = time.perf_counter() - began
    retriever = index.as_retriever(similarity_top_k=FETCHED)
    return seconds, lambda question: [str(n.node.ref_doc_id) for n in retriever.retrieve(question)]


def index_txtai(work: Path, fitted: bool) -> tuple[float, Search]:
    from txtai import Embeddings

    began = time.perf_counter()
    texts = {row["id"]: titled(row) for row in read_rows(work / "articles.jsonl")}
    if fitted:
        split = fitting_splitter().split_text
        texts = {f"{id_}#{n}": part for id_, text in texts.items() for n, part in enumerate(split(text))}
    embeddings = Embeddings(path=built_in_model(), hybrid=True)
    embeddings.index((id_, text, None) for id_, text in texts.items())
    seconds = time.perf_counter() - began
    return seconds, lambda question: [
        found[0].split("#")[0] for found in embeddings.search(question, FETCHED)
    ]


def measure(system: str, work: Path) -> dict[str, Any]:
    """Index and search with one system: in a process that does nothing else, so that its peak memory is its own."""
    name, _, fitted = system.partition(" ")
    if name == "dateline":
        seconds, search = index_dateline(work)
    else:
        index = index_llama_index if name == "llama-index" else index_txtai
        seconds, search = index(work, bool(fitted))
    search("a first question, so that nothing is loaded while the others are timed")
    ranked, ms = {}, []
    for query in read_rows(work / "queries.jsonl"):
        began = time.perf_counter()
        found = search(query["text"])
        ms.append((time.perf_counter() - began) * 1000)
        ranked[query["id"]] = list(dict.fromkeys(found))[:DEPTH]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"ranked": ranked, "seconds": seconds, "query_ms": statistics.median(ms), "peak_mib": peak}


def judge(collection: Collection, system: str, measured: dict[str, Any]) -> Figures:
    """Means over queries. nDCG as in Järvelin and Kekäläinen (2002), with the grade itself as gain."""
    ranks, gains = [], []
    for query in collection.queries:
        grades, ranked = collection.grades[query["id"]], measured["ranked"][query["id"]]
        ranks.append(next((r for r, found in enumerate(ranked, 1) if grades.get(found, 0) > 0), math.inf))
        best = sorted(grades.values(), reverse=True)[:DEPTH]
        gains.append(discounted(grades.get(found, 0) for found in ranked) / discounted(best))
    return Figures(
        collection.name,
        system,
        *(statistics.fmean(rank <= k for rank in ranks) for k in (1, 3, 10)),
        mrr_at_10=statistics.fmean(1 / rank for rank in ranks),
        ndcg_at_10=statistics.fmean(gains),
        index_seconds=measured["seconds"],
        query_ms=measured["query_ms"],
        peak_mib=measured["peak_mib"],
    )


def discounted(gains: Iterable[int]) -> float:
    return sum(gain / math.log2(rank + 1) for rank, gain in enumerate(gains, 1))


def run(collection: Collection, system: str) -> Figures:
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        write_pages(collection.articles, work / "pages")
        for name, rows in (("articles", collection.articles), ("queries", collection.queries)):
            lines = (json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
            (work / f"{name}.jsonl").write_text("".join(lines), encoding="utf-8")
        command = [sys.executable, __file__, "--measure", system, "--work", folder]
        subprocess.run(command, check=True, stdout=sys.stderr)
        measured = json.loads((work / "measured.json").read_text(encoding="utf-8"))
    return judge(collection, system, measured)


def table(rows: list[Figures]) -> str:
    """Markdown; the indexing ratio is to Dateline's time on the same collection."""
    ours = {row.collection: row.index_seconds for row in rows if row.system == "dateline"}
    lines = [
        "| collection | system | hit@1 | hit@3 | hit@10 | MRR@10 | nDCG@10 | index s | × ours | query ms | peak MiB |",
        "|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        quality = (row.hit_at_1, row.hit_at_3, row.hit_at_10, row.mrr_at_10, row.ndcg_at_10)
        ratio = f"{row.index_seconds / ours[row.collection]:.1f}" if row.collection in ours else ""
        cells = [
            row.collection,
            row.system,
            *(f"{figure:.3f}" for figure in quality),
            f"{row.index_seconds:.1f}",
        ]
        lines.append("| " + " | ".join([*cells, ratio, f"{row.query_ms:.0f}", f"{row.peak_mib:.0f}"]) + " |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(
        description="Compare retrieval with LlamaIndex's starter and txtai hybrid."
    )
    parser.add_argument("--data", type=Path, default=Path("../shared/data"), help="folder of collections")
    parser.add_argument("--collections", nargs="+", default=["time_magazine", "news"])
    parser.add_argument("--systems", nargs="+", default=SYSTEMS, choices=SYSTEMS)
    parser.add_argument("--articles", type=int, default=1000, help="most articles of a collection")
    parser.add_argument("--json", type=Path, help="write the figures to this file as well")
    parser.add_argument("--measure", choices=SYSTEMS, help=argparse.SUPPRESS)
    parser.add_argument("--work", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure:
        measured = measure(options.measure, options.work)
        (options.work / "measured.json").write_text(json.dumps(measured), encoding="utf-8")
        return
    rows = []
    for name in options.collections:
        folder = options.data / name
        if not folder.is_dir():
            sys.exit(f"retrieval: no collection {folder}: give its parent folder with --data")
        collection = load_collection(folder, options.articles)
        for system in options.systems:
            print(f"{name}: {system}, {len(collection.articles)} articles", file=sys.stderr)
            rows.append(run(collection, system))
    print(table(rows))
    if options.json:
        options.json.write_text(json.dumps([asdict(row) for row in rows], indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
