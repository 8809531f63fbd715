"""The context of a published example's page: what it starts from, what it means, and every number that it prints."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from app.digits import formatted
from app.pages.printed import NumberRow, number_row, summary
from app.snapshot import trace_of
from app.snapshot.printed.compare import compared
from app.snapshot.printed.digits import as_printed
from app.snapshot.printed.models import PrintedNumber
from app.state import ViewState, field_text
from app.state.codec import address_of, query_of
from app.state.printed import statements_by_key

from .conventions import conventions
from .examples import Published

_NUMBER = re.compile(r"[-0-9.e]+")


@dataclass(frozen=True, slots=True)
class GivenRow:
    """Numbers that an example starts from, and what its source calls them; empty where that is not known."""

    symbol: str
    numbers: str
    names: str


@dataclass(frozen=True, slots=True)
class ComputedRow:
    """One computation of a graph as its source writes it, with the value and the gradient of what it computes."""

    name: str
    formula: str
    value: str
    gradient: str


@dataclass(frozen=True, slots=True)
class PublishedPage:
    """What the page shows. `network` is the address of the network with its numbers, `compare` that of the page which
    compares printed numbers, with these, and `train` that of its step; each is empty where there is none. `body` is
    what a program sends; `computed` are the computations of a graph."""

    title: str
    about: str
    network_title: str
    network: str
    compare: str
    train: str
    given: tuple[GivenRow, ...]
    conventions: tuple[str, ...]
    summary: str
    rows: tuple[NumberRow, ...]
    named: bool
    remarks: tuple[str, ...]
    body: str
    computed: tuple[ComputedRow, ...]


def published_page(example: Published) -> PublishedPage:
    """The page of an example."""
    view = example.view()
    found = compared(view, *statements_by_key(example.printed), example.steps)
    rows = tuple(
        number_row(view, number, _own_name(example, number), _why(example, number), linked=not example.is_graph)
        for number in found.numbers
    )
    lines = "\n".join(f"{key} = {number}" for key, number in example.printed.items())
    steps = [("steps", str(example.steps))] if example.steps > 1 else []
    there = [] if example.is_graph else [*view.parts(page=False), *steps]
    return PublishedPage(
        title=example.title,
        about=example.about,
        network_title="" if example.is_graph else view.network.title,
        network="" if example.is_graph else replace(view, direction="forward").address(),
        compare="" if example.is_graph else address_of("/compare", query_of([*there, ("lines", lines)])),
        train=address_of("/train", query_of(there)) if example.lr else "",
        given=tuple(_given(example, view)),
        conventions=conventions(example, view),
        summary=summary(found),
        rows=rows,
        named=any(row.own for row in rows),
        remarks=example.remarks,
        body=_body(example),
        computed=tuple(_computed(example, view)),
    )


def _computed(example: Published, view: ViewState) -> Iterator[ComputedRow]:
    if not example.assigned:
        return
    trace = trace_of(view)
    for name, formula in example.assigned:
        value, gradient = (float(found[name]) for found in (trace.values, trace.grads))
        texts = (formatted([number], more=2).texts[0] for number in (value, gradient))
        yield ComputedRow(name, formula.replace("**2", "²").replace("*", " · ").replace("-", "−"), *texts)


def _why(example: Published, number: PrintedNumber) -> str:
    """What there is to say of a number: how far it is off, or what it looks like, and what is known of it."""
    known = example.why.get(number.key, "")
    if number.verdict == "wrong" and known and not number.matches:
        return known
    return " ".join(filter(None, (number.note, known)))


def _given(example: Published, view: ViewState) -> Iterator[GivenRow]:
    for leaf in view.network.graph.leaves:
        if example.bias == "none" and leaf.name in example.hold and leaf.name.startswith("b"):
            continue
        names = example.names.get(leaf.name)
        yield GivenRow(leaf.symbol, _in_print(field_text(view.values[leaf.name])), _listed(names))


def _in_print(numbers: str) -> str:
    """Numbers as a page shows them, each with a real minus."""
    return _NUMBER.sub(lambda found: as_printed(found[0]), numbers)


def _listed(names: Any) -> str:
    """Names in the order and the rows of their array."""
    if not isinstance(names, list | tuple):
        return names or ""
    separator = "; " if names and isinstance(names[0], list | tuple) else ", "
    return separator.join(_listed(name) for name in names)


def _own_name(example: Published, number: PrintedNumber) -> str:
    """What the source calls the entry that a number belongs to: w5. Of minus a bias, it is the threshold's name."""
    names: Any = example.names.get(number.node, "")
    for place in number.index:
        names = names[place - 1] if isinstance(names, list | tuple) and place <= len(names) else names
    name = names if isinstance(names, str) else ""
    minus = number.key.startswith("-1*")
    return name.removeprefix("−") if minus else name


def _body(example: Published) -> str:
    steps = {"steps": example.steps} if example.steps > 1 else {}
    return json.dumps({**example.body, **steps, "printed": dict(example.printed)}, ensure_ascii=False)
