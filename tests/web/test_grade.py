"""Gradients sent to be graded: right ones pass, wrong ones are told what they look like, all else is refused."""

from __future__ import annotations

import json
from typing import Any

import pytest
from starlette.testclient import TestClient

from app.engine import NETWORKS
from app.web.examples import graded_body

from .test_bad_input import CANARY, refused

SHUT = {"b": [0, -0.1, -0.6]}  # ∂L/∂h = (0.2, −0.1, −0.1), ∂L/∂z = (0.2, −0.1, 0)


def graded(client: TestClient, **body: Any) -> dict[str, Any]:
    answer = client.post("/api/grade", json=body)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def node(client: TestClient, name: str, **body: Any) -> dict[str, Any]:
    return next(entry for entry in graded(client, **body)["nodes"] if entry["name"] == name)


def test_right_gradients_are_right_entry_by_entry(client: TestClient) -> None:
    found = graded(client, gradients={"x": [0.06, -0.02], "W": [[0.2, 0.1], [-0.1, -0.05], [0.1, 0.05]], "L": 1})
    assert (found["verdict"], found["right"], found["wrong"]) == ("right", 3, 0)
    assert (found["right_entries"], found["wrong_entries"]) == (9, 0)
    assert [entry["name"] for entry in found["nodes"]] == ["x", "W", "L"]
    (x, W, L) = found["nodes"]
    assert x["entries"][1] == {
        "key": "x.2",
        "claimed": -0.02,
        "right": x["right"][1],
        "verdict": "right",
        "matches": [],
    }
    assert [entry["key"] for entry in W["entries"]] == ["W.1.1", "W.1.2", "W.2.1", "W.2.2", "W.3.1", "W.3.2"]
    assert L["entries"][0]["key"] == "L"
    assert x["note"] == ""


@pytest.mark.parametrize("name", NETWORKS)
def test_what_the_backward_pass_answers_is_graded_right(client: TestClient, name: str) -> None:
    nodes = client.get(f"/api/backward?network={name}").json()["nodes"]
    gradients = {entry["name"]: entry["grad"] for entry in nodes if entry["requires_grad"]}
    found = graded(client, network=name, gradients=gradients)
    assert (found["network"], found["verdict"], found["right"]) == (name, "right", len(gradients))


def test_a_wrong_gradient_has_its_mistake_named_with_a_sentence_and_the_rule_it_is_made_at(client: TestClient) -> None:
    found = node(client, "z", values=SHUT, gradients={"z": [0.2, -0.1, -0.1]})
    assert (found["verdict"], found["right_entries"], found["wrong_entries"]) == ("wrong", 2, 1)
    (match,) = found["matches"]
    assert match == {
        "name": "mask forgotten",
        "says": "The mask is missing: v has passed inactive units, too. Where z ≤ 0, nothing flows back.",
        "node": "h",
        "wrt": "z",
        "vjp": "∂L/∂z = v ⊙ 𝟙[z > 0]",
        "own": True,
    }
    assert found["note"] == match["says"]
    assert [entry["verdict"] for entry in found["entries"]] == ["right", "right", "wrong"]
    assert [entry["matches"] for entry in found["entries"]] == [[], [], [match]]


def test_a_gradient_that_follows_from_a_wrong_one_is_told_so(client: TestClient) -> None:
    found = graded(client, **graded_body())
    assert {entry["name"]: (entry["verdict"], entry["follows"]) for entry in found["nodes"]} == {
        "b": ("wrong", ["z"]),
        "z": ("wrong", []),
        "h": ("right", []),
    }
    assert found["nodes"][0]["note"] == "It follows correctly from your ∂L/∂z, which is wrong."


def test_a_mistake_on_top_of_a_wrong_one_is_named(client: TestClient) -> None:
    found = node(client, "W", gradients={"z": [7, 8, 9], "W": [[-7, -3.5], [-8, -4], [-9, -4.5]]})
    assert found["follows"] == ["z"]
    assert [match["name"] for match in found["also"]] == ["sign"]
    assert found["note"] == "It does not follow from your ∂L/∂z either. The sign is reversed."


