"""What was measured: the engine's own VJPs beside the Jacobians they avoid, timed once by `make bench`.

tests/bench/test_scale.py writes measured.json beside this file, which goes with the code wherever that goes. No page
and no answer ever measures.
"""

from __future__ import annotations

import logging
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, ValidationError, model_validator

from app.snapshot.models import Frozen

log = logging.getLogger(__name__)

FILE = Path(__file__).with_name("measured.json")

Seconds = Annotated[float, Field(gt=0, le=60, allow_inf_nan=False)]
Width = Annotated[int, Field(ge=1, le=65536)]
ShortText = Annotated[str, Field(min_length=1, max_length=120)]


class Machine(Frozen):
    """On what it ran. No name of a host, a person or a folder."""

    cpu: ShortText
    """The processor, as it names itself."""
    cores: Annotated[int, Field(ge=1)]
    """How many cores it has."""
    threads: Annotated[int, Field(ge=1)] | None
    """How many threads the BLAS used; null where that is not known."""
    python: ShortText
    """The version of Python."""
    numpy: ShortText
    """The version of NumPy."""
    blas: ShortText
    """The BLAS that NumPy multiplies matrices with."""


class VjpTime(Frozen):
    """The median CPU time of one VJP at a width n = m."""

    width: Width
    """The width n = m of the layer."""
    seconds: Seconds
    """The median CPU time in seconds."""


class JacobianTime(Frozen):
    """The median CPU times of the other way at a width n = m."""

    width: Width
    """The width n = m of the layer."""
    bytes: Annotated[int, Field(ge=1)]
    """The bytes of the Jacobian."""
    build: Annotated[float, Field(ge=0, le=60, allow_inf_nan=False)]
    """The median CPU time in seconds of building the Jacobian."""
    product: Seconds
    """The median CPU time in seconds of vᵀJ."""

    @property
    def seconds(self) -> float:
        """The CPU time of the whole way: building the Jacobian, and vᵀJ."""
        return self.build + self.product


class Race(Frozen):
    """One gradient in two ways, by width."""

    op: Literal["linear", "relu"]
    """The op whose VJP it is."""
    wrt: Literal["W", "x", "z"]
    """The input that the gradient is taken with respect to."""
    vjp: Annotated[tuple[VjpTime, ...], Field(min_length=2, max_length=64)]
    """The VJP’s times, from narrow to wide."""
    jacobian: Annotated[tuple[JacobianTime, ...], Field(min_length=2, max_length=64)]
    """The times with the Jacobian, from narrow to wide; it has fewer widths, since it outgrows the memory."""

    @model_validator(mode="after")
    def _ordered(self) -> Race:
        vjps, jacobians = [one.width for one in self.vjp], [one.width for one in self.jacobian]
        if any(widths != sorted(set(widths)) for widths in (vjps, jacobians)) or not set(jacobians) <= set(vjps):
            raise ValueError("widths must rise, and a Jacobian stand beside a VJP")
        return self


class Measured(Frozen):
    """One run of the measurement."""

    date: date
    """The day it ran."""
    machine: Machine
    """What it ran on."""
    dtype: Literal["float64"]
    """The type of every number."""
    races: Annotated[tuple[Race, ...], Field(min_length=1, max_length=3)]
    """One race of the two ways for each gradient."""

    @model_validator(mode="after")
    def _distinct(self) -> Measured:
        if len({race.wrt for race in self.races}) < len(self.races):
            raise ValueError("each race must be run once")
        return self


@lru_cache(maxsize=1)  # it changes with the build, and a build is started anew
def load(file: Path = FILE) -> Measured | None:
    """The run that goes with this build; None where there is none to be read, which the log explains."""
    try:
        return Measured.model_validate_json(file.read_bytes())
    except OSError as error:
        log.warning("no measurement to show: %s", error.strerror)
    except ValidationError as error:
        log.warning("the measurement cannot be read: %d mistakes in %s", error.error_count(), file.name)
    return None
