"""The heads side by side: the page and its JSON twin say the same, what is wrong is told, nothing is typed in."""

from __future__ import annotations

import dataclasses
import json
import re
import typing
from fractions import Fraction
from typing import Any

import pytest
from starlette.testclient import TestClient

from app.pages.heads.context import HeadsPage
from app.pages.heads.question import HeadsState
from app.settings import TEMPLATES
from tests.browser.reading import Element, read
from tests.digits.test_consistent_digits import exactly, fits
from tests.pages.network.test_bad_pages import HOSTILE, Tags
from tests.pages.network.test_context import leaves
from tests.web.test_bad_input import refused
from tests.web.test_reference import blocks

FAR = "/heads?unfused=1&z=36&x=0.1234,5.678&entry=2"


def page_of(client: TestClient, address: str) -> Element:
    answer = client.get(address)
    assert answer.status_code == 200
    return read(answer.text)


def cells(table: Element) -> list[list[str]]:
    (body,) = table.all("tbody")
    return [[cell.text for cell in row.all("td")] for row in body.all("tr")]


ON_TARGET = "/heads?W=0,0;0,0;0,0&b=-800,0,-800"


@pytest.mark.parametrize("address", ["/heads", FAR, "/heads?b=3,0,-3", "/heads?W=0,0;0,0;0,0&b=0,40,0", ON_TARGET])
def test_the_columns_show_what_the_api_says(client: TestClient, address: str) -> None:
    columns = page_of(client, address).by_id("columns").all("section")
    heads = client.get(f"/api{address}").json()["heads"]
    for column, head in zip(columns, heads, strict=True):
        top, between = (cells(table) for table in column.all("table"))
        for i, (z, grad, sign, difference) in enumerate(top):
            assert all(
                fits(exactly(str(head[name][i])), text)
                for name, text in (("z", z), ("grad_z", grad), ("difference", difference))
            )
            assert (sign == "≠") == (not head["same"][i])
            assert head["equal"] == (head["canonical"] or address == ON_TARGET)
            prediction, target, *upstream = between[i]
            assert fits(exactly(str(head["prediction"][i])), prediction)
            assert fits(exactly(str(head["target"][i])), target)
            assert len(upstream) == (0 if head["canonical"] else 1)
        same = column.all("p", "same")[0].text
        assert same.startswith("✓ equal" if head["equal"] else "≠ up to")
        assert same.endswith("all 0 here") == (head["equal"] and not any(head["difference"]))
        assert head["convention"] in column.text


def test_each_head_leads_to_its_step_on_the_stage_with_the_same_numbers(client: TestClient) -> None:
    page = page_of(client, FAR)
    for head in client.get(f"/api{FAR}").json()["heads"]:
        address = page.by_id(f"network-{head['network']}")["href"]
        assert "x=0.1234,5.678" in address
        assert address.endswith(f"step={head['step']}")
        snapshot = client.get(f"/api{address}").json()
        z = next(node for node in snapshot["nodes"] if node["name"] == "z")
        assert (z["value"], z["grad"]) == (head["z"], head["grad_z"])
        assert client.get(address).status_code == 200


@pytest.mark.parametrize(
    "address", ["/heads", FAR, "/heads?unfused=1", "/heads?unfused=1&z=2", "/heads?unfused=1&z=745"]
)
def test_the_table_of_chains_shows_what_the_api_says(client: TestClient, address: str) -> None:
    (table,) = page_of(client, address).by_id("chain").all("table")
    logit = client.get(f"/api{address}").json()["logit"]
    names = ["p", "one_minus_p", "loss", "grad_p", "slope", "grad_z"]
    for name, (truth, *chains) in zip(names, cells(table), strict=True):
        shown = [(truth, logit["reference"][name])]
        shown += [(text, chain["readings"].get(name)) for text, chain in zip(chains, logit["chains"], strict=True)]
        for text, reading in shown:
            if reading is None:
                assert text == "—"
                continue
            number, mark, far = text.partition(" ✗")
            assert bool(mark) == (not reading["right"]), (name, text)
            assert bool(far.strip()) == (not reading["right"] and reading["off"] is not None), (name, text)
            if number.startswith("1 − "):
                assert reading["value"] in (None, pytest.approx(float(exactly(number)), abs=2e-16))
            elif number == "exactly 1":
                assert reading["value"] == 1
            elif reading["value"] is None:
                assert number in (reading["word"].replace("nan", "NaN"), "3.543×10³²³", "2.822×10⁻³²⁴")
            else:
                assert fits(Fraction(reading["value"]), number), (name, number)


