"""What is kept is what would be made: the same bytes under the same headers, for every form of an address."""

from __future__ import annotations

import asyncio
import re
import tracemalloc
from collections.abc import Iterable, Mapping
from random import Random

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from app.engine import NETWORKS
from app.main import create_app
from app.settings import KEPT_BYTES, MAX_WAITING, Settings, SetupError
from app.web.kept import Kept, finished, key_of
from app.web.site import SUBJECTS
from tests.bench.asgi import Answer, ask
from tests.conftest import Lot

from .test_every_page import KINDS

Headers = list[tuple[bytes, bytes]]
HEADERS: Mapping[str, Headers] = {
    "plain": [],
    "gzip": [(b"accept-encoding", b"gzip, deflate, br")],
    "no gzip": [(b"accept-encoding", b"br, gzip;q=0")],
    "elsewhere": [(b"origin", b"https://course.example.org"), (b"accept-encoding", b"gzip")],
    "nowhere": [(b"origin", b"https://other.example")],
}
JSON = ("forward", "backward", "check", "train", "heads", "cost")
COURSE = Settings(allowed_origins=("https://course.example.org",))


@pytest.fixture
def keeping() -> FastAPI:
    """A site that has answered nobody yet."""
    return create_app(COURSE)


@pytest.fixture(scope="module")
def making() -> FastAPI:
    """The same site, but it keeps nothing."""
    return create_app(Settings(kept_bytes=0, allowed_origins=COURSE.allowed_origins))


def kept_in(app: FastAPI) -> Kept:
    kept: Kept = app.state.kept
    return kept


def answers(app: FastAPI, method: str, address: str, forms: Mapping[str, Headers] = HEADERS) -> dict[str, Answer]:
    """What an address answers in these forms, and then to who has it already in one form or another."""

    async def all_of_them() -> dict[str, Answer]:
        found = {name: await ask(app, method, address, headers) for name, headers in forms.items()}
        tags = sorted({answer.headers["etag"] for answer in found.values()})
        for known in (*tags, f'"no", W/{tags[0]}', "*", '"no"'):
            more = [*forms["gzip"], (b"if-none-match", known.encode())]
            found[f"gzip, {known}"] = await ask(app, method, address, more)
        return found

    return asyncio.run(all_of_them())


def drawn(lot: Random) -> str:
    """The address of a page or of its JSON, with any numbers, at any step, with any question."""
    network = lot.choice(list(NETWORKS.values()))
    direction = lot.choice(list(network.graph.timelines))
    step = lot.randint(0, len(network.graph.timelines[direction]))
    asked = lot.choice([f"step={step}", f"ask={network.graph.loss.name}", "", ""])
    numbers = [
        f"{name}={','.join(f'{lot.uniform(-2, 2):.2f}' for _ in range(*network.shape(name)))}"
        for name in network.defaults
        if len(network.shape(name)) == 1 and name != "y"  # the loss may have its own wishes
    ]
    parts = [f"network={network.name}", *numbers, asked]
    return f"{lot.choice(['', '/api'])}/{direction}?{'&'.join(filter(None, parts))}"


def otherwise(lot: Random, address: str) -> str:
    """The same address in other words: its parts in another order, each number with zeros at its end."""
    path, _, query = address.partition("?")
    numbers = re.compile(r"(?<=[0-9]\.)([0-9]+)(?=[,;&]|$)")
    parts = [part if part.startswith(("q=", "ask=")) else numbers.sub(r"\g<1>0", part) for part in query.split("&")]
    lot.shuffle(parts)
    return f"{path}?{'&'.join(parts)}"


def test_what_is_kept_is_what_would_be_made(keeping: FastAPI, making: FastAPI, lot: Lot) -> None:
    known = [address for address, status, _ in KINDS if status == 200]
    known += ["/api/backward?step=2", "/api/check", "/api/heads?z=3", "/api/cost?n=3", "/api/networks", "/openapi.json"]
    for address in [*lot.some(known, 4), *(drawn(lot) for _ in range(60 if lot.soak else 4))]:
        fresh = answers(making, "GET", address)
        assert {answer.status for answer in fresh.values()} == {200, 304}
        assert answers(keeping, "GET", address) == fresh, address  # the first one makes it for the others
        other = otherwise(lot, address)
        for method in ("GET", "HEAD"):
            form = {"gzip": HEADERS["gzip"]}
            assert answers(keeping, method, other, form) == answers(making, method, other, form), other
    assert len(kept_in(making)) == 0
    assert len(kept_in(keeping)) >= 8


def test_one_page_is_kept_whatever_the_words(keeping: FastAPI, monkeypatch: pytest.MonkeyPatch) -> None:
    client = TestClient(keeping)
    first = client.get("/forward?x=0.5,2&step=1").text
    monkeypatch.setattr("app.web.render.Renderer.text", lambda *_args, **_more: 1 / 0)
    for other in ("step=1&x=0.5,2", "x=.50,%202.&step=1", "x=0.5,2&step=1&utm_source=lms"):
        assert client.get(f"/forward?{other}").text == first
    monkeypatch.setattr("app.web.site.answer", lambda *_args: 1 / 0)
    (address,) = {f"{path}?{query}" for _, path, query in keys(keeping)}
    assert client.get(address).text == first, "at its own address nothing is read at all"


