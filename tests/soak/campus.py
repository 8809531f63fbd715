"""nginx and a process for each core, as `make serve-campus` starts them."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from app.settings import ROOT
from tests.packaging.test_command_line import ENVIRONMENT

from .processes import children


@contextmanager
def campus(*arguments: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """All of it, on a free port; give the process that keeps it and the address that it printed."""
    command = [sys.executable, "-m", "app", "deploy", "here", "--port", "0", *arguments]
    with subprocess.Popen(command, cwd=ROOT, env=ENVIRONMENT, text=True, stdout=subprocess.PIPE) as process:
        try:
            assert process.stdout
            found = re.search(r"http://127\.0\.0\.1:\d+/\S*", process.stdout.readline())
            assert found, "it did not start"
            yield process, found[0]
        finally:
            for _ in range(2):  # the second one is for haste
                process.send_signal(signal.SIGTERM)
                time.sleep(0.1)
            process.wait(12)


def uvicorns(keeper: subprocess.Popen[str]) -> set[int]:
    """The processes behind nginx that run at this moment."""
    return {pid for pid, command in children(keeper.pid).items() if "-m app" in command}


def end_one(keeper: subprocess.Popen[str], how: signal.Signals) -> Callable[[], None]:
    """Send one of them a signal; what is given waits until another stands in its place."""
    before = uvicorns(keeper)
    ended = min(before)
    os.kill(ended, how)

    def mended() -> None:
        deadline = time.monotonic() + 30
        while ended in (now := uvicorns(keeper)) or len(now) < len(before):
            assert time.monotonic() < deadline, "nobody has taken its place"
            time.sleep(0.1)

    return mended
