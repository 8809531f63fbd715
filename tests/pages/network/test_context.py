"""One page, one typed context, and that of the header: what it holds is shown, and what templates ask for is in it.

The idea is from simonw/datasette, tests/test_template_context.py. What a template asks for is watched while pages are
rendered; a text scan finds what no rendering reached.
"""

from __future__ import annotations

import dataclasses
import re
import types
import typing
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from jinja2 import Environment, FileSystemLoader, nodes
from jinja2.exceptions import UndefinedError

from app.engine import DEFAULT, as_arrays, relu_mse
from app.engine.graph import Direction
from app.pages.header import Header, header
from app.pages.network.context import Page, page
from app.pages.network.hall import staged
from app.settings import TEMPLATES
from app.snapshot import trace_of
from app.state import VIEWS, Invalid, from_query
from app.web.render import Renderer
from tests.engine.random_networks import state_with, with_rule

FILES = sorted((TEMPLATES / "network").rglob("*.html"))
STATES: list[tuple[Direction, str]] = [
    ("forward", ""),
    ("forward", "step=0"),
    ("forward", "step=1&stage=1"),
    ("backward", "step=2&stage=formula"),
    ("backward", "step=0"),
    ("backward", "step=1"),
    ("backward", "b=0,-0.1,-0.6"),
    ("backward", "x=2,1&step=4"),
    ("backward", "x=2,1&was="),
    ("backward", "step=5&show=why"),
    ("backward", "ask=W.2.1&eps=0.1"),
    ("backward", "step=2&node=z"),
    ("forward", "node=x"),
    ("backward", "b=0,-0.5,0&ask=z.2"),
    ("backward", "b=0,-0.5,0&show=check"),
    ("backward", "lr=0.5"),
    ("backward", "x=0.00001,2&digits=3"),
    ("forward", "step=0&show=why"),
    ("forward", "step=1&show=jacobian"),
    ("backward", "network=6-64.relu-2_ce&step=3"),
    *(("backward", f"step=3&show={view}") for view in VIEWS),
    *(("backward", f"show={view}") for view in VIEWS),
    *(("forward", f"show={view}") for view in VIEWS),
]


def parts(kind: type) -> set[typing.Any]:
    """A dataclass of the pages and those its fields are made of."""
    found: set[typing.Any] = {kind}
    for hint in typing.get_type_hints(kind).values():
        for inner in leaves(hint):
            if dataclasses.is_dataclass(inner) and inner.__module__.startswith("app.pages") and inner not in found:
                found |= parts(inner)
    return found


def leaves(hint: object) -> Iterator[type]:
    """The classes in an annotation such as `tuple[tuple[Box, NodeCard], ...] | None`."""
    inside = typing.get_args(hint)
    if isinstance(hint, type) and not inside:
        yield hint
    for entry in inside:
        yield from leaves(entry)


PARTS: set[typing.Any] = parts(Page) | parts(Header)
ORDERED = sorted(PARTS, key=str)
# What the page makes sentences of and templates need not name.
SPOKEN = {"Edit.said", "Entry.label", "NodeCard.notes", "NodePanel.symbol", "Page.state"}
SPOKEN |= {"Header.here", "Header.view", "Caption.sentence", "Caption.announcement"}
# Where the ways lead from what is hidden is the timeline's.
SPOKEN |= {"Caption.hidden", "Hidden.entries", "Hidden.update", "Hidden.new", "Hidden.cover"}


class Watched:
    """A part of the context that writes down what is asked of it."""

    def __init__(self, part: object, asked: set[str]) -> None:
        self._part, self._asked = part, asked

    def __getattr__(self, name: str) -> object:
        self._asked.add(f"{type(self._part).__name__}.{name}")
        return watched(getattr(self._part, name), self._asked)


def watched(value: object, asked: set[str]) -> object:
    if type(value) in PARTS:
        return Watched(value, asked)
    if isinstance(value, tuple):
        return tuple(watched(entry, asked) for entry in value)
    return value


def contexts() -> Iterator[Page]:
    """Pages of every kind, one with slips."""
    for direction, query in STATES:
        state = from_query(query, direction, strict=False)
        yield page(state, trace_of(state))
    wrong = with_rule(relu_mse(), "z", "x", lambda v, saved: 1.0005 * np.matvec(np.matrix_transpose(saved["W"]), v))
    state = state_with(as_arrays(DEFAULT.defaults), graph=wrong).with_view("check")
    yield page(state, trace_of(state))
    with pytest.raises(Invalid) as slip:
        from_query("x=1&step=99", "forward", strict=False)
    state = slip.value.fallback
    yield page(state, trace_of(state), slip.value)


