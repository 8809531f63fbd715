"""What an address of the network's page may say, one `Param` each: the network, its numbers, the step and its view."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache, partial
from typing import Any, TypeAlias, get_args

from app.engine import DEFAULT, Event, Network, Shape, Values
from app.engine.descent import parameters
from app.engine.fitted import biases
from app.engine.graph import Direction

from . import staging
from .codec import Param
from .errors import FieldError, listed, network_of, wrong_step
from .fit import REDUCE
from .hiding import read_hiding
from .numbers import asked, field_text, number_text, numbers_from_text, numbers_pasted

# What picks a picture, beside the network and its numbers; other questions, such as a check, have no use for it.
PICKS = ("step", "ask", "lr", "hold")
# Views of a step other than its own.
VIEWS = ("why", "jacobian", "check", "saved")
# What the network's page understands beyond the API: a view, a node that is explained, the ε of a perturbation, the
# step that was left for the pass as a whole, the numbers before the last edit, how many digits numbers are shown with,
# and how it is shown on the stage, with what is hidden there.
PAGE_ONLY = ("show", "node", "eps", "resume", "was", "digits", "hide", *staging.NAMES)
# The least and the most digits that one may choose.
MIN_DIGITS, MAX_DIGITS = 2, 9
_STEP = re.compile(r"[0-9]{1,4}")
# No numbers: a default that nothing has.
_UNLIKE_ALL: Values = float("nan")
# A step of a pass, which an address has as backward.4.
PassStep: TypeAlias = tuple[Direction, int]


def _network(text: str) -> Network | FieldError:
    return network_of(text, ("query", "network"))


NETWORK: Param[Network] = Param("network", _network, lambda network: network.name, DEFAULT)


def leaf_params(network: Network, shapes: Mapping[str, Shape]) -> tuple[Param[Values], ...]:
    """One for each leaf of a network, in the graph's order: its numbers, in an array of its shape in `shapes`."""
    return _own_leaves(network) if shapes is network.shapes else _leaves(network, shapes)


def step_params(network: Network, direction: Direction, shapes: Mapping[str, Shape]) -> tuple[Param[Any], ...]:
    """Those of a pass's step, where the leaves have these shapes: PICKS and PAGE_ONLY, without those of the stage.

    `was` is read as it is: whether it is right hangs on all the rest.
    """
    return own_step_params(network, direction) if shapes is network.shapes else _of_step(network, direction, shapes)


@lru_cache(maxsize=64)
def number_params(network: Network) -> tuple[Param[Any], ...]:
    """Those of a network and its numbers, in the order in which an address has them."""
    if network is network.base:
        return NETWORK, *_own_leaves(network)
    return NETWORK, *written_leaves(network), REDUCE


def written_leaves(network: Network) -> tuple[Param[Values], ...]:
    """Those of a network's leaves where an address is written: it always says what the network is fitted to."""
    own = _own_leaves(network)
    if network is network.base:
        return own
    fits = {leaf.name for leaf in network.graph.leaves if network.batch and leaf.role == "input"}
    fits |= {name for name in biases(network) if not network.shape(name)}
    return tuple(replace(param, default=_UNLIKE_ALL) if param.name in fits else param for param in own)


def number_values(network: Network, values: Mapping[str, Values]) -> Mapping[str, object]:
    """What `number_params` write: a fitted network has the name of its base."""
    return {NETWORK.name: network.base, **values, REDUCE.name: network.reduce}


def _leaves(network: Network, shapes: Mapping[str, Shape]) -> tuple[Param[Values], ...]:
    write = partial(field_text, gap="")
    return tuple(
        Param(
            leaf.name,
            partial(numbers_from_text, name=leaf.name, shape=shapes[leaf.name]),
            write,
            network.defaults[leaf.name],
            paste=partial(numbers_pasted, name=leaf.name, shape=shapes[leaf.name]),
        )
        for leaf in network.graph.leaves
    )


