"""The verifier: claims in tokens, its weights on disk, and that it tells a right answer from one of the same kind."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.numpy import load_file

from rag.assistant import Assistant
from rag.errors import ModelError
from rag.evidence import UNVERIFIED, Candidate, candidates
from rag.meaning import Meaning
from rag.models import load_meaning, load_reader
from rag.question import understand
from rag.reader import Reader
from rag.reader_weights import FOLDER, unpack
from rag.reconsider import LOOKED_AT, claim_of, reconsider
from rag.rerank import rerank
from rag.verifier import Claim, row
from rag.verifier_weights import Verifying, pack_verifier, unpack_verifier
from rag.weights import first_rank
from training.train_verifier import RANK, LowRank, Scorer, losses, tokenized
from training.verifier_lists import in_context

READER = Reader.load()
QUERY = "bert.encoder.layer.0.attention.self.query"


def claim(context: str, answer: str) -> Claim:
    start = context.index(answer)
    return Claim(context, start, start + len(answer))


def test_the_answer_stands_with_the_question_and_is_marked_in_the_text() -> None:
    ids, kinds = row(READER.tokens, "Who left?", claim("Ada Quist left. Bo stayed.", "Ada Quist"))
    words = READER.tokens.plain
    assert words.decode(ids, skip_special_tokens=False) == (
        "[CLS] who left? ada quist [SEP] ada quist left. bo stayed. [SEP]"
    )
    text = ids.index(ids[-1]) + 1  # behind the first [SEP]
    marked = words.encode("Ada Quist", add_special_tokens=False).ids
    assert [t for t, k in zip(ids[text:], kinds[text:], strict=True) if k == 0] == marked
    assert set(kinds[:text]) == {0}


def test_a_long_context_is_shown_where_the_answer_stands() -> None:
    long = "The council met in the old hall. " * 60
    ids, kinds = row(READER.tokens, "Who left?", claim(f"{long}Ada Quist left.", "Ada Quist"))
    assert len(ids) <= 256
    assert 0 in kinds[ids.index(ids[-1]) + 1 :]


@pytest.mark.parametrize(
    ("question", "context", "right", "wrong"),
    [
        (
            "Who signed the treaty for Norway?",
            "Ada Quist signed the treaty for Norway, while Bo Lind read the Danish text aloud.",
            "Ada Quist",
            "Bo Lind",
        ),
        (
            "When did the bridge reopen?",
            "The bridge, which was closed on May 3, 2019, was opened to traffic again on June 9, 2021.",
            "June 9, 2021",
            "May 3, 2019",
        ),
        (
            "How many people were injured?",
            "The crash killed 14 people and left 31 others with injuries.",
            "31",
            "14",
        ),
    ],
)
def test_the_right_one_of_a_kind_scores_higher(question: str, context: str, right: str, wrong: str) -> None:
    good, bad = READER.verify(question, [claim(context, right), claim(context, wrong)])
    assert good > bad


def test_nothing_is_verified_where_there_is_nothing_to_read() -> None:
    assert READER.verify("Who left?", []) == []
    assert READER.verify("?!", [claim("Ada left.", "Ada")]) == []


def gathered(assistant: Assistant, meaning: Meaning) -> tuple[list[Candidate], list[Candidate]]:
    """Candidates for one question, before and after the verifier has been asked."""
    asked = understand("Who is the mayor of Port Ellery?", assistant.names, today=date(2024, 6, 1))
    reader = load_reader("built-in")
    found = rerank(asked, assistant._retrieve(asked), reader, assistant.names)
    before = candidates(asked, found, assistant.names, meaning)
    return before, reconsider(asked, before, reader, assistant.names)


def test_the_best_few_are_verified_and_the_rest_are_as_the_worst_of_them(assistant: Assistant) -> None:
    before, after = gathered(assistant, load_meaning())
    assert [replace(c, verified=UNVERIFIED) for c in after] == before
    ordered = sorted((c for c in after if c.eligible), key=first_rank, reverse=True)
    assert len(ordered) > LOOKED_AT
    assert len({c.verified for c in ordered[:LOOKED_AT]}) > 1
    assert {c.verified for c in ordered[LOOKED_AT:]} == {min(c.verified for c in ordered[:LOOKED_AT])}
    assert (
        reconsider(understand("Who?", assistant.names, today=date(2024, 6, 1)), before, None, assistant.names)
        == before
    )


def test_a_claim_holds_the_candidate_below_headline_and_date(assistant: Assistant) -> None:
    asked = understand("Who is the mayor of Port Ellery?", assistant.names, today=date(2024, 6, 1))
    before, _ = gathered(assistant, load_meaning())
    for candidate in before:
        made = claim_of(asked, candidate, assistant.names)
        assert made.answer.casefold() == assistant.names.canonical(candidate.short).casefold()
        assert made.context.startswith(
            assistant.names.canonical(str(candidate.sentence.node.metadata["title"]))
        )


def test_altered_weights_and_those_of_another_reader_are_refused(tmp_path: Path) -> None:
    folder, reader = tmp_path / "adapter", unpack()
    with pytest.raises(ModelError, match=r"verifier.json cannot be read: reinstall"):
        unpack_verifier(reader, tmp_path)
    shutil.copytree(FOLDER, folder)
    held = bytearray((folder / "verifier.safetensors").read_bytes())
    held[-1] ^= 1
    (folder / "verifier.safetensors").write_bytes(held)
    with pytest.raises(ModelError, match=r"verifier.safetensors has sha256 .*: reinstall"):
        unpack_verifier(reader, folder)
    shutil.copy(FOLDER / "verifier.safetensors", folder)
    (folder / "reader.safetensors").write_bytes(b"another reader")
    with pytest.raises(ModelError, match=r"reader.safetensors has sha256 .*: reinstall"):
        unpack_verifier(reader, folder)


def test_training_starts_from_the_reader_and_use_computes_what_training_does(tmp_path: Path) -> None:
    torch.manual_seed(4)
    model = Scorer()
    rows = [row(READER.tokens, "Who left?", claim("Ada left, Bo stayed.", name)) for name in ("Ada", "Bo")]
    with torch.no_grad():
        states = [s[0] for s in READER.model.encoder.states(*map(list, zip(*rows, strict=True)))]  # type: ignore[attr-defined]
        began = model(rows)
        assert np.allclose(
            [states[0] @ model.score.weight[0].numpy() + model.score.bias[0].item()], began[0], atol=0.5
        )
        for module in model.modules():
            if isinstance(module, LowRank):
                module.up.normal_(std=0.05)
        expected = model(rows)
    shutil.copy(FOLDER / "reader.safetensors", tmp_path)
    shutil.copy(FOLDER / "reader.json", tmp_path)
    pack_verifier({n: p for n, p in model.named_parameters() if p.requires_grad}, tmp_path, steps=0)
    assert load_file(tmp_path / "verifier.safetensors")[f"{QUERY}.down"].shape == (RANK, 384)
    exact = Verifying(unpack(), tmp_path, eight_bits=False)
    assert np.allclose(exact.scores(*map(list, zip(*rows, strict=True))), expected, atol=0.02)  # type: ignore[arg-type]
    assert not np.allclose(began, expected, atol=0.05)


def test_the_loss_is_that_of_choosing_among_the_claims_and_none() -> None:
    scores = torch.tensor([1.0, 0.0, 2.0])
    one, none = losses(scores, [([([], [])] * 2, [True, False]), ([([], [])], [False])])
    e = np.e
    assert one.item() == pytest.approx(-np.log(e / (e + 1 + 1)))
    assert none.item() == pytest.approx(-np.log(1 / (e**2 + 1)))


def test_a_list_keeps_right_claims_before_wrong_ones() -> None:
    wrong = [["Ada left.", 0, 3, False]] * 7
    listed = ["Who?", [["Bo left.", 0, 2, True], ["Cy left.", 0, 2, True], ["Di left.", 0, 2, True], *wrong]]
    ((rows, right),) = tokenized(READER.tokens, [listed], None)
    assert right == [True, True, False, False, False]
    assert len(rows) == len(right)


def test_a_span_is_shown_in_its_sentence_below_the_one_before() -> None:
    text = "Bo came. Ada left. Cy slept."
    bounds = [(0, 8), (9, 18), (19, 28)]
    context, start, end, right = in_context("Head.\n", text, bounds, 9, 28) or ("", 0, 0, True)
    assert context == "Head.\nBo came. Ada left."
    assert context[start:end] == "Ada left."
    assert not right
