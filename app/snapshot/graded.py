"""Everything that a body to be graded claims: gradients as numbers, and printed numbers with their digits."""

from __future__ import annotations

from typing import Any

from app.state import Claimed

from .grade import grade
from .printed.compare import compared


def graded(claimed: Claimed) -> dict[str, Any]:
    """A Grade as JSON data. Without printed numbers, it says nothing of any.

    Raises Invalid where the numbers overflow, as `trace_of` does.
    """
    found, lines = grade(claimed), claimed.printed
    if lines is None:
        return found
    comparison = compared(claimed.state, lines.statements, lines.unread, lines.steps)
    verdict = "wrong" if comparison.count("wrong") else found["verdict"]
    return {**found, "verdict": verdict, "printed": comparison.model_dump()}
