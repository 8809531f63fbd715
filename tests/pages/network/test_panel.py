"""What the views of a step say and draw: of every network, at every step."""

from __future__ import annotations

import re
from collections.abc import Iterator
from fractions import Fraction

import numpy as np
import pytest
from starlette.testclient import TestClient

from app.engine import OPS, Array
from app.engine.graph import Direction
from app.pages.network.context import page
from app.pages.network.panel import DerivationPanel, JacobianPanel, Panel
from app.snapshot import trace_of
from app.state import from_query
from tests.browser.reading import read
from tests.engine.random_chains import WITH_CHAINS

PLAIN = str.maketrans("−⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "--0123456789")
# Every step of every network with its default numbers, the start of a pass left out.
PLACES: list[tuple[str, Direction, int]] = [
    (name, direction, step)
    for name, network in WITH_CHAINS.items()
    for direction, events in network.graph.timelines.items()
    for step in range(1, len(events) + 1)
]


def panel(direction: Direction, query: str) -> Panel:
    state = from_query(query, direction, strict=False)
    return page(state, trace_of(state)).panel


@pytest.mark.sampled(60)
@pytest.mark.parametrize(("name", "direction", "step"), PLACES)
def test_what_an_entry_depends_on_is_called_as_the_network_calls_it(name: str, direction: Direction, step: int) -> None:
    shown = panel(direction, f"network={name}&step={step}&show=why")
    assert isinstance(shown, DerivationPanel)
    event, graph = WITH_CHAINS[name].graph.timelines[direction][step - 1], WITH_CHAINS[name].graph
    if event.kind not in ("forward", "vjp"):
        assert not shown.takes
        return
    node = graph.computed[event.node]
    own = {graph.by_name[name].symbol for name in node.inputs} | {node.symbol, "v"}
    assert set(re.findall(r"(?:row \d+|column \d+|all) of ([^ ,()]+)(?=,| and|$)", shown.takes)) <= own


def test_an_entry_of_the_second_layer_depends_on_its_own_matrix() -> None:
    shown = panel("backward", "network=two-layer&step=4&show=why")
    assert isinstance(shown, DerivationPanel)
    assert shown.takes == "column 1 of U and all of v"


def exact(text: str) -> tuple[Fraction, Fraction]:
    """A printed number and half of its last digit's place, without a rounding."""
    mantissa, _, exponent = text.translate(PLAIN).partition("×10")
    size = Fraction(10) ** int(exponent or 0)
    return Fraction(mantissa) * size, size / 10 ** len(mantissa.partition(".")[2]) / 2


def in_address(array: Array) -> str:
    """Numbers as an address has them, in full."""
    return ";".join(",".join(map(repr, row)) for row in np.atleast_2d(array).tolist())


def gaussian(name: str) -> Iterator[str]:
    """A network's own numbers and three sets by lot, as they stand in an address."""
    rng = np.random.default_rng(20264)
    yield ""
    for _ in range(3):
        drawn = {
            leaf: rng.normal(size=WITH_CHAINS[name].shape(leaf)) for leaf in WITH_CHAINS[name].defaults if leaf != "y"
        }
        yield "&" + "&".join(f"{leaf}={in_address(array)}" for leaf, array in drawn.items())


@pytest.mark.sampled(60)
@pytest.mark.parametrize(
    ("name", "step"), [(name, step) for name, direction, step in PLACES if direction == "backward"]
)
def test_a_product_with_a_jacobian_redone_from_its_printed_digits_gives_the_printed_result(
    name: str, step: int
) -> None:
    for numbers in gaussian(name):
        shown = panel("backward", f"network={name}{numbers}&step={step}&show=jacobian")
        assert isinstance(shown, JacobianPanel)
        if shown.view is None:
            continue
        assert shown.v
        assert shown.matrix
        assert shown.product
        assert shown.closed
        v, matrix = [exact(text)[0] for text in shown.v.texts], shown.matrix.rows()
        for column, text in enumerate(shown.product.texts):
            result, half = exact(text)
            redone = sum(v[row] * exact(entries[column])[0] for row, entries in enumerate(matrix))
            assert abs(redone - result) <= half, f"{float(redone)} and not {text}"
        assert shown.product.texts == shown.closed.texts


def test_a_jacobian_of_0_and_1_is_printed_without_decimals() -> None:
    shown = panel("backward", "step=3&show=jacobian")
    assert isinstance(shown, JacobianPanel)
    assert shown.matrix
    assert set(shown.matrix.texts) == {"0", "1"}


@pytest.mark.parametrize(
    ("query", "cost", "with_v", "local"),
    [
        ("network=tanh-mse&step=3", 6, 3, 3),
        ("network=sigmoid-then-bce&step=3", 6, 3, 3),
        ("network=sigmoid-then-bce&step=2", 9, 3, 6),
        ("network=softmax-ce&y=1,1,0&step=2", 9, 3, 6),
        ("network=softmax-ce&step=2", 3, 3, 0),
        ("network=softmax-mse&step=3", 6, 6, 0),
        ("step=5", 6, 6, 0),
    ],
)
def test_a_vjp_has_one_cost_wherever_it_is_told(
    client: TestClient, query: str, cost: int, with_v: int, local: int
) -> None:
    step = read(client.get(f"/backward?{query}").text)
    others = f" ({local} for slopes)" if local else ""
    (facts,) = step.all("dl", "facts")
    (found,) = [row.all("dd")[0].text for row in facts.all("div") if row.all("dt")[0].text == "cost"]
    assert found == f"{cost} multiply-adds{others}"
    *_, row = read(client.get(f"/backward?{query}&show=jacobian").text).all("table", "counts")[0].all("tr")
    assert row.all("th")[0].text == "multiply-adds" + (" with the local derivative at hand" if local else "")
    assert row.all("td")[-1].text == str(with_v)


def test_the_saved_view_says_why_its_rows_come_to_more_than_its_headline(client: TestClient) -> None:
    told = read(client.get("/backward?network=softmax-mse&show=saved").text).by_id("card").text
    assert "p is saved once and read by 2 VJPs: its 24 bytes stand in 2 rows and count once." in told
    assert "saved once" not in read(client.get("/backward?show=saved").text).by_id("card").text


@pytest.mark.parametrize(
    ("query", "end"),
    [
        ("b=0,-0.5,0&ask=z.2&eps=-0.1", "they are equal."),  # a shut unit: 0 and 0
        ("ask=b.1&eps=0.01", "the difference is 0.0000500."),  # ½ ε²
        ("x=1,0.3&y=1e6,0,0&ask=b.1&eps=1e-7", "they differ by rounding alone."),
    ],
)
def test_a_perturbation_and_what_the_gradient_predicts_are_called_equal_where_they_are(
    client: TestClient, query: str, end: str
) -> None:
    (told,) = read(client.get(f"/backward?{query}").text).all("p", "perturbed")
    assert told.text.endswith(end)


def test_the_gradient_of_the_cross_entropy_at_its_prediction_is_called_huge_where_it_is() -> None:
    says = OPS["bce"].vjps["p"].says
    assert "huge where $p is almost 0 or 1 and the target is far from $p" in says
    rule = OPS["bce"].vjps["p"].rule
    p, y = np.array([1e-6, 1.0 - 1e-6, 1e-6, 1.0 - 1e-6]), np.array([1.0, 0.0, 0.0, 1.0])
    assert (abs(rule(np.asarray(1.0), {"p": p, "y": y})) > 1e5).tolist() == [True, True, False, False]


def test_a_batch_is_set_smaller_and_without_its_first_entry_where_the_card_has_no_room(client: TestClient) -> None:
    def ladder(query: str) -> tuple[bool, bool]:
        found = read(client.get(f"/backward?{query}").text)
        return bool(found.all("div", "is-tight")), bool(found.all("span", "worked"))

    assert ladder("step=4") == (False, True), "one example"
    assert ladder("x=1,2;3,-4&step=5") == (False, True)
    assert ladder("x=1,2;3,-4;0.5,2&step=5") == (True, True)
    assert ladder("network=2-5.relu-3_ce&x=1,2;3,-4;0.5,2&step=8") == (True, False), "five rows"


@pytest.mark.parametrize(("query", "says"), [("b=0,-.1,-.6", "1 inactive: z ≤ 0"), ("x=1,2;3,-4", "2 inactive: z ≤ 0")])
def test_on_a_phone_what_is_inactive_is_said_left_of_the_arrow_below(client: TestClient, query: str, says: str) -> None:
    tall = read(client.get(f"/backward?{query}&step=4").text).by_id("drawing-tall")
    (note,) = (note for note in tall.all("text", "note") if "inactive" in note.text)
    assert note.text == says
    (box,) = tall.by_id("node-z-tall").all("rect", "box")
    middle = float(box["x"]) + float(box["width"]) / 2
    assert float(note["x"]) + 8.6 * len(says) / 2 < middle - 10, "the way forward is 10 units left of the middle"
