"""Arrays as people paste them are read as what they are, or refused in a sentence; nothing is guessed or left out."""

from __future__ import annotations

import json
import math
import string
from collections.abc import Callable
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.engine import Array, Values
from app.snapshot import as_json
from app.state import FieldError, field_text, from_query
from app.state.blocks import named_parts
from app.state.codec import query_of
from app.state.errors import Invalid
from app.state.notations import NotationError, grid_of, number_of
from app.state.numbers import numbers_pasted
from tests.conftest import Lot, examples

W = ((0.5, -0.2), (0.3, 0.4), (-0.1, 0.6))

# The same matrix as it is copied from elsewhere.
PASTED = {
    "this page": "0.5, -0.2; 0.3, 0.4; -0.1, 0.6",
    "a Python list": "[[0.5, -0.2], [0.3, 0.4], [-0.1, 0.6]]",
    "a Python list with a last comma": "[[0.5, -0.2], [0.3, 0.4], [-0.1, 0.6],]",
    "tuples": "((0.5, -0.2), (0.3, 0.4), (-0.1, 0.6))",
    "rows of a list": "[0.5, -0.2], [0.3, 0.4], [-0.1, 0.6]",
    "NumPy's print": "[[ 0.5 -0.2]\n [ 0.3  0.4]\n [-0.1  0.6]]",
    "NumPy's repr": "array([[ 0.5, -0.2],\n       [ 0.3,  0.4],\n       [-0.1,  0.6]])",
    "NumPy code": "np.array([[0.5, -0.2], [0.3, 0.4], [-0.1, 0.6]], dtype=np.float64)",
    "NumPy scalars": "[[np.float64(0.5), np.float64(-0.2)], [np.float64(0.3), 0.4], [-0.1, 0.6]]",
    "PyTorch code": "torch.tensor([[0.5, -0.2], [0.3, 0.4], [-0.1, 0.6]], requires_grad=True)",
    "PyTorch's print": "tensor([[ 0.5, -0.2],\n        [ 0.3,  0.4],\n        [-0.1,  0.6]], grad_fn=<AddBackward0>)",
    "PyTorch on a GPU": "tensor([[0.5,-0.2],[0.3,0.4],[-0.1,0.6]], device='cuda:0', dtype=torch.float64)",
    "a PyTorch parameter": "Parameter containing:\ntensor([[0.5, -0.2],[0.3, 0.4],[-0.1, 0.6]], requires_grad=True)",
    "JAX": "Array([[0.5, -0.2], [0.3, 0.4], [-0.1, 0.6]], dtype=float32)",
    "TensorFlow": "<tf.Tensor: shape=(3, 2), numpy=\narray([[0.5,-0.2],[0.3,0.4],[-0.1,0.6]], dtype=float32)>",
    "SymPy": "Matrix([[0.5, -0.2], [0.3, 0.4], [-0.1, 0.6]])",
    "MATLAB": "[0.5 -0.2; 0.3 0.4; -0.1 0.6]",
    "MATLAB with commas": "[0.5, -0.2;\n 0.3, 0.4;\n -0.1, 0.6];",
    "MATLAB's print": "    0.5000   -0.2000\n    0.3000    0.4000\n   -0.1000    0.6000\n",
    "Julia": "[0.5 -0.2\n0.3 0.4\n-0.1 0.6]",
    "Mathematica": "{{0.5,-0.2},{0.3,0.4},{-0.1,0.6}}",
    "a spreadsheet": "0.5\t-0.2\r\n0.3\t0.4\r\n-0.1\t0.6\r\n",
    "CSV": "0.5,-0.2\r\n0.3,0.4\r\n-0.1,0.6\r\n",
    "a Markdown table": "| 0.5 | -0.2 |\n| 0.3 | 0.4 |\n| -0.1 | 0.6 |",
    "LaTeX rows": r"0.5 & -0.2 \\ 0.3 & 0.4 \\ -0.1 & 0.6",
    "LaTeX": r"\begin{bmatrix} 0.5 & -0.2 \\ 0.3 & 0.4 \\ -0.1 & 0.6 \end{bmatrix}",
    "LaTeX with delimiters": r"$\left[\begin{array}{cc} 0.5&-0.2 \\[2pt] 0.3&0.4 \\ -0.1&0.6 \\ \end{array}\right]$",
    "minus signs and dashes": "0.5 \u22120.2; 0.3 0.4; \u20130.1 0.6",
    "full-width signs": "０．５，－０．２；０．３，０．４；－０．１，０．６",
    "blanks and marks that are not seen": "0.5\u00a0-0.2;\u202f0.3 0.4;\ufeff-0.1\u200b 0.6",
    "fractions and powers of ten": "1/2, −2/10; 3×10⁻¹, 4·10^-1; -1e-1, 6*10**-1",
}


