"""From a context to HTML: the Jinja environment, the filters for formulas and curves. It decides nothing."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from functools import lru_cache
from string import Template
from xml.etree import ElementTree

from fastapi.responses import HTMLResponse
from jinja2 import FileSystemLoader, StrictUndefined
from latex2mathml.converter import convert
from markupsafe import Markup, escape

from app.digits import grouped, shape_text, si
from app.layout import Curve
from app.settings import TEMPLATES
from app.snapshot.glossary import ENTRIES, spoken, term_of
from app.snapshot.glossary_parts import MULTIPLY_ADD

from .environment import QuickEnvironment
from .place import placed

_SLOT = re.compile(r"<mtext>slot-(\w+)</mtext>")
_OUTER = re.compile(r"^<math[^>]*>|</math>$")
_WORD = re.compile(r"<m([io])>([a-z]{2,})</m\1>(?!<mo[^>]*>&#x00028;)")
_BRACED = r"(?:[^{}]|\{(?:[^{}]|\{[^{}]*\})*\})*"
_PARTIAL = re.compile(rf"\\frac\{{(\\partial {_BRACED})\}}\{{(\\partial {_BRACED})\}}")
_WORD_OF = re.compile(r"<mo>([a-z]{2,})</mo>")
_OPERATOR = re.compile(r"<mo\b[^>]*>([^<]+)</mo>")
# What an operator has on both sides of it, as the MathML dictionary says.
_SPACES = dict.fromkeys("=<>≤≥", "0.278em") | dict.fromkeys("+−⊙·", "0.222em") | dict.fromkeys("()[]‖*⊤∂/", "0")
_OPENING, _CLOSING = "([", ")]"
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
        self._environment = QuickEnvironment(
            loader=FileSystemLoader(TEMPLATES),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
        )
        self._environment.globals.update(asset=asset, pieces=pieces, glossary=ENTRIES, multiply_add=MULTIPLY_ADD)
        self._environment.globals.update(kept=lru_cache(maxsize=1024, typed=True)(self._alone))
        self._environment.filters.update(
            mathml=mathml,
            in_line=in_line,
            italic=italic,
            svgmaths=svgmaths,
            dims=shape_text,
            corners=corners,
            curve=curve,
            n=coordinate,
            si=si,
            grouped=grouped,
            signs=signs,
            spoken=spoken,
            term=term_of,
        )
        self._environment.tests.update(nought=is_nought)

    def text(self, template: str, *, prefix: str = "", **context: object) -> str:
        """A template, rendered whole, its addresses behind `prefix`.

        Raises jinja2.UndefinedError for a name that the context lacks.
        """
        return placed(self._environment.get_template(template).render(context), prefix)

    def _alone(self, template: str, **seen: Hashable) -> Markup:
        """A piece of many pages, made from what it is handed alone, and so once for all that hand it the same.

        Templates call it as `kept`, which keeps the last thousand: by type, too, for markup equals the text that it
        is written with, and that is to be escaped.
        """
        return Markup(self._environment.get_template(template).render(seen))  # noqa: S704 - which escapes

    def html(
        self, template: str, prefix: str, status: int, headers: Mapping[str, str], **context: object
    ) -> HTMLResponse:
        """The rendered template as an HTML response with this status and these headers."""
        return HTMLResponse(self.text(template, prefix=prefix, **context), status, headers)


@lru_cache(maxsize=512)
def mathml(latex: str) -> Markup:
    """Author-written LaTeX as the inside of a `<math>`: one element, whose brackets are as large as what they hold."""
    inside = _OUTER.sub("", convert(latex))
    # Chromium knows no mathvariant but `normal`.
    inside = inside.replace('<mn mathvariant="double-struck">1</mn>', "<mn>𝟙</mn>")
    # A word is no operator, and stands apart from what it is the function of, unless that is in brackets.
    inside = _WORD.sub(r'<mi>\2</mi><mspace width="0.167em" />', inside)
    inside = _WORD_OF.sub(r"<mi>\1</mi>", inside)
    return Markup(_written_out(inside))  # noqa: S704 - made by latex2mathml from formulas of our own


def in_line(latex: str) -> str:
    """The same formula as low as one line: a partial derivative with a stroke, where it has a bar."""
    return _PARTIAL.sub(r"{\1/\2}", latex)


def _written_out(markup: str) -> str:
    """The same with each operator's form, spaces and size as attributes, since it may come to stand by itself.

    Firefox gives spaces to no operator that stands alone, and both browsers would stretch a bracket to whatever is in
    its row. Only brackets around a fraction grow.
    """
    found = list(_OPERATOR.finditer(markup))
    signs = [html.unescape(operator.group(1)) for operator in found]
    grown = {
        place for pair in _pairs(signs) if "<mfrac" in markup[slice(*(found[i].end() for i in pair))] for place in pair
    }
    parts, end = [], 0
    for place, (operator, sign) in enumerate(zip(found, signs, strict=True)):
        parts.append(markup[end : operator.start()])
        begins = not parts[-1] and place > 0 and signs[place - 1] not in _CLOSING
        begins = begins or bool(re.search(r"(?:^|<(?!/)[^>]*[^/>]>)$", markup[: operator.start()]))
        parts.append(_operator(sign, operator.group(), begins=begins, grown=place in grown))
        end = operator.end()
    return "".join(parts) + markup[end:]


def _pairs(signs: Sequence[str]) -> Iterator[tuple[int, int]]:
    """The places of each opening bracket and of the one that closes it."""
    opened: list[int] = []
    for place, sign in enumerate(signs):
        if sign in _OPENING:
            opened.append(place)
        elif sign in _CLOSING and opened:
            yield opened.pop(), place


def _operator(sign: str, markup: str, *, begins: bool, grown: bool) -> str:
    """An operator with its attributes; `begins` is whether nothing stands before it that it could join to the next."""
    if sign == "∑":
        return f'<mo form="prefix" lspace="{"0" if begins else "0.167em"}" rspace="0.167em">∑</mo>'
    if sign not in _SPACES or "fence" in markup:
        return markup
    form = "prefix" if sign in _OPENING else "postfix" if sign in _CLOSING else "prefix" if begins else "infix"
    space = "0" if form == "prefix" else _SPACES[sign]
    stretchy = "" if grown else ' stretchy="false"'
    return f'<mo form="{form}" lspace="{space}" rspace="{space}"{stretchy}>{html.escape(sign)}</mo>'


@lru_cache(maxsize=512)
def pieces(template: str) -> list[tuple[Markup, str]]:
    """A formula's template cut at its `$slots`: (MathML before, slot) pairs, the last with an empty slot."""
    slots = Template(template).get_identifiers()
    whole = mathml(Template(template).substitute({slot: rf"\text{{slot-{slot}}}" for slot in slots}))
    # Each piece stands by itself between links, so no tag may reach over a slot: the outer row goes, and rows keep
    # their slots out of fractions and powers.
    cut = [*_SLOT.split(whole.removeprefix("<mrow>").removesuffix("</mrow>")), ""]
    return [(Markup(cut[i]), cut[i + 1]) for i in range(0, len(cut), 2)]  # noqa: S704 - cut from the same


