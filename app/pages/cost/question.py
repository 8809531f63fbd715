"""`CostState`: the sizes that the cost page is about, as a frozen value, and the address that says the same."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from app.engine.cost import DTYPES
from app.state import AS_IT_COMES, FieldError, ViewState, carried_parts, read_carried
from app.state.codec import Param, Reader, address_of, query_of, read_query, written
from app.state.sizes import SIZES, size_param

# What the picture draws against the width.
SHOWS = ("bytes", "work", "time")


@dataclass(frozen=True, slots=True)
class CostState:
    """Layers z = W x + b of n inputs and m outputs, as many examples as `batch`, and the type of their numbers.

    `show` is for the page: what its picture draws; `carried` is the network with its numbers that it hands on.
    """

    n: int = 4096
    m: int = 4096
    layers: int = 32
    batch: int = 1024
    dtype: str = "float32"
    show: str = SHOWS[0]
    carried: ViewState = AS_IT_COMES

    def but(self, **changes: Any) -> CostState:
        """The same sizes, but for these."""
        return replace(self, **changes)

    def parts(self, *, page: bool = True) -> list[tuple[str, str]]:
        """The names and values of the canonical query, in its order; without `page`, those of the sizes alone."""
        own = written(PARAMS, {param.name: getattr(self, param.name) for param in PARAMS}, page=page)
        return [*own, *carried_parts(self.carried)] if page else own

    def query(self, *, page: bool = True) -> str:
        """The canonical query, without its question mark; empty where nothing was chosen."""
        return query_of(self.parts(page=page))

    def address(self, prefix: str = "") -> str:
        """The canonical address of the page, or with the prefix `/api` of its JSON twin."""
        return address_of(f"{prefix}/cost", self.query(page=not prefix))


def cost_from_query(query: str | Reader, *, strict: bool) -> CostState:
    """Read the query of the page or, `strict`, of the API, which knows no `show`, carries nothing along and refuses
    what it does not know. Raises Invalid.
    """
    reader = Reader.of(query)
    carried = AS_IT_COMES if strict else read_carried(reader)
    return read_query(reader, PARAMS, lambda found: CostState(**found, carried=carried), strict=strict)


def _choice(text: str, name: str, choices: tuple[str, ...]) -> str | FieldError:
    chosen = text.strip(" ")
    if chosen in choices:
        return chosen
    return FieldError(("query", name), f"{name} must be one of {', '.join(choices)}")


_OWN = CostState()
PARAMS: tuple[Param[Any], ...] = (
    *(size_param(name, getattr(_OWN, name)) for name in SIZES),
    Param("dtype", partial(_choice, name="dtype", choices=tuple(DTYPES)), str, _OWN.dtype),
    Param("show", partial(_choice, name="show", choices=SHOWS), str, _OWN.show, page=True),
)
