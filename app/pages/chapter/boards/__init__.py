"""The boards of the chapter, one module each: what it draws, its formulas, and the step of the network it explains.

A module is named as its template is; its title and its sentence stand in app.pages.contents.
"""

from app.pages.chapter.question import Board

from . import avoided, canonical, chain, jacobian, linear, onward, relu, reuse, saved, softmax, vjp

BOARDS: tuple[Board, ...] = tuple(
    module.BOARD for module in (jacobian, chain, vjp, avoided, linear, relu, softmax, canonical, saved, reuse, onward)
)

__all__ = ["BOARDS"]
