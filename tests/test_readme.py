"""The README's promises: its code runs, its map is the tree, its links lead somewhere."""

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


def test_the_map_names_every_room_and_no_other() -> None:
    rooms = set(re.findall(r"`([a-z_]+(?:\.py|/))`", README.partition("## Map of app/")[2].partition("##")[0]))
    folders = {f"{path.name}/" for path in (ROOT / "app").iterdir() if path.is_dir() and path.name != "__pycache__"}
    files = {path.name for path in (ROOT / "app").glob("*.py") if path.name != "__init__.py"}
    assert rooms == folders | files


def test_every_command_is_a_target_of_the_makefile() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    assert set(re.findall(r"\bmake ([a-z]+)\b", README)) <= targets


def test_the_screenshot_is_there() -> None:
    for target in re.findall(r"!\[[^\]]*\]\(([^)]+)\)", README):
        assert (ROOT / target).is_file()
