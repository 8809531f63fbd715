"""The page as a person has it before them, for the tests of this folder, and a server to open it from."""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import uvicorn
from playwright.sync_api import Browser, ConsoleMessage, Dialog, Locator, Page, Request, ViewportSize, WebError
from starlette.types import ASGIApp, Receive, Scope, Send

from app.main import create_app
from app.settings import Settings

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--font-render-hinting=slight",  # with the headless shell's own, letters are wider than in other Chromiums
]
VIEWPORT: ViewportSize = {"width": 1280, "height": 720}
PHONE: ViewportSize = {"width": 390, "height": 844}

# Counts what is asked and answered, so that a test can wait until nothing is under way.
_COUNTING = (Path(__file__).parent / "counting.js").read_text()
# A hand that drags a number; see there.
DRAG = (Path(__file__).parent / "drag.js").read_text()
# What a page must leave none of: elements that a swap put inside svg or math in the namespace of HTML, where they do
# not show, and what scripts stored, but for what lecture mode and the speaker's view may. All that is stored goes. And
# a clock that is not the browser's: it would go on for whoever has the page next, where it hides what was asked for.
_LEFT = """() => { window.seen?.look();
                 const stored = [...Object.keys(localStorage), ...Object.keys(sessionStorage)];
                 localStorage.clear();
                 sessionStorage.clear();
                 return { foreign: [...(window.seen?.foreign ?? [])],
                          clock: /native code/.test(performance.now) ? "" : "not the browser's",
                          stored: stored.filter((name) => name !== "timer" && !name.startsWith("stage.")) }; }"""


