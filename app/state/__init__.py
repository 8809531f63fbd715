"""What is looked at: an address or a body ↔ a frozen value, canonical both ways.

Public names: `ViewState`, `Batch`, `FieldError`, `InvalidInput`, `InvalidState`, `from_query`, `from_json`,
`batch_from_json`, `state_before`, `overflow_error`, `too_many_entries`, `number_text`, `field_text`. Map: `value` the
state and its address · `query` and `body` read one · `batch` many value sets of a body · `numbers` single entries ·
`errors` what may be wrong · `cost` the same for the cost page, whose state is a few sizes · `heads` that of the heads.

One state has one address: defaults are left out, numbers stand in the shortest form that reads back to the same
float, keys in the graph's order. Nothing is computed here, and nothing that a person sent is repeated in a message.
"""

from .batch import Batch, batch_from_json
from .body import from_json
from .errors import FieldError, InvalidInput, InvalidState, overflow_error, too_many_entries
from .query import FROM, VIEWS, from_query, state_before
from .value import ViewState, field_text, number_text

__all__ = [
    "FROM",
    "VIEWS",
    "Batch",
    "FieldError",
    "InvalidInput",
    "InvalidState",
    "ViewState",
    "batch_from_json",
    "field_text",
    "from_json",
    "from_query",
    "number_text",
    "overflow_error",
    "state_before",
    "too_many_entries",
]
