"""A pass is run once for an answer, whatever is shown of it; the checker and the planted mistakes run their own."""

from __future__ import annotations

import ast
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import pytest
from starlette.testclient import TestClient

from app.engine import DEFAULT, NETWORKS, Array, Graph, Network, OpNode, Trace, backward, forward
from app.engine.chains import CHAINS
from app.engine.graph import Direction, Edge
from app.engine.networks import CANONICAL, MISMATCH
from app.engine.ops.table import Rule
from app.pages.network.context import page
from app.snapshot import trace_of
from app.state import VIEWS, ViewState

APP = Path(__file__).resolve().parent.parent / "app"
NAMES = {
    **{network.graph: name for name, network in NETWORKS.items()},
    **{chain.graph: name for name, chain in CHAINS.items()},
}
# Which pass was run over which graph, and how often.
Passes = Counter[tuple[str, Direction]]


@pytest.fixture
def client(afresh: TestClient) -> TestClient:
    """An answer that is kept runs nothing."""
    return afresh


@pytest.fixture
def passes(monkeypatch: pytest.MonkeyPatch) -> Passes:
    """Counts both sweeps from now on, in every module of the app that has them, by whatever name."""
    counts: Passes = Counter()

    def counted_forward(graph: Graph, values: Mapping[str, Array]) -> Trace:
        counts[NAMES.get(graph, "another"), "forward"] += 1
        return forward(graph, values)

    def counted_backward(trace: Trace, rules: Mapping[Edge, Rule] = MappingProxyType({})) -> Trace:
        counts["another" if rules else NAMES.get(trace.graph, "another"), "backward"] += 1
        return backward(trace, rules)

    of_app = [module for name, module in sys.modules.items() if name.partition(".")[0] == "app"]
    for sweep, counted_sweep in ((forward, counted_forward), (backward, counted_backward)):
        for module in of_app:
            for attribute in [name for name, value in vars(module).items() if value is sweep]:
                monkeypatch.setattr(module, attribute, counted_sweep)
    return counts


def each(*names: str, times: int = 1) -> dict[tuple[str, Direction], int]:
    """Both passes over each of these graphs, so many times."""
    directions: tuple[Direction, ...] = ("forward", "backward")
    return {(name, direction): times for name in names for direction in directions}


def checked(*names: str, times: int = 1) -> dict[tuple[str, Direction], int]:
    """The same, and the backward pass by which the checker finds what rounding does to the gradients, once for all."""
    return each(*names, times=times) | {(names[-1], "backward"): times + 1}


def query(name: str, *more: str) -> str:
    return "&".join(part for part in (f"network={name}" if name != DEFAULT.name else "", *more) if part)


def views(name: str) -> Iterator[tuple[str, ...]]:
    """Parts of the queries of a network's pages: each view at the end of a pass, and for two networks what else there
    is, one of them with a value that is used twice. The views of all at page level are below, rule by rule."""
    yield from ((), ("ask=x.2", "eps=0.01"), *((f"show={view}",) for view in VIEWS))
    if name in (DEFAULT.name, "shared"):
        yield from (("step=0",), ("step=2",), ("ask=W.1.1",), ("ask=y.1",), ("ask=L",))
        yield from (("step=1", f"show={view}") for view in VIEWS)


@pytest.mark.parametrize("name", NETWORKS)
def test_a_page_of_a_network_runs_each_pass_once(client: TestClient, passes: Passes, name: str) -> None:
    for more in views(name):
        for direction in ("forward", "backward"):
            passes.clear()
            assert client.get(f"/{direction}?{query(name, *more)}").status_code == 200, more
            # a forward pass is checked by its gradients, so the backward pass is run for that view
            is_checked = (direction == "backward" and "step=0" not in more) or "show=check" in more
            whole = each(name) if direction == "backward" else {(name, "forward"): 1}
            assert passes == (checked(name) if is_checked else whole), (direction, more)


@pytest.mark.parametrize("name", NETWORKS)
def test_a_page_that_tells_what_an_edit_changed_runs_those_numbers_too(
    client: TestClient, passes: Passes, name: str
) -> None:
    """`was` is a second state, and that has a pass of its own."""
    answer = client.get(f"/backward?{query(name, 'x=2,1')}&was={query(name).replace('=', '%3D')}")
    assert "was 1" in answer.text
    assert passes == checked(name, times=2)


