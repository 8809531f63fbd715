"""The published examples: each has its page, on which every printed number stands beside the right one."""

from __future__ import annotations

import json
import re
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from app.pages.published.examples import Published, published
from tests.browser.reading import Element, read
from tests.conftest import Lot

# Of each published number the truth, which PyTorch and a second NumPy found, and its class.
FACTS: dict[str, dict[str, tuple[float, str]]] = json.loads(
    (Path(__file__).parents[2] / "published.json").read_text(encoding="utf-8")
)
CALLED = {"right": "right", "last": "right but for the last digit", "en-route": "rounded on the way", "wrong": "wrong"}


def page(client: TestClient, example: Published) -> Element:
    answer = client.get(example.address)
    assert answer.status_code == 200
    return read(answer.text)


def numbers(found: Element) -> dict[str, tuple[str, str, str, str]]:
    """By key: the number as printed, the right one, the verdict and why."""
    rows = {}
    for row in found.all("tr"):
        cells = [cell for cell in row.all("td") if "own" not in cell.attributes.get("class", "")]
        if cells and row.all("code"):
            printed, right, verdict, why = (cell.text.strip() for cell in cells)
            rows[row.all("code")[0].text.strip()] = (printed, right, verdict, why)
    return rows


def test_every_example_of_the_list_is_here() -> None:
    assert {example.name for example in published()} == FACTS.keys()
    for example in published():
        assert example.printed.keys() == FACTS[example.name].keys()


@pytest.mark.sampled(8)
@pytest.mark.parametrize("example", published(), ids=lambda one: one.name)
def test_every_printed_number_stands_beside_the_truth_rounded_to_its_digits(
    client: TestClient, example: Published
) -> None:
    found = numbers(page(client, example))
    assert found.keys() == example.printed.keys()
    for key, (printed, right, verdict, why) in found.items():
        truth, expected = FACTS[example.name][key]
        assert printed.replace("−", "-") == example.printed[key].lstrip("+")
        assert verdict == CALLED[expected]
        assert bool(why) == (expected != "right")
        unit = Decimal(1).scaleb(Decimal(example.printed[key]).as_tuple().exponent)  # type: ignore[arg-type] # finite
        shown = Decimal(right.replace("−", "-"))
        assert abs(shown - Decimal(truth)) <= unit / 2 + Decimal("1e-15"), key
        if abs(Decimal(truth) / unit % 1 - Decimal("0.5")) > Decimal("1e-6"):
            assert shown == Decimal(truth).quantize(unit, ROUND_HALF_UP), key


def test_every_link_of_a_page_leads_on(client: TestClient, lot: Lot) -> None:
    for example in lot.some(published(), 2):
        found = page(client, example)
        for address in {link.attributes["href"] for link in found.by_id("published").all("a")}:
            answer = client.get(address.partition("#")[0])
            assert answer.status_code == 200, address


def test_the_gallery_lists_each_under_its_kind_and_stays_light(client: TestClient) -> None:
    answer = client.get("/networks")
    section = read(answer.text).by_id("published")
    links = [link.attributes["href"] for link in section.all("a")]
    assert [address for address in links if address.startswith("/networks/published/")] == [
        address for address in links if address in {example.address for example in published()}
    ]
    assert {*links} >= {example.address for example in published()}
    kinds = [address for address in links if address.startswith("#")]
    assert len(kinds) >= 5
    assert all(section.by_id(address.removeprefix("#")) for address in kinds)
    assert len(answer.content) < 90_000


def test_the_data_hold_no_truth() -> None:
    """What is right is computed: the file says what sources print, and nothing of what is true."""
    allowed = {
        *("name", "title", "about", "group", "layout", "remarks", "network", "values", "lr", "hold", "steps"),
        *("reduce", "bias", "names", "printed", "why", "nodes", "loss", "assigned"),
    }
    path = Path(__file__).parents[3] / "app" / "pages" / "published" / "examples.json"
    for one in json.loads(path.read_text(encoding="utf-8")):
        assert {*one} <= allowed


def test_a_page_says_its_source_s_own_names_and_what_it_means_by_its_numbers(client: TestClient) -> None:
    by_name = {example.name: example for example in published()}
    text = page(client, by_name["negnevitsky-xor"]).by_id("published").text
    for said in ("w35", "θ3", "thresholds", "minus the gradient", "lr = 0.1"):
        assert said in text
    assert "no biases" in page(client, by_name["vit-2-2-1-sumsq"]).text
    assert "are averaged" in page(client, by_name["gorman-4-2-2-softmax"]).text
    assert "100 times" in page(client, by_name["dlai-logistic-100-steps"]).text
    assert "one bias for each layer" in page(client, by_name["mazur-2-2-2"]).text
    textbook = numbers(page(client, by_name["mazur-2-2-2"]))
    assert textbook["loss+"][:2] == ("0.291027924", "0.291027774")


def test_a_name_that_no_page_reads_is_told(client: TestClient) -> None:
    answer = client.get("/networks/published/mazur-2-2-2?colour=red")
    assert re.search("was not read", answer.text)
    assert client.get("/networks/published/nobody").status_code == 404
