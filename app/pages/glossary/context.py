"""The glossary page's context: every entry, and for some what it is in the first network, with its default numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from app.digits import MIN_DECIMALS, formatted, shape_text
from app.engine import DEFAULT, Array, Trace
from app.snapshot import trace_of
from app.snapshot.glossary_entries import GLOSSARY
from app.snapshot.glossary_parts import Section
from app.snapshot.jacobian import jacobian
from app.snapshot.saved_memory import saved_memory
from app.state import ViewState


@dataclass(frozen=True, slots=True)
class GlossaryPage:
    """The sections of the glossary, and by the id of an entry an example of it."""

    sections: tuple[Section, ...]
    examples: Mapping[str, str]


@lru_cache(maxsize=1)
def glossary_page() -> GlossaryPage:
    """The page, which takes no questions."""
    return GlossaryPage(GLOSSARY, _examples(trace_of(ViewState(DEFAULT, "backward", DEFAULT.defaults))))


def _examples(trace: Trace) -> Mapping[str, str]:
    """What some entries are in the first network, computed from its default numbers."""
    values, grads = trace.values, trace.grads
    view = jacobian(trace, trace.graph.vjps["z", "W"])
    rows, columns = view.shape
    active, missed = (values["z"] > 0).astype(float), values["h"] - values["y"]
    memory = saved_memory(trace)
    shapes = {name: shape_text(array.shape) for name, array in values.items()}
    return {
        "gradient": f"∂L/∂x = {_row(grads['x'])}.",
        "upstream": f"the ReLU is given v = ∂L/∂h = {_row(grads['h'])}.",
        "vjp": f"∂L/∂W = v xᵀ takes {view.closed_multiply_adds} multiply-adds; vᵀJ would take {view.multiply_adds}.",
        "jacobian-avoided": f"∂z/∂W would have {rows} rows and {columns} columns, and {view.zeros} of its "
        f"{view.entries} entries are 0.",
        "entrywise": f"v ⊙ 𝟙[z > 0] = {_row(grads['h'])} ⊙ {_row(active, 0)} = {_row(grads['z'])}.",
        "transpose": f"W is {shapes['W']}, so Wᵀ is {shape_text(values['W'].T.shape)}.",
        "indicator": f"z = {_row(values['z'])}, so 𝟙[z > 0] = {_row(active, 0)}.",
        "norm": f"h − y* = {_row(missed)}, so ‖h − y*‖² = {_row(missed @ missed)}.",
        "half": f"½‖h − y*‖² = ½ · {_row(missed @ missed)} = {_row(values['L'])}.",
        "max": f"z = {_row(values['z'])}, so max(0, z) = {_row(values['h'])}.",
        "target": f"y* = {_row(values['y'])}.",
        "shape": f"W is {shapes['W']}, x is {shapes['x']}, and L is a {shapes['L']}.",
        "saved": f"the forward pass saves {memory.total} bytes, {memory.made} of them of values that it computed.",
    }


def _row(array: Array, least: int = MIN_DECIMALS) -> str:
    """The numbers of an array in a row, with at least that many decimals."""
    return formatted(array, least=least).in_words()
