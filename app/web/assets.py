"""Static files, read once: each name carries the hash of its content, so a browser may keep it for ever.

In a stylesheet or module, `asset:vendor/font.woff2` stands for the address of another file, relative to its own: so a
file is the same behind any prefix. Only what `SERVED` describes is served; the folder also holds build files that are
nobody's business.
"""

from __future__ import annotations

import gzip
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from posixpath import dirname, relpath
from types import MappingProxyType

from fastapi import APIRouter, Request
from starlette.exceptions import HTTPException
from starlette.responses import Response

from app.settings import SetupError

from .kept import GZIPPED, MIN_GZIP, takes_gzip

SERVED = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".ico": "image/x-icon",
    ".woff2": "font/woff2",
}
REQUIRED = ("vendor/htmx.min.js", "vendor/stix-two-math.woff2", "vendor/figures.woff2")
TEXT = (".css", ".js", ".svg")
IMMUTABLE = "public, max-age=31536000, immutable"
_REFERENCE = re.compile(rb"asset:([A-Za-z0-9_./-]+)")


@dataclass(frozen=True, slots=True)
class Asset:
    """One file, ready to be sent; `gzipped` is its gzip form, None where that saves nothing."""

    address: str
    media_type: str
    body: bytes
    gzipped: bytes | None


class Assets:
    """The files of a folder, by name and by address, and those that were `made` at the start, by name.

    Raises SetupError for a file that is missing.
    """

    def __init__(self, folder: Path, made: Mapping[str, bytes] = MappingProxyType({})) -> None:
        self._folder = folder
        self._by_name: dict[str, Asset] = {}
        for name in REQUIRED:
            if not (folder / name).is_file():
                raise SetupError(f"static/{name} is missing; `make run` brings it")
        for path in sorted(folder.rglob("*")):
            name = path.relative_to(folder).as_posix()
            if path.suffix in SERVED and path.is_file() and not _is_hidden(name):
                self._load(name, ())
        for name, body in made.items():
            self._add(name, body)
        self._by_address = {asset.address: asset for asset in self._by_name.values()}

    def address(self, name: str) -> str:
        """The address of a file such as `css/base.css`. Raises KeyError for a file that is not served."""
        return self._by_name[name].address

    def find(self, address: str) -> Asset | None:
        """The file at an address; None for any other, an old hash included."""
        return self._by_address.get(address)

    @property
    def addresses(self) -> tuple[str, ...]:
        """All addresses, in the order of the names."""
        return tuple(self._by_name[name].address for name in sorted(self._by_name))

    def _load(self, name: str, within: tuple[str, ...]) -> Asset:
        """Read a file, those that it refers to first, since their hashes are part of its content."""
        if name in self._by_name:
            return self._by_name[name]
        if name in within:
            raise SetupError(f"static/{name} refers to itself by way of {', '.join(within)}")
        path = self._folder / name
        if path.suffix not in SERVED or not path.is_file():
            raise SetupError(f"static/{within[-1]} refers to asset:{name}, which is not there")
        body = path.read_bytes()
        if path.suffix in (".css", ".js"):
            here, inner = f"/static/{name}", (*within, name)
            body = _REFERENCE.sub(lambda found: _from(here, self._load(found[1].decode(), inner)), body)
        return self._add(name, body)

    def _add(self, name: str, body: bytes) -> Asset:
        """A file with this content, ready to be sent."""
        pure = PurePosixPath(name)
        digest = hashlib.sha256(body).hexdigest()[:8]
        address = f"/static/{pure.with_name(f'{pure.stem}.{digest}{pure.suffix}')}"
        gzipped = gzip.compress(body, 9, mtime=0) if pure.suffix in TEXT and len(body) >= MIN_GZIP else body
        asset = Asset(address, SERVED[pure.suffix], body, gzipped if len(gzipped) < len(body) else None)
        self._by_name[name] = asset
        return asset


def _from(here: str, asset: Asset) -> bytes:
    """The address of a file as another says it that is at `here`; a module's begins with a dot."""
    there = relpath(asset.address, dirname(here))
    return (there if there.startswith("../") else f"./{there}").encode()


def _is_hidden(name: str) -> bool:
    """Whether a file lies in a scratch folder of the build or of npm."""
    return any(part.startswith(".") or part == "node_modules" for part in name.split("/"))


router = APIRouter()


@router.get("/static/{name:path}", include_in_schema=False)
async def serve(request: Request) -> Response:
    """A file by its address with the hash: a look-up among known ones, so no path can leave the folder."""
    assets: Assets = request.app.state.assets
    asset = assets.find(request.scope["path"])
    if asset is None:
        raise HTTPException(404)
    headers = {"Cache-Control": IMMUTABLE}
    # app.web.compression has weighed what is accepted; to the plain form it adds Vary
    if asset.gzipped is not None and takes_gzip(request.headers):
        headers |= GZIPPED
        return Response(asset.gzipped, headers=headers, media_type=asset.media_type)
    return Response(asset.body, headers=headers, media_type=asset.media_type)
