"""The VJPs of a wide layer beside the Jacobians they avoid: the run that the cost page draws."""

from __future__ import annotations

import time
from collections.abc import Callable

from app.digits import si
from app.pages.cost.measured import FILE, Race

from .scale import measure

Tell = Callable[[str], None]


def test_a_vjp_beside_its_jacobian_by_width(tell: Tell) -> None:
    """Writes the file that goes with the code. What is held leaves room for a busy machine."""
    start = time.monotonic()
    measured = measure()
    took = time.monotonic() - start
    for race in measured.races:
        tell(f"{race.op}, with respect to {race.wrt}: {_widest(race)}")
    tell(f"measuring that took {took:.0f} s (hold < 60)")
    found = {race.wrt: _ratio(race) for race in measured.races}
    assert took < 60
    assert 1 / 4 < found["x"] < 4, "the Jacobian is W itself, so both are the same product"
    assert found["W"] > 20
    assert found["z"] > 20
    FILE.write_text(measured.model_dump_json(indent=1) + "\n", encoding="utf-8")


def _ratio(race: Race) -> float:
    """How many times longer the Jacobian takes, at the largest width of both."""
    last = race.jacobian[-1]
    return last.seconds / next(one.seconds for one in race.vjp if one.width == last.width)


def _widest(race: Race) -> str:
    last, vjp = race.jacobian[-1], race.vjp[-1]
    return (
        f"n = m = {last.width}, Jacobian of {si(last.bytes, 'B')}: {si(last.seconds, 's')}, "
        f"{_ratio(race):.3g} × the VJP; VJP at n = m = {vjp.width}: {si(vjp.seconds, 's')}"
    )
