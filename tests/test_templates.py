"""What holds for every template, style sheet and module: nothing is computed there, nothing comes from elsewhere."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from jinja2 import Environment, nodes
from starlette.testclient import TestClient

from app.settings import STATIC, TEMPLATES
from app.web.assets import Assets
from tests.browser.reading import Element, read

FILES = sorted(TEMPLATES.rglob("*.html"))
SHEETS = sorted((STATIC / "css").glob("*.css"))
MODULES = sorted((STATIC / "js").glob("*.js"))
PARTS = [file for file in FILES if file.name.startswith("_") and file.parent.name != "shared"]
# Operators, and the filters that work out a number.
OPERATORS = (nodes.Add, nodes.Sub, nodes.Mul, nodes.Div, nodes.FloorDiv, nodes.Mod, nodes.Pow, nodes.Neg, nodes.Pos)
COMPUTING = {"abs", "float", "int", "max", "min", "round", "sum"}
MAX_LINE = 120
# Modules that others import, and no page by itself.
IMPORTED = {"queue", "screen", "overview", "autoplay", "ahead", "timer", "together"}
STAGE = ["drawing", "hall", "stage", "boards", "boards_more", "overview"]
# The kinds of pages: an address of each, its own style sheets, and its own modules.
KINDS = [
    ("/", ["drawing", "network"], ["patch", "walk", "network", "drag"]),
    ("/backward?step=2&show=why", ["drawing", "network"], ["patch", "walk", "network", "drag"]),
    ("/backward?x=one", ["drawing", "network"], ["patch", "walk", "network", "drag"]),
    ("/backward?step=2&stage=1", STAGE, ["patch", "walk", "stage"]),
    ("/heads", ["heads"], ["patch"]),
    ("/train", ["train"], []),
    ("/cost", ["cost"], ["cost"]),
    ("/recall", ["think", "recall"], []),
    ("/chapter", ["chapter"], []),
    ("/chapter/1", ["drawing", "think", "chapter"], ["patch"]),
    ("/chapter/10", ["drawing", "think", "chapter"], ["patch"]),
    ("/handout", ["drawing", "handout", "a4"], []),
    ("/handout?paper=letter", ["drawing", "handout", "letter"], []),
    ("/handout?network=2-2.relu-2_mse", ["drawing", "handout", "a4_lying"], []),
    ("/handout?network=2-2.relu-2_mse&paper=letter", ["drawing", "handout", "letter_lying"], []),
    ("/filmstrip", ["filmstrip"], ["filmstrip"]),
    ("/lecture", ["lecture"], ["playlist"]),
    ("/speaker", ["hall", "speaker"], ["patch", "walk", "stage", "speaker"]),
    ("/networks", ["networks"], ["patch"]),
    ("/networks/published/mazur-2-2-2", ["compare"], []),
    ("/compare", ["compare"], []),
    ("/glossary", ["glossary"], []),
    ("/keys", [], []),
    ("/api", ["reference"], []),
    ("/nowhere", [], []),
]


def name_of(file: Path) -> str:
    return file.relative_to(TEMPLATES).as_posix()


every_template = pytest.mark.parametrize("file", FILES, ids=name_of)


def computed(text: str) -> Iterator[str]:
    """What a template works out itself: operators and filters, each with its line."""
    tree = Environment(trim_blocks=True, lstrip_blocks=True).parse(text)  # noqa: S701 - nothing is rendered
    for found in tree.find_all((*OPERATORS, nodes.Filter)):
        kind = found.name if isinstance(found, nodes.Filter) else type(found).__name__
        if not isinstance(found, nodes.Filter) or kind in COMPUTING:
            yield f"{kind} in line {found.lineno}"


@every_template
def test_a_template_computes_nothing(file: Path) -> None:
    assert list(computed(file.read_text(encoding="utf-8"))) == []


@pytest.mark.parametrize(
    "text", ["a + 1", "a - b", "2 * a", "a / 2", "a // 2", "a % 2", "a ** 2", "-a", "a|round", "a|sum"]
)
def test_arithmetic_in_a_template_would_be_found(text: str) -> None:
    for template in (f"{{{{ {text} }}}}", f"{{% set b = {text} %}}", f"{{% if {text} > 1 %}}{{% endif %}}"):
        assert len(list(computed(template))) == 1, template
    assert list(computed('{{ "a" ~ b|length }}{% if a > 1 and not b %}{{ a[0] }}{% endif %}')) == []


@every_template
def test_no_line_of_a_template_is_longer_than_an_editor_is_wide(file: Path) -> None:
    lines = file.read_text(encoding="utf-8").splitlines()
    assert {number: len(line) for number, line in enumerate(lines, 1) if len(line) > MAX_LINE} == {}


@every_template
def test_a_template_holds_no_script_no_style_and_trusts_nobody(file: Path) -> None:
    text = re.sub(r"\{#.*?#\}", "", file.read_text(encoding="utf-8"), flags=re.DOTALL)
    assert not re.search(r"\sstyle\s*=", text)
    assert "<style" not in text
    assert re.findall(r"<script(?![^>]*\ssrc=)[^>]*>", text) == []
    assert re.findall(r"<script[^>]*>\s*[^<\s]", text) == []
    assert not re.search(r"\son\w+\s*=", re.sub(r"\{%.*?%\}", "", text, flags=re.DOTALL), re.IGNORECASE)
    assert "hx-on" not in text
    assert "js:" not in text
    assert "javascript:" not in text
    assert not re.search(r"\|\s*safe\b", text)
    assert "autoescape" not in text
    assert not re.search(r"(?:src|href)=\"(?:https?:)?//", text), "everything comes from this host"


@pytest.mark.parametrize("file", PARTS, ids=name_of)
def test_a_part_has_one_root_that_owns_its_id(file: Path) -> None:
    """What is exchanged by itself, and so has an id, is in a file of that name."""
    text = file.read_text(encoding="utf-8")
    markup = re.sub(r"\{%-? macro.*?endmacro -?%\}|\{[#%].*?[#%]\}", "", text, flags=re.DOTALL).strip()
    root = re.match(r"<(?!h\d)\w+\s[^>]*?\bid=\"(\w+)\"", markup)
    if root:
        assert root.group(1) == file.stem.removeprefix("_")
        assert len(re.findall(rf'\sid="{root.group(1)}"', text)) == 1
    elif file.parent.name == "network":
        assert file.name.startswith("_panel_"), "all parts of the network's page are exchanged"


@pytest.mark.parametrize("file", PARTS, ids=name_of)
def test_a_part_is_part_of_something(file: Path) -> None:
    others = "".join(other.read_text(encoding="utf-8") for other in FILES if other != file)
    panel = re.search(r'include "network/_panel_" ~', others) and file.name.startswith("_panel_")
    ways = (f'{{% include "{name_of(file)}" %}}', f'{{% from "{name_of(file)}" import ', f'{{{{ kept("{name_of(file)}"')
    assert panel or any(way in others for way in ways)


def loaded(head: Element, tag: str, attribute: str, folder: str) -> list[str]:
    """The names of our own files of one kind that a page loads, in that order, without their hashes."""
    found = [entry.attributes.get(attribute) or "" for entry in head.all(tag)]
    return [
        match.group(1)
        for address in found
        if (match := re.fullmatch(rf"/static/{folder}/(\w+)\.[0-9a-f]{{8}}\.\w+", address))
    ]


@pytest.mark.parametrize(("address", "sheets", "modules"), KINDS)
def test_a_page_loads_what_all_share_and_what_its_kind_needs(
    client: TestClient, address: str, sheets: list[str], modules: list[str]
) -> None:
    """The tokens first and its own sheets last; the module that drags numbers only where there is a drawing."""
    page = read(client.get(address).text)
    assert loaded(page, "link", "href", "css") == ["tokens", "base", "header", *sheets]
    early = ["theme"] if "hall" in sheets else []
    assert loaded(page, "script", "src", "js") == [*early, "shared", "tips", *modules]
    assert "drag" not in modules or page.all("svg", "drawing")


def test_every_sheet_and_every_module_belongs_to_a_kind_of_page() -> None:
    assert {file.stem for file in SHEETS} == {
        "tokens",
        "base",
        "header",
        *(sheet for _, sheets, _ in KINDS for sheet in sheets),
    }
    shared = {"theme", "shared", "tips", *IMPORTED}
    assert {file.stem for file in MODULES} == {*shared, *(name for _, _, modules in KINDS for name in modules)}


@pytest.mark.parametrize("file", SHEETS, ids=lambda file: file.name)
def test_the_palette_stands_in_the_tokens_alone(file: Path) -> None:
    """No other sheet names a colour of its own, asks which theme it is, or loads anything."""
    text = re.sub(r"/\*.*?\*/", "", file.read_text(encoding="utf-8"), flags=re.DOTALL)
    colours = re.findall(r":[^;{}]*(#[0-9a-f]{3,8}\b|\b(?:rgb|hsl|oklch)a?\()", text, re.IGNORECASE)
    tokens = file.name in ("tokens.css", "hall.css")
    assert bool(colours) == tokens
    assert ("prefers-color-scheme" in text) == (file.name == "tokens.css")
    assert ("url(" in text) == (":root" in text) == tokens
    assert "@import" not in text


@pytest.mark.parametrize("file", MODULES, ids=lambda file: file.name)
def test_a_module_imports_the_shared_one_and_makes_no_code(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    others = {
        "walk": ("patch",),
        "network": ("patch", "queue"),
        "stage": ("queue", "screen", "overview", "autoplay", "timer", "together", "ahead"),
        "ahead": ("walk",),
        "overview": ("queue",),
        "autoplay": ("queue",),
        "together": ("queue",),
    }.get(file.stem, ())
    imported = {f"asset:js/{name}.js" for name in ("shared", *others)}
    assert set(re.findall(r'^import .* from "([^"]+)"', text, re.MULTILINE)) <= imported
    assert not re.search(r"\beval\b|new Function|innerHTML|import\(", text)
    assert len(re.findall(r"\bfetch\(", text)) == (file.name == "shared.js"), "one place asks past htmx"


def test_what_two_modules_share_is_one_module_to_the_browser() -> None:
    """Each names it by the address with its hash, from where both are: by two addresses it would run twice."""
    assets = Assets(STATIC)
    for name in ("tips", "patch", "walk", "network", "queue", "drag", "cost"):
        module = assets.find(assets.address(f"js/{name}.js"))
        assert module
        assert f'from "{assets.address("js/shared.js").replace("/static/js/", "./")}"' in module.body.decode()
