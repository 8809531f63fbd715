"""Entries in symbols: how one is named, and what a formula by indices says of it.

An entry is W.2.1 in an address, W₂₁ in text; indices count from 0 in code, from 1 wherever they are shown.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from itertools import zip_longest

import numpy as np

from app.engine import Formula, Graph, Node, Shape
from app.engine.ops import Entrywise, NamedArray

from .formulas import filled, gradient_at, latex_symbols, symbols
from .models import Expression

_PLAIN = {"ₙ": "n", "ᵢ": "i", "ⱼ": "j", "ₖ": "k"}
_LOWERED = {letter: lowered for lowered, letter in _PLAIN.items()}
_TEXT_INDEX = re.compile(f"[{''.join(_PLAIN)}]+")
_LATEX_INDEX = re.compile(r"_(\{[a-z]+\}|[a-z])")
_PLACES = re.compile(rf"\$([A-Za-z]+)([{''.join(_PLAIN)}]*)")
_SUBSCRIPTS = str.maketrans("0123456789,", "₀₁₂₃₄₅₆₇₈₉,")
_SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def power_of_ten(number: str) -> str:
    """A number such as 2.024e+323 with its power of ten raised, as all others are: 2.024×10³²³."""
    mantissa, _, exponent = number.partition("e")
    return f"{mantissa.replace('-', '−')}×10{str(int(exponent)).translate(_SUPERSCRIPTS)}"


def any_entry(named: Expression, letters: str) -> Expression:
    """A node's name with running indices: Wᵢⱼ for the letters ij."""
    text = "".join(_LOWERED[letter] for letter in letters)
    return Expression(text=named.text + text, latex=_below(named.latex, letters))


def place(index: tuple[int, ...]) -> str:
    """An index as a formula prints it, from 1: 21, or 1,12 where a digit is not enough."""
    return ("," if any(i > 8 for i in index) else "").join(str(i + 1) for i in index)


@lru_cache(maxsize=2048)
def key(name: str, index: tuple[int, ...]) -> str:
    """How an address names an entry: W.2.1."""
    return ".".join([name, *(str(i + 1) for i in index)])


def indices(shape: Shape) -> list[tuple[int, ...]]:
    """The index of each entry, from 0, row by row."""
    return list(np.ndindex(shape))


def shape_text(shape: Shape) -> str:
    """A shape as a person says it: 3×2, 2 for a vector, scalar."""
    return "×".join(map(str, shape)) or "scalar"


@lru_cache(maxsize=2048)
def subscripted(symbol: str, index: tuple[int, ...]) -> str:
    """W₂₁ in plain text."""
    return symbol + place(index).translate(_SUBSCRIPTS)


def subscripted_latex(latex: str, index: tuple[int, ...]) -> str:
    """The same in LaTeX; a scalar has no index."""
    return _below(latex, place(index))


def _below(latex: str, index: str) -> str:
    """A name with an index, which stands right below the number of a layer; no index is none."""
    if not index:
        return latex
    return f"{latex}_{{{index}}}" if latex.endswith(")}") else f"{{{latex}}}_{{{index}}}"


@lru_cache(maxsize=2048)
def entry(node: Node, index: tuple[int, ...]) -> Expression:
    """An entry of a node: W₂₁."""
    return Expression(text=subscripted(node.symbol, index), latex=subscripted_latex(node.latex, index))


@lru_cache(maxsize=2048)
def v_entry(index: tuple[int, ...]) -> Expression:
    """An entry of v, the upstream gradient: v₂."""
    return Expression(text=subscripted("v", index), latex=subscripted_latex("v", index))


@lru_cache(maxsize=2048)
def grad_entry(graph: Graph, name: str, index: tuple[int, ...]) -> Expression:
    """The gradient at an entry of a node: ∂L/∂W₂₁."""
    return gradient_at(graph, entry(graph.by_name[name], index))


def _placed(graph: Graph, node: Node, formula: Formula, own: Mapping[str, str]) -> Expression:
    """A formula by indices in the graph's names, with the letters of `own` replaced by their numbers."""
    text = _TEXT_INDEX.sub(lambda found: _numbered(found[0], own).translate(_SUBSCRIPTS), formula.text)
    latex = _LATEX_INDEX.sub(lambda found: _lowered(_numbered(found[1].strip("{}"), own)), formula.latex)
    return Expression(text=filled(text, symbols(graph, node)), latex=filled(latex, latex_symbols(graph, node)))


def _lowered(index: str) -> str:
    return f"_{{{index}}}" if index else ""


def _own(letters: Iterable[str], index: tuple[int, ...]) -> dict[str, str]:
    """What stands for each letter of an entry's index; nothing does in a single number, which has none."""
    return dict(zip_longest(letters, (str(number + 1) for number in index), fillvalue=""))


def _numbered(letters: str, own: Mapping[str, str]) -> str:
    """The letters of an index, those of `own` replaced by their numbers: i2, or i,12 where a digit is not enough."""
    places = [own.get(_PLAIN.get(letter, letter), letter) for letter in letters]
    return ("," if any(len(place) > 1 for place in places) else "").join(places)


@lru_cache(maxsize=2048)
def entry_formula(graph: Graph, node: Node, entrywise: Entrywise, index: tuple[int, ...]) -> Expression:
    """The entry's formula, with its own indices as numbers and the others running: Σᵢ Wᵢ₁ vᵢ."""
    return _placed(graph, node, entrywise.formula, _own(entrywise.free, index))


@lru_cache(maxsize=2048)
def local_entry(graph: Graph, node: Node, local: NamedArray, index: tuple[int, ...]) -> Expression:
    """One entry of a local derivative, as it is printed."""
    if local.entry is not None:
        own = _own(local.letters[: len(index) or 1], index)
        return _placed(graph, node, local.entry, own)
    text_names = {slot: subscripted(name, index) for slot, name in symbols(graph, node).items()}
    latex_names = {slot: subscripted_latex(name, index) for slot, name in latex_symbols(graph, node).items()}
    return Expression(text=filled(local.formula.text, text_names), latex=filled(local.formula.latex, latex_names))


def made_from(slot: str, local: NamedArray, index: tuple[int, ...], shape: Shape) -> list[tuple[int, ...]]:
    """The entries of a slot that one entry of a local derivative is made from: its own one first, then others."""
    own = "".join(_LOWERED[letter] for letter in local.letters[: len(index)])
    places = {found[2] for found in _PLACES.finditer(local.entry.text) if found[1] == slot} if local.entry else {own}
    return [index, *(at for at in np.ndindex(shape) if at != index and places != {own})]
