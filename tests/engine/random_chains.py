"""Random chains by name, seeded, so that a red test is red again tomorrow."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from app.engine import NETWORKS, Network
from app.engine.by_name import ACTIVATIONS, LOSSES, chain

# One of each kind of thing there is to see, for tests that are too dear to run over many.
SAMPLE = (
    "2-2.sigmoid-2.sigmoid_mse",
    "3-4.tanh-4.tanh-2_ce",
    "2-3.leaky-1.gelu_out",
    "1-1.silu_sse",
    "4-3.relu-2.softplus-3_mse-mean",
    "2-2-1.relu_poisson",
    "3-2.sigmoid-1_bce",
)

# The gallery and those chains: what holds of every network is asked of these.
WITH_CHAINS: Mapping[str, Network] = {**NETWORKS, **{name: chain(name) for name in SAMPLE}}


def random_chains(count: int, seed: int = 15, *, width: int = 5, layers: int = 3) -> list[str]:
    """The names of chains with widths up to `width`, all activations and losses among them."""
    rng = np.random.default_rng(seed)
    found: list[str] = []
    while len(found) < count:
        loss = list(LOSSES)[len(found) % len(LOSSES)]
        parts = [str(rng.integers(1, width + 1))]
        depth = int(rng.integers(1, layers + 1))
        for place in range(depth):
            least = 2 if loss == "ce" and place == depth - 1 else 1
            activation = ("", *ACTIVATIONS)[int(rng.integers(0, 1 + len(ACTIVATIONS)))]
            parts.append(f"{rng.integers(least, max(width, least) + 1)}{'.' if activation else ''}{activation}")
        found.append(f"{'-'.join(parts)}_{loss}")
    return found
