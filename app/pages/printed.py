"""Printed numbers as pages show them, compared: what each class is called, and a row for each number."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from app.snapshot.indices import key
from app.snapshot.printed.digits import PrintedVerdict, as_printed
from app.snapshot.printed.models import Comparison, PrintedNumber
from app.state import ViewState

# What each class is called, and what is said of how many numbers are of it.
VERDICTS: Mapping[PrintedVerdict, tuple[str, str]] = {
    "right": ("right", "right to the digits given"),
    "last": ("right but for the last digit", "right but for the last digit"),
    "en-route": ("rounded on the way", "rounded on the way"),
    "wrong": ("wrong", "wrong"),
}


@dataclass(frozen=True, slots=True)
class NumberRow:
    """One printed number: its name, as printed, the verdict in words, and where the network's page explains it.

    `own` is what its source calls it, empty where that is not known; `why` says what there is to say.
    """

    number: PrintedNumber
    name: str
    printed: str
    verdict: str
    href: str
    why: str
    own: str = ""


def number_row(
    view: ViewState, number: PrintedNumber, own: str = "", why: str = "", *, linked: bool = True
) -> NumberRow:
    """The row of a number of a network with its numbers; `why` stands in the place of what is said of it anyway. Unless
    `linked`, there is no page that explains it."""
    return NumberRow(
        number=number,
        name=_name(number),
        printed=as_printed(number.printed),
        verdict=VERDICTS[number.verdict][0],
        href=_explained_at(view, number) if linked else "",
        why=why or number.note,
        own=own,
    )


def summary(found: Comparison) -> str:
    """How many numbers are what, in a sentence; empty where there are none."""
    total = len(found.numbers)
    counts = [(found.count(verdict), says) for verdict, (_, says) in VERDICTS.items()]
    parts = [f"{count} {'is' if count == 1 else 'are'} {says}" for count, says in counts if count]
    if not total:
        return ""
    if total == 1:
        return f"The number is {next(says for count, says in counts if count)}."
    if len(parts) == 1:
        return f"All {total} numbers are {next(says for count, says in counts if count)}."
    return f"Of {total} numbers, {', '.join(parts[:-1])} and {parts[-1]}."


def _name(number: PrintedNumber) -> str:
    """What is printed, as a formula has it: −∂L/∂z⁽²⁾₁, 0.5 · ∂L/∂W₁₁, W⁽²⁾₁₁ after the step."""
    plain = number.key.partition("#")[0]
    before, star, _ = plain.rpartition("*")
    factor = f"{as_printed(before).replace('*', ' · ')} · " if star else "−" if plain.startswith("-") else ""
    factor = "−" if factor == "−1 · " else factor
    head, colon, _ = plain.partition(":")
    example = f"example {head.rpartition('*')[2]}: " if colon else ""
    when = " after the step" if "+" in plain else " at the last step" if "last." in plain else ""
    return f"{example}{factor}{number.symbol}{when}"


def _explained_at(view: ViewState, number: PrintedNumber) -> str:
    """Where the network's page explains a number; empty for one that it does not show, such as one after the step."""
    plain = number.key.partition("#")[0]
    if "+" in plain or "last." in plain or number.symbol.startswith(("E", "p")) or number.shares:
        return ""
    node = view.network.graph.by_name[number.node]
    entry = key(number.node, tuple(i - 1 for i in number.index))
    if number.gradient:
        return view.at_gradient_of(number.node).with_ask(entry).address()
    if node.op is None:
        return ""
    events = view.network.graph.timelines["forward"]
    step = next(step for step, event in enumerate(events, 1) if event.node == number.node)
    return view.go("forward", step).with_ask(entry).address()
