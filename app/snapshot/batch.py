"""Both passes over many value sets of one network at once, and their answer: a column for each quantity."""

from __future__ import annotations

from functools import lru_cache
from typing import Annotated

from pydantic import Field, SkipValidation
from pydantic_core import SchemaSerializer, core_schema, to_json

from app.engine import Array, Trace, backward, forward
from app.engine.graph import Direction
from app.engine.stacks import overflows
from app.state import Batch
from app.state.batch import MAX_ERRORS, batch_overflow

from .limits import why_not_finite
from .models import Frozen

# How many numbers are written in one go: while they are, no other thread of the process gets on.
_AT_ONCE = 16_384
# Numbers, vectors or matrices, one a set.
StackedList = Annotated[list[float] | list[list[float]] | list[list[list[float]]], SkipValidation]


class BatchNode(Frozen):
    """A node in all sets."""

    name: str
    """The node’s name."""
    shape: list[int]
    """The shape that its value has in one set."""
    value: StackedList
    """Its value in each set: the first axis counts the sets, in the order in which they were sent."""
    grad: StackedList | None
    """∂L/∂ this node in each set, stacked in the same way; null in a forward pass, and where no gradient is taken."""


class BatchAnswer(Frozen):
    """A whole pass over many value sets of one network."""

    network: str | None
    """The network’s name; null for a graph that was sent."""
    direction: Direction = Field(alias="pass")
    """The pass: forward or backward."""
    count: int
    """How many sets there are."""
    loss: list[float]
    """The loss L of each set, in the order in which they were sent."""
    nodes: list[BatchNode]
    """The nodes of the network, in topological order."""


def batch_as_json(batch: Batch) -> bytes:
    """A BatchAnswer as JSON. Raises Invalid where sets overflow, naming each and the quantity that did first.

    Written column by column, since all numbers of a batch as Python's own would take several times the room.
    """
    graph = batch.network.graph
    trace = forward(graph, batch.values)
    failed = overflows(trace, "forward", MAX_ERRORS)
    if not failed and batch.direction == "backward":
        trace = backward(trace)
        failed = overflows(trace, "backward", MAX_ERRORS)
    if failed:
        raise batch_overflow((i, why_not_finite(_one(batch, i), event)) for i, event in failed)
    values, grads = {name: trace.values[name] for name in graph.by_name}, trace.grads
    # What stands at several places, such as a v that is passed on, is written once.
    arrays = {id(array): array for array in [*values.values(), *grads.values()]}
    texts = {key: _text(array) for key, array in arrays.items()}
    # All pieces are put together once: an answer is long, and each copy of it costs.
    pieces = [
        b'{"network":%s,"pass":%s,' % (to_json(batch.network.name or None), to_json(batch.direction)),
        b'"count":%d,"loss":' % batch.count,
        texts[id(trace.loss)],
        b',"nodes":[',
    ]
    for i, (name, array) in enumerate(values.items()):
        head = b'%s{"name":%s,"shape":%s,' % (b"," if i else b"", to_json(name), to_json(array.shape[1:]))
        grad = texts[id(grads[name])] if name in grads else b"null"
        pieces += [head, b'"value":', texts[id(array)], b',"grad":', grad, b"}"]
    return b"".join([*pieces, b"]}"])


def _one(batch: Batch, i: int) -> Trace:
    """The passes over one of the sets."""
    trace = forward(batch.network.graph, {name: stack[i] for name, stack in batch.values.items()})
    return backward(trace) if batch.direction == "backward" else trace


def _text(stack: Array) -> bytes:
    """A stack as JSON: nested lists whose first axis counts the sets.

    What is the same in all sets, which a view repeats, is written once and then only copied.
    """
    if len(stack) > 1 and not stack.strides[0]:
        one = _serializer(stack.ndim - 1).to_json(stack[0].tolist())
        return b"[%s]" % b",".join([one] * len(stack))
    write, sets = _serializer(stack.ndim).to_json, max(1, _AT_ONCE // max(1, stack[0].size))
    pieces = (write(stack[i : i + sets].tolist())[1:-1] for i in range(0, len(stack), sets))
    return b"[%s]" % b",".join(pieces)


@lru_cache(maxsize=8)
def _serializer(rank: int) -> SchemaSerializer:
    """A serializer of float64 numbers in lists nested `rank` deep: it knows what it will meet, and is faster for it."""
    schema: core_schema.CoreSchema = core_schema.float_schema()
    for _ in range(rank):
        schema = core_schema.list_schema(schema)
    return SchemaSerializer(schema)
