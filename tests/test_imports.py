"""The folders: imports point down, none go in a circle, and each folder keeps out what has no business in it."""

from __future__ import annotations

import ast
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path

import pytest

APP = Path(__file__).resolve().parent.parent / "app"
FILES = sorted(APP.rglob("*.py"))

# A folder may import from itself, from folders further down, and from those that share its floor where no circle comes
# of it. A new file or folder in app/ is put on a floor here.
FLOORS = {
    "engine": 0,
    "settings": 0,
    "state": 1,
    "snapshot": 2,
    "layout": 2,
    "digits": 2,
    "pages": 3,
    "web": 4,
    "main": 5,
    "serve": 6,
    "deploy": 7,
    "__main__": 8,
}

# Libraries beyond the standard one that a folder may use; one not listed may use none, and a folder within another what
# that one may and what is listed for itself.
LIBRARIES = {
    "engine": {"numpy"},
    "digits": {"numpy"},
    "snapshot": {"numpy", "pydantic", "pydantic_core"},
    "pages/cost": {"pydantic"},
    # NumPy in a page's data: the engine and the snapshot are to give these numbers
    "pages/heads": {"numpy"},
    "web": {"fastapi", "starlette", "pydantic", "pydantic_core", "jinja2", "markupsafe", "latex2mathml"},
    "main": {"fastapi"},
    "serve": {"uvicorn"},
    "deploy": {"jinja2"},
}

# The files of app/pages that pages of all subjects share.
SHARED = {
    "app.pages",
    "app.pages.answer",
    "app.pages.contents",
    "app.pages.drawn",
    "app.pages.form",
    "app.pages.hall",
    "app.pages.header",
    "app.pages.lecture.chapter",  # the chapter as a lecture, which its opening leads to
    "app.pages.lecture.places",  # what each stop of a lecture shows, which its handout prints
    "app.pages.lecture.question",
    "app.pages.network.cells",  # what it draws and says of a step, which handouts print
    "app.pages.network.context",  # its drawing and its formulas, which boards show of a step
    "app.pages.network.panel",
    "app.pages.network.pictures",
    "app.pages.overview",
    "app.pages.printed",  # rows of printed numbers, which are compared here and listed there
    "app.pages.published.listed",  # the published examples, which the gallery of networks lists
    "app.pages.questions.models",  # lines of an answer, which the stage has and handouts print
    "app.pages.questions",  # the questions to think about, in place on the boards and at /recall
    "app.pages.unread",
}

MOST_LINES, MOST_LINES_OF_A_FUNCTION, MOST_OF_APP = 350, 40, 0.25
# What is larger than that today, by its name; to be emptied, and nothing stays here once it is small.
EXPECTED_LATER: set[str] = set()