def told(client: TestClient, address: str) -> str:
    """The sentences above the table."""
    (sentences,) = page_of(client, address).all("ul", "sentences")
    return " ".join(sentence.text for sentence in sentences.all("li"))


def test_what_fails_and_why_is_told(client: TestClient) -> None:
    at_40 = told(client, "/heads?unfused=1")
    assert "In two ops, ∂L/∂p is inf and σ′(z) is 0, so that ∂L/∂z = inf · 0 is NaN; L is inf." in at_40
    assert "Clipped as in PyTorch’s BCELoss, ∂L/∂z is a number, but a wrong one: 0 (100 % off)" in at_40
    assert "NaN ✗" in page_of(client, "/heads?unfused=1").by_id("chain").text
    at_2 = told(client, "/heads?unfused=1&z=2")
    assert "In two ops, L, ∂L/∂p, σ′(z) and ∂L/∂z are right." in at_2
    assert told(client, "/heads?z=36") == (
        "The true ∂L/∂z is 1 − 2.320×10⁻¹⁶. The one op gives 1 − 2.220×10⁻¹⁶, right to nine digits."
    )


def test_json_holds_no_nan(client: TestClient) -> None:
    text = client.get("/api/heads?unfused=1&z=745").text
    found = json.loads(text, parse_constant=lambda name: pytest.fail(f"{name} is no JSON"))
    grad = next(chain for chain in found["logit"]["chains"] if chain["name"] == "unfused")["readings"]["grad_z"]
    assert grad == {"value": None, "word": "nan", "right": False, "off": None}


def test_the_curves_break_off_where_the_two_ops_give_no_number(client: TestClient) -> None:
    def drawn(address: str) -> tuple[list[set[str]], int]:
        chart = page_of(client, address).all("svg", "chart")[0]
        return [line.classes() for line in chart.all("polyline")], len(chart.all("rect", "lost"))

    assert drawn("/heads") == ([{"way", "is-fused"}], 0)
    lines = [{"way", f"is-{name}"} for name in ("fused", "unfused", "clipped")]
    assert drawn("/heads?unfused=1") == (lines, 1)
    assert drawn("/heads?unfused=1&y=1&z=900") == (lines, 2), "at 900 to either side, −900 is lost as well"


def test_only_where_all_is_0_the_fifth_pair_gives_prediction_minus_target(client: TestClient) -> None:
    assert "in the fifth pair it is not, though here both are 0." in page_of(client, ON_TARGET).text
    assert "in the fifth pair it is not." in page_of(client, FAR).text


@pytest.mark.parametrize(
    ("b", "says"),
    [
        ("0,0,0", "none of its entries is 0. In exact arithmetic, too"),
        ("0,40,0", "none of its entries is 0; here, rounded to float64, 1 of its 9 entries is 0. In exact arithmetic"),
        ("-300,300,-300", "rounded to float64, 3 of its 9 entries are 0."),
        ("0,30,0", "✓ the same as"),
        ("0,12,0", "≈ by rounding up to 1.5×10⁻¹⁷ away from"),
        ("0,-800,0", "In a float64, p₂ is 0, so"),
        ("-800,0,-800", "In a float64, p₁ is 0, so"),
        ("0,-720,0", "1/p₂ is too large for a float64, so"),
    ],
)
def test_what_is_said_of_the_jacobian_is_what_its_numbers_are(client: TestClient, b: str, says: str) -> None:
    """At b = 0, 12, 0 the entry p₂ − p₂² of J is 1.2 · 10⁻⁵ and off by 1.5 · 10⁻¹⁷, as its digits cancel."""
    assert says in page_of(client, f"/heads?W=0,0;0,0;0,0&b={b}").by_id("jacobian").text


