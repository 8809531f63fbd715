"""`ViewState`: what is looked at, as a frozen value, and the address that says the same."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from app.engine import Event, Network, Shape, Values
from app.engine.fitted import takes_rows
from app.engine.graph import Direction
from app.engine.sizes import shape_of

from .codec import address_of, query_of, written
from .errors import FieldError, Invalid
from .hiding import NEXT, NOW
from .numbers import field_text
from .params import PassStep, number_params, number_values, own_step_params
from .staging import OFF_STAGE, Staging


@dataclass(frozen=True)
class ViewState:
    """One picture: a network, a number for each entry of its leaves, a pass, and a step (None: the pass as a whole).

    `ask` is the entry that is asked about, as `W.2.1`, counted from 1; a scalar is its name alone. The rest is for
    pages: `show` is a view of the step other than its own, `node` the name of a node that is explained, `eps` the ε of
    a perturbation, `resume` the step that was left for the pass as a whole, `was` the query of the numbers before an
    edit, so that the page can say what changed, `digits` how many digits numbers are shown with (None: as many as each
    needs), `staging` how it is shown on the stage of a lecture hall, and `hide` what is hidden there. `lr` is the
    learning rate of a step of gradient descent, where one is shown, and `hold` names the parameters that it leaves as
    they are.
    """

    network: Network
    direction: Direction
    values: Mapping[str, Values]
    step: int | None = None
    ask: str | None = None
    show: str | None = None
    node: str | None = None
    eps: float | None = None
    resume: PassStep | None = None
    was: str | None = None
    lr: float | None = None
    hold: tuple[str, ...] = ()
    digits: int | None = None
    hide: tuple[str, ...] = ()
    staging: Staging = OFF_STAGE

    @property
    def steps(self) -> int:
        """How many steps the pass has."""
        return len(self.network.graph.timelines[self.direction])

    @property
    def whole(self) -> bool:
        """Whether the pass is looked at as a whole, and not at one of its steps."""
        return self.step is None

    @property
    def at(self) -> int:
        """The step up to which the pass has run, 0 … steps: all of them, where it is looked at as a whole."""
        return self.steps if self.step is None else self.step

    @property
    def event(self) -> Event | None:
        """The step's event; None before the first, and for the pass as a whole."""
        return self.network.graph.timelines[self.direction][self.step - 1] if self.step else None

    @property
    def shapes(self) -> Mapping[str, Shape]:
        """The shape of every node with these numbers: the network's own, but where a program sent others."""
        return self.network.graph.shapes({name: shape_of(numbers) for name, numbers in self.values.items()})

    @property
    def walk(self) -> tuple[str, ...]:
        """The address of every place of the one walk: the forward pass as a whole, its steps from the inputs to the
        loss, those of the backward pass from the seed to the last gradient, and the backward pass as a whole.

        The addresses of a pass differ in nothing but the step, so what is around it is written once.
        """
        forward, backward = self.go("forward"), self.go("backward")
        before, after = self.go("forward", 0)._around("step", "0")
        there = [f"{before}{step}{after}" for step in range(forward.steps + 1)]
        before, after = self.go("backward", 0)._around("step", "0")
        back = [f"{before}{step}{after}" for step in range(1, backward.steps + 1)]
        return forward.address(), *there, *back, backward.address()

    @property
    def place(self) -> int:
        """Where this is on the walk; backward's step 0, which is none of its places, counts as forward's last step."""
        forward, backward = (len(events) for events in self.network.graph.timelines.values())
        if self.step is None:
            return 0 if self.direction == "forward" else 2 + forward + backward
        return 1 + self.step + (forward if self.direction == "backward" else 0)

    @property
    def before(self) -> ViewState:
        """The place before this one on the walk; the first has none, and is itself."""
        forward = len(self.network.graph.timelines["forward"])
        place = self.place - 1 if self.direction == "forward" or self.step != 0 else self.place
        if place <= 0:
            return self.go("forward")
        return self.go("forward", place - 1) if place <= forward + 1 else self.go("backward", place - 1 - forward)

    def go(self, direction: Direction, step: int | None = None) -> ViewState:
        """The same numbers at another step, or at a pass as a whole, with the same question or in the same view.
        Where each step comes hidden first, that one does; else nothing is hidden there."""
        hide = (NOW, NEXT) if NEXT in self.hide else ()
        return self._but(direction=direction, step=step, node=None, eps=None, resume=None, was=None, hide=hide)

    def toggled(self, direction: Direction) -> ViewState:
        """Where the link of a pass leads: from a step to that pass as a whole, and from there back to the step."""
        left = self.resume if self.step is None else (self.direction, self.step)
        if self.whole and left is not None and left[0] == direction:
            return self.go(*left)
        return self.go(direction)._but(resume=left)

    def at_gradient_of(self, name: str) -> ViewState:
        """The step of the backward pass that finds the gradient of a node: the last that leaves one there."""
        events = self.network.graph.timelines["backward"]
        return self.go("backward", max(step for step, event in enumerate(events, 1) if event.target == name))

    def with_ask(self, key: str | None) -> ViewState:
        """The same step, with a question about one entry, or none."""
        return self._but(ask=key, show=None, node=None, eps=None)

    def asking(self) -> tuple[str, str]:
        """What stands before and behind the entry's key in the address of a question about one."""
        return self.with_ask("L")._around("ask", "L")

    def _around(self, name: str, text: str) -> tuple[str, str]:
        """What stands before and behind the text of a name in this address."""
        before, _, after = self.address().rpartition(f"{name}={text}")
        return f"{before}{name}=", after

    def with_view(self, view: str | None) -> ViewState:
        """The same step in another view."""
        return self._but(ask=None, show=view, node=None, eps=None)

    def with_node(self, name: str | None) -> ViewState:
        """The same step with one node explained, or none."""
        return self._but(ask=None, show=None, node=name, eps=None)

    def staged(self, stage: str | None) -> ViewState:
        """The same on the stage, which shows that, or on a page of its own again, where nothing is hidden."""
        return self._but(staging=self.staging.showing(stage), was=None, hide=self.hide if stage else ())

    def hiding(self, *hide: str) -> ViewState:
        """The same with that hidden, and nothing else, in the order of `read_hiding`."""
        return self._but(hide=hide)

    def with_staging(self, staging: Staging) -> ViewState:
        """The same, shown so on the stage."""
        return self._but(staging=staging, was=None)

    def with_step(self, lr: float | None, hold: tuple[str, ...] = ()) -> ViewState:
        """The same with a step of gradient descent, or with none."""
        return self._but(lr=lr, hold=hold)

    def without_history(self) -> ViewState:
        """The same picture without what tells of the way to it: what is worth passing on."""
        return self._but(resume=None, was=None)

    @property
    def asked(self) -> tuple[str, tuple[int, ...]] | None:
        """The node and index (from 0) that is asked about."""
        if self.ask is None:
            return None
        name, *index = self.ask.split(".")
        return name, tuple(int(place) - 1 for place in index)

    def with_values(self, values: Mapping[str, Values]) -> ViewState:
        """The same step with the network's default numbers, but for those given; they are of one example."""
        own = ViewState(self.network.base, self.direction, {**self.network.base.defaults, **values})
        return own.looked_at_as(self)

    @property
    def of_one(self) -> ViewState:
        """The numbers as those of one example, the first of a batch, for what looks at one alone; biases that are one
        number have it in each unit. Itself, where nothing is fitted."""
        network = self.network
        if network is network.base:
            return self
        values = {}
        for leaf in network.graph.leaves:
            own = self.values[leaf.name]
            if takes_rows(leaf) and network.batch:
                assert isinstance(own, tuple)
                own = own[0]
            elif not network.shape(leaf.name):
                own = (own,) * network.base.shape(leaf.name)[0]
            values[leaf.name] = own
        return ViewState(network.base, self.direction, values).looked_at_as(self)

    def _but(self, **changes: Any) -> ViewState:
        """The same but for some fields other than the network and its numbers.

        It is `replace`, which a page needs some sixty times, without what that checks, and keeps `numbers_query`.
        """
        other = object.__new__(ViewState)
        other.__dict__.update(self.__dict__, **changes)
        return other

    def number_parts(self) -> list[tuple[str, str]]:
        """The names and values that stand for the network and its numbers alone, in their order."""
        return written(number_params(self.network), number_values(self.network, self.values))

    def _step_parts(self, *, page: bool) -> list[tuple[str, str]]:
        """The names and values that stand for all the rest; without `page`, none that only a page shows."""
        seen = (self.step, self.ask, self.show, self.node, self.eps, self.resume, self.was)
        chosen = (*seen, self.lr, self.hold, self.digits, self.hide)
        params = own_step_params(self.network, self.direction)
        parts = [
            (param.name, param.write(value))
            for param, value in zip(params, chosen, strict=True)
            if value != param.default and (page or not param.page)
        ]
        return parts + self.staging.parts() if page else parts

    def looked_at_as(self, other: ViewState) -> ViewState:
        """These numbers at the step and in the view of another state of the same network, or of another fit of it: of a
        batch, a pass has a step more, and what counts examples has other entries."""
        found = self._but(
            direction=other.direction,
            step=other.step,
            ask=other.ask,
            show=other.show,
            node=other.node,
            eps=other.eps,
            resume=other.resume,
            lr=other.lr,
            hold=other.hold,
            digits=other.digits,
            staging=other.staging,
        )
        return found if self.network is other.network else found._as_far_as_it_fits(other)

    def _as_far_as_it_fits(self, other: ViewState) -> ViewState:
        """This state without what only a state with another fit of its network can look at."""
        graph, asked = self.network.graph, other.asked
        fits = asked is not None and asked[0] in graph.by_name and self.shapes[asked[0]] == other.shapes[asked[0]]
        return self._but(
            step=self._step_of(other),
            ask=other.ask if fits else None,
            eps=other.eps if fits else None,
            node=other.node if other.node in graph.by_name else None,
            resume=None,
        )

    def _step_of(self, other: ViewState) -> int | None:
        """The step that leaves what the step of another state does, in a pass with other steps; the last, if none."""
        if not other.step or other.event is None:
            return other.step
        events = self.network.graph.timelines[other.direction]
        same = [step for step, event in enumerate(events, 1) if event.target == other.event.target]
        return same[-1] if same else len(events)

    def parts(self, *, page: bool = True) -> list[tuple[str, str]]:
        """The names and values of the canonical query, in its order; without `page`, none that only a page shows."""
        return self.number_parts() + self._step_parts(page=page)

    def handed_parts(self) -> list[tuple[str, str]]:
        """What any page of the site hands on: the network, its numbers, and the way back to a lecture that was left."""
        return self.number_parts() + self.staging.handed_on.parts()

    @property
    def handed_query(self) -> str:
        """The query that says what any page hands on."""
        if self.staging == OFF_STAGE:
            return self.numbers_query  # a page has many links, and that is kept
        return query_of(self.handed_parts())

    @cached_property
    def numbers_query(self) -> str:
        """The query that says the network and its numbers alone, with which the canonical one begins."""
        return query_of(self.number_parts())

    def query(self, *, page: bool = True) -> str:
        """The canonical query, without its question mark; empty for a network as it comes."""
        return "&".join(filter(None, (self.numbers_query, query_of(self._step_parts(page=page)))))

    def address(self, prefix: str = "") -> str:
        """The canonical address of the page, or with the prefix `/api` of its JSON twin."""
        return address_of(f"{prefix}/{self.direction}", self.query(page=not prefix))


def overflow_error(state: ViewState, msg: str) -> Invalid[ViewState]:
    """Finite numbers whose result is not: `msg` says which quantity is the first, and why."""
    typed = {name: field_text(numbers) for name, numbers in state.values.items()}
    return Invalid([FieldError(("values",), msg)], replace(state, values=state.network.defaults), typed)


def too_many_entries(state: ViewState, entries: int, most: int) -> Invalid[ViewState]:
    """A check of more gradient entries than there may be."""
    msg = f"a check takes at most {most} gradient entries, and with these shapes there are {entries}; take smaller ones"
    return Invalid([FieldError(("values",), msg)], state)
