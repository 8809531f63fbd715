"""The application: `create_app()` puts the parts together. It holds no maths and no module state."""

from __future__ import annotations

import hashlib

from fastapi import FastAPI
from fastapi.routing import APIRoute

from app.pages.thumbnails import thumbnails
from app.settings import ROOT, STATIC, TEMPLATES, Settings, SetupError
from app.web.assets import Assets
from app.web.compression import Compression
from app.web.dear import Dear
from app.web.kept import Kept
from app.web.limits import LimitsMiddleware
from app.web.place import Own, Place
from app.web.render import Renderer

from .web import api, assets, errors, playlists, site, slides


def create_app(settings: Settings | None = None) -> FastAPI:
    """The site, ready to be served. Raises SetupError where an operator has something to mend.

    No redirect_slashes: it would build an absolute address from a Host header that anyone may write.
    No /docs: it loads its scripts from elsewhere; /api is the reference.
    """
    settings = settings or Settings.from_env()
    app = FastAPI(
        title="BackpropFlow",
        summary="Backpropagation, number by number.",
        version="1",
        license_info={"name": "MIT", "identifier": "MIT"},
        openapi_url=None,  # app.web.api serves it, with caching
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )
    served = Assets(STATIC, _small_pictures())  # a missing one is told now, not to the first visitor
    app.state.settings = settings
    app.state.assets = served
    app.state.renderer = Renderer(served.address)
    app.state.build = _build(served)
    app.state.kept = Kept(settings.kept_bytes)
    app.state.dear = Dear(settings.max_waiting)
    app.state.stopping = False  # the command line sets it on SIGTERM, and /readyz tells
    routers = (site.pages(), slides.slides(), playlists.playlists(), api.router, assets.router)
    for router in routers:
        app.include_router(router)
    paths = [route.path for router in routers for route in router.routes if isinstance(route, APIRoute)]
    own = Own(paths)
    if settings.root_path in own:
        raise SetupError(f"{settings.root_path} cannot be the prefix of the site: addresses of its own begin with it")
    errors.install(app, settings, frozenset(paths))
    # The last one added is the outermost.
    app.add_middleware(Compression, kept=app.state.kept)
    app.add_middleware(LimitsMiddleware, settings=settings)
    app.add_middleware(Place, prefix=settings.root_path, own=own)
    return app


def _small_pictures() -> dict[str, bytes]:
    """The files of small pictures, of the networks and of the boards, by name; they refer to no other file."""
    renderer = Renderer(str)
    return {
        "networks.svg": renderer.text("shared/thumbnails.svg", thumbnails=thumbnails()).encode(),
        "boards.svg": renderer.text("chapter/thumbnails.svg").encode(),
    }


def _build(served: Assets) -> str:
    """A short name for all that an answer is made from: code and its data, templates and static files."""
    total = hashlib.sha256("".join(served.addresses).encode())
    code = [path for kind in ("py", "json") for path in (ROOT / "app").rglob(f"*.{kind}")]
    for path in sorted([*code, *TEMPLATES.rglob("*.html"), *TEMPLATES.rglob("*.svg")]):
        total.update(path.read_bytes())
    return total.hexdigest()[:8]
