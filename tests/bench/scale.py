"""Times the engine's own VJPs beside explicit Jacobians, by width, as the cost page draws them.

Each time is a median of several, warm, and of a loop where one call is too short to be told from the clock. It is CPU
time: with one thread of the BLAS, as `make bench` has it, that is how long it takes on a machine with nothing else to
do. A Jacobian is built by its row's `matrix` and multiplied as vᵀJ; its series ends where the matrix would be over a
gigabyte or an eighth of the memory that is free, or where building and multiplying took two seconds.
"""

from __future__ import annotations

import datetime
import gc
import os
import platform
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import median

import numpy as np

from app.engine import OPS, Array
from app.pages.cost.measured import JacobianTime, Machine, Measured, Race, VjpTime

RACES = (("linear", "x"), ("linear", "W"), ("relu", "z"))
WIDTHS = sorted({*(2**power for power in range(4, 14)), *(3 * 2**power for power in range(3, 12))})
MOST_BYTES, MOST_SECONDS = 1_000_000_000, 2.0
TIMES, MIN_DECIMALS = 9, 2e-3  # how many times, each of them at least so many seconds


def measure() -> Measured:
    """One run, which takes well under a minute."""
    return Measured(
        date=datetime.datetime.now(datetime.UTC).date(),
        machine=_machine(),
        dtype="float64",
        races=tuple(_race(op, wrt) for op, wrt in RACES),
    )


def _race(op: str, wrt: str) -> Race:
    rule, jacobian, most = OPS[op].vjps[wrt].rule, OPS[op].vjps[wrt].jacobian, _most_bytes()
    vjps: list[VjpTime] = []
    jacobians: list[JacobianTime] = []
    for width in WIDTHS:
        if op == "linear" and 8 * width**2 > most:
            break  # even W would not do
        inputs, v = _inputs(op, width)
        _, saved = OPS[op].forward(*(inputs[slot] for slot in OPS[op].inputs))
        rows, columns = jacobian.shape({slot: array.shape for slot, array in inputs.items()})
        fits = 8 * rows * columns <= most and (not jacobians or jacobians[-1].seconds <= MOST_SECONDS)
        if not fits:
            (closed,) = _timed(partial(rule, v, saved))
        else:
            matrix = jacobian.matrix(inputs)
            closed, build, product = _timed(
                partial(rule, v, saved), partial(jacobian.matrix, inputs), partial(np.matmul, v, matrix)
            )
            jacobians.append(JacobianTime(width=width, bytes=matrix.nbytes, build=build, product=product))
        vjps.append(VjpTime(width=width, seconds=closed))
    return Race.model_validate({"op": op, "wrt": wrt, "vjp": tuple(vjps), "jacobian": tuple(jacobians)})


def _inputs(op: str, width: int) -> tuple[dict[str, Array], Array]:
    """The op's inputs for n = m = width, and v."""
    draw = np.random.default_rng(width).standard_normal
    return {slot: draw((width, width) if slot == "W" else width) for slot in OPS[op].inputs}, draw(width)


def _timed(*calls: Callable[[], object]) -> list[float]:
    """Seconds of one call of each, the median. They run in turn, so that noise of the machine hits all of them."""
    once = [min(_seconds(call, 1) for _ in range(2)) for call in calls]  # and warm
    loops = [max(1, round(MIN_DECIMALS / max(seconds, 1e-7))) for seconds in once]
    times = TIMES if max(once) < 0.05 else 5
    collecting = gc.isenabled()
    gc.disable()
    try:
        turns = [[_seconds(call, count) for call, count in zip(calls, loops, strict=True)] for _ in range(times)]
    finally:
        if collecting:
            gc.enable()
    return [float(f"{median(turn[i] for turn in turns):.4g}") for i in range(len(calls))]  # no clock knows more


def _seconds(call: Callable[[], object], loops: int) -> float:
    start = time.process_time()
    for _ in range(loops):
        call()
    return (time.process_time() - start) / loops


def _most_bytes() -> float:
    """The size of the largest array to make; building one may take a few of that size."""
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
        free = next(int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable:"))
    except (OSError, StopIteration):  # no Linux
        free = 4 * MOST_BYTES
    return min(MOST_BYTES, free / 8)


def _machine() -> Machine:
    blas = np.show_config(mode="dicts")["Build Dependencies"]["blas"]
    threads = os.environ.get("OPENBLAS_NUM_THREADS", "")
    return Machine(
        cpu=_cpu(),
        cores=os.cpu_count() or 1,
        threads=int(threads) if threads.isdecimal() else None,
        python=platform.python_version(),
        numpy=np.__version__,
        blas=f"{blas['name']} {blas['version']}",
    )


def _cpu() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        return next(line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine() or "unknown"
