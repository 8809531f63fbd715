"""The rooms of the house: imports point one way, and each room keeps out what has no business in it."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

APP = Path(__file__).resolve().parent.parent / "app"
FILES = sorted(APP.rglob("*.py"))

# A room may import from itself, from rooms further down, and from those that share its floor where no circle
# comes of it. A new file or folder in app/ is put on a floor here.
FLOORS = {
    "engine": 0,
    "settings": 0,
    "state": 1,
    "layout": 1,
    "snapshot": 1,
    "digits": 1,
    "web": 2,
    "main": 3,
    "__main__": 4,
}

# Libraries beyond the standard one that a room may use; a room not listed may use none.
LIBRARIES = {
    "engine": {"numpy"},
    "digits": {"numpy"},
    "snapshot": {"numpy", "pydantic", "pydantic_core"},
    "web": {"fastapi", "starlette", "pydantic", "pydantic_core", "jinja2", "markupsafe", "latex2mathml", "anyio"},
    "main": {"fastapi", "starlette", "anyio"},
    "__main__": {"uvicorn"},
}


def room(module: str) -> str:
    """app.engine.ops → engine; the package itself → ''."""
    return module.split(".")[1] if "." in module else ""


def module_of(path: Path) -> str:
    parts = path.relative_to(APP.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imported(path: Path) -> Iterator[str]:
    """The modules that a file imports, anywhere in it, by their full names."""
    package = module_of(path) if path.name == "__init__.py" else module_of(path).rpartition(".")[0]
    for entry in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(entry, ast.Import):
            yield from (alias.name for alias in entry.names)
        elif isinstance(entry, ast.ImportFrom) and not entry.level:
            assert entry.module
            # `from app import state` imports the module app.state
            yield from (f"app.{a.name}" for a in entry.names) if entry.module == "app" else [entry.module]
        elif isinstance(entry, ast.ImportFrom):
            up = package.split(".")[: len(package.split(".")) - entry.level + 1]
            yield ".".join([*up, *(entry.module.split(".") if entry.module else [])])


def edges() -> set[tuple[str, str]]:
    """Which room imports from which other."""
    found = set()
    for path in FILES:
        for name in imported(path):
            if name.split(".")[0] == "app" and room(name) and room(name) != room(module_of(path)):
                found.add((room(module_of(path)), room(name)))
    return found


def test_the_reader_of_imports_finds_them() -> None:
    """Were it blind, all that follows would hold by itself."""
    assert ("state", "engine") in edges()
    assert ("snapshot", "state") in edges()
    assert "numpy" in set(imported(APP / "engine" / "ops" / "table.py"))
    assert "app.engine.graph" in set(imported(APP / "engine" / "trace.py")), "a relative import"
    assert "app.engine.ops" in set(imported(APP / "engine" / "__init__.py"))


def test_every_room_has_a_floor() -> None:
    rooms = {room(module_of(path)) for path in FILES} - {""}
    assert rooms <= set(FLOORS), "say in FLOORS where the new room stands"


def test_imports_point_one_way() -> None:
    upward = {(one, other) for one, other in edges() if FLOORS[one] < FLOORS[other]}
    assert not upward


def test_no_two_rooms_import_each_other() -> None:
    """No circle, however long: take away what imports nothing that is left, until nothing is left."""
    left = edges()
    while left:
        tops = {one for one, _ in left}
        free = {(one, other) for one, other in left if other not in tops}
        assert free, f"a circle among {sorted(tops)}"
        left -= free


def test_the_engine_stands_alone() -> None:
    for path in (path for path in FILES if room(module_of(path)) == "engine"):
        for name in imported(path):
            top = name.split(".")[0]
            assert name.startswith("app.engine") or top == "numpy" or top in sys.stdlib_module_names, path


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(APP).as_posix())
def test_a_room_uses_no_library_that_has_no_business_there(path: Path) -> None:
    tops = {name.split(".")[0] for name in imported(path)} - {"app", *sys.stdlib_module_names}
    assert tops <= LIBRARIES.get(room(module_of(path)), set())


def test_no_file_is_named_after_nothing() -> None:
    empty = {"utils", "util", "helpers", "helper", "common", "service", "services", "manager", "misc", "core", "base"}
    assert not {path for path in FILES if empty & {path.stem, *path.relative_to(APP).parent.parts}}


def test_no_module_of_the_server_keeps_state_that_two_learners_would_share() -> None:
    """Assignments to module globals from inside functions: two requests would meet there."""
    for path in FILES:
        if room(module_of(path)) not in ("engine", "state", "snapshot", "layout", "digits", "web", "main"):
            continue
        words = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        assert not [entry for entry in words if isinstance(entry, ast.Global)], path


def test_no_request_is_answered_from_a_coroutine_that_computes() -> None:
    """NumPy inside `async def` would hold up everybody: no coroutine runs a pass."""
    for path in FILES:
        for entry in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(entry, ast.AsyncFunctionDef):
                called = {
                    call.func.id
                    for call in ast.walk(entry)
                    if isinstance(call, ast.Call) and isinstance(call.func, ast.Name)
                }
                assert not called & {"run", "trace_of", "forward", "backward", "gradcheck"}, f"{path}: {entry.name}"