def module_of(path: Path) -> str:
    parts = path.relative_to(APP.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {module_of(path): path for path in FILES}


def folder(module: str) -> str:
    """app.engine.ops → engine; the package itself → ''."""
    return module.split(".")[1] if "." in module else ""


@cache
def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def imported(path: Path) -> Iterator[str]:
    """The modules that a file imports, anywhere in it, by their full names."""
    package = module_of(path) if path.name == "__init__.py" else module_of(path).rpartition(".")[0]
    for entry in ast.walk(parsed(path)):
        if isinstance(entry, ast.Import):
            yield from (alias.name for alias in entry.names)
        elif isinstance(entry, ast.ImportFrom):
            up = package.split(".")[: len(package.split(".")) - entry.level + 1] if entry.level else []
            source = ".".join([*up, *(entry.module.split(".") if entry.module else [])])
            # `from app import state` imports the module app.state, `from app.state import ViewState` the package
            inner = [f"{source}.{alias.name}" for alias in entry.names]
            yield from (name if name in MODULES or is_a_folder(name) else source for name in inner)


def is_a_folder(module: str) -> bool:
    return module.startswith("app.") and (APP.parent / module.replace(".", "/")).is_dir()


@cache
def module_edges() -> frozenset[tuple[str, str]]:
    """Which module of app imports from which other."""
    pairs = ((module_of(path), name) for path in FILES for name in imported(path))
    return frozenset((one, other) for one, other in pairs if other.split(".")[0] == "app" and one != other)


def folder_edges() -> set[tuple[str, str]]:
    """Which folder imports from which other."""
    pairs = {(folder(one), folder(other)) for one, other in module_edges()}
    return {(one, other) for one, other in pairs if one and other and one != other}


def circle(edges: Iterable[tuple[str, str]]) -> set[str]:
    """All that is in a circle or leads into one: take away what imports nothing that is left, until nothing goes."""
    left = set(edges)
    while left:
        tops = {one for one, _ in left}
        free = {(one, other) for one, other in left if other not in tops}
        if not free:
            return tops
        left -= free
    return set()


def subject(module: str) -> str:
    """app.pages.cost.data → cost; what is no subject's → ''."""
    parts = module.split(".")
    return parts[2] if parts[:2] == ["app", "pages"] and len(parts) > 2 and (APP / "pages" / parts[2]).is_dir() else ""


# --- imports --------------------------------------------------------------------------------------------------


def test_the_reader_of_imports_finds_them() -> None:
    """Were it blind, all that follows would hold by itself."""
    assert {("state", "engine"), ("snapshot", "state"), ("pages", "snapshot"), ("web", "pages")} <= folder_edges()
    assert "numpy" in set(imported(APP / "engine" / "ops" / "table.py"))
    assert ("app.state.value", "app.state.codec") in module_edges(), "a relative import"
    assert ("app.engine", "app.engine.ops") in module_edges()
    assert ("app.web.api", "app.web.bodies") in module_edges(), "from . import a module"
    assert ("app.pages.cost.subject", "app.pages.cost.data") in module_edges()
    assert {subject(one) for one, _ in module_edges()} >= {"network", "heads", "cost", "recall", "chapter", "networks"}
    assert circle({("a", "b"), ("b", "c"), ("c", "a"), ("d", "a")}) == {"a", "b", "c", "d"}
    assert not circle({("a", "b"), ("b", "c"), ("a", "c")})


def test_every_folder_has_a_floor() -> None:
    assert {folder(module) for module in MODULES} - {""} == set(FLOORS), "say in FLOORS where the new folder stands"


def test_imports_point_down() -> None:
    assert not {(one, other) for one, other in folder_edges() if FLOORS[one] < FLOORS[other]}


def test_no_folders_import_each_other_in_a_circle() -> None:
    assert not circle(folder_edges())


def test_no_modules_import_each_other_in_a_circle() -> None:
    assert not circle(module_edges())


def test_pages_of_different_subjects_share_only_what_is_named_as_shared() -> None:
    assert set(MODULES) >= SHARED
    assert not {
        (one, other)
        for one, other in module_edges()
        if one.startswith("app.pages") and other.startswith("app.pages")
        if other not in SHARED and not (subject(one) and subject(one) == subject(other))
    }


def test_the_engine_stands_alone() -> None:
    for path in (path for path in FILES if folder(module_of(path)) == "engine"):
        for name in imported(path):
            top = name.split(".")[0]
            assert name.startswith("app.engine") or top == "numpy" or top in sys.stdlib_module_names, path


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(APP).as_posix())
def test_a_folder_uses_no_library_that_has_no_business_there(path: Path) -> None:
    tops = {name.split(".")[0] for name in imported(path)} - {"app", *sys.stdlib_module_names}
    place = path.relative_to(APP).with_suffix("")
    allowed = (LIBRARIES.get(inner.as_posix(), set()) for inner in (place, *place.parents))
    assert tops <= set().union(*allowed)


def test_no_library_is_allowed_that_nobody_uses() -> None:
    """What is left in LIBRARIES after its last use would let it back in."""
    for place, libraries in LIBRARIES.items():
        files = [path for path in FILES if Path(place) in path.relative_to(APP).parents]
        files += [path for path in FILES if path.relative_to(APP).with_suffix("") == Path(place)]
        assert libraries <= {name.split(".")[0] for path in files for name in imported(path)}, place


# --- sizes ----------------------------------------------------------------------------------------------------


def lines(path: Path) -> int:
    return len(path.read_text(encoding="utf-8").splitlines())


def functions(path: Path) -> Mapping[str, int]:
    """How many lines each function of a file has, from its `def` on; of those with one name, the longest."""
    found: Counter[str] = Counter()
    for entry in ast.walk(parsed(path)):
        if isinstance(entry, ast.FunctionDef | ast.AsyncFunctionDef):
            assert entry.end_lineno is not None
            found[entry.name] = max(found[entry.name], entry.end_lineno - entry.lineno + 1)
    return found


def test_files_and_functions_are_small_enough_to_read() -> None:
    name = {path: path.relative_to(APP).as_posix() for path in FILES}
    large = {name[path] for path in FILES if lines(path) > MOST_LINES}
    for path in FILES:
        large |= {f"{name[path]} {one}" for one, long in functions(path).items() if long > MOST_LINES_OF_A_FUNCTION}
    assert large == EXPECTED_LATER, "what is too large, and what need not be expected any more"


def test_no_folder_holds_more_than_a_quarter_of_the_code() -> None:
    sizes: Counter[Path] = Counter()
    for path in FILES:
        sizes[path.parent] += lines(path)
    assert not {folder: size for folder, size in sizes.items() if size > MOST_OF_APP * sizes.total()}


# --- names and habits -------------------------------------------------------------------------------------------


def test_no_file_is_named_after_nothing() -> None:
    empty = {"utils", "util", "helpers", "helper", "common", "service", "services", "manager", "misc", "core", "base"}
    assert not {path for path in FILES if empty & {path.stem, *path.relative_to(APP).parent.parts}}


def test_no_module_of_the_server_keeps_state_that_two_learners_would_share() -> None:
    """Assignments to module globals from inside functions: two requests would meet there."""
    for path in (path for path in FILES if folder(module_of(path)) != "__main__"):
        assert not [entry for entry in ast.walk(parsed(path)) if isinstance(entry, ast.Global)], path
