"""What is shown of a pass at one step: the only thing that templates and JSON see.

Map: `build` a Snapshot from a state · `models` the shapes · `formulas` names put into the op rows' templates ·
`nodes` each node at the step · `step` the step explained · `expansion` one entry, term by term · `views` (with
`view_models`) what else a page may ask about a step · `gallery` the networks there are · `batch` many value sets ·
`grade` claimed gradients.
Numbers stay full float64: rounding is for the drawing.
"""

from .build import as_json, explained_snapshot, snapshot_dict
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
    "snapshot_dict",
]
