"""Write the folders of news articles that the tuning questions are asked of.

    python benchmarks/tuning_corpus.py OUT_DIR [--data ../shared/data]

OUT_DIR/news gets one Markdown file for each article that `tuning_questions.yaml` names as a source, and 150 more
news articles among which these must be found: the same ones on every run. OUT_DIR/dip1, dip2 … get the articles that
`folders.yaml` lists. The articles belong to their publishers: keep the folders out of the repository.
"""

from __future__ import annotations

import argparse
import gzip
import json
import sys
from pathlib import Path

import yaml

HERE = Path(__file__).resolve().parent
QUESTIONS = HERE / "tuning_questions.yaml"
FOLDERS = HERE / "folders.yaml"
DISTRACTORS = 150

Record = dict[str, str]  # "id", "title" (often empty), "text", "date" (YYYY-MM-DD)


def source_ids(questions: Path) -> set[str]:
    """Ids of the news articles named in the questions' sources."""
    asked = yaml.safe_load(questions.read_text(encoding="utf-8"))["questions"]
    return {source for row in asked if row["corpus"] == "news" for source in row.get("sources", [])}


def read_corpus(path: Path) -> dict[str, Record]:
    """Every article of the news collection by its id, in the order of the ids."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        records = [json.loads(line) for line in lines]
    return {record["id"]: record for record in sorted(records, key=lambda record: record["id"])}


def choose(corpus: dict[str, Record], sources: set[str]) -> list[Record]:
    """The sources, then `DISTRACTORS` other articles at even steps through the ids, so across outlets."""
    others = [record for article_id, record in corpus.items() if article_id not in sources]
    step = len(others) // DISTRACTORS
    return [corpus[article_id] for article_id in sorted(sources)] + others[::step][:DISTRACTORS]


def as_markdown(record: Record) -> str:
    """The article with front matter; JSON strings are YAML strings, whatever a title holds."""
    title = f"title: {json.dumps(record['title'], ensure_ascii=False)}\n" if record["title"] else ""
    return f"---\n{title}published: {record['date']}\n---\n\n{record['text']}\n"


def folders(corpus: dict[str, Record]) -> dict[str, list[Record]]:
    """Every folder's articles by its name. KeyError for an article that the collection lacks."""
    listed = yaml.safe_load(FOLDERS.read_text(encoding="utf-8"))
    made = {"news": choose(corpus, source_ids(QUESTIONS))}
    return made | {name: [corpus[article_id] for article_id in ids] for name, ids in listed.items()}


def main() -> int:
    parser = argparse.ArgumentParser(description="Write the articles that the tuning questions are asked of.")
    parser.add_argument("out_dir", type=Path, help="a new or empty folder, or one that this wrote before")
    parser.add_argument("--data", type=Path, default=HERE.parent.parent / "shared" / "data")
    options = parser.parse_args()

    path = options.data / "news" / "corpus.jsonl.gz"
    if not path.is_file():
        print(f"{path} is not there: give the data folder with --data", file=sys.stderr)
        return 2
    try:
        made = folders(read_corpus(path))
    except KeyError as error:
        print(f"{path} lacks {error}: is it another collection?", file=sys.stderr)
        return 2
    out_dir: Path = options.out_dir
    if out_dir.exists() and not out_dir.is_dir():
        print(f"{out_dir} is a file: give a folder", file=sys.stderr)
        return 2
    if out_dir.is_dir() and (strangers := {entry.name for entry in out_dir.iterdir()} - made.keys()):
        print(f"{out_dir} holds other files, such as {min(strangers)}: give an empty folder", file=sys.stderr)
        return 2
    for name, records in made.items():
        (out_dir / name).mkdir(parents=True, exist_ok=True)
        for record in records:
            (out_dir / name / f"{record['id']}.md").write_text(as_markdown(record), encoding="utf-8")
    print(f"{sum(map(len, made.values()))} articles in {len(made)} folders of {out_dir}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
