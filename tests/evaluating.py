"""Made-up pages and questions, and what opens them: shared by the tests of regression runs."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

PAGES = {
    "100-harbour.md": """---
title: Storm shuts the harbour of Brackwater
outlet: Fjord Courier
published: 2021-05-04
---

Brackwater's harbour master, Odile Gran-Berg, closed the port on Tuesday after a storm broke its largest crane.

Two ferries were sent on to Lunde, she said.
""",
    "200-lake.md": """---
title: Lake museum opens
outlet: Fjord Courier
published: 2020-06-10
---

A museum of wooden boats opened beside Lake Sorrel, with 34 boats on show.
""",
}
ASKED = """# asked of two pages
questions:
  - {id: master, question: "who is the harbour master of Brackwater?", answers: [Gran-Berg], sources: ["100"],
     kind: who}
  - {id: boats, turns: ["what opened beside Lake Sorrel?", "how many boats does it show?"], answers: ["34"],
     sources: ["Lake museum"], kind: how-many}
  - {id: chess, question: "who won the chess title in Moravia?", refuse: true, kind: unanswerable}
"""


def write_pages(folder: Path, pages: Mapping[str, str]) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in pages.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def write(folder: Path, text: str, name: str = "asked.yaml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path
