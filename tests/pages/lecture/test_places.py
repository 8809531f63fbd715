"""The places of a lecture: a stop is one, or several that one steps through."""

from __future__ import annotations

from app.pages.lecture.places import MAX_PARTS, places
from app.state.playlist import Playlist, Stop


def parts(address: str) -> list[str]:
    """The addresses of the places of a lecture with that one stop."""
    return [place.address for place in places(Playlist((Stop(address, ""),)))]


def test_a_range_is_a_place_for_each_of_its_steps() -> None:
    assert parts("/backward?step=4-6") == [f"/backward?step={step}" for step in (4, 5, 6)]
    assert parts("/backward?x=2,1&step=4-4&digits=4") == ["/backward?x=2,1&step=4&digits=4"]
    assert parts("/backward?step=6-4") == ["/backward?step=6-4"], "which is no step, and told as such"
    assert parts(f"/backward?step=1-{MAX_PARTS + 1}") == [f"/backward?step=1-{MAX_PARTS + 1}"]


def test_a_question_is_followed_by_its_answer() -> None:
    assert parts("/recall?q=saved") == ["/recall?q=saved", "/recall?q=saved&reveal=1"]
    assert parts("/recall") == ["/recall", "/recall?reveal=1"]
    assert parts("/recall?q=saved&reveal=1") == ["/recall?q=saved&reveal=1"]


def test_what_hides_numbers_is_a_place_with_these_hidden_and_one_with_all_shown() -> None:
    assert parts("/backward?step=4&hide=now&digits=4") == [
        "/backward?step=4&digits=4&hide=now",
        "/backward?step=4&digits=4",
    ]
    assert len(parts("/backward?step=2-4&hide=now,next")) == 6
    assert parts("/backward?step=0-1&hide=now") == [
        "/backward?step=0",  # where nothing was just computed
        "/backward?step=1&hide=now",
        "/backward?step=1",
    ]
    (hidden, _) = places(Playlist((Stop("/backward?hide=dW", ""),)))
    assert hidden.page == "/backward"


def test_what_an_address_says_of_the_stage_is_left_out_but_for_the_formula() -> None:
    stops = (
        "/backward?step=4&stage=formula&keys=off",
        "/forward?stage=1",
        "/?stage=overview",
        "/forward?away=7&stops=x",
    )
    found = places(Playlist(tuple(Stop(address, "") for address in stops)))
    assert [place.address for place in found] == ["/backward?step=4", "/forward", "/", "/forward"]
    assert [place.stage for place in found] == ["formula", "1", "1", "1"]


def test_places_go_by_the_number_of_their_stop_and_of_their_part() -> None:
    found = places(Playlist((Stop("/", ""), Stop("/backward?step=2-4", ""), Stop("/", ""))))
    assert [place.key for place in found] == ["1", "2", "2.2", "2.3", "3"]
