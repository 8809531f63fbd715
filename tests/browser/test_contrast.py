"""What is written and drawn on the stage stands out from what is behind it, in each of the colours for a projector."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from app.engine import NETWORKS
from app.pages.contents import CONTENTS
from tests.conftest import Lot

from .stage import Stage
from .test_hall import CHAINS, steps

# As WCAG has it, of what is written and of lines.
TEXT, LINE = 7.0, 3.0
THEMES = ("system light", "system dark", "light", "dark", "contrast")

_THEME = "name => (document.documentElement.dataset.theme = name)"  # of an empty name there are no colours
_MEASURE = (Path(__file__).parent / "contrast.js").read_text(encoding="utf-8")


def measured(stage: Stage, theme: str) -> dict[str, Any]:
    """The least contrasts of the page in those colours."""
    system, _, own = theme.rpartition(" ")
    stage.page.emulate_media(color_scheme="dark" if own == "dark" and system else "light")
    stage.page.evaluate(_THEME, "" if system else own)
    found: dict[str, Any] = stage.page.evaluate(_MEASURE)
    return found


def test_all_that_is_written_and_drawn_stands_out_from_what_is_behind_it(stage: Stage, lot: Lot) -> None:
    of_networks = [
        f"{walk[at]}{more}"
        for network in [*NETWORKS, *CHAINS]
        for walk in [steps(network, lot.choice(("1", "formula")))]
        for at in (1, len(walk) // 2, -2, -1)
        for more in ("", "&hide=now")
    ]
    asked = [
        "/backward?step=4&ask=W.2.1&stage=formula",
        "/backward?step=3&b=0,-1,0&stage=1",
        "/backward?node=z&stage=1",
    ]
    boards = [f"/chapter/{key}?stage={shown}" for key in CONTENTS for shown in ("1", "formula")]
    for address in [*lot.some(of_networks, 3), *lot.some(asked, 1), *lot.some(boards, 2)]:
        stage.open(address)
        for theme in lot.some(THEMES, 2):
            found = measured(stage, theme)
            assert found["texts"] > 0, address
            assert found["text"]["ratio"] >= TEXT, (address, theme, found["text"])
            assert found["line"]["ratio"] >= LINE, (address, theme, found["line"])
