"""Asking the room: a key hides what was just computed, the next press shows it, and all of it is in the address."""

from __future__ import annotations

from .stage import Stage


def test_a_key_hides_and_shows_and_the_next_press_shows_before_it_steps(stage: Stage) -> None:
    stage.open("/backward?step=4&stage=1")
    stage.press("h")
    assert stage.address == "/backward?step=4&hide=now&stage=1"
    assert stage.cells("W", kind="grad", drawing="stage") == ["?"] * 6
    stage.press("h")
    assert stage.address == "/backward?step=4&stage=1"
    stage.press("h", "PageDown")
    assert stage.address == "/backward?step=4&stage=1"
    assert stage.cells("W.1.1", kind="grad", drawing="stage") == ["+0.20"]
    stage.press("h", "ArrowLeft", "ArrowRight", "ArrowRight")
    assert stage.address == "/backward?step=5&stage=1"


def test_where_each_step_comes_hidden_first_a_clicker_goes_on_and_back_through_all(stage: Stage) -> None:
    stage.open("/forward?step=1&stage=formula").press("q")
    walk = [stage.address]
    for _ in range(4):
        stage.press("PageDown")
        walk.append(stage.address)
    assert walk == [
        "/forward?step=1&hide=next&stage=formula",
        "/forward?step=2&hide=now,next&stage=formula",
        "/forward?step=2&hide=next&stage=formula",
        "/forward?step=3&hide=now,next&stage=formula",
        "/forward?step=3&hide=next&stage=formula",
    ]
    for address in walk[-2::-1]:
        stage.press("PageUp")
        assert stage.address == address
    stage.press("q")
    assert stage.address == "/forward?step=1&stage=formula"
