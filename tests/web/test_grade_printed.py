"""Printed numbers sent to be graded: lines or texts by name, beside gradients or without any."""

from __future__ import annotations

from typing import Any

import pytest
from starlette.testclient import TestClient

from app.pages.published.examples import published
from app.web.examples import printed_body
from tests.conftest import Lot

from .test_bad_input import refused


def compared(client: TestClient, **body: Any) -> dict[str, Any]:
    answer = client.post("/api/grade", json=body)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_published_numbers_get_their_classes_by_name_and_in_lines_alike(client: TestClient, lot: Lot) -> None:
    from tests.snapshot.test_printed import PUBLISHED

    for example in lot.some(published(), 5):
        body = {**example.body, "steps": example.steps}
        lines = "\n".join(f"{key} = {number}" for key, number in example.printed.items())
        for printed in (dict(example.printed), lines):
            found = compared(client, **body, printed=printed)["printed"]
            assert found["unread"] == []
            facts = {key: says for key, (_, says) in PUBLISHED[example.name].items()}
            assert {one["key"]: one["verdict"] for one in found["numbers"]} == facts


def test_the_example_of_the_reference_finds_the_reversed_sign(client: TestClient) -> None:
    found = compared(client, **printed_body())
    assert [one["verdict"] for one in found["printed"]["numbers"]] == ["right", "right", "wrong", "right"]
    assert (found["verdict"], found["nodes"]) == ("wrong", [])


def test_without_printed_numbers_an_answer_says_nothing_of_any(client: TestClient) -> None:
    assert "printed" not in compared(client, gradients={"x": [0.06, -0.02]})


def test_gradients_and_printed_numbers_go_together(client: TestClient) -> None:
    printed = {"dx": ["0.06", "-0.02"], "dz": "[0.2, -0.1, 0.1]"}
    found = compared(client, gradients={"x": [0.06, -0.02]}, printed=printed)
    assert (found["verdict"], found["right"]) == ("right", 1)
    assert [one["key"] for one in found["printed"]["numbers"]] == ["dx.1", "dx.2", "dz.1", "dz.2", "dz.3"]


@pytest.mark.parametrize(
    ("body", "loc"),
    [
        ({"printed": {}}, ["body", "printed"]),
        ({"printed": 1}, ["body", "printed"]),
        ({"printed": {"z": None}}, ["body", "printed"]),
        ({"printed": {"z": [[["1"]]]}}, ["body", "printed"]),
        ({"printed": "z = 1", "steps": 0}, ["body", "steps"]),
        ({"printed": "z = 1", "steps": True}, ["body", "steps"]),
        ({"printed": "z = 1", "lr": -1}, ["body", "lr"]),
        ({"printed": "z = 1", "hold": ["q"]}, ["body", "hold"]),
        ({"printed": "z" * 50_000}, ["body", "printed"]),
        ({"printed": {f"z{n}": "1" for n in range(1001)}}, ["body", "printed"]),
    ],
)
def test_a_body_with_printed_numbers_that_are_none_is_a_422_that_names_the_field(
    client: TestClient, body: dict[str, Any], loc: list[Any]
) -> None:
    problem = client.post("/api/grade", json=body)
    assert problem.status_code == 422
    assert loc in [error["loc"] for error in problem.json()["errors"]]
    refused(problem, 422)
