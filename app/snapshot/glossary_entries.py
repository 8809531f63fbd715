"""The entries of the glossary: what every sign and term of the pages means, in a sentence or two, without numbers."""

from __future__ import annotations

from .glossary_parts import MULTIPLY_ADD, Entry, Section
from .glossary_signs import SIGNS

_GRADIENTS = Section(
    "Gradients and products",
    (
        Entry(
            "gradient",
            "∂L/∂x",
            r"\frac{\partial L}{\partial x}",
            "gradient",
            "The gradient of the loss L with respect to x: one partial derivative for each entry of x, in the shape of "
            "x. Each says how fast L changes with that entry.",
            ("∂L",),
        ),
        Entry(
            "partial",
            "∂zₖ/∂xⱼ",
            r"\frac{\partial z_k}{\partial x_j}",
            "partial derivative",
            "How fast one number, here an entry of z, changes with another, here an entry of x, while all others stay "
            "as they are.",
            ("∂",),
        ),
        Entry(
            "upstream",
            "v",
            "v",
            "upstream gradient",
            "The gradient of L with respect to an op’s output. The op’s VJPs are given it, and return the gradients of "
            "the op’s inputs.",
            ("v",),
        ),
        Entry(
            "seed",
            "∂L/∂L",
            r"\frac{\partial L}{\partial L}",
            "seed",
            "The gradient of L with respect to itself, which is 1. The backward pass begins with it.",
            ("∂L/∂L",),
        ),
        Entry(
            "vjp",
            "VJP",
            "",
            "vector-Jacobian product",
            "What vᵀJ gives, computed from v in closed form and without J.",
        ),
        Entry(
            "jacobian",
            "J",
            "J",
            "Jacobian",
            "The derivative of each entry of an op’s output (a row each) with respect to each entry of one of its "
            "inputs (a column each).",
        ),
        Entry(
            "jacobian-avoided",
            "",
            "",
            "Jacobian avoided",
            "The Jacobian that a VJP does without: how many rows and columns it would have, and what kind of matrix it "
            "would be.",
        ),
        Entry(
            "local",
            "",
            "",
            "local derivative",
            "What an op multiplies v with: the derivative of its own output with respect to its own input. It knows "
            "nothing of the rest of the network.",
        ),
        Entry(
            "contribution",
            "∂L/∂x via r",
            r"\frac{\partial L}{\partial x}\,\text{via }r",
            "contribution",
            "The part of a gradient that comes back from one use, where a value is used more than once. The "
            "contributions of all uses are added.",
            ("via",),
        ),
    ),
)
_NAMES = Section(
    "Names and terms",
    (
        Entry(
            "target", "y*", "y^{*}", "target", "What the prediction is to be. In addresses and JSON it is y.", ("y*",)
        ),
        Entry(
            "given",
            "v*",
            "v^{*}",
            "given gradient",
            "The gradient of something further on with respect to the network’s output: given, where there is no loss. "
            "In addresses and JSON it is v.",
            ("v*",),
        ),
        Entry(
            "prediction",
            "p",
            "p",
            "prediction",
            "What a head makes of the logits, such as probabilities.",
            ("p",),
        ),
        Entry(
            "shape",
            "3×2, 3, scalar",
            "",
            "shapes",
            "A matrix with 3 rows and 2 columns, a vector of 3 numbers, a single number. A gradient always has the "
            "shape of what it is taken with respect to.",
        ),
        Entry(
            "op",
            "op",
            "",
            "operation",
            "One operation of the network: it computes one node from others, and has a VJP for each input that takes a "
            "gradient.",
        ),
        Entry(
            "head",
            "head",
            "",
            "output head",
            "The last part of a network: it makes a prediction and the loss from the logits.",
        ),
        Entry("logits", "", "", "logits", "The numbers a head starts from, before any sigmoid, softmax or exp."),
        Entry(
            "link",
            "",
            "",
            "link",
            "The function that takes the mean of a distribution to the numbers a head starts from. Its inverse is the "
            "activation, and each exponential family has a canonical one.",
        ),
        Entry(
            "family",
            "",
            "",
            "exponential family",
            "Distributions whose density is exp(y η − A(η) + c(y)): the observation y multiplies one number η, the "
            "natural parameter, and the slope of A is the mean. The normal, Bernoulli, multinomial and Poisson "
            "distributions are such families.",
        ),
        Entry(
            "likelihood", "", "", "negative log-likelihood", "Minus the log of the probability of what was observed."
        ),
        Entry(
            "saved",
            "",
            "",
            "saves, reads (saved)",
            "What the forward pass leaves in memory, since a VJP will read it in the backward pass.",
        ),
        Entry("cost", "multiply-add", "", "cost", f"The unit in which costs are counted: {MULTIPLY_ADD}"),
        Entry(
            "convention",
            "",
            "",
            "convention",
            "What is agreed where there is a choice, such as the ½ of a loss, or the derivative of a function at its "
            "kink.",
        ),
    ),
)
_DESCENT = Section(
    "A step",
    (
        Entry(
            "parameter",
            "θ",
            r"\theta",
            "parameter",
            "Any of the numbers that training moves, such as the entries of W and b. The inputs and the targets are "
            "none.",
        ),
        Entry(
            "learning-rate",
            "lr",
            r"\mathit{lr}",
            "learning rate",
            "What a gradient is multiplied with before it is subtracted from the parameter: a number above 0, often "
            "written η or α.",
        ),
        Entry(
            "descent",
            "θ − lr · ∂L/∂θ",
            "",
            "gradient descent",
            "A step against the gradient, for all parameters at once from their old values: it lowers the loss, if it "
            "is short enough.",
        ),
    ),
)
_MARKS = Section(
    "Colours and marks in the picture",
    (
        Entry("value", "→", "", "value", "Blue is a value, on the way forward: an arrow without dashes."),
        Entry("gradient-arrow", "⇠", "", "gradient", "Orange is a gradient, on the way back: an arrow with dashes."),
        Entry("now", "", "", "just computed", "A box with a thick frame: this step has computed it."),
        Entry("next", "", "", "next", "A box with a dashed frame: the next step computes it."),
        Entry("changed", "◣", "", "changed", "The last edit has changed this number."),
        Entry("agrees", "✓", "", "checked", "A finite difference of the loss gives the same gradient."),
        Entry("disagrees", "✗", "", "wrong", "A finite difference of the loss gives another gradient."),
        Entry(
            "kink",
            "∧",
            "",
            "kink",
            "The loss is not differentiable here: its slope to the left is not its slope to the right. The gradient is "
            "one of those that lie between them, by convention.",
        ),
    ),
)
_EMPTY = Section(
    "Four kinds of empty",
    (
        Entry("waiting", "·", "", "not reached", "The pass has not come here yet."),
        Entry(
            "zero", "0.00", "", "exactly zero", "It was computed, and it is exactly 0. No other number is drawn as 0."
        ),
        Entry(
            "inactive",
            "0.00",
            "",
            "inactive unit",
            "The gradient is exactly 0, hatched, since the ReLU passes none on: z ≤ 0 there.",
        ),
        Entry(
            "untaken",
            "—",
            "",
            "takes no gradient",
            "No gradient is taken with respect to it: a target is given, and stays as it is.",
        ),
    ),
)

GLOSSARY = (_GRADIENTS, SIGNS, _NAMES, _DESCENT, _MARKS, _EMPTY)
