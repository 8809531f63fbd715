"""Formulas as MathML that Chromium and Firefox draw alike."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from app.engine.networks import NETWORKS
from app.pages.contents import CONTENTS
from app.settings import TEMPLATES
from app.web.render import in_line, mathml, pieces
from tests.browser.reading import Element, read
from tests.conftest import Lot

# Operators that Firefox gives no spaces where they stand alone, unless these are attributes.
JOINING = set("=+−⊙·")
VIEWS = ("", "&show=why", "&show=jacobian")
AROUND = (
    "/heads",
    "/heads?z=40",
    "/chapter",
    *(f"/chapter/{key}" for key in CONTENTS),
    "/networks",
    "/glossary",
    "/recall?q=W",
    "/recall?q=W&reveal=1",
    "/recall?q=by-indices&reveal=1",
    "/recall?q=prediction-target&reveal=1",
    "/recall?q=sparse.z.W&reveal=1",
)


def addresses(lot: Lot) -> list[str]:
    steps = [
        f"/{direction}?network={name}&step={step}{view}"
        for name, network in NETWORKS.items()
        for direction in ("forward", "backward")
        for step in range(1, len(network.graph.timelines[direction]) + 1)
        for view in VIEWS
    ]
    asked = [
        f"/backward?network={name}&ask={leaf.name}.1"
        for name, network in NETWORKS.items()
        for leaf in network.graph.leaves
        if len(network.shape(leaf.name)) == 1
    ]
    return [*lot.some(steps, 2, of_each=lambda one: one.partition("&")[0]), *lot.some(asked, 4), *AROUND]


def elements(one: Element) -> list[Element]:
    return [child for child in one.children if isinstance(child, Element)]


def test_every_formula_is_one_element_and_what_stands_alone_brings_its_spaces(client: TestClient, lot: Lot) -> None:
    formulas = operators = 0
    for address in addresses(lot):
        response = client.get(address)
        assert response.status_code == 200, address
        for formula in read(response.text).all("math"):
            formulas += 1
            assert len(elements(formula)) == 1, f"{address}: {formula.text}"
            rows = [row for row in (formula, *formula.all("mrow")) if len(elements(row)) == 1]
            alone = [one for row in rows for one in elements(row) if one.tag == "mo" and one.text in JOINING]
            for operator in alone:
                operators += 1
                assert {"lspace", "rspace"} <= operator.attributes.keys(), f"{address}: {formula.text}"
    assert formulas > 100
    assert operators > 20


@pytest.mark.parametrize(
    ("latex", "stretch"),
    [
        (r"p \odot (v - v \cdot p)", []),
        (r"\frac{\partial L}{\partial h} = v\,(h - y^{*})", []),
        (r"\mathbb{1}[z > 0]", []),
        (r"v\,(\frac{p}{q})\,(p - q)", ["(", ")"]),
    ],
)
def test_only_brackets_around_a_fraction_grow(latex: str, stretch: list[str]) -> None:
    found = [one for one in read(mathml(latex)).all("mo") if one.text in "()[]"]
    assert len(found) >= 2
    assert [one.text for one in found if one.attributes.get("stretchy") != "false"] == stretch


@pytest.mark.parametrize(
    ("latex", "forms"),
    [
        ("-a", "prefix"),
        ("a - b", "infix"),
        ("(-a)", "prefix prefix postfix"),
        ("(a) - b", "prefix postfix infix"),
        ("a^{-b}", "prefix"),
        (r"\text{slot} - b", "infix"),
    ],
)
def test_a_minus_is_a_sign_or_joins_two_terms(latex: str, forms: str) -> None:
    operators = read(mathml(latex)).all("mo")
    assert [one["form"] for one in operators] == forms.split()
    assert [float(one["lspace"].removesuffix("em")) > 0 for one in operators] == [
        form == "infix" for form in forms.split()
    ]


def test_a_word_is_no_operator_and_stands_apart_from_what_has_no_brackets() -> None:
    assert read(mathml(r"\max(0,\,z)")).all("mo")[0].text == "("
    (row,) = elements(read(mathml(r"\log p")))
    assert [one.tag for one in elements(row)] == ["mi", "mspace", "mi"]


def test_a_partial_derivative_stands_in_one_line_and_other_fractions_as_they_are() -> None:
    latex = r"\sum_k v_k\,\frac{\partial z_{k}}{\partial W_{ij}} + \frac{1}{2}"
    assert in_line(latex) == r"\sum_k v_k\,{\partial z_{k}/\partial W_{ij}} + \frac{1}{2}"
    assert mathml(in_line(latex)).count("<mfrac>") == 1


def test_a_formula_is_cut_at_its_slots() -> None:
    cut = pieces(r"\max(0,\,$z) - $y")
    assert [slot for _, slot in cut] == ["z", "y", ""]
    assert [read(before).text for before, _ in cut] == ["max(0,", ")−", ""]


# The macros choose between several; every page tries them.
WRITTEN = sorted(path for path in TEMPLATES.rglob("*.html") if path.name != "_maths.html")
# One expression, one letter, one operator with its spaces, or one row.
_WHOLE = re.compile(r"\{\{[^{}]*\}\}|<mi>\w</mi>|<mo [^>]*lspace[^>]*>.</mo>|<mrow.*</mrow>", re.DOTALL)


@pytest.mark.parametrize("path", WRITTEN, ids=lambda path: path.relative_to(TEMPLATES).as_posix())
def test_a_template_puts_one_element_into_a_formula(path: Path) -> None:
    """Those of branches that no page of the test above takes, too."""
    source = re.sub(r"\{[#%].*?[#%]\}", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
    formulas = re.findall(r"<math[^>]*>(.*?)</math>", source, re.DOTALL)
    assert [one for one in formulas if not _WHOLE.fullmatch(one.strip())] == []
