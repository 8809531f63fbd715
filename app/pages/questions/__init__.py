"""The three questions to think about, in place on the boards and at /recall, each with its whole answer line by line.

Layout: `three` the questions · `easy`, `medium`, `hard` their answers · `models` what an answer is made of.
"""

from .models import Cell, Equation, Level, Line, Piece, Row, SpokenKind, Table, Think
from .three import SPOKEN, Spoken, think

__all__ = [
    "SPOKEN",
    "Cell",
    "Equation",
    "Level",
    "Line",
    "Piece",
    "Row",
    "Spoken",
    "SpokenKind",
    "Table",
    "Think",
    "think",
]
