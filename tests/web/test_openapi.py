"""The OpenAPI document is true: what it allows is answered, what it forbids is refused, as it says."""

from __future__ import annotations

import re
from typing import Any

import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.config import SchemathesisConfig
from schemathesis.specs.openapi.checks import positive_data_acceptance
from starlette.testclient import TestClient

from app.engine import DEFAULT, NETWORKS, Network
from app.engine.by_name import ChainError, network_named
from app.engine.descent import parameters
from app.engine.sizes import DIMENSIONS
from app.main import create_app
from app.settings import Settings
from app.web.openapi.values import CHAINS
from tests.conftest import examples, soaking

# Data that breaks the schema may also be too long, which Schemathesis does not take for a refusal by itself.
# Its list of the edges of every field, thousands of cases, is for a soak: each worker makes it before the first test.
CONFIG = SchemathesisConfig.from_dict(
    {
        "checks": {"negative_data_rejection": {"expected-statuses": ["400", "413", "414", "415", "422"]}},
        "phases": {"coverage": {"enabled": soaking()}},
    }
)
SCHEMA = schemathesis.openapi.from_asgi("/openapi.json", create_app(Settings()), config=CONFIG)
# Beyond this a square may overflow, the one reason for which numbers that fit the schema are refused (422); or, where z
# is a sum of their products, e^z; or log(1 − σ(z)), which is that of 0 from z = 37 on.
LARGE = 1e50
LARGE_IN = {"exp-poisson": 10.0, "sigmoid-then-bce": 3.0}

NUMBER = re.compile(r"(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?")


def magnitudes(data: Any) -> list[float]:
    """How large the numbers in a query or body are, those written in text included."""
    if isinstance(data, dict):
        return [size for entry in data.values() for size in magnitudes(entry)]
    if isinstance(data, list):
        return [size for entry in data for size in magnitudes(entry)]
    if isinstance(data, str):
        return [float(found) for found in NUMBER.findall(data)]
    if isinstance(data, int | float) and not isinstance(data, bool):
        return [float("inf") if abs(data) > LARGE else abs(float(data))]
    return []


