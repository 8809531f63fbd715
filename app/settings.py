"""Limits and places of the server: `Settings`, the folders, and `SetupError` for what needs mending."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

ROOT = Path(__file__).resolve().parent.parent
TEMPLATES = ROOT / "templates"
STATIC = ROOT / "static"

ALLOWED_HOSTS = "BACKPROPFLOW_ALLOWED_HOSTS"
ALLOWED_ORIGINS = "BACKPROPFLOW_ALLOWED_ORIGINS"
ROOT_PATH = "BACKPROPFLOW_ROOT_PATH"
KEPT_BYTES = "BACKPROPFLOW_KEPT_BYTES"
MAX_WAITING = "BACKPROPFLOW_MAX_WAITING"
_LOOPBACK = ("127.0.0.1", "localhost")
_HOST = re.compile(r"\*|(\*\.)?[a-z0-9]([a-z0-9.-]*[a-z0-9])?")
_ORIGIN = re.compile(r"https?://([a-z0-9]([a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:]+\])(:[0-9]{1,5})?")
# Nothing that means anything in HTML, in a header or in a query; %40 and the like stand for the rest.
_ROOT_PATH = re.compile(r"(/([A-Za-z0-9._~@+=:-]|%[0-9A-Fa-f]{2})+)*")
_LONGEST_ROOT_PATH = 256


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

    kept_bytes: int = 33_554_432
    """Most bytes of finished answers that a process keeps; a page takes some 11 KB. 0 keeps none."""

    max_waiting: int = 32
    """Most dear requests, a batch, a large body or a long run of steps each, that wait until the one before them is
    computed.

    The dearest takes half a second.
    """

    max_errors: int = 20
    """Most entries in the `errors` list of one problem answer."""

    allowed_hosts: tuple[str, ...] = ()
    """Names that a Host header may hold, `*.example.org` included; empty means any."""

    allowed_origins: tuple[str, ...] = ()
    """Origins such as https://course.example.org whose pages may read the API; empty means any."""

    root_path: str = ""
    """The prefix behind which a proxy shows the site, such as /user/x/proxy/8000; empty means none."""

    @classmethod
    def from_env(cls, environ: Mapping[str, str] = os.environ) -> Settings:
        """Return the settings with the lists of hosts and of origins, each with commas between, the prefix, and the
        numbers that an operator may choose.

        Raises SetupError for an entry that no header could match, a prefix that is no path, and what is no number.
        """
        try:
            prefix = root_path(environ.get(ROOT_PATH, ""))
        except ValueError as error:
            raise SetupError(f"{ROOT_PATH}: {error}") from None
        return cls(
            allowed_hosts=_hosts(environ),
            allowed_origins=_origins(environ),
            root_path=prefix,
            kept_bytes=_whole(environ, KEPT_BYTES, cls().kept_bytes),
            max_waiting=_whole(environ, MAX_WAITING, cls().max_waiting),
        )


def root_path(text: str) -> str:
    """A prefix as addresses carry it, without a slash at its end, so that / and nothing are none.

    Raises ValueError for what is no plain path, or leads elsewhere than it says.
    """
    path = text.removesuffix("/")
    if len(path) <= _LONGEST_ROOT_PATH and _ROOT_PATH.fullmatch(path):
        decoded = unquote(path)
        if decoded.isprintable() and not {".", ".."} & {*decoded.split("/")}:
            return path
    raise ValueError(f"{text[:80]!r} is not a path such as /user/x/proxy/8000")


def _whole(environ: Mapping[str, str], variable: str, default: int) -> int:
    """A whole number, 0 included, of at most twelve digits; the default where the variable is empty."""
    text = environ.get(variable, "").strip()
    if text and not (text.isascii() and text.isdigit() and len(text) <= 12):
        raise SetupError(f"{variable}: {text[:80]!r} is not a whole number such as {default}")
    return int(text or default)


def _listed(environ: Mapping[str, str], variable: str) -> list[str]:
    """The entries of a list, in lower case."""
    entries = (entry.strip().lower() for entry in environ.get(variable, "").split(","))
    return [entry for entry in entries if entry]


def _hosts(environ: Mapping[str, str]) -> tuple[str, ...]:
    """The hosts to answer for. Loopback names are added to a list that is given, for health checks on the machine
    itself."""
    names = _listed(environ, ALLOWED_HOSTS)
    for name in names:
        if not _HOST.fullmatch(name):
            raise SetupError(f"{ALLOWED_HOSTS}: {name!r} is not a host name (no scheme, no port)")
    return tuple(dict.fromkeys((*names, *_LOOPBACK))) if names else ()


def _origins(environ: Mapping[str, str]) -> tuple[str, ...]:
    """The origins that may read the API, as a browser names them: without the port that their scheme has anyway."""
    origins = _listed(environ, ALLOWED_ORIGINS)
    for origin in origins:
        if not _ORIGIN.fullmatch(origin):
            raise SetupError(f"{ALLOWED_ORIGINS}: {origin!r} is not an origin such as https://course.example.org")
    ports = {"http:": ":80", "https:": ":443"}
    return tuple(dict.fromkeys(origin.removesuffix(ports[origin.partition("//")[0]]) for origin in origins))
