"""Behind a prefix, stripped by a proxy or not: whatever leads anywhere carries it, and all of it answers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import unquote, urljoin, urlsplit

import httpx2
import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from app.main import create_app
from app.settings import Settings, SetupError
from app.web.place import ForwardedPrefix
from tests.browser.reading import Element, read
from tests.conftest import Lot

from .test_every_page import KINDS, kind_of
from .test_headers import check

PREFIX = "/user/jane%40uni.example/proxy/8000"
PAGES = [address for address, _, _ in KINDS]


@dataclass(frozen=True)
class Behind:
    """The site as somebody sees it through a proxy, which takes the prefix off on the way or does not."""

    client: TestClient
    strips: bool

    def get(self, address: str, **more: dict[str, str]) -> httpx2.Response:
        """Ask for what stands behind the prefix: nothing else reaches the site."""
        assert address.startswith(PREFIX), f"{address} leads away from the site"
        return self.client.get(address.removeprefix(PREFIX) if self.strips else address, **more)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def placed() -> TestClient:
    """The site that was told its prefix."""
    return TestClient(create_app(Settings(root_path=PREFIX)), follow_redirects=False)


@pytest.fixture(params=[True, False], ids=["stripped", "kept"])
def behind(request: pytest.FixtureRequest, placed: TestClient) -> Behind:
    """That site, by way of either kind of proxy."""
    return Behind(placed, request.param)


def rooted(page: Element) -> Iterator[str]:
    """Every value of every attribute that a browser would take for an address at the root."""
    for one in page.walk():
        yield from (value for value in one.attributes.values() if re.match(r"/[a-z]|/$|//", value))


@pytest.mark.sampled(5, "behind")
@pytest.mark.parametrize("address", [*PAGES, "/live/wide/forward?step=2", "/live/tall/backward?step=3"])
def test_every_address_of_a_page_carries_the_prefix_and_leads_somewhere(
    behind: Behind, client: TestClient, lot: Lot, address: str
) -> None:
    answer = behind.get(PREFIX + address)
    assert answer.status_code == client.get(address).status_code
    check(answer)
    page = read(answer.text)
    found = list(rooted(page))
    assert len(found) > 3 or address.startswith("/live/")
    assert [value for value in found if not value.startswith(PREFIX + "/")] == []
    for link in lot.some([one for one in page.having("href") if one["href"].startswith("/")], 1, of_each=kind_of):
        assert behind.get(link["href"].partition("#")[0]).status_code in (200, 303), link["href"]
    for one in [*page.having("src"), *page.having("action")]:
        assert behind.get(one.attributes.get("src") or one["action"]).status_code == 200


@pytest.mark.sampled(16, "behind")
@pytest.mark.parametrize("address", [*PAGES, "/live/wide/forward?step=2"])
def test_nothing_but_the_prefix_is_another(behind: Behind, client: TestClient, address: str) -> None:
    there, here = behind.get(PREFIX + address).text, client.get(address).text
    assert there.count(PREFIX) > 3 or "/live/" in address
    assert there.replace(PREFIX, "") == here


def test_the_reference_says_where_this_server_is(behind: Behind) -> None:
    page = behind.get(f"{PREFIX}/api", headers={"Host": "hub.example"}).text
    assert f"curl --fail-with-body &#39;http://hub.example{PREFIX}/api/backward&#39;" in page
    assert f"begins with <code>http://hub.example{PREFIX}</code>" in page


@pytest.mark.parametrize("address", ["/openapi.json", "/api/backward", "/api/networks", "/healthz", "/readyz"])
def test_programs_get_the_same_as_ever(behind: Behind, client: TestClient, address: str) -> None:
    assert behind.get(PREFIX + address).status_code == 200
    if address != "/openapi.json":
        assert behind.get(PREFIX + address).content == client.get(address).content
    assert behind.get(f"{PREFIX}/api/nothing").headers["Content-Type"] == "application/problem+json"


def test_a_batch_may_be_as_large_as_without_a_prefix(placed: TestClient) -> None:
    for path in ("/api/batch/forward", f"{unquote(PREFIX)}/api/batch/forward"):
        answer = placed.post(path, content=b" " * 140_000, headers={"Content-Type": "application/json"})
        assert answer.status_code == 400, "read, and found to be no JSON"


def test_a_form_is_sent_on_behind_the_prefix(behind: Behind) -> None:
    for path in ("/forward", "/backward", "/recall", "/cost", "/heads"):
        sent = f"{PREFIX}{path}?from=&z=1&n=7&q=zeros.z&b=1,1,1"
        answer = behind.get(sent)
        assert answer.status_code == 303, path
        there = urljoin(f"http://hub.example{sent}", answer.headers["Location"])
        assert there.startswith(f"http://hub.example{PREFIX}{path}")
        assert behind.get(there.removeprefix("http://hub.example")).status_code == 200


def test_the_prefix_alone_is_the_first_page(behind: Behind) -> None:
    pages = {behind.get(PREFIX + end).text for end in ("", "/") if end or not behind.strips}
    assert len(pages) == 1
    assert f'href="{PREFIX}/backward' in pages.pop()


def test_what_only_begins_like_the_prefix_is_not_behind_it(placed: TestClient) -> None:
    assert placed.get(f"{PREFIX}1/forward").status_code == 404
    assert placed.get("/user/forward").status_code == 404
    assert placed.get("/forward").status_code == 200, "as a proxy that strips it asks, or a health check on the machine"


def test_a_page_behind_another_prefix_is_another_page_to_caches(placed: TestClient, client: TestClient) -> None:
    other = TestClient(create_app(Settings(root_path="/backprop")))
    for path in ("/forward?step=2", "/chapter", "/api"):
        tags = [site.get(path).headers["ETag"] for site in (placed, client, other)]
        assert len({*tags}) == 3
        known = placed.get(path, headers={"If-None-Match": tags[0]})
        assert (known.status_code, known.headers["ETag"]) == (304, tags[0])
        assert placed.get(path, headers={"If-None-Match": tags[1]}).status_code == 200


def test_static_files_refer_to_each_other_whatever_the_prefix(behind: Behind, app: FastAPI) -> None:
    referred = 0
    for address in app.state.assets.addresses:
        answer = behind.get(PREFIX + address)
        assert answer.status_code == 200
        assert answer.headers["Cache-Control"].endswith("immutable")
        if "vendor" in address or not address.endswith((".css", ".js")):
            continue
        assert re.findall(r"""["'`(]/[a-z]\S*""", answer.text) == [], "an address at the root"
        for there in re.findall(r"""(?:\bfrom |\bimport |url\()"([^"]+)\"""", answer.text):
            referred += 1
            assert behind.get(urljoin(PREFIX + address, there)).status_code == 200
    assert referred >= 4


