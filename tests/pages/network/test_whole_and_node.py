"""The card of a pass as a whole, and that of a node: of every network, each number and each link."""

from __future__ import annotations

import re

import pytest
from starlette.testclient import TestClient

from app.digits import formatted, min_decimals
from app.engine.graph import CONSTANT, Direction
from app.pages.network.context import page
from app.pages.network.node_panel import NodePanel
from app.pages.network.pass_panel import PassPanel
from app.snapshot import trace_of
from app.snapshot.rules import pass_cost, pass_rules
from app.snapshot.step import explain
from app.state import ViewState
from tests.browser.reading import read
from tests.engine.random_chains import WITH_CHAINS

PASSES: list[tuple[str, Direction]] = [
    (name, direction) for name in WITH_CHAINS for direction in ("forward", "backward")
]


def whole(name: str, direction: Direction) -> ViewState:
    return ViewState(WITH_CHAINS[name], direction, WITH_CHAINS[name].defaults)


@pytest.mark.parametrize(("name", "direction"), PASSES)
def test_a_whole_lists_what_its_steps_say_in_their_order(name: str, direction: Direction) -> None:
    state = whole(name, direction)
    trace, events = trace_of(state), WITH_CHAINS[name].graph.timelines[direction]
    for event, rule in zip(events, pass_rules(trace, direction), strict=True):
        step = explain(trace, direction, event)
        assert (rule.left, rule.right, rule.result) == (step.left, step.right, step.result)


@pytest.mark.parametrize(("name", "direction"), PASSES)
def test_each_line_of_a_whole_leads_to_its_step_and_has_its_numbers(
    client: TestClient, name: str, direction: Direction
) -> None:
    answer = client.get(f"/{direction}?network={name}").text
    card, state = read(answer).by_id("card"), whole(name, direction)
    links = [link for link in card.all("a") if re.fullmatch(r"rule-[1-9]\d*", link.attributes.get("id", ""))]
    rules = pass_rules(trace_of(state), direction)
    assert [link["href"] for link in links] == [state.go(direction, rule.step).address() for rule in rules]
    for link, rule in zip(links, rules, strict=True):
        least = min_decimals(rule.result, grad=direction == "backward")
        (result,) = link.all("span", "result")
        assert re.split(r"[,;] ", result.text.strip("()")) == list(formatted(rule.result, least=least).texts)
    given = [link["href"] for link in card.all("a") if link.attributes.get("id") == "rule-0"]
    assert given == ([state.go("forward", 0).address()] if direction == "forward" else [])


@pytest.mark.parametrize("name", WITH_CHAINS)
def test_the_close_counts_what_its_steps_cost_and_avoid(name: str) -> None:
    state = whole(name, "backward")
    trace, shown = trace_of(state), page(state, trace_of(state)).panel
    assert isinstance(shown, PassPanel)
    cost, timelines = pass_cost(trace), WITH_CHAINS[name].graph.timelines
    assert shown.cost == cost
    backward = [step.cost for step in (explain(trace, "backward", event) for event in timelines["backward"])]
    forward = [step.cost for step in (explain(trace, "forward", event) for event in timelines["forward"])]
    assert cost.forward == sum(one.multiply_adds for one in forward if one)
    assert cost.backward == sum(one.multiply_adds for one in backward if one)
    avoided = [one.jacobian_entries or 0 for one in backward if one and one.jacobian_avoided]
    assert (cost.jacobians, cost.entries, cost.bytes) == (len(avoided), sum(avoided), 8 * sum(avoided))
    assert cost.jacobians > 0


@pytest.mark.sampled(14)
@pytest.mark.parametrize(("name", "direction"), PASSES)
def test_every_node_is_explained_at_any_place_and_leads_to_its_step(name: str, direction: Direction) -> None:
    graph, state = WITH_CHAINS[name].graph, whole(name, direction)
    trace = trace_of(state)
    for there in (state, state.go(direction, 1)):
        for node in graph.nodes:
            shown = page(there.with_node(node.name), trace)
            assert isinstance(shown.panel, NodePanel)
            assert [card.view.name for card in shown.nodes if card.selected] == [node.name]
            assert shown.href_of(node.name) == shown.panel.close == there.address(), "it closes where it was opened"
            assert shown.panel.says.startswith(f"{node.symbol} is ")
            used = [other.symbol for other in graph.ops if node.name in other.inputs]
            assert [link.title for link in shown.panel.used] == used
            if shown.panel.go is None:
                assert there.event is not None
                assert there.event.target == node.name
                continue
            assert shown.panel.go.title.startswith("Go to ")
            step = int(re.findall(r"step=(\d+)", shown.panel.go.href)[0])
            led = page(there.go(direction, step), trace)
            now = [card.view.name for card in led.nodes if card.progress == "now"]
            found = led.snapshot.node(node.name)
            assert (found.value if direction == "forward" else found.grad) is not None or node.role in CONSTANT
            reads = [entry.name for entry in graph.ops if node.name in entry.inputs]
            assert now == [node.name] or node.op is None, node.name
            if now and now != [node.name]:
                assert node.role in CONSTANT
                assert "the step that reads it" in shown.panel.go.title
                assert reads


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("step=5&node=x", "x is an input: it is given."),
        ("step=5&node=W", "W is a parameter: it is given, and training changes it."),
        ("step=5&node=y", "y* is the target: it is given, and takes no gradient."),
        ("step=5&node=h", "h is the output of the op ReLU, computed from z."),
        ("node=L", "L is the loss: the output of the op squared error, computed from h and y*."),
    ],
)
def test_a_node_is_told_by_what_it_is_to_the_network(client: TestClient, query: str, told: str) -> None:
    shown = read(client.get(f"/backward?{query}").text)
    assert shown.by_id("card").all("h2")[0].text == told
    assert shown.by_id("card")["data-announce"].startswith(told)


def test_a_whole_shows_its_rules_where_the_view_of_a_rule_is_chosen_and_its_steps_have_that_view(
    client: TestClient,
) -> None:
    for view in ("why", "jacobian"):
        for direction in ("forward", "backward"):
            shown = read(client.get(f"/{direction}?show={view}").text)
            assert shown.by_id("card").all("ol", "rules")
            assert shown.by_id("tab-pass")["aria-current"] == "true"
            steps = [link["href"] for stop in shown.by_id("timeline").all("li") for link in stop.all("a")]
            assert steps
            assert all(f"show={view}" in step for step in steps)
