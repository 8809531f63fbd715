"""What is looked at: an address or a body ↔ a frozen value, canonical both ways.

Public names: `ViewState`, `FieldError`, `InvalidState`, `from_query`, `from_json`, `state_before`, `overflow_error`,
`number_text`, `field_text`, `HeadsState`, `InvalidHeads`. Map: `value` the state and its address · `query` and `body`
read one · `numbers` single entries · `errors` what may be wrong · `heads` the state of the page of the heads.

One state has one address: defaults are left out, numbers stand in the shortest form that reads back to the same
float, keys in the graph's order. Nothing is computed here, and nothing that a person sent is repeated in a message.
"""

from .body import from_json
from .errors import FieldError, InvalidState, overflow_error
from .heads import HeadsState, InvalidHeads
from .query import FROM, VIEWS, from_query, state_before
from .value import ViewState, field_text, number_text

__all__ = [
    "FROM",
    "VIEWS",
    "FieldError",
    "HeadsState",
    "InvalidHeads",
    "InvalidState",
    "ViewState",
    "field_text",
    "from_json",
    "from_query",
    "number_text",
    "overflow_error",
    "state_before",
]
