"""A lecture as text: read and written, one clear error for each line that is wrong, and nothing of it repeated."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.state import Invalid
from app.state.playlist import (
    FILE_BYTES,
    MAX_SECONDS,
    MAX_SENTENCE,
    MAX_STOPS,
    Playlist,
    Stop,
    playlist_from_text,
)

PATHS = ("/", "/forward", "/backward", "/chapter/1", "/chapter/10")
TEXT = """
# for whoever reads the file
title:   A short   lecture
/chapter/1 2:00 The Jacobian  is a matrix.

/backward?x=2,1&step=4 The gradient of W.
https://example.org/user/x/proxy/8000/forward?step=2 0:30
/
"""
READ = Playlist(
    (
        Stop("/chapter/1", "The Jacobian is a matrix.", 120),
        Stop("/backward?x=2,1&step=4", "The gradient of W.", 60),
        Stop("/forward?step=2", "", 30),
        Stop("/", "", 60),
    ),
    "A short lecture",
)


def test_a_lecture_is_read_line_by_line() -> None:
    assert playlist_from_text(TEXT, PATHS) == READ
    assert playlist_from_text(TEXT.replace("\n", "\r\n"), PATHS) == READ
    assert READ.seconds == 270
    assert READ.stops[0].time == "2:00"


SENTENCES = st.text(st.characters(categories=("L", "N", "P", "S", "Zs")), max_size=60).map(
    lambda text: " ".join(text.split())
)
STOPS = st.builds(
    Stop,
    st.sampled_from([*PATHS, "/backward?step=3", "/forward?W=1,-2;3,4&x=.5,1e-3"]),
    SENTENCES,
    st.integers(1, MAX_SECONDS),
)


@given(st.builds(Playlist, st.lists(STOPS, min_size=1, max_size=12).map(tuple), SENTENCES))
def test_what_is_written_is_read_again(playlist: Playlist) -> None:
    assert playlist_from_text(playlist.text(), PATHS) == playlist


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("/nowhere 1:00 A page.", "no stop can be at /nowhere; one can be at a network’s page"),
        ("/backwards?step=2", "no stop can be at /backwards; did you mean /backward?"),
        ("/backward?step=3–5", "the address holds what none can, such as a long dash"),
        ("backward?step=4", "a stop begins with an address of this site"),
        ("//example.org/forward", "a stop begins with an address of this site"),
        ("javascript:alert(1)", "a stop begins with an address of this site"),
        ("https://example.org/elsewhere", "a stop begins with an address of this site"),
        ('/forward?x="><script> 1:00 A page.', "the address holds what none can"),
        ("http://[/forward", "a stop begins with an address of this site"),
        ("/forward 0:00 A page.", "a stop takes a time from 0:01"),
        ("/forward 1:75 A page.", "a stop takes a time from 0:01"),
        (f"/forward 1:00 {'a' * (MAX_SENTENCE + 1)}", "a sentence may have"),
        ("/forward 1:00 A page\x07.", "letters that do not print"),
        (f"title: {'a' * (MAX_SENTENCE + 1)}", "a sentence may have"),
        ("title: Second", "more than one title"),
    ],
)
def test_a_line_that_is_wrong_is_told_by_its_number_and_not_repeated(line: str, says: str) -> None:
    with pytest.raises(Invalid) as caught:
        playlist_from_text(f"/forward A page.\n\n{line}\n/backward", PATHS)
    (error,) = caught.value.errors
    assert error.msg.startswith("line 3: ")
    assert says in error.msg
    assert "script" not in error.msg
    assert [stop.address for stop in caught.value.fallback.stops] == ["/forward", "/backward"]


def test_a_lecture_has_bounds() -> None:
    for text in ("", "# nothing", "title: Nothing"):
        with pytest.raises(Invalid, match="needs a stop"):
            playlist_from_text(text, PATHS)
    with pytest.raises(Invalid, match=f"may have {FILE_BYTES} bytes"):
        playlist_from_text("#" * (FILE_BYTES + 1), PATHS)
    assert playlist_from_text("#" * (FILE_BYTES - 2) + "\n/", PATHS).stops
    assert len(playlist_from_text("/\n" * MAX_STOPS, PATHS).stops) == MAX_STOPS
    with pytest.raises(Invalid, match=f"may have {MAX_STOPS} stops"):
        playlist_from_text("/\n" * (MAX_STOPS + 1), PATHS)
    with pytest.raises(Invalid) as caught:
        playlist_from_text("nonsense\n" * 99, PATHS)
    assert len(caught.value.errors) == 5
