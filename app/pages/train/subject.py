"""The page of the step, as a subject."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from app.pages.answer import Subject
from app.snapshot import trace_of
from app.snapshot.update import first_step
from app.state import Invalid
from app.state.training import Training, training_from_query

from .context import TrainPage, train_page


def _page(training: Training, problem: Invalid[Training] | None) -> TrainPage:
    try:
        return train_page(training, problem)
    except Invalid as overflow:
        raise _told(training, overflow) from None


def _check(training: Training) -> None:
    """The first step, which is all that may be refused of a run that can be read."""
    try:
        first_step(training.view, trace_of(training.view), training.lr, training.hold)
    except Invalid as overflow:
        raise _told(training, overflow) from None


def _told(training: Training, overflow: Invalid[Any]) -> Invalid[Training]:
    """What is wrong with the numbers of a run, or with its learning rate, and a run that is near."""
    is_rate = any(error.field == "lr" for error in overflow.errors)
    near = training.but(lr=Training.lr, steps=1) if is_rate and training.lr != Training.lr else _start(training)
    return Invalid(overflow.errors, near, overflow.typed)


def _start(training: Training) -> Training:
    """One step of the default size from the default numbers of the same network."""
    return Training(replace(training.view, values=training.network.defaults))


TRAIN = Subject(
    paths=("/train",),
    template="train/page.html",
    name="train",
    read=lambda query: training_from_query(query, strict=False),
    address=Training.address,
    carried=lambda training: training.view,
    page=_page,
    check=_check,
    start=_start,
    is_dear=lambda training: training.is_dear,
)
