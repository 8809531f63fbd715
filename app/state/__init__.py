"""What is looked at: an address or a body ↔ a frozen value, canonical both ways.

Public names: `ViewState`, `Batch`, `FieldError`, `InvalidInput`, `InvalidState`, `from_query`, `from_json`,
`batch_from_json`, `gradients_from_json`, `recall_from_query`, `recall_address`, `state_before`, `overflow_error`,
`too_many_entries`, `number_text`, `field_text`, and what belongs to them. Map: `value` the state and its address ·
`query` and `body` read one · `batch` many value sets of a body · `gradients` claims to be graded · `numbers` single
entries · `recall` questions and `answers` what is typed to them · `errors` what may be wrong · `cost` the same for the
cost page, whose state is a few sizes.

One state has one address: defaults are left out, numbers stand in the shortest form that reads back to the same
float, keys in the graph's order. Nothing is computed here, and nothing that a person sent is repeated in a message.
"""

from .answers import NumbersTyped, ShapeTyped, Ticked
from .batch import Batch, batch_from_json
from .body import from_json
from .errors import FieldError, InvalidInput, InvalidState, overflow_error, too_many_entries
from .gradients import Claimed, gradients_from_json
from .query import FROM, VIEWS, from_query, state_before
from .recall import InvalidRecall, Question, RecallState, recall_address, recall_from_query
from .value import ViewState, field_text, number_text

__all__ = [
    "FROM",
    "VIEWS",
    "Batch",
    "Claimed",
    "FieldError",
    "InvalidInput",
    "InvalidRecall",
    "InvalidState",
    "NumbersTyped",
    "Question",
    "RecallState",
    "ShapeTyped",
    "Ticked",
    "ViewState",
    "batch_from_json",
    "field_text",
    "from_json",
    "from_query",
    "gradients_from_json",
    "number_text",
    "overflow_error",
    "recall_address",
    "recall_from_query",
    "state_before",
    "too_many_entries",
]
