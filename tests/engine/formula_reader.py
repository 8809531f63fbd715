"""The project's formulas by indices, worked out by someone who can read and knows no op.

    Σᵢ t      the sum over all i of the product t            δₖᵢ      1 where k = i, else 0
    m         how many entries there are, of what a mean is taken
    𝟙[a > b]  1 where a > b, else 0; so ≥, too               ∂$a/∂$b  given, as `slopes`
    f(a, b)   a function by its name, of what is in the      a / f    a divided by the next factor
              brackets; without them, of the next factor     a²       a factor to its power; so f(a)², too
    softmax($z)ᵢ  exp of entry i of $z by the sum of exp of all its entries

A function that the standard library's `math` has needs no word here: tanh, sqrt, erf and all others are known.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping

from app.engine import Array

LETTERS = "ᵢⱼₖ"
_TOKEN = re.compile(
    rf"∂\$(?P<of>[A-Za-z]+)(?P<of_at>[{LETTERS}]*)/∂\$(?P<to>[A-Za-z]+)(?P<to_at>[{LETTERS}]*)"
    rf"|\$(?P<slot>[A-Za-z]+)(?P<flip>ᵀ?)(?P<at>[{LETTERS}]*)"
    rf"|(?P<function>[A-Za-z]+|σ|Φ|φ|√)|(?P<number>[0-9]+(?:\.[0-9]+)?|½|π)|(?P<power>[²³])"
    rf"|Σ(?P<over>[{LETTERS}])|δ(?P<delta>[{LETTERS}]{{2}})|\)(?P<outside>[{LETTERS}]*)"
    r"|𝟙\[|[](>≥,·+−/]"
)
_CONSTANTS = {"½": 0.5, "π": math.pi}
_ENDS = ("+", "−", ">", "≥", "]", ",")
_POWERS = {"²": 2, "³": 3}
_FUNCTIONS: Mapping[str, Callable[..., float]] = {
    "σ": lambda number: 1 / (1 + math.exp(-number)),
    "Φ": lambda number: (1 + math.erf(number / math.sqrt(2))) / 2,
    "φ": lambda number: math.exp(-number * number / 2) / math.sqrt(2 * math.pi),
    "√": math.sqrt,
    "max": max,
}


def worked_out(text: str, own: Mapping[str, int], arrays: Mapping[str, Array], slopes: Mapping[str, Array]) -> float:
    """The number a formula stands for: `own` are its free indices, `slopes` the Jacobians by the slot below the ∂."""
    reader = _Reader(text, arrays, slopes)
    value = reader.sum(dict(own))
    assert reader.place == len(reader.tokens), f"{text}: not read to its end"
    return value


class _Reader:
    """Recursive descent: a sum of products of factors."""

    def __init__(self, text: str, arrays: Mapping[str, Array], slopes: Mapping[str, Array]) -> None:
        self.tokens = list(_TOKEN.finditer(text))
        assert not _TOKEN.sub("", text).strip(), f"{text}: unknown notation"
        self.arrays, self.slopes, self.place = arrays, slopes, 0
        self.sizes: dict[str, int] = {}
        for token in self.tokens:
            for slot, at in (("slot", "at"), ("of", "of_at"), ("to", "to_at")):
                if token[slot] and token[at]:
                    self.sizes |= dict(zip(token[at], arrays[token[slot]].shape, strict=True))

    def comes(self, *signs: str) -> bool:
        """Whether one of these signs stands next."""
        return self.place < len(self.tokens) and self.tokens[self.place][0] in signs

    def next(self, *signs: str) -> re.Match[str]:
        """The next token, one of these signs if any are given, and a step beyond it."""
        assert not signs or self.comes(*signs)
        self.place += 1
        return self.tokens[self.place - 1]

    def sum(self, at: dict[str, int]) -> float:
        value = 0.0 if self.comes("−") else self.product(at)  # a first minus stands before nothing
        while self.comes("+", "−"):
            value += self.product(at) if self.next()[0] == "+" else -self.product(at)
        return value

    def product(self, at: dict[str, int]) -> float:
        value = self.factor(at)
        while self.place < len(self.tokens) and not self.comes(*_ENDS) and self.tokens[self.place][0][0] != ")":
            sign = self.next()[0] if self.comes("/", "·") else ""
            value = value / self.factor(at) if sign == "/" else value * self.factor(at)
        return value

    def factor(self, at: dict[str, int]) -> float:
        value = self.base(at)
        return value ** _POWERS[self.next()[0]] if self.comes(*_POWERS) else value

    def base(self, at: dict[str, int]) -> float:
        token = self.next()
        if token["over"]:
            return self.over(token["over"], at)
        if token["delta"]:
            return float(at[token["delta"][0]] == at[token["delta"][1]])
        if token["function"]:
            return self.function(token["function"], at)
        if token["number"]:
            return _CONSTANTS.get(token["number"]) or float(token["number"])
        if token["of"]:
            return _entry(self.slopes[token["to"]], token["of_at"] + token["to_at"], at)
        if token["slot"]:
            return _entry(self.arrays[token["slot"]], token["at"], at)
        if token[0] == "𝟙[":
            return self.indicator(at)
        assert token[0] == "(", f"{token[0]} is no factor"
        if self.tokens[self.place]["flip"]:  # ($Wᵀ)ⱼᵢ
            flipped = self.arrays[self.next()["slot"]].T
            return _entry(flipped, self.next()["outside"], at)
        (value,) = self.arguments(at)
        return value

    def indicator(self, at: dict[str, int]) -> float:
        left = self.sum(at)
        sign = self.next(">", "≥")[0]
        right = self.sum(at)
        self.next("]")
        return float(left > right or (sign == "≥" and left == right))

    def over(self, letter: str, at: dict[str, int]) -> float:
        begin, total = self.place, 0.0
        for i in range(self.sizes[letter]):
            self.place = begin
            total += self.product(at | {letter: i})
        return total

    def function(self, name: str, at: dict[str, int]) -> float:
        if name == "softmax":
            self.next("(")
            powers = [math.exp(number) for number in self.arrays[self.next()["slot"]]]
            return powers[at[self.next()["outside"]]] / sum(powers)
        if name == "m":
            return float(next(iter(self.arrays.values())).size)
        known = _FUNCTIONS.get(name) or getattr(math, name)
        if self.comes("("):
            self.next()
            return float(known(*self.arguments(at)))
        value = float(known(self.base(at)))
        assert not self.comes(*_POWERS), f"{name}: a power of its argument, or of itself?"
        return value

    def arguments(self, at: dict[str, int]) -> list[float]:
        """What stands in round brackets, behind the first of them."""
        found = [self.sum(at)]
        while self.comes(","):
            self.next()
            found.append(self.sum(at))
        self.next(")")
        return found


def _entry(array: Array, letters: str, at: Mapping[str, int]) -> float:
    return float(array[tuple(at[letter] for letter in letters)])


_SUBSCRIPTS = str.maketrans("ijk", LETTERS)
_SAME: tuple[tuple[str, str | Callable[[re.Match[str]], str]], ...] = (
    (r"\$\{(\w+)\}", r"$\1"),
    (r"_\{(\w+)\}|_(\w)", lambda found: (found[1] or found[2]).translate(_SUBSCRIPTS)),
    (r"\\frac\{\\partial (.+?)\}\{\\partial (.+?)\}", r"∂\1/∂\2"),
    (r"\\tfrac\{1\}\{2\}", "½"),
    (r"\\tfrac\{(\d)\}\{m\}", r"(\1/m)"),
    (r"\\sqrt\{([^{}]*)\}", r"√(\1)"),
    (r"\\Phi", "Φ"),
    (r"\\varphi", "φ"),
    (r"\\pi", "π"),
    (r"\\mathbb\{1\}", "𝟙"),
    (r"\\(left|right)(?=[()])", ""),
    (r"\\sum", "Σ"),
    (r"\\delta", "δ"),
    (r"\\sigma", "σ"),
    (r"\\odot", "⊙"),
    (r"\\[lr]Vert", "‖"),
    (r"\\operatorname\{(\w+)\}", r"\1"),
    (r"\\cdot", "·"),
    (r"\\ge", "≥"),
    (r"\{([^{}]+)\}\^", r"\1^"),  # braces around the base of a power
    (r"\^\{\\top\}", "ᵀ"),
    (r"\^\{2\}", "²"),
    (r"\^\{3\}", "³"),
    (r"\\,", ""),
    (r"\\frac\{([^{}]*)\}\{([^{}]*)\}", r"(\1)/(\2)"),
    (r"\\([a-z]+)", r"\1"),  # what is left is a function by its name
)


def as_text(latex: str) -> str:
    """A formula's LaTeX in the letters of its plain text, without spaces: the two must come out the same."""
    for pattern, plain in _SAME:
        latex = re.sub(pattern, plain, latex)
    return squeezed(latex)


def squeezed(text: str) -> str:
    """Without spaces, and with one kind of minus."""
    return re.sub(r"\s+", "", text.replace("−", "-"))