def test_a_live_drawing_a_form_and_a_refusal_run_each_pass_once(client: TestClient, passes: Passes) -> None:
    assert client.get("/live/wide/backward?x=2,1").status_code == 200
    assert passes == checked(DEFAULT.name)
    passes.clear()
    assert client.get("/backward?x=2,1&from=step%3D1").status_code == 303
    assert passes == each(DEFAULT.name)
    passes.clear()
    assert client.get("/backward?x=2,a&from=x%3D3,1").status_code == 422
    assert passes == checked(DEFAULT.name), "where the form was sent from still stands"
    passes.clear()
    assert client.get("/backward?x=1e200,1").status_code == 422
    assert passes == checked(DEFAULT.name, times=2), "the numbers that overflow, and those that still stand"


@pytest.mark.parametrize("name", NETWORKS)
def test_a_question_runs_each_pass_once_and_an_answer_the_planted_mistakes(
    client: TestClient, passes: Passes, name: str
) -> None:
    """An answer is judged with what rounding does to the gradients, and so is what is 0, to a tick or without one."""
    client.get(f"/recall?{query(name)}")  # which numbers a question is posed on is found once for a network
    for asked, answer in (("W.1.1", "0.25"), ("b", "1,2,3"), ("shape.W", "3x2"), ("zeros.z", "1")):
        zeros = asked == "zeros.z"
        for more in ("", "&reveal=1"):
            passes.clear()
            assert client.get(f"/recall?{query(name)}&q={asked}{more}").status_code == 200, asked
            assert passes == (checked(name) if zeros and more else each(name)), (asked, more)
        passes.clear()
        assert client.get(f"/recall?{query(name)}&q={asked}&answer={answer}").status_code == 200, asked
        planted = passes.pop(("another", "backward"))
        assert planted > 0
        assert passes == each(name) | {(name, "backward"): 3 if zeros else 2}, asked


def test_a_question_to_think_through_runs_what_its_answer_shows(client: TestClient, passes: Passes) -> None:
    client.get("/recall?q=prediction-target")  # as above, and what saturates is found once for all
    for asked, shown in (
        ("why-vjp", each(DEFAULT.name)),
        ("by-indices", each(DEFAULT.name)),
        ("prediction-target", each(*CANONICAL, MISMATCH)),
    ):
        passes.clear()
        assert client.get(f"/recall?q={asked}").status_code == 200
        assert passes == shown, f"{asked}: its answer stands there, closed"
        passes.clear()
        assert client.get(f"/recall?q={asked}&reveal=1").status_code == 200
        assert passes == shown, asked


@pytest.mark.parametrize("address", ["/heads", "/heads?unfused=1", "/heads?z=40&unfused=1"])
def test_the_heads_run_each_network_once_and_each_chain_for_the_logit_and_for_the_curve(
    client: TestClient, passes: Passes, address: str
) -> None:
    chains = CHAINS if "unfused" in address else ["fused"]
    assert client.get(address).status_code == 200
    assert passes == each(*CANONICAL, MISMATCH) | each(*chains, times=2)
    passes.clear()
    assert client.get(f"/api{address}").status_code == 200
    assert passes == each(*CANONICAL, MISMATCH) | each(*chains), "the API draws no curve"


def test_pages_that_show_no_pass_run_none(client: TestClient, passes: Passes) -> None:
    for address in ("/chapter", "/networks", "/cost", "/api/networks", "/api/cost", "/healthz"):
        assert client.get(address).status_code == 200
    assert not passes


@pytest.mark.parametrize("name", NETWORKS)
def test_an_answer_of_the_api_runs_each_pass_once(client: TestClient, passes: Passes, name: str) -> None:
    for parts in ((), ("step=1",), ("ask=W.1.1",)):
        passes.clear()
        assert client.get(f"/api/forward?{query(name, *parts)}").status_code == 200
        assert passes == {(name, "forward"): 1}
        passes.clear()
        assert client.get(f"/api/backward?{query(name, *parts)}").status_code == 200
        assert passes == each(name)
    passes.clear()
    assert client.get(f"/api/check?{query(name)}").status_code == 200
    assert passes == checked(name)
    sets: list[dict[str, Any]] = [{}, {"x": [2, 1]}]
    passes.clear()
    assert client.post("/api/batch/backward", json={"network": name, "sets": sets}).status_code == 200
    assert passes == each(name), "all sets at once"
    passes.clear()
    assert client.post("/api/grade", json={"network": name, "gradients": {"b": [0, 0, 0]}}).status_code == 200
    assert passes.pop(("another", "backward")) > 0
    assert passes == checked(name)


