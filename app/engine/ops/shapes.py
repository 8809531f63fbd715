"""What shapes an op takes: the rules that several rows share, and how a refusal says which ones came."""

from __future__ import annotations

from collections.abc import Callable

from .table import Shape, ShapeError, Shapes


def alike(op: str, *slots: str) -> Callable[[Shapes], Shape]:
    """The shape of what is computed entry by entry: that of each of these slots, vectors or single numbers.

    What it gives raises ShapeError where the shapes differ, or one is a matrix.
    """

    def shape(shapes: Shapes) -> Shape:
        found = shapes[slots[0]]
        if any(shapes[slot] != found for slot in slots) or len(found) > 1:
            alike = "a vector or one number" if len(slots) == 1 else "two vectors of one length, or two numbers"
            raise ShapeError(f"{op} takes {alike} at {' and '.join(slots)}, not {said(shapes, slots)}")
        return found

    return shape


def one_number(op: str, *slots: str) -> Callable[[Shapes], Shape]:
    """The shape of a loss: a scalar. What it gives raises ShapeError where these slots are no vectors of one length."""

    def shape(shapes: Shapes) -> Shape:
        if any(shapes[slot] != shapes[slots[0]] or len(shapes[slot]) != 1 for slot in slots):
            raise ShapeError(f"{op} takes vectors of one length at {' and '.join(slots)}, not {said(shapes, slots)}")
        return ()

    return shape


def said(shapes: Shapes, slots: tuple[str, ...]) -> str:
    """The shapes of some slots, as a person says them: 3×2 and scalar."""
    return " and ".join("×".join(map(str, shapes[slot])) or "scalar" for slot in slots)
