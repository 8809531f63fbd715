"""The query of an address, of the network's page or of the API, read as a `ViewState`."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

from app.engine import DEFAULT, Network, Shape, Values
from app.engine.graph import Direction

from .blocks import named_parts
from .codec import FROM, Reader
from .errors import FieldError, Invalid
from .fit import REDUCE, fit_texts, fitted_shapes
from .hiding import written_in_the_address
from .notations import NotationError
from .numbers import asked, missing, shape_in_text, shapes_with
from .params import NETWORK, PAGE_ONLY, PICKS, leaf_params, step_params
from .staging import HANDED_ON, OFF_STAGE, Staging, read_staging
from .value import ViewState


def from_query(
    query: str | Reader,
    direction: Direction,
    *,
    strict: bool,
    picks: Collection[str] = PICKS,
    any_shape: bool = False,
) -> ViewState:
    """Read the query of the page or, `strict`, of the API, which refuses names it does not know.

    `query` is as it came, percent-encoded, or taken apart; `picks` says what it may hold beside numbers. With
    `any_shape`, these may have other shapes than the network's own, if it takes others. Raises Invalid.
    """
    reader = Reader.of(query)
    names = picks if strict else (*picks, *PAGE_ONLY)
    return reader.checked(read_view(reader, direction, names, strict=strict, any_shape=any_shape))


def read_view(
    reader: Reader,
    direction: Direction,
    names: Collection[str] = (),
    *,
    strict: bool = False,
    any_shape: bool = False,
    many: Collection[str] = (),
) -> ViewState:
    """What a query says of a network, its numbers, and as far as `names` has them, of a step of a pass.

    It may hold the other names of `names`, too, and those in `many` more than once; the reader has what is wrong.
    """
    text = reader.first(NETWORK.name)
    network = DEFAULT if text is None else NETWORK.read(text)
    known = DEFAULT if isinstance(network, FieldError) else network
    handed = () if strict else HANDED_ON
    reader.expect({NETWORK.name, *known.defaults, REDUCE.name, *names, *handed}, strict=strict, many=many)
    if isinstance(network, FieldError):
        reader.errors.append(network)
        return ViewState(DEFAULT, direction, DEFAULT.defaults)
    if not strict:
        _take_blocks_apart(reader, network)
    shapes = _shapes(reader, network) if any_shape else network.shapes
    network, shapes = _fitted(reader, network, shapes)
    if FROM in reader.texts and shapes:
        _keep_within(reader, network, direction, shapes)
    numbers = _numbers(reader, network, shapes) if shapes else network.defaults
    staging = _staging(reader)
    found = reader.read_all(step_params(network, direction, shapes or network.shapes))
    # a question comes before a node, a node before a view; a perturbation needs a question
    ask = found["ask"]
    node, show = None if ask else found["node"], None if ask or found["node"] else found["show"]
    # a step was left only for a pass as a whole
    resume, eps = found["resume"] if found["step"] is None else None, found["eps"] if ask else None
    chosen = found["lr"], found["hold"], found["digits"], found["hide"], staging
    state = ViewState(network, direction, numbers, found["step"], ask, show, node, eps, resume, None, *chosen)
    reader.errors += _hidden_in_vain(state)
    was = None if state.staging.stage else found["was"]  # the stage tells of no edits
    return state if was is None else replace(state, was=_before(was, state, reader.errors))


def _staging(reader: Reader) -> Staging:
    """How it is shown on the stage; where it is not, nothing is hidden."""
    staging = OFF_STAGE if reader.strict else read_staging(reader)
    if staging.stage is None:
        reader.leave_unread("hide")
    return staging


def _hidden_in_vain(state: ViewState) -> list[FieldError]:
    """What is wrong where values are to be hidden that the address itself holds."""
    return written_in_the_address(state.hide, {name for name, _ in state.number_parts()}) if state.hide else []


def _take_blocks_apart(reader: Reader, network: Network) -> None:
    """Where a field holds a block that names several arrays, each goes to the field of its name."""
    for name in network.defaults:
        for text in reader.texts.get(name, ())[:1]:
            try:
                parts = named_parts(text, tuple(network.defaults))
            except NotationError as error:
                reader.refuse(name, FieldError(("query", name), f"{name} cannot be read: {error}"))
                continue
            if parts is not None:
                del reader.texts[name]
                reader.texts |= {part: [text] for part, text in parts.items()}


def _shapes(reader: Reader, network: Network) -> Mapping[str, Shape] | None:
    """The shape that each leaf must have, as the one that decides came; None where it is too large, or no matrix."""
    given = {name: texts[0] for name, texts in reader.texts.items()}
    shapes = shapes_with(network, given, shape_in_text, ("query",))
    if isinstance(shapes, FieldError):
        reader.errors.append(shapes)
        return None
    return shapes


def _fitted(
    reader: Reader, network: Network, shapes: Mapping[str, Shape] | None
) -> tuple[Network, Mapping[str, Shape] | None]:
    """The network that the numbers are for, and the shapes of its leaves; None where that cannot be told."""
    reduce = reader.read(REDUCE)
    given = {name: texts[0] for name, texts in reader.texts.items()}
    found = fit_texts(network, given, shapes, reduce, strict=reader.strict) if shapes and given else network
    if isinstance(found, FieldError):
        reader.errors.append(found)
        return network, None
    return found, fitted_shapes(found, shapes) if shapes else None


def _keep_within(reader: Reader, network: Network, direction: Direction, shapes: Mapping[str, Shape]) -> None:
    """A form sends along where it was, which is no more where a batch has become one example, or the other way round:
    then its last step is, and no question."""
    step, steps = reader.texts.get("step", [""])[0], len(network.graph.timelines[direction])
    if step.isdecimal() and int(step) > steps:
        reader.texts["step"] = [str(steps)]
    ask = reader.texts.get("ask")
    if ask and isinstance(asked(ask[0], ("query", "ask"), network.graph.shapes(shapes)), FieldError):
        del reader.texts["ask"]


def _numbers(reader: Reader, network: Network, shapes: Mapping[str, Shape]) -> Mapping[str, Values]:
    """The numbers of each leaf; one that is left out must have its own shape."""
    numbers: dict[str, Values] = {}
    for leaf in leaf_params(network, shapes):
        numbers[leaf.name] = reader.read(leaf)
        if leaf.name not in reader.texts and shapes[leaf.name] != network.shape(leaf.name):
            reader.errors.append(missing(leaf.name, shapes[leaf.name], ("query",)))
    return numbers


def _before(query: str, state: ViewState, errors: list[FieldError]) -> str | None:
    """The canonical query of the numbers before an edit, without what was looked at; None where they are the same."""
    of_page = [name for name in PAGE_ONLY if name != "was"]
    try:
        before = from_query(query, state.direction, strict=True, picks=(*PICKS, *of_page))
    except Invalid:
        errors.append(FieldError(("query", "was"), "was must be the query of an address of this network"))
        return None
    if before.values == state.values or before.network is not state.network:
        return None
    return ViewState(before.network, before.direction, before.values).query()