def test_a_probability_written_as_1_minus_something_has_its_brackets(client: TestClient) -> None:
    """Entry 2 of b = 0, 12, 0: the term j = 2 is −1/p · p (1 − p), and 1 − 1 − 1.2 · 10⁻⁵ would be another number."""
    (table,) = page_of(client, "/heads?W=0,0;0,0;0,0&b=0,12,0&entry=2").by_id("jacobian").all("table", "terms")
    first, second, third = ("".join(row.all("td")[0].text.split()) for row in table.all("tbody")[0].all("tr"))
    assert re.search(r"·\(1−1\.22883×10⁻⁵\)\(1−\(1−1\.22883×10⁻⁵\)\)$", second)
    assert all(re.search(r"·6\.14414×10⁻⁶\(0−\(1−1\.22883×10⁻⁵\)\)$", text) for text in (first, third))


def test_the_jacobian_is_shown_or_said_to_be_impossible(client: TestClient) -> None:
    section = page_of(client, FAR).by_id("jacobian")
    assert "✓ the same as" in section.text
    assert [row.all("th")[0].text for row in section.all("tbody")[0].all("tr")] == ["𝑗 = 1", "𝑗 = 2", "𝑗 = 3"]
    lost = page_of(client, "/heads?W=0,0;0,0;0,0&b=0,-800,0").by_id("jacobian")
    assert "cannot be formed" in lost.text
    assert lost.all("table") == []
    assert "0.50, −1.00, 0.50" in lost.text


def test_a_form_leads_to_the_canonical_address(client: TestClient) -> None:
    answer = client.get("/heads?x=1,+0.5&W=0.5,-0.2;0.3,0.4;-0.1,0.6&b=0,-0.1,0&unfused=1&z=36.0&from=z%3D2")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/heads?unfused=1&z=36")


def test_page_and_twin_name_each_other_and_may_be_kept(client: TestClient) -> None:
    page = page_of(client, FAR)
    named = {link["rel"]: link["href"] for link in page.all("link") if "rel" in link.attributes}
    own = "/heads?x=0.1234,5.678&unfused=1&z=36&entry=2"
    assert (named["canonical"], named["alternate"]) == (own, f"/api{own}")
    assert page.by_id("to-json")["href"] == f"/api{own}"
    for path in (own, f"/api{own}"):
        answer = client.get(path)
        assert "max-age=60" in answer.headers["cache-control"]
        assert client.get(path, headers={"If-None-Match": answer.headers["etag"]}).status_code == 304
    head = client.head(own)
    assert (head.status_code, head.content) == (200, b"")


def test_every_way_on_leads_somewhere(client: TestClient) -> None:
    addresses = {link["href"] for link in page_of(client, FAR).all("a")}
    for address in addresses:
        path, _, part = address.partition("#")
        answer = client.get(path or FAR)
        assert answer.status_code == 200, address
        if part:
            read(answer.text).by_id(part)


# --- what is wrong ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "field", "says"),
    [
        ("x=1", "x", "x needs 2 numbers"),
        ("W=1,2", "W", "W needs 3 rows of 2 numbers"),
        ("b=1,1e999,2", "b", "entry 2 of b must be a finite decimal number"),
        ("z=1e9", "z", "z must be a number from -1000 to 1000"),
        ("z=%C2%B2", "z", "z must be a finite decimal number"),
        ("y=3", "", "y must be 0 or 1"),
        ("entry=9", "", "entry must be 1, 2 or 3"),
        ("b=0,800,0", "", "exp-poisson: L overflows"),
        ("x=1e308,1e308&W=9,9;9,9;9,9", "", "identity-mse: z overflows"),
    ],
)
def test_a_slip_is_told_beside_its_field_and_the_picture_stands(
    client: TestClient, query: str, field: str, says: str
) -> None:
    answer = client.get(f"/heads?{query}&from=unfused%3D1%26z%3D36")
    assert (answer.status_code, answer.headers["Cache-Control"]) == (422, "no-store")
    page = read(answer.text)
    if field:
        typed = page.by_id(f"field-{field}")
        assert typed["aria-describedby"] == f"wrong-{field}"
        assert page.by_id(f"wrong-{field}").text.startswith(says)
    else:
        assert page.all("p", "is-loose")[0].text.startswith(says)
    assert "1 − p has lost digits (4.27 % off)" in page.by_id("chain").text, "where the form was sent from"
    problem = refused(client.get(f"/api/heads?{query}"), 422)
    assert says in problem["detail"]


