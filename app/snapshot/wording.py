"""How a sentence lists what it names."""

from __future__ import annotations

from collections.abc import Sequence


def joined(parts: Sequence[str], word: str = "and") -> str:
    """A, B and C, as a sentence lists them; empty for none."""
    *first, last = parts or [""]
    return f"{', '.join(first)} {word} {last}" if first else last
