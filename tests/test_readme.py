"""The README's promises: its code runs, its map is the tree, its links lead somewhere."""

import contextlib
import io
import re
from pathlib import Path

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_engine_example_runs_and_prints_the_gradients() -> None:
    (code,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    formatted = io.StringIO()
    with contextlib.redirect_stdout(formatted):
        exec(compile(code, "README.md", "exec"), {})  # noqa: S102 - our own README
    lines = formatted.getvalue().splitlines()
    assert len(lines) == 6
    assert lines[0] == "seed L 1.0"


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
