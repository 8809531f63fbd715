"""What an answer is, and what there is to say about it."""

from __future__ import annotations

from typing import Literal

from app.snapshot.models import Frozen

AnswerVerdict = Literal["right", "rough", "kink", "wrong"]


class Feedback(Frozen):
    """What an answer is, and what there is to say about it.

    `rough` is right as far as its digits go, `kink` what another slope gives where a unit is at its kink.
    """

    verdict: AnswerVerdict
    sentences: list[str]


def right() -> Feedback:
    """That an answer is right, of which there is nothing more to say."""
    return Feedback(verdict="right", sentences=[])


def wrong(*sentences: str) -> Feedback:
    """That an answer is wrong, and why."""
    return Feedback(verdict="wrong", sentences=list(sentences))


def judged_ticks(missed: int, too_many: int, ticked: int, *, noun: str, is_so: str) -> Feedback:
    """What was ticked, judged by how many of those that are so were `missed`, and how many of the `ticked` ones are
    not. A wrong answer is told how much is wrong, and not which.

    `noun` is what is ticked, as entry, and `is_so` what is true of what is to be ticked: 0.
    """
    many = {"entry": "entries"}.get(noun, f"{noun}s")
    said = []
    if too_many:
        which = f"{too_many} of the {ticked} ticked {many}" if ticked > 1 else f"The ticked {noun}"
        said.append(f"{which} {'is' if too_many == 1 else 'are'} not {is_so}.")
    if missed:
        said.append(
            f"1 {noun} that is {is_so} is not ticked."
            if missed == 1
            else f"{missed} {many} that are {is_so} are not ticked."
        )
    return wrong(*said) if said else right()
