"""The page that compares printed numbers: what was typed stays, each number has its verdict, and all is an address."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from starlette.testclient import TestClient

from tests.browser.reading import Element, read

CHAIN = "network=2-2.sigmoid-2.sigmoid_mse"


def page(client: TestClient, query: str, status: int = 200) -> Element:
    answer = client.get(f"/compare?{query}")
    assert answer.status_code == status, answer.text
    return read(answer.text)


def rows(found: Element) -> list[list[str]]:
    return [[cell.text.strip() for cell in row.all("td")] for row in found.all("tr") if row.all("td")]


def test_each_number_stands_beside_the_right_one_with_its_verdict_and_why(client: TestClient) -> None:
    found = page(client, f"lines={quote('z.1 = 0.40' + chr(10) + 'dz.1 = -0.20' + chr(10) + 'dz.3 = 0.1009')}")
    right, wrong, near = rows(found)
    assert right[:3] == ["0.40", "0.40", "right"]
    assert wrong[:3] == ["−0.20", "0.20", "wrong"]
    assert wrong[3]
    assert near[:3] == ["0.1009", "0.1000", "rounded on the way"]
    assert "Of 3 numbers, 1 is right" in found.text


def test_what_cannot_be_read_is_told_by_line_and_what_was_typed_stays(client: TestClient) -> None:
    found = page(client, f"lines={quote('z.1 = 0.40' + chr(10) + '<b>two</b>')}")
    assert "Line 2:" in found.text
    (area,) = found.all("textarea")
    assert area.text.split() == ["z.1", "=", "0.40", "<b>two</b>"]


def test_a_form_leads_to_the_canonical_address_with_network_numbers_step_and_lines(client: TestClient) -> None:
    sent = f"{CHAIN}&x=1,1&lr=0.50&steps=1&hold=b2&hold=b1&lines=z1.1%20%3D%201%20%0D%0A&from="
    answer = client.get(f"/compare?{sent}", follow_redirects=False)
    assert answer.status_code == 303
    assert answer.headers["location"] == f"/compare?{CHAIN}&x=1,1&lr=0.5&hold=b1,b2&lines=z1.1%20%3D%201"


def test_an_empty_learning_rate_is_none_and_a_wrong_one_is_told_beside_its_field(client: TestClient) -> None:
    assert client.get("/compare?lr=&lines=&from=", follow_redirects=False).headers["location"] == "/compare"
    found = page(client, "lr=fast&steps=0&lines=z.1%3D1&from=", 422)
    (rate,) = found.having("id", "lr")
    assert (rate.attributes["value"], rate.attributes.get("aria-invalid")) == ("fast", "true")
    assert "steps must be a whole number" in found.text
    assert "z.1=1" in found.all("textarea")[0].text


@pytest.mark.parametrize("query", ["x=1e200,1e200&W=1e200,1;1,1;1,1&lines=z.1%3D1", "x=one", f"{CHAIN}&hold=W9"])
def test_numbers_that_overflow_or_are_none_are_told_and_the_page_stands(client: TestClient, query: str) -> None:
    assert page(client, query, 422).all("textarea")


def test_a_name_leads_to_the_step_that_explains_it(client: TestClient) -> None:
    found = page(client, f"{CHAIN}&lines=dW2.1.1%3D1%0Az1.2%3D1%0AW1.1.1%2B%3D1&lr=1")
    links = [link.attributes["href"] for row in found.all("th") for link in row.all("a")]
    assert [address.partition("&")[2] for address in links] == ["step=4&ask=W2.1.1&lr=1", "step=1&ask=z1.2&lr=1"]
    for address in links:
        assert client.get(address).status_code == 200


def test_the_page_needs_no_script(client: TestClient) -> None:
    found = page(client, "lines=z.1%3D0.4")
    (form,) = [form for form in found.all("form") if form.attributes.get("id") == "printed"]
    assert (form.attributes["method"], form.attributes["action"]) == ("get", "/compare")
    assert [button for button in form.all("button") if "hidden" not in button.attributes]
