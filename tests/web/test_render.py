"""What templates write: escaped as it should be; and pieces that are kept see nothing but what they are handed."""

from __future__ import annotations

from pathlib import Path

import pytest
from jinja2 import UndefinedError
from markupsafe import Markup, escape

import app.web.render
from app.web.environment import escaped
from app.web.render import Renderer


class Drawn:
    """What says itself how it stands in HTML."""

    def __html__(self) -> str:
        return "<b>drawn</b>"


class Loud(str):
    """A text of a kind of its own."""

    __slots__ = ()


@pytest.mark.parametrize(
    "value",
    [
        "−0.40",
        "",
        "a < b",
        "x & y",
        '"',
        "'",
        ">",
        "&amp;",
        Loud("<i>"),
        3,
        0.5,
        None,
        Markup("<i>é</i>"),
        Drawn(),
        ["<"],
    ],
)
def test_a_value_is_written_as_markupsafe_escapes_it(value: object) -> None:
    assert str(escaped(value)) == str(escape(value))


@pytest.fixture
def render(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Renderer:
    """Over templates of its own."""
    monkeypatch.setattr(app.web.render, "TEMPLATES", tmp_path)
    (tmp_path / "page.html").write_text(
        "{% macro cell(text) %}<b>{{ text }}</b>{% endmacro %}"
        "{{ cell(said) }}{{ '<!>' if said == 'none' }}{% for one in said %}{{ loop.index }}{% endfor %}"
        '{{ kept("piece.html", said=said) }}'
    )
    (tmp_path / "piece.html").write_text('<i title="{{ said }}">{{ said }}</i>')
    (tmp_path / "greedy.html").write_text('{{ kept("other.html", said=said) }}')
    (tmp_path / "other.html").write_text("{{ said }}{{ page }}")
    (tmp_path / "lacking.html").write_text("{{ said.nothing }}")
    return Renderer(str)


def test_a_template_escapes_what_it_writes_in_macros_and_in_kept_pieces_too(render: Renderer) -> None:
    assert render.text("page.html", said="a<") == '<b>a&lt;</b>12<i title="a&lt;">a&lt;</i>'
    assert render.text("page.html", said="b") == '<b>b</b>1<i title="b">b</i>'


def test_text_is_escaped_where_markup_of_the_same_letters_was_kept(render: Renderer) -> None:
    assert "<b>!</b>" in render.text("page.html", said=Markup("<b>!</b>"))
    assert "<b>!</b>" not in render.text("page.html", said="<b>!</b>")


def test_what_is_kept_sees_nothing_but_what_it_is_handed(render: Renderer) -> None:
    with pytest.raises(UndefinedError, match="page"):
        render.text("greedy.html", said="a", page="b")


def test_a_name_that_an_object_lacks_is_an_error(render: Renderer) -> None:
    with pytest.raises(AttributeError, match="nothing"):
        render.text("lacking.html", said="a")