def test_what_could_be_either_is_told_as_that(client: TestClient) -> None:
    """One unit is active: h₁ = z₁ = 1, ∂L/∂z₁ = 2; 1 is its half, z₁ without its target, or no v at all."""
    values = {"W": [[1, 0], [0, 0], [0, 0]], "x": [1, 0], "b": [0, -1, -1], "y": [-1, 0, 0]}
    found = node(client, "z", values=values, gradients={"z": [1, 0, 0]})
    assert [match["name"] for match in found["matches"]] == [
        "upstream forgotten",
        "½ not cancelled",
        "target forgotten",
    ]
    assert found["note"].startswith("It could be one of these. The upstream gradient v is missing")
    assert found["note"].endswith(" Already at ∂L/∂h, this is h alone: y* has to be subtracted.")


def test_a_wrong_shape_is_part_of_the_grade(client: TestClient) -> None:
    found = node(client, "W", gradients={"W": [[0.2, -0.1, 0.1], [0.1, -0.05, 0.05]]})
    assert (found["verdict"], found["shape"], found["claimed_shape"]) == ("wrong", [3, 2], [2, 3])
    assert (found["entries"], found["right_entries"], found["wrong_entries"]) == ([], 6, 0)
    assert found["numbers"] == "transposed"
    assert [match["name"] for match in found["matches"]] == ["outer product transposed"]
    assert found["note"].startswith(
        "The numbers are right, but transposed; the shape, 2×3, is not. "
        "A gradient has the shape of what it belongs to: 3×2, like W. This is x vᵀ"
    )
    for shape, said in ((None, [[1, 2], [3]]), ([], 1), ([1, 2], [[0.06, -0.02]]), ([3], [1, 2, 3])):
        found = node(client, "x", gradients={"x": said})
        assert (found["verdict"], found["claimed_shape"], found["entries"]) == ("wrong", shape, [])


def test_numbers_that_are_right_in_a_wrong_shape_are_said_to_be_both(client: TestClient) -> None:
    found = node(client, "z", gradients={"z": [[0.2], [-0.1], [0.1]]})
    assert (found["verdict"], found["numbers"]) == ("wrong", "row by row")
    assert (found["right_entries"], found["wrong_entries"]) == (3, 0)
    assert found["note"] == (
        "The numbers are right; the shape, 3×1, is not. A gradient has the shape of what it belongs to: 3, like z."
    )
    found = node(client, "z", gradients={"z": [[0.2, -0.1, 0.1]]})
    assert "the shape, 1×3, is not" in found["note"]
    found = node(client, "z", gradients={"z": [[0.2], [-0.1], [0.2]]})
    assert (found["numbers"], found["right_entries"], found["wrong_entries"]) == (None, 0, 3)
    assert found["note"] == "A gradient has the shape of what it belongs to: 3, like z."
    found = node(client, "L", gradients={"L": [1]})
    assert found["note"].endswith(
        "the shape, 1, is not. A gradient has the shape of what it belongs to: scalar, like L."
    )


def test_a_subgradient_at_a_kink_is_neither_right_nor_wrong(client: TestClient) -> None:
    """z₂ = 0 with v₂ = −0.5: v·[z ≥ 0] and half of that, and what follows from them, and one entry that does not."""
    kink = {"b": [0, -0.5, 0]}
    for slope in (1, 0.5):
        z2 = -0.5 * slope
        gradients = {"z": [0.2, z2, 0.1], "b": [0.2, z2, 0.1], "W": [[0.2, 0.1], [z2, z2 / 2], [0.1, 0.05]]}
        found = graded(client, values=kink, gradients=gradients)
        assert (found["verdict"], found["right"], found["kinks"], found["wrong"]) == ("kink", 0, 3, 0)
        assert (found["right_entries"], found["kink_entries"], found["wrong_entries"]) == (2 + 2 + 4, 4, 0)
        for entry in found["nodes"]:
            assert entry["note"] == (
                "z₂ is exactly 0, at the kink of ReLU, where any slope from 0 to v is a subgradient. "
                "The convention here is ReLU′(0) = 0; this comes from another slope."
            )
            assert entry["matches"] == []
    z = next(entry for entry in found["nodes"] if entry["name"] == "z")
    assert [entry["verdict"] for entry in z["entries"]] == ["right", "kink", "right"]
    mixed = graded(client, values=kink, gradients={"z": [0.2, -0.5, 0.1], "b": [0.2, -0.5, 0.3], "h": [0.2, -0.5, 0.1]})
    assert (mixed["verdict"], mixed["right"], mixed["kinks"], mixed["wrong"]) == ("wrong", 1, 1, 1)


