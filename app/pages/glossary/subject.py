"""The glossary's page, as a subject."""

from __future__ import annotations

from app.pages.answer import unasked

from .context import glossary_page

GLOSSARY = unasked("/glossary", "glossary/page.html", "glossary_page", lambda _: glossary_page())
