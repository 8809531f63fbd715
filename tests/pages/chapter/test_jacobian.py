"""The board “From a scalar to a vector”: its grid is W, and what it says of an entry holds when one redoes it."""

from __future__ import annotations

import re
from decimal import Decimal

import numpy as np
import pytest
from starlette.testclient import TestClient

from app.engine import NETWORKS
from app.pages.chapter.boards.jacobian import BOARD
from app.pages.chapter.question import board_from_query
from app.pages.contents import boards_of
from app.snapshot import trace_of
from app.snapshot.raised import raised, small_step
from tests.browser.reading import Element, read
from tests.conftest import Lot
from tests.pages.chapter.states import addresses, number, plain_numbers
from tests.web.test_no_negative_zero import found_in


def board(client: TestClient, query: str = "") -> Element:
    answer = client.get(f"/chapter/1?{query}")
    assert answer.status_code == 200
    return read(answer.text).by_id("board")


def grid(page: Element) -> list[list[float]]:
    rows = (row.all("td", "entry") for row in page.all("tr"))
    return [[number(cell.all("b")[0].text) for cell in cells] for cells in rows if cells]


@pytest.mark.parametrize("name", NETWORKS)
def test_the_jacobian_is_W(client: TestClient, name: str) -> None:
    network, page = NETWORKS[name], board(client, f"network={name}")
    assert grid(page) == np.array(network.defaults["W"]).tolist()
    rows, columns = network.shape("W")
    assert f"is {rows}×{columns}. Choose" in page.text
    assert "This Jacobian is 𝑊." in page.text
    heads = [one.text for one in page.all("table", "grid")[0].all("th", "side")]
    assert heads == ["columns: inputs", "rows: outputs"]


def test_an_entry_says_how_an_output_moves(client: TestClient) -> None:
    """By hand: 1.00 becomes 1.01, and so 0.5·1.01 − 0.2·0.5 = 0.405, 0.3·1.01 + 0.4·0.5 − 0.1 = 0.403, …"""
    page = board(client)
    assert (
        "Entry (2, 1) is 0.30: raise 𝑥₁ by 0.01, and 𝑧₂ moves by 0.30 × 0.01 = 0.003, from 0.40 to 0.403." in page.text
    )
    assert [one.text for one in page.all("td", "then")] == ["→ 0.405", "→ 0.403", "→ 0.199"]
    other = board(client, "entry=3.2")
    assert (
        "Entry (3, 2) is 0.60: raise 𝑥₂ by 0.01, and 𝑧₃ moves by 0.60 × 0.01 = 0.006, from 0.20 to 0.206." in other.text
    )


def test_each_entry_can_be_chosen(client: TestClient) -> None:
    for link in board(client).all("table", "grid")[0].all("a"):
        page = read(client.get(link["href"]).text).by_id("board")
        (here,) = [one for one in page.all("table", "grid")[0].all("a") if "aria-current" in one.attributes]
        assert here["aria-label"] == link["aria-label"]
        row, column, entry = re.fullmatch(r"Entry row (\d), column (\d): (.*)", link["aria-label"]).groups()  # type: ignore[union-attr]
        assert f"Entry ({row}, {column}) is {entry}:" in page.by_id("meaning").text


@pytest.mark.parametrize("entry", ["3.3", "4.1", "0.1", "1", "1.1.1", "x", "-1.1"])
def test_an_entry_that_is_not_there_is_refused(client: TestClient, entry: str) -> None:
    answer = client.get(f"/chapter/1?entry={entry}")
    assert answer.status_code == 422
    (said,) = read(answer.text).by_id("numbers").all("p", "wrong")
    assert said.text.startswith("entry ")


