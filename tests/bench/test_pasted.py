"""What an address may hold at most, of signs that are no numbers: to find that out costs no more than to read it."""

from __future__ import annotations

import time

from app.state import Invalid, from_query
from app.state.notations import NotationError, plain

from .race import race
from .table import Bound, Row, Tell

LONG = 4000
NONSENSE = (
    " ",
    "\n",
    "\t",
    "_",
    "a.",
    "(",
    "(x=1",
    "f(a=1",
    "x=1\n",
    "const ",
    "array(",
    ",a=1",
    "1 ",
    "; ",
    "/ ",
    "]",
    "#",
    "× ",
)


def read(text: str) -> None:
    try:
        from_query(f"x={text}", "forward", strict=False)
    except (Invalid, NotationError):
        return


def seconds_for(piece: str) -> float:
    """What reading it costs, beside what one look at each of its signs does."""
    text = ("x=1" + piece * LONG)[: LONG - 1].replace("\n", "%0A").replace("#", "%23") + "!"
    return race(lambda: read(text), lambda: plain(text), rounds=3, clock=time.process_time, of=min).ours


def test_nonsense_is_refused_in_a_moment(tell: Tell) -> None:
    worst = max(NONSENSE, key=seconds_for)
    tell(Row(f"4 KB of {worst!r} in a field", seconds_for(worst), bound=Bound(most=0.02, of="measured")))