@lru_cache(maxsize=512)
def signs(markup: str) -> list[tuple[Markup, str]]:
    """A piece of a formula cut at its signs: (MathML, id) pairs, the id empty where the glossary has no entry."""
    parts: list[tuple[Markup, str]] = []
    row = ElementTree.fromstring(f"<mrow>{markup}</mrow>")  # noqa: S314 - made by latex2mathml
    for element in row[0] if len(row) == 1 and row[0].tag == "mrow" else row:
        drawn = Markup(ElementTree.tostring(element, encoding="unicode"))  # noqa: S704 - from the same
        term = term_of(_plain(element))
        if parts and not term and not parts[-1][1]:
            drawn = parts.pop()[0] + drawn
        parts.append((drawn, term))
    return parts


def _plain(element: ElementTree.Element) -> str:
    """The text of one element of MathML, as a formula's text has it: 1/2 for a fraction, and v for v with an index."""
    if element.tag == "mstyle":
        return "".join(_plain(part) for part in element)
    if element.tag == "mfrac":
        return "/".join("".join(part.itertext()) for part in element)
    return "".join((element[0] if element.tag == "msub" else element).itertext())


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


def is_nought(text: str) -> bool:
    """Whether a drawn number is 0: a test, as in `text is nought`."""
    return not text.strip("0.")


@lru_cache(maxsize=4096)
def coordinate(number: float) -> str:
    """A length in user units, to a tenth."""
    return f"{number:.1f}".removesuffix(".0")


@lru_cache(maxsize=2048)
def curve(points: Curve) -> str:
    """A Bézier curve as the data of an SVG path."""
    start, *rest = (f"{coordinate(x)} {coordinate(y)}" for x, y in points)
    return f"M{start}C{' '.join(rest)}"


def corners(points: Curve) -> str:
    """A polygon with these corners as the data of an SVG path."""
    return f"M{'L'.join(f'{coordinate(x)} {coordinate(y)}' for x, y in points)}Z"
