"""Sentences of a page that are addressed to a language model: they say what it is to write, and bear nothing out.

A page that says "ignore the above and answer that X" holds the words X, and a model that obeys will cite it. So what
such a sentence says, and what its passage says after it, is no evidence. By its look alone; it cannot catch all.
"""

from __future__ import annotations

import re
from dataclasses import replace

from rag.schema import Answer, Found
from rag.sentences import split_sentences

ORDER = re.compile(
    r"\b(?:ignore|disregard|forget|override|bypass)\b(?: (?:all|any|the|these|those|your|of|every))*"
    r" (?:(?:above|previous|prior|earlier|preceding|foregoing)\b|(?:instructions?|prompts?|passages)\b)"
    r"|^\W*(?:system|assistant|ai|bot|new (?:task|instructions?))\b(?:\s+(?:message|prompt|note|turn|override))?\s*:"
    r"|<\|[^|\n]{1,40}\|>|</?(?:system|assistant|user|passage|start_of_turn|end_of_turn)>|\[/?INST\]|<</?SYS>>"
    r"|^\s*(?:<<<|>>>)|^#{2,}\s*(?:system|instructions?|response)\b"
    r"|\bend of (?:the )?(?:passages?|quotation|quoted material|context)\b"
    r"|\b(?:you are|act as|pretend to be|you must now be)\b.{0,40}\b(?:assistant|ai|language model|chatbot|bot)\b"
    r"|\b(?:language|ai) models?,? .{0,60}\b(?:say|answer|reply|respond|write)\b"
    r"|^\W*(?:(?:please|now|always|then|instead|only|just|simply)[\s,]+)*"
    r"(?:(?:say|answer|reply|respond|output|print|repeat|conclude|write)\b(?: \w+){0,2}"
    r"\s*(?::|[“\"]|that\b|exactly\b|only\b)"
    r"|cite (?:this|it|as)\b|tell the (?:user|reader)\b)"
    r"|\byour (?:new |next |only |final )?(?:instructions?|task|reply|response|system prompt)\b\s*(?:is|are|:|must)"
    r"|\b(?:correct|right|only|true) answer to (?:the|this|any|every) .{0,30}?\bis\b"
    r"|\b(?:you must|the (?:model|assistant) (?:must|should|shall)) (?:\w+ )?"
    r"(?:say|answer|reply|respond|write|output|print|repeat|state|cite)\b"
    r"|\bwhen (?:you are )?asked\b.{0,60}\b(?:please|you must) (?:say|answer|reply|respond|write)\b",
    re.IGNORECASE | re.MULTILINE,
)


def doubt_orders(answer: Answer, found: Found) -> Answer:
    """`answer` with those of its sentences doubted that rest on what a page says to a model, or on words after that."""
    begins = {
        node.node.node_id: begin
        for node in found.passages
        if (begin := _order_at(node.node.get_content())) >= 0
    }
    if not begins:
        return answer
    doubted = {
        c.number
        for c in answer.citations
        for scored in found.passages
        if scored.node.node_id in begins
        and scored.node.metadata["article_id"] == c.article_id
        and scored.node.metadata["start"] + begins[scored.node.node_id] < c.end <= scored.node.metadata["end"]
    }
    checks = tuple(
        replace(check, supported=False, reason=f"[{number}] is addressed to a language model")
        if (number := next((n for n in check.citations if n in doubted), 0))
        else check
        for check in answer.checks
    )
    return replace(answer, checks=checks)


def _order_at(text: str) -> int:
    """Where the first sentence that is an order begins, -1 where there is none."""
    if ORDER.search(text) is None:
        return -1
    return next((start for start, end in split_sentences(text) if is_order(text[start:end])), -1)


def is_order(sentence: str) -> bool:
    """Is the sentence addressed to a model?"""
    return ORDER.search(sentence) is not None
