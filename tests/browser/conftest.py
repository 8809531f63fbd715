"""A live server and a watched page; a test fails when its page complained of anything, or asked anyone else."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

import pytest
from playwright.sync_api import Browser, BrowserContext

from .stage import COUNTING, FLAGS, VIEWPORT, Server, Stage, chromium, serving

Opened: TypeAlias = Callable[..., Stage]


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """pytest-playwright's own, for the Chromium of this machine."""
    return {**browser_type_launch_args, "executable_path": chromium(), "args": FLAGS}


@pytest.fixture(scope="session")
def running() -> Iterator[Server]:
    """One server for the whole run."""
    with serving() as server:
        yield server


@pytest.fixture
def server(running: Server) -> Iterator[Server]:
    """The server, in no delay but what the test asks for."""
    running.clear()
    yield running
    running.clear()


class Contexts:
    """The contexts of a run: one is given to one page at a time, then to another, without what the first left."""

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self._free: dict[str, list[BrowserContext]] = {}

    def take(self, settings: dict[str, Any]) -> BrowserContext:
        """A context of these settings, with nothing in its cache."""
        free = self._free.setdefault(repr(sorted(settings.items())), [])
        if free:
            return free.pop()
        context = self._browser.new_context(**settings)
        if settings.get("java_script_enabled", True):
            context.add_init_script(COUNTING)
        return context

    def give_back(self, settings: dict[str, Any], context: BrowserContext) -> None:
        """Let others have it."""
        self._free[repr(sorted(settings.items()))].append(context)


@pytest.fixture(scope="session")
def contexts(browser: Browser) -> Contexts:
    """One browser for the whole run, and as many contexts as pages are open at once."""
    return Contexts(browser)


@pytest.fixture
def opened(contexts: Contexts, server: Server) -> Iterator[Opened]:
    """Makes a page in a context that no other page has; keywords are Playwright's for a new context."""
    stages: list[tuple[Stage, dict[str, Any]]] = []

    def make(**options: Any) -> Stage:
        settings = {"viewport": VIEWPORT, "reduced_motion": "reduce", "locale": "en-GB", **options}
        stage = Stage(contexts.take(settings), server, scripted=settings.get("java_script_enabled", True))
        stages.append((stage, settings))
        return stage

    yield make
    for stage, settings in stages:
        foreign = stage.foreign()
        left = stage.close()
        contexts.give_back(settings, stage.context)
        assert stage.complaints == []
        assert foreign == []
        assert left == [], "cookies"


@pytest.fixture
def stage(opened: Opened) -> Stage:
    """A page at 1280 × 720, without motion."""
    return opened()


@pytest.fixture(params=[True, False], ids=["with JavaScript", "without JavaScript"])
def either(request: pytest.FixtureRequest, opened: Opened) -> Stage:
    """The same, with JavaScript and without."""
    return opened(java_script_enabled=request.param)


@pytest.fixture
def opened_on_a_phone(opened: Opened) -> Stage:
    """A page at 390 × 844, touched."""
    return opened(viewport={"width": 390, "height": 844}, device_scale_factor=2, is_mobile=True, has_touch=True)
