"""The legend keeps to what is in the picture."""

from __future__ import annotations

import pytest
from starlette.testclient import TestClient

from tests.browser.reading import Element, read

PLACES = [
    ("/forward?step=1", {"value", "now", "next", "waiting"}),
    ("/backward?step=3", {"value", "gradient-arrow", "now", "next", "waiting", "untaken", "agrees"}),
    (
        "/backward?b=0,-0.1,-0.6&step=6",
        {"value", "gradient-arrow", "now", "zero", "inactive", "untaken", "agrees"},
    ),
    ("/backward?b=0,-0.5,0&step=3", {"kink", "inactive"}),
    ("/forward?x=2,1&was=step%3D2&step=2", {"changed"}),
]


def legend(page: Element) -> set[str]:
    return {one["data-term"] for one in page.by_id("legend").having("data-term")}


@pytest.mark.parametrize(("address", "expected"), PLACES)
def test_it_has_what_is_in_the_picture(client: TestClient, address: str, expected: set[str]) -> None:
    page = read(client.get(address).text)
    there, picture = legend(page), page.by_id("drawing-wide")
    assert there == expected if "value" in expected else expected <= there
    # and each mark that one sees is explained
    for kind in ("waiting", "zero", "inactive", "untaken"):
        assert bool(picture.all("text", kind)) == (kind in there), kind
    for kind, sign in (("kink", "∧"), ("disagrees", "✗")):
        assert (sign in picture.text) == (kind in there), kind
    ticks = [tick for tick in picture.all("tspan", "tick") if "unticked" not in tick["class"].split()]
    assert bool(ticks) == ("agrees" in there)
    for progress in ("now", "next"):
        assert bool(picture.all("g", "group", progress)) == (progress in there), progress


def test_gradients_are_not_spoken_of_in_a_forward_pass(client: TestClient) -> None:
    for step in range(4):
        there = legend(read(client.get(f"/forward?step={step}").text))
        assert not there & {"gradient-arrow", "zero", "inactive", "untaken", "agrees", "disagrees", "kink"}, step
