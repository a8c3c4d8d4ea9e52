"""One thing, many spellings: countries, capitals, acronyms, aliases, and people written in many ways."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.errors import DatelineError
from rag.names import Names, mine_acronyms
from rag.words import fold

NAMES = Names.load()
SPELLINGS = [
    "DPRK", "North Korea", "N. Korea", "ROK", "South Korea", "Republic of Korea", "UAE", "United Arab Emirates",
    "the US", "Côte d'Ivoire", "Ivory Coast", "Montevideo", "in Montevideo", "Uruguayan", "Czechia", "Great Britain",
]  # fmt: skip
pieces = st.one_of(
    st.sampled_from(SPELLINGS), st.text(max_size=12), st.sampled_from(["said", "in", ", ", ". ", "-", "us"])
)
texts = st.lists(pieces, max_size=8).map(" ".join)
parts = st.text("abcdeghikmnorstuvzáéñöç", min_size=2, max_size=7).filter(lambda s: fold(s) != "")
people = st.lists(parts.map(str.capitalize), min_size=2, max_size=4)


def spellings_of(words: list[str]) -> st.SearchStrategy[str]:
    """A name of these words with other joints, case and accents."""
    last = " ".join(words[:-1]) + " "
    joined = st.sampled_from([" ".join(words), "-".join(words), last + words[-1], "".join(words)])
    plain = joined.map(
        lambda s: "".join(c for c in unicodedata.normalize("NFKD", s) if not unicodedata.combining(c))
    )
    return st.one_of(joined, plain, joined.map(str.upper), plain.map(str.lower))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("DPRK", "North Korea"),
        ("N. Korea", "Democratic People's Republic of Korea"),
        ("ROK", "South Korea"),
        ("Seoul", "South Korea"),
        ("UAE", "United Arab Emirates"),
        ("Cote d'Ivoire", "Ivory Coast"),
        ("Timor-Leste", "East Timor"),
        ("UK", "United Kingdom"),
        ("British", "Great Britain"),
        ("Türkiye", "Turkey"),
        ("Uzbek", "Uzbekistan"),
        ("Kazakhs", "Kazakhstan"),
        ("Philippine", "Philippines"),
        ("Argentine", "Argentina"),
    ],
)
def test_spellings_of_a_country_are_one_entity_without_any_file(one: str, other: str) -> None:
    assert len(NAMES.entities(one)) == 1
    assert NAMES.entities(one) == NAMES.entities(other)
    assert NAMES.same(one, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("North Korea", "South Korea"),
        ("DPRK", "ROK"),
        ("Republic of the Congo", "Democratic Republic of the Congo"),
        ("Guinea", "Guinea-Bissau"),
        ("Wales", "United Kingdom"),
    ],
)
def test_neighbours_in_spelling_stay_apart(one: str, other: str) -> None:
    assert NAMES.entities(one) != NAMES.entities(other)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("the DPRK envoy", "the North Korea envoy"),
        ("UK steel", "United Kingdom steel"),
        ("N. Korea and S. Korea", "North Korea and South Korea"),
        ("North Korean bread", "North Korean bread"),
        ("they told us so", "they told us so"),
        ("it are uae", "it are United Arab Emirates"),
        ("the us envoy", "the United States envoy"),
        ("The rat and the frog sat in the car.", "The rat and the frog sat in the car."),
        ("CAR troops", "Central African Republic troops"),
    ],
)
def test_canonical_replaces_other_spellings_and_leaves_the_rest(text: str, expected: str) -> None:
    assert NAMES.canonical(text) == expected


def test_a_capital_stands_for_its_state_unless_something_is_in_it() -> None:
    uruguay = NAMES.entities("Uruguay")
    assert NAMES.entities("Montevideo said no") == uruguay
    assert NAMES.entities("the talks in Montevideo") == frozenset()
    (mention,) = NAMES.mentions("the talks in Montevideo")
    assert mention.located
    assert {mention.entity} == uruguay


def test_keywords_give_each_spelling_the_same_token_and_join_hyphened_names() -> None:
    (token,) = NAMES.entities("Uruguay")
    for text in ("Uruguay voted", "Uruguayan votes", "Montevideo voted", "the vote in Montevideo"):
        assert token in NAMES.keywords(text).split()
    assert "suchol" in NAMES.keywords("a word from Su-chol").casefold().split()


@settings(max_examples=60, deadline=None)
@given(texts)
def test_mentions_are_in_order_and_apart_and_the_rest_of_the_text_is_kept(text: str) -> None:
    mentions = NAMES.mentions(text)
    bounds = [0, *(at for m in mentions for at in (m.start, m.end)), len(text)]
    assert bounds == sorted(bounds)
    assert all(m.start < m.end for m in mentions)
    rest = [text[a:b] for a, b in zip(bounds[::2], bounds[1::2], strict=True)]
    assert holds_in_order(NAMES.canonical(text), rest)
    assert holds_in_order(fold(NAMES.keywords(text)), fold(text).split())


def holds_in_order(text: str, parts: list[str]) -> bool:
    at = 0
    for part in parts:
        found = text.find(part, at)
        if found < 0:
            return False
        at = found + len(part)
    return True


@settings(max_examples=60, deadline=None)
@given(texts)
def test_canonical_names_what_the_text_named(text: str) -> None:
    assert NAMES.entities(NAMES.canonical(text)) >= NAMES.entities(text)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_a_persons_name_is_the_same_in_every_spelling(data: st.DataObject) -> None:
    words = data.draw(people)
    one, other = data.draw(spellings_of(words)), data.draw(spellings_of(words))
    assert NAMES.same(one, other)


@settings(max_examples=60, deadline=None)
@given(texts, texts)
def test_same_is_symmetric(one: str, other: str) -> None:
    assert NAMES.same(one, other) == NAMES.same(other, one)
    assert NAMES.same(one, one) == bool(fold(one))


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("Zoë Marín-Vega", "Zoe Marin Vega", True),
        ("Marín-Vega", "Zoë Marín-Vega", True),
        ("Bak Jun-seo", "Bak Junseo", True),
        ("Jun-seo Bak", "Jun-ho Bak", False),
        ("Bak Jun-seo", "Bak Jun-ho", False),
        ("Ada Quist", "Ada Quistgaard", False),
        ("", "Ada Quist", False),
        ("—", "—", False),
    ],
)
def test_people(one: str, other: str, expected: bool) -> None:
    assert NAMES.same(one, other) is expected


# ── the corpus's own names ───────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("the Ferry Safety Bureau (FSB) said", [("Ferry Safety Bureau", "FSB")]),
        ("The Ferry Safety Bureau (FSB) said", [("Ferry Safety Bureau", "FSB")]),
        ("Office of the Keeper of Lights (OKL)", [("Office of the Keeper of Lights", "OKL")]),
        ("On Monday Ellery Salt Union (ESU) met", [("Ellery Salt Union", "ESU")]),
        ("Ellery Salt Union (ABC) met", []),
        ("Sub- (AB) and Anna (AP)", []),
        ("", []),
    ],
)
def test_long_names_with_their_acronym_are_mined(text: str, expected: list[tuple[str, str]]) -> None:
    assert mine_acronyms(text) == expected


@settings(max_examples=100, deadline=None)
@given(
    st.lists(
        st.one_of(
            st.sampled_from(["Ferry", "Safety", "of", "the", "- ", "(FS)", "(", ")", "Red-Cross"]),
            st.text(max_size=5),
        )
    )
)
def test_mining_takes_any_text(parts: list[str]) -> None:
    text = " ".join(parts)
    for long, short in mine_acronyms(text):
        assert f"{long} ({short})" in " ".join(text.split()) or f"({short})" in text


def test_mined_acronyms_join_a_copy() -> None:
    more = NAMES.with_acronyms([("Ferry Safety Bureau", "FSB"), ("Czech Republic", "CZR")])
    assert more.same("FSB", "Ferry Safety Bureau")
    assert more.canonical("the FSB ship") == "the Ferry Safety Bureau ship"
    assert more.entities("CZR") == NAMES.entities("Czechia")
    assert not NAMES.same("FSB", "Ferry Safety Bureau")


def test_a_name_that_holds_a_country_does_not_become_it() -> None:
    more = NAMES.with_acronyms([("Uruguay Salt Union", "USU"), ("Salt Office of Cuba", "SOC")])
    assert more.same("USU", "Uruguay Salt Union")
    assert not more.entities("USU") & NAMES.entities("Uruguay")
    assert not more.entities("SOC") & NAMES.entities("Cuba")


def test_a_known_acronym_keeps_its_meaning() -> None:
    more = NAMES.with_acronyms([("Daily Postal Rates Kiosk", "DPRK"), ("Czech Republic", "ROK")])
    assert more.entities("DPRK") == NAMES.entities("North Korea")
    assert more.entities("ROK") == NAMES.entities("South Korea")
    assert not more.same("Daily Postal Rates Kiosk", "North Korea")


def test_aliases_join_spellings_and_change_the_fingerprint(tmp_path: Path) -> None:
    file = tmp_path / "aliases.yaml"
    file.write_text(
        "same:\n  - [Port Ellery, Elleryhavn]\n  - [Uruguay, Banda Oriental]\ncapitals: {Salt Hall: Uruguay}\n"
    )
    loaded = Names.load(file)
    assert loaded.canonical("a ship from Elleryhavn") == "a ship from Port Ellery"
    assert loaded.entities("Banda Oriental") == loaded.entities("Salt Hall") == NAMES.entities("Uruguay")
    assert loaded.fingerprint != NAMES.fingerprint
    assert NAMES.fingerprint == Names.load(tmp_path / "missing.yaml").fingerprint == Names.load().fingerprint


@pytest.mark.parametrize(
    "content",
    [
        "same: [unclosed",
        "- just\n- a list\n",
        "same: 7\n",
        "capitals: [a, b]\n",
        "a plain sentence",
        b"\xff\xfe\x00bad",
    ],
)
def test_an_aliases_file_of_another_form_is_one_line(tmp_path: Path, content: str | bytes) -> None:
    file = tmp_path / "aliases.yaml"
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(DatelineError) as caught:
        Names.load(file)
    message = str(caught.value)
    assert "\n" not in message
    assert str(file) in message


@settings(max_examples=60, deadline=None)
@given(st.text())
def test_folding_is_idempotent(text: str) -> None:
    assert fold(fold(text)) == fold(text)
