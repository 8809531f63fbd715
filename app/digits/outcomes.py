"""How a number that may be none is written: one that is almost 1, one that no float holds, and NaN."""

from __future__ import annotations

from app.snapshot.indices import power_of_ten
from app.snapshot.unfused import Outcome

from .formatted import formatted

# From here on a probability is written as what is missing to 1.
ALMOST_ONE = 0.999


def outcome_text(reading: Outcome) -> str:
    """A number, or the word for what is none: NaN, inf, or one too large for a float64."""
    if reading.value is not None:
        return formatted(reading.value, least=0, more=1).texts[0]
    if reading.word == "nan":
        return "NaN"
    return power_of_ten(reading.word) if "e" in reading.word else reading.word.replace("-", "−")


def near_1(reading: Outcome, rest: str, ordinary: str) -> str:
    """A number of almost 1 or −1 by what is missing to it, the `rest`; any other as it is written ordinarily."""
    if reading.value is None or abs(reading.value) < ALMOST_ONE:
        return ordinary
    one, and_rest = ("1", f"1 − {rest}") if reading.value > 0 else ("−1", f"−1 + {rest}")
    return and_rest if rest != "0" else f"exactly {one}"
