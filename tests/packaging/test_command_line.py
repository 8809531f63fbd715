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
from urllib.request import ProxyHandler, build_opener

import pytest

from app.settings import ALLOWED_HOSTS, ALLOWED_ORIGINS, ROOT, Settings, SetupError

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
            found = re.search(r"http://127\.0\.0\.1:\d+/", line)
            if not found:
                process.kill()
                pytest.fail(f"it printed {line!r} and said {process.communicate()[1]!r}")
            yield process, found[0]
        finally:
            process.kill()


def get(address: str) -> int:
    with build_opener(ProxyHandler({})).open(address, timeout=10) as answer:
        return int(answer.status)


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


def test_it_serves_and_a_sigterm_ends_it_cleanly() -> None:
    with serving() as (process, address):
        assert get(address + "healthz") == 200
        before = time.monotonic()
        process.terminate()
        _, stderr = process.communicate(timeout=10)
        assert time.monotonic() - before < 10
        assert (process.returncode, stderr) == (0, "")


def test_ctrl_c_ends_it_without_a_traceback() -> None:
    with serving() as (process, _):
        process.send_signal(signal.SIGINT)
        _, stderr = process.communicate(timeout=10)
        assert (process.returncode, stderr) == (0, "")


def test_a_draining_server_goes_on_answering_for_a_while() -> None:
    with serving("--drain", "1") as (process, address):
        before = time.monotonic()
        process.terminate()
        time.sleep(0.2)
        assert get(address + "healthz") == 200
        process.communicate(timeout=10)
        assert time.monotonic() - before >= 1
        assert process.returncode == 0


def test_the_access_log_is_off_until_asked_for() -> None:
    for arguments, lines in (((), 0), (("--access-log",), 1)):
        with serving(*arguments) as (process, address):
            get(address + "healthz")
            process.terminate()
            stdout, _ = process.communicate(timeout=10)
            assert stdout.count("GET /healthz") == lines


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
