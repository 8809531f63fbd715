"""The page of networks, as a subject: the builder, and the gallery."""

from __future__ import annotations

from app.pages.answer import Subject

from .context import networks_page
from .question import Built, built_from_query, led_to

NETWORKS = Subject(
    paths=("/networks",),
    template="networks/page.html",
    name="networks",
    read=built_from_query,
    address=Built.address,
    carried=lambda built: built.view,
    page=networks_page,
    sent=led_to,
)
