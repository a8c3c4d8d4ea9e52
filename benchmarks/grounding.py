"""How well code tells what an article bears out from what it does not: the figures of `rag/cite.py` and `rag/check.py`.

    python benchmarks/grounding.py [--data ../shared/data] [--part made|claims|injection|overhead] [--all]

prints Markdown tables. The rules were written while looking at sentences made from seeds/; those made from other news
articles were not looked at. WiCE and FEVER-symmetric were looked at, whole, when the one threshold was chosen; half of
them (by a hash of the claim) is printed, with `--all` the whole. What the data folder lacks is left out.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import json
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
ROOT = HERE.parent


def held_out(text: str) -> bool:
    """Is it in the half that is printed without `--all`?"""
    return hashlib.sha256(text.encode()).digest()[0] % 2 == 1


def flags(text: str, sources: Sequence[object]) -> tuple[bool, str]:
    """Is the sentence flagged when it cites these sources, and why."""
    from rag.check import judge
    from rag.ground import Ground
    from rag.models import load_meaning

    weighed = Ground(sources, names(), load_meaning()).weigh(text)  # type: ignore[arg-type]
    found = judge(text, (1,), weighed, names())
    return not found.supported, found.reason


_NAMES: list[object] = []


def names():  # type: ignore[no-untyped-def]
    from rag.names import Names

    if not _NAMES:
        _NAMES.append(Names.load(ROOT / "seeds" / "aliases.yaml"))
    return _NAMES[0]


def corpus_sources(corpus: Path = ROOT / "seeds") -> dict[str, list[object]]:
    from made_claims import sources_of

    from rag.articles import split_articles
    from rag.models import token_counter
    from rag.pages import list_pages, read_page
    from rag.passages import cut_passages

    count = token_counter("built-in")
    found: dict[str, list[object]] = {}
    for path in list_pages(corpus):
        for article in split_articles(read_page(corpus, path, 20 << 20)):
            found.setdefault(path, []).extend(sources_of(article, cut_passages(article, count, 180)))
    return found


def news_sources(data: Path, articles: int = 30) -> dict[str, list[object]]:
    """Articles of other outlets, none of which was looked at while the check was written."""
    from tuning_corpus import as_markdown, read_corpus

    corpus = list(read_corpus(data / "news" / "corpus.jsonl.gz").values())
    with tempfile.TemporaryDirectory() as folder:
        for n, record in enumerate(corpus[100 :: len(corpus) // articles][:articles]):
            (Path(folder) / f"{n}.md").write_text(as_markdown(record), encoding="utf-8")
        return corpus_sources(Path(folder))


def made(by_path: dict[str, list[object]], where: str, said_again: bool, verbose: bool) -> None:
    from made_claims import changed_claims, paraphrases, true_claims

    sources = [source for group in by_path.values() for source in group]
    true = list(true_claims(sources))  # type: ignore[arg-type]
    claims = [*true, *changed_claims(true, names())]
    if said_again:
        claims += paraphrases(by_path)  # type: ignore[arg-type]
    asked: Counter[str] = Counter()
    flagged: Counter[str] = Counter()
    for claim in claims:
        hit, reason = flags(claim.text, [claim.source])
        asked[claim.change] += 1
        flagged[claim.change] += hit
        fair = claim.change in ("none", "paraphrase")
        if verbose and hit == fair:
            print(f"  {claim.change}: {claim.text} | {claim.was} → {claim.now} | {reason}")
    print(
        f"\n{sum(asked.values())} sentences made from {where}\n\n| what was done | sentences | flagged |\n|---|---|---|"
    )
    for change in ("none", "paraphrase", "name", "place", "number", "date", "quote", "negation"):
        if asked[change]:
            print(f"| {change} | {asked[change]} | {flagged[change] / asked[change]:.3f} |")
    groups = {
        "true": ("none", "paraphrase"),
        "false, negation apart": ("name", "place", "number", "date", "quote"),
    }
    for name, kinds in groups.items():
        total = sum(asked[k] for k in kinds)
        print(f"| all {name} | {total} | {sum(flagged[k] for k in kinds) / total:.3f} |", flush=True)


TREEBANK = {
    "-LRB-": "(", "-RRB-": ")", "-LSB-": "[", "-RSB-": "]", "``": "“", "''": "”", " ,": ",", " .": ".", "( ": "(",
    " )": ")", " 's": "'s", "“ ": "“", " ”": "”",
}  # fmt: skip


def untokenized(text: str) -> str:
    """Text of the Penn Treebank's form as it is printed elsewhere."""
    for written, meant in TREEBANK.items():
        text = text.replace(written, meant)
    return text


