"""What stands under the picture on the stage: one sentence, or the formula with the arithmetic of an entry."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from app.digits import Line, entry_line
from app.snapshot import Current, Expansion, Expression
from app.snapshot.glossary import spoken

from .hidden import UNKNOWN, Hidden
from .inputs import PageInputs
from .ladder import EQUALS, FIGURE, LETTER, SIGN
from .node_panel import NodePanel
from .panel import AskPanel, Panel
from .pictures import Picture
from .update_panel import UpdatePanel, first_new, unseen

# So many em of an entry's arithmetic stand in a line of the large type, and of the smaller.
ROOM, SMALL_ROOM = 27.0, 34.0
# A half, another constant that is a fraction, and the beginning of one that is higher than a line.
_HALF, _CONSTANT, _FRACTION = r"\tfrac{1}{2}", re.compile(r"\\tfrac\{(\w+)\}\{(\w+)\}"), r"\frac{"


@dataclass(frozen=True, slots=True)
class Caption:
    """The sentence; and where it `shows_formula`, the formula `left` = `right` of the step, both None where there is
    none, and for `entry`, one of the step or the one that is asked about, its arithmetic, in small type where that
    `is_small`, and in symbols alone where numbers would tell a `result` that is hidden, or are too long for a line.

    `repeats` is whether that arithmetic is one number, which is the result as it is written, and is left out.

    `line` is None where there is no arithmetic, or where its symbols, too, are too long. `flat` is the right side in
    LaTeX, no higher than a line; empty where it stands as text alone. `is_part` is whether the network is too large for
    the stage, and one op of it is drawn. `announcement` is what is read out where something is `hidden`; else empty.
    """

    shows_formula: bool
    sentence: str
    left: Expression | None
    right: Expression | None
    flat: str
    entry: Expansion | None
    line: Line | None
    result: str
    in_symbols: bool
    repeats: bool
    is_small: bool
    is_part: bool
    announcement: str
    hidden: Hidden


def caption(inputs: PageInputs, panel: Panel, pictures: Sequence[Picture], hidden: Hidden) -> Caption:
    """What stands under these pictures: the sentence, and its formula where that is asked for."""
    snapshot = inputs.snapshot
    shows_formula = inputs.state.staging.stage == "formula"
    sentence, entry = _said(inputs, panel, hidden)
    left, right = _formula(inputs, panel, hidden)
    entry = entry if shows_formula and not _tells_seed(snapshot.current, hidden) else None
    is_hidden = entry is not None and hidden.has(entry.key, entry.quantity)
    if isinstance(panel, UpdatePanel):
        is_hidden = hidden.update
    line, is_small = _worked(entry, hidden, in_symbols=is_hidden)
    in_symbols = is_hidden or (entry is not None and line is None)
    if in_symbols and not is_hidden:
        line, is_small = _worked(entry, hidden, in_symbols=True)
    result = UNKNOWN if is_hidden else line.result.texts[0] if line else ""
    return Caption(
        shows_formula=shows_formula,
        sentence=sentence,
        left=left,
        right=right,
        flat=_no_higher(right.latex) if right else "",
        entry=entry,
        line=line,
        result=result,
        in_symbols=in_symbols,
        repeats=line is not None and not in_symbols and line.is_number(result),
        is_small=is_small,
        is_part=any(len(picture.nodes) < len(snapshot.nodes) for picture in pictures),
        announcement=_announcement(inputs, sentence) if hidden else "",
        hidden=hidden,
    )


def _said(inputs: PageInputs, panel: Panel, hidden: Hidden) -> tuple[str, Expansion | None]:
    """The sentence, and the entry whose arithmetic stands with it."""
    current, update = inputs.snapshot.current, inputs.snapshot.update
    if isinstance(panel, NodePanel):
        return panel.says, None
    if isinstance(panel, AskPanel):
        return _asked(panel, hidden), panel.expansion
    if isinstance(panel, UpdatePanel) and update is not None:
        loss = inputs.trace.graph.loss.name
        is_open = hidden.update or hidden.has(loss, "value")
        return unseen(update) if is_open else panel.sentence, first_new(inputs, update)
    return _of_step(inputs, hidden), next(iter(current.entries), None)


def _of_step(inputs: PageInputs, hidden: Hidden) -> str:
    """The step's sentence; that of the seed names its number, the others none."""
    current, loss = inputs.snapshot.current, inputs.trace.graph.loss.symbol
    if _tells_seed(current, hidden):
        return f"The backward pass starts with ∂{loss}/∂{loss}: how fast does {loss} change, compared to itself?"
    return current.sentence


def _tells_seed(current: Current, hidden: Hidden) -> bool:
    return current.kind == "seed" and current.node is not None and hidden.has(current.node, "grad")


def _asked(panel: AskPanel, hidden: Hidden) -> str:
    """The question about an entry, in a sentence."""
    left = panel.expansion.left.text
    if hidden.has(panel.expansion.key, panel.expansion.quantity):
        return f"What is {left}?"
    if not panel.result:
        return f"{left}: {panel.expansion.note}."
    return f"Why is {left} = {panel.result}?" if panel.expansion.terms else f"{left} = {panel.result} is given."


def _formula(inputs: PageInputs, panel: Panel, hidden: Hidden) -> tuple[Expression | None, Expression | None]:
    """Both sides of the formula of what is looked at; of an entry that is asked about, its arithmetic says all."""
    current = inputs.snapshot.current
    if isinstance(panel, AskPanel):
        return None, None
    if isinstance(panel, UpdatePanel) and panel.rules:
        return panel.rules[0].left, panel.rules[0].right
    if current.left is None or current.right is None:
        return None, None
    return current.left, Expression(latex=UNKNOWN, text=UNKNOWN) if _tells_seed(current, hidden) else current.right


def _worked(entry: Expansion | None, hidden: Hidden, *, in_symbols: bool) -> tuple[Line | None, bool]:
    """The arithmetic of an entry without what is hidden, and whether it is in small type; None where it is too long."""
    line = entry_line(entry, scalar=not entry.index) if entry is not None else None
    if line is None or entry is None:
        return None, False
    line = hidden.line(line)
    width = _width(line, entry.left.text, in_symbols=in_symbols)
    return (line if width <= SMALL_ROOM else None), width > ROOM


def _no_higher(latex: str) -> str:
    """A formula's LaTeX, with its constants written ½ or (1/m); empty where it has another fraction."""
    flat = _CONSTANT.sub(r"(\1/\2)", latex.replace(_HALF, "½"))
    return "" if _FRACTION in flat.replace(_FRACTION + r"\partial", "") else flat


def _width(line: Line, left: str, *, in_symbols: bool) -> float:
    """About how wide the arithmetic of a line's first entry is, in em, with what it finds before it and the result."""
    factors = [shown for product in line.arithmetic[0] for shown in product.shown]
    letter = LETTER if in_symbols else FIGURE
    shown = [factor.symbol if in_symbols else text for factor, text in factors]
    brackets = sum(text.startswith("−") for text in shown)
    signs = len(shown) * SIGN + len(line.arithmetic[0]) * 2 * SIGN + brackets * 2 * SIGN
    figures = len(line.result.texts[0]) * FIGURE
    return len(left) * LETTER + sum(map(len, shown)) * letter + figures + signs + 2 * EQUALS


def _announcement(inputs: PageInputs, sentence: str) -> str:
    """What is read out where something is hidden: where one is, and the sentence."""
    snapshot = inputs.snapshot
    where = f"Step {snapshot.step} of {snapshot.steps}, {snapshot.direction}. " if not inputs.state.whole else ""
    return spoken(where + sentence)
