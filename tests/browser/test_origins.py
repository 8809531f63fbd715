"""A page of another origin, in Chromium: it may ask the API and read its mistakes, and nothing else of the site."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from app.snapshot import as_json
from app.state import from_json
from app.web.examples import examples, request_body

from .stage import Server


class Blank(BaseHTTPRequestHandler):
    """A course's page, with nothing on it."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(b"<!doctype html><title>A course</title>")

    def log_message(self, *_arguments: object) -> None:
        pass


@pytest.fixture
def course(browser: Browser) -> Iterator[Page]:
    """A page that another port serves."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Blank) as other:
        thread = threading.Thread(target=other.serve_forever)
        thread.start()
        context = browser.new_context()
        page = context.new_page()
        page.goto(f"http://127.0.0.1:{other.server_address[1]}/")
        yield page
        context.close()
        other.shutdown()
        thread.join(10)


_POST = """([address, body]) => fetch(address, {
  method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) })
  .then(async (answer) => ({ status: answer.status, found: await answer.json() }))"""
_GET = """([address, headers]) => fetch(address, { headers })
  .then((answer) => ({ status: answer.status, tag: answer.headers.get("ETag") }), () => "refused")"""


def test_a_page_of_another_origin_reads_a_grade_and_the_sentence_of_a_mistake(course: Page, server: Server) -> None:
    graded = course.evaluate(_POST, [f"{server.url}/api/grade", {"gradients": {"z": [0.2, 0.1, 0.1]}}])
    assert graded["status"] == 200
    assert [node["name"] for node in graded["found"]["nodes"]] == ["z"]
    refused = course.evaluate(_POST, [f"{server.url}/api/grade", {"gradient": {"z": [0.2, 0.1, 0.1]}}])
    assert refused["status"] == 422
    assert "gradients" in refused["found"]["detail"], "the sentence says what would be right"
    assert any(line.startswith("/api/grade") for line in server.asked)


@pytest.mark.parametrize("place", ["a file", "a page"])
def test_the_page_of_the_reference_shows_the_gradients_wherever_it_is_put(
    course: Page, server: Server, tmp_path: Path, place: str
) -> None:
    code = examples(server.url)[-1].code
    if place == "a file":
        (tmp_path / "gradients.html").write_text(code)
        course.goto((tmp_path / "gradients.html").as_uri())
    else:
        course.set_content(code)
    course.wait_for_function("document.querySelector('#gradients').textContent")
    shown = course.inner_text("#gradients").splitlines()
    nodes = json.loads(as_json(from_json(request_body(), "backward")))["nodes"]
    assert {line.partition(" ")[0]: json.loads(line.partition(" ")[2]) for line in shown} == {
        node["name"]: node["grad"] for node in nodes
    }


def test_the_page_of_the_reference_says_why_numbers_are_refused(course: Page, server: Server) -> None:
    course.set_content(examples(server.url)[-1].code.replace("[2.0, 1.0]", "[2.0]"))
    course.wait_for_function("document.querySelector('#gradients').textContent")
    assert course.inner_text("#gradients") == "x needs 2 numbers, not 1"


def test_it_may_keep_an_answer_and_ask_whether_it_is_still_good(course: Page, server: Server) -> None:
    first = course.evaluate(_GET, [f"{server.url}/api/backward", {}])
    assert first["status"] == 200
    assert first["tag"].startswith('"')
    again = course.evaluate(_GET, [f"{server.url}/api/backward?x=2,1", {"If-None-Match": first["tag"]}])
    assert again["status"] == 200, "that of another address"
    assert course.evaluate(_GET, [f"{server.url}/openapi.json", {}])["status"] == 200


@pytest.mark.parametrize("path", ["/forward", "/api", "/live/wide/forward", "/healthz"])
def test_it_reads_none_of_the_pages(course: Page, server: Server, path: str) -> None:
    assert course.evaluate(_GET, [server.url + path, {}]) == "refused"
