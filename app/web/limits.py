"""What every request passes first and every answer last: limits, security headers, HEAD, the last resort.

Plain ASGI: nothing is buffered, and no body is read that nobody asked for.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping

from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.settings import Settings
from app.state import FieldError

from .errors import ProblemError, answer
from .origins import open_up, preflight

log = logging.getLogger(__name__)

# Under this path bodies may be larger.
BATCHES = "/api/batch/"

# A route that needs another value sets it itself; what is silent gets these, errors and files included. The resource
# policy of what is open to other origins is another (app.web.origins).
HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; "
        "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    # fullscreen stays: a lecturer's projector wants it
    "Permissions-Policy": (
        "accelerometer=(), autoplay=(), camera=(), display-capture=(), encrypted-media=(), geolocation=(), "
        "gyroscope=(), magnetometer=(), microphone=(), midi=(), payment=(), usb=(), xr-spatial-tracking=()"
    ),
    "Cache-Control": "no-store",
}


# As ASGI has them, so that dressing an answer costs next to nothing.
_ENCODED = [(name.lower().encode(), value.encode()) for name, value in HEADERS.items()]


class LimitsMiddleware:
    """Around all but `Place`: refuses what is too long or not for us, adds HEADERS, answers HEAD as a bodiless GET."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self.app = app
        self.settings = settings

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        head = scope["method"] == "HEAD"
        started = False

        async def send_dressed(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                open_up(message, scope, self.settings.allowed_origins)
                own = {name for name, _ in message["headers"]}
                message["headers"] = [*message["headers"], *(pair for pair in _ENCODED if pair[0] not in own)]
            elif head and message["type"] == "http.response.body":
                message = {**message, "body": b""}
            await send(message)

        if head:
            scope = {**scope, "method": "GET"}
        try:
            serve = self._refusal(scope) or preflight(scope) or self.app
            await serve(scope, _limited(receive, self._body_limit(scope)), send_dressed)
        except ClientDisconnect:
            return
        except Exception:
            log.exception("a request failed")
            if started:
                raise
            await answer(scope, 500)(scope, receive, send_dressed)

    def _refusal(self, scope: Scope) -> Response | None:
        """The answer to a request that goes no further."""
        headers, limits = Headers(scope=scope), self.settings
        if limits.allowed_hosts and not _is_allowed(headers.getlist("host"), limits.allowed_hosts):
            error = FieldError(("header", "Host"), "this server does not answer for that host name")
            return answer(scope, 400, [error])
        if len(scope["query_string"]) > limits.max_query_bytes:
            return answer(
                scope,
                414,
                detail=f"The numbers are too long for an address ({limits.max_query_bytes} bytes): use fewer digits.",
            )
        length, most = headers.get("content-length", "0"), self._body_limit(scope)
        if len(length) > 18 or (length.isdecimal() and int(length) > most):
            return answer(scope, 413, detail=_too_large(most))
        return None

    def _body_limit(self, scope: Scope) -> int:
        in_bulk = scope["path"].startswith(BATCHES)
        return self.settings.max_batch_bytes if in_bulk else self.settings.max_body_bytes


def _too_large(limit: int) -> str:
    return f"The body may hold {limit} bytes."


def _is_allowed(hosts: list[str], patterns: tuple[str, ...]) -> bool:
    if len(hosts) != 1:
        return False
    host = hosts[0].lower()
    name = host[: host.find("]") + 1] if host.startswith("[") else host.partition(":")[0]
    return any(
        pattern in (name, "*") or (pattern.startswith("*.") and name.endswith(pattern[1:])) for pattern in patterns
    )


def _limited(receive: Receive, limit: int) -> Receive:
    """`receive`, until more than `limit` bytes have come; chunks need not say how many they will be.

    Whoever reads on gets ProblemError. The rest is left to the server, which throws it away as it arrives.
    """
    total = 0

    async def counted() -> Message:
        nonlocal total
        message = await receive()
        if message["type"] == "http.request":
            total += len(message.get("body", b""))
            if total > limit:
                raise ProblemError(413, _too_large(limit), ("body",))
        return message

    return counted
