"""Every sign and term of the network's page is explained on it."""

from __future__ import annotations

import pytest
from starlette.testclient import TestClient

from app.engine.networks import NETWORKS
from tests.browser.reading import read

# Signs that formulas may hold and a reader may not know; each is looked for in what the pages show.
SIGNS = {"⊙": "⊙", "⊤": "⊤", "ᵀ": "⊤", "𝟙": "𝟙", "δ": "δ", "y*": "y*", "∂": "∂L/∂x"}
TERMS = ("v", "op", "head", "logits", "multiply-add", "VJP", "J", "saves")


@pytest.mark.parametrize("address", ["/", "/forward?step=1", "/backward?network=softmax-ce&step=2&show=why"])
def test_terms_are_explained_on_the_page_itself(client: TestClient, address: str) -> None:
    notation = read(client.get(address).text).by_id("notation")
    terms = {term for one in notation.all("dt") for term in one.text.split(", ")}
    assert {*TERMS, "y*", "∂L/∂x", "3×2", "scalar"} <= terms
    assert all(one.text.endswith(".") for one in notation.all("dd"))


def test_every_sign_that_is_shown_is_explained(client: TestClient) -> None:
    shown = set()
    for name, network in NETWORKS.items():
        for step in range(1, len(network.graph.timelines["backward"]) + 1):
            page = read(client.get(f"/backward?network={name}&step={step}&show=why").text)
            explained = " ".join(one.text for one in page.by_id("notation").all("dt"))
            text = page.by_id("card").text + page.by_id("picture").text
            found = {sign for sign in SIGNS if sign in text}
            shown |= found
            assert [sign for sign in found if SIGNS[sign] not in explained] == [], f"{name}, step {step}"
    assert shown == set(SIGNS), "a sign that no page shows needs no looking for"
