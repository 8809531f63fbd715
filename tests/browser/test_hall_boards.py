"""The boards of the chapter from the back row: how large everything is on five screens, and that all of it is there."""

from __future__ import annotations

from itertools import product

import pytest

from app.engine import NETWORKS
from tests.conftest import Lot

from .conftest import Opened
from .stage import Stage
from .test_hall import LEAST, SCREENS, VALUE, measured

# What is asked of each board beside its numbers, by its key in an address.
CHOICES = {
    "1": ("", "entry=1.1"),
    "2": ("",),
    "3": ("",),
    "4": ("", "n=65536&m=65536&layers=1000&batch=65536", "n=1&m=1&layers=1&batch=1"),
    "5": ("", "wrt=x", "wrt=b", "wrt=x&entry=2"),
}
# The largest networks and the smallest that a board takes, and numbers with many digits.
NETWORKS_OF = (
    *(f"network={name}" for name in NETWORKS),
    "network=5-5.sigmoid-5.sigmoid-5.sigmoid_mse",
    "network=1-1.tanh_mse",
    "network=5-1.sigmoid_bce",
    "network=1-5.tanh-5_ce",
    "x=0.123456,1e-9",
    "x=0.123456,1e-9&W=1.23456,-2222.5;1e5,0.3333;7,8",
    "x=-0.987654321,123456.789&W=-1.23456789,2.3456789e-7;9.87654321,-0.00123;3,1e6&b=1e-8,-2.5,123456",
)
THEMES = ("light", "dark", "contrast")

# How much each text stands out from what is behind it: the least ratio of the picture, as WCAG 2.2 has it.
_CONTRAST = """theme => {
  document.documentElement.dataset.theme = theme;
  const canvas = Object.assign(document.createElement("canvas"), { width: 1, height: 1 })
    .getContext("2d", { willReadFrequently: true });
  const rgb = (colour) => {
    canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3);
  };
  const light = (colour) => {
    const [red, green, blue] = rgb(colour).map((part) => part / 255)
      .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const behind = (element) => {
    for (let up = element; up; up = up.parentElement) {
      const colour = getComputedStyle(up).backgroundColor;
      if (colour !== "rgba(0, 0, 0, 0)") return colour;
    }
  };
  return Math.min(...[...document.querySelectorAll(".is-board *")]
    .filter((one) => [...one.childNodes].some((node) => node.nodeType === 3 && node.data.trim()))
    .map((one) => {
      const style = getComputedStyle(one);
      const own = one.closest("svg") ? style.fill : style.color;
      const [low, high] = [light(own), light(behind(one))].sort((a, b) => a - b);
      return (high + 0.05) / (low + 0.05);
    }));
}"""


def boards(shown: str) -> list[str]:
    """The address of each board with each of its choices, on each network."""
    return [
        f"/chapter/{key}?" + "&".join(part for part in (numbers, choice, f"stage={shown}") if part)
        for key, choices in CHOICES.items()
        for choice, numbers in product(choices, NETWORKS_OF)
    ]


@pytest.mark.parametrize("screen", SCREENS, ids=lambda screen: f"{screen[0]}x{screen[1]}")
def test_the_back_row_reads_each_board_and_nothing_is_clipped_or_covered(
    opened: Opened, screen: tuple[int, int], lot: Lot
) -> None:
    width, height = screen
    stage = opened(viewport={"width": width, "height": height})
    pages = [*boards("1"), *boards("formula")]
    for address in lot.some(pages, 3):
        found = measured(stage, address)
        assert found["cells"] or "stage=formula" in address, address
        assert not found["cells"] or found["values"] >= VALUE, address
        assert found["least"] >= LEAST, (address, found["smallest"])
        assert (found["overlaps"], found["clipped"], found["spills"]) == ([], [], []), address
        assert (found["hidden"], found["scrolls"]) == (0, 0), address


def test_each_board_stands_out_in_each_theme(stage: Stage, lot: Lot) -> None:
    for address in lot.some([f"/chapter/{key}?stage={shown}" for key in CHOICES for shown in ("1", "formula")], 2):
        stage.open(address)
        for theme in THEMES:
            assert stage.page.evaluate(_CONTRAST, theme) >= 7.0, (address, theme)


def test_what_other_boards_have_in_their_sheet_leaves_the_first_five_as_they_are(stage: Stage) -> None:
    height = stage.page.evaluate("innerHeight")
    for board in (1, 2, 3, 4, 5):
        math = stage.open(f"/chapter/{board}?stage=formula").at(".formula > math").first
        assert float(math.evaluate("one => parseFloat(getComputedStyle(one).fontSize)")) >= 0.06 * height, board
    stage.open("/chapter/4?stage=1")
    lengths = "bars => bars.map(bar => [...bar.children].slice(0, 2).map(one => one.getBoundingClientRect().width))"
    drawn = stage.at(".bars.stage .bar").evaluate_all(lengths)
    assert any(whole > filled for whole, filled in drawn)
