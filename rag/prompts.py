"""Fixed words: what Dateline says when the articles do not answer, shared by code, tests and, later, prompts."""

from __future__ import annotations

import re

from rag.dates import say
from rag.schema import Searched

REFUSAL = "The articles do not say."
MARK = re.compile(r"\[(\d{1,3})\]")  # the form of a citation in a text


def refusal(searched: Searched) -> str:
    """The refusal phrase and what was searched: "The articles do not say. Searched 11 articles, from … to …."."""
    if not searched.articles:
        return f"{REFUSAL} There was no article to search."
    count = f"{searched.articles} article{'s' if searched.articles != 1 else ''}"
    if not searched.newest:
        return f"{REFUSAL} Searched {count}, none of them dated."
    if searched.oldest == searched.newest:
        return f"{REFUSAL} Searched {count}, of {say(searched.newest)}."
    return f"{REFUSAL} Searched {count}, from {say(searched.oldest)} to {say(searched.newest)}."
