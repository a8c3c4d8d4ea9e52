"""Answers that a model writes, through the real client over HTTP, against a stand-in for Ollama's server."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from served import served
from stand_in import Script

from rag.assistant import Assistant
from rag.prompts import REFUSAL
from rag.schema import Answer
from rag.words import fold

WHO = "Who is the mayor of Port Ellery?"
TRUE = "The mayor of Port Ellery is Joss Herrin [{n}]. "
TRUE += "He opened the new fish market, which has room for 40 stalls [{n}]."
Ask = Callable[[str], Answer]


def writes(text: str) -> Callable[[list[dict[str, str]]], str]:
    """A reply in which {n} is the number of the passage that names Joss Herrin."""

    def reply(messages: list[dict[str, str]]) -> str:
        passages = messages[-1]["content"].split("<<< passage ")[1:]
        number = next((p.split(",")[0] for p in passages if "Joss Herrin" in p), "0")
        return text.replace("{n}", number)

    return reply


def test_a_model_writes_and_each_sentence_is_cited_to_the_words(assistant: Assistant) -> None:
    script = Script(reply=writes(TRUE))
    with served(assistant, script) as asked:
        *pieces, told = asked.stream(WHO)
    assert isinstance(told, Answer)
    assert "".join(map(str, pieces)) == told.text
    assert len(pieces) > 5
    assert told.answerer == "tiny-instruct:1b"
    assert [c.verdict for c in told.checks] == ["supported", "supported"]
    for citation in told.citations:
        text = assistant.article(citation.article_id).text
        assert text[citation.start : citation.end] == citation.quote
    assert [c.quote for c in told.citations] == [
        "The mayor of Port Ellery, Joss Herrin, opened the new fish market on Saturday.",
        "It has room for 40 stalls.",
    ]
    assert told.as_of == "2024-01-20"
    assert told.to_dict()["checks"][0]["verdict"] == "supported"


def test_what_is_sent(assistant: Assistant) -> None:
    script = Script(reply=writes(TRUE))
    with served(assistant, script, num_ctx=4096, keep_alive="1m", max_answer_tokens=200) as asked:
        asked.ask(WHO)
    (chat,) = script.chats
    assert chat["stream"] is True
    assert chat["keep_alive"] == "1m"
    assert chat["options"]["num_ctx"] == 4096
    assert chat["options"]["num_predict"] == 200
    assert chat["options"]["temperature"] == 0
    system, user = chat["messages"]
    assert (system["role"], user["role"]) == ("system", "user")
    assert REFUSAL in system["content"]
    assert user["content"].endswith(f"The question: {WHO}")
    # Newest first, since the question is about now.
    assert user["content"].index("20 January 2024") < user["content"].index("10 February 2020")
    assert (
        "title: Mayor of Port Ellery opens the fish market\noutlet: Ellery Post\ndate: 20 January 2024"
        in user["content"]
    )


def test_what_is_not_borne_out_is_marked(assistant: Assistant) -> None:
    text = TRUE + " He was born in 1971 [{n}]. He is loved by cats."
    with served(assistant, Script(reply=writes(text))) as asked:
        told = asked.ask(WHO)
    assert [c.verdict for c in told.checks] == ["supported", "supported", "unsupported", "unsupported"]
    assert "'1971' is not in [" in told.checks[2].reason
    assert told.checks[3].reason == "no citation"
    assert told.answerer == "tiny-instruct:1b"


def test_where_nothing_is_borne_out_the_reader_answers(assistant: Assistant, ask: Ask) -> None:
    with served(assistant, Script(reply=writes("Salim Ott rules all of Bolivia since 1801 [{n}]."))) as asked:
        told = asked.ask(WHO)
    assert (told.text, told.short) == (ask(WHO).text, "Joss Herrin")
    assert told.answerer == "built-in reader"
    assert "wrote nothing that the articles bear out" in told.notes[0]
    assert told.aside == "Salim Ott rules all of Bolivia since 1801."


def test_the_refusal_is_one_phrase(assistant: Assistant) -> None:
    with served(assistant, Script(reply=writes(REFUSAL))) as asked:
        told = asked.ask(WHO)
    assert told.refused
    assert told.text.startswith(REFUSAL)
    assert told.nearest
    assert not told.checks


def test_thoughts_are_neither_shown_nor_read(assistant: Assistant) -> None:
    thoughts = "<think>Maybe Salim Ott [1]? Or [2]...</think>"
    with served(assistant, Script(reply=writes(thoughts + TRUE))) as asked:
        *pieces, told = asked.stream(WHO)
    assert isinstance(told, Answer)
    assert "Salim" not in "".join(map(str, pieces)) + told.text + told.aside
    assert len(told.checks) == 2


def test_marks_that_name_no_passage_are_dropped_and_counted(assistant: Assistant) -> None:
    with served(
        assistant, Script(reply=writes("The mayor of Port Ellery is Joss Herrin [{n}][99]."))
    ) as asked:
        told = asked.ask(WHO)
    assert told.text == "The mayor of Port Ellery is Joss Herrin [1]."
    assert told.notes == ("1 citation mark named no passage and was dropped.",)


def test_a_clear_sentence_without_a_mark_gets_one(assistant: Assistant) -> None:
    with served(
        assistant, Script(reply=writes("Joss Herrin opened the new fish market on Saturday."))
    ) as asked:
        told = asked.ask(WHO)
    assert told.text == "Joss Herrin opened the new fish market on Saturday. [1]"
    assert told.checks[0].citations == (1,)
    assert told.checks[0].supported


FAILURES = [
    ("404", {}, "`ollama pull tiny-instruct:1b`", False),
    ("500", {}, "see its log", False),
    ("hang", {"first_token_seconds": 0.3}, "raise first_token_seconds", False),
    ("drip", {"between_tokens_seconds": 0.3}, "raise between_tokens_seconds", True),
    ("die", {}, "`ollama serve`", True),
    ("close", {}, "broke off in the middle", True),
    ("json", {}, "does not speak Ollama's language", True),
    ("shape", {}, "does not speak Ollama's language", True),
    ("error", {}, "choose a smaller model", True),
    ("endless", {"max_answer_tokens": 64}, "was cut off", True),
    ("length", {}, "was cut off", True),
]


@pytest.mark.parametrize(("fail", "settings", "remedy", "part"), FAILURES, ids=[f[0] for f in FAILURES])
def test_whatever_the_server_does_there_is_an_answer(
    assistant: Assistant, ask: Ask, fail: str, settings: dict[str, Any], remedy: str, part: bool
) -> None:
    script = Script(reply=writes(TRUE), fail=fail, keep=8)
    with served(assistant, script, **settings) as asked:
        told = asked.ask(WHO)
    assert (told.text, told.citations, told.answerer) == (
        ask(WHO).text,
        ask(WHO).citations,
        "built-in reader",
    )
    (note,) = told.notes
    assert remedy in note
    assert "\n" not in note
    assert note.endswith("The built-in reader answers.")
    assert bool(told.aside) == part
    assert fold(told.aside[:20]) in fold(TRUE)


def test_an_absent_server_costs_nothing_and_is_told_where_it_was_named(
    assistant: Assistant, ask: Ask
) -> None:
    with served(assistant, Script()) as gone:
        pass
    gone.finder.forget()
    told = gone.ask(WHO)
    assert told.text == ask(WHO).text
    absent = f"No model server answers at http://{gone.config.ollama_host}: start it with `ollama serve`."
    assert told.notes == (f"{absent} The built-in reader answers.",)


def test_a_model_that_is_not_there_is_named_with_its_remedy(assistant: Assistant) -> None:
    with served(assistant, Script()) as asked:
        assert asked.ask(WHO, llm="big:70b").notes[0].endswith("`dateline models pull big:70b`.")
        assert asked.ask(WHO, llm="none").notes == ()


@pytest.mark.parametrize("how", ["flag", "close"])
def test_stop_ends_the_request_at_the_server(assistant: Assistant, how: str) -> None:
    script = Script(reply=writes(TRUE), fail="drip", keep=8)
    stop = threading.Event()
    with served(assistant, script, between_tokens_seconds=60.0) as asked:
        stream = asked.stream(WHO, stop=stop)
        assert next(piece for piece in stream if piece)
        if how == "flag":
            stop.set()
            *_, told = stream
            assert isinstance(told, Answer)
            assert told.notes[0].startswith("Stopped before its end.")
            assert told.aside
        else:
            stream.close()  # type: ignore[attr-defined]
        assert script.gone.wait(10)


def test_a_stopped_answer_keeps_what_is_borne_out(assistant: Assistant) -> None:
    script = Script(
        reply=writes("The mayor of Port Ellery is Joss Herrin [{n}]. He opened " + "x " * 40),
        fail="drip",
        keep=26,
    )
    stop = threading.Event()
    with served(assistant, script, between_tokens_seconds=60.0) as asked:
        so_far, told = "", None
        for told in asked.stream(WHO, stop=stop):
            so_far += "" if isinstance(told, Answer) else told
            if "opened x" in so_far:
                stop.set()
    assert isinstance(told, Answer)
    assert told.text.startswith("The mayor of Port Ellery is Joss Herrin [1].")
    assert told.notes == ("Stopped before its end.",)
    assert told.checks[0].supported
    assert not told.checks[-1].supported


HISTORY = [
    {"role": "user", "content": "Who is the mayor of Port Ellery?"},
    {"role": "assistant", "content": "Joss Herrin [1]."},
]


def test_a_follow_up_is_made_whole_by_the_model(assistant: Assistant) -> None:
    def reply(messages: list[dict[str, str]]) -> str:
        if "stands by itself" in messages[0]["content"]:
            return "What did Joss Herrin, the mayor of Port Ellery, open?"
        return writes(TRUE)(messages)

    script = Script(reply=reply)
    with served(assistant, script) as asked:
        told = asked.ask("and what did he open?", history=HISTORY)
    assert told.query == "What did Joss Herrin, the mayor of Port Ellery, open?"
    rewriting, answering = script.chats
    assert (
        "Reader: Who is the mayor of Port Ellery?\nAnswer: Joss Herrin."
        in rewriting["messages"][1]["content"]
    )
    assert rewriting["options"]["num_ctx"] == answering["options"]["num_ctx"]
    assert answering["messages"][1]["content"].endswith(told.query)


@pytest.mark.parametrize(
    "written",
    [
        "", "Joss Herrin opened the fish market [1].", "What did Salim Ott open?", "A?\nB?", "x" * 400 + "?",
        "<think>hm</think>",
    ],
)  # fmt: skip
def test_a_model_that_does_not_rewrite_leaves_it_to_the_rule(assistant: Assistant, written: str) -> None:
    def reply(messages: list[dict[str, str]]) -> str:
        return written if "stands by itself" in messages[0]["content"] else REFUSAL

    by_rule = assistant.ask("and what did he open?", history=HISTORY).query
    with served(assistant, Script(reply=reply)) as asked:
        assert asked.ask("and what did he open?", history=HISTORY).query == by_rule


def test_a_server_that_fails_at_rewriting_is_asked_once(assistant: Assistant) -> None:
    script = Script(fail="500")
    with served(assistant, script) as asked:
        told = asked.ask("and what did he open?", history=HISTORY)
    assert len(script.chats) == 1
    assert "see its log" in told.notes[0]
    assert told.answerer == "built-in reader"


def test_relative_dates_are_made_absolute(assistant: Assistant) -> None:
    with served(assistant, Script(reply=writes(REFUSAL))) as asked:
        told = asked.ask("Who was mayor of Port Ellery last year?", as_of="2025-06-30")
    assert told.query == "Who was mayor of Port Ellery last year (2024)?"


def test_what_does_not_fit_the_window_is_left_out_and_told(assistant: Assistant) -> None:
    script = Script(reply=writes(TRUE))
    with served(assistant, script, num_ctx=1024, max_answer_tokens=200) as asked:
        told = asked.ask(WHO)
    shown = script.chats[0]["messages"][1]["content"].count("<<< passage ")
    assert any("did not fit the model's window" in note for note in told.notes)
    with served(assistant, Script(reply=writes(TRUE))) as roomy:
        assert not any("did not fit" in note for note in roomy.ask(WHO).notes)
    assert 1 <= shown < 10
    # Four characters a token, about: what was sent and the answer stay in the window.
    assert sum(len(m["content"]) for m in script.chats[0]["messages"]) / 4 + 200 < 1024


def test_an_openai_compatible_server_writes_too(assistant: Assistant) -> None:
    pytest.importorskip("llama_index.llms.openai_like", reason="the extra `openai` is not installed")
    script = Script(reply=writes(TRUE))
    with served(assistant, script) as asked:
        url = f"http://{asked.config.ollama_host}/v1"
        config = asked.config.with_changes(llm_url=url)
        other = Assistant(asked.corpus, asked.index, asked._known_names, config)
        other.finder.find(patience=30.0)
        told = other.ask(WHO)
        assert [c.verdict for c in told.checks] == ["supported", "supported"]
        script.fail = "500"
        assert "see its log" in other.ask(WHO).notes[0]


def test_without_its_package_an_openai_server_is_refused_in_one_line(
    assistant: Assistant, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "llama_index.llms.openai_like", None)
    with served(assistant, Script()) as asked:
        config = asked.config.with_changes(llm_url=f"http://{asked.config.ollama_host}/v1")
        other = Assistant(asked.corpus, asked.index, asked._known_names, config)
        other.finder.find(patience=30.0)
        told = other.ask(WHO)
    assert told.text == ask(WHO).text
    assert "pip install" in told.notes[0]
