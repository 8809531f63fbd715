"""What is asked of the server in a soak: pages of a lecture, pages with numbers of one's own, and all the rest."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator

# A walk as a lecturer links it; `{}` is where numbers go.
_WALK = [
    f"/{direction}?step={step}{{}}" for direction, last in (("forward", 3), ("backward", 6)) for step in range(last)
]
_PAGES = [*_WALK, "/forward?{}", "/backward?{}", "/backward?step=4&ask=W.2.1{}", "/backward?step=3&show=jacobian{}"]


def _get(address: str) -> bytes:
    return f"GET {address} HTTP/1.1\r\nHost: soak.example\r\nAccept-Encoding: gzip\r\n\r\n".encode()


def post(address: str, body: bytes) -> bytes:
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
            yield post(
                "/api/grade", json.dumps({"gradients": {"z": [chance.uniform(-1, 1) for _ in range(3)]}}).encode()
            )
        else:
            yield _get(f"/api/{chance.choice(('forward', 'backward'))}?{numbers}")


def dearest() -> dict[str, bytes]:
    """The requests that cost most of those that are answered, by what they are."""
    chance = random.Random(3)

    def matrix(rows: int, columns: int) -> list[list[float]]:
        return [[chance.uniform(-1, 1) for _ in range(columns)] for _ in range(rows)]

    def sized(m: int, n: int) -> dict[str, object]:
        return {"W": matrix(m, n), "x": matrix(1, n)[0], "b": matrix(1, m)[0], "y": matrix(1, m)[0]}

    def two_layers() -> dict[str, object]:
        x, W, b, U, c = matrix(1, 2)[0], matrix(3, 2), matrix(1, 3)[0], matrix(2, 3), matrix(1, 2)[0]
        return {"x": x, "W": W, "b": b, "U": U, "c": c, "y": [0.5, 0.5]}

    def sent(address: str, body: object) -> bytes:
        return post(address, json.dumps(body).encode())

    return {
        "1000 sets, two layers": sent(
            "/api/batch/backward",
            {"network": "two-layer", "sets": [two_layers() for _ in range(1000)]},
        ),
        "10 sets of 64 × 64": sent("/api/batch/backward", {"sets": [sized(64, 64) for _ in range(10)]}),
        "64 × 64": sent("/api/backward", {"values": sized(64, 64)}),
        "64 × 12, graded": sent(
            "/api/grade", {"values": sized(64, 12), "gradients": {"z": matrix(1, 64)[0], "W": matrix(64, 12)}}
        ),
        "9 × 17, checked": sent("/api/check", {"values": sized(9, 17)}),
        "a page with all open": _get(
            "/backward?network=two-layer&step=8&show=check&ask=W.3.2&eps=0.01&x=0.123456789012345,-2.3456789012345"
        ),
    }
