"""Jinja's environment, made for pages that are written anew for each set of numbers: what a template costs is here.

All of it is by the hooks that Jinja has for this: the class of its code generator, of its contexts, of its templates.
Whatever is written is escaped, as Jinja does it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from jinja2 import Environment, Template, nodes
from jinja2.compiler import CodeGenerator, Frame
from jinja2.runtime import Context
from markupsafe import Markup, escape

# The five letters that HTML text and attributes must not hold as they are.
_UNSAFE = re.compile("""[&<>"']""").search


def escaped(value: object) -> str:
    """What a template writes: markup as it is, anything else as text whose letters mean nothing in HTML.

    It is `markupsafe.escape`, but quick where there is nothing to escape: nearly all that a page writes are numbers and
    names, some two thousand times.
    """
    if type(value) is str:
        return escape(value) if _UNSAFE(value) else value
    return value if type(value) is Markup else escape(value)


class _CodeGenerator(CodeGenerator):
    """Compiles templates to Python that writes each value by `escaped`; an `if` without an `else` writes nothing."""

    def visit_CondExpr(self, node: nodes.CondExpr, frame: Frame) -> None:
        super().visit_CondExpr(nodes.CondExpr(node.test, node.expr1, node.expr2 or nodes.Const("")), frame)

    def _output_child_pre(self, node: nodes.Expr, frame: Frame, finalize: CodeGenerator._FinalizeInfo) -> None:
        if frame.eval_ctx.volatile or finalize.src is not None:
            super()._output_child_pre(node, frame, finalize)
        else:
            self.write("environment.escaped(")


class _Context(Context):
    """Calls what a template calls, a macro or a function of ours, as it is: none of them asks for the context."""

    def call(self, called: Callable[..., object], /, *args: object, **kwargs: object) -> object:
        """What it returns. Jinja sends along the variables of loops and blocks, for those that ask for a context."""
        kwargs.pop("_loop_vars", None)
        kwargs.pop("_block_vars", None)
        return called(*args, **kwargs)


class _Template(Template):
    """A template that is put together at once, and so is each of its blocks.

    Else every piece would be handed up from one layer of a page to the next, as Jinja does it.
    """

    @classmethod
    def from_code(cls, *args: Any, **kwargs: Any) -> Template:
        template = super().from_code(*args, **kwargs)
        template.root_render_func = _whole(template.root_render_func)
        template.blocks = {name: _whole(block) for name, block in template.blocks.items()}
        return template


def _whole(pieces: Callable[..., Iterator[str]]) -> Callable[..., Iterator[str]]:
    """The same, as one piece."""

    def whole(*args: object, **kwargs: object) -> Iterator[str]:
        yield "".join(pieces(*args, **kwargs))

    return whole


class QuickEnvironment(Environment):
    """As Jinja's own, but for how its templates are compiled and what they call.

    `a.b` is the attribute b of a, and never an item: a name that an object lacks is an AttributeError on the spot.
    """

    code_generator_class = _CodeGenerator
    context_class = _Context
    template_class = _Template
    # mypy compares it with the method that it replaces; Jinja calls both with an object and a name
    getattr = staticmethod(getattr)  # type: ignore[assignment]
    escaped = staticmethod(escaped)
