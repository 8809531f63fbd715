"""Benchmarks compare two things in one run and leave a row each, printed as one table when all are through."""

from __future__ import annotations

import gc
from collections.abc import Generator, Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright

from app.serve import settle
from tests.browser.stage import FLAGS, Server, chromium, serving

from .table import Row, Tell, lines

_told = pytest.StashKey[list[Row]]()


def pytest_configure(config: pytest.Config) -> None:
    config.stash[_told] = []


@pytest.fixture
def tell(request: pytest.FixtureRequest) -> Tell:
    """Add a row to the table that is printed at the end, and have its bound judged when the test is through.

        tell(Row("both passes", ours, "straight NumPy", theirs, Bound(most=3)))                     # ratio ≤ 3 ×
        tell(Row("a page", ours, "a page that says hello", theirs, Bound(most=0.02, of="measured")))     # ≤ 20 ms
        tell(Row("pages", 900, "bare answers", 2000, Bound(least=1 / 3), "/s", slow=500))  # busy below 500 bare ones
        tell(Row("first visit", size, bound=Bound(most=100e3, of="measured"), unit="B"))            # beside nothing

    A test with a row whose bound was not held fails, once all of its rows are told; one with a row on which the
    machine was too busy to tell is skipped. So a test measures, tells, and asserts nothing of what it has told.
    """
    return request.config.stash[_told].append


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> Generator[None, object, object]:
    told = pyfuncitem.config.stash[_told]
    before = len(told)
    result = yield
    rows = told[before:]
    if failed := [row for row in rows if row.failed]:
        pytest.fail("\n".join(lines(failed)), pytrace=False)
    if any(row.held == "busy" for row in rows):
        pytest.skip("this machine is busy: what it is measured beside is itself slow")
    return result


@pytest.fixture
def settled() -> Iterator[None]:
    """The garbage collector as the server leaves it once it has started."""
    before = gc.get_threshold()
    settle()
    yield
    gc.set_threshold(*before)
    gc.unfreeze()


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with serving() as running:
        yield running


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Closed, Playwright included, before other tests want an event loop of their own."""
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        yield opened
        opened.close()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    told = terminalreporter.config.stash[_told]
    if told:
        terminalreporter.section("measured")
        for line in lines(told):
            terminalreporter.write_line(line)