@pytest.fixture(scope="module")
def renderer() -> Renderer:
    return Renderer(lambda name: f"/static/{name}")


@pytest.fixture(scope="module")
def asked(renderer: Renderer) -> set[str]:
    """What rendering all those pages asked of the context, as `Part.field`."""
    found: set[str] = set()
    for context in contexts():
        over = header("/forward", context.state)
        if context.stage:
            renderer.text("hall/page.html", staged=replace(staged(context.state), page=watched(context, found)))
        else:
            renderer.text("network/page.html", page=watched(context, found), header=watched(over, found))
    return found


def test_the_context_is_found_whole() -> None:
    assert {kind.__name__ for kind in PARTS} == {
        "ArrowCard",
        "AskPanel",
        "BoardLink",
        "BoxCard",
        "Caption",
        "CheckPanel",
        "DerivationPanel",
        "DigitsChoice",
        "Edit",
        "Entry",
        "Link",
        "FieldCard",
        "Header",
        "Finding",
        "Hidden",
        "LegendEntry",
        "JacobianPanel",
        "LargePanel",
        "Links",
        "NetworkChoice",
        "NewValue",
        "NodeCard",
        "NodePanel",
        "PageLink",
        "PassPanel",
        "PerturbationText",
        "Page",
        "Picture",
        "Position",
        "RuleLink",
        "RuleInSymbols",
        "SavedPanel",
        "StepPanel",
        "Stop",
        "UpdatePanel",
    }


@pytest.mark.parametrize("kind", ORDERED, ids=[kind.__name__ for kind in ORDERED])
def test_every_field_of_the_context_is_shown(kind: typing.Any, asked: set[str]) -> None:
    fields = {field.name for field in dataclasses.fields(kind)}
    names = fields | {name for name, value in vars(kind).items() if isinstance(value, property)}
    assert {name for name in names if f"{kind.__name__}.{name}" not in asked | SPOKEN} == set()


def test_watching_changes_nothing(renderer: Renderer) -> None:
    for context in contexts():
        over = header("/forward", context.state)
        assert renderer.text(
            "network/page.html", page=watched(context, set()), header=watched(over, set())
        ) == renderer.text("network/page.html", page=context, header=over)


def test_a_name_that_the_context_lacks_is_an_error(renderer: Renderer) -> None:
    with pytest.raises(UndefinedError, match="page"):
        renderer.text("network/page.html", header=header("/forward"))
    (context, *_) = contexts()
    with pytest.raises((UndefinedError, AttributeError)):
        renderer.text(
            "network/page.html",
            page=types.SimpleNamespace(snapshot=context.snapshot, heading="", links=context.links),
            header=header("/forward"),
        )


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_every_page_something_of_a_template_is_a_field(file: typing.Any) -> None:
    """Also where no rendering came by."""
    tree = Environment(loader=FileSystemLoader(TEMPLATES)).parse(file.read_text())  # noqa: S701  # nothing is rendered
    hints = typing.get_type_hints(Page)
    for found in tree.find_all(nodes.Getattr):
        chain = [found.attr]
        inner = found.node
        while isinstance(inner, nodes.Getattr):
            chain.insert(0, inner.attr)
            inner = inner.node
        if not isinstance(inner, nodes.Name) or inner.name != "page":
            continue
        kind: typing.Any = Page
        for name in chain:
            if not isinstance(kind, type) or kind.__module__.split(".")[0] != "app":
                break
            known = getattr(kind, "model_fields", None) or typing.get_type_hints(kind)
            assert name in known or hasattr(kind, name), f"{file.name}: page.{'.'.join(chain)}"
            hint = typing.get_type_hints(kind).get(name)
            kind = next(iter(leaves(hint)), None) if hint is not None and not typing.get_args(hint) else None
    methods = {name for name, value in vars(Page).items() if callable(value)}
    assert set(re.findall(r"\bpage\.(\w+)", file.read_text())) <= hints.keys() | methods


def test_every_view_has_a_panel_and_every_panel_a_view() -> None:
    panels = {file.stem.removeprefix("_panel_") for file in FILES if file.name.startswith("_panel_")}
    assert panels == {"pass", "step", "ask", "node", "large", "update", *VIEWS}
