"""Which pages of other origins may read what: the API, by `fetch` from anywhere or from a list; the site's pages never.

Reading it from elsewhere gives nobody more than curl does: there is no cookie and no login that a browser could add.
"""

from __future__ import annotations

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import Message, Scope

_PREFLIGHT = {
    "Access-Control-Allow-Methods": "GET, HEAD, POST",
    "Access-Control-Allow-Headers": "Content-Type, If-None-Match",
    "Access-Control-Max-Age": "86400",
}
# What scripts may read besides what every answer shows them (Content-Type and the like).
_EXPOSED = "Accept-Encoding, Allow, ETag, Retry-After"


def is_open(path: str) -> bool:
    """Whether programs of any origin may read what is at this path: the API and its OpenAPI, not the page about it."""
    return path.startswith("/api/") or path == "/openapi.json"


def preflight(scope: Scope) -> Response | None:
    """The answer to OPTIONS at a path that is open; None for any other request."""
    if scope["method"] == "OPTIONS" and is_open(scope["path"]):
        return Response(status_code=204, headers=_PREFLIGHT)
    return None


def open_up(start: Message, scope: Scope, allowed: tuple[str, ...]) -> None:
    """Let the origin that asks read the answer that starts so, where its path is open; empty `allowed` means any.

    Credentials are never allowed. Where the list decides, a cache must not hand one origin's answer to another.
    """
    if not is_open(scope["path"]):
        return
    headers = MutableHeaders(scope=start)
    headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    origin = "*"
    if allowed:
        headers.add_vary_header("Origin")
        origin = Headers(scope=scope).get("origin", "")
    if not allowed or origin in allowed:
        headers["Access-Control-Allow-Origin"] = origin
        headers["Access-Control-Expose-Headers"] = _EXPOSED
