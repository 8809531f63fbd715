"""One logit through a sigmoid and a binary cross-entropy: as one op and as two, each number beside the true one."""

from __future__ import annotations

import math
from decimal import Decimal, localcontext
from functools import lru_cache

import numpy as np

from app.engine import Array
from app.engine.chains import CHAINS, LARGEST_LOGIT, MIN_LOG, MIN_SLOPE, QUANTITIES, Chain, reference, run_chain
from app.engine.closeness import same

from .cancelling import EQUAL, RecomputeByName
from .models import Frozen

# A number is called right up to this share of the true one: nine digits.
RIGHT = 1e-9


class Outcome(Frozen):
    """A number that may be none."""

    value: float | None
    """The number; null where it is not finite, or where no float holds it."""
    word: str
    """What it is then: nan, inf, -inf, or its digits as text; empty where there is a value."""
    right: bool
    """Whether it is the reference to nine digits, or the float nearest to it: whether off is at most 1e-9."""
    off: float | None
    """How far off it is, relative to the reference; 0 for the float nearest to it, null where it is no number."""


class ChainView(Frozen):
    """One way from the logit to the loss and back."""

    name: str
    """Which way it is: fused is one op; unfused and clipped are two separate ops."""
    title: str
    """Its name for people."""
    runs: str
    """What it runs."""
    readings: dict[str, Outcome]
    """What it gives, by the names of reference; the one op makes no one_minus_p, grad_p and slope."""


class Logit(Frozen):
    """One logit on its way to the loss and back."""

    z: float
    """The logit."""
    y: int
    """Its target y*: 0 or 1."""
    reference: dict[str, Outcome]
    """By decimal: p, one_minus_p = 1 − p, loss, grad_p = ∂L/∂p, slope = σ′(z) and grad_z = ∂L/∂z."""
    chains: list[ChainView]
    """The ways that were asked for: the one op and, with unfused, the two ways of two separate ops."""


class GradientCurve(Frozen):
    """∂L/∂z of one chain, at each of the logits."""

    name: str
    """Which chain it is."""
    grads: list[float | None]
    """∂L/∂z at each logit; null where it is no number."""


def take_logit(z: float, y: int, *, unfused: bool) -> Logit:
    """One logit z with its target y, 0 or 1, through the one op and, `unfused`, through the chains of two, each number
    beside the true one."""
    true = reference(z, y)
    chains = [chain for chain in CHAINS.values() if unfused or not chain.materializes_p]
    return Logit(
        z=z,
        y=y,
        reference={name: _exactly(number) for name, number in true.items()},
        chains=[_chain_view(chain, z, y, true) for chain in chains],
    )


@lru_cache(maxsize=1)
def rounds_from() -> int:
    """The first whole logit whose sigmoid is 1 as a float64."""
    whole = np.arange(LARGEST_LOGIT)
    p = run_chain(CHAINS["unfused"], whole, 0.0)["p"]
    return int(whole[p == 1.0][0])


def _exactly(true: Decimal) -> Outcome:
    """A true number; one that no float holds, too large or too small for its digits, is told in words, never as inf."""
    value = float(true)
    with localcontext(prec=40):
        is_held = math.isfinite(value) and abs(Decimal(value) - true) <= Decimal(EQUAL) * abs(true)
    return Outcome(value=value if is_held else None, word="" if is_held else f"{true:.3e}", right=True, off=0.0)


def _chain_view(chain: Chain, z: float, y: int, true: dict[str, Decimal]) -> ChainView:
    found = run_chain(chain, np.array([z]), float(y))
    readings = {name: _reading(found[name].item(), true[name]) for name in QUANTITIES if name in found}
    return ChainView(name=chain.name, title=chain.title, runs=chain.runs, readings=readings)


def _reading(value: float, true: Decimal) -> Outcome:
    """A number of a chain beside the true one; `right` is said of `off`, so that the two never disagree."""
    if not math.isfinite(value):
        return Outcome(value=None, word=f"{value:g}", right=False, off=None)
    with localcontext(prec=40):
        off = 0.0 if value == float(true) else float(abs(Decimal(value) - true) / abs(true))
    right = bool(same(np.asarray(off), np.zeros(()), 1.0, RIGHT))
    return Outcome(value=value + 0.0, word="", right=right, off=off)


def curves(y: int, logits: list[float], *, unfused: bool) -> list[GradientCurve]:
    """∂L/∂z against z, of the one op and, `unfused`, of the chains of two."""
    z = np.array(logits)
    found = []
    for chain in CHAINS.values():
        if unfused or not chain.materializes_p:
            grads = run_chain(chain, z, float(y))["grad_z"].tolist()
            found.append(
                GradientCurve(name=chain.name, grads=[grad if math.isfinite(grad) else None for grad in grads])
            )
    return found


def recompute_chain(chain: str, logit: Logit) -> RecomputeByName:
    """All that a chain of two ops shows, from p or 1 − p, whichever is the smaller."""
    least_log, least_slope = (MIN_LOG, MIN_SLOPE) if chain == "clipped" else (-np.inf, 0.0)

    def recompute(drawn: dict[str, Array]) -> dict[str, Array]:
        p, rest = (1.0 - drawn["one_minus_p"], drawn["one_minus_p"]) if logit.z >= 0 else (drawn["p"], 1.0 - drawn["p"])
        slope = p * rest
        return {
            "p": p,
            "one_minus_p": rest,
            "loss": -np.maximum(np.log(p if logit.y else rest), least_log),
            "grad_p": (-rest if logit.y else p) / np.maximum(slope, least_slope),
            "slope": slope,
            "grad_z": drawn["grad_p"] * drawn["slope"],
        }

    return recompute