def test_at_a_kink_each_entry_is_graded_by_itself(client: TestClient) -> None:
    """∂L/∂z = (0.2, 0, 0.1), with any from −0.5 to 0 for its second entry."""
    for claim, verdicts, says in (
        ([0.2, -0.5, 0.7], "right kink wrong", "1 of 3 entries is right, 1 comes from another slope at a kink."),
        ([0.2, 0.5, 0.1], "right wrong right", "2 of 3 entries are right."),
        ([-0.2, -0.5, -0.1], "wrong kink wrong", "1 of 3 entries comes from another slope at a kink."),
        ([-0.2, 0.5, -0.1], "wrong wrong wrong", "The sign is reversed."),
        ([-0.2, 0, -0.1], "wrong right wrong", "The sign is reversed."),
        ([-0.2, 7, -0.1], "wrong wrong wrong", "This matches no common mistake; compare the worked answer."),
    ):
        z = node(client, "z", values={"b": [0, -0.5, 0]}, gradients={"z": claim})
        assert [entry["verdict"] for entry in z["entries"]] == verdicts.split()
        counts = (z["right_entries"], z["kink_entries"], z["wrong_entries"])
        assert counts == tuple(verdicts.split().count(verdict) for verdict in ("right", "kink", "wrong"))
        assert z["verdict"] == "wrong"
        assert says in z["note"], claim
        assert all((entry["verdict"] == "wrong") >= bool(entry["matches"]) for entry in z["entries"])
        if says == "The sign is reversed.":
            assert "sign" in [match["name"] for match in z["matches"]]


def rounded(numbers: list[float], digits: int) -> list[float]:
    return [float(f"{number:.{digits}g}") for number in numbers]


@pytest.mark.parametrize("digits", [2, 3, 4])
@pytest.mark.parametrize("name", ["softmax-ce", "sigmoid-bce", "tanh-mse", "exp-poisson"])
def test_right_numbers_that_were_rounded_are_told_so_and_nobody_is_accused(
    client: TestClient, name: str, digits: int
) -> None:
    nodes = client.get(f"/api/backward?network={name}").json()["nodes"]
    z = next(entry["grad"] for entry in nodes if entry["name"] == "z")
    found = graded(client, network=name, gradients={"b": rounded(z, digits), "z": rounded(z, digits)})
    said = f"Right to {digits} digits; the tolerance of 1e-5 asks for more. Send more digits, or a larger tolerance."
    for entry in found["nodes"]:
        assert (entry["verdict"], entry["note"]) == ("wrong", said)
        assert entry["matches"] == entry["follows"] == []
    again = graded(client, network=name, gradients={"z": rounded(z, digits)}, tolerance=10.0 ** (1 - digits))
    assert again["verdict"] == "right", "a larger tolerance takes them"


def test_what_follows_from_rounded_numbers_is_told_so(client: TestClient) -> None:
    """∂L/∂z = (0.3548, −0.6452, 0.2905), and ∂L/∂W = v xᵀ with x = (1, 0.5)."""
    z = [0.355, -0.645, 0.29]
    gradients: dict[str, Any] = {"z": z, "W": [[v, v / 2] for v in z]}
    W = node(client, "W", network="softmax-ce", gradients=gradients)
    assert (W["verdict"], W["note"]) == ("wrong", "It follows correctly from your ∂L/∂z, which is rounded.")
    gradients["W"] = [[-v, -v / 2] for v in z]
    assert node(client, "W", network="softmax-ce", gradients=gradients)["note"] == "The sign is reversed."


