"""What every row of the table says of one entry: its terms, its formulas, its derivation, its Jacobian.

The whole table is walked, so that a new row is checked before anybody looks at it.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from math import prod
from string import Template
from xml.etree import ElementTree

import numpy as np
import pytest
from autograd import jacobian
from latex2mathml.converter import convert

from app.engine import OPS, Array, Formula, Op, Shape
from app.engine.ops import Entrywise, Factor, LocalDerivative, NamedArray, Vjp

from .formula_reader import LETTERS, as_text, squeezed, worked_out
from .reference_ops import (
    DRAWS,
    HOLD,
    KINDS,
    REFERENCE,
    ROWS,
    RULES,
    drawn,
    forms,
    identifiers,
    slots_at,
    upstream,
    worst,
    written,
)

# Formulas read letter by letter take their time; so many draws have every form of every rule among them.
DRAWS_READ = 6
ENTRYWISE = [
    *(pytest.param(op, None, id=f"{op.name}-forward") for op in OPS.values()),
    *(pytest.param(op, slot, id=f"{op.name}-{slot}") for op in OPS.values() for slot in op.vjps),
]
TEMPTING = [
    pytest.param(op, slot, id=f"{op.name}-{slot}") for op in OPS.values() for slot in op.vjps if op.vjps[slot].tempting
]


def said(op: Op, slot: str | None, seed: int = 3) -> tuple[Entrywise, NamedArray | None]:
    """What a row says of one entry of its output, or of the gradient at one input, for the numbers of a draw."""
    if slot is None:
        return op.entrywise, op.intermediate
    rule = form(op, slot, seed)
    return rule.entrywise, rule.local


def form(op: Op, slot: str, seed: int) -> Vjp:
    """A rule as it is written for the numbers of a draw."""
    return op.vjps[slot].at(op.forward(*drawn(op, seed))[1])


def arrays_at(op: Op, slot: str | None, seed: int) -> tuple[dict[str, Array], Array]:
    """What factors may name, by slot, and the array whose entries they explain."""
    inputs = drawn(op, seed)
    output, saved = op.forward(*inputs)
    arrays = dict(zip(op.inputs, inputs, strict=True))
    whole = output
    if slot is not None:
        arrays["v"] = upstream(output, seed)
        whole = op.vjps[slot].rule(arrays["v"], saved)
    _, local = said(op, slot, seed)
    if local is not None:
        arrays["local"] = local.numbers(dict(zip(op.inputs, inputs, strict=True)) if slot is None else saved)
    return arrays, np.asarray(whole)


def number(factor: Factor, arrays: Mapping[str, Array]) -> float:
    one = float(arrays[factor.slot][factor.index]) if factor.slot else factor.constant
    return one**factor.power


def from_terms(entrywise: Entrywise, arrays: Mapping[str, Array], shape: Shape) -> Array:
    """Every entry as the sum over its terms of the product of their factors."""
    shapes = {slot: array.shape for slot, array in arrays.items()}
    whole = np.empty(shape)
    for index in np.ndindex(shape):
        terms = entrywise.terms(index, shapes)
        whole[index] = sum(prod(number(factor, arrays) for factor in term) for term in terms)
    return whole


def first_entry(op: Op, slot: str | None) -> tuple[tuple[int, ...], dict[str, Shape]]:
    arrays, whole = arrays_at(op, slot, 3)
    return (0,) * whole.ndim, {name: array.shape for name, array in arrays.items()}


def compare_terms(op: Op, slot: str | None, entrywise: Entrywise, seed: int) -> None:
    arrays, whole = arrays_at(op, slot, seed)
    assert worst(from_terms(entrywise, arrays, whole.shape), whole) <= HOLD


@pytest.mark.parametrize(("op", "slot"), ENTRYWISE)
def test_the_terms_of_an_entry_multiply_and_add_to_it(op: Op, slot: str | None) -> None:
    for seed in range(DRAWS):
        compare_terms(op, slot, said(op, slot, seed)[0], seed)


@pytest.mark.parametrize(("op", "slot"), ENTRYWISE)
def test_the_comparison_of_terms_catches_one_that_is_missing_or_off_by_a_billionth(op: Op, slot: str | None) -> None:
    entrywise = said(op, slot)[0]  # the terms are the same in all forms of a rule
    fewer = replace(entrywise, terms=lambda at, shapes: entrywise.terms(at, shapes)[1:])
    more = Factor("", constant=1 + 1e-9)
    off = replace(entrywise, terms=lambda at, shapes: [(*term, more) for term in entrywise.terms(at, shapes)])
    for wrong in (fewer, off):
        with pytest.raises(AssertionError):  # noqa: PT012  # one of the draws is enough
            for seed in range(DRAWS):
                compare_terms(op, slot, wrong, seed)


@pytest.mark.parametrize(("op", "slot"), ENTRYWISE)
def test_a_factor_names_a_slot_that_is_there_and_an_entry_of_it(op: Op, slot: str | None) -> None:
    entrywise, local = said(op, slot)
    known = {*op.inputs} | ({"v"} if slot else set()) | ({"local"} if local else set())
    for seed in range(DRAWS):
        arrays, whole = arrays_at(op, slot, seed)
        assert set(arrays) == known
        shapes = {name: array.shape for name, array in arrays.items()}
        for index in np.ndindex(whole.shape):
            for term in entrywise.terms(index, shapes):
                assert term, "an empty product"
                for factor in term:
                    assert factor.power in (1, 2)
                    if not factor.slot:
                        assert factor.index == ()
                        continue
                    assert factor.slot in known
                    assert factor.constant == 1.0, "a factor is a constant or an entry"
                    assert len(factor.index) == len(shapes[factor.slot])
                    assert all(0 <= i < size for i, size in zip(factor.index, shapes[factor.slot], strict=True))


@pytest.mark.parametrize(("op", "slot"), ENTRYWISE)
def test_the_free_letters_are_the_entry_s_own_indices_and_all_others_run(op: Op, slot: str | None) -> None:
    for seed in range(DRAWS):
        entrywise = said(op, slot, seed)[0]
        _, whole = arrays_at(op, slot, seed)
        assert len(entrywise.free) == len(set(entrywise.free)) == whole.ndim
        text, latex = entrywise.formula.text, entrywise.formula.latex
        free = {LETTERS["ijk".index(letter)] for letter in entrywise.free}
        running = set(re.findall(f"Σ([{LETTERS}])", text))
        assert set(re.findall(f"[{LETTERS}]", text)) == free | running
        assert not free & running
        assert set("".join(re.findall(r"_\{?([a-z]+)", latex))) == {
            "ijk"[LETTERS.index(letter)] for letter in free | running
        }


@pytest.mark.parametrize("op", ROWS)
def test_the_shape_of_the_output_is_known_without_its_numbers(op: Op) -> None:
    for seed in range(DRAWS):
        inputs = drawn(op, seed)
        shapes = {slot: array.shape for slot, array in zip(op.inputs, inputs, strict=True)}
        assert op.shape(shapes) == op.forward(*inputs)[0].shape


# --- formulas -----------------------------------------------------------------------------------------------


def formulas(op: Op) -> Iterator[tuple[Formula, set[str]]]:
    """Every formula by indices, the tempting ones and the local factors, with the slots each may name."""
    slots = {*op.inputs, op.output, *op.made}
    rules = [rule for _, rule in written(op)]
    yield op.entrywise.formula, set(op.inputs)
    yield op.formula, set(op.inputs)
    for local in (op.intermediate, *op.made.values(), *(rule.local for rule in rules)):
        for formula in (local.formula, local.entry) if local else ():
            if formula:
                yield formula, slots if isinstance(local, LocalDerivative) else set(op.inputs)
    for rule in rules:
        yield rule.formula, slots | {"v", "local"}
        yield rule.entrywise.formula, slots | {"v"}
        for reason in rule.derivation:
            yield reason.formula, slots | {"v"}
        if rule.tempting:
            yield rule.tempting.formula, slots | {"v"}


@pytest.mark.parametrize("op", ROWS)
def test_text_and_latex_name_the_same_slots_and_say_the_same(op: Op) -> None:
    for formula, known in formulas(op):
        assert identifiers(formula.text) == identifiers(formula.latex) <= known
        assert as_text(formula.latex) == squeezed(formula.text)
    for _, rule in written(op):
        for reason in rule.derivation:
            assert identifiers(reason.says) <= {*op.inputs, op.output, *op.made}
            assert reason.says[0].isupper()
            assert reason.says.endswith(".")


@pytest.mark.parametrize("op", ROWS)
def test_every_formula_becomes_well_formed_mathml(op: Op) -> None:
    for formula, _ in formulas(op):
        for name in ("q", "y^{*}"):
            latex = Template(formula.latex).substitute(dict.fromkeys(identifiers(formula.latex), name))
            tree = ElementTree.fromstring(convert(latex))  # noqa: S314  # our own formulas
            assert tree.tag.endswith("math")
            assert "\\" not in "".join(tree.itertext()), "a command that latex2mathml does not know is left as it is"
        assert not set("\\{}_^") & set(formula.text)


def slopes(op: Op, inputs: tuple[Array, ...], output: Array) -> dict[str, Array]:
    """∂output/∂input by autograd, for each input with a rule: an array over both indices."""
    found = {}
    for slot in op.vjps:
        built = jacobian(REFERENCE[op.name].function, op.inputs.index(slot))(*inputs)
        found[slot] = np.reshape(np.asarray(built), output.shape + inputs[op.inputs.index(slot)].shape)
    return found


def read(formula: Formula, free: str, op: Op, slot: str | None, seed: int) -> None:
    """Work out a formula by indices as it is printed, for every entry, and compare."""
    arrays, whole = arrays_at(op, slot, seed)
    inputs = drawn(op, seed)
    arrays[op.output], saved = op.forward(*inputs)
    arrays |= {name: saved[name] for name in op.made}
    given = slopes(op, inputs, arrays[op.output])
    letters = [LETTERS["ijk".index(letter)] for letter in free]
    found = np.empty(whole.shape)
    for index in np.ndindex(whole.shape):
        found[index] = worked_out(formula.text, dict(zip(letters, index, strict=True)), arrays, given)
    assert worst(found, whole) <= HOLD, formula.text


@pytest.mark.parametrize(("op", "slot"), ENTRYWISE)
def test_an_entry_s_formula_read_as_it_is_printed_gives_the_entry(op: Op, slot: str | None) -> None:
    for seed in range(DRAWS_READ):
        entrywise = said(op, slot, seed)[0]
        read(entrywise.formula, entrywise.free, op, slot, seed)


LOCAL = [
    pytest.param(op, slot, id=f"{op.name}-{slot or 'forward'}")
    for op in OPS.values()
    for slot in (None, *op.vjps)
    # of a matrix, as of a layer's x and W, no entry is ever printed as the local factor's
    if "local" in {factor.slot for term in said(op, slot)[0].terms(*first_entry(op, slot)) for factor in term}
]


@pytest.mark.parametrize(("op", "slot"), LOCAL)
def test_an_entry_of_a_local_factor_read_as_it_is_printed_is_its_number(op: Op, slot: str | None) -> None:
    for seed in range(DRAWS_READ):
        _, local = said(op, slot, seed)
        assert local
        own = re.sub(r"(\$[A-Za-z]+)", rf"\1{LETTERS[0]}", local.formula.text)
        printed = local.entry.text if local.entry else own
        arrays, _ = arrays_at(op, slot, seed)
        arrays[op.output], saved = op.forward(*drawn(op, seed))
        arrays |= {name: saved[name] for name in op.made}
        found = np.empty(arrays["local"].shape)
        for index in np.ndindex(found.shape):
            found[index] = worked_out(printed, dict(zip(LETTERS, index, strict=False)), arrays, {})
        assert worst(found, arrays["local"]) <= HOLD, printed


@pytest.mark.parametrize(("op", "slot"), RULES)
def test_every_line_of_a_derivation_is_true(op: Op, slot: str) -> None:
    """From the chain rule, with autograd's ∂z/∂W in it, to the last line: each gives the VJP's result."""
    for seed in range(DRAWS_READ):
        rule = form(op, slot, seed)
        assert len(rule.derivation) >= 2
        assert "∂" in rule.derivation[0].formula.text
        assert not any("∂" in reason.formula.text for reason in rule.derivation[1:])
        for reason in rule.derivation:
            read(reason.formula, rule.entrywise.free, op, slot, seed)


@pytest.mark.parametrize(("op", "slot"), RULES)
def test_the_draws_that_are_read_have_every_form_of_a_rule_among_them(op: Op, slot: str) -> None:
    assert {form(op, slot, seed) for seed in range(DRAWS_READ)} == set(forms(op.vjps[slot]))


@pytest.mark.parametrize(("op", "slot"), RULES)
def test_a_false_line_is_found_out(op: Op, slot: str) -> None:
    false_lines = REFERENCE[op.name].false_lines[slot]
    assert false_lines
    for text in false_lines:
        with pytest.raises((AssertionError, KeyError, ValueError, IndexError)):  # noqa: PT012  # one draw is enough
            for seed in range(DRAWS_READ):
                read(Formula(text, ""), op.vjps[slot].entrywise.free, op, slot, seed)


def test_the_reader_knows_functions_and_powers_that_no_row_has() -> None:
    """tanh² ¼ − (¼)³ + the larger of −1 and ½, and 1 where sin 1 is above ½."""
    arrays = {"h": np.array([0.25, 1.0])}
    read_so = "tanh($hᵢ)² − $hᵢ³ + max(0 − 1, ½) + 𝟙[sin $hⱼ > ½]"
    found = worked_out(read_so, {"ᵢ": 0, "ⱼ": 1}, arrays, {})
    assert found == pytest.approx(math.tanh(0.25) ** 2 - 0.25**3 + 0.5 + 1, rel=1e-15)
    assert as_text(r"\tanh({${h}_i}^{2})^{3}\,\sinh ${h}_j") == "tanh($hᵢ²)³sinh$hⱼ"
    for nobody_knows in ("sin $hᵢ²", "frobnicate($hᵢ)", "$hᵢ @ 2"):
        with pytest.raises((AssertionError, AttributeError)):
            worked_out(nobody_knows, {"ᵢ": 0}, arrays, {})


def test_a_power_gets_its_braces_and_a_sum_its_brackets_without_being_asked() -> None:
    slope = LocalDerivative(Formula("1 − $h²", "1 - $h^{2}"), lambda saved: saved["h"], combine=lambda v, h: v * h)
    assert slope.formula == Formula("(1 − $h²)", "(1 - {$h}^{2})")
    assert slope.formula.of_entry() == Formula("(1 − $hᵢ²)", "(1 - {${h}_i}^{2})")
    assert slope.entry is None, "the index behind each slot is enough"
    for factor in ("exp($z − 1)", "$h ⊙ (1 − $h)", "(1 − $h) / ($h + 1)", "𝟙[$z > 0]"):
        assert Formula(factor, "").as_factor().text == factor
    assert Formula("(1 − $h) + ($h)", "").as_factor().text == "((1 − $h) + ($h))"


# --- the Jacobian that is only shown ------------------------------------------------------------------------


@pytest.mark.parametrize(("op", "slot"), RULES)
def test_the_jacobian_is_autograd_s_row_by_row(op: Op, slot: str) -> None:
    said_of_it = op.vjps[slot].jacobian
    for seed in range(DRAWS):
        inputs = drawn(op, seed)
        output, _ = op.forward(*inputs)
        at = slots_at(op, inputs, output)
        shapes = {name: array.shape for name, array in at.items()}
        built = said_of_it.matrix(dict(zip(op.inputs, inputs, strict=True)))
        assert built.dtype == np.float64
        assert built.shape == said_of_it.shape(shapes) == (output.size, at[slot].size)
        theirs = slopes(op, inputs, output)[slot].reshape(built.shape)
        assert worst(built, theirs) <= HOLD
        assert KINDS[said_of_it.kind](built, at), said_of_it.kind


@pytest.mark.parametrize(("op", "slot"), RULES)
def test_v_times_the_jacobian_is_the_vjp(op: Op, slot: str) -> None:
    rule = op.vjps[slot]
    for seed in range(DRAWS):
        inputs = drawn(op, seed)
        output, saved = op.forward(*inputs)
        v = upstream(output, seed)
        matrix = rule.jacobian.matrix(dict(zip(op.inputs, inputs, strict=True)))
        closed = rule.rule(v, saved)
        assert worst((v.ravel() @ matrix).reshape(closed.shape), closed) <= HOLD


@pytest.mark.parametrize(("op", "slot"), RULES)
def test_so_many_entries_of_a_jacobian_can_be_other_than_0_as_the_row_says(op: Op, slot: str) -> None:
    said_of_it, can = op.vjps[slot].jacobian, np.zeros(())
    for seed in range(DRAWS):
        inputs = dict(zip(op.inputs, REFERENCE[op.name].draw(np.random.default_rng(seed), 3, 2), strict=True))
        can = np.logical_or(can, said_of_it.matrix(inputs) != 0)
        assert can.sum() <= said_of_it.nonzero({name: array.shape for name, array in inputs.items()})
    assert can.sum() == said_of_it.nonzero({name: array.shape for name, array in inputs.items()})


# --- the tempting rule --------------------------------------------------------------------------------------


@pytest.mark.parametrize(("op", "slot"), TEMPTING)
def test_the_tempting_rule_is_wrong_wherever_its_shape_is_right(op: Op, slot: str) -> None:
    """On random numbers it coincides for 1×1 alone, so that it never is the rule by another name."""
    rule, seen = op.vjps[slot], set()
    assert rule.tempting
    for seed in range(200):
        output, saved = op.forward(*drawn(op, seed))
        v = upstream(output, seed)
        left, right = rule.tempting.left(v, saved), rule.tempting.right(v, saved)
        assert left.ndim == 2
        closed = rule.rule(v, saved)
        if left.shape[1] != right.shape[0]:
            seen.add("refused")
        elif (left @ right).shape != closed.shape:
            seen.add("another shape")
        elif closed.size > 1:
            assert worst(left @ right, closed) > 1e-3
            seen.add("wrong")
    assert seen == {"x": {"refused", "wrong"}, "W": {"another shape", "wrong"}}[slot]
