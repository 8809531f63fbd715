"""Every sign and term of the pages around the networks' own is explained on them."""

from __future__ import annotations

import pytest
from starlette.testclient import TestClient

from tests.browser.reading import read
from tests.pages.network.test_notation import SIGNS

TERMS = ("link", "logits", "head", "multiply-add", "VJP")


@pytest.mark.parametrize("address", ["/heads?unfused=1", "/chapter", "/networks", "/cost"])
def test_signs_and_terms_are_explained_on_the_page_itself(client: TestClient, address: str) -> None:
    page = read(client.get(address).text)
    notation, text = page.by_id("notation"), page.all("main")[0].text
    terms = {term for one in notation.all("dt") for term in one.text.split(", ")}
    assert set(TERMS) <= terms
    outside = text.replace(notation.text, "")
    assert outside != text
    explained = " ".join(terms)
    assert [sign for sign in SIGNS if sign in outside and SIGNS[sign] not in explained] == []


@pytest.mark.parametrize("address", ["/cost", "/chapter"])
def test_what_a_multiply_add_is_stands_where_they_are_counted(client: TestClient, address: str) -> None:
    page = read(client.get(address).text)
    outside = page.all("main")[0].text.replace(page.by_id("notation").text, "")
    assert "A multiply-add is one multiplication and one addition" in outside
