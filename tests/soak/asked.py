"""What is asked of the server in a soak: pages of a lecture, pages with numbers of one's own, and all the rest."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator

# A walk as a lecturer links it; `{}` is where numbers go.
_WALK = [
    f"/{direction}?step={step}{{}}" for direction, last in (("forward", 3), ("backward", 6)) for step in range(last)
]
_PAGES = [*_WALK, "/forward?{}", "/backward?{}", "/backward?step=4&ask=W.2.1{}", "/backward?step=3&show=jacobian{}"]


def _get(address: str) -> bytes:
    return f"GET {address} HTTP/1.1\r\nHost: soak.example\r\nAccept-Encoding: gzip\r\n\r\n".encode()


def _post(address: str, body: bytes) -> bytes:
    """A POST of JSON."""
    head = f"POST {address} HTTP/1.1\r\nHost: soak.example\r\nContent-Type: application/json\r\n"
    return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body


def _numbers(chance: random.Random) -> str:
    return f"x={chance.uniform(-9, 9):.6f},{chance.uniform(-9, 9):.6f}"


def pages(count: int, *, new: float, prefix: str = "", seed: int = 1) -> Iterator[bytes]:
    """So many pages, of which the share `new` has numbers of its own; the others are always the same few."""
    chance = random.Random(seed)
    for _ in range(count):
        numbers = f"&{_numbers(chance)}" if chance.random() < new else ""
        yield _get(prefix + chance.choice(_PAGES).format(numbers))


def everything(count: int, seed: int = 2) -> Iterator[bytes]:
    """So many requests, hardly one like another: of a hundred five pages, four refusals, three bodies, and JSON."""
    chance = random.Random(seed)
    whole = list(range(100))
    for place in range(count):
        if place % 100 == 0:
            chance.shuffle(whole)
        kind, numbers = whole[place % 100], _numbers(chance)
        if kind < 5:
            yield _get(chance.choice(_PAGES).format(f"&{numbers}"))
        elif kind < 7:
            yield _get(f"/forward?{numbers},{numbers}")
        elif kind < 9:
            yield _get(f"/nowhere/{numbers}")
        elif kind < 12:
            yield _post(
                "/api/grade", json.dumps({"gradients": {"z": [chance.uniform(-1, 1) for _ in range(3)]}}).encode()
            )
        else:
            yield _get(f"/api/{chance.choice(('forward', 'backward'))}?{numbers}")


def _matrix(chance: random.Random, rows: int, columns: int) -> list[list[float]]:
    return [[chance.uniform(-1, 1) for _ in range(columns)] for _ in range(rows)]


def _sized(chance: random.Random, m: int, n: int) -> dict[str, object]:
    """Numbers for relu-mse with a W of m × n."""
    (x,), (b,), (y,) = _matrix(chance, 1, n), _matrix(chance, 1, m), _matrix(chance, 1, m)
    return {"W": _matrix(chance, m, n), "x": x, "b": b, "y": y}


def _two_layers(chance: random.Random) -> dict[str, object]:
    (x,), (b,), (c,) = _matrix(chance, 1, 2), _matrix(chance, 1, 3), _matrix(chance, 1, 2)
    return {"x": x, "W": _matrix(chance, 3, 2), "b": b, "U": _matrix(chance, 2, 3), "c": c, "y": [0.5, 0.5]}


def _graded(chance: random.Random) -> dict[str, object]:
    gradients = {"z": _matrix(chance, 1, 64)[0], "W": _matrix(chance, 64, 12)}
    return {"values": _sized(chance, 64, 12), "gradients": gradients}


# The bodies that cost most of those that are answered, by what they are.
_BODIES: dict[str, tuple[str, Callable[[random.Random], object]]] = {
    "1000 sets of two layers": (
        "/api/batch/backward",
        lambda chance: {"network": "two-layer", "sets": [_two_layers(chance) for _ in range(1000)]},
    ),
    "10 sets of 64 × 64": ("/api/batch/backward", lambda chance: {"sets": [_sized(chance, 64, 64) for _ in range(10)]}),
    "64 × 64": ("/api/backward", lambda chance: {"values": _sized(chance, 64, 64)}),
    "64 × 12, graded": ("/api/grade", _graded),
    "9 × 17, checked": ("/api/check", lambda chance: {"values": _sized(chance, 9, 17)}),
}
_OPEN = "/backward?network=two-layer&step=8&show=check&ask=W.3.2&eps=0.01&"
DEAREST = (*_BODIES, "a page with all open")


def dear(name: str, count: int) -> Iterator[bytes]:
    """So many of those of DEAREST, no two alike."""
    chance = random.Random(3)
    for _ in range(count):
        if name in _BODIES:
            address, body = _BODIES[name]
            yield _post(address, json.dumps(body(chance)).encode())
        else:
            yield _get(_OPEN + _numbers(chance))
