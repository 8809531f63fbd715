"""Gates: each figure beside its bound, told when all are through; and whether the machine was calm enough to judge."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from app.settings import ROOT

from .load import load
from .processes import seconds_of_all, seconds_of_this_run

# The machine is busy where nine of ten bare answers take longer than this, in ms (half of one, where it is calm), or
# where others take more than this share of its processors.
BUSY, OTHERS = 8.0, 0.15
_lines = pytest.StashKey[list[str]]()


def pytest_configure(config: pytest.Config) -> None:
    config.stash[_lines] = []


@pytest.fixture(scope="session")
def bare() -> Iterator[str]:
    """The address of a server that does nothing."""
    command = [sys.executable, "-m", "tests.soak.bare"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        yield process.stdout.readline().strip()
        process.kill()


class Gates:
    """The figures of one test. A time may be over its bound where the machine had others to serve, too."""

    def __init__(self, name: str, lines: list[str], bare: str) -> None:
        self._name = name
        self._lines = lines
        self._bare = bare
        self._over: list[str] = []
        self._late: list[str] = []
        self._slow = self._bare_answer()
        self._began, self._all, self._ours = time.monotonic(), seconds_of_all(), seconds_of_this_run()

    def _bare_answer(self) -> float:
        """ms that nine of ten answers of the bare server take."""
        return float(load(self._bare, kind="health", count=200, rate=200)["p90"])

    def count(self, what: str, figure: float, bound: float, unit: str = "") -> None:
        """What is no matter of time has to hold on any machine."""
        self._tell(what, figure, bound, unit, self._over)

    def time(self, what: str, figure: float, bound: float, unit: str = "ms") -> None:
        """What a busy machine makes slow."""
        self._tell(what, figure, bound, unit, self._late)

    def _tell(self, what: str, figure: float, bound: float, unit: str, wrong: list[str]) -> None:
        line = f"{self._name}: {what} {figure:.1f}".removesuffix(".0") + f" {unit}".rstrip() + f" (at most {bound:g})"
        self._lines.append(f"{line}{'  OVER' if figure > bound else ''}")
        if figure > bound:
            wrong.append(line)

    def judge(self) -> None:
        """Fail where a figure is over its bound; skip where it is a time and the machine is busy."""
        others = seconds_of_all() - self._all - (seconds_of_this_run() - self._ours)
        share = others / (time.monotonic() - self._began) / (os.cpu_count() or 1)
        slow = max(self._slow, self._bare_answer())
        assert not self._over
        found = f"a bare answer takes {slow:.1f} ms, and others have {share:.0%} of the processors"
        if self._late and (slow > BUSY or share > OTHERS):
            self._lines.append(f"{self._name}: busy: {found}")
            pytest.skip(f"busy: {found}")
        assert not self._late, found


@pytest.fixture
def gates(request: pytest.FixtureRequest, bare: str) -> Gates:
    """Where a test puts its figures."""
    name = request.node.name.removeprefix("test_").replace("_", " ")
    return Gates(name, request.config.stash[_lines], bare)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    lines = terminalreporter.config.stash[_lines]
    if lines:
        terminalreporter.section("gates")
        for line in lines:
            terminalreporter.write_line(line)
