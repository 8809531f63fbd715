"""The pages of the published examples, as subjects: one for each."""

from __future__ import annotations

from app.pages.answer import Subject
from app.state import AS_IT_COMES, ViewState
from app.state.codec import Reader, address_of, query_of
from app.state.staging import take_handed_on

from .context import published_page
from .examples import Published, published


def _subject(example: Published) -> Subject[ViewState]:
    """The page of an example: it takes no questions, and hands on the example's own network and numbers."""

    def read(query: str | Reader) -> ViewState:
        reader = Reader.of(query)
        handed = take_handed_on(reader)
        reader.expect((), strict=False)
        return (AS_IT_COMES if example.is_graph else example.view()).with_staging(handed)

    return Subject(
        (example.address,),
        "published/page.html",
        "published",
        read=read,
        address=lambda view: address_of(example.address, query_of(view.staging.parts())),
        carried=lambda view: view,
        page=lambda _view, _problem: published_page(example),
        has_form=False,
    )


PUBLISHED: tuple[Subject[ViewState], ...] = tuple(_subject(example) for example in published())