def test_with_all_numbers_the_arithmetic_is_right(client: TestClient, lot: Lot) -> None:
    """The printed entry times the printed step is the printed change, and that added to z is z afterwards, to the
    digits that are printed; what one reads off z before and after is about that change. W and x are as typed."""
    redone = 0
    some = lot.some([*addresses("1", "&entry=2.2"), *addresses("1", "&entry=1.1")], 60)
    for address in [*some, *(f"/chapter/1?x=1e-8,1e-8&entry={entry}" for entry in ("1.1", "2.1"))]:
        answer = client.get(address)
        assert answer.status_code == 200, address
        page = read(answer.text).by_id("board")
        assert not found_in(page.text), address
        assert not re.search(r"\bnan\b|\binf\b", page.text, re.IGNORECASE), address
        said = page.by_id("meaning").text
        found = plain_numbers(said.partition(" is ")[2])
        if "too little to be seen" in said:
            continue
        entry, step, entry_again, step_again, change, before, after = found
        assert (entry, step) == (entry_again, step_again)
        assert Decimal(entry) * Decimal(step) == pytest.approx(Decimal(change), rel=Decimal("1e-3"))
        places = max(0, -Decimal(after).as_tuple().exponent)  # type: ignore[operator]
        assert abs(Decimal(before) + Decimal(change) - Decimal(after)) <= Decimal(10) ** -places / 2, address
        assert Decimal(after) - Decimal(before) == pytest.approx(Decimal(change), rel=Decimal("0.02")), address
        redone += 1
    assert redone > 20


def test_what_is_lost_to_rounding_is_said_so(client: TestClient) -> None:
    said = board(client, "x=1e5,1e-12&entry=2.2").by_id("meaning").text
    assert "moves by 0.40 × 1.00×10⁻¹⁴, too little to be seen beside 29999.90." in said
    before, after = (0.3 * 1e5 + 0.4 * x - 0.1 for x in (1e-12, 1e-12 + 1e-14))
    assert before == after


def test_a_step_that_shows_in_many_digits_has_few_itself(client: TestClient) -> None:
    """By hand: 0.3·10⁻⁶ + 0.4 − 0.1, and 0.3·10⁻⁸ more."""
    said = board(client, "x=1e-6,1").by_id("meaning").text
    assert "by 1.00×10⁻⁸, and 𝑧₂ moves by 0.30 × 1.00×10⁻⁸ = 3.00×10⁻⁹, from 0.3000003 to 0.300000303." in said


def test_a_change_can_be_read_off_before_and_after(client: TestClient) -> None:
    """From −0.141 to −0.142 would be −0.001, where −0.00123 is said."""
    said = board(client, "x=0.333333333333,-0.1&W=-0.123456789,1;2,3;4,5&entry=1.1").by_id("meaning").text
    *_, change, before, after = plain_numbers(said)
    assert float(change) == pytest.approx(-0.0012345679, rel=1e-4)
    assert float(after) - float(before) == pytest.approx(-0.0012345679, rel=0.02)


def test_the_moved_outputs_are_those_of_a_forward_pass() -> None:
    view = board_from_query(BOARD, "x=3,-0.5").view.go("forward")
    W, b = np.array(view.values["W"]), np.array(view.values["b"])
    found = raised(view, trace_of(view), "z", "x", 1, W.tolist())
    assert found.after == -0.5 + found.step
    assert [one.after for one in found.outputs] == pytest.approx(W @ [3, found.after] + b)
    assert [one.foretold for one in found.outputs] == pytest.approx(W[:, 1] * found.step)
    assert all(one.seen for one in found.outputs)


@pytest.mark.parametrize(
    ("number", "step"), [(0, 0.01), (1, 0.01), (0.5, 0.01), (-2, 0.01), (5000, 100), (1e-8, 1e-10)]
)
def test_the_step_is_small_beside_the_number(number: float, step: float) -> None:
    assert small_step(number) == step


def test_at_real_size_there_are_millions_of_rows_and_columns(client: TestClient) -> None:
    page = board(client)
    assert "For 4096 units and 1024 examples this Jacobian would be 4.2 M × 4.2 M." in page.text
    assert f"{4096 * 1024:,} entries" in page.by_id("more").text
    assert "hundreds of billions of parameters can be trained because nobody builds it" in page.text
    assert "A scalar autograd, such as micrograd, multiplies by one number for each input and output" in page.text
    assert "vectors to vectors" in page.text
    assert "tensors to tensors, as attention and normalisation do" in page.text


@pytest.mark.parametrize("name", NETWORKS)
def test_its_step_leads_back_to_it(client: TestClient, name: str) -> None:
    step = BOARD.step(board_from_query(BOARD, f"network={name}"))
    assert (step.direction, step.event and step.event.node) == ("forward", "z")
    assert BOARD.title in boards_of(step)
    assert client.get(step.address()).status_code == 200


def test_its_formulas() -> None:
    general, own = BOARD.formulas(board_from_query(BOARD, ""))
    assert (general.text, own.text) == ("Jᵢⱼ = ∂fᵢ/∂xⱼ", "∂z/∂x = W")
