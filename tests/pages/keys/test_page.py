"""The page of keys: its lists name the keys that the modules listen to, and no other."""

from __future__ import annotations

import re

import pytest
from starlette.testclient import TestClient

from app.settings import STATIC
from tests.browser.reading import Element, read

# What a key is called in its row, by what it writes; a letter is itself in capitals.
CALLED = {
    "ArrowLeft": "←",
    "ArrowRight": "→",
    "ArrowUp": "↑",
    "ArrowDown": "↓",
    "PageUp": "Page Up",
    "PageDown": "Page Down",
    " ": "Space",
    "Shift+ ": "Shift + Space",
    "Escape": "Esc",
    "Shift+ArrowUp": "Shift + ↑",
    "Shift+ArrowDown": "Shift + ↓",
    "-": "−",
    "=": "+",
    "g": "G 7 Enter",  # on most layouts, + is = with Shift
}
# What a module does not ask for by its name: the browser's own keys, and the digits.
NETWORK_ALSO, STAGE_ALSO = {"Tab", "Enter"}, {"7 Enter", "12 A"}
_NAMED = re.compile(r'^ {2}(?:"(.+?)"|(\w+))(?:: |,$)', re.MULTILINE)


def module(name: str) -> str:
    return (STATIC / "js" / f"{name}.js").read_text(encoding="utf-8")


def keys_of(text: str, table: str) -> set[str]:
    """What the keys of a table in a module are called."""
    (body,) = re.findall(rf"^const {table} = {{\n(.*?)^}};", text, re.MULTILINE | re.DOTALL)
    spread = re.findall(r'"(\w+)"', "".join(re.findall(r"\[((?:\"\w+\",? ?)+)\]", body)))
    names = {*spread, *(quoted or plain for quoted, plain in _NAMED.findall(body))}
    return {CALLED.get(name, name.upper() if len(name) == 1 else name) for name in names}


def told(part: Element) -> set[str]:
    return {kbd.text for kbd in part.all("kbd")}


@pytest.fixture(scope="module")
def parts(client: TestClient) -> list[Element]:
    return read(client.get("/keys").text).all("section", "keys")


def test_the_list_of_the_network_has_the_keys_of_its_modules(parts: list[Element]) -> None:
    listed = keys_of(module("network"), "keys")
    assert re.search(r"/\^f\$/i\.test\(event\.key\) \|\| \(event\.key === \"F5\"", module("shared"))
    drag = module("drag")
    assert told(parts[0]) == listed | keys_of(drag, "CHANGES") | {"F", "F5"} | NETWORK_ALSO
    steps = re.findall(r"const (?:STEP|FINE) = ([\d.]+);", drag)
    assert re.findall(r"by ([\d.]+)$", "\n".join(one.text for one in parts[0].all("dd")), re.MULTILINE) == steps


def test_the_list_of_the_lecture_has_the_keys_of_its_module(client: TestClient, parts: list[Element]) -> None:
    stage = module("stage")
    assert told(parts[1]) == keys_of(stage, "steps") | keys_of(stage, "others") | STAGE_ALSO
    over_the_picture = read(client.get("/forward?stage=1").text).by_id("keys")
    assert told(over_the_picture) == told(parts[1]), "the same list"


def test_the_page_leads_to_the_network_without_keys(client: TestClient) -> None:
    page = read(client.get("/keys?network=two-layer&x=2,1").text)
    assert page.by_id("without-keys")["href"] == "/forward?network=two-layer&x=2,1&keys=off"
