"""Which lines the cost page's picture has, by what it shows, and the table that says the same."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction

from app.digits import si, significant
from app.engine import OPS
from app.layout.loglog import TALL, WIDE, Level, LogLogChart, Series, chart

from .data import AtWidth, CostAnswer
from .measured import Measured, Race

TITLES: Mapping[str, str] = {"bytes": "Bytes", "work": "Multiply-adds", "time": "Time, measured"}
_SAYS: Mapping[str, str] = {
    "bytes": "What is saved for the VJPs grows with the width; ∂z/∂x and the ReLU’s ∂h/∂z with its square; ∂z/∂W with "
    "its cube.",
    "work": "Forward and VJPs both grow with the square of the width. With Jacobians it would be the cube.",
    "time": "A Jacobian’s line ends where the next one would take over a gigabyte. Compare ",
}

# A line's name in the stylesheet, its label, the same for a phone, and its quantity.
_Kind = tuple[str, str, str, Callable[[AtWidth], int]]
_BYTES: tuple[_Kind, ...] = (
    ("jacobian-W", "∂z/∂W", "∂z/∂W", lambda at: at.jacobians["W"]),
    ("jacobian-x", "∂z/∂x, which is W", "∂z/∂x = W", lambda at: at.jacobians["x"]),
    ("jacobian-z", "∂h/∂z of the ReLU", "∂h/∂z", lambda at: at.jacobians["z"]),
    ("saved", "saved for the VJPs", "saved x, z", lambda at: at.saved),
)
_WORK: tuple[_Kind, ...] = (
    ("jacobian-W", "backward, Jacobians", "Jacobians", lambda at: at.by_jacobians),
    ("vjps", "backward, VJPs", "VJPs", lambda at: at.vjps),
    ("forward", "forward", "forward", lambda at: at.forward),
)
_TICKS = {WIDE.name: tuple(4**power for power in range(2, 11)), TALL.name: tuple(16**power for power in range(1, 6))}


@dataclass(frozen=True, slots=True)
class Curves:
    """The lines of one picture: its title, what is to be seen, its unit, what runs across, and the chosen width."""

    title: str
    says: str
    unit: str
    x_label: str
    series: tuple[Series, ...]
    chosen: int


@dataclass(frozen=True, slots=True)
class Listing:
    """The picture as a table: a column for each line, a row for each width and whether it was chosen.

    None stands where a line has no point.
    """

    x_label: str
    unit: str
    labels: tuple[str, ...]
    rows: tuple[tuple[int, bool, tuple[float | None, ...]], ...]


@dataclass(frozen=True, slots=True)
class Duel:
    """Both ways to one gradient at the largest width that both were measured at, in seconds, and their ratio."""

    vjp: str
    jacobian: str
    width: int
    bytes: int
    vjp_seconds: float
    jacobian_seconds: float
    ratio: str


def curves(show: str, view: CostAnswer) -> Curves | None:
    """What the picture draws; None where nothing was measured."""
    if show == "time":
        return _times(view.measured, view.n) if view.measured else None
    ratio = Fraction(view.m, view.n)
    of_bytes = show == "bytes"
    return Curves(
        title=f"{TITLES[show]} by width, for one layer and one example" + (f" in {view.dtype}" if of_bytes else ""),
        says=_SAYS[show],
        unit="B" if of_bytes else "",
        x_label="width n = m" if ratio == 1 else f"inputs n; m : n = {ratio.numerator} : {ratio.denominator}",
        series=tuple(
            Series(key, label, tuple((at.n, quantity(at)) for at in view.by_width), short)
            for key, label, short, quantity in (_BYTES if of_bytes else _WORK)
        ),
        chosen=view.n,
    )


def _times(measured: Measured, chosen: int) -> Curves:
    labels = (_labels(race) for race in sorted(measured.races, key=_place))
    return Curves(
        title=f"CPU time by width, for one layer and one example, measured in {measured.dtype}",
        says=_SAYS["time"] + ", ".join(f"{vjp} with {jacobian}" for vjp, jacobian in labels) + ".",
        unit="s",
        x_label="width n = m",
        series=tuple(one for race in measured.races for one in _both(race)),
        chosen=chosen,
    )


def _place(race: Race) -> tuple[int, int]:
    """Where a race's op stands in the table, and its VJP in the op's row."""
    return list(OPS).index(race.op), list(OPS[race.op].vjps).index(race.wrt)


def _labels(race: Race) -> tuple[str, str]:
    """How the VJP of a race and the other way with its Jacobian are written: v xᵀ, and vᵀ ∂z/∂W."""
    op = OPS[race.op]
    vjp = op.vjps[race.wrt]
    closed = vjp.label or vjp.formula.text.replace("$local", vjp.local.formula.text if vjp.local else "")
    return closed.replace("$", ""), f"vᵀ ∂{op.output}/∂{race.wrt}"  # a layer's nodes are named as the row's slots are


def _both(race: Race) -> tuple[Series, Series]:
    vjp, jacobian = _labels(race)
    built = tuple((one.width, one.seconds) for one in race.jacobian)
    closed = tuple((one.width, one.seconds) for one in race.vjp)
    return (
        Series(f"jacobian-{race.wrt}", jacobian, built, jacobian, dots=True),
        Series(f"vjp-{race.wrt}", vjp, closed, vjp, dots=True),
    )


def charts(drawn: Curves | None, laptop: int) -> tuple[LogLogChart, ...]:
    """The picture for a screen and for a phone; none where there is nothing to draw."""
    if drawn is None:
        return ()
    levels = (Level(laptop, f"{si(laptop, 'B')}: a laptop"),) if drawn.unit == "B" else ()
    return tuple(
        chart(
            frame,
            drawn.series,
            ticks=_TICKS[frame.name],
            tick_format=lambda y: si(y, drawn.unit),
            levels=levels,
            chosen=drawn.chosen,
        )
        for frame in (WIDE, TALL)
    )


def listing(drawn: Curves | None) -> Listing | None:
    """What the chart draws, as a table with a row for each width; None where nothing is drawn."""
    if drawn is None:
        return None
    by_line = [dict(one.points) for one in drawn.series]
    widths = sorted({int(x) for points in by_line for x in points})
    return Listing(
        x_label=drawn.x_label,
        unit=drawn.unit,
        labels=tuple(one.label for one in drawn.series),
        rows=tuple((x, x == drawn.chosen, tuple(points.get(x) for points in by_line)) for x in widths),
    )


def duels(measured: Measured | None) -> tuple[Duel, ...]:
    """Each race at its widest."""
    return tuple(_duel(race) for race in measured.races) if measured else ()


def _duel(race: Race) -> Duel:
    last = race.jacobian[-1]
    seconds = next(one.seconds for one in race.vjp if one.width == last.width)
    vjp, jacobian = _labels(race)
    return Duel(
        vjp=vjp,
        jacobian=jacobian,
        width=last.width,
        bytes=last.bytes,
        vjp_seconds=seconds,
        jacobian_seconds=last.seconds,
        ratio=significant(float(f"{last.seconds / seconds:.2g}"), 2),
    )
