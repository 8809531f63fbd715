"""The project's formulas by indices, worked out by someone who can read and knows no op.

Public names: `worked_out`, `as_text`, `squeezed`, `LETTERS`.

    Σᵢ t      the sum over all i of the product t            δₖᵢ      1 where k = i, else 0
    𝟙[a > 0]  1 where a > 0, else 0                          ∂$a/∂$b  given, as `slopes`
    exp f     likewise log f, σ f: of the next factor        a / f    a divided by the next factor
    softmax($z)ᵢ  exp of entry i of $z by the sum of exp of all its entries
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping

from app.engine import Array

LETTERS = "ᵢⱼₖ"
_TOKEN = re.compile(
    rf"∂\$(?P<of>\w+?)(?P<of_at>[{LETTERS}]*)/∂\$(?P<to>\w+?)(?P<to_at>[{LETTERS}]*)(?![\w{LETTERS}])"
    rf"|\$(?P<slot>[A-Za-z]+)(?P<flip>ᵀ?)(?P<at>[{LETTERS}]*)"
    rf"|(?P<function>exp|log|σ)(?![A-Za-z])|softmax\(\$(?P<shares>[A-Za-z]+)\)(?P<shares_at>[{LETTERS}])"
    rf"|Σ(?P<over>[{LETTERS}])|δ(?P<delta>[{LETTERS}]{{2}})|\)(?P<outside>[{LETTERS}]*)(?P<square>²?)"
    r"|max\(0,|𝟙\[|> 0\]|[½12·(+−/]"
)
_NUMBERS = {"½": 0.5, "1": 1.0, "2": 2.0, "·": 1.0}
_FUNCTIONS: Mapping[str, Callable[[float], float]] = {
    "exp": math.exp,
    "log": math.log,
    "σ": lambda number: 1 / (1 + math.exp(-number)),
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
            for slot, at in (
                (token["slot"], token["at"]),
                (token["to"], token["to_at"]),
                (token["of"], token["of_at"]),
                (token["shares"], token["shares_at"]),
            ):
                if slot and at:
                    self.sizes |= dict(zip(at, arrays[slot].shape, strict=True))

    def next(self) -> re.Match[str] | None:
        return self.tokens[self.place] if self.place < len(self.tokens) else None

    def sum(self, at: dict[str, int]) -> float:
        value = 0.0  # a first minus stands before nothing
        if (token := self.next()) and token[0] != "−":
            value = self.product(at)
        while (token := self.next()) and token[0] in "+−":
            self.place += 1
            value += self.product(at) * (1 if token[0] == "+" else -1)
        return value

    def product(self, at: dict[str, int]) -> float:
        value = 1.0
        while (token := self.next()) and not (token[0] in ("+", "−", "> 0]") or token[0].startswith(")")):
            self.place += 1
            if token[0] == "/":
                value /= self.following(at)
            else:
                value *= self.factor(token, at)
        return value

    def following(self, at: dict[str, int]) -> float:
        token = self.next()
        assert token
        self.place += 1
        return self.factor(token, at)

    def factor(self, token: re.Match[str], at: dict[str, int]) -> float:
        if token["over"]:
            begin, total = self.place, 0.0
            for i in range(self.sizes[token["over"]]):
                self.place = begin
                total += self.product(at | {token["over"]: i})
            return total
        if token["delta"]:
            return float(at[token["delta"][0]] == at[token["delta"][1]])
        if token["function"]:
            return _FUNCTIONS[token["function"]](self.following(at))
        if token["shares"]:
            powers = [math.exp(number) for number in self.arrays[token["shares"]]]
            return powers[at[token["shares_at"]]] / sum(powers)
        if token["of"]:
            return float(self.slopes[token["to"]][tuple(at[letter] for letter in token["of_at"] + token["to_at"])])
        if token["slot"]:
            return float(self.arrays[token["slot"]][tuple(at[letter] for letter in token["at"])])
        return _NUMBERS[token[0]] if token[0] in _NUMBERS else self.bracket(token[0], at)

    def bracket(self, opened: str, at: dict[str, int]) -> float:
        inner = self.next()
        assert inner
        if inner["flip"]:  # ($Wᵀ)ⱼᵢ
            closed = self.tokens[self.place + 1]
            self.place += 2
            return float(self.arrays[inner["slot"]].T[tuple(at[letter] for letter in closed["outside"])])
        value = self.sum(at)
        closing = self.next()
        assert closing
        self.place += 1
        if opened == "𝟙[":
            assert closing[0] == "> 0]"
            return float(value > 0)
        assert closing[0].startswith(")")
        if opened == "max(0,":
            return max(0.0, value)
        return value**2 if closing["square"] else value


_SUBSCRIPTS = str.maketrans("ijk", LETTERS)
_SAME: tuple[tuple[str, str | Callable[[re.Match[str]], str]], ...] = (
    (r"\$\{(\w+)\}", r"$\1"),
    (r"_\{(\w+)\}|_(\w)", lambda found: (found[1] or found[2]).translate(_SUBSCRIPTS)),
    (r"\\frac\{\\partial (.+?)\}\{\\partial (.+?)\}", r"∂\1/∂\2"),
    (r"\{\$(\w+)\}\^\{\\top\}", r"$\1ᵀ"),
    (r"\\tfrac\{1\}\{2\}", "½"),
    (r"\\mathbb\{1\}", "𝟙"),
    (r"\\(left|right)(?=[()])", ""),
    (r"\\sum", "Σ"),
    (r"\\delta", "δ"),
    (r"\\sigma", "σ"),
    (r"\\odot", "⊙"),
    (r"\\[lr]Vert", "‖"),
    (r"\\operatorname\{(\w+)\}", r"\1"),
    (r"\\(exp|log)", r"\1"),
    (r"\\cdot", "·"),
    (r"\\max", "max"),
    (r"\^\{2\}", "²"),
    (r"\\,", ""),
    (r"\\frac\{([^{}]*)\}\{([^{}]*)\}", r"(\1)/(\2)"),
)


def as_text(latex: str) -> str:
    """A formula's LaTeX in the letters of its plain text, without spaces: the two must come out the same."""
    for pattern, plain in _SAME:
        latex = re.sub(pattern, plain, latex)
    return squeezed(latex)


def squeezed(text: str) -> str:
    """Without spaces, and with one kind of minus."""
    return re.sub(r"\s+", "", text.replace("−", "-"))
