"""The numbers that an answer stands on."""

from __future__ import annotations

from app.engine import Trace
from app.snapshot import run
from app.state import ViewState

_NOTE = " (With the numbers of the address the network overflows, so these are its default numbers.)"


def standing(view: ViewState) -> tuple[Trace, str]:
    """Both passes over the numbers of `view`, or over the network's default ones where those overflow; and what is to
    be said of that, empty where there is nothing."""
    trace = run(view.go("backward"))
    if trace.overflow is None:
        return trace, ""
    return run(view.with_values({}).go("backward")), _NOTE
