"""Where the site stands: behind a prefix such as /user/x/proxy/8000, what leads to it carries that prefix.

Routes never see it: `Place` takes it off a path that still has it, so a proxy may strip it or not. All that the program
writes begins at `/`; the prefix is put in front where an answer leaves, in HTML by `placed`, in a redirect by
`location`. Static files refer to each other by relative addresses, and so are the same behind any prefix.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterable
from posixpath import dirname, relpath
from urllib.parse import unquote

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.settings import root_path

FORWARDED = "X-Forwarded-Prefix"
_FORWARDED = FORWARDED.lower().encode()
# The attributes in which a template has an address; no text can look like one, since its quotes are escaped.
_ADDRESS = re.compile(r'(?<=\s)((?:href|src|(?:form)?action|data-copy)=")(?=/)')


def prefix_of(scope: Scope) -> str:
    """The prefix of this request, percent-encoded, without a slash at its end; mostly none."""
    return str(scope.get("root_path", ""))


def placed(html: str, prefix: str) -> str:
    """A page whose addresses begin at `/`, with the prefix in front of each."""
    return _ADDRESS.sub(rf"\g<1>{prefix}", html) if prefix else html


def location(scope: Scope, address: str) -> str:
    """Where a redirect leads, for its Location header: behind a prefix relative to the address that was asked for.

    For jupyter-server-proxy puts the prefix in front of whatever begins at `/`, even where it is there already.
    """
    if not prefix_of(scope):
        return address
    path, mark, query = address.partition("?")
    return relpath(path, dirname(scope["path"])) + mark + query


class Own:
    """The site's own addresses, by the paths of its routes: no prefix may be one of them, or begin one.

    Of a path that begins with such a prefix nobody could tell whether a proxy has stripped it.
    """

    def __init__(self, paths: Iterable[str]) -> None:
        self._beginnings: set[str] = set()
        self._folders: list[str] = []
        for path in paths:
            fixed, parameter, _ = path.partition("{")
            parts = fixed.rstrip("/").split("/")
            self._beginnings |= {"/".join(parts[:count]) for count in range(2, len(parts) + 1)}
            if parameter:
                self._folders.append(fixed)

    def __contains__(self, prefix: object) -> bool:
        path = unquote(str(prefix))
        return path in self._beginnings or path.startswith(tuple(self._folders))


class Place:
    """Outermost: puts the prefix into `root_path`, as ASGI calls it, and leaves the rest of the path in `path`.

    It is the one of the settings, else what the server around this app says.
    """

    def __init__(self, app: ASGIApp, prefix: str, own: Container[str]) -> None:
        self.app = app
        self.prefix = prefix
        self.own = own

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        prefix = self.prefix or prefix_of(scope)
        if prefix and scope["type"] == "http":
            prefix = "" if prefix in self.own else prefix
            scope = {**scope, "root_path": prefix, "path": _stripped(scope["path"], unquote(prefix))}
        await self.app(scope, receive, send)


def _stripped(path: str, prefix: str) -> str:
    """A decoded path, without the prefix if it has it."""
    if path == prefix or path.startswith(prefix + "/"):
        return path[len(prefix) :] or "/"
    return path


class ForwardedPrefix:
    """Around the site: takes the prefix from X-Forwarded-Prefix where a trusted proxy connects.

    A header that is no plain path, or that comes twice, is passed over, as if it were not there.
    """

    def __init__(self, app: ASGIApp, trusted: Container[str]) -> None:
        self.app = app
        self.trusted = trusted

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http" or (scope.get("client") or ("",))[0] not in self.trusted:
            await self.app(scope, receive, send)
            return
        said = [value.decode("latin-1") for name, value in scope["headers"] if name == _FORWARDED]
        try:
            # in place, as uvicorn's reader of the other headers does: its log looks at the same scope
            scope["root_path"] = root_path(said[0]) if len(said) == 1 else ""
        except ValueError:
            scope["root_path"] = ""

        async def varied(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).add_vary_header(FORWARDED)
            await send(message)

        await self.app(scope, receive, varied)
