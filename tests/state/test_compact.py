"""A long text in an address: shorter than it was, read back whole, and never more than it may be."""

from __future__ import annotations

from urllib.parse import quote

from hypothesis import given
from hypothesis import strategies as st

from app.state.compact import packed, unpacked

LONG = "\n".join(f"/backward?step={step} 1:00 The gradient of W is an outer product." for step in range(30))


@given(st.text(st.characters(codec="utf-8")), st.integers(0, 9))
def test_what_is_packed_is_unpacked_again(text: str, times: int) -> None:
    whole = text * 2**times
    found = packed(whole)
    assert unpacked(found, len(whole.encode())) == whole or text.startswith("~")
    assert found == whole or quote(found) == found, "nothing in it has to be percent-encoded"


def test_a_short_text_stays_as_it_is_and_a_long_one_takes_less_room() -> None:
    assert packed("/backward?step=4 1:30 The gradient of W.") == "/backward?step=4 1:30 The gradient of W."
    assert len(packed(LONG)) < len(quote(LONG)) / 8


def test_what_is_cut_off_or_too_much_is_nothing() -> None:
    found = packed(LONG)
    assert unpacked(found[:-9], 10_000) is None
    assert unpacked(found, len(LONG) - 1) is None
    assert unpacked("~" + "A" * 9, 10_000) is None
    bomb = packed("a" * 10_000_000)
    assert len(bomb) < 20_000
    assert unpacked(bomb, 65_536) is None
