"""The README's promises: its code runs, its layout is the tree, its links lead somewhere."""

import contextlib
import io
import re
from pathlib import Path
from typing import Any

from app.engine import gradcheck

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_engine_example_is_three_lines_that_print_a_gradient() -> None:
    (code,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    assert len(code.splitlines()) == 3
    formatted, names = io.StringIO(), dict[str, Any]()
    with contextlib.redirect_stdout(formatted):
        exec(compile(code, "README.md", "exec"), names)  # noqa: S102 - our own README
    assert list(map(float, re.findall(r"-?[0-9.]+", formatted.getvalue()))) == [0.2, 0.1, -0.1, -0.05, 0.1, 0.05]
    assert all(check.verdict == "agrees" for check in gradcheck(names["trace"]))


def laid_out() -> dict[str, str]:
    """The tree of the README: each path with its line, a folder's path with a slash at its end."""
    found: dict[str, str] = {}
    folders: list[str] = []
    (tree,) = re.findall(r"^## Layout\n.*?```\n(.*?)```", README, re.DOTALL | re.MULTILINE)
    for line in tree.splitlines():
        entry = re.fullmatch(r"((?:[│ ] {3})*(?:[├└]── )?)(\S+) *(.*)", line)
        assert entry, line
        branches, name, says = entry.groups()
        folders = [*folders[: len(branches) // 4], name]
        found["".join(folders)] = says
    return found


def test_the_layout_names_what_is_there_and_says_a_line_of_each() -> None:
    layout = laid_out()
    assert {path for path in layout if not (ROOT / path).exists()} == set()
    assert {path for path in layout if (ROOT / path).is_dir() != path.endswith("/")} == set()
    assert {path for path, says in layout.items() if not says} == {"app/", "static/"}
    assert all(len(line) <= 120 for line in README.partition("## Layout")[2].partition("\n## ")[0].splitlines())


def test_the_layout_leaves_out_no_folder_and_no_file_of_app() -> None:
    app = [path for path in (ROOT / "app").iterdir() if path.name not in ("__pycache__", "__init__.py", "py.typed")]
    top = {f"app/{path.name}{'/' if path.is_dir() else ''}" for path in app}
    assert top == {path for path in laid_out() if re.fullmatch(r"app/[^/]+/?", path)}
    assert {"templates/", "static/css/", "static/js/", "tests/"} <= laid_out().keys()


def test_every_command_is_a_target_of_the_makefile() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    assert set(re.findall(r"\bmake ([a-z-]+)\b", README)) <= targets


def test_the_screenshot_is_there() -> None:
    for target in re.findall(r"!\[[^\]]*\]\(([^)]+)\)", README):
        assert (ROOT / target).is_file()
