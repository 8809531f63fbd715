"""The pages of the published examples, as subjects: one for each."""

from __future__ import annotations

from app.pages.answer import Subject
from app.state import AS_IT_COMES, ViewState
from app.state.codec import Reader

from .context import published_page
from .examples import Published, published


def _subject(example: Published) -> Subject[ViewState]:
    """The page of an example: it takes no questions, and hands on the example's own network and numbers."""

    def read(query: str | Reader) -> ViewState:
        Reader.of(query).expect((), strict=False)
        return AS_IT_COMES if example.is_graph else example.view()

    return Subject(
        (example.address,),
        "published/page.html",
        "published",
        read=read,
        address=lambda _: example.address,
        carried=lambda view: view,
        page=lambda _view, _problem: published_page(example),
        has_form=False,
    )


PUBLISHED: tuple[Subject[ViewState], ...] = tuple(_subject(example) for example in published())
