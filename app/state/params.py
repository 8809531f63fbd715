"""What an address of the network's page may say, one `Param` each: the network, its numbers, the step and its view."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache, partial
from typing import Any

from app.engine import DEFAULT, NETWORKS, Network, Shape, Values
from app.engine.graph import Direction

from .codec import Param
from .errors import FieldError, listed, unknown_network, wrong_step
from .numbers import asked, field_text, number_text, numbers_from_text

# What picks a picture, beside the network and its numbers; other questions, such as a check, have no use for it.
PICKS = ("step", "ask")
# Views of a step other than its own.
VIEWS = ("why", "jacobian", "check", "saved")
# What the network's page understands beyond the API: a view, the size of a nudge, the numbers before the last edit.
PAGE_ONLY = ("show", "eps", "was")
_STEP = re.compile(r"[0-9]{1,4}")


def _network(text: str) -> Network | FieldError:
    return NETWORKS.get(text) or unknown_network(("query", "network"))


NETWORK: Param[Network] = Param("network", _network, lambda network: network.name, DEFAULT)


def leaf_params(
    network: Network, shapes: Mapping[str, Shape], names: Iterable[str] | None = None
) -> tuple[Param[Values], ...]:
    """One for each leaf of a network, or for those of these names: its numbers, in an array of its shape."""
    return tuple(
        Param(
            name,
            partial(numbers_from_text, name=name, shape=shapes[name]),
            partial(field_text, gap=""),
            network.defaults[name],
        )
        for name in names or network.defaults
    )


def step_params(
    network: Network, direction: Direction, shapes: Callable[[], Mapping[str, Shape]]
) -> tuple[Param[Any], ...]:
    """Those of a pass's step, where the nodes have these shapes, which only a question needs: PICKS and PAGE_ONLY.

    `was` is read as it is: whether it is right hangs on all the rest.
    """
    return (
        Param("step", partial(_step, steps=len(network.graph.timelines[direction]), direction=direction), str, None),
        Param("ask", lambda text: asked(text, ("query", "ask"), shapes()), str, None),
        Param("show", _view, str, None, page=True),
        Param("eps", _nudge, number_text, None, page=True),
        Param("was", str, str, None, page=True),
    )


@lru_cache(maxsize=64)
def number_params(network: Network) -> tuple[Param[Any], ...]:
    """Those of a network and its numbers, in the order in which an address has them: the graph's."""
    return NETWORK, *leaf_params(network, network.shapes, (leaf.name for leaf in network.graph.leaves))


@lru_cache(maxsize=64)
def view_params(network: Network, direction: Direction) -> tuple[Param[Any], ...]:
    """All of them, in the order in which an address has them."""
    return *number_params(network), *step_params(network, direction, lambda: network.shapes)


def _step(text: str, steps: int, direction: Direction) -> int | FieldError | None:
    """A step of a pass; None for its last one, at which the pass is whole."""
    if not _STEP.fullmatch(text) or int(text) > steps:
        return wrong_step(("query", "step"), steps, direction)
    return int(text) if int(text) < steps else None


def _view(text: str) -> str | FieldError:
    if text in VIEWS:
        return text
    return FieldError(("query", "show"), f"there is no such view; there is {listed(VIEWS)}")


def _nudge(text: str) -> float | FieldError:
    found = numbers_from_text(text, "eps", ())
    if isinstance(found, float) and found != 0:
        return found
    return FieldError(("query", "eps"), "the nudge must be a finite number other than 0, such as 0.01")