# --- who says it -------------------------------------------------------------------------------------------


def forwarding(app: FastAPI, *trusted: str) -> TestClient:
    """The site, which takes the prefix from what those addresses send; the client's own is `testclient`."""
    return TestClient(ForwardedPrefix(app, {*trusted}), follow_redirects=False)


def prefix_in(page: str) -> str:
    """The prefix of the addresses of a page."""
    return str(read(page).by_id("to-networks")["href"]).removesuffix("/networks")


@pytest.mark.parametrize("said", ["/backprop", "/backprop/", PREFIX, f"{PREFIX}/"])
def test_a_trusted_proxy_says_the_prefix(app: FastAPI, said: str) -> None:
    client = forwarding(app, "testclient")
    prefix = said.rstrip("/")
    for path in ("/forward", f"{prefix}/forward"):
        answer = client.get(path, headers={"X-Forwarded-Prefix": said})
        assert prefix_in(answer.text) == prefix
        assert "X-Forwarded-Prefix" in answer.headers["Vary"].split(", "), "a cache must not take one for the other"
        check(answer)


def test_jupyter_server_proxy_says_it_as_it_does(app: FastAPI) -> None:
    """It strips the prefix, and says it in three headers; --proxy-headers goes by the one that others send, too."""
    prefix = "/user/x/proxy/8000"
    said = dict.fromkeys(("X-Forwarded-Context", "X-ProxyContextPath", "X-Forwarded-Prefix"), prefix)
    client = forwarding(app, "testclient")
    assert prefix_in(client.get("/", headers=said).text) == prefix
    sent = client.get("/forward?from=&x=2,1", headers=said)
    assert sent.headers["Location"].startswith("forward?x=2,1"), "it would put the prefix before another"
    del said["X-Forwarded-Prefix"]
    assert prefix_in(client.get("/", headers=said).text) == ""


