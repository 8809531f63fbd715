"""`python -m app deploy`: the files that it prints are taken by those they are for, and behind them it works."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from urllib.error import HTTPError

import pytest
import yaml
from starlette.testclient import TestClient

from app.deploy.command import run as command
from app.deploy.plan import Plan, text
from app.main import create_app
from app.serve import listen
from app.settings import ALLOWED_HOSTS, Settings
from app.web.limits import HEADERS
from tests.browser.nginx import MISSING, NGINX
from tests.soak.campus import campus, end_one, uvicorns
from tests.soak.processes import children

from .test_command_line import fetch, run

PLAN = Plan(host="", port=80, name="", root_path="", workers=2, upstream_port=9001)
PLANS = {
    "two": PLAN,
    "one": replace(PLAN, workers=1, host="127.0.0.1", port=8443),
    "prefix": replace(PLAN, workers=5, name="learn.example.org", root_path="/user/jane%40uni.example/%22%5c/8000"),
}


@pytest.fixture(params=list(PLANS.values()), ids=list(PLANS))
def plan(request: pytest.FixtureRequest) -> Plan:
    found: Plan = request.param
    return found


# --- what is printed ---------------------------------------------------------------------------------------


def test_a_file_is_printed_for_what_the_command_line_says(capsys: pytest.CaptureFixture[str]) -> None:
    said = ["--name=learn.example.org", "--port=8080", "--root-path=/backprop/", "--workers=3", "--upstream-port=9101"]
    plan = replace(PLAN, name="learn.example.org", port=8080, root_path="/backprop", workers=3, upstream_port=9101)
    result = run("deploy", "nginx", *said)
    assert (result.returncode, result.stderr, result.stdout) == (0, "", text(plan, "nginx"))
    assert len(re.findall(r"^ *server 127\.0\.0\.1:910[123] ", result.stdout, re.MULTILINE)) == 3
    for kind in ("compose", "systemd"):
        command([kind, *said])
        assert capsys.readouterr().out == text(plan, kind)


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (["nothing"], "invalid choice"),
        ([], "required: what"),
        (["nginx", "--workers=0"], "is not a number of processes from 1 to 64"),
        (["nginx", "--name=a b; evil"], "is not a host name"),
        (["nginx", "--host=0.0.0.0;"], "is not an address to listen on"),
        (["nginx", "--root-path=/x y"], "is not a path such as"),
        (["nginx", "--port=0"], "--port 0, for any free one, is for here"),
        (["nginx", "--upstream-port=65535", "--workers=2"], "there are no 2 ports from 65535 on"),
    ],
)
def test_what_cannot_be_meant_is_told_apart(said: list[str], told: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        command(said)
    assert told in capsys.readouterr().err


@pytest.mark.skipif(not NGINX, reason=MISSING)
def test_nginx_takes_its_file(plan: Plan, tmp_path: Path) -> None:
    assert NGINX
    folder = tmp_path / "a blank"
    folder.mkdir()
    file = folder / "nginx.conf"
    file.write_text(text(replace(plan, folder=folder, port=8080), "nginx"))
    result = subprocess.run([NGINX, "-t", "-p", folder, "-c", file], capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    assert "[warn]" not in result.stderr
    assert "[emerg]" not in result.stderr


def test_an_address_with_colons_stands_in_brackets_before_a_port() -> None:
    six = replace(PLAN, host="::1")
    assert yaml.safe_load(text(six, "compose"))["services"]["nginx"]["ports"] == ["[::1]:80:8080"]
    assert "listen [::1]:80 default_server" in text(six, "nginx")


def test_the_file_for_containers_holds_the_one_for_nginx(plan: Plan) -> None:
    whole = yaml.safe_load(text(plan, "compose"))
    apps = [f"app-{number}" for number in range(1, plan.workers + 1)]
    assert [*whole["services"]] == [*apps, "nginx"]
    for service in whole["services"].values():
        assert service["read_only"]
        assert service["cap_drop"] == ["ALL"]
        assert "/readyz" in " ".join(service["healthcheck"]["test"])
    inside = whole["configs"]["nginx"]["content"].replace("$$", "$")
    there = replace(plan, host="0.0.0.0", port=8080, folder=Path("/tmp"))  # noqa: S108
    named = re.sub(r"^ +resolver .*\n", "", inside, flags=re.MULTILINE)
    for number, port in enumerate(plan.ports, 1):
        named = named.replace(f"app-{number}:8000 fail_timeout=2s resolve", f"127.0.0.1:{port} fail_timeout=2s")
    assert named == text(there, "nginx")


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd-analyze is not here")
def test_systemd_takes_its_units(plan: Plan, tmp_path: Path) -> None:
    files = re.split(r"^# /etc/systemd/system/(\S+)\n", text(plan, "systemd"), flags=re.MULTILINE)[1:]
    for name, unit in zip(files[::2], files[1::2], strict=True):
        (tmp_path / name.replace("@.", "@9001.")).write_text(unit)
    units = [path for path in tmp_path.iterdir() if path.suffix in (".service", ".target")]
    assert len(units) == 2
    result = subprocess.run(["systemd-analyze", "verify", *units], capture_output=True, text=True, check=False)
    assert [line for line in result.stderr.splitlines() if str(tmp_path) in line or "backpropflow" in line] == []


def test_the_key_of_the_cache_has_all_that_an_answer_varies_by() -> None:
    site = TestClient(create_app(Settings(allowed_origins=("https://course.example.org",))), follow_redirects=False)
    varied = {
        name
        for address in ("/forward", "/api", "/api/forward", "/openapi.json", "/readyz", "/nowhere", "/forward?x=one")
        for name in re.findall(r"[^, ]+", site.get(address).headers.get("Vary", ""))
    }
    assert varied == {"Accept-Encoding", "Origin"}, "and X-Forwarded-Prefix, which is the same for all behind one nginx"
    assert "$http_host $request_uri $coding $http_origin" in text(PLAN, "nginx")


# --- behind it ---------------------------------------------------------------------------------------------


@pytest.mark.skipif(not NGINX, reason=MISSING)
def test_behind_nginx_pages_are_kept_and_a_killed_process_costs_no_answer() -> None:
    with campus("--root-path", "/backprop", "--workers", "2", "--upstream-port", "9301") as (process, address):
        page = fetch(f"{address}backward?step=2", X_Forwarded_Prefix="/evil", Accept_Encoding="br, gzip")
        assert page.headers["Content-Encoding"] == "gzip"
        assert page.headers.get_all("Content-Security-Policy") == [HEADERS["Content-Security-Policy"]]
        plain = fetch(f"{address}backward?step=2").body.decode()
        assert 'href="/backprop/' in plain
        assert "/evil" not in plain
        (style, *_) = re.findall(r'href="/backprop/(static/css/base[^"]*)"', plain)
        assert fetch(address + style).headers["Cache-Control"].endswith("immutable")
        mended = end_one(process, signal.SIGKILL)
        assert [fetch(f"{address}api/forward?x={number},1").status for number in range(30)] == [200] * 30
        mended()
        for pid in uvicorns(process):
            os.kill(pid, signal.SIGSTOP)
        for same in ("backward?step=2", style):
            assert fetch(address + same).status == 200, "from the cache: nobody else can answer"
        for pid in uvicorns(process):
            os.kill(pid, signal.SIGCONT)
        kept = children(process.pid)
        folder = next(re.findall(r" -p (\S+)", command)[0] for command in kept.values() if "nginx" in command)
    assert process.returncode == 0
    assert not Path(folder).exists()
    assert not [pid for pid in kept if Path(f"/proc/{pid}").exists()]


class Builds(BaseHTTPRequestHandler):
    """A site whose pages say which build they are of; each is fresh for a second, and good for one more."""

    builds = 0

    def do_GET(self) -> None:
        body = f"build {self.builds}".encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "public, max-age=1, stale-while-revalidate=1")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


def answers(port: int) -> bool:
    """Whether somebody takes connections there, now or in a moment."""
    time.sleep(0.02)
    with socket.socket() as caller:
        return caller.connect_ex(("127.0.0.1", port)) == 0


@contextmanager
def nginx_alone(upstream_port: int) -> Iterator[str]:
    """The address of a running nginx as `deploy` sets it up, whatever is behind it."""
    with listen("127.0.0.1", 0) as free, tempfile.TemporaryDirectory() as name:
        folder, port = Path(name), free.getsockname()[1]
        folder.chmod(0o711)  # root's nginx becomes another user
        plan = replace(PLAN, host="127.0.0.1", port=port, workers=1, upstream_port=upstream_port, folder=folder)
        (folder / "nginx.conf").write_text(text(plan, "nginx"))
        free.close()
        command = [str(NGINX), "-p", name, "-c", f"{name}/nginx.conf", "-g", "daemon off;"]
        with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
            try:
                while not answers(port):
                    assert process.poll() is None
                yield f"http://127.0.0.1:{port}/"
            finally:
                process.terminate()


@pytest.mark.skipif(not NGINX, reason=MISSING)
def test_an_old_page_is_shown_no_longer_than_it_says_and_without_a_process_a_503() -> None:
    with HTTPServer(("127.0.0.1", 0), Builds) as site, nginx_alone(site.server_port) as address:
        Thread(target=site.serve_forever, daemon=True).start()
        assert fetch(f"{address}x").body == b"build 0"
        Builds.builds = 1
        time.sleep(3.2)  # nginx counts in whole seconds
        assert fetch(f"{address}x").body == b"build 1"
        site.shutdown()
        site.server_close()
        assert fetch(f"{address}x").body == b"build 1", "from the cache: nobody else can answer"
        for asked, status, retry_after in (("y", 503, ["5"]), ("a" * 40_000, 414, None)):
            with pytest.raises(HTTPError) as refused:
                fetch(f"{address}{asked}")
            with refused.value as answer:
                assert (answer.code, answer.headers.get_all("Retry-After")) == (status, retry_after)
                assert {name: answer.headers.get_all(name) for name in HEADERS} == {
                    name: [value] for name, value in HEADERS.items()
                }


@pytest.mark.skipif(not NGINX, reason=MISSING)
def test_a_process_that_cannot_start_is_not_started_again() -> None:
    result = run("deploy", "here", "--port=0", "--workers=1", "--upstream-port=9401", **{ALLOWED_HOSTS: "a b"})
    assert (result.returncode, result.stdout) == (1, "")
    assert re.fullmatch(
        rf"BackpropFlow: {ALLOWED_HOSTS}: .*\nBackpropFlow: the process at port 94\d\d did not start\n", result.stderr
    )
