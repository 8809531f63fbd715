"""The page of keys, as a subject: what each does on the page of a network, and in lecture mode. The template has it."""

from __future__ import annotations

from dataclasses import replace

from app.pages.answer import unasked
from app.state import ViewState


def _without_keys(view: ViewState) -> str:
    """The address of the network with its numbers, where no key does anything."""
    return view.with_staging(replace(view.staging, keys="off")).address()


KEYS = unasked("/keys", "keys/page.html", "without_keys", _without_keys)
