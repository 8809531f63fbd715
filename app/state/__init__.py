"""What is looked at: an address or a body ↔ a frozen value, canonical both ways.

Public names: `ViewState`, `FieldError`, `InvalidState`, `from_query`, `from_json`, `state_before`, `overflow_error`,
`number_text`, `field_text`. Map: `value` the state and its address · `query` and `body` read one · `numbers` single
entries · `gradients` claims to be graded · `recall` questions and `answers` what is typed to them · `errors` what may
be wrong.

One state has one address: defaults are left out, numbers stand in the shortest form that reads back to the same
float, keys in the graph's order. Nothing is computed here, and nothing that a person sent is repeated in a message.
"""

from .answers import NumbersTyped, ShapeTyped, Ticked
from .body import from_json
from .errors import FieldError, InvalidState, overflow_error
from .gradients import Claimed, gradients_from_json
from .query import FROM, VIEWS, from_query, state_before
from .recall import InvalidRecall, Question, RecallState, recall_address, recall_from_query
from .value import ViewState, field_text, number_text

__all__ = [
    "FROM",
    "VIEWS",
    "Claimed",
    "FieldError",
    "InvalidRecall",
    "InvalidState",
    "NumbersTyped",
    "Question",
    "RecallState",
    "ShapeTyped",
    "Ticked",
    "ViewState",
    "field_text",
    "from_json",
    "from_query",
    "gradients_from_json",
    "number_text",
    "overflow_error",
    "recall_address",
    "recall_from_query",
    "state_before",
]
