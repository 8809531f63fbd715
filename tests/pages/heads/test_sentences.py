"""Each sentence about one logit is read back, and what it claims is compared with the numbers; none may be left unread.

The true numbers are worked out with 500 digits by `decimal`, as in tests/engine/test_chains.py.
"""

from __future__ import annotations

import random
import re
import sys
from collections.abc import Callable, Iterator
from decimal import Decimal
from fractions import Fraction

from app.pages.heads.question import HeadsState
from app.pages.heads.sentences import how_far
from app.pages.heads.unfused import logit_card
from app.snapshot.unfused import Outcome, take_logit
from tests.digits.test_consistent_digits import fits
from tests.engine.test_chains import defined

Readings = dict[str, Outcome]
CALLED = {"L": "loss", "∂L/∂p": "grad_p", "σ′(z)": "slope"}
PLACES = {"In two ops": "unfused", "Clipped as in PyTorch’s BCELoss": "clipped"}
ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth")
WORDS = {"nan": "NaN", "inf": "inf", "-inf": "−inf"}
EDGES = [
    0,
    1,
    2,
    8,
    17,
    17.4,
    18,
    19.5,
    20,
    27,
    28,
    30,
    34,
    36,
    36.7,
    37,
    40,
    100,
    708,
    710,
    720,
    744,
    745,
    746,
    800,
    1000,
]


def states() -> Iterator[tuple[float, int]]:
    lot = random.Random(10)
    sizes = [float(edge) for edge in EDGES]
    sizes += [lot.uniform(0, 50) for _ in range(30)] + [lot.uniform(0, 1000) for _ in range(15)]
    for size in sizes:
        for z in {size, -size}:
            yield from ((z, y) for y in (0, 1))


def is_right(value: float, true: Decimal) -> bool:
    return value == float(true) or abs(Decimal(value) - true) <= Decimal("1e-9") * abs(true)


def near_1(value: Fraction, text: str) -> bool:
    """Whether a number is what its text says, also where that is by how far it is from 1 or −1."""
    if text in ("exactly 1", "exactly −1"):
        return value == (1 if text == "exactly 1" else -1)
    for one, before in ((1, "1 − "), (-1, "−1 + ")):
        if text.startswith(before):
            return fits(abs(one - value), text.removeprefix(before))
    return fits(value, text)


def agree(reading: Outcome, text: str) -> None:
    """A number, or what is none, and its text."""
    if reading.value is None:
        assert text == WORDS[reading.word]
    else:
        assert near_1(Fraction(reading.value), text)


def wrong_by(reading: Outcome, text: str | None) -> None:
    """What a sentence says in brackets of a number that is wrong."""
    assert not reading.right
    assert text == (how_far(reading) or None)
    if text is None:
        assert reading.value is None
        return
    assert reading.off is not None
    if text == "over 99.9 % off":
        assert 0.999 < reading.off <= 1
        assert reading.value != 0
    elif text.endswith(" % off"):
        assert fits(100 * Fraction(reading.off), text.removesuffix(" % off"))
    else:
        assert fits(Fraction(reading.off), text.removeprefix("relative error "))


ERROR = r"(?: \(([^()]+(?:10[⁻⁰-⁹¹²³]+)?)\))?"
ITEM = rf"(L|∂L/∂p|σ′\(z\)) is ([^\s,;()]+){ERROR}"
LIST = rf"({ITEM}(?:(?:, | and ){ITEM})*)"
NUMBER = r"((?:exactly |−?1 [−+] )?\S+)"
HOW = rf"({'|'.join(PLACES)})"


