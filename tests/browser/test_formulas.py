"""Formulas as they are drawn: brackets reach around matrices, and nothing else grows with them."""

from __future__ import annotations

import pytest

from .stage import Stage

_BOXES = """(all) => all.map((one) => {
  const box = one.getBoundingClientRect();
  return [one.textContent, box.height / parseFloat(getComputedStyle(one.closest('math')).fontSize)];
})"""
_AROUND = """(tables) => tables.map((table) => {
  const [before, inside, after] = [table.previousElementSibling, table, table.nextElementSibling]
    .map((one) => one.getBoundingClientRect());
  return [before, after].every((one) => one.top <= inside.top + 1 && one.bottom >= inside.bottom - 1);
})"""
_PLACES = (
    "/forward?step=2",
    "/backward?step=4",
    "/forward?network=sigmoid-then-bce&step=3",
    "/backward?network=softmax-mse&step=3",
    "/backward?step=3&show=jacobian",
)


@pytest.mark.parametrize("place", _PLACES)
def test_brackets_reach_around_a_matrix_and_parentheses_stay_as_large_as_the_type(stage: Stage, place: str) -> None:
    stage.open(place)
    around = stage.at("#card mtable").evaluate_all(_AROUND)
    assert around
    assert all(around)
    small = stage.at("#card mo[stretchy='false'], #card mi").evaluate_all(_BOXES)
    assert {text: height for text, height in small if height > 1.3} == {}
    shapes = stage.at("#card .dims").evaluate_all("(all) => all.map((one) => getComputedStyle(one).fontSize)")
    assert {float(size.removesuffix("px")) for size in shapes} <= {13.0}, "the smallest type there is"


def test_equals_signs_have_the_same_space_on_both_sides(stage: Stage) -> None:
    stage.open("/backward?step=4")
    gaps = stage.at("#card .rung math").evaluate_all(
        """(all) => all.filter((one) => one.textContent === '=')
                       .map((one) => [one, one.querySelector('mo')].map((part) => part.getBoundingClientRect()))
                       .map(([outer, inner]) => [inner.left - outer.left, outer.right - inner.right])"""
    )
    assert gaps
    assert all(left > 3 and abs(left - right) < 0.5 for left, right in gaps)
