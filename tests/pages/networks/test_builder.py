"""The builder of networks: what is chosen in its forms leads to an address of the network that was chosen."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from starlette.testclient import TestClient

from app.engine import NETWORKS
from app.engine.by_name import ACTIVATIONS, LOSSES, network_named
from app.snapshot.whole import whole_formula
from tests.browser.reading import Element, read
from tests.conftest import Lot

TEXTBOOK = "2-2.sigmoid-2.sigmoid_mse"
CLASSES = "network=2-3.relu-2_ce"


def form(page: Element, name: str, press: tuple[str, str] | None = None, **typed: Any) -> str:
    """The address that a form of the page leads to: its fields as they stand, but for those that are typed."""
    found = page.by_id(name)
    typed_in = [one for one in found.all("input") if one.attributes.get("type", "hidden") == "hidden"]
    fields = {one["name"]: shown(one) for one in [*typed_in, *found.all("textarea")]}
    for one in found.all("select"):
        fields[one["name"]] = next(option["value"] for option in one.all("option") if "selected" in option.attributes)
    held = [one["value"] for one in found.all("input") if "checked" in one.attributes]
    sent = {**fields, **({"hold": held} if held else {}), **typed, **(dict([press]) if press else {})}
    return f"{found['action'].partition('#')[0]}?{urlencode(sent, doseq=True)}"


def shown(field: Element) -> str:
    """What stands in a field."""
    return field.attributes.get("value", "".join(map(str, field.children)))


def at(client: TestClient, address: str, status: int = 200) -> Element:
    answer = client.get(address, follow_redirects=True)
    assert answer.status_code == status, answer.text[:200]
    return read(answer.text)


def sent(client: TestClient, page: Element, name: str, press: tuple[str, str] | None = None, **typed: Any) -> Element:
    """The page that a form leads to."""
    return at(client, form(page, name, press, **typed))


def opened(client: TestClient, page: Element) -> dict[str, Any]:
    """What the address says that the builder came to, as JSON; its two passes answer, and its step does."""
    address = page.by_id("open")["href"]
    assert page.by_id("address")["value"] == address
    for link in ("open", "open-backward", "open-step"):
        assert client.get(page.by_id(link)["href"]).status_code == 200
    found: dict[str, Any] = client.get(f"/api{address}").json()
    return found | {"query": {name: texts[0] for name, texts in parse_qs(urlsplit(address).query).items()}}


def values(snapshot: dict[str, Any]) -> dict[str, Any]:
    return {node["name"]: node["value"] for node in snapshot["nodes"] if node["op"] is None}


def told(page: Element) -> list[str]:
    return [one.text for one in page.all("strong", "wrong")]


def test_every_choice_leads_to_the_network_that_was_chosen(client: TestClient, lot: Lot) -> None:
    page = at(client, f"/networks?network={TEXTBOOK}")
    for activation in lot.some(["", *ACTIVATIONS], 3):
        for loss in lot.some(LOSSES, 3):
            chosen = sent(client, page, "shape", inputs="3", units1="4", act1=activation, loss=loss)
            dot = "." if activation else ""
            assert opened(client, chosen)["network"] == f"3-4{dot}{activation}-2.sigmoid_{loss}"


@pytest.mark.parametrize("count", [1, 3, 8])
def test_layers_come_and_go_before_the_last(client: TestClient, count: int) -> None:
    page = sent(client, at(client, "/networks?network=3-4.tanh-2_ce"), "shape", layers=str(count))
    assert opened(client, page)["network"] == ("3-2_ce" if count == 1 else f"3{'-4.tanh' * (count - 1)}-2_ce")
    assert len(page.all("fieldset", "layer")) == count
    assert ("too large for a picture" in page.by_id("builder").text) == (count == 8)


def test_a_chain_that_is_one_of_the_gallery_is_that_one(client: TestClient) -> None:
    page = sent(client, at(client, "/networks?network=2-3.tanh_mse"), "shape", act1="relu")
    assert page.by_id("open")["href"] == "/forward"
    assert page.by_id("field-network")["value"] == "2-3.relu_mse"


def test_numbers_that_fit_go_along_and_a_target_only_to_the_same_loss(client: TestClient) -> None:
    page = at(client, f"/networks?network={TEXTBOOK}&x=7,8&W1=1,2;3,4&y=0.25,0.75")
    wider = values(opened(client, sent(client, page, "shape", units2="2", act1="tanh")))
    assert (wider["x"], wider["W1"], wider["y"]) == ([7, 8], [[1, 2], [3, 4]], [0.25, 0.75])
    other = values(opened(client, sent(client, page, "shape", loss="ce")))
    assert other["W1"] == [[1, 2], [3, 4]]
    assert sorted(other["y"]) == [0, 1]


@pytest.mark.parametrize("what", ["zeros", "ones"])
def test_one_press_fills_a_field_or_all(client: TestClient, what: str) -> None:
    number = float(what == "ones")
    page = at(client, f"/networks?network={TEXTBOOK}")
    one = values(opened(client, sent(client, page, "arrays", ("set", f"W1.{what}"))))
    assert one["W1"] == [[number, number], [number, number]]
    assert one["W2"] != one["W1"]
    filled = sent(client, page, "arrays", ("set", f"all.{what}"))
    assert all(set(flat(own)) == {number} for own in values(opened(client, filled)).values())
    again = sent(client, filled, "arrays", ("set", "all.defaults"))
    assert again.by_id("open")["href"] == f"/forward?network={TEXTBOOK}"


def flat(own: Any) -> list[float]:
    return [number for row in own for number in flat(row)] if isinstance(own, list) else [own]


def test_a_matrix_given_as_inputs_by_outputs_is_turned_with_one_press(client: TestClient) -> None:
    page = at(client, f"/networks?{CLASSES}")
    wrong = at(client, form(page, "arrays", W1="1, 2, 3\n4, 5, 6", x="9, 8"), 422)
    assert told(wrong) == ["W1 needs 3 rows of 2 numbers, not 2 rows of 3"]
    assert shown(wrong.by_id("field-W1")) == "1, 2, 3\n4, 5, 6"
    assert shown(wrong.by_id("field-x")) == "9, 8"
    (press,) = [one["value"] for one in wrong.all("button") if one.attributes.get("value", "").endswith("transposed")]
    found = values(opened(client, sent(client, wrong, "arrays", ("set", press))))
    assert found["W1"] == [[1, 4], [2, 5], [3, 6]]
    assert found["x"] == [9, 8]
    square = at(client, f"/networks?network={TEXTBOOK}&W1=1,2;3,4")
    assert values(opened(client, sent(client, square, "arrays", ("set", "W1.transposed"))))["W1"] == [[1, 3], [2, 4]]


@pytest.mark.parametrize("text", ["class 2", "Class 2 ", "classes: 2"])
def test_a_target_may_be_the_number_of_a_class(client: TestClient, text: str) -> None:
    page = at(client, "/networks?network=2-3_ce")
    assert values(opened(client, sent(client, page, "arrays", y=text)))["y"] == [0, 1, 0]


def test_a_class_that_is_none_is_told_and_a_batch_may_have_several(client: TestClient) -> None:
    page = at(client, "/networks?network=2-3_ce")
    wrong = at(client, form(page, "arrays", y="class 4"), 422)
    assert told(wrong) == ["y has a place for each class: give its numbers, or one from class 1 to class 3"]
    batch = sent(client, page, "shape", examples="2")
    assert values(opened(client, sent(client, batch, "arrays", y="class 3; class 1")))["y"] == [[0, 0, 1], [1, 0, 0]]


def test_a_bias_is_one_for_each_unit_one_for_the_layer_or_none(client: TestClient) -> None:
    page = at(client, f"/networks?network={TEXTBOOK}&b1=0.35,0.6")
    layer = sent(client, page, "shape", bias1="layer")
    assert values(opened(client, layer))["b1"] == 0.35
    assert opened(client, sent(client, layer, "arrays", b1="0.5"))["query"]["b1"] == "0.5"
    none = sent(client, layer, "shape", bias1="none")
    found = opened(client, none)
    assert (values(found)["b1"], found["query"]["hold"]) == ([0, 0], "b1")
    unit = opened(client, sent(client, none, "shape", bias1="unit"))
    assert "hold" not in unit["query"]
    assert values(unit)["b1"] == list(network_named(TEXTBOOK).defaults["b1"])  # type: ignore[union-attr, arg-type]  # a chain's


def test_rate_and_what_is_held_go_into_the_address(client: TestClient) -> None:
    page = at(client, f"/networks?network={TEXTBOOK}")
    found = sent(client, page, "arrays", lr="0.5", hold=["b1", "b2"])
    assert opened(client, found)["query"] == {"network": TEXTBOOK, "lr": "0.5", "hold": "b1,b2"}
    assert "lr" not in opened(client, sent(client, found, "arrays", lr=" "))["query"]


def test_a_batch_has_a_row_for_each_example_and_says_how_its_losses_add_up(client: TestClient) -> None:
    page = sent(client, at(client, f"/networks?network={TEXTBOOK}"), "shape", examples="3")
    found = values(opened(client, page))
    assert (len(found["x"]), len(found["y"])) == (3, 3)
    assert len({tuple(row) for row in found["x"]}) > 1
    total = sent(client, page, "shape", reduce="sum")
    assert opened(client, total)["query"]["reduce"] == "sum"
    assert values(opened(client, sent(client, total, "arrays", ("set", "x.ones"))))["x"] == [[1, 1]] * 3
    assert values(opened(client, sent(client, total, "shape", examples="1")))["x"] == found["x"][0]


NONSENSE = {
    "2--3": "a chain such as 2-3.relu-1_mse ends with an underscore and its loss",
    "0-2_mse": "each width of a chain is a whole number from 1 to 64",
    "-".join(["2"] * 401) + "_mse": "a chain has at most 8 layers, not 400",
    "2-3.swish_mse": "there is no such activation in a chain",
    "2-3_huber": "has no such loss",
    "2-1_ce": "needs two classes or more",
    "hello": "there is no such network",
}


@pytest.mark.parametrize("name", NONSENSE)
def test_a_name_that_is_none_gets_one_clear_sentence(client: TestClient, name: str) -> None:
    page = at(client, form(at(client, f"/networks?network={TEXTBOOK}"), "named", network=name), 422)
    assert len(told(page)) == 1
    assert NONSENSE[name] in told(page)[0]
    assert page.by_id("field-network")["value"] == name
    assert opened(client, page)["network"] == TEXTBOOK, "the last good network still stands"


def test_a_name_leads_to_its_network_with_what_fits(client: TestClient) -> None:
    page = sent(client, at(client, "/networks?network=2-4_mse&x=7,8"), "named", network=" 2-3.relu-1_mse ")
    assert opened(client, page)["query"] == {"network": "2-3.relu-1_mse", "x": "7,8"}


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("shape", {"inputs": "0"}),
        ("shape", {"inputs": "two"}),
        ("shape", {"units1": "65"}),
        ("shape", {"layers": "9"}),
        ("shape", {"units2": "1", "loss": "ce"}),
        ("shape", {"act1": "swish"}),
        ("shape", {"examples": "4"}),
        ("arrays", {"x": "1, 2, 3"}),
        ("arrays", {"b1": ""}),
        ("arrays", {"W2": "a, b; c, d"}),
        ("arrays", {"lr": "-1"}),
    ],
)
def test_what_is_wrong_is_told_beside_its_field_and_stays_there(
    client: TestClient, name: str, typed: dict[str, Any]
) -> None:
    page = at(client, form(at(client, f"/networks?network={TEXTBOOK}"), name, **typed), 422)
    assert len(told(page)) == 1
    field = "loss" if "loss" in typed else next(iter(typed))
    assert page.by_id(f"field-{field}")["aria-describedby"] == f"wrong-{field}"
    assert page.by_id(f"wrong-{field}").text == told(page)[0]
    assert opened(client, page)["network"] == TEXTBOOK
    for key, text in typed.items():
        field_of = page.by_id(f"field-{key}")
        assert field_of.all("option") or shown(field_of) == text


def test_buttons_and_fields_of_nonsense_never_fail(client: TestClient, lot: Lot) -> None:
    odd = [
        "",
        "all",
        ".zeros",
        "W9.ones",
        "x.transposed",
        "W1.transposed.x",
        "\x00",
        "class 0",
        "9" * 400,
        "[[",
        "é",
    ]
    for text in lot.some(odd, 4):
        for field in ("set", "inputs", "bias1", "loss", "y", "W1", "from", "hold", "reduce", "network"):
            query = urlencode({"network": TEXTBOOK, "from": "", field: text})
            assert client.get(f"/networks?{query}").status_code in (200, 303, 422), (field, text)


def test_numbers_as_they_are_typed_are_opened_at_once(client: TestClient) -> None:
    page = at(client, f"/networks?network={TEXTBOOK}")
    found = client.get(form(page, "arrays", ("open", "1"), x="3, 4"))
    assert (found.status_code, found.headers["location"]) == (303, f"/forward?network={TEXTBOOK}&x=3,4")
    assert told(at(client, form(page, "arrays", ("open", "1"), x="3"), 422)) == ["x needs 2 numbers, not 1"]
    at(client, f"/networks?network={TEXTBOOK}&open=1").by_id("builder")  # nobody is sent on by a link


def test_a_large_network_has_no_fields_for_its_numbers(client: TestClient) -> None:
    page = at(client, "/networks?network=64-64_mse")
    assert "4288 numbers, which is too many for fields" in page.by_id("builder").text
    assert not page.all("textarea")
    assert opened(client, page)["network"] == "64-64_mse"


def test_a_network_that_is_no_chain_keeps_its_fields(client: TestClient) -> None:
    page = at(client, "/networks?network=shared")
    assert "is no chain of layers" in page.by_id("builder").text
    assert opened(client, sent(client, page, "arrays", x="3, 4"))["query"] == {"network": "shared", "x": "3,4"}


FORMULAS = {
    TEXTBOOK: ["L = ½‖σ(W⁽²⁾ σ(W⁽¹⁾ x + b⁽¹⁾) + b⁽²⁾) − y*‖²"],
    "2-2-1_mse": ["L = ½‖(W⁽²⁾ (W⁽¹⁾ x + b⁽¹⁾) + b⁽²⁾) − y*‖²"],
    "3-4.tanh-2_ce": ["L = −Σ y* ⊙ log softmax(W⁽²⁾ tanh(W⁽¹⁾ x + b⁽¹⁾) + b⁽²⁾)"],
    "2-2.sigmoid_mse-mean": ["L = (1/m) ‖σ(W x + b) − y*‖²"],
    "2-3.relu-1_bce": ["L = Σ (log(1 + exp(z⁽²⁾)) − y* ⊙ z⁽²⁾)", "z⁽²⁾ = W⁽²⁾ max(0, W⁽¹⁾ x + b⁽¹⁾) + b⁽²⁾"],
    "1-2.silu-1_sse": ["L = ‖(W⁽²⁾ (z⁽¹⁾ ⊙ σ(z⁽¹⁾)) + b⁽²⁾) − y*‖²", "z⁽¹⁾ = W⁽¹⁾ x + b⁽¹⁾"],
}


@pytest.mark.parametrize("name", FORMULAS)
def test_the_formula_of_the_whole_has_all_that_its_loss_adds_up(client: TestClient, name: str) -> None:
    network = network_named(name)
    assert network is not None
    assert [one.text for one in whole_formula(network)] == FORMULAS[name]
    (whole,) = at(client, f"/networks?network={name}").all("div", "whole")
    assert len(whole.all("math")) == len(FORMULAS[name])
    assert network.graph.loss.op.convention in whole.text


def test_the_formula_of_a_batch_says_what_is_done_with_its_losses(client: TestClient) -> None:
    mean = at(client, f"/networks?network={TEXTBOOK}&x=1,2;3,4&y=1,0;0,1").all("div", "whole")[0]
    assert [one.text.replace(" ", "")[:2] for one in mean.all("math")] == ["L=", "ℓ="]
    assert "for each of 2 examples" in mean.text


def test_every_network_of_the_gallery_has_a_formula() -> None:
    assert all(whole_formula(network)[0].text.startswith("L = ") for network in NETWORKS.values())
