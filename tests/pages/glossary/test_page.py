"""The glossary: one entry for each sign and term, on a page of its own, and no link that leads to none."""

from __future__ import annotations

import re
from collections.abc import Iterator
from string import Template

import pytest
from starlette.testclient import TestClient

from app.engine import NETWORKS, OPS, Formula
from app.snapshot.glossary import ENTRIES, SIGNS, spoken, term_of
from app.snapshot.glossary_entries import GLOSSARY
from app.web.render import mathml, pieces, signs
from tests.browser.reading import Element, read
from tests.conftest import Lot

# What everyone reads: numbers, sums and differences, quotients, brackets, what is compared; and indices.
PLAIN = re.compile(r"[\s\d+−/()\[\]=>≥,.²√π]|[ᵢⱼₖ]")


def formulas() -> Iterator[Formula]:
    """Every formula that a row of the table of ops has."""
    for op in OPS.values():
        yield op.formula
        yield from (made.formula for made in op.made.values())
        for vjp in (rule for own in op.vjps.values() for rule in (own, own.general) if rule):
            yield vjp.formula
            yield from ([vjp.local.formula] if vjp.local else [])
            yield from (reason.formula for reason in vjp.derivation)


@pytest.fixture(scope="module")
def page(client: TestClient) -> Element:
    answer = client.get("/glossary")
    assert answer.status_code == 200
    return read(answer.text)


def test_every_sign_of_every_formula_of_every_op_has_an_entry() -> None:
    for formula in formulas():
        left = Template(formula.text).substitute(dict.fromkeys(Template(formula.text).get_identifiers(), " "))
        for sign in SIGNS:
            left = left.replace(sign, " ")
        assert PLAIN.sub("", left) == "", formula.text


def test_every_sign_of_a_formula_as_it_is_drawn_leads_to_an_entry() -> None:
    """A step's formula is drawn around its slots, and a line of a derivation whole."""
    steps = [rule for op in OPS.values() for rule in (op.formula, *(vjp.formula for vjp in op.vjps.values()))]
    cut = [signs(piece) for rule in steps for piece, _ in pieces(rule.latex)]
    cut += [signs(mathml(one.latex.replace("$", ""))) for one in formulas()]
    drawn = [(re.sub(r"<[^>]*>", "", markup), term) for parts in cut for markup, term in parts]
    assert [text for text, term in drawn if not term and term_of(text)] == []
    assert {"entrywise", "half", "norm", "sum", "indicator", "delta", "partial", "exp", "log", "dot"} <= {
        term for _, term in drawn
    }


def test_each_entry_has_a_name_and_sentences_and_stands_once(page: Element) -> None:
    assert sum(len(section.entries) for section in GLOSSARY) == len(ENTRIES)
    shown = {one["id"]: one for one in page.all("div", "entry")}
    assert list(shown) == list(ENTRIES)
    for term, entry in ENTRIES.items():
        assert entry.name in shown[term].all("dt")[0].text
        assert entry.says in shown[term].all("dd")[0].text
        assert all(one.text.endswith(".") and one.text[0].isupper() for one in shown[term].all("p")), term


def test_examples_are_those_of_the_first_network(page: Element) -> None:
    """By hand: x = (1, 0.5) and W = ((0.5, −0.2), (0.3, 0.4), (−0.1, 0.6)), all units active."""
    said = {one["id"]: one.all("p", "example")[0].text for one in page.all("div", "entry") if one.all("p", "example")}
    assert said["gradient"] == "In the first network, ∂L/∂x = (0.06, −0.02)."
    assert said["indicator"] == "In the first network, z = (0.40, 0.40, 0.20), so 𝟙[z > 0] = (1, 1, 1)."
    assert said["norm"] == "In the first network, h − y* = (0.20, −0.10, 0.10), so ‖h − y*‖² = 0.06."
    assert said["half"] == "In the first network, ½‖h − y*‖² = ½ · 0.06 = 0.03."
    assert said["transpose"] == "In the first network, W is 3×2, so Wᵀ is 2×3."
    assert "12 of its 18 entries are 0" in said["jacobian-avoided"]
    assert "saves 136 bytes, 48 of them" in said["saved"]
    assert set(said) <= set(ENTRIES)


