"""What is where in a deployment, and the files that say it to nginx, to Docker Compose and to systemd."""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import unquote

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from app.settings import ALLOWED_HOSTS, ROOT, Settings
from app.web.limits import HEADERS

# Where nginx's packages let it write: that of nginx.org, and Debian's.
_CACHES = (Path("/var/cache/nginx"), Path("/var/lib/nginx"))


def cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@dataclass(frozen=True, slots=True)
class Plan:
    """A deployment: `workers` processes at ports from `upstream_port` on, behind an nginx at `host` and `port`.

    An empty `host` is every address of the machine, an empty `name` any name. Without a `folder` of its own nginx
    writes where its package says.
    """

    host: str
    port: int
    name: str
    root_path: str
    workers: int
    upstream_port: int
    folder: Path | None = None

    @property
    def ports(self) -> range:
        """A port for each process."""
        return range(self.upstream_port, self.upstream_port + self.workers)

    @property
    def in_brackets(self) -> str:
        """The host as it stands before a port."""
        return f"[{self.host}]" if ":" in self.host else self.host

    @property
    def listens(self) -> list[str]:
        """The addresses that nginx listens on."""
        if self.host:
            return [f"{self.in_brackets}:{self.port}"]
        return [f"{self.port}", *([f"[::]:{self.port}"] if socket.has_dualstack_ipv6() else [])]


def text(plan: Plan, kind: str) -> str:
    """The file for `nginx`, `compose` or `systemd`."""
    if kind == "nginx":
        return _nginx(plan, [f"127.0.0.1:{port}" for port in plan.ports])
    if kind == "systemd":
        homes = ("/home", "/root", "/run/user")
        at_home = any(ROOT.is_relative_to(home) for home in homes)
        return _filled("systemd.units", plan, checkout=ROOT, python=sys.executable, at_home=at_home)
    inside = replace(plan, port=8080, folder=Path("/tmp"))  # noqa: S108 - a container's own, in memory
    containers = [f"app-{number}:8000" for number in range(1, plan.workers + 1)]
    nginx = _nginx(replace(inside, host="0.0.0.0"), containers, resolver="127.0.0.11")  # noqa: S104 - in the container
    return _filled("compose.yaml", plan, checkout=ROOT, nginx=nginx)


def _nginx(plan: Plan, upstreams: Sequence[str], resolver: str = "") -> str:
    """The nginx.conf for processes at these addresses; a `resolver` looks up again those that are names."""
    return _filled(
        "nginx.conf",
        plan,
        upstreams=upstreams,
        resolver=resolver,
        cache=plan.folder or next((place for place in _CACHES if place.is_dir()), _CACHES[0]),
        most_bytes=2 * Settings().max_batch_bytes,
        headers=HEADERS,
    )


def _filled(template: str, plan: Plan, **more: object) -> str:
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=False,  # noqa: S701 - no HTML; what is filled in is a number, a checked name, or quoted
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["unquote"] = unquote
    return environment.get_template(f"{template}.jinja").render(plan=plan, allowed_hosts=ALLOWED_HOSTS, **more)