@pytest.mark.parametrize("claim", [[0.356, -0.645, 0.29], [0.4, -0.6, 0.3], [0.355, -0.645, 0]])
def test_wrong_numbers_are_not_called_rounded(client: TestClient, claim: list[float]) -> None:
    """A last digit that is off; one digit each, which many numbers have; and 0, which has none."""
    assert "Right to" not in node(client, "z", network="softmax-ce", gradients={"z": claim})["note"]


def test_a_gradient_that_is_far_too_small_too_large_or_turned_is_wrong(client: TestClient) -> None:
    """∂L/∂W = v xᵀ with x = (1e-7, 1e-7)."""
    values = {"x": [1e-7, 1e-7], "b": [0.4, 0.4, 0.4]}
    right = node(client, "W", values=values, gradients={"W": [[0, 0]] * 3})["right"]
    for factor in (0, -1, 10):
        claim = [[factor * number for number in row] for row in right]
        found = node(client, "W", values=values, gradients={"W": claim})
        assert (found["verdict"], found["right_entries"]) == ("wrong", 0)
    assert node(client, "W", values=values, gradients={"W": right})["verdict"] == "right"


def test_how_far_off_a_right_answer_may_be_is_ones_own_choice(client: TestClient) -> None:
    claim = {"x": [0.0601, -0.02]}
    assert graded(client, gradients=claim)["verdict"] == "wrong"
    assert graded(client, gradients=claim, tolerance=1e-2)["verdict"] == "right"
    assert graded(client, gradients={"x": [0.06000005, -0.02]})["verdict"] == "right", "a millionth is let pass"


@pytest.mark.parametrize(
    ("body", "loc"),
    [
        ("{}", ["body", "gradients"]),
        ('{"gradients": {}}', ["body", "gradients"]),
        ('{"gradients": null}', ["body", "gradients"]),
        ('{"gradients": [1]}', ["body", "gradients"]),
        ('{"gradients": {"x": [NaN, 1]}}', ["body", "gradients", "x", 0]),
        ('{"gradients": {"x": [1, 1e999]}}', ["body", "gradients", "x", 1]),
        (f'{{"gradients": {{"x": [1, {"9" * 400}]}}}}', ["body", "gradients", "x", 1]),
        ('{"gradients": {"W": [[1, 2], [3, true]]}}', ["body", "gradients", "W", 1, 1]),
        ('{"gradients": {"W": [[1, 2], [3, [4]]]}}', ["body", "gradients", "W", 1]),
        ('{"gradients": {"W": [[1, 2], 3]}}', ["body", "gradients", "W"]),
        ('{"gradients": {"x": []}}', ["body", "gradients", "x"]),
        ('{"gradients": {"W": [[1], []]}}', ["body", "gradients", "W", 1]),
        (f'{{"gradients": {{"x": {[1] * 4097}}}}}', ["body", "gradients", "x"]),
        (f'{{"gradients": {{"W": {[[1]] * 65}}}}}', ["body", "gradients", "W"]),
        (f'{{"gradients": {{"W": {[[1] * 65]}}}}}', ["body", "gradients", "W", 0]),
        ('{"gradients": {"x": "0.06"}}', ["body", "gradients", "x"]),
        ('{"gradients": {"x": null}}', ["body", "gradients", "x"]),
        ('{"gradients": {"y": [1, 2, 3]}}', ["body", "gradients", "y"]),
        (f'{{"gradients": {{"{CANARY}": 1}}}}', ["body", "gradients"]),
        ('{"gradients": {"p": [1, 2, 3]}}', ["body", "gradients"]),
        ('{"gradients": {"x": [1, 2]}, "tolerance": 0}', ["body", "tolerance"]),
        ('{"gradients": {"x": [1, 2]}, "tolerance": 1}', ["body", "tolerance"]),
        ('{"gradients": {"x": [1, 2]}, "tolerance": NaN}', ["body", "tolerance"]),
        ('{"gradients": {"x": [1, 2]}, "tolerance": null}', ["body", "tolerance"]),
        ('{"gradients": {"x": [1, 2]}, "tolerance": true}', ["body", "tolerance"]),
        ('{"gradients": {"x": [1, 2]}, "step": 1}', ["body"]),
        ('{"gradients": {"x": [1, 2]}, "values": {"x": [1]}}', ["body", "values", "x"]),
        (f'{{"gradients": {{"x": [1, 2]}}, "network": "{CANARY}"}}', ["body", "network"]),
        ("[]", ["body"]),
    ],
)
def test_a_body_that_cannot_be_graded_is_a_422_that_names_the_field(
    client: TestClient, body: str, loc: list[Any]
) -> None:
    headers = {"Content-Type": "application/json"}
    refused(client.post("/api/grade", content=body.encode(), headers=headers), 422, loc)


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ({"gradients": None}, "gradients must be an object of arrays of numbers, by name, not null"),
        ({"gradients": [[1, 2]]}, "gradients must be an object of arrays of numbers, by name, not an array"),
        ({"gradients": {"x": "1,2"}}, "the gradient of x must be numbers in arrays, or one number, not a string"),
        ({"gradients": {"x": {}}}, "the gradient of x must be numbers in arrays, or one number, not an object"),
        ({"gradients": {"x": [1, "2"]}}, "entry 2 of the gradient of x must be a number, not a string"),
        ({"gradients": {"W": [[1, None]]}}, "entry 1, 2 of the gradient of W must be a number, not null"),
        ({"gradients": {"x": [1, 2]}, "tolerance": "1e-3"}, "tolerance must be a number, not a string"),
        ({"gradients": {"x": [1, 2]}, "tolerance": 1}, "tolerance must be a number from 1e-12 to 0.1"),
    ],
)
def test_a_body_that_cannot_be_graded_is_told_what_came(client: TestClient, body: dict[str, Any], says: str) -> None:
    assert refused(client.post("/api/grade", json=body), 422)["detail"] == says


