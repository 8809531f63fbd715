"""What layers cost: the figures everyone quotes, by hand, and laws that hold for every shape."""

from __future__ import annotations

import random
from math import sqrt

import numpy as np
import pytest

from app.engine import OPS
from app.engine.cost import DTYPES, Checkpoints, JacobianCost, checkpoints, layer_cost


def shapes() -> list[tuple[int, int]]:
    lot = random.Random(4)
    return [(1, 1), (1, 65536), (65536, 1), *((lot.randint(1, 65536), lot.randint(1, 65536)) for _ in range(200))]


def jacobian(n: int, m: int, wrt: str) -> JacobianCost:
    (found,) = (one for one in layer_cost(n, m).jacobians if one.wrt == wrt)
    return found


def test_the_layer_of_4096_by_hand() -> None:
    one = layer_cost(4096, 4096)
    assert (one.forward, one.backward, one.step) == (16_777_216, 33_554_432, 50_331_648)
    assert (one.relu_forward, one.relu_backward) == (4096, 4096)
    assert one.parameters == 16_777_216 + 4096
    assert one.saved == 8192
    entries = {found.wrt: (found.of, found.shape, found.entries, found.nonzero) for found in one.jacobians}
    assert entries == {
        "W": ("z", (4096, 16_777_216), 68_719_476_736, 16_777_216),
        "x": ("z", (4096, 4096), 16_777_216, 16_777_216),
        "b": ("z", (4096, 4096), 16_777_216, 4096),
        "z": ("h", (4096, 4096), 16_777_216, 4096),
    }


def test_a_layer_that_is_not_square_by_hand() -> None:
    one = layer_cost(2, 3)
    assert (one.forward, one.backward, one.step, one.parameters, one.saved) == (6, 12, 18, 9, 5)
    assert jacobian(2, 3, "W").shape == (3, 6)
    assert jacobian(2, 3, "x").shape == (3, 2)
    # vᵀJ with each of them: 18 + 6 + 9
    assert one.by_jacobians == 33


def test_backward_is_twice_forward_and_a_step_three_times() -> None:
    for n, m in shapes():
        one = layer_cost(n, m)
        assert one.forward == n * m
        assert one.backward == 2 * one.forward
        assert one.step == 3 * one.forward


def test_the_vjps_never_cost_more_than_the_jacobians() -> None:
    for n, m in shapes():
        one = layer_cost(n, m)
        assert one.backward <= one.by_jacobians
        assert all(found.vjp <= found.product == found.entries for found in one.jacobians)


@pytest.mark.parametrize(("n", "m"), [(1, 1), (1, 4), (5, 1), (2, 3), (7, 4)])
def test_entries_and_those_that_are_not_0_are_those_of_the_matrices_that_the_rows_build(n: int, m: int) -> None:
    """Where no number is 0 by chance and all units are active."""
    draw = np.random.default_rng(n * m).uniform
    inputs = {"W": draw(1, 2, (m, n)), "x": draw(1, 2, n), "b": draw(1, 2, m), "z": draw(1, 2, m)}
    for found in layer_cost(n, m).jacobians:
        matrix = OPS[found.op].vjps[found.wrt].jacobian.matrix(inputs)
        assert matrix.shape == found.shape
        assert matrix.size == found.entries
        assert np.count_nonzero(matrix) == found.nonzero


@pytest.mark.parametrize(("n", "m"), [(1, 1), (2, 3), (7, 4)])
def test_what_is_saved_is_what_the_ops_hand_on_but_for_the_parameters(n: int, m: int) -> None:
    W, x, b = np.ones((m, n)), np.ones(n), np.ones(m)
    z, of_linear = OPS["linear"].forward(W, x, b)
    _, of_relu = OPS["relu"].forward(z)
    saved = [array for array in (*of_linear.values(), *of_relu.values()) if array is not W and array is not b]
    assert layer_cost(n, m).saved == sum(array.size for array in saved)


def most_saved(n: int, m: int, layers: int, length: int) -> int:
    """Walk the segments from the last to the first, and count what is held while each is run backward."""
    starts = list(range(0, layers, length))
    held = []
    for place, start in reversed(list(enumerate(starts))):
        inside = min(length, layers - start)
        held.append(place * n + inside * (n + m))  # the x of the segments before; then every x and z of this one
    return max(held)


def square(width: int, layers: int) -> Checkpoints:
    found = checkpoints(width, width, layers)
    assert found is not None
    return found


@pytest.mark.parametrize("layers", [2, 3, 4, 5, 7, 16, 17, 32, 99, 1000])
def test_checkpoints_save_what_a_walk_over_the_segments_counts(layers: int) -> None:
    for n in (1, 4, 9):
        found, m = square(n, layers), n
        walked = most_saved(n, m, layers, found.length)
        # equal where the last segment is a whole one; else the formula is on the safe side, by less than one segment
        assert walked <= found.saved < walked + found.length * (n + m)
        if layers % found.length == 0:
            assert walked == found.saved
        assert found.saved < layers * layer_cost(n, m).saved, "there is something to trade"
        assert found.step == 4 * n * m * layers


def test_32_layers_fall_into_6_segments() -> None:
    found = square(4096, 32)
    assert (found.segments, found.length) == (6, 6)
    assert found.saved == 5 * 4096 + 6 * 8192


def test_segments_are_the_root_of_the_layers_rounded_up_and_none_is_empty() -> None:
    for layers in range(2, 1001):
        found = square(1, layers)
        assert sqrt(layers) <= found.segments < sqrt(layers) + 1
        assert (found.segments - 1) * found.length < layers <= found.segments * found.length


def test_there_is_nothing_to_trade_with_one_layer_or_with_layers_that_cannot_follow_each_other() -> None:
    assert checkpoints(4, 4, 1) is checkpoints(3, 8, 1) is None
    assert checkpoints(3, 8, 2) is checkpoints(64, 256, 32) is None


def test_the_bytes_of_a_number_are_numpys() -> None:
    for name, size in DTYPES.items():
        if name != "bfloat16":  # which NumPy does not know: a float32 without its last two bytes
            assert np.dtype(name).itemsize == size
    assert DTYPES["bfloat16"] == DTYPES["float32"] - 2
