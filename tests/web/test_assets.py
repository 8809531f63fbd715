"""Static files: hashed names, the right types, compressed once, and nothing else of the folder."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from fastapi import FastAPI
from fontTools.ttLib import TTFont
from starlette.testclient import TestClient

from app.engine import NETWORKS
from app.settings import STATIC, SetupError
from app.web.assets import REQUIRED, Assets
from tests.browser.reading import read
from tests.conftest import Lot


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of static files with what must be there."""
    for name in REQUIRED:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"x" * 2000)
    return tmp_path


def test_every_file_has_its_hash_in_its_name_and_its_type(app: FastAPI, client: TestClient) -> None:
    types = {"css": "text/css", "js": "text/javascript", "svg": "image/svg+xml", "woff2": "font/woff2"}
    assets: Assets = app.state.assets
    assert {assets.address(name).rpartition(".")[2] for name in ("css/base.css", *REQUIRED)} == {
        "css",
        "js",
        "woff2",
    }
    for address in assets.addresses:
        assert re.fullmatch(r"/static/[a-z0-9./_-]+\.[0-9a-f]{8}\.[a-z0-9]+", address)
        answer = client.get(address)
        assert answer.headers["Content-Type"].partition(";")[0] == types[address.rpartition(".")[2]]
        assert "charset=utf-8" in answer.headers["Content-Type"] or not address.endswith(("css", "js"))


def test_text_is_compressed_for_those_who_take_it(app: FastAPI, client: TestClient) -> None:
    address = app.state.assets.address("vendor/htmx.min.js")
    snapshot_dict = client.get(address, headers={"Accept-Encoding": "identity"})
    gzipped = client.get(address, headers={"Accept-Encoding": "br, gzip;q=0.8"})
    refused = client.get(address, headers={"Accept-Encoding": "gzip;q=0"})
    assert snapshot_dict.content == gzipped.content == refused.content == (STATIC / "vendor/htmx.min.js").read_bytes()
    assert gzipped.headers["Content-Encoding"] == "gzip"
    assert int(gzipped.headers["Content-Length"]) < len(snapshot_dict.content) / 2
    assert "Content-Encoding" not in snapshot_dict.headers
    assert snapshot_dict.headers["Vary"] == gzipped.headers["Vary"] == "Accept-Encoding"


def test_a_font_is_sent_as_it_is(app: FastAPI, client: TestClient) -> None:
    answer = client.get(app.state.assets.address("vendor/stix-two-math.woff2"))
    assert "Content-Encoding" not in answer.headers
    assert answer.content == (STATIC / "vendor/stix-two-math.woff2").read_bytes()


def test_head_tells_what_get_would_send(app: FastAPI, client: TestClient) -> None:
    address = app.state.assets.address("css/base.css")
    head = client.head(address)
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers == client.get(address).headers


@pytest.mark.parametrize(
    "path",
    [
        "/static/css/base.css",
        "/static/css/base.000000000000.css",
        "/static/",
        "/static",
        "/static/hatch_build.py",
        "/static/package.json",
        "/static/package-lock.json",
        "/static/.npmrc",
        "/static/vendor/.stamp",
        "/static/vendor/htmx.LICENSE",
        "/static/..%2fapp%2fmain.py",
        "/static/%2e%2e/pyproject.toml",
        "/static/....//pyproject.toml",
        "/static/%2fetc%2fpasswd",
        "/static/..%5cpyproject.toml",
        "/static/css/base.css%00",
    ],
)
def test_nothing_else_is_served(client: TestClient, path: str) -> None:
    answer = client.get(path)
    assert (answer.status_code, answer.headers["Content-Type"]) == (404, "text/html; charset=utf-8")
    assert answer.headers["Cache-Control"] == "no-store"


def test_a_reference_in_a_stylesheet_or_module_becomes_the_address_from_there(folder: Path) -> None:
    (folder / "css").mkdir()
    (folder / "css/style.css").write_text('@font-face{src:url("asset:vendor/stix-two-math.woff2")}')
    (folder / "a.js").write_text('import "asset:b.js";')
    (folder / "b.js").write_text("export const b = 1;")
    assets = Assets(folder)
    style, module = assets.find(assets.address("css/style.css")), assets.find(assets.address("a.js"))
    assert style is not None
    assert module is not None
    font, imported = assets.address("vendor/stix-two-math.woff2"), assets.address("b.js")
    assert style.body.decode() == f'@font-face{{src:url("{font.replace("/static/", "../")}")}}'
    assert module.body.decode() == f'import "{imported.replace("/static/", "./")}";'


def test_a_change_in_what_a_file_refers_to_changes_its_own_name(folder: Path) -> None:
    (folder / "style.css").write_text("url(asset:vendor/stix-two-math.woff2)")
    before = Assets(folder)
    (folder / "vendor/stix-two-math.woff2").write_bytes(b"another font")
    after = Assets(folder)
    assert before.address("style.css") != after.address("style.css")
    assert after.find(before.address("style.css")) is None


@pytest.mark.parametrize("name", REQUIRED)
def test_a_missing_file_is_named_with_its_cure(folder: Path, name: str) -> None:
    (folder / name).unlink()
    with pytest.raises(SetupError, match=rf"^static/{re.escape(name)} is missing; .*`make run`"):
        Assets(folder)


@pytest.mark.parametrize("text", ["asset:nowhere.css", "asset:../secret.css", "asset:style.css", "asset:build.py"])
def test_a_reference_that_leads_nowhere_is_told_at_start(folder: Path, text: str) -> None:
    (folder / "build.py").write_text("")
    (folder / "style.css").write_text(f"url({text})")
    with pytest.raises(SetupError, match=r"^static/style\.css refers to "):
        Assets(folder)


def test_every_glyph_of_a_formula_is_in_the_font_that_is_sent(client: TestClient, lot: Lot) -> None:
    """A glyph that the subset lacks is drawn in another face, or as an empty box."""
    used: set[str] = set()
    for network in NETWORKS.values():
        for direction, events in network.graph.timelines.items():
            steps = range(0 if direction == "backward" else len(events), len(events) + 1)
            views = ["&ask=x.1", *(f"&show=why&step={step}" for step in steps)]
            for query in ("", *lot.some(views, 2)):
                page = read(client.get(f"/{direction}?network={network.name}{query}").text)
                shown = [*page.all("math"), *page.all("text", "name"), *page.all("text", "rule")]
                used |= {letter for one in [*shown, page.by_id("timeline")] for letter in one.text}
    assert used >= {"∂", "⊤", "𝑧", "𝟙", "σ"}
    with TTFont(STATIC / "vendor" / "stix-two-math.woff2") as font:
        held = {chr(code) for code in font.getBestCmap()}
    assert used - held - {"\n", "\u200b", "✓"} == set(), "a tick is set in the sans font"
