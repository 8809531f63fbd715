"""What is shown of a pass at one step: the only thing that templates and JSON see.

Map: `build` a state's trace, and the Snapshot that is read from it · `models` the shapes · `formulas` names put into
the op rows' templates · `indices` entries in symbols · `nodes` each node at the step · `rules` what each step runs, and
a pass as a whole · `step` the step explained · `expansion` one entry, term by term · `derivation`, `jacobian`,
`saved_memory`, `gradcheck`, `perturbation` what else a page may ask about a step · `limits` numbers that a formula is
not made for · `gallery` the networks there are · `glossary` (its `glossary_entries`) what signs and terms mean ·
`by_columns` a VJP as sums of columns · `cancelling`, `unfused`, `pairs` an activation and its loss, as one op and as
two · `batch` many value sets · `grade` claimed gradients.
A pass is run once for an answer, and everything here reads its trace. Numbers stay full float64: rounding is for the
drawing.
"""

from .build import as_json, explained_snapshot, run, snapshot_dict, trace_of
from .models import (
    Current,
    Expansion,
    Explained,
    Expression,
    FactorView,
    Inactive,
    Moment,
    NestedList,
    NodeView,
    Operand,
    Snapshot,
    StepCost,
    VjpView,
)

__all__ = [
    "Current",
    "Expansion",
    "Explained",
    "Expression",
    "FactorView",
    "Inactive",
    "Moment",
    "NestedList",
    "NodeView",
    "Operand",
    "Snapshot",
    "StepCost",
    "VjpView",
    "as_json",
    "explained_snapshot",
    "run",
    "snapshot_dict",
    "trace_of",
]