class Reader:
    """The numbers at one logit, and what the sentences have told of them."""

    def __init__(self, z: float, y: int) -> None:
        self.z, self.y = z, y
        self.state = HeadsState(z=z, y=y, unfused=True)
        self.logit = take_logit(self.state.z, self.state.y, unfused=self.state.unfused)
        self.chains = {chain.name: chain.readings for chain in self.logit.chains}
        self.true = defined(z, y)
        self.wrong_told: dict[str, set[str]] = {"unfused": set(), "clipped": set()}

    def true_gradient(self, text: str) -> None:
        assert near_1(Fraction(self.true["grad_z"]), text)
        assert abs(self.true["grad_z"]) < Decimal("0.9999") or text not in ("1.0000", "1", "−1.0000", "−1")

    def one_right(self, text: str) -> None:
        agree(self.chains["fused"]["grad_z"], text)
        value = self.chains["fused"]["grad_z"].value
        assert value is not None
        assert abs(Decimal(value) - self.true["grad_z"]) <= Decimal("1e-9") * abs(self.true["grad_z"])

    def one_nearest(self, text: str) -> None:
        agree(self.chains["fused"]["grad_z"], text)
        assert self.chains["fused"]["grad_z"].value == float(self.true["grad_z"])

    def one_cancels(self, text: str, error: str, rounds: str) -> None:
        grad, p = self.chains["fused"]["grad_z"], self.chains["fused"]["p"]
        agree(grad, text)
        wrong_by(grad, error)
        assert p.value is not None
        assert (p.value == 1) == (rounds == "rounds to 1")
        assert abs(p.value - self.y) < 1e-6, "so near that digits cancel"

    def p_is_1(self) -> None:
        p, rest = self.chains["unfused"]["p"], self.chains["unfused"]["one_minus_p"]
        assert (p.value, rest.value) == (1, 0)
        self.all_told("one_minus_p")

    def p_is_0(self) -> None:
        assert self.chains["unfused"]["p"].value == 0

    def p_near_1(self, error: str) -> None:
        rest = self.chains["unfused"]["one_minus_p"]
        wrong_by(rest, error)
        assert rest.value is not None
        assert rest.value < 1e-6
        self.all_told("one_minus_p")

    def p_is_subnormal(self) -> None:
        p = self.chains["unfused"]["p"].value
        assert p is not None
        assert 0 < p < sys.float_info.min
        assert (self.y, self.chains["unfused"]["loss"].right) == (1, False)

    def log_is_0(self) -> None:
        rest, loss = self.chains["unfused"]["one_minus_p"], self.chains["unfused"]["loss"]
        assert (self.y, rest.value, loss.value) == (0, 1, 0)

    def log_is_rounded(self) -> None:
        rest, loss = self.chains["unfused"]["one_minus_p"], self.chains["unfused"]["loss"]
        assert rest.value is not None
        assert (self.y, rest.right, loss.right) == (0, True, False)
        assert 0 < 1 - rest.value < 1e-6

    def all_told(self, name: str) -> None:
        for chain, told in self.wrong_told.items():
            if not self.chains[chain][name].right:  # beyond z = 745, 0 is the float nearest to 1 − p
                told.add(name)

    def all_right(self, how: str) -> None:
        assert all(reading.right for reading in self.chains[PLACES[how]].values())

    def gradient_right(self, how: str, *found: str) -> None:
        assert self.chains[PLACES[how]]["grad_z"].right
        self.others(how, found[0])

    def gradient_wrong(self, how: str, text: str, error: str, *found: str) -> None:
        grad = self.chains[PLACES[how]]["grad_z"]
        assert grad.value is not None
        assert grad.off is not None
        assert grad.off >= 1e-3
        self.gradient_as_told(how, text, error, *found)

    def gradient_off(self, how: str, ordinal: str, text: str, error: str, *found: str) -> None:
        """The digit is counted from the numbers written out: the place of the error, from the first digit on."""
        grad = self.chains[PLACES[how]]["grad_z"]
        assert grad.value is not None
        assert grad.off is not None
        assert grad.off < 1e-3
        places = Decimal(grad.value).adjusted() - (Decimal(grad.value) - self.true["grad_z"]).adjusted()
        assert ORDINALS[places] == ordinal
        self.gradient_as_told(how, text, error, *found)

    def gradient_as_told(self, how: str, text: str, error: str, *found: str) -> None:
        grad = self.chains[PLACES[how]]["grad_z"]
        agree(grad, text)
        wrong_by(grad, error)
        self.wrong_told[PLACES[how]].add("grad_z")
        if found[0]:
            self.others(how, found[0])

    def others(self, how: str, listed: str) -> None:
        for name, text, error in re.findall(ITEM, listed):
            reading = self.chains[PLACES[how]][CALLED[name]]
            agree(reading, text)
            wrong_by(reading, error or None)
            self.wrong_told[PLACES[how]].add(CALLED[name])

    def no_number(self, how: str, *found: str) -> None:
        grad_p, slope, left, right, product, *rest = found
        readings = self.chains[PLACES[how]]
        assert (grad_p, slope) == (left, right)
        assert readings["grad_z"].value is None
        for name, text in (("grad_p", grad_p), ("slope", slope), ("grad_z", product)):
            agree(readings[name], text)
            if not readings[name].right:
                self.wrong_told[PLACES[how]].add(name)
        if rest[0]:
            self.others(how, rest[0])

    def cancels(self) -> None:
        readings = self.chains["unfused"]
        assert not readings["grad_p"].right
        assert not readings["slope"].right
        assert readings["grad_z"].right
        assert readings["grad_p"].value is not None
        assert readings["slope"].value is not None
        product = Decimal(readings["grad_p"].value) * Decimal(readings["slope"].value)
        assert abs(product - self.true["grad_z"]) <= Decimal("1e-15") * abs(self.true["grad_z"])
        # the same number below and above the line, to the last bit
        p = self.chains["unfused"]["p"].value
        assert p is not None
        assert readings["slope"].value == p * (1 - p)
        assert readings["grad_p"].value == (p - self.y) / (p * (1 - p))

    def same_clipped(self) -> None:
        assert self.chains["clipped"] == self.chains["unfused"]
        self.wrong_told["clipped"] = self.wrong_told["unfused"]


