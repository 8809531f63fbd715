"""`CompareState`: printed numbers beside a network with its numbers, as a frozen value and as an address."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any

from app.state import FieldError, ViewState
from app.state.codec import Param, Reader, address_of, query_of, written
from app.state.printed import MAX_STEPS
from app.state.query import read_view

_STEPS = re.compile(r"[1-9][0-9]{0,2}")
# What may be asked beside the network and its numbers, of which several boxes say hold.
_OF_STEP = ("lr", "hold")


@dataclass(frozen=True)
class CompareState:
    """Lines of printed numbers, and the network with its numbers that they are compared with.

    `view` holds the learning rate, if there is a step, and what it leaves as it is; `steps` is how many a + means.
    """

    view: ViewState
    lines: str = ""
    steps: int = 1

    def parts(self) -> list[tuple[str, str]]:
        """The names and values of the canonical query, in its order."""
        own = {"steps": self.steps, "lines": self.lines}
        return [*self.view.parts(page=False), *written(PARAMS, own), *self.view.staging.handed_on.parts()]

    def query(self) -> str:
        """The canonical query, without its question mark."""
        return query_of(self.parts())

    def address(self) -> str:
        """The canonical address of the page."""
        return address_of("/compare", self.query())

    def on_default_numbers(self) -> CompareState:
        """The same lines beside the network's default numbers, which do not overflow."""
        view = ViewState(self.view.network, "backward", self.view.network.defaults)
        return replace(self, view=view, steps=1)


def compare_from_query(query: str | Reader) -> CompareState:
    """Read the query of the page. Raises Invalid."""
    reader = Reader.of(query)
    reader.leave_out_empty("lr")
    view = read_view(reader, "backward", (*_OF_STEP, *(param.name for param in PARAMS)), many=("hold",))
    found = reader.read_all(PARAMS)
    return reader.checked(CompareState(view, **found))


def _lines(text: str) -> str:
    """Lines without what was empty at the end of each and of all."""
    return "\n".join(line.rstrip() for line in text.replace("\r\n", "\n").split("\n")).strip("\n")


def _steps(text: str) -> int | FieldError:
    if _STEPS.fullmatch(text.strip(" ")) and int(text) <= MAX_STEPS:
        return int(text)
    return FieldError(("query", "steps"), f"steps must be a whole number from 1 to {MAX_STEPS}")


PARAMS: tuple[Param[Any], ...] = (
    Param("steps", _steps, str, CompareState.steps),
    Param("lines", _lines, str, CompareState.lines),
)
