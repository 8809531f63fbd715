"""The reader and the writer of addresses, by a list of parameters made for the purpose."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.state import FieldError, Invalid
from app.state.codec import Param, Reader, address_of, query_of, read_query, written


def count(text: str) -> int | FieldError:
    return int(text) if text.isdecimal() and text.isascii() else FieldError(("query", "n"), "n must be a count")


PARAMS: tuple[Param[Any], ...] = (
    Param("word", str, str, ""),
    Param("n", count, str, 7),
    Param("note", str, str, None, page=True),
)
Values = dict[str, Any]
values = st.fixed_dictionaries({"word": st.text(), "n": st.integers(0, 10**6), "note": st.none() | st.text(min_size=1)})


def read(raw: str, *, strict: bool = False) -> Values:
    return read_query(raw, PARAMS, dict, strict=strict)


@given(values)
@example({"word": "&=+%?#é;,−\x00", "n": 7, "note": "a=b&c=%zz"})
def test_what_is_written_reads_back_the_same(chosen: Values) -> None:
    query = query_of(written(PARAMS, chosen))
    assert read(query) == chosen
    assert query.isascii()


@given(values)
def test_defaults_are_left_out_and_the_order_is_that_of_the_list(chosen: Values) -> None:
    names = [name for name, _ in written(PARAMS, chosen)]
    assert names == [param.name for param in PARAMS if chosen[param.name] != param.default]
    backwards = "&".join(reversed(query_of(written(PARAMS, chosen)).split("&")))
    assert read(backwards) == chosen


def test_what_only_pages_know_is_not_written_for_the_api_and_not_read_by_it() -> None:
    chosen = {"word": "w", "n": 1, "note": "x"}
    assert query_of(written(PARAMS, chosen)) == "word=w&n=1&note=x"
    assert query_of(written(PARAMS, chosen, page=False)) == "word=w&n=1"
    with pytest.raises(Invalid, match=r"known are n, word$"):
        read("note=x", strict=True)


def test_nothing_chosen_is_the_plain_path() -> None:
    assert address_of("/there", query_of([])) == "/there"
    assert address_of("/there", query_of([("a", "1,2;-3")])) == "/there?a=1,2;-3"


def test_a_wrong_text_leaves_the_default_and_keeps_what_was_typed() -> None:
    with pytest.raises(Invalid) as caught:
        read("n=many&word=w&other=1")
    assert caught.value.fallback == {"word": "w", "n": 7, "note": None}
    assert caught.value.typed == {"n": "many", "word": "w"}
    assert [(error.field, error.msg) for error in caught.value.errors] == [("n", "n must be a count")]


def test_one_that_may_be_given_often_is_read_as_one() -> None:
    boxes = Param("box", str, str, None, many=True)
    for raw, text in (("box=1&box=&box=3", "1,3"), ("box=2", "2"), ("box=", ""), ("", None)):
        reader = Reader(raw)
        reader.expect(["box"], strict=True, many=["box"])
        assert reader.read(boxes) == text
        assert not reader.errors


def test_nothing_that_was_sent_is_repeated() -> None:
    for strict in (True, False):
        with pytest.raises(Invalid) as caught:
            read("zqj7=%zz&n=zqj7&n=zqj7&zqj7=1&word=%zqj7", strict=strict)
        assert len(caught.value.errors) >= 3
        assert all("zqj7" not in str(error.loc) + error.msg for error in caught.value.errors)
