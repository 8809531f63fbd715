"""The board “The vector-Jacobian product”: its picture is the engine's, and its code, run as it stands, gives the same.

The three frameworks are no dependency: each runs where it is installed.
"""

from __future__ import annotations

import re
import runpy
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import ArrayLike, NDArray
from starlette.testclient import TestClient

from app.engine import NETWORKS, as_arrays, backward, forward
from app.pages.chapter.boards.vjp import BOARD, FRAMEWORKS
from app.pages.chapter.question import board_from_query
from app.pages.contents import boards_of
from tests.browser.reading import Element, read
from tests.conftest import Lot
from tests.pages.chapter.states import addresses, last_place, number
from tests.web.test_no_negative_zero import found_in

# The module of each framework, and a few numbers that its code is run with, as an address has them.
MODULES = {"pytorch": "torch", "jax": "jax", "tensorflow": "tensorflow"}
RUN = ("", "network=softmax-ce", "network=shared&x=3,-0.125", "network=two-layer&x=1e5,1e-8", "b=-9,-9,-9")


def board(client: TestClient, query: str = "") -> Element:
    answer = client.get(f"/chapter/3?{query}")
    assert answer.status_code == 200
    return read(answer.text).by_id("board")


def vectors(page: Element) -> list[list[str]]:
    """The numbers of the picture: x, z, what comes back, and v."""
    return [[cell.text for cell in one.all("td")] for one in page.all("table", "vector")]


def exactly(one: Element) -> Iterator[str]:
    """The text inside, with its blanks and lines."""
    for child in one.children:
        if isinstance(child, str):
            yield child
        else:
            yield from exactly(child)


def source(page: Element, name: str) -> str:
    return "".join(exactly(page.by_id(f"code-{name}")))


