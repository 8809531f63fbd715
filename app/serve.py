"""One process that serves the site until Ctrl+C or SIGTERM, and what its command line takes."""

from __future__ import annotations

import argparse
import asyncio
import errno
import gc
import os
import socket
from collections.abc import Sequence
from dataclasses import replace
from types import FrameType
from typing import Any

import uvicorn
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from app.settings import Settings, SetupError, root_path

BACKLOG = 2048  # connections that may wait for the first accept: a whole class that clicks at once
GRACE = 8  # seconds that requests in flight get after SIGTERM; a supervisor's usual patience is 10


def port_number(text: str) -> int:
    """Return a TCP port, 0 for any free one; raises the error that argparse shows."""
    if not (text.isascii() and text.isdigit() and len(text) <= 5 and int(text) <= 65535):
        raise argparse.ArgumentTypeError(f"{text!r} is not a port number from 0 to 65535")
    return int(text)


def seconds(text: str) -> int:
    """Return a pause of 0 to 60 seconds; raises the error that argparse shows."""
    if not (text.isascii() and text.isdigit() and len(text) <= 2 and int(text) <= 60):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of seconds from 0 to 60")
    return int(text)


def prefix(text: str) -> str:
    """Return a prefix such as /user/x/proxy/8000; raises the error that argparse shows."""
    try:
        return root_path(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line; leaves with status 2 and a usage line where it is wrong."""
    parser = argparse.ArgumentParser(
        prog="python -m app",
        description="Serve BackpropFlow.",
        epilog="For nginx in front and a process for each core: python -m app deploy --help",
        allow_abbrev=False,
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    parser.add_argument("--port", default=8000, type=port_number, help="0 takes a free one (default: %(default)s)")
    parser.add_argument("--access-log", action="store_true", help="print a line per request")
    parser.add_argument(
        "--proxy-headers",
        action="store_true",
        help="believe X-Forwarded-For, X-Forwarded-Proto and X-Forwarded-Prefix of a proxy on this machine",
    )
    parser.add_argument(
        "--root-path",
        type=prefix,
        metavar="PATH",
        help="prefix behind which a proxy shows the site, stripped by it or not, such as /user/x/proxy/8000",
    )
    parser.add_argument(
        "--drain",
        default=0,
        type=seconds,
        metavar="SECONDS",
        help="after SIGTERM, go on serving this long with app.state.stopping set (default: %(default)s)",
    )
    return parser.parse_args(arguments)


def listen(host: str, port: int, verb: str = "run") -> socket.socket:
    """Return a socket that listens, before anything slow is imported; raises SetupError, which names the verb of make.

    It listens at once, since a bound socket alone would not keep a second server off the port.
    """
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        return socket.create_server((host, port), family=family, backlog=BACKLOG)  # sets SO_REUSEADDR
    except (socket.gaierror, UnicodeError) as error:  # UnicodeError: a name that IDNA cannot spell
        raise SetupError(f"{host} is not an address of this machine; try --host 127.0.0.1") from error
    except OSError as error:
        raise SetupError(_why_not(host, port, error, verb)) from error


def _why_not(host: str, port: int, error: OSError, verb: str) -> str:
    other = port + 123 if port <= 65535 - 123 else 8123
    if error.errno == errno.EADDRINUSE:
        return f"port {port} on {host} is taken by another program; choose another: make {verb} PORT={other}"
    if error.errno == errno.EACCES:
        return f"port {port} is not ours to open; choose one above 1023: make {verb} PORT=8123"
    if error.errno == errno.EADDRNOTAVAIL:
        return f"{host} is not an address of this machine; try --host 127.0.0.1"
    return f"cannot listen on {host}, port {port}: {error.strerror or error}"


def address(listener: socket.socket, prefix: str = "") -> str:
    """Return the URL of a listening socket, with the port that it really got."""
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}{prefix}/" if ":" in host else f"http://{host}:{port}{prefix}/"


class Server(uvicorn.Server):
    """uvicorn's server, which also says where it is and marks the app as stopping before it closes."""

    def __init__(self, config: uvicorn.Config, app: Any, drain: int) -> None:
        super().__init__(config)
        self.app = app
        self.drain = drain

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, then print the address: whoever waits for that line finds the server answering."""
        await super().startup(sockets=sockets)
        if self.started and sockets:
            here = address(sockets[0], self.app.state.settings.root_path)
            print(f"BackpropFlow is at {here} (Ctrl+C stops it)", flush=True)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Mark the app, so that its readiness turns 503 while requests are still answered."""
        self.app.state.stopping = True
        super().handle_exit(sig, frame)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Give a load balancer time to see the 503, unless a second Ctrl+C asks for haste."""
        for _ in range(self.drain * 10):
            if self.force_exit:
                break
            await asyncio.sleep(0.1)
        await super().shutdown(sockets=sockets)


def settle() -> None:
    """Tell the garbage collector that what is there now stays, so that it need not look through it ever again.

    A batch makes so many lists that it would do so at every fifth one, and take longer for it than for the batch. They
    die young: the collector may wait for some ten thousand of them.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, *gc.get_threshold()[1:])


def serve(options: argparse.Namespace) -> None:
    """Serve until a signal; raises SetupError."""
    listener = listen(options.host, options.port)
    from app.main import create_app  # noqa: PLC0415 - slow to import, and a taken port is told first
    from app.web.place import ForwardedPrefix  # noqa: PLC0415 - for the same reason

    settings = Settings.from_env()
    app = create_app(settings if options.root_path is None else replace(settings, root_path=options.root_path))
    served: Any = app
    if options.proxy_headers:
        proxied: Any = ProxyHeadersMiddleware(served, os.environ.get("FORWARDED_ALLOW_IPS", "127.0.0.1"))
        served = ForwardedPrefix(proxied, proxied.trusted_hosts)
    config = uvicorn.Config(
        served,
        ws="none",
        lifespan="on",
        log_level="info" if options.access_log else "warning",
        access_log=options.access_log,
        server_header=False,
        proxy_headers=False,  # they are read above, and the prefix with them
        timeout_graceful_shutdown=GRACE,
        backlog=BACKLOG,
    )
    server = Server(config, app, options.drain)
    settle()
    server.run(sockets=[listener])
    if not server.started:  # uvicorn has logged why the lifespan failed
        raise SetupError("the server did not start")
