"""The fields of an answer as a table: each path with its meaning, both read from the model and never typed twice."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from types import MappingProxyType, NoneType, UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel


def field_table(
    model: type[BaseModel], prefix: str = "", without: Collection[type[BaseModel]] = ()
) -> Mapping[str, str]:
    """The meaning of each field by its path, parents first: `nodes[].vjps[].wrt`, with `[]` for each list on the way.

    The values of a mapping stand behind `.*`. A model's fields are listed where it is met first; where it is met
    again, its meaning says so. The fields of a model in `without` are left out.
    """
    table: dict[str, str] = {}
    listed: dict[type[BaseModel], str] = {}

    def add(model: type[BaseModel], prefix: str) -> None:
        for name, field in model.model_fields.items():
            way, inner = _way(field.annotation)
            path = prefix + (field.alias or name) + way
            row, meaning = path.removesuffix(".*"), field.description or ""
            if inner in listed:
                meaning += f" Its fields are those of {listed[inner]}."
            table[row] = meaning
            if inner is not None and inner not in listed and inner not in without:
                listed[inner] = row
                add(inner, f"{path}.")

    add(model, prefix)
    return MappingProxyType(table)


def _way(annotation: Any) -> tuple[str, type[BaseModel] | None]:
    """How a path goes on from a field to what it holds, and the model held, None for plain JSON.

    A number, vector or matrix is one value to a reader, and a mapping to such values, too.
    """
    origin, inner = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _way(inner[0])
    if origin in {Union, UnionType}:
        options = [option for option in inner if option is not NoneType]
        return _way(options[0]) if len(options) == 1 else ("", None)
    if origin in {list, tuple}:
        way, model = _way(inner[0])
        return f"[]{way}", model
    if origin is dict:
        way, model = _way(inner[1])
        return (f".*{way}", model) if model else ("", None)
    return "", annotation if isinstance(annotation, type) and issubclass(annotation, BaseModel) else None