def chromium() -> str:
    """The program: what CHROMIUM names, else the first of its names on PATH."""
    names = (os.environ.get("CHROMIUM"), "chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
    return next(path for name in names if name and (path := shutil.which(name)))


class Server:
    """The site on a free port; `delay` is how many seconds each answer but a static file is held back.

    `asked` lists what came in, and `most` is how much of it was under way at once.
    """

    def __init__(self, url: str = "") -> None:
        self.url = url
        self.clear()

    def clear(self) -> None:
        """Forget what was asked, and answer at once."""
        self.delay = 0.0
        self.asked: list[str] = []
        self.most = self._under_way = 0

    def wrap(self, app: ASGIApp) -> ASGIApp:
        """The same site, late."""

        async def late(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] != "http" or scope["path"].startswith("/static/"):
                return await app(scope, receive, send)
            self.asked.append(scope["path"] + "?" + scope["query_string"].decode("latin-1"))
            self._under_way += 1
            self.most = max(self.most, self._under_way)
            try:
                if self.delay:
                    await asyncio.sleep(self.delay)
                await app(scope, receive, send)
            finally:
                self._under_way -= 1

        return late


@contextmanager
def serving(settings: Settings | None = None, around: Callable[[ASGIApp], ASGIApp] | None = None) -> Iterator[Server]:
    """A running server, of a site with other settings and with something around it where they are given."""
    server = Server()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server.url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        app = create_app(settings or Settings())
        site = server.wrap(around(app) if around else app)
        running = uvicorn.Server(uvicorn.Config(site, log_level="critical", ws="none"))
        thread = threading.Thread(target=running.run, kwargs={"sockets": [listener]})
        thread.start()
        deadline = time.monotonic() + 20
        while not running.started:
            assert thread.is_alive(), "uvicorn did not start"
            assert time.monotonic() < deadline, "uvicorn did not start"
            time.sleep(0.01)
        try:
            yield server
        finally:
            running.should_exit = True
            thread.join(20)


def new_page(browser: Browser, **settings: Any) -> Page:
    """A page in a context of its own; keywords are Playwright's for a new context."""
    context = browser.new_context(**settings)
    if settings.get("java_script_enabled", True):
        context.add_init_script(_COUNTING)
    return context.new_page()


class Stage:
    """One page of a browser, watched: what it complains of, and whom it asks."""

    def __init__(self, page: Page, server: Server, *, scripted: bool = True) -> None:
        self.page = page
        self.context = page.context
        self.scripted = scripted
        self.server = server
        self.complaints: list[str] = []
        self.requests: list[str] = []
        self.timed = False
        self.context.on("console", self._hear)
        self.context.on("weberror", self._blame)
        self.context.on("request", self._note)
        self.context.on("dialog", self._dismiss)
        # What the page before has left in the cache would be answered without asking, at once, and as it was then; and
        # of a history that is full nobody sees that it grows.
        session = self.context.new_cdp_session(page)
        session.send("Network.clearBrowserCache")
        session.send("Page.resetNavigationHistory")
        session.detach()

    def leave(self) -> dict[str, object]:
        """Let go of the page, at an address of the site where nothing is. Returns what it should have left none of."""
        found: dict[str, object] = {}
        if self.scripted and self.page.url.startswith(self.server.url):
            found |= self.page.evaluate(_LEFT)
            if self.timed:
                found.pop("clock")
        self.page.mouse.move(0, 0)
        self.page.goto(self.server.url + "/healthz")
        self.context.remove_listener("console", self._hear)
        self.context.remove_listener("weberror", self._blame)
        self.context.remove_listener("request", self._note)
        self.context.remove_listener("dialog", self._dismiss)
        found["cookies"] = self.context.cookies()
        return {name: one for name, one in found.items() if one}

    def open(self, path: str) -> Stage:
        """Go to an address of the site, and wait until its links are htmx's: until then they lead as plain links do."""
        self.page.goto(self.server.url + path)
        if self.scripted:
            self.until("!document.querySelector('.stage, #board') || document.querySelector('[data-htmx-powered]')")
        return self

    def without_walk_ahead(self) -> Stage:
        """From here on each page asks for a step when it is taken, and has to wait for it."""
        self.page.route("**/walk.*.js", lambda route: route.fulfill(content_type="text/javascript", body=""))
        return self

    def take_clock(self) -> None:
        """From here on the test winds the clock on (`page.clock`), for as long as there is this page."""
        self.timed = True
        self.page.clock.install()

    @property
    def address(self) -> str:
        """Path and query of where the page is on the site, without the trace of the last edit (`was`)."""
        parts = urlsplit(self.page.url.removeprefix(self.server.url))
        query = "&".join(part for part in parts.query.split("&") if part and not part.startswith("was="))
        return parts.path + (f"?{query}" if query else "")

    def at(self, selector: str) -> Locator:
        """An element."""
        return self.page.locator(selector)

    def click(self, selector: str) -> None:
        """Click, and wait until what it asked for is there."""
        self.page.click(selector)
        self.settle()

    def press(self, *keys: str) -> None:
        """Press keys one after the other, each as soon as the one before is served."""
        for key in keys:
            self.page.keyboard.press(key)
            self.settle()

    def fill(self, name: str, text: str) -> None:
        """Type into a field and leave it with Enter."""
        self.page.fill(f"#field-{name}", text)
        self.page.press(f"#field-{name}", "Enter")
        self.settle()

    def until(self, condition: str) -> None:
        """Wait until an expression of JavaScript holds."""
        self.page.wait_for_function(f"() => {condition}")  # a function: the CSP forbids to evaluate a text

    def settle(self) -> None:
        """Wait until nothing is under way."""
        if self.scripted:
            self.page.evaluate("() => window.settled?.()")

    def rest(self) -> None:
        """Wait until nothing is under way, and the steps beside this one have been asked for ahead."""
        self.settle()
        self.page.evaluate("() => window.rested()")

    def painted(self) -> None:
        """Wait until what has arrived is on the screen."""
        self.page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")

    def cells(self, *names: str, kind: str = "value", drawing: str = "wide") -> list[str]:
        """The texts of cells, by key such as W.2.1; a name alone means all its cells, in reading order."""
        found: list[str] = []
        for name in names:
            cells = f'#drawing-{drawing} [data-cell="{name}"], #drawing-{drawing} [data-cell^="{name}."]'
            found += self.page.locator(cells).locator(f".{kind}").all_text_contents()
        return found

    def focus(self) -> str:
        """The id of the element that has the focus."""
        return str(self.page.evaluate("document.activeElement.id"))

    def _hear(self, message: ConsoleMessage) -> None:
        # a page of status 422 is a page; Chromium says so in the console all the same
        if message.type in ("error", "warning") and "the server responded with a status of 4" not in message.text:
            self.complaints.append(message.text)

    def _blame(self, error: WebError) -> None:
        self.complaints.append(str(error.error))

    def _dismiss(self, dialog: Dialog) -> None:
        self.complaints.append(f"a dialog: {dialog.message}")
        dialog.dismiss()

    def _note(self, request: Request) -> None:
        self.requests.append(request.url)
        if not request.url.startswith((self.server.url + "/", "about:", "data:")):
            self.complaints.append(f"asked elsewhere: {request.url}")