KINDS: list[tuple[str, Callable[..., None]]] = [
    (rf"The true ∂L/∂z is {NUMBER}\.", Reader.true_gradient),
    (rf"The one op gives {NUMBER}, right to nine digits\.", Reader.one_right),
    (rf"The one op gives {NUMBER}, the float nearest to it\.", Reader.one_nearest),
    (
        r"The one op gives (\S+) \((.+)\): the p that it saves (rounds to 1|is rounded), and p − y\* cancels\.",
        Reader.one_cancels,
    ),
    (r"In a float64, p rounds to 1, and 1 − p is 0\.", Reader.p_is_1),
    (r"In a float64, p rounds to 0\.", Reader.p_is_0),
    (r"In a float64, p is so near 1 that 1 − p has lost digits \((.+)\)\.", Reader.p_near_1),
    (r"In a float64, p is so near 0 that few of its digits are left\.", Reader.p_is_subnormal),
    (r"In a float64, 1 − p rounds to 1, so log\(1 − p\) is 0\.", Reader.log_is_0),
    (r"In a float64, 1 − p is rounded, and log\(1 − p\) with it\.", Reader.log_is_rounded),
    (rf"{HOW}, L, ∂L/∂p, σ′\(z\) and ∂L/∂z are right\.", Reader.all_right),
    (rf"{HOW}, ∂L/∂z is right, but {LIST}\.", Reader.gradient_right),
    (rf"{HOW}, ∂L/∂z is a number, but a wrong one: (\S+) \(([^()]+)\)(?:; {LIST})?\.", Reader.gradient_wrong),
    (rf"{HOW}, ∂L/∂z is off in the (\w+) digit: (\S+) \(([^()]+)\)(?:; {LIST})?\.", Reader.gradient_off),
    (
        rf"{HOW}, ∂L/∂p is (\S+) and σ′\(z\) is (\S+), so that ∂L/∂z = (\S+) · (\S+) is ([^\s;]+)(?:; {LIST})?\.",
        Reader.no_number,
    ),
    (
        r"∂L/∂p divides by the rounded p \(1 − p\), σ′\(z\) multiplies by the same number, and the rounding cancels\.",
        Reader.cancels,
    ),
    (r"Clipping as in PyTorch’s BCELoss changes none of these numbers\.", Reader.same_clipped),
]


def read_back(z: float, y: int) -> set[str]:
    """Check all that is said at one logit; the kinds of sentences that were said."""
    reader, said = Reader(z, y), set()
    for sentence in logit_card(reader.state, reader.logit, None).sentences:
        matches = [(kind, match, check) for kind, check in KINDS if (match := re.fullmatch(kind, sentence))]
        assert len(matches) == 1, sentence
        ((kind, match, check),) = matches
        check(reader, *match.groups())
        said.add(kind)
    for name, told in reader.wrong_told.items():
        wrong = {quantity for quantity, reading in reader.chains[name].items() if not reading.right}
        assert told == wrong, f"all that is wrong {name} is told, and nothing else"
    return said


def test_every_sentence_is_true_of_the_numbers_and_each_kind_is_said_somewhere() -> None:
    said: set[str] = set()
    for z, y in states():
        said |= read_back(z, y)
    assert said == {kind for kind, _ in KINDS}


def test_a_number_is_marked_right_where_decimal_says_so_and_off_says_the_same() -> None:
    for z, y in states():
        true = defined(z, y)
        for chain in take_logit(z, y, unfused=True).chains:
            for name, reading in chain.readings.items():
                if reading.value is None:
                    assert (reading.right, reading.off) == (False, None)
                    continue
                assert reading.right == is_right(reading.value, true[name]), (z, y, chain.name, name)
                assert reading.off is not None
                assert reading.right == (reading.off <= 1e-9)


def test_where_p_minus_y_cancels_the_one_op_is_not_called_right() -> None:
    """At z = 40 and y* = 1 the p that is saved is 1, and ∂L/∂z = −1/(1 + e⁴⁰) = −4.248 · 10⁻¹⁸ comes out as 0."""
    state = HeadsState(z=40.0, y=1)
    logit = take_logit(state.z, state.y, unfused=state.unfused)
    grad = logit.chains[0].readings["grad_z"]
    assert (grad.value, grad.right, grad.off) == (0, False, 1)
    assert logit_card(state, logit, None).sentences == (
        "The true ∂L/∂z is −4.248×10⁻¹⁸.",
        "The one op gives 0 (100 % off): the p that it saves rounds to 1, and p − y* cancels.",
    )


def test_at_36_and_target_0_nothing_is_luck_and_the_table_is_not_denied() -> None:
    card = logit_card(HeadsState(z=36.0, unfused=True), take_logit(36.0, 0, unfused=True), None)
    text = " ".join(card.sentences)
    assert "luck" not in text
    assert "p is so near 1 that 1 − p has lost digits (4.27 % off)" in text
    assert "In two ops, ∂L/∂z is right, but L is 36.044 (0.12 % off), ∂L/∂p is 4.504×10¹⁵ (4.46 % off)" in text
    assert "the rounding cancels" in text