@pytest.mark.parametrize("notation", PASTED)
def test_a_matrix_is_read_in_every_notation(notation: str) -> None:
    found = numbers_pasted(PASTED[notation], "W", (3, 2))
    assert np.allclose(np.array(found), W, rtol=1e-15, atol=0), found


@pytest.mark.parametrize("notation", PASTED)
def test_a_page_shows_it_in_the_spelling_of_addresses(notation: str) -> None:
    state = from_query(query_of([("W", PASTED[notation])]), "backward", strict=False)
    assert state.address() in ("/backward", "/backward?W=0.5,-0.2;0.30000000000000004,0.4;-0.1,0.6000000000000001")


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("2.00×10⁻⁹", 2e-9),
        ("2 × 10^-9", 2e-9),
        (r"2\times 10^{-9}", 2e-9),
        ("2e-9", 2e-9),
        ("1/3", 1 / 3),
        ("−2/3", -2 / 3),
        (r"-\frac{1}{3}", -1 / 3),
        ("１．５", 1.5),
        ("[0.5]", 0.5),
        ("tensor(0.5, dtype=torch.float64)", 0.5),
        ("np.float64(0.5)", 0.5),
        ("-0", 0.0),
    ],
)
def test_one_number_is_read_in_every_notation(text: str, number: float) -> None:
    found = numbers_pasted(text, "z", ())
    assert found == number
    assert str(found) != "-0.0"


@pytest.mark.parametrize(
    "text", ["1, 2, 3", "[1 2 3]", "1\n2\n3", "[[1], [2], [3]]", "[1; 2; 3]", "c(1, 2, 3)", "1\t2\t3"]
)
def test_a_vector_may_be_written_as_a_column(text: str) -> None:
    assert numbers_pasted(text, "b", (3,)) == (1.0, 2.0, 3.0)


# --- what is refused, and in which words ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "shape", "says"),
    [
        ("0,5", (), "q must be one number, not 2. If 0,5 is one number, write 0.5"),
        ("1,5; 0,5", (2,), "q needs 2 numbers, not 2 rows of 2. If 1,5 is one number, write 1.5"),
        ("0,5\t-0,2\n0,3\t0,4", (2, 2), ". If 0,5 is one number, write 0.5"),
        ("1,2,3;4,5,6;7,8,9", (3, 2), "q needs 3 rows of 2 numbers, not 3 rows of 3"),
        ("1,2;3", (2, 2), "q needs 2 rows of 2 numbers, not rows of 2 and 1"),
        ("", (2,), "q needs 2 numbers, not none"),
        ("1,,2", (2,), "q needs 2 numbers, not 3"),
        ("1,", (2,), "entry 2 of q must be"),
        ("1, x", (2,), "entry 2 of q must be"),
        ("nan, 1", (2,), "entry 1 of q must be"),
        ("1/0", (), "q must be a finite"),
        ("1½, 2", (2,), "entry 1 of q must be"),
        ("10², 2", (2,), "entry 1 of q must be"),
        ("1_000, 2", (2,), "entry 1 of q must be"),
        ("np.zeros(2)", (2,), "it calls a function"),
        ("array(1, 2)", (2,), "it calls a function"),
        ("[1, 2", (2,), "the brackets do not match"),
        ("[1, 2)", (2,), "the brackets do not match"),
        ("1 2, 3", (2,), "separated in two ways"),
        ("[[1, 2], 3]", (2, 2), "some numbers are in brackets and some are not"),
        ("[[[1], [2]], [[3], [4]]]", (2, 2), "the brackets are more than two deep"),
    ],
)
def test_what_is_not_clear_is_refused_with_what_was_seen(text: str, shape: tuple[int, ...], says: str) -> None:
    found = numbers_pasted(text, "q", shape)
    assert isinstance(found, FieldError), found
    assert says in found.msg


# --- there and back -----------------------------------------------------------------------------------------

