"""Sizes of layers as an address says them: how many inputs, outputs, layers and examples, as whole numbers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import partial
from types import MappingProxyType

from .codec import Param
from .errors import FieldError
from .notations import plain

# The most that each size may be; the least is 1.
SIZES: Mapping[str, int] = MappingProxyType({"n": 65536, "m": 65536, "layers": 1000, "batch": 65536})
_SIZE = re.compile(r"0*([0-9]{1,5})")


def size_param(name: str, default: int) -> Param[int]:
    """The parameter of one of SIZES."""
    return Param(name, partial(_size, name=name), str, default, paste=partial(_pasted_size, name=name))


def _size(text: str, name: str) -> int | FieldError:
    digits = _SIZE.fullmatch(text.strip(" "))
    if digits and 1 <= int(digits[1]) <= SIZES[name]:
        return int(digits[1])
    return FieldError(("query", name), f"{name} must be a whole number from 1 to {SIZES[name]}")


def _pasted_size(text: str, name: str) -> int | FieldError:
    return _size(plain(text), name)