@pytest.mark.parametrize(
    ("text", "term"),
    [
        ("∂L/∂x", "gradient"),
        ("∂L/∂L", "seed"),
        ("∂L/∂x via r", "contribution"),
        ("∂zₖ/∂xⱼ", "partial"),
        ("v", "upstream"),
        ("xᵀ", "transpose"),
        ("(h − y*)", "target"),
        ("h ⊙ (1 − h)", "entrywise"),
        ("b", ""),
        ("exp(", "exp"),
        ("0.20", ""),
    ],
)
def test_a_piece_finds_its_entry(text: str, term: str) -> None:
    assert term_of(text) == term


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("∂L/∂z = v ⊙ 𝟙[z > 0]", "∂L by ∂z = v entrywise times 1 where [z > 0]"),
        ("L = ½‖h − y*‖²", "L = one half the squared norm of (h − y*)"),
        ("∂L/∂x = Wᵀ v", "∂L by ∂x = W transposed v"),
        ("max(0, z)", "max(0, z)"),
        ("Σₖ vₖ δₖᵢ", "the sum over k of vₖ δₖᵢ"),
        ("v (σ(z) − y*)", "v (sigmoid(z) − y*)"),
    ],
)
def test_a_formula_is_said_in_words(text: str, said: str) -> None:
    assert spoken(text) == said


# Signs that a page of text may show; the dot between two links is none of them.
LOOKED_FOR = {sign: entry.id for sign, entry in SIGNS.items() if not sign.isascii() and entry.id != "dot"}
TERMS = {"gradient", "upstream", "transpose", "op"}


@pytest.mark.parametrize("address", ["/heads?unfused=1", "/chapter", "/networks", "/cost"])
def test_a_page_of_text_leads_to_what_its_signs_mean(client: TestClient, address: str) -> None:
    main = read(client.get(address).text).all("main")[0]
    line = main.by_id("terms")
    ids = {one["data-term"] for one in line.having("data-term")}
    assert ids >= TERMS
    assert line.having("href", "/glossary")
    outside = main.text.replace(line.text, "")
    assert outside != main.text
    assert {term for sign, term in LOOKED_FOR.items() if sign in outside} - {"half", "norm", "seed", "partial"} <= ids


@pytest.mark.parametrize("address", ["/cost", "/chapter", "/chapter/2"])
def test_what_a_multiply_add_is_stands_where_they_are_counted(client: TestClient, address: str) -> None:
    main = read(client.get(address).text).all("main")[0]
    assert re.search("[Mm]ultiply-add(?: is|:) one multiplication and one addition", main.text)


def terms(page: Element) -> set[str]:
    """The ids of the terms of a page; each leads to its entry."""
    for one in page.having("data-term"):
        place, _, entry = one["href"].partition("#")
        assert (place.partition("?")[0], entry) == ("/glossary", one["data-term"])
    return {one["data-term"] for one in page.having("data-term")}


def test_every_term_of_every_page_has_an_entry(client: TestClient, lot: Lot) -> None:
    """And in the step's card every sign of the formula in symbols is one."""
    for name in lot.some(NETWORKS, 4):
        for address in (f"/backward?network={name}&step=", f"/forward?network={name}&step="):
            for step in (1, 2, 3):
                for show in ("", "&show=why"):
                    page = read(client.get(f"{address}{step}{show}").text)
                    assert terms(page) <= set(ENTRIES), f"{address}{step}{show}"
    for address in ("/", "/heads", "/cost", "/chapter", "/networks", "/recall", "/backward?ask=W.2.1"):
        assert terms(read(client.get(address).text)) <= set(ENTRIES), address


@pytest.mark.parametrize(
    "address", ["/backward?x=2,1&step=3", "/backward?x=2,1&ask=z.1", "/forward?x=2,1", "/chapter?x=2,1"]
)
def test_a_term_takes_the_numbers_along(client: TestClient, address: str) -> None:
    found = read(client.get(address).text).having("data-term")
    assert found
    assert all(one["href"] == f"/glossary?x=2,1#{one['data-term']}" for one in found)


def test_the_card_explains_what_it_shows_in_symbols(client: TestClient) -> None:
    card = read(client.get("/backward?step=3").text).by_id("card")
    assert [one["data-term"] for one in card.all("span", "rung")[0].having("data-term")] == [
        "gradient",
        "upstream",
        "entrywise",
        "indicator",
    ]
    facts = [one["data-term"] for one in card.all("dl", "facts")[0].having("data-term")]
    assert facts == ["shape", "upstream", "saved", "cost", "jacobian-avoided", "convention"]
    loss = read(client.get("/forward?step=3").text).by_id("card").all("span", "rung")[0]
    assert [one["data-term"] for one in loss.having("data-term")] == ["half", "norm", "target", "norm"]
