"""The table of all ops on the chapter's own page: it is the engine's, and what it says of them is so."""

from __future__ import annotations

import numpy as np
import pytest
from starlette.testclient import TestClient

from app.engine import OPS
from app.pages.chapter.ops import op_rows
from tests.browser.reading import Element, read
from tests.engine.reference_ops import REFERENCE


@pytest.fixture(scope="module")
def opening(client: TestClient) -> Element:
    answer = client.get("/chapter")
    assert answer.status_code == 200
    return read(answer.text)


def test_every_op_stands_in_the_table_with_its_costs(opening: Element) -> None:
    for name in OPS:
        cells = [cell.text for cell in opening.by_id(f"op-{name}").all("td")]
        assert tuple(map(int, cells[3:5])) == REFERENCE[name].costs(3, 2), name
    assert [row.name for row in op_rows()] == list(OPS)


def test_the_rules_are_those_of_the_field(opening: Element) -> None:
    rules = {row.name: [f"{rule.wrt}: {rule.formula.text}" for rule in row.rules] for row in op_rows()}
    assert rules["linear"] == ["W: v xᵀ", "x: Wᵀ v", "b: v"]
    assert rules["relu"] == ["z: v ⊙ 𝟙[z > 0]"]
    assert rules["mse"] == ["h: v (h − y*)"]
    assert rules["bce-with-logits"] == ["z: v (σ(z) − y*)"]
    shown = opening.by_id("op-linear").text
    assert all(f"∂L/∂{rule.replace(': ', ' = ')}" in shown for rule in rules["linear"])
    (linear,) = [row for row in op_rows() if row.name == "linear"]
    assert [rule.jacobian_shape for rule in linear.rules] == [[3, 6], [3, 2], [3, 3]]


def test_two_kinds_of_jacobian_are_no_matrix_to_be_avoided(opening: Element) -> None:
    assert "∂z/∂x of a linear op is W" in opening.by_id("opening").text
    W = np.arange(6.0).reshape(3, 2)
    assert (OPS["linear"].vjps["x"].jacobian.matrix({"W": W, "x": np.ones(2), "b": np.ones(3)}) == W).all()
    z, y = np.array([0.5, 0.25, 0.75]), np.array([0.0, 1.0, 0.0])
    for name in ("mse", "bce", "bce-with-logits", "softmax-cross-entropy", "poisson-nll"):
        op = OPS[name]
        (slot,) = op.vjps
        _, saved = op.forward(z, y)
        row = op.vjps[slot].jacobian.matrix({slot: z, "y": y})
        assert row.shape == (1, 3)
        assert row[0] == pytest.approx(op.vjps[slot].rule(np.asarray(1.0), saved))


def test_what_p_is_stands_beside_each_loss_that_makes_it(opening: Element) -> None:
    predicts = {row.name: row.predicts.text for row in op_rows() if row.predicts}
    assert predicts == {"bce-with-logits": "σ(z)", "softmax-cross-entropy": "softmax(z)", "poisson-nll": "exp(z)"}
    for name, formula in predicts.items():
        assert f"p = {formula}" in opening.by_id(f"op-{name}").text


def test_no_formula_is_left_with_a_slot_in_it() -> None:
    for row in op_rows():
        texts = [row.says, row.formula.text, row.formula.latex]
        texts += [row.predicts.text, row.predicts.latex] if row.predicts else []
        texts += [text for rule in row.rules for text in (rule.formula.text, rule.formula.latex, rule.jacobian_kind)]
        assert not any("$" in text for text in texts), row.name
