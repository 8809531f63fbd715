"""What the API promises, as OpenAPI has it, made from the networks: their shapes, steps and default values.

Layout: `operations` what each route takes and answers · `parameters` of addresses · `bodies` of requests · `values`
what both say about a network's values and entries. Every field and parameter has a description.
"""

from .operations import (
    address,
    batch,
    body,
    chapter,
    cost,
    document,
    grading,
    heads,
    refusals,
    train_address,
    train_body,
)

__all__ = [
    "address",
    "batch",
    "body",
    "chapter",
    "cost",
    "document",
    "grading",
    "heads",
    "refusals",
    "train_address",
    "train_body",
]
