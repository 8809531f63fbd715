"""Arrays as people paste them: from NumPy, PyTorch, MATLAB, a spreadsheet, LaTeX, a chat, or this page itself.

    grid_of("tensor([[0.5, −0.2], [1/3, 4×10⁻¹]])") == [["0.5", "-0.2"], ["1/3", "4e-1"]]

Signs that look alike are made alike, what only wraps an array is taken off, and the rest is split into rows and
entries by its brackets or else by its separators. Nothing is guessed: a comma always separates two numbers, no entry is
left out or made up, and what could be two grids is refused.
"""

from __future__ import annotations

import math
import re
import unicodedata
from typing import TypeAlias

Grid: TypeAlias = list[list[str]]
# Text between brackets, and in a list what a pair of brackets holds.
_Tree: TypeAlias = "list[str | _Tree]"

# Each digit can be read in one way only, so that a long wrong number is refused in linear time.
NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")

_SIGNS = {
    **{code: chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)},  # full-width
    **dict.fromkeys(map(ord, "\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe63"), "-"),
    **dict.fromkeys(map(ord, "\r\v\f\x1c\x1d\x1e\x85\u2028\u2029"), "\n"),
    **dict.fromkeys((0x2044, 0x2215), "/"),
}
_SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻", "0123456789+-")
# Where a run of blanks may come first, it is looked at from its beginning alone: else a long one, with nothing of the
# sort behind it, would be walked through from each of its places. Whatever is pasted is read in linear time.
_POWER_OF_TEN = re.compile(
    r"(?:(?<! ) +)?(?:[×·⋅*]|\\times|\\cdot) *10"
    r"(?:([⁺⁻]?[⁰¹²³⁴⁵⁶⁷⁸⁹]+)|(?:\^|\*\*) *(?:\{ *([+-]?[0-9]+) *\}|([+-]?[0-9]+)))"
)

_LATEX_FRACTION = re.compile(r"\\[dt]?frac *\{([^{}]*)\} *\{([^{}]*)\}")
_LATEX_ROW = re.compile(r"\\\\(?: *\[[^\[\]]*\])?|\\cr\b|\\tabularnewline\b")
_LATEX_REST = re.compile(
    r"\\(?:begin|end) *\{[A-Za-z]*(?:matrix|array)\*?\}(?: *\{[lcr| ]*\})?"
    r"|\\(?:left|right|[bB]igg?[lr]?) *(?:\\?[\[\](){}|.])"
    r"|\\(?:[,;:! ]|hline|displaystyle|q?quad|\[|\])|[$~]"
)
# A call that makes an array of what it holds, with what else it is told: torch.tensor([…], dtype=torch.float64).
_CALL = re.compile(
    r"(?:[A-Za-z_]\w*\.)*([Aa]rray|asarray|[Tt]ensor|as_tensor|FloatTensor|DoubleTensor|constant|Variable|Parameter"
    r"|[Mm]atrix|Vector|DeviceArray|c|list|tuple|float) *\((.*)\)",
    re.DOTALL,
)
_BEFORE_A_BRACKET = re.compile(r"(?<![\w.])([\w.]+) *\(")
_MOST_CALLS = 8  # that stand in each other
# What stands around an array where PyTorch, TensorFlow and JavaScript print one.
_PRINTED = re.compile(
    r"Parameter containing:\s*(.*)|<tf\.Tensor:(?=.*>\Z).*numpy=\s*(.*)>"
    r"|(?:Float64|Float32|)Array ?\([0-9]+\) *(\[.*\])",
    re.DOTALL,
)
_KEYWORDS = re.compile(r"""(?:\s*,\s*\w+\s*=\s*(?:'[^']*'|"[^"]*"|<[^<>]*>|\([\w, ]*\)|[\w.]+))+\s*,?\s*$""")
_LONGEST_KEYWORDS = 200
_SCALAR = re.compile(r"(?:np|numpy|jnp)\.float[0-9]+\(([^()]*)\)")

_BRACKET = re.compile(r"[\[\](){}]")
_CLOSING = {"[": "]", "(": ")", "{": "}"}
_BETWEEN_ROWS = re.compile(r"(?:(?<![ \t])[ \t]+)?(?:;[ \t]*\n*|\n+)[ \t\n]*")
_AROUND_GROUPS = re.compile(r"[\s,;]*")
_SLASH = re.compile(r"(?:(?<!\s)\s+)?/\s*")


class NotationError(ValueError):
    """Text that is no array of numbers; its message is a clause that says what was seen."""


def plain(text: str) -> str:
    """The same text with one kind of minus, blank, line break and digit, and without marks that cannot be seen."""
    text = _POWER_OF_TEN.sub(_exponent, text.replace("\r\n", "\n")).translate(_SIGNS)
    if text.isascii():
        return text
    categories = {mark: unicodedata.category(mark) for mark in {*text} if not mark.isascii()}
    return text.translate({ord(mark): {"Zs": " ", "Cf": ""}.get(kind, mark) for mark, kind in categories.items()})


