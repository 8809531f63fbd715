"""What is looked at: an address or a body ↔ a frozen value, canonical both ways.

Map: `codec` reads and writes every address of the site, by lists of what it may say · `params` the list of the
network's page · `value` its state · `query` and `body` read one · `batch` many value sets of a body · `gradients`
claims to be graded · `numbers` single entries · `notations` and `blocks` what people paste · `nested` the arrays of a
body · `compact` a long text in an address · `fit` which network numbers are for: a batch, or one bias ·
`carried` what an address about something else hands on · `errors` what may be wrong · `sizes` those of layers at scale
· `trackers` names that others append. The other pages have states of their own: see `app.pages`.

One state has one address: defaults are left out, numbers stand in the shortest form that reads back to the same
float, keys in the graph's order. Nothing is computed here, and nothing that a person sent is repeated in a message.
"""

from .batch import Batch, batch_from_json
from .body import from_json
from .carried import AS_IT_COMES, Names, carried_parts, is_shared, read_carried
from .codec import FROM, state_before
from .errors import FieldError, Invalid
from .gradients import Claimed, gradients_from_json
from .numbers import field_text, number_text
from .params import VIEWS
from .query import from_query
from .value import ViewState, overflow_error, too_many_entries

__all__ = [
    "AS_IT_COMES",
    "FROM",
    "VIEWS",
    "Batch",
    "Claimed",
    "FieldError",
    "Invalid",
    "Names",
    "ViewState",
    "batch_from_json",
    "carried_parts",
    "field_text",
    "from_json",
    "from_query",
    "gradients_from_json",
    "is_shared",
    "number_text",
    "overflow_error",
    "read_carried",
    "state_before",
    "too_many_entries",
]