FINITE = st.floats(allow_nan=False, allow_infinity=False)
MATRICES = st.tuples(st.integers(1, 5), st.integers(1, 5)).flatmap(
    lambda shape: st.lists(FINITE, min_size=shape[0] * shape[1], max_size=shape[0] * shape[1]).map(
        lambda numbers: np.array(numbers).reshape(shape)
    )
)


def lines(matrix: Array, between: str, rows: str) -> str:
    return rows.join(between.join(map(repr, row)) for row in matrix.tolist())


def by_numpy(matrix: Array, write: Callable[[Array], str]) -> str:
    with np.printoptions(floatmode="unique", linewidth=10_000, threshold=10_000):
        return write(matrix)


def nested(matrix: Array) -> Values:
    return tuple(tuple(row) for row in matrix.tolist())


WRITERS: dict[str, Callable[[Array], str]] = {
    "NumPy's str": lambda matrix: by_numpy(matrix, str),
    "NumPy's repr": lambda matrix: by_numpy(matrix, repr),
    "a list": lambda matrix: repr(matrix.tolist()),
    "JSON": lambda matrix: json.dumps(matrix.tolist()),
    "MATLAB": lambda matrix: f"[{lines(matrix, ' ', '; ')}]",
    "TSV": lambda matrix: lines(matrix, "\t", "\n"),
    "CSV": lambda matrix: lines(matrix, ",", "\r\n"),
    "LaTeX": lambda matrix: rf"\begin{{pmatrix}} {lines(matrix, ' & ', chr(92) * 2)} \end{{pmatrix}}",
    "an address": lambda matrix: field_text(nested(matrix), ""),
    "a field": lambda matrix: field_text(nested(matrix)),
    "a field, with true minus signs": lambda matrix: field_text(nested(matrix)).replace("-", "−"),
}


@pytest.mark.parametrize("writer", WRITERS)
@settings(max_examples=examples(15, 400), deadline=None, derandomize=True)
@given(matrix=MATRICES)
def test_any_matrix_reads_back_to_the_same_floats(writer: str, matrix: Array) -> None:
    found = numbers_pasted(WRITERS[writer](matrix), "W", matrix.shape)
    assert found == nested(matrix + 0.0)


@settings(max_examples=examples(60, 2000), deadline=None, derandomize=True)
@given(text=st.text(alphabet="0123456789.,;- \t\n[](){}&|\\e/", max_size=40))
def test_no_text_is_two_matrices(text: str) -> None:
    shapes = product(range(1, 6), repeat=2)
    assert sum(not isinstance(numbers_pasted(text, "W", shape), FieldError) for shape in shapes) <= 1


@settings(max_examples=examples(60, 2000), deadline=None, derandomize=True)
@given(
    numbers=st.lists(st.floats(-1e3, 1e3).map(lambda number: round(number, 3)), min_size=1, max_size=6), data=st.data()
)
def test_no_number_is_left_out_or_made_up(numbers: list[float], data: st.DataObject) -> None:
    """Whatever stands between numbers: if it is read, it is read as these, in this order."""
    between = [data.draw(st.text(alphabet=",; \t\n[]()&|", min_size=1, max_size=4)) for _ in numbers]
    text = "".join(f"{number!r}{gap}" for number, gap in zip(numbers, between, strict=True))
    try:
        grid = grid_of(text)
    except NotationError:
        return
    entries = [number_of(entry) for row in grid for entry in row if entry]
    assert entries == numbers or not all(map(math.isfinite, entries))


def test_no_text_breaks_the_reader_or_keeps_it_long(lot: Lot) -> None:
    """20,000 texts in a soak. Each is read or refused, with a sentence that holds none of it."""
    pieces = [
        *(
            "[",
            "]",
            "(",
            ")",
            "{",
            "}",
            ",",
            ";",
            "\n",
            "\t",
            " ",
            "-",
            "−",
            "e",
            "/",
            ".",
            "&",
            "|",
            "\\",
            "\\\\",
            "=",
            ":",
        ),
        *(
            "0",
            "1.5",
            "1e400",
            "x",
            "W",
            "array(",
            "tensor([",
            "np.float64(",
            "\\begin{bmatrix}",
            "\\frac{1}{2}",
            "×10⁻⁹",
        ),
        *(
            ", dtype=float",
            "{'x': ",
            "\u200b",
            "\u202e",
            "\x00",
            "<b>",
            "½",
            "🙂",
            "Parameter containing:",
            "<tf.Tensor:",
        ),
        *string.printable,
    ]
    for _ in range(20_000 if lot.soak else 300):
        text = "".join(lot.choices(pieces, k=lot.randrange(1, 40))) * lot.choice([1, 1, 1, 40])
        query = query_of([(lot.choice(["x", "W", "b", "y"]), text)])
        try:
            from_query(query, "backward", strict=False)
        except Invalid as error:
            for one in error.errors:
                assert len(one.msg) < 400
                assert "<" not in one.msg


