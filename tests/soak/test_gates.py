"""A class that comes at once, clients that mean no good, and processes that end: what the server has to bear.

Only `make soak` runs these, one at a time, in some eight minutes. SOAK=0.1 in the environment makes them a tenth as
long, which tells whether they work, not whether the server does.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.error import HTTPError

import pytest

from app.settings import ROOT, Settings
from app.web.dear import MAX_CHEAP_BYTES
from tests.browser.nginx import MISSING, NGINX
from tests.conftest import soaking
from tests.packaging.test_command_line import ENVIRONMENT, fetch, serving

from .asked import DEAREST, dear
from .campus import campus, end_one, uvicorns
from .conftest import Gates
from .load import load, loading
from .processes import memory, open_files, seconds_of_processor

pytestmark = pytest.mark.skipif(not soaking(), reason="only a soak takes the time")

HOW_LONG = float(os.environ.get("SOAK", "1"))
MB = 1_000_000
needs_nginx = pytest.mark.skipif(not NGINX, reason=MISSING)
Front = tuple[str, Callable[[], float]]
FRONTS = ["one process", pytest.param("campus", marks=needs_nginx)]


@pytest.fixture(scope="module")
def behind() -> Iterator[tuple[subprocess.Popen[str], str]]:
    """nginx and a process for each core."""
    with campus() as running:
        yield running


@pytest.fixture(params=FRONTS)
def front(request: pytest.FixtureRequest) -> Iterator[Front]:
    """Where the site is, at one process or at nginx; and the processor time that its processes have taken."""
    if request.param == "campus":
        keeper, address = request.getfixturevalue("behind")
        yield address, lambda: sum(map(seconds_of_processor, uvicorns(keeper)))
    else:
        with serving() as (process, address):
            yield address, lambda: seconds_of_processor(process.pid)


def wait_until_ready(address: str) -> None:
    for _ in range(200):
        try:
            if fetch(f"{address}readyz").status == 200:
                return
        except OSError:
            time.sleep(0.1)
    raise AssertionError("it does not get ready")


# --- how fast ----------------------------------------------------------------------------------------------


def test_two_hundred_pages_a_second_a_tenth_of_them_with_new_numbers(front: Front, gates: Gates) -> None:
    address, processor = front
    load(address, kind="pages", new=0.0, count=100, clients=2)
    many, before = int(60 * 200 * HOW_LONG), processor()
    pages = load(address, kind="pages", new=0.1, count=many, rate=200, probe=True, seed=5)
    gates.count("not answered with a page", many - pages["statuses"].get("200", 0), 0)
    gates.time("processor for each", (processor() - before) / many * 1000, 1000 / 200, "ms")
    gates.time("p99 of a page", pages["p99"], 300)
    gates.time("p99 of /healthz meanwhile", pages["health"]["p99"], 50)
    gates.judge()


def test_a_thousand_at_once_a_quarter_of_them_with_new_numbers(front: Front, gates: Gates) -> None:
    address, processor = front
    load(address, kind="pages", new=0.0, count=100, clients=2)
    before = processor()
    pages = load(address, kind="pages", new=0.25, count=1000, seed=6)
    gates.count("not answered with a page", 1000 - pages["statuses"].get("200", 0), 0)
    gates.time("processor for all", (processor() - before) * 1000, 3000, "ms")
    gates.time("p99 of a page", pages["p99"], 3000)
    gates.judge()


def test_the_dearest_requests_hold_nobody_up(gates: Gates) -> None:
    with serving() as (process, address):
        for name in DEAREST:
            load(address, kind="dear", name=name, count=2, clients=1)
            before, times = seconds_of_processor(process.pid), max(5, int(20 * HOW_LONG))
            asked = load(address, kind="dear", name=name, count=times, clients=1)
            each = (seconds_of_processor(process.pid) - before) / times * 1000
            gates.count(f"{name}: refused", times - asked["statuses"].get("200", 0), 0)
            if not is_off_the_loop(name):
                gates.time(f"{name}: processor", each, 20)
                continue
            meanwhile = load(address, kind="dear", name=name, count=times, clients=1, probe=True)["health"]
            gates.time(f"{name}: processor {each:.0f} ms, off the loop: p99 of /healthz", meanwhile["p99"], 50)
        with loading(address, kind="dear", name=DEAREST[0], count=100) as crowd:
            # from another process: the one that writes so many bodies has no time to look at a clock
            health = load(address, kind="health", count=100, rate=50)
            came = crowd.result()
        gates.count("of 100 at once neither answered nor told to wait", 100 - answered_or_told(came), 0)
        gates.time("p99 of /healthz beside 100 at once", health["p99"], 50)
    gates.judge()


def is_off_the_loop(name: str) -> bool:
    """Whether one of DEAREST waits for its turn beside the event loop, instead of holding it up."""
    head, _, body = next(dear(name, 1)).partition(b"\r\n\r\n")
    return head.startswith(b"POST /api/batch/") or len(body) > MAX_CHEAP_BYTES


def answered_or_told(crowd: dict[str, dict[str, int]]) -> int:
    """How many were answered, or refused with a word on when to come again."""
    statuses = crowd["statuses"]
    return statuses.get("200", 0) + statuses.get("503", 0) - int(str(crowd["without_retry_after"]))


# --- how much ----------------------------------------------------------------------------------------------


def test_a_hundred_thousand_requests_leave_nothing_behind(gates: Gates) -> None:
    with serving() as (process, address):
        load(address, kind="everything", count=500, clients=8)
        time.sleep(6)  # uvicorn hangs up on who is silent for 5
        memory_before, files_before = memory(process.pid), open_files(process.pid)
        many = int(100_000 * HOW_LONG)
        asked = load(address, kind="everything", count=many, clients=8)
        time.sleep(6)
        grown = memory(process.pid) - memory_before
        assert sum(asked["statuses"].values()) == many, asked["errors"]
        assert set(asked["statuses"]) == {"200", "404", "422"}
        gates.count(f"more memory after {many} requests", grown / MB, (Settings().kept_bytes + 5 * MB) / MB, "MB")
        gates.count("more open files", open_files(process.pid) - files_before, 0)
    gates.judge()


# --- who means no good -------------------------------------------------------------------------------------


SLOW = {
    "half a header": b"GET / HTTP/1.1\r\nHost: a.example\r\nX-Half: ",
    "half a body": b"POST /api/forward HTTP/1.1\r\nHost: a.example\r\nContent-Type: application/json\r\n"
    b"Content-Length: 40\r\n\r\n{",
}


@needs_nginx
def test_slow_clients_are_sent_away_and_disturb_nobody(behind: tuple[subprocess.Popen[str], str], gates: Gates) -> None:
    port = int(behind[1].split(":")[2].rstrip("/"))
    slow = {name: [socket.create_connection(("127.0.0.1", port)) for _ in range(300)] for name in SLOW}
    for name, callers in slow.items():
        for caller in callers:
            caller.sendall(SLOW[name])
    began = time.monotonic()
    beside = load(behind[1], kind="pages", new=0.0, count=200, rate=50)
    gates.count("others without a page", 200 - beside["statuses"].get("200", 0), 0)
    gates.time("p99 of others", beside["p99"], 300)
    for name, callers in slow.items():
        for caller in callers:
            with caller:
                await_end(caller, began + 20)
        gates.count(f"the last with {name} is sent away after", time.monotonic() - began, 13, "s")
    gates.judge()


def await_end(caller: socket.socket, deadline: float) -> None:
    """Until the other side hangs up, or until then."""
    came = b"."
    while came and time.monotonic() < deadline:
        caller.settimeout(max(0.001, deadline - time.monotonic()))
        try:
            came = caller.recv(4096)
        except (ConnectionResetError, TimeoutError):
            return


# --- who ends ----------------------------------------------------------------------------------------------


def test_asked_to_stop_a_process_says_so_and_answers_what_it_has_begun(gates: Gates) -> None:
    with serving("--drain", "2") as (process, address), loading(address, kind="dear", name=DEAREST[0], count=8) as many:
        time.sleep(0.1)
        process.terminate()
        began = time.monotonic()
        ready = readiness(address)
        while process.poll() is None and time.monotonic() < began + 20:
            time.sleep(0.05)
        gates.count("readiness is not 503 first", ready != 503, 0)
        gates.count("of 8 in flight without an answer", 8 - answered_or_told(many.result()), 0)
        gates.count("ended after", time.monotonic() - began, 10, "s")
        gates.count("exit status", process.returncode, 0)
    gates.judge()


def readiness(address: str) -> int:
    """The status of /readyz."""
    try:
        return fetch(f"{address}readyz").status
    except HTTPError as error:
        return error.code


@needs_nginx
def test_asked_to_stop_the_campus_answers_what_it_has_begun(gates: Gates) -> None:
    with campus("--upstream-port", "9201") as (keeper, address):
        load(address, kind="pages", new=0.0, count=20, clients=2)
        with loading(address, kind="pages", new=0.5, count=200, rate=100, seed=7) as pages:
            time.sleep(0.5)
            keeper.terminate()
            began = time.monotonic()
            keeper.wait(20)
            gates.count("ended after", time.monotonic() - began, 10, "s")
            came = pages.result()
    gates.count("cut in the middle", sum(many for error, many in came["errors"].items() if "cut" in error), 0)
    gates.count("refused while it was not stopping", max(0, 100 - came["statuses"].get("200", 0)), 0)
    gates.judge()


@needs_nginx
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM], ids=["killed", "stopped"])
def test_a_process_that_ends_behind_nginx_costs_no_answer(
    behind: tuple[subprocess.Popen[str], str], gates: Gates, how: signal.Signals
) -> None:
    keeper, address = behind
    wait_until_ready(address)
    many = max(300, int(1000 * HOW_LONG))
    with loading(address, kind="pages", new=0.5, count=many, rate=100, seed=8 + how) as pages:
        time.sleep(1)
        mended = end_one(keeper, how)
        came = pages.result()
    gates.count("answers lost", many - came["statuses"].get("200", 0), 0)
    mended()
    gates.judge()


# --- where nothing can be written --------------------------------------------------------------------------

_READ_ONLY = "mount -o remount,bind,ro / && ! touch {there} 2>/dev/null && exec {python} -m app --port {port}"


def test_it_works_on_a_disk_that_cannot_be_written_and_without_a_home(tmp_path: Path, gates: Gates) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    script = _READ_ONLY.format(there=tmp_path / "x", python=sys.executable, port=port)
    bare = {name: value for name, value in ENVIRONMENT.items() if name not in ("HOME", "TMPDIR", "XDG_CACHE_HOME")}
    alone = ["unshare", "--mount", *([] if os.geteuid() == 0 else ["--map-root-user"]), "sh", "-c"]
    if subprocess.run([*alone, "mount -o remount,bind,ro /"], capture_output=True, check=False).returncode:
        pytest.skip("this machine lets nobody make a disk read-only for one process")
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen([*alone, script], cwd=ROOT, env=bare, text=True, **pipes) as process:  # type: ignore[call-overload]
        try:
            assert "is at" in process.stdout.readline()
            for page in ("backward?step=2", "api/forward", "heads", "recall", "cost", "readyz"):
                gates.count(f"/{page} fails", fetch(f"http://127.0.0.1:{port}/{page}").status != 200, 0)
            process.terminate()
            _, said = process.communicate(timeout=10)
            assert (process.returncode, said) == (0, "")
        finally:
            process.kill()
    gates.judge()
