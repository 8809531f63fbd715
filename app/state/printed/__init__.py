"""Printed numbers, as a book or a notebook has them: lines such as dW1.1.1 = 0.000438568, read with their digits.

Map: `keys` what stands before the sign of equality · `lines` a text, statement by statement · `decimals` one number
with its digits · `body` those of a JSON body.
"""

from .body import MAX_STEPS, PrintedLines, printed_in_json
from .decimals import Printed, printed
from .keys import PrintedKey, printed_key
from .lines import MAX_NUMBERS, MAX_TEXT, Statement, Unread, UnreadLine, statements, statements_by_key

__all__ = [
    "MAX_NUMBERS",
    "MAX_STEPS",
    "MAX_TEXT",
    "Printed",
    "PrintedKey",
    "PrintedLines",
    "Statement",
    "Unread",
    "UnreadLine",
    "printed",
    "printed_in_json",
    "printed_key",
    "statements",
    "statements_by_key",
]