# --- blocks -------------------------------------------------------------------------------------------------

NAMES = ("x", "W", "b", "y")
BLOCKS = {
    "one line": ("W = [[1, 2], [3, 4], [5, 6]]", {"W": "[[1, 2], [3, 4], [5, 6]]"}),
    "lines": ("x = 1, 0.5\nW = 1,2;3,4;5,6", {"x": "1, 0.5", "W": "1,2;3,4;5,6"}),
    "a dict": ("{'x': [1, 0.5], 'b': (0, 0, 0)}", {"x": "[1, 0.5]", "b": "(0, 0, 0)"}),
    "a dict of arrays": (
        "dict(x=[1, 2], b=np.array([0, 0, 0], dtype=float))",
        {"x": "[1, 2]", "b": "np.array([0, 0, 0], dtype=float)"},
    ),
    "a request of the API": ('{"network": "relu-mse", "values": {"x": [2, 1]}}', {"x": "[2, 1]"}),
    "code": (
        "import numpy as np\nx = np.array([1.0, 0.5])  # input\nW = np.array([[1, 2],\n [3, 4], [5, 6]])",
        {"x": "np.array([1.0, 0.5])", "W": "np.array([[1, 2],\n [3, 4], [5, 6]])"},
    ),
    "JavaScript": ("const x = [1, 2];\nlet b = [0, 0, 0];", {"x": "[1, 2]", "b": "[0, 0, 0]"}),
    "MATLAB": ("x=[1 2]; W=[1 2; 3 4; 5 6]; b=[0;0;0]", {"x": "[1 2]", "W": "[1 2; 3 4; 5 6]", "b": "[0;0;0]"}),
    "the target by its name on the page": ("y* = 1, 0, 0", {"y": "1, 0, 0"}),
}


@pytest.mark.parametrize("block", BLOCKS)
def test_a_block_fills_the_fields_it_names_from_whichever_field_it_is_in(block: str) -> None:
    text, parts = BLOCKS[block]
    assert named_parts(text, NAMES) == parts
    found = {from_query(query_of([(name, text)]), "backward", strict=False).address() for name in NAMES}
    assert len(found) == 1
    values = from_query(next(iter(found)).partition("?")[2], "backward", strict=True).values
    shapes: dict[str, tuple[int, ...]] = {"x": (2,), "W": (3, 2), "b": (3,), "y": (3,)}
    for name, part in parts.items():
        assert values[name] == numbers_pasted(part, name, shapes[name])


def test_an_answer_of_the_api_pasted_into_a_field_gives_its_numbers() -> None:

    state = from_query("x=2,1&b=1,2,3", "backward", strict=True)
    text = as_json(state).decode()
    assert from_query(query_of([("W", text)]), "backward", strict=False).values == state.values


@pytest.mark.parametrize("text", ["1, 0.5", "array([1, 2], dtype=float)", "tensor([1., 2.], requires_grad=True)", ""])
def test_an_array_is_no_block(text: str) -> None:
    assert named_parts(text, NAMES) is None


def test_a_name_that_is_not_of_the_network_is_told_beside_what_was_pasted() -> None:
    with pytest.raises(Invalid) as caught:
        from_query(query_of([("W", "lr = 0.1")]), "backward", strict=False)
    assert [error.msg for error in caught.value.errors] == [
        "W cannot be read: it names something other than x, W, b, y"
    ]
    assert caught.value.typed["W"] == "lr = 0.1"


def test_the_api_knows_one_spelling_of_addresses() -> None:
    for text in (*PASTED.values(), "W = 1,2;3,4;5,6"):
        if text not in (PASTED["this page"], field_text(W)):
            with pytest.raises(Invalid):
                from_query(query_of([("W", text)]), "backward", strict=True)
