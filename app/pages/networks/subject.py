"""The gallery's page, as a subject."""

from __future__ import annotations

from app.pages.answer import unasked

from .context import network_cards

NETWORKS = unasked("/networks", "networks/page.html", "networks", network_cards)
