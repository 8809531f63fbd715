"""static/hatch_build.py as a module: static/ is no package, so it is loaded from its path."""

from __future__ import annotations

import importlib.util
from typing import Any

from app.settings import STATIC


def _load() -> Any:
    spec = importlib.util.spec_from_file_location("hatch_build", STATIC / "hatch_build.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


hook = _load()
