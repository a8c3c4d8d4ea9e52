"""Passages are exact, whole sentences within the budget, with stable ids."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st
from llama_index.core.schema import MetadataMode

from rag.passages import cut_passages
from rag.schema import PASSAGE_KEYS, Article
from rag.sentences import split_sentences

PARAGRAPH = "The ferry left at dawn with forty people. It reached the island before noon. Nobody was hurt."


def article(text: str) -> Article:
    return Article(
        id="a1",
        path="ferry.txt",
        position=0,
        title="Ferry sails",
        text=text,
        outlet="Harbour Post",
        published="2021-05",
    )


def count(text: str) -> int:
    return len(text.split())


def test_a_passage_carries_its_article_and_its_exact_span() -> None:
    source = article("\n\n".join([PARAGRAPH] * 6))
    nodes = cut_passages(source, count, 20)
    for node in nodes:
        assert set(node.metadata) == set(PASSAGE_KEYS)
        assert node.text == source.text[node.metadata["start"] : node.metadata["end"]]
        assert count(node.text) <= 20
    assert [node.metadata["start"] for node in nodes] == sorted(node.metadata["start"] for node in nodes)


def test_passages_end_with_whole_sentences() -> None:
    source = article("\n\n".join([PARAGRAPH] * 4))
    ends = {end for _, end in split_sentences(source.text)}
    assert {node.metadata["end"] for node in cut_passages(source, count, 20)} <= ends


def test_short_paragraphs_share_a_passage() -> None:
    assert len(cut_passages(article("One came.\n\nTwo left.\n\nThree stayed."), count, 50)) == 1


def test_a_reader_of_the_node_sees_title_outlet_and_date_only() -> None:
    node = cut_passages(article(PARAGRAPH), count, 50)[0]
    shown = node.get_content(metadata_mode=MetadataMode.LLM)
    assert "Ferry sails" in shown
    assert "Harbour Post" in shown
    assert "2021-05" in shown
    assert "ferry.txt" not in shown
    assert "article_id" not in shown


def test_ids_are_stable_and_differ_by_article_and_text() -> None:
    ids = [node.node_id for node in cut_passages(article(PARAGRAPH), count, 8)]
    assert ids == [node.node_id for node in cut_passages(article(PARAGRAPH), count, 8)]
    assert len(set(ids)) == len(ids) == 3
    changed = replace(article(PARAGRAPH.replace("dawn", "dusk")), id="a2")
    assert not set(ids) & {node.node_id for node in cut_passages(changed, count, 8)}


def test_an_endless_sentence_is_cut_between_words() -> None:
    source = article("word " * 100 + "end.")
    nodes = cut_passages(source, count, 16)
    assert all(count(node.text) <= 16 for node in nodes)
    assert " ".join(node.text for node in nodes).split() == source.text.split()


def test_framing_tokens_are_counted_once_a_passage() -> None:
    nodes = cut_passages(article(PARAGRAPH), lambda text: count(text) + 2, 22)
    assert len(nodes) == 1
    assert count(nodes[0].text) + 2 <= 22


@given(st.text(alphabet="ab .!\nC。", min_size=1, max_size=300), st.integers(3, 30))
def test_no_text_is_lost_and_offsets_hold(text: str, budget: int) -> None:
    source = article(text)
    nodes = cut_passages(source, len, budget)
    covered = bytearray(len(text))
    for node in nodes:
        start, end = node.metadata["start"], node.metadata["end"]
        assert node.text == text[start:end]
        assert node.text == node.text.strip()
        assert not any(covered[start:end])
        covered[start:end] = b"\x01" * (end - start)
    assert all(covered[i] or character.isspace() for i, character in enumerate(text))
