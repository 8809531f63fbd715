"""Which network numbers are for: several rows of x or y are a batch, one number for a bias is one for its layer."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from app.engine import Network, Shape
from app.engine.fitted import MAX_EXAMPLES, biases, fitted, takes_rows
from app.engine.ops.reductions import REDUCES, Reduce

from .codec import Param
from .errors import FieldError
from .nested import kind_in_json
from .notations import NotationError, grid_of
from .numbers import Where, numbers_from_text, numbers_pasted

# What a text with several rows has in it.
_BETWEEN_ROWS = (";", "\n", "]", "}", ")")


def _reduce(text: str) -> Reduce | FieldError:
    return next((reduce for reduce in REDUCES if reduce == text), _wrong_reduce(("query",)))


REDUCE: Param[Reduce] = Param("reduce", _reduce, str, REDUCES[0])


def reduce_in_json(value: object) -> Reduce | FieldError:
    """How the loss of a batch adds up those of its examples, as a body says it."""
    return next((reduce for reduce in REDUCES if reduce == value), _wrong_reduce(("body",)))


def _wrong_reduce(where: Where) -> FieldError:
    says = f"reduce says how the losses of a batch become one: {' or '.join(REDUCES)}"
    return FieldError((*where, REDUCE.name), says)


def fit(
    network: Network, rows: Mapping[str, int], one_bias: Collection[str], reduce: Reduce, where: Where
) -> Network | FieldError:
    """The network for these numbers. `rows` has how many rows each leaf came in, 0 for what is one example, and what is
    left out is not in it; `one_bias` are the biases that came as one number."""
    if not one_bias and not any(rows.values()):
        return network
    # an input decides before a target does
    decides = next((name for name, count in rows.items() if count), None)
    count = rows[decides] if decides else 0
    if count > MAX_EXAMPLES:
        says = f"each row of {decides} is an example; a batch has at most {MAX_EXAMPLES}, and this one has {count}"
        return FieldError((*where, str(decides)), says)
    for name, other in rows.items():
        if count and max(other, 1) != count:
            says = f"each row is an example, so {decides} and {name} must have as many rows"
            return FieldError((*where, name), f"{says}, not {count} and {max(other, 1)}")
    return fitted(network, count, one_bias, reduce)


def fit_texts(
    network: Network,
    texts: Mapping[str, str],
    shapes: Mapping[str, Shape],
    reduce: Reduce,
    *,
    strict: bool,
) -> Network | FieldError:
    """The network for the texts by leaf of an address, whose leaves have these shapes for one example; unless `strict`,
    in any notation that people paste."""
    rows = {
        leaf.name: _rows(texts[leaf.name], shapes[leaf.name][0], strict=strict)
        for leaf in network.graph.leaves
        if takes_rows(leaf) and leaf.name in texts
    }
    read = numbers_from_text if strict else numbers_pasted
    one_bias = [
        name
        for name in biases(network)
        if name in texts
        and shapes[name] != (1,)
        and "," not in texts[name]
        and not isinstance(read(texts[name], name, ()), FieldError)
    ]
    found = fit(network, rows, one_bias, reduce, ("query",))
    if isinstance(found, FieldError):  # others are not wrong for having other rows than what is no numbers
        unread = (read(texts[name], name, (rows[name], shapes[name][0])) for name in rows if rows[name])
        return next((wrong for wrong in unread if isinstance(wrong, FieldError)), found)
    return found


def _rows(text: str, width: int, *, strict: bool) -> int:
    """In how many rows the numbers of a leaf came that has so many for one example; 0 for one row, and for a column,
    which is a row that stands upright."""
    if not any(mark in text for mark in _BETWEEN_ROWS):
        return 0
    try:
        grid = [row.split(",") for row in text.split(";")] if strict else grid_of(text)
    except NotationError:
        return 0
    return _count(grid, width)


def fit_arrays(
    network: Network, values: Mapping[str, object], shapes: Mapping[str, Shape], reduce: Reduce, where: Where
) -> Network | FieldError:
    """The network for the arrays by leaf of a body, whose leaves have these shapes for one example."""
    if not network.name:
        return network  # the leaves of a graph are what they came as
    rows = {
        leaf.name: _arrays(values[leaf.name], shapes[leaf.name][0])
        for leaf in network.graph.leaves
        if takes_rows(leaf) and leaf.name in values
    }
    one_bias = [
        name
        for name in biases(network)
        if shapes[name] != (1,) and name in values and kind_in_json(values[name]) == "a number"
    ]
    return fit(network, rows, one_bias, reduce, where)


def _arrays(value: object, width: int) -> int:
    """In how many rows the array of a leaf came; 0 for what is no batch, as in an address."""
    rows = value if isinstance(value, list) and all(isinstance(row, list) for row in value) else []
    return _count(rows, width)


def _count(rows: Sequence[Sequence[object]], width: int) -> int:
    """How many examples rows are: none, if there is one alone, which is no batch, or if they are a column."""
    is_column = width > 1 and all(len(row) == 1 for row in rows)
    return len(rows) if len(rows) > 1 and not is_column else 0


def fitted_shapes(network: Network, shapes: Mapping[str, Shape]) -> Mapping[str, Shape]:
    """The shapes of the leaves of a fitted network, from those for one example; the network's own, if these are its
    base's."""
    if shapes is network.base.shapes:
        return network.shapes
    found = dict(shapes)
    for leaf in network.graph.leaves:
        if network.batch and takes_rows(leaf):
            found[leaf.name] = (network.batch, *shapes[leaf.name])
        elif not network.shape(leaf.name):
            found[leaf.name] = ()
    return found
