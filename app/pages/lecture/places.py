"""The places of a lecture: a stop is one, or several that one steps through, such as a question and then its answer."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import parse_qsl, quote

from app.state.hiding import NEXT, NOW
from app.state.playlist import Playlist, Stop
from app.state.staging import FORMULA, NAMES, STAGES

# A range of steps in the address of a stop, as step=1-8; and the most steps that are one.
RANGE = re.compile(r"(?<![^?&])step=([0-9]{1,2})-([0-9]{1,2})(?![^&])")
MAX_PARTS = 40
_QUESTION = "/recall"
_STEPS = ("/", "/forward", "/backward")
_REVEAL = "reveal=1"


@dataclass(frozen=True, slots=True)
class Place:
    """A page of a lecture: the `part` (from 1) of a stop (from 1), its address without what is said of the stage, what
    the stage shows there, and whether it `uncovers` what the part before it hides."""

    stop: int
    part: int
    address: str
    stage: str
    uncovers: bool = False

    @property
    def key(self) -> str:
        """How an address names it: 7, and its second part 7.2."""
        return str(self.stop) if self.part == 1 else f"{self.stop}.{self.part}"

    @property
    def page(self) -> str:
        """Its address at a desk, where nothing is hidden."""
        return _shown(self.address)

    @property
    def hides(self) -> bool:
        """Whether its own address hides something."""
        return self.page != self.address

    @property
    def can_hide(self) -> bool:
        """Whether a lecturer can hide something there: it is a step, and hides nothing by itself."""
        return self.address.partition("?")[0] in _STEPS and not self.hides


@lru_cache(maxsize=64)
def places(playlist: Playlist) -> tuple[Place, ...]:
    """Every place of a lecture, in their order."""
    found: list[Place] = []
    for number, stop in enumerate(playlist.stops, 1):
        for part, address in enumerate(_parts(_plain(stop.address)), 1):
            uncovers = part > 1 and found[-1].hides and found[-1].page == address
            found.append(Place(number, part, address, _stage(stop), uncovers))
    return tuple(found)


def _stage(stop: Stop) -> str:
    """What a stop's own address says that the stage shows: the sentence, or the formula."""
    return FORMULA if dict(parse_qsl(stop.address.partition("?")[2])).get("stage") == FORMULA else STAGES[0]


def _plain(address: str) -> str:
    """An address without what it says of the stage, on which a lecture is all the time."""
    path, _, query = address.partition("?")
    kept = [part for part in query.split("&") if part and part.partition("=")[0] not in NAMES]
    return f"{path}?{'&'.join(kept)}" if kept else path


def _parts(address: str) -> list[str]:
    """The addresses of the parts of a stop: each step of a range, a question without and with its answer, and what has
    hidden numbers with these hidden and shown."""
    found = RANGE.search(address)
    if found:
        first, last = int(found[1]), int(found[2])
        if 0 <= last - first < MAX_PARTS:
            steps = [RANGE.sub(f"step={step}", address) for step in range(first, last + 1)]
            return [part for step in steps for part in _hidden_first(step)]
    path, _, query = address.partition("?")
    if path == _QUESTION and _REVEAL not in query.split("&"):
        return [address, f"{path}?{query}&{_REVEAL}" if query else f"{path}?{_REVEAL}"]
    return _hidden_first(address)


def _hidden_first(address: str) -> list[str]:
    """An address with what it hides, and without; of one that hides nothing, itself, and so of the start of a pass,
    where nothing was just computed. That the next step comes hidden is nothing to a lecture, which says itself what is
    next.
    """
    query, plain = address.partition("?")[2], _shown(address)
    said = parse_qsl(query)
    hide = [word for name, text in said if name == "hide" for word in text.split(",") if word != NEXT]
    if not hide or (hide == [NOW] and ("step", "0") in said):
        return [plain]
    hidden = f"hide={quote(','.join(hide), safe=',')}"
    return [f"{plain}{'&' if '?' in plain else '?'}{hidden}", plain]


def _shown(address: str) -> str:
    """An address that hides nothing."""
    path, _, query = address.partition("?")
    kept = [part for part in query.split("&") if part and part.partition("=")[0] != "hide"]
    return f"{path}?{'&'.join(kept)}" if kept else path
