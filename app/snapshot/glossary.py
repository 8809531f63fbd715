"""The glossary by id and by sign, and a formula as it is read aloud.

A sign of a formula finds its entry by `SIGNS`, so no formula says which of its signs are explained where.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType

from .glossary_entries import GLOSSARY
from .glossary_parts import Entry

ENTRIES: Mapping[str, Entry] = MappingProxyType({one.id: one for section in GLOSSARY for one in section.entries})
# From a sign to its entry, longer signs first.
SIGNS: Mapping[str, Entry] = MappingProxyType(
    dict(sorted(((sign, one) for one in ENTRIES.values() for sign in one.signs), key=lambda pair: -len(pair[0])))
)
_SPOKEN = {one.signs[0]: one.spoken for one in ENTRIES.values() if one.spoken}
_INDICES = {"ᵢ": "i", "ⱼ": "j", "ₖ": "k"}
_INDEXED = re.compile("Σ([ᵢⱼₖ])")
# The number of a layer behind a name, and the index of an entry behind that: W⁽¹⁾₂₁.
_LAYER = re.compile("⁽([⁰¹²³⁴⁵⁶⁷⁸⁹]+)⁾([₀₁₂₃₄₅₆₇₈₉,ᵢⱼₖ]*)")
_LOWERED = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789")
_NORM = re.compile("‖([^‖]*)‖²")


@lru_cache(maxsize=1024)
def term_of(text: str) -> str:
    """The id of the entry that explains a piece of a formula: that of its longest sign; empty if it has none."""
    return next((one.id for sign, one in SIGNS.items() if _shows(text, sign)), "")


@lru_cache(maxsize=1024)
def _shows(text: str, sign: str) -> bool:
    """Whether a text shows a sign; a letter or a word is one only where it stands alone."""
    if not (sign.isalpha() and sign.isascii()):
        return sign in text
    return bool(re.search(rf"(?<![A-Za-z]){sign}(?![A-Za-z])", text))


@lru_cache(maxsize=1024)
def spoken(formula: str) -> str:
    """A formula’s text as it can be read aloud: ∂L by ∂z = v entrywise 𝟙…, without signs that are passed over."""
    said = _NORM.sub(r"the squared norm of (\1)", formula).replace("/∂", " by ∂").replace("σ(", "sigmoid(")
    said = _INDEXED.sub(lambda found: f" the sum over {_INDICES[found.group(1)]} of ", said)
    said = _LAYER.sub(lambda found: f"{found[2]} of layer {found[1].translate(_LOWERED)}", said)
    for sign, word in _SPOKEN.items():
        said = said.replace(sign, f" {word} ")
    return re.sub(r" +(?=[,)\]])|(?<=[(\[]) +", "", re.sub(r" {2,}", " ", said)).strip()
