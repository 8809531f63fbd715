"""The speaker's view, as a subject."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from app.pages.answer import Subject, by_path
from app.pages.hall import SPEAKER
from app.state import AS_IT_COMES

from .context import speaker_page
from .question import SpeakerState, reader_of, start


def speaker(subjects: Iterable[Subject[Any]]) -> Subject[SpeakerState]:
    """The speaker's views of the pages of these subjects that can be on the stage, a lecture among them."""
    found = by_path(subjects)
    return Subject(
        paths=(SPEAKER,),
        template="speaker/page.html",
        name="speaker",
        read=reader_of(found),
        address=SpeakerState.address,
        carried=lambda _: AS_IT_COMES,
        page=lambda state, problem: speaker_page(state, found, problem),
        start=lambda _: start(found),
    )
