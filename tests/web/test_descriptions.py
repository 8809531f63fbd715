"""The OpenAPI document says what each field and each parameter means."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from starlette.testclient import TestClient


def described(document: Any, at: str = "") -> Iterator[tuple[str, str]]:
    """Every property of every schema, inline ones included, and every parameter: where it is, and its description."""
    if isinstance(document, list):
        for place, entry in enumerate(document):
            yield from described(entry, f"{at}/{place}")
    elif isinstance(document, dict):
        found = list(document.get("properties", {}).items()) if document.get("type") == "object" else []
        if isinstance(parameters := document.get("parameters"), list):  # a field may have that name, too
            found += [(entry["name"], entry) for entry in parameters]
        yield from ((f"{at}/{name}", entry.get("description", "")) for name, entry in found)
        for name, entry in document.items():
            yield from described(entry, f"{at}/{name}")


def without_descriptions(document: Any) -> Any:
    if isinstance(document, list):
        return [without_descriptions(entry) for entry in document]
    if isinstance(document, dict):
        kept = {name: entry for name, entry in document.items() if not (name == "description" and type(entry) is str)}
        return {name: without_descriptions(entry) for name, entry in kept.items()}
    return document


def test_every_field_and_every_parameter_has_a_description(client: TestClient) -> None:
    document = client.get("/openapi.json").json()
    found = list(described(document))
    places = {at for at, _ in found}
    passes = "/paths//api/backward"
    assert places >= {
        "/components/schemas/NodeView/grad",
        "/components/schemas/Heads/logit",
        f"{passes}/get/ask",
        f"{passes}/post/requestBody/content/application/json/schema/anyOf/0/step",
        f"{passes}/post/requestBody/content/application/json/schema/anyOf/0/properties/values/W",
        "/components/schemas/Problem/detail",
        "/components/schemas/ProblemItem/msg",
        "/paths//api/grade/post/requestBody/content/application/json/schema/anyOf/0/properties/gradients/W",
        "/paths//api/batch/forward/post/requestBody/content/application/json/schema/anyOf/0/properties/sets/items/x",
    }
    assert [at for at, text in found if not re.search(r"\w.*\.$", text)] == []


def test_a_field_without_a_description_is_found(client: TestClient) -> None:
    document = client.get("/openapi.json").json()
    bare = list(described(without_descriptions(document)))
    assert [at for at, _ in bare] == [at for at, _ in described(document)]
    assert {text for _, text in bare} == {""}
