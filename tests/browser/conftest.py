"""A live server and a watched page; a test fails when its page complained of anything, or asked anyone else."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from typing import Any, TypeAlias

import pytest
from playwright.sync_api import Browser, Page

from .stage import FLAGS, PHONE, VIEWPORT, Server, Stage, chromium, new_page, serving

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


class Pages:
    """The pages of a run, each in a context of its own. A test has a page to itself, and leaves nothing there.

    A new context costs more than a second of a core, most of it for the process that draws; a new address, a fourth.
    """

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self._free: dict[str, list[Page]] = {}

    def take(self, settings: dict[str, Any]) -> Page:
        """A page in a context of these settings, with nothing in its cache and nowhere to go back to."""
        free = self._free.get(repr(sorted(settings.items())))
        if free:
            return free.pop()
        return new_page(self._browser, **settings)

    def give_back(self, settings: dict[str, Any], page: Page) -> None:
        """Let others have it, as it was."""
        for other in page.context.pages:
            if other is not page:
                other.close()
        page.context.set_offline(False)
        page.unroute_all()
        page.emulate_media(media="screen", color_scheme=settings.get("color_scheme", "light"))
        if page.viewport_size != settings["viewport"]:
            page.set_viewport_size(settings["viewport"])
        self._free.setdefault(repr(sorted(settings.items())), []).append(page)


@pytest.fixture(scope="session")
def pages(browser: Browser) -> Pages:
    """One browser for the whole run."""
    return Pages(browser)


_FAILED = pytest.StashKey[bool]()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    item.stash[_FAILED] = report.failed or item.stash.get(_FAILED, False)
    return report


@pytest.fixture
def opened(request: pytest.FixtureRequest, pages: Pages, server: Server) -> Iterator[Opened]:
    """Makes a page in a context that no other page has; keywords are Playwright's for a new context."""
    stages: list[tuple[Stage, dict[str, Any]]] = []

    def make(**options: Any) -> Stage:
        settings = {"viewport": VIEWPORT, "reduced_motion": "reduce", "locale": "en-GB", **options}
        stage = Stage(pages.take(settings), server, scripted=settings.get("java_script_enabled", True))
        stages.append((stage, settings))
        return stage

    yield make
    for stage, settings in stages:
        left = stage.leave()
        if request.node.stash[_FAILED] or left or stage.complaints or stage.timed:
            stage.context.close()  # who knows what is held down there, and a clock stays what it was made
        else:
            pages.give_back(settings, stage.page)
        assert stage.complaints == []
        assert left == {}


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
    return opened(viewport=PHONE, device_scale_factor=2, is_mobile=True, has_touch=True)
