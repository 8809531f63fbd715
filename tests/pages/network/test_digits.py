"""How many digits a page shows: the choice is kept wherever one goes, and nothing that is published is rounded away."""

from __future__ import annotations

import html
import re

import pytest
from starlette.testclient import TestClient

from app.engine import NETWORKS
from app.pages.network.context import page
from app.pages.network.texts import SIGNS
from app.snapshot import trace_of
from app.state import from_query
from tests.browser.reading import read

# Matt Mazur, "A Step by Step Backpropagation Example" (2015): its network, and the numbers that it prints, but for
# those that were rounded on the way, and two parts of the loss.
MAZUR = (
    "network=2-2.sigmoid-2.sigmoid_mse&x=0.05,0.1&W1=0.15,0.2;0.25,0.3&b1=0.35,0.35"
    "&W2=0.4,0.45;0.5,0.55&b2=0.6,0.6&y=0.01,0.99"
)
PRINTED = (
    *("0.298371109", "0.3775", "0.3925", "0.593269992", "0.596884378", "1.105905967", "1.224921404"),
    *("0.75136507", "0.772928465", "0.74136507", "0.082167041", "0.082667628", "-0.022740242", "0.000438568"),
    *("0.0004977127", "0.35891648", "0.408666186", "0.511301270", "0.561370121", "0.149780716", "0.19956143"),
    *("0.24975114", "0.29950229"),
)


def shown(client: TestClient, address: str) -> set[str]:
    """Every number in the text of a page, with a plain minus and no zeros at its end."""
    answer = client.get(address)
    assert answer.status_code == 200, address
    text = re.sub(r"<[^>]*>", " ", html.unescape(answer.text)).replace("−", "-")
    return {number.rstrip("0") for number in re.findall(r"-?[0-9]+\.[0-9]+", text)}


@pytest.mark.parametrize("digits", [8, 9])
def test_every_printed_number_is_on_the_pages_of_its_network_with_as_many_digits(
    client: TestClient, digits: int
) -> None:
    """With nine digits those of eight decimals are there, too, where their ninth is 0."""
    found = shown(client, f"/forward?{MAZUR}&digits={digits}")
    found |= shown(client, f"/backward?{MAZUR}&lr=0.5&hold=b1,b2&digits={digits}")
    few = {"0.19956143", "0.24975114", "0.29950229"}
    wanted = few if digits == 8 else {*PRINTED} - few
    texts = {f"{float(number):.{digits}f}".rstrip("0") for number in wanted}
    assert texts <= found, texts - found


@pytest.mark.parametrize("address", ["/backward?digits=5", "/backward?step=4&digits=5", "/forward?step=2&digits=5"])
def test_the_choice_is_kept_by_every_link_and_form_of_the_page_but_not_by_others(
    client: TestClient, address: str
) -> None:
    text = client.get(address).text
    main = text[text.index("<main") :]
    links = {html.unescape(link) for link in re.findall(r'href="(/(?:forward|backward)[^"]*)"', main)}
    without = {link for link in links if "digits=" not in link}
    assert without == {address.replace("digits=5", "").strip("?&")}, "only the one that takes it back"
    assert re.search(r'<input type="hidden" name="digits" value="5"', text)
    assert "digits" not in (re.search(r'type="application/json" href="([^"]*)"', text) or [""])[0]


def test_counts_are_offered_and_the_chosen_one_is_marked(client: TestClient) -> None:
    shown_page = read(client.get("/backward?digits=3").text)
    choice = shown_page.by_id("digits")
    assert choice.text.split() == ["Digits:", "as", "needed", *"23456789"]
    assert "<b>3</b>" in client.get("/backward?digits=3").text
    assert read(client.get("/backward?step=4").text).by_id("digits").text.split() == [
        "Digits:",
        "as",
        "needed",
        "choose",
    ]


def test_what_so_many_decimals_would_hide_is_said(client: TestClient) -> None:
    text = html.unescape(client.get("/forward?x=0.00004,1&W=1,0;1,0;1,0&b=0,0,0&digits=3").text)
    assert "With 3 decimals, x₁ = 4.00×10⁻⁵ would read 0.000, so it is shown with 3 significant digits" in text
    assert "would read" not in client.get("/forward?digits=3").text


def test_a_line_that_does_not_come_out_says_so(client: TestClient) -> None:
    says = "worked out from them, the result is not exactly the one shown"
    query = f"/backward?{MAZUR}&step=4"
    assert says in client.get(f"{query}&digits=9").text
    assert says not in client.get(query).text
    for name in NETWORKS:
        for view in ("", "&show=jacobian", "&show=why"):
            assert says not in client.get(f"/backward?network={name}&step=3{view}").text


@pytest.mark.parametrize("digits", [2, 5, 9])
def test_a_cell_has_room_for_its_number(digits: int) -> None:
    for query in (MAZUR, "x=-0.1234567,123.4567&W=0.1234567,-1234.567;1.234567,12.34567;-9.876543,0.001234567"):
        state = from_query(f"{query}&digits={digits}", "backward", strict=False)
        plain = page(from_query(query, "backward", strict=False), trace_of(state))
        for card, own in zip(page(state, trace_of(state)).nodes, plain.nodes, strict=True):
            for part in ("value", "grad"):
                most = max(SIGNS, *(len(getattr(entry, part).removeprefix("+")) for entry in own.entries))
                assert all(len(getattr(entry, part).removeprefix("+")) <= most for entry in card.entries)
