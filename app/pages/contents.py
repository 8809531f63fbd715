"""The chapter's contents: its boards in their order, and which of them a step of the network is about.

Each board leads to a step of the network, and that step leads back to it; pages of all subjects name a board by this.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from app.state import ViewState
from app.state.codec import address_of


@dataclass(frozen=True, slots=True)
class BoardTitle:
    """A board: its `key` in an address, its name in files, its title, and its idea in one sentence."""

    key: str
    name: str
    title: str
    sentence: str

    @property
    def label(self) -> str:
        """What a link to it is called: its number, if it has one, and its title."""
        return f"{self.key} {self.title}" if self.key.isdecimal() else self.title

    def address(self, view: ViewState) -> str:
        """Its address, with a network and its numbers."""
        return address_of(f"/chapter/{self.key}", view.handed_query)


_CONTENTS = (
    BoardTitle(
        "1",
        "jacobian",
        "From a scalar to a vector",
        "A function of several numbers has a partial derivative for each output with respect to each input; together "
        "they are its Jacobian.",
    ),
    BoardTitle(
        "2",
        "chain",
        "The chain, from the loss",
        "The chain rule multiplies Jacobians. The loss is one number, so the product, taken from its side, stays a "
        "vector all the way: that is backpropagation.",
    ),
    BoardTitle(
        "3",
        "vjp",
        "The vector-Jacobian product",
        "An op takes the gradient v of the loss with respect to its output and returns the one with respect to its "
        "input, without a Jacobian.",
    ),
    BoardTitle(
        "4",
        "avoided",
        "Why no Jacobian is built",
        "A Jacobian at the size of a real layer would be multiplied by v once and thrown away.",
    ),
    BoardTitle(
        "5",
        "linear",
        "Linear",
        "The gradient of W is an outer product, that of x a product with the transpose, and that of b is v itself.",
    ),
    BoardTitle(
        "6",
        "relu",
        "ReLU",
        "The gradient passes where z is positive and is 0 elsewhere.",
    ),
    BoardTitle(
        "7",
        "softmax",
        "Softmax + cross-entropy",
        "The dense Jacobian of the softmax cancels against the slope of the loss. For targets that sum to 1, p − y* is "
        "left.",
    ),
    BoardTitle(
        "8",
        "canonical",
        "Prediction − target",
        "A canonical link with its negative log-likelihood always sends back prediction − target.",
    ),
    BoardTitle(
        "9",
        "saved",
        "What is saved, and what it costs",
        "VJPs read values of the forward pass, so these are saved; a training step costs about three forward passes.",
    ),
    BoardTitle(
        "10",
        "reuse",
        "A value used twice",
        "A value that is used twice gets a gradient from each use, and the gradients add.",
    ),
    BoardTitle(
        "next",
        "onward",
        "Where it goes on",
        "A framework records the ops as they run and plays the record backward: the rest is bookkeeping.",
    ),
)
CONTENTS: Mapping[str, BoardTitle] = {board.key: board for board in _CONTENTS}
BY_NAME: Mapping[str, BoardTitle] = {board.name: board for board in _CONTENTS}

# The board that an op's VJPs are derived on; those of the others are the VJP of an op as any has it.
_OF_OPS: Mapping[str, str] = {
    "linear": "linear",
    "relu": "relu",
    "softmax": "softmax",
    "softmax-cross-entropy": "softmax",
    "mse": "canonical",
    "bce": "canonical",
    "bce-with-logits": "canonical",
    "poisson-nll": "canonical",
    "add": "reuse",
}
_OF_VIEWS: Mapping[str | None, str] = {"jacobian": "avoided", "saved": "saved"}


def boards_of(view: ViewState) -> tuple[BoardTitle, ...]:
    """The boards that explain what the network's page shows at a step, the nearest first."""
    return tuple(BY_NAME[name] for name in dict.fromkeys(_names(view)))


def _names(view: ViewState) -> Iterator[str]:
    if view.show in _OF_VIEWS:
        yield _OF_VIEWS[view.show]
    event = view.event
    if event is None:
        yield "jacobian" if view.direction == "forward" else "chain"
    elif event.kind == "accumulate":
        yield "reuse"
    else:
        op = view.network.graph.computed[event.node].op.name
        if event.kind == "forward" and op == "linear":
            yield "jacobian"
        elif event.kind != "seed":
            yield _OF_OPS.get(op, "vjp")
            if view.network.graph.computed[event.node].op.likelihood:
                yield "canonical"
        if event.kind != "forward":
            yield "vjp"
        if event.kind == "seed":
            yield "onward"
