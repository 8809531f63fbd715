"""The Dockerfile, read instead of built: its files exist, it drops root, its health check works.

No container engine runs here, so this says nothing about the image itself.
"""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from app.settings import ROOT


def instructions() -> list[tuple[str, str]]:
    text = re.sub(r"^#.*\n", "", (ROOT / "Dockerfile").read_text(), flags=re.MULTILINE)
    joined = re.sub(r"\\\n\s*", " ", text)
    return [(word, rest) for word, rest in re.findall(r"^([A-Z]+)\s+(.*)$", joined, re.MULTILINE)]


def arguments(wanted: str) -> list[str]:
    return [rest for word, rest in instructions() if word == wanted]


def final_stage() -> list[tuple[str, str]]:
    lines = instructions()
    return lines[max(i for i, (word, _) in enumerate(lines) if word == "FROM") :]


def copied_from_checkout() -> list[str]:
    """Return what the COPY lines take from the checkout, not from another stage."""
    from_checkout = [rest for rest in arguments("COPY") if not rest.startswith("--from")]
    return [source for rest in from_checkout for source in shlex.split(rest)[:-1]]


def test_every_copied_file_exists() -> None:
    assert copied_from_checkout()
    for source in copied_from_checkout():
        assert (ROOT / source).exists(), source


def test_the_dockerignore_lets_every_copied_file_through() -> None:
    rules = (ROOT / ".dockerignore").read_text().splitlines()
    assert "*" in rules
    assert {f"!{source.rstrip('/')}" for source in copied_from_checkout()} <= set(rules)


def test_every_file_that_a_run_line_names_was_copied_before() -> None:
    words = [word for rest in arguments("RUN") for word in shlex.split(rest)]
    named = {word for word in words if re.search(r"\.(txt|py|json|npmrc)$", word)}
    assert {"requirements.txt", "static/hatch_build.py"} <= named
    for path in named:
        assert (ROOT / path).is_file(), path
        assert path in copied_from_checkout() or path.split("/")[0] + "/" in copied_from_checkout(), path


def test_every_pip_install_checks_hashes() -> None:
    installs = [part for rest in arguments("RUN") for part in rest.split("&&") if " install " in part]
    assert installs
    assert all("--require-hashes" in part for part in installs)


def test_the_last_user_is_a_number_and_not_root() -> None:
    users = [rest for word, rest in final_stage() if word == "USER"]
    assert users
    assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", users[-1]), "Kubernetes' runAsNonRoot can only judge a number"


def test_the_command_is_one_that_the_app_understands() -> None:
    command = json.loads(arguments("CMD")[-1])
    assert command[:3] == ["python", "-m", "app"]
    from app.serve import parse

    options = parse(command[3:])
    assert (options.host, options.port) == ("0.0.0.0", 8000)


class Health(BaseHTTPRequestHandler):
    """Answers /healthz with the status that the test put on the server."""

    def do_GET(self) -> None:
        status = self.server.status if self.path == "/healthz" else 404  # type: ignore[attr-defined]
        self.send_response(status)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        pass


@pytest.fixture
def health() -> Iterator[HTTPServer]:
    with HTTPServer(("127.0.0.1", 0), Health) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.mark.parametrize(("status", "healthy"), [(200, True), (503, False)])
def test_the_health_check_tells_up_from_down(health: HTTPServer, status: int, healthy: bool) -> None:
    health.status = status  # type: ignore[attr-defined]
    assert check(health.server_port) is healthy


def test_the_health_check_fails_where_nothing_listens(health: HTTPServer) -> None:
    port = health.server_port
    health.socket.close()
    assert check(port) is False


def check(port: int) -> bool:
    """Run the HEALTHCHECK's own code against another port, behind a proxy setting that leads nowhere."""
    (line,) = [rest for word, rest in final_stage() if word == "HEALTHCHECK"]
    python, dash_c, code = json.loads(line[line.index("CMD ") + 4 :])
    assert (python, dash_c) == ("python", "-c")
    assert "127.0.0.1:8000/healthz" in code
    result = subprocess.run(
        [sys.executable, "-c", code.replace(":8000/", f":{port}/")],
        env={"http_proxy": "http://127.0.0.1:9"},
        capture_output=True,
        check=False,
    )
    return result.returncode == 0
