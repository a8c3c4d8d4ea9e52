"""A run as JUnit XML, the form that CI servers show: a test suite a run, a test case a question."""

from __future__ import annotations

import re
from xml.etree import ElementTree

from rag.report_table import expected, got
from rag.runreport import Outcome, Report

# What XML 1.0 has no way to write.
UNWRITABLE = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def junit(report: Report) -> str:
    """The document, as text in UTF-8 with its declaration."""
    counts = {
        "tests": len(report.outcomes) + len(report.skipped),
        "failures": len(report.failures) - len(report.errors),
        "errors": len(report.errors),
        "skipped": len(report.skipped),
    }
    attributes: dict[str, str] = {name: str(count) for name, count in counts.items()}
    suite = ElementTree.Element(
        "testsuite",
        attributes
        | {
            "name": _clean(report.run.file),
            "timestamp": report.run.started[:19],
            "time": f"{report.seconds:.3f}",
        },
    )
    for outcome in report.outcomes:
        _case(suite, outcome)
    for skipped in report.skipped:
        case = _named(suite, skipped.question.id, skipped.question.kind, 0.0)
        ElementTree.SubElement(case, "skipped", message=_clean(skipped.why))
    root = ElementTree.Element("testsuites", attributes)
    root.append(suite)
    ElementTree.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(root, encoding="unicode") + "\n"


def _named(suite: ElementTree.Element, id_: str, kind: str, ms: float) -> ElementTree.Element:
    return ElementTree.SubElement(
        suite, "testcase", classname=_clean(f"dateline.{kind}"), name=_clean(id_), time=f"{ms / 1000:.3f}"
    )


def _case(suite: ElementTree.Element, outcome: Outcome) -> None:
    case = _named(suite, outcome.question.id, outcome.question.kind, sum(t.ms for t in outcome.trials))
    blamed = outcome.shown.blame
    if blamed is None:
        return
    tag = "error" if blamed.stage == "error" else "failure"
    found = ElementTree.SubElement(
        case, tag, type=blamed.stage, message=_clean(f"{blamed.stage}: {blamed.why}")
    )
    asked = " → ".join(outcome.question.turns)
    found.text = _clean(f"\nasked: {asked}\nexpected: {expected(outcome)}\ngot: {got(outcome)}\n")


def _clean(words: str) -> str:
    return UNWRITABLE.sub("\ufffd", words)
