"""`python -m app deploy nginx|compose|systemd` prints a file, and `python -m app deploy here` starts it all."""

from __future__ import annotations

import argparse
import re
from collections.abc import Sequence

from app.serve import port_number, prefix

from .here import serve
from .plan import Plan, cores, text

_NAME = re.compile(r"(\*\.)?[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?")
_ADDRESS = re.compile(r"[0-9A-Za-z.:-]+")
_HELP = """\
nginx     print an nginx.conf: in front of a process for each core, which bounds slow clients and caches pages
compose   print a compose.yaml: the same as containers, with the image of the Dockerfile
systemd   print the units that keep those processes going, a file after a line with its name
here      start nginx and the processes on this machine, until Ctrl+C or SIGTERM
"""


def workers(text: str) -> int:
    """How many processes, 1 to 64; raises the error that argparse shows."""
    if not (text.isascii() and text.isdigit() and len(text) <= 2 and 1 <= int(text) <= 64):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of processes from 1 to 64")
    return int(text)


def name(text: str) -> str:
    """A host name; raises the error that argparse shows."""
    if not _NAME.fullmatch(text):
        raise argparse.ArgumentTypeError(f"{text!r} is not a host name (no scheme, no port)")
    return text


def host(text: str) -> str:
    """An address to listen on; raises the error that argparse shows."""
    if not _ADDRESS.fullmatch(text):
        raise argparse.ArgumentTypeError(f"{text!r} is not an address to listen on")
    return text


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """Read the command line; leaves with status 2 and a usage line where it is wrong."""
    parser = argparse.ArgumentParser(
        prog="python -m app deploy",
        description=f"BackpropFlow for a campus.\n\n{_HELP}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("what", choices=["nginx", "compose", "systemd", "here"])
    parser.add_argument("--name", type=name, help="the one host name to answer for (default: any)")
    parser.add_argument("--host", type=host, help="address that nginx listens on (default: all; here: 127.0.0.1)")
    parser.add_argument("--port", type=port_number, help="port that nginx listens on (default: 80; here: 8000)")
    parser.add_argument("--root-path", type=prefix, metavar="PATH", help="prefix of every address, such as /backprop")
    parser.add_argument("--workers", default=cores(), type=workers, help="processes (default: %(default)s, the cores)")
    parser.add_argument(
        "--upstream-port",
        default=9001,
        type=port_number,
        metavar="PORT",
        help="port of the first process; the others follow (default: %(default)s)",
    )
    options = parser.parse_args(arguments)
    if not 1 <= options.upstream_port <= 65536 - options.workers:
        parser.error(f"there are no {options.workers} ports from {options.upstream_port} on")
    if options.port == 0 and options.what != "here":
        parser.error("--port 0, for any free one, is for here: in a file it has to be a number")
    return options


def run(arguments: Sequence[str]) -> None:
    """Do what the command line says; raises SetupError."""
    options = parse(arguments)
    here = options.what == "here"
    plan = Plan(
        host=options.host or ("127.0.0.1" if here else ""),
        port=options.port if options.port is not None else 8000 if here else 80,
        name=options.name or "",
        root_path=options.root_path or "",
        workers=options.workers,
        upstream_port=options.upstream_port,
    )
    if here:
        serve(plan)
    else:
        print(text(plan, options.what), end="")