def keys(app: FastAPI) -> list[tuple[str, str, str]]:
    return list(kept_in(app)._found)


def test_the_first_page_is_kept_under_its_own_address(keeping: FastAPI) -> None:
    assert TestClient(keeping).get("/").status_code == 200
    assert keys(keeping) == [key_of("", "/forward")]


FOR_THE_MOMENT = [
    ("GET", "/forward?x=a", 422),
    ("GET", "/backward?x=1e200,1", 422),
    ("GET", "/forward?from=&x=1,2", 303),
    ("GET", "/forward?colour=red", 200),
    ("GET", "/live/wide/forward?step=2", 200),
    ("GET", "/api/backward?x=a", 422),
    ("GET", "/api/check?x=1e200,1e200", 422),
    ("POST", "/api/backward", 200),
    ("GET", "/healthz", 200),
    ("GET", "/readyz", 200),
    ("GET", "/nowhere", 404),
    ("GET", "/forward%3Fstep=1", 404),
]


def test_what_is_for_the_moment_is_not_kept(keeping: FastAPI) -> None:
    client = TestClient(keeping, follow_redirects=False)
    client.get("/forward?step=1")
    for method, address, status in FOR_THE_MOMENT:
        answer = client.request(method, address, json={} if method == "POST" else None)
        assert (answer.status_code, answer.headers["Cache-Control"]) == (status, "no-store"), address
        assert keys(keeping) == [("", "/forward", "step=1")], address


def test_other_numbers_are_another_answer(keeping: FastAPI) -> None:
    client = TestClient(keeping)
    own = {"/cost": "n=77", "/api/cost": "n=77", "/heads": "z=2", "/api/heads": "z=2", "/speaker": "stop=2"}
    pages = [path for subject in SUBJECTS for path in subject.paths if not path.startswith("/networks/published/")]
    for path in (*pages, "/api", *(f"/api/{name}" for name in JSON)):  # a published example has its own numbers
        plain, other = client.get(path), client.get(f"{path}?{own.get(path, 'x=0.25,0.75')}")
        assert (plain.status_code, other.status_code) == (200, 200), path
        assert plain.text != other.text, path
        assert plain.headers["ETag"] != other.headers["ETag"], path


def test_each_prefix_and_each_host_has_its_own(keeping: FastAPI) -> None:
    placed = TestClient(create_app(Settings(root_path="/course")))
    for path in ("/api", "/openapi.json"):
        for host in ("one.example", "two.example", "one.example"):
            text = placed.get(path, headers={"Host": host}).text
            assert f"http://{host}/course" in text
            assert text.count("example/course") == text.count(f"{host}/course")
    assert len(kept_in(placed.app)) == 4  # type: ignore[arg-type]  # a FastAPI
    for prefix in ("", "/one", "/two", ""):
        page = TestClient(keeping, root_path=prefix).get("/forward").text
        assert page.count(f'href="{prefix}/') == page.count('href="/')


def entries(lot: Random, count: int) -> Iterable[tuple[tuple[str, str, str], bytes]]:
    for i in range(count):
        yield key_of("/course", f"/forward?x={i},{lot.random()}"), lot.randbytes(lot.randint(0, 20_000))


def test_the_bytes_that_are_kept_stay_within_their_bound(lot: Lot) -> None:
    """All that is there for their sake is counted: Python says of the memory what it really is."""
    most = 400_000
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        kept = Kept(most)
        for key, content in entries(lot, 400):
            kept.keep(key, finished(f'"build-{content[:8].hex()}"', "text/html", content))
            assert kept.bytes <= most
        del key, content
        really = tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()
    assert 20 < len(kept) < 400
    assert 0.8 * most < kept.bytes
    assert really <= most


def test_the_answer_that_was_used_longest_ago_goes_first() -> None:
    kept, answer = Kept(10_000), finished('"t"', "text/html", b"x" * 400)
    one, two, *others = (key_of("", f"/forward?x={i},1") for i in range(30))
    kept.keep(one, answer)
    kept.keep(two, answer)
    for key in others:
        kept.keep(key, answer)
        assert kept.find(one) == answer
    assert two not in kept
    assert others[-1] in kept
    before = kept.bytes, len(kept)
    kept.keep(one, answer)  # as where two have asked at once
    assert (kept.bytes, len(kept)) == before


def test_what_is_larger_than_all_of_it_is_not_kept() -> None:
    kept, answer = Kept(10_000), finished('"t"', "text/html", b"x" * 400)
    kept.keep(key_of("", "/forward"), answer)
    kept.keep(key_of("", "/backward"), finished('"t"', "text/html", Random(1).randbytes(20_000)))
    assert kept.find(key_of("", "/forward")) == answer
    assert kept.find(key_of("", "/backward")) is None


def test_an_operator_may_say_how_much() -> None:
    own = Settings()
    assert Settings.from_env({KEPT_BYTES: "", MAX_WAITING: " "}) == own
    chosen = Settings.from_env({KEPT_BYTES: "0", MAX_WAITING: "7"})
    assert (chosen.kept_bytes, chosen.max_waiting) == (0, 7)
    for wrong in ("-1", "1e6", "32M", "٣", "1" * 13):
        with pytest.raises(SetupError, match=KEPT_BYTES):
            Settings.from_env({KEPT_BYTES: wrong})
