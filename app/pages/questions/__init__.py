"""The three questions to think about, in place on the boards and at /recall, each with its whole answer line by line.

Layout: `three` the questions · `easy`, `medium`, `hard` their answers · `pairs` heads in numbers · `by_hand` the
softmax multiplied out · `points` the answers in the few lines that a lecture has room for · `models` what an answer is
made of.
"""

from .hard import LOG_PARTITION
from .models import Cell, Colour, Equation, Level, Line, Piece, Row, SpokenKind, Table, Think
from .pairs import HeadGradient, head_gradients
from .points import Point, points_of
from .three import SPOKEN, Spoken, think

__all__ = [
    "LOG_PARTITION",
    "SPOKEN",
    "Cell",
    "Colour",
    "Equation",
    "HeadGradient",
    "Level",
    "Line",
    "Piece",
    "Point",
    "Row",
    "Spoken",
    "SpokenKind",
    "Table",
    "Think",
    "head_gradients",
    "points_of",
    "think",
]
