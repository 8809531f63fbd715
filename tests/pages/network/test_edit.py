"""After an edit: where the loss went, what was changed, and what each changed cell read before; seen and heard."""

from __future__ import annotations

import pytest
from starlette.testclient import TestClient

from app.digits import told_apart
from app.pages.network.context import Page, page
from app.snapshot import trace_of
from app.state import from_query
from tests.browser.reading import read


def shown(query: str, direction: str = "forward") -> Page:
    state = from_query(query, "backward" if direction == "backward" else "forward", strict=False)
    return page(state, trace_of(state))


@pytest.mark.parametrize("step", ["", "&step=2"])
def test_an_edit_tells_where_the_loss_went_what_it_changed_and_leads_back(client: TestClient, step: str) -> None:
    """z = (0.9, 0.7, 0.1), so L = ½ (0.7² + 0.2² + 0²) = 0.265; it was ½ (0.2² + 0.1² + 0.1²) = 0.03."""
    whole = read(client.get(f"/forward?x=2,0.5{step}&was=").text)
    edited = whole.by_id("card").all("p", "edited")[0]
    assert edited.text == "L 0.030 → 0.265 x was 1, 0.5 Undo"
    assert client.get(whole.by_id("undo")["href"]).status_code == 200
    assert whole.by_id("card")["data-announce"] == "x₁ is now 2: L went from 0.030 to 0.265."


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("x=2,1&was=", "x is now 2, 1: L went from 0.030 to 0.305."),
        ("x=2,0.5&b=0,1,-0.1&was=", "x₁ is now 2 and b is now 0, 1, −0.1: L went from 0.030 to 1.095."),
        ("W=0.5,-0.2;0.3,0.4;-0.1,0.7&was=", "W₃₂ is now 0.7: L went from 0.03000 to 0.03625."),
        ("y=0.2,0.5,-0.1&was=", "y*₃ is now −0.1: L went from 0.030 to 0.070."),
        ("b=0,-0.1,-0.7&was=b%3D0,-0.1,-0.6", "b₃ is now −0.7: L stays 0.030."),
        ("x=1.0000001,0.5&was=", "x₁ is now 1.0000001: L went from 0.030000000 to 0.030000006."),
    ],
)
def test_an_edit_is_heard_with_digits_that_tell_the_losses_apart(query: str, said: str) -> None:
    found = shown(query)
    assert found.edit is not None
    assert found.edit.said == said == found.announcement


def test_of_an_entry_that_is_asked_about_the_new_number_is_heard_as_well() -> None:
    heard = shown("x=2,0.5&ask=x.1&was=", "backward").announcement
    assert heard == "x₁ is now 2: L went from 0.030 to 0.265. ∂L by ∂x₁ = the sum over i of Wᵢ₁ vᵢ = 0.41."


def test_a_changed_cell_has_what_it_read_and_only_a_changed_one() -> None:
    cards = {card.view.name: card.entries for card in shown("x=2,0.5&was=", "backward").nodes}
    first, second = cards["x"]
    assert (first.value_was, first.grad_was, first.was) == ("1.00", "+0.06", "1.00, gradient 0.06")
    assert (second.value_was, second.grad_was, second.was) == ("", "−0.02", "gradient −0.02")
    assert [entry.was for entry in cards["y"]] == [""] * 3
    assert first.title.endswith(", was 1.00, gradient 0.06")


def test_a_cell_that_would_read_the_same_is_told_with_more_digits() -> None:
    (card,) = (card for card in shown("x=1.00001,0.5&was=x%3D1.00002,0.5").nodes if card.view.name == "z")
    for entry in card.entries:
        assert entry.value_was != entry.value
        assert len(entry.value_was) <= len(entry.value) + 3


@pytest.mark.parametrize(
    ("before", "after", "texts"),
    [
        (0.03, 0.3048125, ("0.030", "0.305")),
        (0.03, 0.03004, ("0.03000", "0.03004")),
        (0.03, 0.03, ("0.030", "0.030")),
        (0.0, 1e-9, ("0.000", "1.00×10⁻⁹")),
        (0.0001, 2e7, ("1.00×10⁻⁴", "2.00×10⁷")),
        (12345.6789, 12345.6788, ("12345.6789", "12345.6788")),
    ],
)
def test_two_numbers_are_told_apart(before: float, after: float, texts: tuple[str, str]) -> None:
    assert told_apart(before, after, least=3) == texts
