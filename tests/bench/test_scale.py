"""The VJPs of a wide layer beside the Jacobians they avoid: the run that the cost page draws."""

from __future__ import annotations

import time

from app.digits import si
from app.pages.cost.measured import FILE, Race

from .scale import measure
from .table import Bound, Row, Tell


def test_a_vjp_beside_its_jacobian_by_width(tell: Tell) -> None:
    """Writes the file that goes with the code. What is held leaves room for a busy machine."""
    start = time.monotonic()
    measured = measure()
    took = time.monotonic() - start
    # with respect to x the Jacobian is W itself, so both are the same product
    bounds = {"x": Bound(least=1 / 4, most=4), "W": Bound(least=20), "z": Bound(least=20)}
    rows = [_widest(race, bounds[race.wrt]) for race in measured.races]
    for row in rows:
        tell(row)
    tell(Row("measuring what /cost plots", took, bound=Bound(most=60, of="measured")))
    if not any(row.failed for row in rows):
        FILE.write_text(measured.model_dump_json(indent=1) + "\n", encoding="utf-8")


def _widest(race: Race, bound: Bound) -> Row:
    """A Jacobian beside the VJP, at the largest width of both."""
    last = race.jacobian[-1]
    vjp = next(one.seconds for one in race.vjp if one.width == last.width)
    what = f"{race.op}, wrt {race.wrt}, n = m = {last.width}: a Jacobian of {si(last.bytes, 'B')}"
    return Row(what, last.seconds, "the VJP", vjp, bound)