def test_numbers_that_overflow_are_refused_with_the_place(client: TestClient) -> None:
    problem = refused(client.post("/api/grade", json={"values": {"y": [1e200, 0, 0]}, "gradients": {"x": [0, 0]}}), 422)
    assert "L overflows" in problem["detail"]


def test_it_is_asked_by_post_alone_and_may_not_be_kept(client: TestClient) -> None:
    answer = client.get("/api/grade")
    refused(answer, 405)
    assert answer.headers["Allow"] == "POST"
    refused(client.post("/api/grade", content=b"{", headers={"Content-Type": "application/json"}), 400)
    refused(client.post("/api/grade", content=b"{}"), 415)


def test_huge_claims_are_looked_at_like_any_other(client: TestClient) -> None:
    found = node(client, "x", gradients={"x": [1.7e308, -1.7e308]})
    assert (found["verdict"], found["matches"]) == ("wrong", [])
    assert json.dumps(found["entries"][0]["claimed"]) == "1.7e+308"


def test_other_shapes_than_the_network_s_own_are_graded_too(client: TestClient) -> None:
    """W 1×3: z = h = (1 + 2 + 3) = 6, ∂L/∂z = 6 − 4 = 2, ∂L/∂W = 2 (1, 1, 1)."""
    values = {"W": [[1, 2, 3]], "x": [1, 1, 1], "b": [0], "y": [4]}
    found = graded(client, values=values, gradients={"W": [[2, 2, 2]], "x": [2, 4, 6], "z": [2]})
    assert found["verdict"] == "right"
    (turned,) = graded(client, values=values, gradients={"W": [[2], [2], [2]]})["nodes"]
    assert [match["name"] for match in turned["matches"]] == ["outer product transposed"]
    problem = refused(client.post("/api/grade", json={"values": {"W": [[1, 2, 3]]}, "gradients": {"z": [2]}}), 422)
    assert "x must be given too" in str(problem["errors"])


def test_the_largest_of_all_floats_may_be_given(client: TestClient) -> None:
    """A copy of it with another last digit is none: the grade looks at such copies to know what rounding can do."""
    most = 1.7976931348623157e308
    sent = {"gradients": {"b": [0.2, -0.1, 0.1]}, "values": {"x": [0, 0], "W": [[most, -most], [0, 0], [0, 0]]}}
    answer = client.post("/api/grade", json=sent)
    assert answer.status_code == 200, answer.text
