"""The handout and the filmstrip, as subjects."""

from __future__ import annotations

from app.pages.answer import Subject
from app.state import AS_IT_COMES, Invalid, ViewState, read_carried
from app.state.codec import Reader

from .context import check, handout_page
from .question import HandoutState, handout_from_query, too_large
from .slides import filmstrip, filmstrip_address

# More steps than these take so long that others would wait for them.
_QUICK = 3

HANDOUT = Subject(
    paths=("/handout",),
    template="handout/page.html",
    name="handout",
    read=handout_from_query,
    address=HandoutState.address,
    carried=lambda state: state.view,
    page=handout_page,
    check=check,
    start=lambda state: HandoutState(state.view.with_values({})),
    is_dear=lambda state: len(state.chosen) > _QUICK,
)


def _view(query: str | Reader) -> ViewState:
    """The network and numbers that are drawn; nothing else is asked, so only too many of them are wrong.

    Raises Invalid for these.
    """
    reader = Reader.of(query)
    view = read_carried(reader)
    reader.expect((), strict=False)
    if error := too_large(view):
        raise Invalid([error], AS_IT_COMES)
    return view


FILMSTRIP = Subject(
    paths=("/filmstrip",),
    template="handout/filmstrip.html",
    name="filmstrip",
    read=_view,
    address=filmstrip_address,
    carried=lambda view: view,
    page=filmstrip,
    start=lambda view: view.with_values({}),
    has_form=False,
    is_dear=lambda _: True,
)
