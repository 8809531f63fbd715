"""From a context to HTML: the Jinja environment, the filters for formulas and curves. It decides nothing."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from string import Template

from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from latex2mathml.converter import convert
from markupsafe import Markup, escape

from app.digits import grouped, si
from app.layout import Curve
from app.settings import TEMPLATES

_SLOT = re.compile(r"<mtext>slot-(\w+)</mtext>")
_BETWEEN = re.compile(r'(</m(?:text|i|n|row|o)>)<mo stretchy="false">(?=(?:&#x0002B;|&#x02212;|\+|−)</mo>)')
_OUTER = re.compile(r"^<math[^>]*>|</math>$")
_ITALIC = str.maketrans(
    {chr(ord("A") + i): chr(0x1D434 + i) for i in range(26)}
    | {chr(ord("a") + i): chr(0x1D44E + i) for i in range(26)}
    | {"h": "ℎ"}
)
# A letter that stands alone is a name and leans; max, log and the like are words and do not.
_NAME = re.compile(r"(?<![A-Za-z])[A-Za-z](?![A-Za-z])")


class Renderer:
    """Templates by name, with `asset(name)` as the address of a static file."""

    def __init__(self, asset: Callable[[str], str]) -> None:
        self._environment = Environment(
            loader=FileSystemLoader(TEMPLATES),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
        )
        self._environment.globals.update(asset=asset, pieces=pieces)
        self._environment.filters.update(
            mathml=mathml,
            italic=italic,
            svgmaths=svgmaths,
            dims=dims,
            curve=curve,
            n=coordinate,
            si=si,
            grouped=grouped,
        )
        self._environment.tests.update(nought=is_nought)

    def text(self, template: str, **context: object) -> str:
        """A template, rendered whole. Raises jinja2.UndefinedError for a name that the context lacks."""
        return self._environment.get_template(template).render(context)

    def html(
        self, template: str, status: int = 200, headers: Mapping[str, str] | None = None, **context: object
    ) -> HTMLResponse:
        """The rendered template as an HTML response with this status and these headers."""
        return HTMLResponse(self.text(template, **context), status, headers)


@lru_cache(maxsize=512)
def mathml(latex: str) -> Markup:
    """Author-written LaTeX as the inside of a `<math>`."""
    inside = _OUTER.sub("", convert(latex))
    # Chromium knows no mathvariant but `normal`; and parentheses must grow with the matrices put between them.
    inside = inside.replace('<mn mathvariant="double-struck">1</mn>', "<mn>𝟙</mn>").replace(' stretchy="false"', "")
    # A norm's two bars stand in different rows, so each would stretch to something else.
    inside = inside.replace("<mo>&#x02016;</mo>", '<mo stretchy="false">&#x02016;</mo>')
    return Markup(inside)  # noqa: S704 - made by latex2mathml from formulas of our own


@lru_cache(maxsize=512)
def pieces(template: str) -> list[tuple[Markup, str]]:
    """A formula's template cut at its `$slots`: (MathML before, slot) pairs, the last with an empty slot."""
    slots = Template(template).get_identifiers()
    whole = mathml(Template(template).substitute({slot: rf"\text{{slot-{slot}}}" for slot in slots}))
    # Each piece stands by itself between links, so no tag may reach over a slot: the outer row goes, and rows keep
    # their slots out of fractions and powers.
    # And a bracket would stretch to what shares its piece, not to what it encloses.
    still = str(whole).replace("<mo>", '<mo stretchy="false">')
    # An operator that ends up at the edge of a piece would lose its spaces, as if it were a sign.
    still = _BETWEEN.sub(r'\1<mo form="infix" stretchy="false">', still)
    cut = [*_SLOT.split(still.removeprefix("<mrow>").removesuffix("</mrow>")), ""]
    return [(Markup(cut[i]), cut[i + 1]) for i in range(0, len(cut), 2)]  # noqa: S704 - cut from the same


@lru_cache(maxsize=512)
def italic(text: str) -> str:
    """A formula's text in the maths font's italics, for SVG, which knows no MathML."""
    return _NAME.sub(lambda name: name.group().translate(_ITALIC), text)


@lru_cache(maxsize=512)
def svgmaths(text: str) -> Markup:
    """A formula's text as `italic` has it, as SVG text with a raised ⊤ for ᵀ: the maths font has none."""
    raised = Markup('<tspan class="raised" dy="-6">⊤</tspan><tspan dy="6">{}</tspan>')
    first, *rest = italic(text).split("ᵀ")
    return escape(first) + Markup("").join(raised.format(part or "\u200b") for part in rest)


def dims(shape: Sequence[int]) -> str:
    """A shape as NumPy writes it: (3, 2), (3,), ()."""
    return str(tuple(shape))


def is_nought(text: str) -> bool:
    """Whether a drawn number is 0: a test, as in `text is nought`."""
    return not text.strip("0.")


def coordinate(number: float) -> str:
    """A length in user units, to a tenth."""
    return f"{number:.1f}".removesuffix(".0")


@lru_cache(maxsize=2048)
def curve(points: Curve) -> str:
    """A Bézier curve as the data of an SVG path."""
    start, *rest = (f"{coordinate(x)} {coordinate(y)}" for x, y in points)
    return f"M{start}C{' '.join(rest)}"
