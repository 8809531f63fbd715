"""The chapter's opening page: what it claims is computed, and each link leads to where it can be seen."""

from __future__ import annotations

import numpy as np
import pytest
from starlette.testclient import TestClient

from app.engine import NETWORKS, OPS, as_arrays, backward, forward
from app.pages.chapter.data import chapter, op_rows
from tests.browser.reading import Element, read
from tests.engine.reference_ops import REFERENCE


@pytest.fixture(scope="module")
def opening(client: TestClient) -> Element:
    answer = client.get("/chapter")
    assert answer.status_code == 200
    return read(answer.text)


def test_its_numbers_by_hand(opening: Element) -> None:
    said = opening.by_id("opening").text
    # z has 3 entries and W 6; row i of the Jacobian is x at the places of row i of W
    assert "has 18 entries, and 12 of them are 0" in said
    assert "made with 6 multiply-adds instead of 18" in said
    # 17 numbers: W 6, x 2, z, h and y 3 each; z and h were made
    assert "saves 136 bytes, of which 48" in said
    # W x 6, ReLU 3, loss 3; back 3 and 3, then v xᵀ 6 and Wᵀ v 6
    assert "takes 12 multiply-adds and its backward pass 18" in said


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


def test_shapes_tell_the_outer_products_apart_only_where_W_is_not_square(opening: Element) -> None:
    assert "where W is not square; for a square W both have its shape" in opening.by_id("opening").text
    for name in ("relu-mse", "shared"):
        trace = backward(forward(NETWORKS[name].graph, as_arrays(NETWORKS[name].defaults)))
        v, x, W = trace.grads["z"], trace.values["x"], trace.values["W"]
        assert (np.outer(v, x) == trace.grads["W"]).all()
        assert (np.outer(x, v).shape == W.shape) == (W.shape[0] == W.shape[1])
        assert W.shape[0] != W.shape[1] or (np.outer(x, v) != trace.grads["W"]).any(), "only the indices tell"


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
    assert "p=softmax" in "".join(opening.by_id("opening").all("table", "ops")[0].text.split())


def test_no_formula_is_left_with_a_slot_in_it() -> None:
    for row in op_rows():
        texts = [row.says, row.formula.text, row.formula.latex]
        texts += [row.predicts.text, row.predicts.latex] if row.predicts else []
        texts += [text for rule in row.rules for text in (rule.formula.text, rule.formula.latex, rule.jacobian_kind)]
        assert not any("$" in text for text in texts), row.name


def test_each_link_leads_to_what_it_says(client: TestClient, opening: Element) -> None:
    links = [link["href"] for link in opening.all("a") if link["href"].startswith("/")]
    assert len(links) > 15
    for link in links:
        assert client.get(link).status_code == 200, link
    page = read(client.get(next(link for link in links if link.endswith("show=jacobian"))).text)
    assert "∂z/∂W" in page.by_id("card").text


def test_the_canonical_pairs_lead_to_prediction_minus_target(client: TestClient, opening: Element) -> None:
    section = opening.by_id("opening").all("li")
    for entry in section:
        (link,) = entry.all("a")
        snapshot = client.get("/api" + link["href"]).json()
        z = next(node for node in snapshot["nodes"] if node["name"] == "z")
        assert z["grad"] is not None, "the step at which the gradient of z is found"
    assert len(section) == 4


def test_it_is_the_same_for_all_and_may_be_kept(client: TestClient) -> None:
    answer = client.get("/chapter")
    assert "max-age=60" in answer.headers["cache-control"]
    assert client.get("/chapter", headers={"If-None-Match": answer.headers["etag"]}).status_code == 304
    assert chapter() is chapter()
