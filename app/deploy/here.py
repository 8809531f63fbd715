"""The deployment on this machine: nginx and a process for each core, started again where one dies, stopped together."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import ProxyHandler, build_opener

from app.serve import listen
from app.settings import ALLOWED_HOSTS, ROOT, SetupError

from .plan import Plan, text

DRAIN = 2  # seconds in which /readyz says 503 and all is still answered
PATIENCE = 9  # seconds after which a stop is no longer asked for, but made
START = 30  # seconds that a process may take until it answers
_UNPACKED = ROOT / ".venv" / "nginx" / "usr" / "sbin"  # where make puts Debian's, unless one is installed


def find_nginx() -> str | None:
    """The nginx of this machine, or the one that make has unpacked."""
    return shutil.which("nginx", path=os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", str(_UNPACKED)]))


class Program:
    """A program that is to run for as long as all of it runs."""

    def __init__(self, name: str, command: list[str], environment: dict[str, str], address: str) -> None:
        self.name = name
        self.address = address
        self._command = command
        self._environment = environment
        self.start()

    def start(self) -> None:
        """Run it, out of the reach of Ctrl+C: what is stopped first is decided in one place."""
        self.began = time.monotonic()
        self.process = subprocess.Popen(
            self._command, cwd=ROOT, env=self._environment, stdout=subprocess.DEVNULL, start_new_session=True
        )

    def await_answer(self) -> None:
        """Wait until it answers; raises SetupError where it ends instead, having said why."""
        opener = build_opener(ProxyHandler({}))  # the proxy of this machine is for other questions
        while self.process.poll() is None and time.monotonic() < self.began + START:
            try:
                opener.open(f"{self.address}healthz", timeout=START).close()
            except HTTPError as error:
                if error.code < 500:  # as for a host name that is not the one to answer for
                    return
            except OSError:
                pass
            else:
                return
            time.sleep(0.05)
        raise SetupError(f"{self.name} did not start")

    def mend(self) -> None:
        """Start it again if it has died; one that dies at once, after a second."""
        status = self.process.poll()
        if status is not None and time.monotonic() > self.began + 1:
            print(
                f"BackpropFlow: {self.name} ended (status {status}) and is started again", file=sys.stderr, flush=True
            )
            self.start()


def serve(plan: Plan) -> None:
    """Run all of it until Ctrl+C, SIGTERM or the end of the terminal; raises SetupError."""
    nginx = find_nginx()
    if nginx is None:
        raise SetupError("nginx is not found; install it: apt-get install nginx")
    with listen(plan.host, plan.port, "serve-campus") as free:
        plan = replace(plan, port=free.getsockname()[1], upstream_port=_free_ports(plan.upstream_port, plan.workers))
    asked = _asked_to_stop()
    programs: list[Program] = []
    with tempfile.TemporaryDirectory(prefix="backpropflow-") as folder:
        Path(folder).chmod(0o711)  # root's nginx becomes another user, who has folders of its own in it
        configuration = Path(folder) / "nginx.conf"
        configuration.write_text(text(replace(plan, folder=Path(folder)), "nginx"), encoding="utf-8")
        try:
            programs += [_worker(plan, port) for port in plan.ports]
            for worker in programs:
                worker.await_answer()
            address = f"http://{plan.in_brackets}:{plan.port}{plan.root_path}/"
            command = [nginx, "-p", folder, "-c", str(configuration), "-g", "daemon off;"]
            programs.append(Program("nginx", command, dict(os.environ), address))
            programs[-1].await_answer()
            print(f"BackpropFlow is at {address} (nginx and {plan.workers} × uvicorn; Ctrl+C stops them)", flush=True)
            while not asked:
                for one in programs:
                    one.mend()
                time.sleep(0.1)
        finally:
            _stop(programs, asked)


def _worker(plan: Plan, port: int) -> Program:
    command = [sys.executable, "-m", "app", "--port", str(port), "--proxy-headers", "--drain", str(DRAIN)]
    named = {ALLOWED_HOSTS: plan.name} if plan.name else {}
    environment = {"OPENBLAS_NUM_THREADS": "1", **os.environ, **named}
    return Program(f"the process at port {port}", command, environment, f"http://127.0.0.1:{port}/")


def _free_ports(first: int, count: int) -> int:
    """The first of so many ports in a row that nobody has, from `first` on."""
    start = port = first
    while port < start + count:
        if port > 65535:
            raise SetupError(f"there are no {count} free ports in a row from {first} on; try --upstream-port 9101")
        try:
            listen("127.0.0.1", port).close()
        except SetupError:
            start = port + 1
        port += 1
    return start


def _asked_to_stop() -> list[int]:
    """The signals to stop that have come, which are none yet; from now on they only go in there."""
    asked: list[int] = []
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda came, _: asked.append(came))
    return asked


def _stop(programs: list[Program], asked: list[int]) -> None:
    """Readiness turns 503 while all is answered, then nginx takes nothing new, then all end; a second signal hurries
    them."""
    began, hurried = time.monotonic(), len(asked) + 1
    waiting = [(0.0 if one.name != "nginx" else DRAIN / 2, one) for one in programs]
    while any(one.process.poll() is None for one in programs):
        passed = time.monotonic() - began
        for due, one in waiting:
            if passed >= due:
                one.process.send_signal(signal.SIGQUIT if one.name == "nginx" else signal.SIGTERM)
        waiting = [(due, one) for due, one in waiting if passed < due]
        if passed > PATIENCE or len(asked) >= hurried:
            for one in programs:
                one.process.kill()
        time.sleep(0.05)
