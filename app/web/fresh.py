"""How long an answer may be kept, and whether the one who asks has it already.

Public names: `FRESH`, `known`, `unchanged`.
"""

from __future__ import annotations

from fastapi import Request
from starlette.responses import Response

# Every answer to an address is a function of that address and of the build, which each ETag names.
FRESH = "public, max-age=60, stale-while-revalidate=600"


def known(request: Request, tag: str) -> bool:
    """Whether the client has the answer with this ETag (RFC 9110, section 13.1.2)."""
    entries = [entry.strip().removeprefix("W/") for entry in request.headers.get("if-none-match", "").split(",")]
    return tag in entries or "*" in entries


def unchanged(tag: str) -> Response:
    """304: keep what you have."""
    return Response(status_code=304, headers={"Cache-Control": FRESH, "ETag": tag, "Vary": "Accept-Encoding"})
