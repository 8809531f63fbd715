"""`Training`: a run of steps of gradient descent, as a frozen value, and the address or the body that asks for it."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import lru_cache
from math import prod
from typing import Any

from app.engine import Network
from app.engine.descent import MAX_STEPS

from .body import from_json
from .codec import Param, Reader, address_of, query_of, written
from .errors import FieldError, Invalid
from .nested import kind_in_json
from .params import own_step_params
from .query import read_view
from .value import ViewState

# What a run is asked for beside a network and its numbers: the same names in addresses and in bodies. `trail` is for
# programs alone, and only a page shows digits.
_PICKS = ("lr", "hold", "steps", "trail")
_OF_PAGE = ("lr", "hold", "steps", "digits")
# About what a step costs in microseconds: for each event of the two passes, and for each entry of a value. A run that
# may take longer than _CHEAP is computed in its turn, and none may that takes longer than _MOST.
_EVENT, _ENTRY = 8.0, 0.01
_CHEAP, _MOST = 10_000.0, 500_000.0
_COUNT = re.compile(r"[0-9]{1,4}")


@dataclass(frozen=True)
class Training:
    """`steps` steps θ − lr·g from the numbers of `view`, a state of the backward pass, with the parameters of `hold`
    left as they are. `trail` is whether the values of the parameters at every step are asked for: programs alone may.
    `digits` is how many digits a page shows numbers with, None for as many as each needs.
    """

    view: ViewState
    lr: float = 0.1
    hold: tuple[str, ...] = ()
    steps: int = 1
    trail: bool = False
    digits: int | None = None

    @property
    def network(self) -> Network:
        """The network that is trained."""
        return self.view.network

    @property
    def is_dear(self) -> bool:
        """Whether the run may take so long that others would wait for it, by what it is asked for alone."""
        return self.steps * _step_cost(self.view) > _CHEAP

    @property
    def most_steps(self) -> int:
        """The most steps that a run of this network may take."""
        return min(MAX_STEPS, int(_MOST / _step_cost(self.view)))

    def but(self, **changes: Any) -> Training:
        """The same run, but for these."""
        return replace(self, **changes)

    def parts(self, *, page: bool = True) -> list[tuple[str, str]]:
        """The names and values of the canonical query of the page, in its order; without `page`, of the API's."""
        params = [param for param in _params(self.network) if param.name in (_OF_PAGE if page else _PICKS)]
        handed = self.view.handed_parts() if page else self.view.number_parts()
        return handed + written(params, {param.name: getattr(self, param.name) for param in params})

    def query(self, *, page: bool = True) -> str:
        """The canonical query, without its question mark."""
        return query_of(self.parts(page=page))

    def address(self, prefix: str = "") -> str:
        """The canonical address of the page, or with the prefix `/api` of its JSON twin."""
        return address_of(f"{prefix}/train", self.query(page=not prefix))


def training_from_query(query: str | Reader, *, strict: bool) -> Training:
    """Read the query of the page or, `strict`, of the API, which knows `trail`, too, and takes numbers of any shape
    that the network does. Raises Invalid."""
    reader = Reader.of(query)
    names = _PICKS if strict else _OF_PAGE
    view = read_view(reader, "backward", names, strict=strict, any_shape=strict, many=("hold",))
    training = _training(view, steps=reader.read(_STEPS), trail=reader.read(_TRAIL))
    # where numbers could not be read, their shapes need not fit each other
    if not reader.errors and training.steps > training.most_steps:
        reader.errors.append(_too_many_steps(training, "query"))
        training = training.but(steps=Training.steps)
    return reader.checked(training)


def training_from_json(body: object) -> Training:
    """Read the parsed body of a POST. Raises Invalid."""
    fields = body if isinstance(body, dict) else {}
    own = {name: read(fields[name]) for name, read in _IN_JSON.items() if fields.get(name) is not None}
    errors = [found for found in own.values() if isinstance(found, FieldError)]
    try:
        view = from_json(body, "backward", picks=_PICKS, any_shape=True)
    except Invalid as problem:
        raise Invalid([*problem.errors, *errors], problem.fallback) from None
    training = _training(view, **own) if not errors else Training(view)
    if training.steps > training.most_steps:
        errors = [_too_many_steps(training, "body")]
    if errors:
        raise Invalid(errors, view)
    return training


def _training(view: ViewState, **own: Any) -> Training:
    """The run that a state of the backward pass tells of, whose `lr` and `hold` become the run's."""
    lr = Training.lr if view.lr is None else view.lr
    return Training(replace(view, lr=None, hold=(), digits=None), lr, view.hold, digits=view.digits, **own)


def _step_cost(view: ViewState) -> float:
    """About how many microseconds a step takes."""
    events = sum(map(len, view.network.graph.timelines.values()))
    return events * _EVENT + sum(map(prod, view.shapes.values())) * _ENTRY


def _too_many_steps(training: Training, place: str) -> FieldError:
    return FieldError((place, "steps"), f"of this network, a run takes at most {training.most_steps} steps")


def _steps(text: str) -> int | FieldError:
    return int(text) if _COUNT.fullmatch(text.strip()) and 1 <= int(text) <= MAX_STEPS else _wrong_steps("query")


def _wrong_steps(place: str) -> FieldError:
    return FieldError((place, "steps"), f"steps must be a whole number from 1 to {MAX_STEPS}")


def _flag(text: str) -> bool | FieldError:
    return text == "1" if text in ("0", "1") else FieldError(("query", "trail"), "trail must be 0 or 1")


def _steps_in_json(steps: object) -> int | FieldError:
    if isinstance(steps, float) and steps.is_integer():  # JSON knows no whole numbers of their own: 2.0 is 2
        steps = int(steps)
    if isinstance(steps, int) and not isinstance(steps, bool) and 1 <= steps <= MAX_STEPS:
        return steps
    wrong, kind = _wrong_steps("body"), kind_in_json(steps)
    return wrong if kind == "a number" else replace(wrong, msg=f"{wrong.msg}, not {kind}")


def _flag_in_json(trail: object) -> bool | FieldError:
    says = "trail must be true or false"
    return trail if isinstance(trail, bool) else FieldError(("body", "trail"), f"{says}, not {kind_in_json(trail)}")


_STEPS = Param("steps", _steps, str, Training.steps)
_TRAIL = Param("trail", _flag, lambda on: str(int(on)), Training.trail)
_IN_JSON = {"steps": _steps_in_json, "trail": _flag_in_json}


@lru_cache(maxsize=64)
def _params(network: Network) -> tuple[Param[Any], ...]:
    """All of them, in the order of an address, as they are written."""
    of_step = {param.name: param for param in own_step_params(network, "backward")}
    return replace(of_step["lr"], default=Training.lr), of_step["hold"], _STEPS, _TRAIL, of_step["digits"]
