"""Limits and places of the server: `Settings`, the folders, and `SetupError` for what needs mending."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TEMPLATES = ROOT / "templates"
STATIC = ROOT / "static"

ALLOWED_HOSTS = "BACKPROPFLOW_ALLOWED_HOSTS"
_LOOPBACK = ("127.0.0.1", "localhost")
_HOST = re.compile(r"\*|(\*\.)?[a-z0-9]([a-z0-9.-]*[a-z0-9])?")


class SetupError(RuntimeError):
    """The server cannot start as it was set up; the message is one line that names the cause and the cure."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What an operator may bound or choose; one value for the life of the process."""

    max_query_bytes: int = 4096
    """Longest query string of an address, in bytes as sent (percent-encoded)."""

    max_body_bytes: int = 131_072
    """Longest request body, in bytes, whether its length was announced or it came in chunks.

    Numbers for a W of 64 × 64, each of 17 digits with its exponent, take 112,000.
    """

    max_batch_bytes: int = 1_048_576
    """The same for a batch: 1,000 sets of some forty numbers of 17 digits each."""

    max_errors: int = 20
    """Most entries in the `errors` list of one problem answer."""

    allowed_hosts: tuple[str, ...] = ()
    """Names that a Host header may hold, `*.example.org` included; empty means any."""

    @classmethod
    def from_env(cls, environ: Mapping[str, str] = os.environ) -> Settings:
        """Return the settings with BACKPROPFLOW_ALLOWED_HOSTS, a comma-separated list, taken in.

        Loopback names are added to a list that is given, for health checks on the machine itself.
        Raises SetupError for an entry that no Host header could match, such as one with a port.
        """
        names = [name.strip().lower() for name in environ.get(ALLOWED_HOSTS, "").split(",")]
        names = [name for name in names if name]
        for name in names:
            if not _HOST.fullmatch(name):
                raise SetupError(f"{ALLOWED_HOSTS}: {name!r} is not a host name (no scheme, no port)")
        return cls(allowed_hosts=tuple(dict.fromkeys((*names, *_LOOPBACK))) if names else ())