@SCHEMA.exclude(path_regex="/batch/").parametrize()
@settings(max_examples=examples(4, 150), deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
def test_the_api_keeps_what_its_document_promises(case: schemathesis.Case[Any]) -> None:
    keep(case)


@SCHEMA.include(path_regex="/batch/").parametrize()
@settings(max_examples=examples(3, 30), deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
def test_batches_keep_what_the_document_promises(case: schemathesis.Case[Any]) -> None:
    """With fewer examples, each of which holds many."""
    keep(case)


def keep(case: schemathesis.Case[Any]) -> None:
    """Put a question, and check the answer against the document."""
    sizes = magnitudes(case.query) + magnitudes(case.body)
    named = [sent.get("network") for sent in (case.query, case.body) if isinstance(sent, dict)]
    all_heads = ["exp-poisson"] if case.path == "/api/heads" else []
    # a step takes lr times the gradient away, whose passes may overflow with it
    is_step = case.path.endswith("/train") or any(
        isinstance(sent, dict) and "lr" in sent for sent in (case.query, case.body)
    )
    may_overflow = any(size > min(map(largest, [*named, *all_heads, None])) for size in sizes) or is_step
    # whether names, shapes and steps of a graph fit each other, OpenAPI can't say
    is_graph = isinstance(case.body, dict) and isinstance(case.body.get("network"), dict)
    strange = any(elsewhere(sent) or of_another_shape(sent) for sent in (case.query, case.body))
    refused = is_graph or may_overflow or strange
    case.call_and_validate(excluded_checks=[positive_data_acceptance] if refused else [])


def known(name: object) -> Network | None:
    """The network of a name, of the gallery or a chain; None for what names none."""
    try:
        return network_named(name) if isinstance(name, str) else None
    except ChainError:
        return None


def largest(name: object) -> float:
    """The largest number with which a network's passes are sure not to overflow; a chain's may have an exp behind sums
    of products of them."""
    is_chain = known(name) is not None and name not in NETWORKS
    return 1.0 if is_chain else LARGE_IN.get(str(name), LARGE)


def elsewhere(query: Any) -> bool:
    """Whether a query or a body has a leaf, a node or a step that another network has, or a batch: OpenAPI can't say
    that."""
    name = query.get("network", DEFAULT.name) if isinstance(query, dict) else None
    network = known(name)
    if network is None:
        return False
    steps = min(len(events) for events in network.graph.timelines.values())
    late = str(query.get("step") or 0).partition(".")[0].isdecimal() and float(query.get("step") or 0) > steps
    node, *index = str(query.get("ask") or "L").split(".")
    shape = network.shapes.get(node, ())
    strange = node not in network.shapes or len(index) != len(shape)
    held = {entry.strip() for entry in str(query.get("hold", "")).split(",") if entry.strip()}
    strange = strange or not held <= {*parameters(network.graph)}
    leaves = {leaf for other in (*NETWORKS.values(), *CHAINS) for leaf in other.defaults}
    sets = query.get("sets")
    groups = [query, query.get("values"), *(sets if isinstance(sets, list) else [])]
    names = {name for group in groups if isinstance(group, dict) for name in group}
    return late or strange or bool(leaves & names - network.defaults.keys())


def shape_of(numbers: Any) -> tuple[int, ...]:
    """The shape of numbers in a query or a body; −1 stands for rows of several lengths."""
    if isinstance(numbers, str):
        rows = [[0.0] * (row.count(",") + 1) for row in numbers.split(";")]
        return shape_of(rows if len(rows) > 1 else rows[0])
    if not isinstance(numbers, list):
        return ()
    inner = {shape_of(entry) for entry in numbers}
    return (len(numbers), *(inner.pop() if len(inner) == 1 else (-1,)))


def of_another_shape(sent: Any) -> bool:
    """Whether numbers are not of their network's own shapes, or an entry beyond those is asked about.

    OpenAPI can't say whether other shapes fit each other, nor which shape a query's network wants.
    """
    name = sent.get("network", DEFAULT.name) if isinstance(sent, dict) else None
    network = known(name)
    if network is None:
        return False
    sets = sent.get("sets")
    groups = [sent, sent.get("values"), *(sets if isinstance(sets, list) else [])]
    given = [
        pair for group in groups if isinstance(group, dict) for pair in group.items() if pair[0] in network.defaults
    ]
    node, *places = str(sent.get("ask") or network.graph.loss.name).split(".")
    sizes = network.shapes.get(node, ())
    beyond = any(not place.isdecimal() or int(place) > size for place, size in zip(places, sizes, strict=False))
    return beyond or any(shape_of(numbers) != network.shape(name) for name, numbers in given)


def test_the_shapes_that_the_document_allows_are_taken_where_they_fit(client: TestClient) -> None:
    """What `of_another_shape` lets pass is refused only if it does not fit: see tests/web/test_sizes.py for more."""
    (name,) = DIMENSIONS
    for m, n in ((1, 1), (2, 4), (64, 64)):
        fitting = {"x": [1.0] * n, "W": [[0.5] * n] * m, "b": [0.0] * m, "y": [1.0] * m}
        for address, body in (
            ("/api/backward", {"network": name, "values": fitting, "ask": f"W.{m}.{n}"}),
            ("/api/batch/forward", {"network": name, "sets": [fitting] * 3}),
        ):
            assert client.post(address, json=body).status_code == 200
        assert client.post("/api/backward", json={"values": {**fitting, "x": [1.0] * (n + 1)}}).status_code == 422


def test_each_network_answers_all_steps_and_entries_that_are_its_own(client: TestClient) -> None:
    """What `elsewhere` lets pass is refused, and nothing else is."""
    for name, network in NETWORKS.items():
        for direction, events in network.graph.timelines.items():
            for step in range(len(events) + 2):
                answer = client.get(f"/api/{direction}?network={name}&step={step}")
                assert answer.status_code == (200 if step <= len(events) else 422)
            for node in ("z", "h", "p"):
                answer = client.get(f"/api/{direction}?network={name}&ask={node}.3")
                assert answer.status_code == (200 if network.shapes.get(node) == (3,) else 422)


def test_large_numbers_are_answered_or_refused_with_the_place_where_they_overflow(client: TestClient) -> None:
    for size, status in ((1e70, 200), (1e153, 200), (1e200, 422), (1.7e308, 422)):
        answer = client.post("/api/backward", json={"values": {"y": [size, 0, 0]}})
        assert answer.status_code == status
        assert status == 200 or "overflows" in answer.json()["detail"]
