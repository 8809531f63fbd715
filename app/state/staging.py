"""`Staging`: how a page is shown on the stage of a lecture hall, in the address of each page that can stand there.

All of it is for pages, and the API knows none of it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any

from .codec import Param, Reader, written
from .errors import FieldError
from .playlist import ADDRESS_BYTES

# What the stage shows: the picture with a sentence, the picture with the formula, or all places as small pictures.
FORMULA, OVERVIEW = "formula", "overview"
STAGES = ("1", FORMULA, OVERVIEW)
# A place of a lecture: a stop, or a later part of one: 7, 7.2.
PLACE = re.compile(r"([1-9][0-9]{0,2})(?:\.([1-9][0-9]{0,2}))?")
# The place that was left; behind a comma, another, to which one had jumped from there, and which was left as well.
_AWAY = re.compile(rf"(?:{PLACE.pattern},)?{PLACE.pattern}")


@dataclass(frozen=True, slots=True)
class Staging:
    """What of an address is about the stage: what it shows (None: the page is not on the stage), and whether `keys` are
    "off". `away` is the place of a lecture that was left for a question (7.2), or that of a stop which was jumped to
    from there, behind it (7.2,20). `stops` is that lecture as an address has it; empty for the one that comes with
    the site.
    """

    stage: str | None = None
    keys: str | None = None
    away: str | None = None
    stops: str = ""

    def parts(self) -> list[tuple[str, str]]:
        """The names and texts of an address, without what it leaves out."""
        if self == OFF_STAGE:
            return []
        return written(PARAMS, {"stage": self.stage, "keys": self.keys, "away": self.away, "stops": self.stops})

    @property
    def left(self) -> tuple[str, ...]:
        """The places that were left, of which one comes back to the last first."""
        return tuple(self.away.split(",")) if self.away else ()

    @property
    def handed_on(self) -> Staging:
        """What goes along to any page of the site: all but what is shown on the stage."""
        return self.showing(None)

    def showing(self, stage: str | None) -> Staging:
        """The same with that on the stage, or on a page that is not on it."""
        return replace(self, stage=stage)


def read_staging(reader: Reader) -> Staging:
    """What a query, which was told to expect NAMES or HANDED_ON, says of the stage; what is wrong is left with the
    reader."""
    return _away_from_a_lecture(Staging(**reader.read_all(PARAMS)))


def take_handed_on(reader: Reader) -> Staging:
    """What a query hands on of a lecture that was left; who reads on does not see it any more."""
    found = {param.name: reader.take(param) for param in PARAMS if param.name in HANDED_ON}
    return _away_from_a_lecture(Staging(**found))


def _away_from_a_lecture(found: Staging) -> Staging:
    """Away from no lecture, the text of one means nothing."""
    return found if found.away or not found.stops else replace(found, stops="")


def _stage(text: str) -> str | FieldError:
    if text in STAGES:
        return text
    says = "stage=1 shows a sentence below the picture, stage=formula the formula, and stage=overview all places"
    return FieldError(("query", "stage"), says)


def _keys(text: str) -> str | FieldError:
    return text if text == "off" else FieldError(("query", "keys"), "keys=off switches all keys off")


def _away(text: str) -> str | FieldError:
    if _AWAY.fullmatch(text):
        return text
    return FieldError(("query", "away"), "away names the stop of a lecture that was left, such as 7")


def _stops(text: str) -> str | FieldError:
    if len(text.encode("utf-8", "replace")) <= ADDRESS_BYTES:
        return text
    return FieldError(("query", "stops"), f"a lecture may have {ADDRESS_BYTES} bytes in an address")


PARAMS: tuple[Param[Any], ...] = (
    Param("stage", _stage, str, None, page=True),
    Param("keys", _keys, str, None, page=True),
    Param("away", _away, str, None, page=True),
    Param("stops", _stops, str, "", page=True),
)
NAMES = tuple(param.name for param in PARAMS)
# What every page of the site hands on, where it stands on no stage, too.
HANDED_ON = tuple(name for name in NAMES if name != "stage")
# A page as it is read at a desk.
OFF_STAGE = Staging()
