"""Which numbers of the stage are hidden, so that the room can predict them, as an address says it: z.2,dW.2.1.

An entry goes by the name that printed lines have for it (see `printed.keys`): z.2 is a value, dz.2 a gradient; a name
without an index means all entries of its node. `now` means what the step has just computed, and `next` that each step
after it comes hidden first: so of two steps, with next, the walk is 4 shown, 5 hidden (now,next), 5 shown (next).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from app.engine import Graph, Shape

from .errors import FieldError, listed
from .numbers import asked
from .printed import PrintedKey, printed_key

NOW, NEXT = "now", "next"
_LOC = ("query", "hide")


def read_hiding(text: str, graph: Graph, shapes: Mapping[str, Shape]) -> tuple[str, ...] | FieldError:
    """What is hidden, each once: entries in the order of the graph, a value before its gradient; then `now`, `next`.

    `shapes` are those of all nodes.
    """
    words = [word for word in map(str.strip, text.split(",")) if word]
    found: set[str] = set()
    for word in words:
        entry = word if word in (NOW, NEXT) else _entry(word, graph, shapes)
        if entry is None:
            return FieldError(_LOC, f"{_said(word)}; hide names numbers such as z.2 or dz.2, or is now or next")
        found.add(entry)
    order = [*_order(graph, shapes), NOW, NEXT]
    whole = {entry for entry in found if "." not in entry}
    return tuple(one for one in order if one in found and (one in whole or one.partition(".")[0] not in whole))


def _said(word: str) -> str:
    return f"there is no number {word}" if word.isprintable() and len(word) < 20 else "hide names a number there is not"


def _entry(word: str, graph: Graph, shapes: Mapping[str, Shape]) -> str | None:
    """The canonical name of an entry, or of all entries of a node; None for what names none, or a gradient of what
    takes none."""
    key = printed_key(word)
    if key is None or key != PrintedKey(key.text, key.name, key.index, gradient=key.gradient):
        return None  # several times the number, one after a step, or one of an example: none that is drawn
    is_grad = key.gradient or key.name not in graph.by_name
    name = key.name.removeprefix("d") if is_grad and not key.gradient else key.name
    if name not in (graph.requires_grad if is_grad else graph.by_name):
        return None
    entry = ".".join([name, *map(str, key.index)])
    if key.index and isinstance(asked(entry, _LOC, shapes), FieldError):
        return None
    return f"d{entry}" if is_grad else entry


def names_number(entry: str, key: str, *, grad: bool) -> bool:
    """Whether what is hidden by this name is the value, or the gradient, of the entry that `ask` calls `key`."""
    name = f"d{key}" if grad else key
    return entry in (name, name.partition(".")[0])


def _order(graph: Graph, shapes: Mapping[str, Shape]) -> Iterator[str]:
    """Every name that an entry may have."""
    for node in graph.nodes:
        for name in (node.name, f"d{node.name}"):
            yield name
            for index in _indices(shapes[node.name]):
                yield name + index


def _indices(shape: Shape) -> list[str]:
    found = [""]
    for size in shape:
        found = [f"{index}.{place}" for index in found for place in range(1, size + 1)]
    return found if shape else []


def written_in_the_address(hide: Collection[str], written: Collection[str]) -> list[FieldError]:
    """What is wrong where values are hidden of leaves that are `written` in the address."""
    named = {name for name in (entry.partition(".")[0] for entry in hide) if name in written}
    says = f"{listed(named)} stands in this address, and cannot be hidden on its page"
    return [FieldError(_LOC, says)] if named else []