def test_what_was_typed_is_kept_also_where_it_overflows(client: TestClient) -> None:
    for sent_from in ("", "&from=z%3D2"):
        page = read(client.get(f"/heads?b=0,800,0&z=12{sent_from}").text)
        assert page.by_id("field-b")["value"] == "0, 800, 0"
        assert page.by_id("field-z")["value"] == "12"


@pytest.mark.parametrize("hostile", HOSTILE)
@pytest.mark.parametrize("name", ["x", "b", "z", "y", "unfused", "entry", "from", "hostile"])
def test_what_was_typed_stays_text(client: TestClient, name: str, hostile: str) -> None:
    answer = client.get("/heads", params={hostile if name == "hostile" else name: hostile})
    assert answer.status_code in (200, 303, 422)
    assert hostile not in answer.text
    found = Tags()
    found.feed(answer.text)
    for tag, attributes in found.tags:
        assert not [key for key in attributes if key.startswith("on")]
        assert tag != "script" or attributes["src"].startswith("/static/")


def test_numbers_of_every_size_are_drawn_or_refused(client: TestClient) -> None:
    edges = ["0", "-1", "1e-300", "5e-324", "1e300", "1.7976931348623157e308", "-1e155", "-800", "37", "1e-8"]
    statuses = set()
    for i, one in enumerate(edges):
        for other in (edges[i - 1], edges[i - 3]):
            for query in (f"x={one},{other}", f"b={one},{other},{one}", f"W={one},0;0,{other};0,1", f"z={one}"):
                status = client.get(f"/heads?unfused=1&{query}").status_code
                assert client.get(f"/api/heads?unfused=1&{query}").status_code == status
                statuses.add(status)
    assert statuses == {200, 422}


# --- one context, one document ------------------------------------------------------------------------------


def _is_ours(kind: Any) -> bool:
    module = str(kind.__module__)
    return module.startswith("app.pages.heads.") or module == "app.layout.gradient_curve"


def parts(kind: Any) -> set[Any]:
    """A dataclass of app.pages.heads or of its chart, and those its fields are made of."""
    found = {kind}
    for hint in typing.get_type_hints(kind).values():
        for inner in leaves(hint):
            if dataclasses.is_dataclass(inner) and _is_ours(inner) and inner not in found:
                found |= parts(inner)
    return found


def test_every_field_of_the_context_is_asked_for() -> None:
    text = "".join(file.read_text(encoding="utf-8") for file in (TEMPLATES / "heads").glob("*.html"))
    text = re.sub(r'"heads/\w+\.html"', "", text)
    kinds = parts(HeadsPage)
    assert {"HeadColumn", "LogitCard", "JacobianCard"} <= {kind.__name__ for kind in kinds}
    for kind in kinds:
        for field in dataclasses.fields(kind):
            assert re.search(rf"\.{field.name}\b", text), f"{kind.__name__}.{field.name}"
    asked = set(re.findall(r"\bheads\.(\w+)", text)) - {"css"}
    assert asked == {field.name for field in dataclasses.fields(HeadsPage)}


def test_the_reference_shows_the_number_that_is_none(client: TestClient) -> None:
    address = HeadsState(unfused=True).address("/api")
    assert f'href="{address}"' in client.get("/api").text
    shown = client.get(address).json()["logit"]["chains"][1]["readings"]["grad_z"]
    assert shown["word"] == "nan"
    assert shown in blocks(client)


def test_a_head_is_called_by_its_distribution_with_a_capital(client: TestClient) -> None:
    called = [one.text for one in read(client.get("/heads").text).all("h2")]
    assert {"Gaussian", "Bernoulli", "Multinomial", "Poisson"} <= set(called)