def _exponent(found: re.Match[str]) -> str:
    return f"e{(found[1] or found[2] or found[3]).translate(_SUPERSCRIPTS)}"


def grid_of(text: str) -> Grid:
    """The entries of an array by rows, as text. Raises NotationError for what has no such form.

    A vector, or a lone number, is one row; one that was written with each number on a line of its own is a column.
    """
    tree = _tree(_unwrapped(plain(text)))
    while len(tree) == 1 and isinstance(tree[0], list):
        tree = tree[0]
    groups = [part for part in tree if isinstance(part, list)]
    if not groups:
        return _flat("".join(part for part in tree if isinstance(part, str)))
    if any(isinstance(part, str) and not _AROUND_GROUPS.fullmatch(part) for part in tree):
        raise NotationError("some numbers are in brackets and some are not")
    rows: Grid = []
    for group in groups:
        if any(isinstance(part, list) for part in group):
            raise NotationError("the brackets are more than two deep")
        row = _flat("".join(part for part in group if isinstance(part, str)))
        if len(row) != 1:
            raise NotationError("one pair of brackets holds several rows")
        rows += row
    return rows


def number_of(entry: str) -> float:
    """The number that an entry of a grid is, which may be a fraction; nan for what is none, or not finite."""
    numerator, slash, denominator = entry.partition("/")
    if not NUMBER.fullmatch(numerator) or (slash and not NUMBER.fullmatch(denominator)):
        return math.nan
    below = float(denominator) if slash else 1.0
    number = float(numerator) / below if below else math.nan
    # −0 becomes 0: equal states have equal addresses
    return number + 0.0 if math.isfinite(number) else math.nan


def with_points(text: str) -> str | None:
    """The same text with decimal points, if each comma stands between two digits, as a decimal comma does."""
    text = plain(text)
    commas = text.count(",")
    return text.replace(",", ".") if commas and commas == len(re.findall(r"[0-9],(?=[0-9])", text)) else None


def _unwrapped(text: str) -> str:
    """Plain text without what only wraps an array: calls, environments. Raises NotationError for other calls."""
    text = _SCALAR.sub(r"\1", text)
    if "\\" in text or "$" in text:
        text = _LATEX_ROW.sub("\n", _LATEX_FRACTION.sub(r"\1/\2", text))
        text = _LATEX_REST.sub(" ", text)
    text = _SLASH.sub("/", text.strip().removesuffix(";").strip())
    if printed := _PRINTED.fullmatch(text):
        text = next(filter(None, printed.groups()), "")
    for _ in range(_MOST_CALLS):
        call = _CALL.fullmatch(text)
        if call is None:
            break
        held = _without_keywords(call[2]).strip().removesuffix(",").strip()
        if call[1] != "c" and not NUMBER.fullmatch(held) and not re.match(r"[\[({]|[A-Za-z_]", held):
            break  # array(1, 2) is not [1, 2]
        text = held
    if any(re.search("[A-Za-z_]", found[1]) for found in _BEFORE_A_BRACKET.finditer(text)):
        raise NotationError("it calls a function; the numbers that come of it are needed")
    return text


def _without_keywords(held: str) -> str:
    """What a call holds, without the keywords at its end."""
    begins = max(0, len(held) - _LONGEST_KEYWORDS)
    return held[:begins] + _KEYWORDS.sub("", held[begins:])


def _tree(text: str) -> _Tree:
    """Text by its brackets. Raises NotationError where they do not match."""
    tree: _Tree = []
    open_groups, closers, start = [tree], list[str](), 0
    for bracket in _BRACKET.finditer(text):
        if before := text[start : bracket.start()].strip():
            open_groups[-1].append(before)
        start = bracket.end()
        if closing := _CLOSING.get(bracket[0]):
            group: _Tree = []
            open_groups[-1].append(group)
            open_groups.append(group)
            closers.append(closing)
        elif not closers or closers.pop() != bracket[0]:
            raise NotationError("the brackets do not match")
        else:
            open_groups.pop()
    if closers:
        raise NotationError("the brackets do not match")
    if rest := text[start:].strip():
        tree.append(rest)
    return tree


def _flat(text: str) -> Grid:
    """Rows and entries of text without brackets: rows on lines of their own or behind semicolons."""
    rows = _BETWEEN_ROWS.split(text.strip().removesuffix(";").rstrip())
    return [_entries(row) for row in rows]


def _entries(row: str) -> list[str]:
    """The entries of one row, between commas, &, tabs or blanks, of which it may have one kind only."""
    for separator in (",", "&", "|", "\t"):
        if separator in row:
            inside = row.strip().removeprefix("|").removesuffix("|") if separator == "|" else row
            entries = [entry.strip() for entry in inside.split(separator)]
            if any(re.search(r"[\s,&|]", entry) for entry in entries):
                raise NotationError("numbers in one row are separated in two ways")
            return entries
    return row.split()