def test_nobody_else_does(app: FastAPI, client: TestClient) -> None:
    for site in (client, forwarding(app), forwarding(app, "192.0.2.7", "127.0.0.1")):
        answer = site.get("/forward", headers={"X-Forwarded-Prefix": "/backprop"})
        assert prefix_in(answer.text) == ""
        assert answer.text == client.get("/forward").text
        assert "X-Forwarded-Prefix" not in answer.headers["Vary"]


def test_a_prefix_of_the_settings_goes_first(placed: TestClient) -> None:
    site = forwarding(placed.app, "testclient")  # type: ignore[arg-type]  # the app it was made of
    assert prefix_in(site.get("/", headers={"X-Forwarded-Prefix": "/backprop"}).text) == PREFIX


HOSTILE = [
    "//evil.example",
    "///evil.example/",
    "https://evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "evil.example",
    "javascript:alert(1)",
    '"><script>alert(1)</script>',
    '/x"><script>alert(1)</script>',
    "/x' onload='alert(1)",
    "/x y",
    "/x?y=",
    "/x#y",
    "/x;y",
    "/x,/y",
    "/x/../..",
    "/x/./y",
    "/%2e%2e/y",
    "/x%00",
    "/x%0d%0aSet-Cookie:a=b",
    "/x%",
    "/x%zz",
    "/x//y",
    "/übung",
    "/x\x7f",
    "/" + "x" * 300,
    "/x" * 4000,
    " ",
    "*",
]


@pytest.mark.parametrize("said", HOSTILE, ids=[text[:24] for text in HOSTILE])
def test_a_header_that_is_no_plain_path_is_passed_over(app: FastAPI, client: TestClient, said: str) -> None:
    site = forwarding(app, "testclient")
    for path in ("/forward", "/forward?from=&x=2,1", "/nowhere", "/chapter"):
        answer = site.get(path, headers=[(b"X-Forwarded-Prefix", said.encode("latin-1"))])
        there = client.get(path)
        assert (answer.status_code, answer.text) == (there.status_code, there.text)
        assert answer.headers.get("Location") == there.headers.get("Location")
        assert answer.headers.get("ETag") == there.headers.get("ETag")


def test_a_header_that_comes_twice_is_passed_over(app: FastAPI) -> None:
    site = forwarding(app, "testclient")
    twice = [("X-Forwarded-Prefix", "/a"), ("X-Forwarded-Prefix", "/b")]
    assert prefix_in(site.get("/forward", headers=twice).text) == ""


OWN = ["/api", "/forward", "/live/wide", "/static", "/static/css", "/openapi.json", "/%66orward", "/live"]


@pytest.mark.parametrize("prefix", OWN)
def test_an_address_of_the_site_is_no_prefix(app: FastAPI, prefix: str) -> None:
    """Of /api/forward nobody could tell whether it is the API's, or a page behind /api."""
    with pytest.raises(SetupError, match="cannot be the prefix of the site"):
        create_app(Settings(root_path=prefix))
    site = forwarding(app, "testclient")
    said = {"X-Forwarded-Prefix": prefix}
    assert prefix_in(site.get("/forward", headers=said).text) == ""
    assert site.get("/api/forward", headers=said).headers["Content-Type"] == "application/json"


@pytest.mark.parametrize("prefix", ["/api/v1/namespaces/x/services/y/proxy", "/forwarding", "/f", "/recall/backprop"])
def test_what_only_looks_like_one_may_be_a_prefix(prefix: str) -> None:
    site = TestClient(create_app(Settings(root_path=prefix)))
    for path in ("/forward", f"{prefix}/forward", prefix):
        assert prefix_in(site.get(path).text) == prefix
    assert site.get("/api/forward").json() == site.get(f"{prefix}/api/forward").json()


def test_a_server_that_runs_the_site_may_say_it_in_the_scope(app: FastAPI) -> None:
    """As ASGI has it: uvicorn's own --root-path, or a site that this one is mounted in."""
    for path in ("/forward", "/backprop/forward"):
        page = TestClient(app, root_path="/backprop").get(path).text
        assert prefix_in(page) == "/backprop"
        assert urlsplit(read(page).by_id("next")["href"]).path == "/backprop/forward"
