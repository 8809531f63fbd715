"""`python -m app` as a person or a supervisor meets it: in a process of its own."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import Message
from typing import NamedTuple
from urllib.request import ProxyHandler, Request, build_opener

import pytest

from app.serve import parse
from app.settings import ALLOWED_HOSTS, ALLOWED_ORIGINS, ROOT, ROOT_PATH, Settings, SetupError

ENVIRONMENT = {name: value for name, value in os.environ.items() if not name.startswith("BACKPROPFLOW_")}


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "app", *arguments],
        cwd=ROOT,
        env=ENVIRONMENT | environment,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


@contextmanager
def serving(*arguments: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Start the server on a free port; give the process and the address it printed."""
    process = subprocess.Popen(
        [sys.executable, "-m", "app", "--port", "0", *arguments],
        cwd=ROOT,
        env=ENVIRONMENT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with process:
        try:
            assert process.stdout
            line = process.stdout.readline()
            found = re.search(r"http://127\.0\.0\.1:\d+/\S*", line)
            if not found:
                process.kill()
                pytest.fail(f"it printed {line!r} and said {process.communicate()[1]!r}")
            yield process, found[0]
        finally:
            process.kill()


class Fetched(NamedTuple):
    """What came back from an address."""

    status: int
    headers: Message
    body: bytes


def fetch(address: str, **headers: str) -> Fetched:
    """The answer to a GET; one that is an error is raised."""
    asked = Request(address, headers={name.replace("_", "-"): value for name, value in headers.items()})
    with build_opener(ProxyHandler({})).open(asked, timeout=10) as answer:
        return Fetched(answer.status, answer.headers, answer.read())


def get(address: str) -> int:
    return fetch(address).status


# Where the addresses of a network's page lie: the pages, the API, and the boards of the chapter.
FOLDERS = {"", "/api", "/chapter"}


def links(address: str, **headers: str) -> set[str]:
    """What every address of a page begins with, up to its last name."""
    page = fetch(address, **headers).body.decode()
    return {*re.findall(r'(?:href|src|action)="(/[^"?#]*?)/?(?:static/[^"]*|[a-z0-9.]*)"', page)}


# --- what goes wrong ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("backlog", [None, 1], ids=["bound", "listening"])
def test_a_taken_port_is_one_line_and_exit_1(backlog: int | None) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        if backlog:
            other.listen(backlog)
        port = other.getsockname()[1]
        result = run("--port", str(port))
    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr.count("\n") == 1
    assert f"port {port} on 127.0.0.1 is taken" in result.stderr
    cure = re.search(r"make run PORT=(\d+)$", result.stderr.strip())
    assert cure
    assert 1023 < int(cure[1]) <= 65535
    assert int(cure[1]) != port


@pytest.mark.parametrize("port", ["65536", "-1", "http", "", "８０８０", "8000.0", "9" * 5000])
def test_a_port_that_is_none_is_told_apart(port: str) -> None:
    result = run(f"--port={port}")
    assert result.returncode == 2
    assert "is not a port number from 0 to 65535" in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize("host", ["203.0.113.7", "no-such-host.invalid", "a..b", "-"])
def test_a_host_that_is_not_here_is_one_line_and_exit_1(host: str) -> None:
    result = run(f"--host={host}", "--port=0")
    assert result.returncode == 1
    assert result.stderr == f"BackpropFlow: {host} is not an address of this machine; try --host 127.0.0.1\n"


# --- what goes right ---------------------------------------------------------------------------------------


# A start costs two seconds of a core, so each of these servers shows all that can be seen of it.


def test_it_serves_keeps_to_itself_and_a_sigterm_ends_it_cleanly() -> None:
    """Unasked it writes no access log, and believes no header of a proxy."""
    with serving() as (process, address):
        assert get(address + "healthz") == 200
        page = links(f"{address}forward", X_Forwarded_Prefix="/backprop", X_Forwarded_For="192.0.2.1")
        assert {one.rstrip("/") for one in page} == FOLDERS
        before = time.monotonic()
        process.terminate()
        stdout, stderr = process.communicate(timeout=10)
        assert time.monotonic() - before < 10
        assert (process.returncode, stderr) == (0, "")
        assert "GET" not in stdout


def test_asked_it_logs_and_believes_a_proxy() -> None:
    with serving("--access-log", "--proxy-headers") as (process, address):
        get(address + "healthz")
        page = links(f"{address}forward", X_Forwarded_Prefix="/backprop", X_Forwarded_For="192.0.2.1")
        assert {one.rstrip("/") for one in page} == {"/backprop" + one for one in FOLDERS}
        assert {one.rstrip("/") for one in links(f"{address}forward", X_Forwarded_Prefix="//evil")} == FOLDERS
        process.terminate()
        stdout, _ = process.communicate(timeout=10)
        assert stdout.count("GET /healthz") == 1


# --- behind a prefix ----------------------------------------------------------------------------------------


def test_a_root_path_is_in_every_address_and_the_printed_one_and_a_draining_server_goes_on_answering() -> None:
    kept = "/user/x/proxy/8000"
    assert [parse([f"--root-path={given}"]).root_path for given in (kept, f"{kept}/", "/")] == [kept, kept, ""]
    with serving(f"--root-path={kept}", "--drain", "1") as (process, address):
        assert address.endswith(f"{kept}/")
        stripped = address.replace(f"{kept}/", "/")
        for page in (f"{address}forward", f"{stripped}forward"):
            assert links(page) >= {kept}
            assert {one.removeprefix(kept) for one in links(page)} <= FOLDERS
        before = time.monotonic()
        process.terminate()
        time.sleep(0.2)
        assert get(address + "healthz") == 200
        process.communicate(timeout=10)
        assert time.monotonic() - before >= 1
        assert process.returncode == 0


def test_a_proxy_elsewhere_is_believed_where_it_is_named_and_ctrl_c_ends_the_server_without_a_traceback(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(ENVIRONMENT, "FORWARDED_ALLOW_IPS", "192.0.2.1")
    with serving("--proxy-headers") as (process, address):
        assert {one.rstrip("/") for one in links(f"{address}forward", X_Forwarded_Prefix="/backprop")} == FOLDERS
        process.send_signal(signal.SIGINT)
        _, stderr = process.communicate(timeout=10)
        assert (process.returncode, stderr) == (0, "")


@pytest.mark.parametrize("prefix", ["//evil.example", "user/x", "/x/..", '/"><script>', "/" + "x" * 999, "/a b"])
def test_a_prefix_that_is_no_path_is_told_apart(prefix: str) -> None:
    result = run(f"--root-path={prefix}")
    assert result.returncode == 2
    assert "is not a path such as /user/x/proxy/8000" in result.stderr
    with pytest.raises(SetupError, match=r"^BACKPROPFLOW_ROOT_PATH: .* is not a path such as /user/x/proxy/8000$"):
        Settings.from_env({ROOT_PATH: prefix})


def test_the_prefix_may_be_in_the_environment_and_the_command_line_goes_first() -> None:
    assert Settings.from_env({ROOT_PATH: "/backprop/"}).root_path == "/backprop"
    assert Settings.from_env({ROOT_PATH: "/"}).root_path == Settings.from_env({}).root_path == ""
    result = run("--port=0", "--root-path=/api", **{ROOT_PATH: "/backprop"})
    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr == (
        "BackpropFlow: /api cannot be the prefix of the site: addresses of its own begin with it\n"
    )


# --- the environment ---------------------------------------------------------------------------------------


def test_any_host_is_allowed_unless_a_list_is_given() -> None:
    assert Settings.from_env({}).allowed_hosts == ()
    assert Settings.from_env({ALLOWED_HOSTS: " , "}).allowed_hosts == ()


def test_a_list_of_hosts_is_tidied_and_keeps_the_loopback() -> None:
    settings = Settings.from_env({ALLOWED_HOSTS: "Learn.Example.org, *.example.net,,localhost"})
    assert settings.allowed_hosts == ("learn.example.org", "*.example.net", "localhost", "127.0.0.1")


@pytest.mark.parametrize("name", ["https://example.org", "example.org:8000", "a*.example.org", "example.org/x"])
def test_a_host_that_could_never_match_is_refused(name: str) -> None:
    with pytest.raises(SetupError, match=r"is not a host name \(no scheme, no port\)$"):
        Settings.from_env({ALLOWED_HOSTS: name})


def test_any_origin_may_read_the_api_unless_a_list_is_given() -> None:
    assert Settings.from_env({}).allowed_origins == ()
    assert Settings.from_env({ALLOWED_ORIGINS: " ,"}).allowed_origins == ()


def test_a_list_of_origins_is_spelled_as_browsers_do() -> None:
    given = "HTTPS://Course.example.org:443, http://127.0.0.1:8888,, http://[::1]:80, https://a.example:80,http://[::1]"
    settings = Settings.from_env({ALLOWED_ORIGINS: given})
    expected = ("https://course.example.org", "http://127.0.0.1:8888", "http://[::1]", "https://a.example:80")
    assert settings.allowed_origins == expected


@pytest.mark.parametrize(
    "origin", ["course.example.org", "https://a.example/", "*", "null", "https://*.example", "file://", "https://"]
)
def test_an_origin_that_could_never_match_is_refused(origin: str) -> None:
    with pytest.raises(SetupError, match=r"^BACKPROPFLOW_ALLOWED_ORIGINS: .* is not an origin such as https://"):
        Settings.from_env({ALLOWED_ORIGINS: origin})


def test_a_wrong_setting_is_one_line_and_exit_1() -> None:
    result = run("--port=0", **{ALLOWED_HOSTS: "https://example.org"})
    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr.count("\n") == 1
    assert result.stderr.startswith(f"BackpropFlow: {ALLOWED_HOSTS}: ")
