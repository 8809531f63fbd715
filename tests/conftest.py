"""The site, in this process (`client`, `afresh`) and behind a real uvicorn (`live`); how much is drawn by lot (`lot`).

Of a fixed pool a run takes a sample, another each time; with --soak all of it. The pools have seeds of their own, so
what a soak has met cannot fail for being drawn; --seed=N draws a sample again.
"""

from __future__ import annotations

import random
import socket
import sys
import threading
import time
from collections.abc import Callable, Generator, Iterable, Iterator
from functools import partial
from typing import Any, TypeVar

import pytest
import uvicorn
from fastapi import FastAPI
from hypothesis import settings
from starlette.testclient import TestClient

from app.main import create_app
from app.settings import Settings

_T = TypeVar("_T")


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("lots", "what is drawn by lot")
    group.addoption("--seed", type=int, help="draw the samples of that run again")
    group.addoption("--soak", action="store_true", help="no samples: all of every pool")


def pytest_configure(config: pytest.Config) -> None:
    if config.option.seed is None:
        config.option.seed = getattr(config, "workerinput", {}).get("seed", random.SystemRandom().randrange(10**6))
    if config.option.soak:
        settings.load_profile("soak")


# The most cases of a test in the browser, where one takes seconds, and elsewhere: all is to take at most ten minutes.
IN_BROWSER, OUTSIDE = 1, 10


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """The workers of xdist have the seed of the one who starts them: they must draw the same cases."""
    node.workerinput["seed"] = node.config.option.seed


# No test fails for being slow: who knows what else the machine does. In a soak examples() gives all there are.
settings.register_profile("sample", deadline=None)
settings.register_profile("soak", deadline=None, max_examples=400)
settings.load_profile("sample")


def soaking() -> bool:
    """Whether all of every pool is wanted, where a test module is read."""
    return settings.get_current_profile_name() == "soak"


def examples(few: int, many: int) -> int:
    """How many examples of Hypothesis a dear test takes: few, in a soak many."""
    return many if soaking() else few


def _how(config: pytest.Config) -> str:
    return "--soak" if config.option.soak else f"--seed={config.option.seed}"


def pytest_report_header(config: pytest.Config) -> str:
    return f"samples: {_how(config)}"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.failed and "lot" in getattr(item, "fixturenames", ()):
        report.sections.append(("drawn by lot", f"the same sample again: {_how(item.config)}"))
    return report


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Of the cases of a test that is marked `sampled(2, "network")`, two for each network; of any other as many as are
    enough there; in a soak all."""
    cases: dict[str, list[pytest.Function]] = {}
    for item in items:
        if isinstance(item, pytest.Function):
            cases.setdefault(item.nodeid.partition("[")[0], []).append(item)
    left: set[pytest.Item] = set()
    for name, every in cases.items():
        marker = every[0].get_closest_marker("sampled")
        count, *kinds = marker.args if marker else (enough(name),)
        lot = Lot(f"{config.option.seed} {name}", soak=config.option.soak)
        left |= {*every}.difference(lot.some(every, count, of_each=partial(kind_of, kinds)))
    items[:] = [item for item in items if item not in left]
    config.hook.pytest_deselected(items=list(left))


def enough(test: str) -> int:
    """How many cases of a test are drawn where it does not say so itself: all of those about every file of the project,
    which are cheap; of others so many that each comes up within a few runs."""
    folder = test.split("/")[1:-1]
    if not folder:
        return sys.maxsize
    return IN_BROWSER if folder[0] == "browser" else OUTSIDE


def kind_of(names: list[str], case: pytest.Function) -> tuple[object, ...]:
    """The values of those parameters."""
    return tuple(case.callspec.params[name] for name in names)


class Lot(random.Random):
    """Chance for one test: the same for the same seed, whatever else is run."""

    def __init__(self, seed: str, *, soak: bool) -> None:
        super().__init__(seed)
        self.soak = soak

    def some(self, pool: Iterable[_T], count: int, *, of_each: Callable[[_T], object] | None = None) -> list[_T]:
        """`count` of the pool, in its order, or all of it in a soak; with `of_each`, so many of every kind it tells."""
        everything = list(pool)
        if self.soak:
            return everything
        kinds: dict[object, list[int]] = {}
        for place, one in enumerate(everything):
            kinds.setdefault(of_each(one) if of_each else None, []).append(place)
        drawn = [place for places in kinds.values() for place in self.sample(places, min(count, len(places)))]
        return [everything[place] for place in sorted(drawn)]


@pytest.fixture
def lot(request: pytest.FixtureRequest) -> Lot:
    """What this test draws its samples with."""
    options = request.config.option
    return Lot(f"{options.seed} {request.node.nodeid}", soak=options.soak)


@pytest.fixture(scope="session")
def app() -> FastAPI:
    """The site with the default settings, whatever the environment says."""
    return create_app(Settings())


@pytest.fixture(scope="session")
def client(app: FastAPI) -> Iterator[TestClient]:
    """A client that follows no redirect; an exception that escapes the app fails the test."""
    yield from asking(app)


@pytest.fixture(scope="session")
def afresh() -> Iterator[TestClient]:
    """The same client of a site that keeps no answer, so that each is made when it is asked for."""
    yield from asking(create_app(Settings(kept_bytes=0)))


def asking(app: FastAPI) -> Iterator[TestClient]:
    """A client with one event loop for all that it asks: a loop for each question costs more than many an answer."""
    with TestClient(app, follow_redirects=False) as client:
        yield client


@pytest.fixture(scope="session")
def live(app: FastAPI) -> Iterator[str]:
    """The address of a running server, without a slash at its end."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        server = uvicorn.Server(uvicorn.Config(app, log_level="critical", ws="none", server_header=False))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        deadline = time.monotonic() + 20
        while not server.started:
            assert thread.is_alive(), "uvicorn did not start"
            assert time.monotonic() < deadline, "uvicorn did not start"
            time.sleep(0.01)
        yield f"http://127.0.0.1:{port}"
        server.should_exit = True
        thread.join(20)
