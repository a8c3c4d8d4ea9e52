"""Files of questions: what may stand in them, and the line that says what is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from rag.errors import DatelineError
from rag.measures import MEASURES
from rag.question_form import QuestionsError, schema
from rag.questions import Question, Tolerance, digest_of, load_questions, select

REPO = Path(__file__).resolve().parent.parent


def write(folder: Path, text: str) -> Path:
    path = folder / "asked.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_load_reads_every_key(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        """
questions:
- {id: a, question: "who?", answers: [Odile, Berg], min_answers: 2, sources: ["100"], kind: who, as_of: 2024-03-01,
   earlier: [Lund], corpus: news, must_not: [Moe], quote: harbour, note: seen}
- {id: b, turns: ["who?", "and before?"], answers_all: [Odile, Lund]}
- {id: c, question: "why?", refuse: true, skip: not yet, draft: true}
floors: {right: 0.5}
tolerance: {flips: 2, drop: 0.1}
""",
    )
    file = load_questions(path)
    a, b, c = file.questions
    assert (file.floors, file.tolerance) == ({"right": 0.5}, Tolerance(flips=2, drop=0.1))
    assert a == Question(
        id="a",
        turns=("who?",),
        answers=("Odile", "Berg"),
        min_answers=2,
        sources=("100",),
        kind="who",
        as_of="2024-03-01",
        earlier=("Lund",),
        corpus="news",
        must_not=("Moe",),
        quote=("harbour",),
        note="seen",
    )
    assert b == Question(id="b", turns=("who?", "and before?"), answers_all=("Odile", "Lund"))
    assert c == Question(id="c", turns=("why?",), refuse=True, skip="not yet", draft=True)
    assert [q.id for q in select([a, b, c], only=["who"])] == ["a"]
    assert [q.id for q in select([a, b, c], only=["b", "c"])] == ["b", "c"]
    assert [q.id for q in select([a, b, c], subset="news")] == ["a"]
    with pytest.raises(QuestionsError, match="'where'"):
        select([a, b, c], only=["a", "where"])


@pytest.mark.parametrize(
    "name", ["eval_questions.yaml", "benchmarks/tuning_questions.yaml", "benchmarks/tuning_folders.yaml"]
)
def test_the_project_s_own_files_load(name: str) -> None:
    questions = load_questions(REPO / name).questions
    assert len(questions) >= 60
    assert sum(question.refuse for question in questions) >= 15


ROW = '{id: a, question: "who?", answers: [Odile]}'


@pytest.mark.parametrize(
    ("text", "line", "named"),
    [
        ("", 1, "questions:"),
        ("questions: []", 1, "`questions` is empty"),
        ("- a\n- b", 1, "questions:"),
        ("# nothing\nfloors: {right: 1}", 2, "questions:"),
        ("questions:\n- {id: a, question: [", 2, "not YAML"),
        ("questions:\n- id: a\n  question: who\n  as_of: 2024-13-01\n  answers: [b]", 2, "'2024-13-01'"),
        ("questions:\n- id: a\n  question: who\n  as_of: soon\n  answers: [b]", 4, "'soon'"),
        (f"questions:\n- {ROW}\n- {ROW}", 3, "'a' stands there twice"),
        ("questions:\n- just words", 2, "question 1"),
        ("questions:\n- {question: who, answers: [b]}", 2, "question 1: has no `id`"),
        ("questions:\n- {id: 7, question: who, answers: [b]}", 2, "7"),
        ("questions:\n- id: a\n  question: who\n  answer: [b]", 4, "did you mean `answers`"),
        ("questions:\n- id: a\n  question: who\n  colour: [b]", 4, "known are id"),
        (f"questions:\n- {ROW}\nfloor: {{right: 1}}", 3, "did you mean `floors`"),
        (f"questions:\n- {ROW}\nfloors:\n  rigth: 1", 4, "did you mean `right`"),
        (f"questions:\n- {ROW}\nfloors:\n  right: 4", 4, "maximum of 1"),
        (f"questions:\n- {ROW}\ntolerance: {{flips: some}}", 3, "a whole number"),
        ("questions:\n- {id: a, answers: [b]}", 2, "turns"),
        ("questions:\n- {id: a, question: who, turns: [who], answers: [b]}", 2, "turns"),
        ("questions:\n- {id: a, turns: [], answers: [b]}", 2, "`turns` is empty"),
        ("questions:\n- {id: a, question: who}", 2, "refuse"),
        ("questions:\n- {id: a, question: who, answers: []}", 2, "`answers` is empty"),
        ("questions:\n- {id: a, question: who, answers: [b], refuse: true}", 2, "refuse"),
        ("questions:\n- {id: a, question: who, quote: b, refuse: true}", 2, "refuse"),
        ("questions:\n- {id: a, question: who, refuse: maybe}", 2, "'maybe'"),
        ("questions:\n- id: a\n  question: who\n  answers:\n  - b\n  - no", 6, "False"),
        ("questions:\n- {id: a, question: who, answers: [600]}", 2, "600"),
        ('questions:\n- {id: a, question: who, answers: ["—"]}', 2, "—"),
        ("questions:\n- {id: a, question: who, answers: [b], min_answers: 2}", 2, "min_answers"),
        ("questions:\n- {id: a, question: who, answers_all: [b], min_answers: 2}", 2, "min_answers"),
        ("questions:\n- {id: a, question: who, answers: [b], as_of: 2024}", 2, "2024"),
        (
            "questions:\n- id: a\n  question: who\n  question: what\n  answers: [b]",
            4,
            "`question` stands twice",
        ),
        ("questions: &all\n- *all", 1, "lists within lists"),
        ("? [a]\n: b", 1, "a key has to be one word"),
    ],
)
def test_load_says_what_is_wrong_in_one_line(tmp_path: Path, text: str, line: int, named: str) -> None:
    path = write(tmp_path, text)
    with pytest.raises(QuestionsError) as caught:
        load_questions(path)
    assert str(caught.value).startswith(f"{path}, line {line}: ")
    assert named in str(caught.value)
    assert "\n" not in str(caught.value)


def test_load_of_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(QuestionsError, match="absent"):
        load_questions(tmp_path / "absent.yaml")
    (tmp_path / "latin.yaml").write_bytes(b"questions: [\xe9]")
    with pytest.raises(QuestionsError, match=r"latin\.yaml"):
        load_questions(tmp_path / "latin.yaml")
    assert issubclass(QuestionsError, DatelineError)


def test_the_schema_is_one_and_knows_the_figures() -> None:
    Draft202012Validator.check_schema(schema())
    floors = schema()["properties"]["floors"]["propertyNames"]["enum"]
    assert floors == [measure.name for measure in MEASURES]


def test_every_key_is_explained() -> None:
    keys = schema()["$defs"]["question"]["properties"]
    assert all(key["description"] for key in keys.values())
    assert {"question", *keys} == {"question", *Question.__dataclass_fields__}


def test_digests_tell_what_is_asked_and_judged() -> None:
    one = Question("a", ("who?",), ("Odile",), kind="who", note="seen")
    again = Question("a", ("who?",), ("Odile",), kind="name")
    other = Question("a", ("who?",), ("Berg",))
    assert one.digest == again.digest != other.digest
    assert digest_of([one, Question("b", ("why?",), ("x",))]) == digest_of(
        [Question("b", ("why?",), ("x",)), again]
    )
