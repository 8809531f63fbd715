"""The query of an address, of a page or of the API, read as a `ViewState`."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import cast
from urllib.parse import unquote_plus

from app.engine import DEFAULT, NETWORKS, Network, Values
from app.engine.graph import Direction

from .errors import FieldError, InvalidState, listed, unknown_network, wrong_step
from .numbers import asked, numbers_from_text, numbers_of, shape_in_text, shapes_with
from .value import ViewState

_STEP = re.compile(r"[0-9]{1,4}")
_BROKEN_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")

# What picks a picture, beside the network and its numbers; other questions, such as a check, have no use for it.
PICKS = ("step", "ask")
# What a page's form adds to an address: the good address it was sent from.
FROM = "from"
# Views of a step other than its own.
VIEWS = ("why", "jacobian", "check", "saved")
# What pages understand beyond the API: a view, the size of a nudge, and the numbers before the last edit.
PAGE_ONLY = (FROM, "show", "eps", "was")


def from_query(
    raw: str, direction: Direction, *, strict: bool, picks: Collection[str] = PICKS, any_shape: bool = False
) -> ViewState:
    """Read the query of a page or, `strict`, of the API, which refuses keys it does not know.

    `raw` is the query as it came, percent-encoded; `picks` says which of PICKS it may hold. With `any_shape`, numbers
    may have other shapes than the network's own, if it takes others. Raises InvalidState.
    """
    pairs, errors = pairs_of(raw)
    network = NETWORKS.get(dict(pairs).get("network", DEFAULT.name))
    known = known_of(pairs, {"network", *(network or DEFAULT).defaults, *picks}, errors, strict=strict)
    if network is None:
        errors.append(unknown_network(("query", "network")))
        raise InvalidState(errors, ViewState(DEFAULT, direction, DEFAULT.defaults), known)
    state = ViewState(network, direction, _numbers(network, known, errors, any_shape=any_shape))
    state = state.go(direction, _step(known.get("step"), state, errors))
    if "ask" in known:
        ask = asked(known["ask"], ("query", "ask"), state)
        if isinstance(ask, FieldError):
            errors.append(ask)
        else:
            state = replace(state, ask=ask)
    if not strict:
        state = _for_a_page(state, known, errors)
    if errors:
        raise InvalidState(errors, state, known)
    return state


def sent_from(raw: str) -> str | None:
    """The query of the good address that a form was sent from; None where none is told, or one within another."""
    query = dict(pairs_of(raw)[0]).get(FROM)
    return None if query is None or f"{FROM}=" in query else query


def state_before(raw: str, direction: Direction) -> ViewState | None:
    """The state a form was sent from, which its address names in `from`; None if there is none to be read."""
    query = sent_from(raw)
    if query is None:
        return None
    try:
        return from_query(query, direction, strict=False)
    except InvalidState:
        return None


def known_of(
    pairs: list[tuple[str, str]], names: Collection[str], errors: list[FieldError], *, strict: bool
) -> dict[str, str]:
    """The parameters that are ours. Others, such as a mailing adds, a page ignores; the API refuses them."""
    known: dict[str, str] = {}
    for key, value in pairs:
        if key in known:
            errors.append(FieldError(("query", key), f"{key} is given more than once; give it once"))
        elif key in names or (not strict and key in PAGE_ONLY):
            known[key] = value
        elif strict:
            errors.append(FieldError(("query",), f"a parameter is unknown; known are {listed(names)}"))
    return known


def _numbers(
    network: Network, known: Mapping[str, str], errors: list[FieldError], *, any_shape: bool
) -> Mapping[str, Values]:
    shapes = shapes_with(network, known, shape_in_text, ("query",)) if any_shape else network.shapes
    if isinstance(shapes, FieldError):
        errors.append(shapes)
        return network.defaults
    return numbers_of(network, known, numbers_from_text, errors, shapes, ("query",))


def _step(text: str | None, state: ViewState, errors: list[FieldError]) -> int | None:
    if text is None:
        return None
    if _STEP.fullmatch(text) and int(text) <= state.steps:
        return int(text)
    errors.append(wrong_step(("query", "step"), state))
    return None


def _for_a_page(state: ViewState, known: Mapping[str, str], errors: list[FieldError]) -> ViewState:
    """What only pages know, added to a state; what is wrong with it, to `errors`."""
    show = known.get("show")
    if show is not None and show not in VIEWS:
        errors.append(FieldError(("query", "show"), f"there is no such view; there is {listed(VIEWS)}"))
        show = None
    was, eps = _before(known.get("was"), state, errors), _nudge(known.get("eps"), errors)
    # a question comes before a view, and a nudge needs a question
    return replace(state, show=None if state.ask else show, eps=eps if state.ask else None, was=was)


def _nudge(text: str | None, errors: list[FieldError]) -> float | None:
    if text is None:
        return None
    found = numbers_from_text(text, "eps", ())
    if isinstance(found, FieldError) or found == 0:
        errors.append(FieldError(("query", "eps"), "the nudge must be a finite number other than 0, such as 0.01"))
        return None
    return cast("float", found)


def _before(query: str | None, state: ViewState, errors: list[FieldError]) -> str | None:
    """The canonical query of the numbers before an edit; None where they are the same."""
    if query is None:
        return None
    try:
        before = replace(from_query(query, state.direction, strict=True), step=None, ask=None)
    except InvalidState:
        errors.append(FieldError(("query", "was"), "was must be the query of an address of this network"))
        return None
    return before.query() if before.values != state.values and before.network is state.network else None


def pairs_of(raw: str, names: Collection[str] = ()) -> tuple[list[tuple[str, str]], list[FieldError]]:
    """The query's keys and values, decoded; what can't be decoded is named and left out.

    `names` are keys that may be named in an error, beside those of a pass.
    """
    pairs: list[tuple[str, str]] = []
    errors: list[FieldError] = []
    for part in raw.split("&"):
        if not part:
            continue
        key, _, value = part.partition("=")
        try:
            if _BROKEN_ESCAPE.search(part):
                raise ValueError
            pairs.append((unquote_plus(key, errors="strict"), unquote_plus(value, errors="strict")))
        except ValueError:
            name = key if key.isidentifier() and key.isascii() and key in {*names, *_all_names()} else ""
            loc = ("query", name) if name else ("query",)
            errors.append(FieldError(loc, f"{name or 'the address'} is not valid percent-encoded UTF-8"))
    return pairs, errors


def _all_names() -> set[str]:
    return {"network", *PICKS, *PAGE_ONLY} | {name for network in NETWORKS.values() for name in network.defaults}
