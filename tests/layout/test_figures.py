"""How large a number can be in its cell: by the widths that the font itself has."""

from __future__ import annotations

from pathlib import Path

import pytest
from fontTools.ttLib import TTFont

from app.layout import SIDE, fitting, room_beside, squeezed
from app.layout.figures import LEAST, OLD_LEAST, OLD_SIZE, ems

FONT = Path(__file__).parents[2] / "static" / "vendor" / "figures.woff2"


def test_the_widths_are_those_of_the_font() -> None:
    font = TTFont(FONT)
    widths, glyphs = font["hmtx"], font.getBestCmap()
    there = [letter for letter in "0123456789.,+-−×·— " if ord(letter) in glyphs]
    assert len(there) == 19
    for letter in there:
        assert ems(letter) == pytest.approx(widths[glyphs[ord(letter)]][0] / font["head"].unitsPerEm, abs=0.001), letter


def test_a_number_that_fits_has_the_best_size_and_a_longer_one_what_is_left() -> None:
    assert fitting(["0.40", "−0.10"], 88.0, 23.0) == 23.0
    assert fitting([], 88.0, 23.0) == 23.0
    small = fitting(["0.40", "−12345.6"], 88.0, 23.0)
    assert LEAST < small < 23.0
    assert ems("−12345.6") * small == pytest.approx(88.0 - 2 * SIDE)
    assert squeezed("−12345.6", 88.0, small) is None


def test_what_is_too_long_at_the_least_size_is_squeezed_to_its_cell() -> None:
    text = "−1.234×10⁻¹¹"
    assert fitting([text], 62.0, 23.0) == LEAST
    assert squeezed(text, 62.0, LEAST) == 62.0 - 2 * SIDE
    assert squeezed("0.4", 62.0, LEAST) is None


def test_an_old_number_stands_beside_the_new_one_only_where_there_is_room() -> None:
    assert room_beside("0.40", "0.30", 88.0, 23.0) == pytest.approx(ems("0.30") * OLD_SIZE)
    assert room_beside("0.40", "", 88.0, 23.0) is None
    assert room_beside("−0.40", "−0.30", 62.0, 23.0) is None
    for width in range(60, 120, 3):
        room = room_beside("−0.40", "−0.30", float(width), 23.0)
        assert room is None or room + ems("−0.40") * 23.0 + 4 * SIDE <= width + 1e-9
        assert room is None or room >= OLD_LEAST * ems("−0.30") * OLD_SIZE