def test_readiness_checks_the_pass_that_it_draws(client: TestClient, passes: Passes) -> None:
    assert client.get("/readyz").status_code == 200
    passes["relu-mse", "backward"] -= 1  # of the check that is asked for itself, beside that of the page
    assert passes == checked(DEFAULT.name)


# --- rule by rule -------------------------------------------------------------------------------------------


def counted(network: Network, counts: Counter[tuple[str, str]]) -> Network:
    """The same network; it counts how often each op is run, by node, and each of its VJPs, by node and slot."""

    def counting(key: tuple[str, str], run: Callable[..., Any]) -> Callable[..., Any]:
        def wrapped(*arguments: Any) -> Any:
            counts[key] += 1
            return run(*arguments)

        return wrapped

    def row(node: OpNode) -> OpNode:
        rules = {slot: replace(vjp, rule=counting((node.name, slot), vjp.rule)) for slot, vjp in node.op.vjps.items()}
        return replace(node, op=replace(node.op, forward=counting((node.name, ""), node.op.forward), vjps=rules))

    return replace(network, graph=Graph(node if node.op is None else row(node) for node in network.graph.nodes))


@pytest.mark.parametrize("name", NETWORKS)
def test_each_op_is_run_once_and_by_the_checker_once_for_rounding_and_once_for_all_moved_numbers(name: str) -> None:
    counts: Counter[tuple[str, str]] = Counter()
    network = counted(NETWORKS[name], counts)
    directions: tuple[Direction, ...] = ("forward", "backward")
    for direction in directions:
        state = ViewState(network, direction, network.defaults)
        for at in (state, state.go(direction, 1), state.with_ask("W.1.1"), *(state.with_view(view) for view in VIEWS)):
            counts.clear()
            page(at, trace_of(at))
            is_checked = direction == "backward" or at.show == "check"
            ops = {(node.name, ""): 1 + 2 * is_checked for node in network.graph.ops}
            assert counts == ops | (dict.fromkeys(network.graph.vjps, 2) if is_checked else {}), at.address()


def test_a_perturbation_is_one_forward_pass_more() -> None:
    counts: Counter[tuple[str, str]] = Counter()
    network = counted(DEFAULT, counts)
    state = replace(ViewState(network, "backward", network.defaults).with_ask("z.1"), eps=0.01)
    page(state, trace_of(state))
    assert [counts[node, ""] for node in ("z", "h", "L")] == [4, 4, 4]
    assert all(counts[edge] == 2 for edge in network.graph.vjps)


# --- who runs them ------------------------------------------------------------------------------------------


def test_only_an_answer_s_trace_and_a_batch_run_a_pass() -> None:
    """Whatever shows or checks a pass takes a trace: no other module of the app so much as imports the sweeps."""
    found = {
        path.relative_to(APP).as_posix()
        for path in sorted(APP.rglob("*.py"))
        for entry in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(entry, ast.ImportFrom)
        and (entry.module or "").rpartition(".")[2] in ("engine", "trace")
        and {"forward", "backward"} & {alias.name for alias in entry.names}
    }
    outside = {path for path in found if not path.startswith("engine/")}
    assert outside == {"snapshot/build.py", "snapshot/batch.py"}
    # these choose default numbers by what they show, plant mistakes, take steps,
    # compare ways from the logit to the loss, change the last digits, and leave kinks
    assert found - outside == {
        "engine/__init__.py",
        "engine/by_name/defaults.py",
        "engine/descent.py",
        "engine/moved_early.py",
        *("engine/mistakes.py", "engine/chains.py", "engine/rounding.py", "engine/kinks.py"),
    }


def test_the_counters_see_a_pass_that_is_run_twice(passes: Passes) -> None:
    """Were they blind, all of this would hold by itself."""
    state = ViewState(DEFAULT, "backward", DEFAULT.defaults)
    trace_of(state)
    trace_of(state)
    assert passes == each(DEFAULT.name, times=2)
    counts: Counter[tuple[str, str]] = Counter()
    network = counted(DEFAULT, counts)
    values = {name: np.asarray(value) for name, value in network.defaults.items()}
    backward(backward(forward(network.graph, values)))
    assert (counts["z", ""], counts["z", "W"]) == (1, 2)