def _of_step(network: Network, direction: Direction, shapes: Mapping[str, Shape]) -> tuple[Param[Any], ...]:
    return (
        Param("step", partial(_step, steps=len(network.graph.timelines[direction]), direction=direction), str, None),
        Param("ask", lambda text: asked(text, ("query", "ask"), network.graph.shapes(shapes)), str, None),
        Param("show", _view, str, None, page=True),
        Param("node", partial(_node, names=tuple(network.graph.by_name)), str, None, page=True),
        Param("eps", _epsilon, number_text, None, page=True),
        Param("resume", partial(_stop, timelines=network.graph.timelines), _stop_text, None, page=True),
        Param("was", str, str, None, page=True),
        Param("lr", learning_rate, number_text, None, paste=learning_rate),
        Param("hold", partial(_held, names=parameters(network.graph)), ",".join, (), many=True),
        Param("digits", _digits, str, None, page=True),
        Param("hide", partial(_hidden, network=network, shapes=shapes), ",".join, (), page=True),
    )


@lru_cache(maxsize=64)  # with the shapes of its own that nearly every address has
def _own_leaves(network: Network) -> tuple[Param[Values], ...]:
    return _leaves(network, network.shapes)


@lru_cache(maxsize=64)
def own_step_params(network: Network, direction: Direction) -> tuple[Param[Any], ...]:
    """The same, with the shapes of the network's own that nearly every address has."""
    return _of_step(network, direction, network.shapes)


def _step(text: str, steps: int, direction: Direction) -> int | FieldError:
    """A step of a pass, 0 … steps."""
    if not _STEP.fullmatch(text) or int(text) > steps:
        return wrong_step(("query", "step"), steps, direction)
    return int(text)


def _stop(text: str, timelines: Mapping[Direction, Sequence[Event]]) -> PassStep | FieldError:
    """A step of either pass, as backward.4."""
    name, _, step = text.partition(".")
    for direction in get_args(Direction):
        if name == direction and _STEP.fullmatch(step) and int(step) <= len(timelines[direction]):
            return direction, int(step)
    steps = " and ".join(f"{direction}.0 to {direction}.{len(events)}" for direction, events in timelines.items())
    return FieldError(("query", "resume"), f"resume names a step; the steps are {steps}")


def _stop_text(stop: PassStep) -> str:
    return f"{stop[0]}.{stop[1]}"


def _node(text: str, names: Collection[str]) -> str | FieldError:
    if text in names:
        return text
    return FieldError(("query", "node"), f"there is no such node; the nodes are {listed(names)}")


def _view(text: str) -> str | FieldError:
    if text in VIEWS:
        return text
    return FieldError(("query", "show"), f"there is no such view; the views are {listed(VIEWS)}")


def _epsilon(text: str) -> float | FieldError:
    found = numbers_pasted(text, "eps", ())
    if isinstance(found, float) and found != 0:
        return found
    return FieldError(("query", "eps"), "ε must be a finite number other than 0, such as 0.01")


def learning_rate(text: str, loc: tuple[str, ...] = ("query", "lr")) -> float | FieldError:
    """The lr of θ − lr·g."""
    found = numbers_pasted(text, "lr", ())
    return found if isinstance(found, float) and found > 0 else wrong_rate(loc)


def wrong_rate(loc: tuple[str, ...]) -> FieldError:
    """What is no learning rate."""
    return FieldError(loc, "lr, the learning rate, must be a finite number above 0, such as 0.5")


def _held(text: str, names: tuple[str, ...]) -> tuple[str, ...] | FieldError:
    return held([name.strip() for name in text.split(",") if name.strip()], names, ("query", "hold"))


def held(given: Collection[str], names: tuple[str, ...], loc: tuple[str, ...]) -> tuple[str, ...] | FieldError:
    """The parameters that a step leaves as they are, in the graph's order, each once."""
    if not {*given} <= {*names}:
        return FieldError(loc, f"hold names parameters that the step leaves as they are; there are {listed(names)}")
    return tuple(name for name in names if name in given)


def _hidden(text: str, network: Network, shapes: Mapping[str, Shape]) -> tuple[str, ...] | FieldError:
    return read_hiding(text, network.graph, network.graph.shapes(shapes))


def _digits(text: str) -> int | FieldError:
    if _STEP.fullmatch(text) and MIN_DIGITS <= int(text) <= MAX_DIGITS:
        return int(text)
    return FieldError(("query", "digits"), f"digits must be a whole number from {MIN_DIGITS} to {MAX_DIGITS}")
