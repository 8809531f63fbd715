"""Blocks of text that name several arrays: assignments one after the other, a dict, this API's JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping

from .notations import NotationError, plain

# Of empty lines the last one is where a name may follow: else each would be walked through from each.
_ASSIGNED = re.compile(
    r"(?:^|\n(?![^\S\n]*+\n)|[;,{(])\s*+(?:(?:const|let|var|double|float|self\.)\s*){0,8}"
    r"""["']?([A-Za-z_][\w.]*\*?)["']?\s*+(?::=|=|:)(?!=)\s*"""
)
_CALL = re.compile(r"(?<!\w)(\w+)\n?\(")
_NO_CODE = re.compile(r"(?m)(?:^|(?<=[\s\])]))#.*$|^(?:(?<!\s\n)\s*+|[^\S\n]*+)(?:import|from)\s.*$|//.*$|%.*$")


def named_parts(text: str, names: Collection[str]) -> Mapping[str, str] | None:
    """The text of each array in a block that names them: "x = …", one after the other, a dict, JSON as the API has it.

    None for a text that names none. Raises NotationError for a name that is not in `names`.
    """
    text = plain(text).strip()
    if not re.search(r"[=:]", text):
        return None
    found = _of_json(text, names)
    if found is None:
        text = re.sub(r"^values\s*[=:]\s*(?=\{)", "", _NO_CODE.sub("", text).strip())
        keywords = _within_calls(text)
        starts = [match for match in _ASSIGNED.finditer(text) if not keywords[match.start(1)]]
        if not starts or not re.fullmatch(r"[\s{(]*+(?:\w+\s*=\s*)?(?:dict)?[\s{(]*+", text[: starts[0].start()]):
            return None
        ends = [*(match.start() for match in starts[1:]), len(text)]
        found = {}
        for match, end in zip(starts, ends, strict=True):
            name = match[1].rpartition(".")[2].rstrip("*")
            if name in found:
                raise NotationError("an array is named twice")
            found[name] = _trimmed(text[match.end() : end])
    if not set(found) <= {*names}:
        raise NotationError(f"it names something other than {', '.join(names)}")
    return found


def _of_json(text: str, names: Collection[str]) -> dict[str, str] | None:
    """The same of JSON: a request or an answer of the API, or an object of arrays."""
    try:
        value = json.loads(text) if text.startswith("{") else None
    except (ValueError, RecursionError):
        return None
    if not isinstance(value, dict):
        return None
    if isinstance(value.get("nodes"), list):
        nodes = [node for node in value["nodes"] if isinstance(node, dict)]
        value = {node["name"]: node.get("value") for node in nodes if node.get("name") in names}
    elif isinstance(value.get("values"), dict):
        value = value["values"]
    return {name: json.dumps(array) for name, array in value.items()}


def _within_calls(text: str) -> list[bool]:
    """For each place of a text, whether an assignment there is a keyword of a call, as dtype is in
    array([1, 2], dtype=float)."""
    opening = {found.end() - 1 for found in _CALL.finditer(text) if found[1] != "dict"}
    calls: list[bool] = []
    within: list[bool] = []
    for i, mark in enumerate(text):
        within.append(any(calls[-1:]))
        if mark == "(":
            calls.append(within[-1] or i in opening)
        elif mark == ")" and calls:
            calls.pop()
    return within


def _trimmed(part: str) -> str:
    """An array's text without separators and closing brackets that belong to what it stands in."""
    part = part.strip().rstrip(",;").rstrip()
    open_still = sum(map(part.count, "[({")) - sum(map(part.count, "])}"))
    while part and part[-1] in ")}]" and open_still < 0:
        part = part[:-1].rstrip().rstrip(",;").rstrip()
        open_still += 1
    return part