def fever(data: Path) -> Iterator[tuple[str, list[str], bool]]:
    for line in (data / "grounding" / "fever_symmetric_dev.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        yield untokenized(row["claim"]), [untokenized(row["premise"])], row["label"] == "SUPPORTS"


def wice(data: Path) -> Iterator[tuple[str, list[str], bool]]:
    with gzip.open(data / "grounding" / "wice_claims_dev.jsonl.gz", "rt", encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            yield row["claim"], row["evidence_sentences"], row["label"] == "supported"


def balanced(pairs: Sequence[tuple[bool, bool]]) -> float:
    """Mean of the shares of right verdicts among the true and among the false; pairs are (borne out, taken for it)."""
    shares = [
        statistics.mean(taken == kind for truth, taken in pairs if truth == kind) for kind in (True, False)
    ]
    return statistics.mean(shares)


def similarity(rows: Sequence[tuple[str, list[str], bool]]) -> float:
    """The best that a threshold on the claim's nearest sentence (cosine of all-MiniLM-L6-v2) reaches on these rows."""
    import numpy as np

    from rag.models import load_embedder

    embedder = load_embedder()
    nearest = []
    for claim, sentences, _ in rows:
        vectors = np.array(embedder.get_text_embedding_batch([claim, *sentences]))
        nearest.append(float((vectors[1:] @ vectors[0]).max()))
    truths = [truth for *_, truth in rows]
    return max(
        balanced([(truth, value >= least) for truth, value in zip(truths, nearest, strict=True)])
        for least in sorted(set(nearest))
    )


def claims(data: Path, everything: bool) -> None:
    from rag.schema import Citation

    if not (data / "grounding").is_dir():
        print(f"{data / 'grounding'} is not there: give the data folder with --data", file=sys.stderr)
        return
    print(
        "\n| balanced accuracy | claims | check | embedding similarity, threshold chosen on the same claims |"
    )
    print("|---|---|---|---|")
    for name, rows in (("WiCE, whole pages", wice(data)), ("FEVER-symmetric", fever(data))):
        kept = [row for row in rows if everything or held_out(row[0])]
        verdicts = []
        for claim, sentences, truth in kept:
            text = "\n\n".join(sentences)
            source = Citation(1, "a", "", "", "", "unknown", "a.md", text, 0, len(text))
            verdicts.append((truth, not flags(claim, [source])[0]))
        print(f"| {name} | {len(kept)} | {balanced(verdicts):.3f} | {similarity(kept):.3f} |", flush=True)


def overhead(times: int = 20) -> None:
    """Ten sentences, each citing one of eight passages of different articles; names and dates to look up in each."""
    from made_claims import true_claims

    from rag.check import judge
    from rag.cite import Citer
    from rag.facts import facts_of
    from rag.ground import Ground
    from rag.models import load_meaning

    groups = list(corpus_sources().values())
    vectors = load_meaning()
    seconds, worked = [], []
    for turn in range(-1, times):  # the first warms the libraries up and is not counted
        picked = [
            groups[(turn + n) % len(groups)][turn % len(groups[(turn + n) % len(groups)])] for n in range(8)
        ]
        sources = [replace(source, number=n) for n, source in enumerate(picked, 1)]  # type: ignore[type-var]
        told = [c for c in true_claims(sources) if facts_of(c.text)]  # type: ignore[arg-type]
        chosen = [told[(n * 7) % len(told)] for n in range(10)]
        # Said a little differently, so that nothing is found by being the same letter by letter.
        text = " ".join(f"It was reported that {c.text[:-1]} [{c.source.number}]." for c in chosen)
        clear_caches()
        began, busy = time.perf_counter(), time.process_time()
        citer = Citer(Ground(sources, names(), vectors))  # type: ignore[arg-type]
        citer.feed(text)
        citer.finish()
        for statement in citer.statements:
            judge(statement.text, statement.numbers, statement.weighed, names())
        seconds.append(time.perf_counter() - began)
        worked.append(time.process_time() - busy)
    seconds, worked = seconds[1:], worked[1:]
    print("\n| cite and check, ten sentences over eight passages | ms |\n|---|---|")
    print(
        f"| median of {times}, nothing remembered from the last | {statistics.median(seconds) * 1000:.0f} |"
    )
    print(f"| of these, at work (other programs aside) | {statistics.median(worked) * 1000:.0f} |")


def clear_caches() -> None:
    from rag import denial, facts, ground, words
    from rag.names import Names

    for module in (denial, facts, ground, words):
        for value in vars(module).values():
            if hasattr(value, "cache_clear") and value is not words.stem:
                value.cache_clear()
    Names.entities.cache_clear()


def injection(verbose: bool) -> None:
    from hostile import run

    caught, total, unmarked = run(verbose)
    print("\n| prompt injection, obeyed by a scripted model | |\n|---|---|")
    print(
        f"| hostile passages | {total} |\n| answers whose planted words were kept from the page or marked | {caught} |"
    )
    print(f"| unsupported sentences that reached the page unmarked | {unmarked} |")


def main() -> int:
    parser = argparse.ArgumentParser(description="Print how well unsupported sentences are told.")
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data")
    parser.add_argument("--part", choices=["made", "claims", "injection", "overhead"])
    parser.add_argument("--all", action="store_true", help="both halves of the claims")
    parser.add_argument("--verbose", action="store_true", help="show what went wrong")
    options = parser.parse_args()
    wanted = [options.part] if options.part else ["made", "claims", "injection", "overhead"]
    if "made" in wanted:
        made(corpus_sources(), "seeds/", True, options.verbose)
        if (options.data / "news").is_dir():
            made(news_sources(options.data), "30 other news articles", False, options.verbose)
    if "claims" in wanted:
        claims(options.data, options.all)
    if "injection" in wanted:
        injection(options.verbose)
    if "overhead" in wanted:
        overhead()
    return 0


if __name__ == "__main__":
    sys.exit(main())
