"""The chapter's opening page, as a subject."""

from __future__ import annotations

from app.pages.answer import unasked

from .context import chapter_page

CHAPTER = unasked("/chapter", "chapter/page.html", "opening", lambda _: chapter_page())