def run(code: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> tuple[dict[str, object], str]:
    """The names that a program leaves, and what it prints."""
    file = folder / "shown.py"
    file.write_text(code, encoding="utf-8")
    capsys.readouterr()
    return runpy.run_path(str(file)), capsys.readouterr().out


def assert_shown(found: ArrayLike, texts: list[str]) -> None:
    """Numbers are those of the picture, to the digits that it shows."""
    half = np.array([float(last_place(text)) / 2 for text in texts])
    assert (abs(np.asarray(found) - [number(text) for text in texts]) <= 1.001 * half).all()


def printed(out: str) -> NDArray[np.float64]:
    """The array that a program has printed, by whatever library; NumPy prints eight decimals."""
    inside = re.findall(r"\[([^\]]*)\]", out)[0]
    return np.array([float(text) for text in re.findall(r"[-+.\de]+", inside)])


@pytest.mark.parametrize("name", NETWORKS)
def test_the_picture_is_the_engines(client: TestClient, name: str) -> None:
    network = NETWORKS[name]
    trace = backward(forward(network.graph, as_arrays(network.defaults)))
    W, v = trace.values["W"], trace.grads["z"]
    x, z, back, given = vectors(board(client, f"network={name}"))
    assert_shown(trace.values["x"], x)
    assert_shown(trace.values["z"], z)
    assert_shown(v, given)
    assert_shown(v @ W, back)
    assert len(back) == len(x), "the gradient of an input has its shape"


def test_the_default_numbers_by_hand(client: TestClient) -> None:
    """0.5·0.2 + 0.3·(−0.1) − 0.1·0.1 = 0.06 and −0.2·0.2 + 0.4·(−0.1) + 0.6·0.1 = −0.02."""
    page = board(client)
    assert vectors(page) == [["1.00", "0.50"], ["0.40", "0.40", "0.20"], ["0.06", "−0.02"], ["0.20", "−0.10", "0.10"]]
    assert "✓ the same as" in page.by_id("more").text
    other = board(client, "network=shared")
    assert "∂L/∂x via z" in other.all("div", "op")[0].text.replace("via", " via ").replace("  ", " ")


@pytest.mark.parametrize("query", RUN)
def test_the_code_in_numpy_gives_the_pages_numbers(
    client: TestClient, tmp_path: Path, capsys: pytest.CaptureFixture[str], query: str
) -> None:
    page = board(client, query)
    code, (_, z, back, _) = source(page, "numpy"), vectors(page)
    left, out = run(code, tmp_path, capsys)
    assert_shown(printed(out), back)
    assert_shown(left["z"], z)  # type: ignore[arg-type]
    assert code.rstrip().endswith(f"# {', '.join(back)}")


def test_the_op_is_five_lines(client: TestClient) -> None:
    code = source(board(client), "numpy").splitlines()
    start = code.index("def linear(x):")
    assert code.index("", start) - start == 5


@pytest.mark.parametrize("query", RUN)
@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_the_code_in_a_framework_gives_the_pages_numbers(
    client: TestClient, tmp_path: Path, capsys: pytest.CaptureFixture[str], framework: str, query: str
) -> None:
    pytest.importorskip(MODULES[framework])
    page = board(client, f"{query}&beside={framework}".lstrip("&"))
    code, (_, z, back, _) = source(page, framework), vectors(page)
    left, out = run(code, tmp_path, capsys)
    assert f"# {', '.join(back)}" in code
    assert_shown(printed(out), back)
    z_found = left["z"]
    assert_shown(z_found.detach() if framework == "pytorch" else z_found, z)  # type: ignore[attr-defined, arg-type]
    if framework == "pytorch":
        assert_shown(left["x"].grad, back)  # type: ignore[attr-defined]
    else:
        assert_shown(left["grad_x"], back)  # type: ignore[arg-type]
    if framework == "tensorflow":
        assert_shown(left["vjp"](left["x"], left["v"]), back)  # type: ignore[operator]


def test_each_framework_is_shown_by_its_own_contract(client: TestClient) -> None:
    shown = {name: source(board(client, f"beside={name}"), name) for name in FRAMEWORKS}
    assert "class Linear(torch.autograd.Function):" in shown["pytorch"]
    assert "def backward(ctx, grad_output):" in shown["pytorch"]
    assert "return torch.outer(v, x), W.T @ v, v" in shown["pytorch"], "a gradient for each input"
    assert "z, vjp_fn = jax.vjp(linear, x)" in shown["jax"]
    assert "with tf.GradientTape() as tape:" in shown["tensorflow"]
    assert "tf.gradients(linear(x), x, v)" in shown["tensorflow"]
    for code in shown.values():
        compile(code, "shown", "exec")
    choices = board(client).all("nav", "choices")[0].all("a")
    assert [one.text for one in choices] == list(FRAMEWORKS.values())
    assert [client.get(one["href"]).status_code for one in choices] == [200, 200, 200]
    assert [one.text for one in choices if "aria-current" in one.attributes] == ["PyTorch"]


@pytest.mark.parametrize("name", NETWORKS)
def test_the_product_with_the_jacobian_is_a_row_and_the_closed_form_a_column(client: TestClient, name: str) -> None:
    """(1×m)(m×n) is 1×n, and Wᵀ v, by the op's formula, a column of the same numbers."""
    m, n = NETWORKS[name].shape("W")
    drawn = [
        [[cell.text for cell in row.all("mtd")] for row in one.all("mtr")]
        for one in board(client, f"network={name}").by_id("more").all("mtable")
    ]
    v, matrix, row, column = drawn
    assert [(len(one), len(one[0])) for one in (v, matrix, row, column)] == [(1, m), (m, n), (1, n), (n, 1)]
    assert [*zip(*row, strict=True)] == [*map(tuple, column)]


def test_its_sizes_are_explained_under_its_signs(client: TestClient) -> None:
    page = read(client.get("/chapter/3").text)
    assert [one.text for one in page.by_id("board").all("small", "dims")] == ["2", "3", "2", "3"]
    assert "3×2" in page.by_id("terms").text


def test_another_framework_is_refused(client: TestClient) -> None:
    answer = client.get("/chapter/3?beside=theano")
    assert answer.status_code == 422
    (said,) = read(answer.text).by_id("numbers").all("p", "wrong")
    assert said.text == "beside must be one of pytorch, jax, tensorflow"


def test_with_all_numbers_picture_and_code_agree(
    client: TestClient, lot: Lot, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shown = 0
    for address in lot.some(addresses("3"), 60):
        answer = client.get(address)
        if answer.status_code == 422:
            assert re.search("sigmoid-then-bce|exp-poisson", address), f"these may have no finite gradient: {address}"
            continue
        assert answer.status_code == 200, address
        page = read(answer.text).by_id("board")
        assert not found_in(page.text.partition("import numpy")[0]), address
        assert not re.search(r"\bnan\b|\binf\b", page.text, re.IGNORECASE), address
        left, _ = run(source(page, "numpy"), tmp_path, capsys)
        _, _, back, given = vectors(page)
        assert_shown(left["vjp"](left["v"]), back)  # type: ignore[operator]
        assert_shown(left["v"], given)  # type: ignore[arg-type]
        shown += 1
    assert shown > 40


def test_its_facts_are_on_it(client: TestClient) -> None:
    page = board(client)
    text = page.text
    assert "vjp(v)=v⊤J=(J⊤v)⊤=∂L∂x∈ℝn" in text
    assert "The op computes it in closed form and never holds 𝐽." in text
    assert "save what the VJPs will read" in text
    assert "for each input that needs a gradient" in text
    assert "A VJP undoes the forward shape change: 2 → 3 forward, 3 → 2 backward." in text
    assert "The gradient of an input has the shape of the input; checking that catches most mistakes." in text
    assert "micrograd’s local derivative" in text
    more = page.by_id("more").text
    assert "backward(ctx, grad_output), which returns a gradient for each input" in more
    assert "jax.vjp(f, x) returns (y, vjp_fn)" in more
    assert "tf.GradientTape" in more
    assert "tf.gradients" in more


@pytest.mark.parametrize("name", NETWORKS)
def test_its_step_leads_back_to_it(client: TestClient, name: str) -> None:
    step = BOARD.step(board_from_query(BOARD, f"network={name}"))
    assert step.event
    assert (step.event.kind, step.event.node, step.event.wrt) == ("vjp", "z", "x")
    assert BOARD.title in boards_of(step)
    assert client.get(step.address()).status_code == 200


def test_its_formulas() -> None:
    general, own = BOARD.formulas(board_from_query(BOARD, ""))
    assert (general.text, own.text) == ("vjp(v) = vᵀJ = (Jᵀv)ᵀ = ∂L/∂x", "∂L/∂x = Wᵀ v")
