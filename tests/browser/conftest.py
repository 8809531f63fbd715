"""A live server and a watched page; a test fails when its page complained of anything, or asked anyone else."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

import pytest
from playwright.sync_api import Browser

from .stage import FLAGS, VIEWPORT, Server, Stage, chromium, serving

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


@pytest.fixture
def opened(browser: Browser, server: Server) -> Iterator[Opened]:
    """Makes a page in a context of its own; keywords are Playwright's for a new context."""
    stages: list[Stage] = []

    def make(**options: Any) -> Stage:
        settings = {"viewport": VIEWPORT, "reduced_motion": "reduce", "locale": "en-GB", **options}
        scripted = settings.get("java_script_enabled", True)
        stage = Stage(browser.new_context(**settings), server, scripted=scripted)
        stages.append(stage)
        return stage

    yield make
    for stage in stages:
        foreign = stage.foreign()
        stage.context.close()
        assert stage.complaints == []
        assert foreign == []


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
