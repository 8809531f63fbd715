"""The cost page's state and sums: spec figures by hand, an address that says the same, and what is refused."""

from __future__ import annotations

import dataclasses
import random
from functools import partial

import pytest

from app.digits import si
from app.engine.cost import DTYPES
from app.pages.cost.data import Amount, CostAnswer, JacobianBill, cost
from app.pages.cost.question import PARAMS, SHOWS, CostState, cost_from_query
from app.state import Invalid, state_before
from app.state.sizes import SIZES


def bill(view: CostAnswer, wrt: str) -> JacobianBill:
    (found,) = (one for one in view.jacobians if one.wrt == wrt)
    return found


def drawn_states() -> list[CostState]:
    lot = random.Random(11)
    return [
        CostState().but(
            **{name: lot.choice([1, most, lot.randint(1, most)]) for name, most in SIZES.items()},
            dtype=lot.choice(list(DTYPES)),
            show=lot.choice(SHOWS),
        )
        for _ in range(100)
    ]


def read(text: str) -> str:
    return text.replace("\u00a0", " ")


def test_the_figures_that_everyone_quotes_come_out_exactly() -> None:
    view = cost(CostState())
    x, W, relu = bill(view, "x"), bill(view, "W"), bill(view, "z")
    assert (view.n, view.m, view.layers, view.batch, view.dtype) == (4096, 4096, 32, 1024, "float32")
    assert x.entries == 16_777_216
    assert (x.bytes.layer, x.bytes.layers, x.bytes.batch) == (67_108_864, 2_147_483_648, 2_199_023_255_552)
    assert [read(si(size, "B")) for size in (x.bytes.layer, x.bytes.layers, x.bytes.batch)] == [
        "67.1 MB",
        "2.1 GB",
        "2.2 TB",
    ]
    assert (W.entries, W.bytes.layer) == (68_719_476_736, 274_877_906_944)
    assert (read(si(W.entries)), read(si(W.bytes.layer, "B"))) == ("68.7 G", "275 GB")
    assert (relu.bytes.layer, relu.nonzero) == (67_108_864, 4096)
    assert view.forward == Amount(layer=16_777_216, layers=536_870_912, batch=549_755_813_888)
    assert view.activations == Amount(layer=32_768, layers=1_048_576, batch=1_073_741_824)


def test_a_batch_adds_no_parameters() -> None:
    view = cost(CostState())
    assert view.parameters == Amount(layer=67_125_248, layers=2_148_007_936, batch=2_148_007_936)


def test_backward_is_twice_forward_and_a_step_three_times_at_every_scale() -> None:
    for state in drawn_states():
        view = cost(state)
        for part in ("layer", "layers", "batch"):
            forward = getattr(view.forward, part)
            assert getattr(view.backward, part) == 2 * forward
            assert getattr(view.step, part) == 3 * forward
        assert view.forward.layers == view.forward.layer * state.layers
        assert view.forward.batch == view.forward.layers * state.batch


def test_bytes_go_with_the_type() -> None:
    sizes = {name: cost(CostState(dtype=name)) for name in DTYPES}
    for name, view in sizes.items():
        for one, other in zip(view.jacobians, sizes["float16"].jacobians, strict=True):
            assert one.bytes.batch * 2 == other.bytes.batch * DTYPES[name]
        assert view.forward == sizes["float16"].forward


def test_checkpoints_by_hand() -> None:
    found = cost(CostState()).checkpointing
    assert found is not None
    # 5 checkpoints of 4096 numbers and 6 layers of 8192, 4 bytes each, for 1024 examples
    assert found.bytes == (5 * 4096 + 6 * 8192) * 4 * 1024 == 285_212_672
    assert found.bytes_without == 32 * 8192 * 4 * 1024
    assert found.step * 3 == found.step_without * 4


def test_the_widths_of_the_picture_hold_the_chosen_one_and_keep_the_ratio() -> None:
    for state in [CostState(), CostState(n=3000, m=1), CostState(n=1, m=65536), CostState(n=7, m=21), *drawn_states()]:
        view = cost(state)
        (here,) = (at for at in view.by_width if at.n == state.n)
        assert (here.m, here.forward, here.vjps) == (state.m, view.forward.layer, view.backward.layer)
        assert here.saved == view.activations.layer
        assert here.jacobians == {one.wrt: one.bytes.layer for one in view.jacobians}
        widths = [at.n for at in view.by_width]
        assert widths == sorted(set(widths))
        assert all(at.m * state.n == at.n * state.m for at in view.by_width)
        assert 3 <= len(widths) <= 20
        assert widths[-1] >= 8 * widths[0]


# --- addresses ------------------------------------------------------------------------------------------------


def test_nothing_chosen_is_the_plain_address() -> None:
    assert CostState().address() == "/cost"
    assert CostState().address("/api") == "/api/cost"
    assert cost_from_query("", strict=False) == CostState()
    written = "n=4096&m=4096&layers=32&batch=1024&dtype=float32&show=bytes"
    assert cost_from_query(written, strict=False).address() == "/cost"


def test_an_address_and_its_state_are_one() -> None:
    inputs: dict[str, CostState] = {}
    for state in drawn_states():
        _, _, query = state.address().partition("?")
        assert cost_from_query(query, strict=False) == state
        assert inputs.setdefault(state.address(), state) == state
        _, _, query = state.address("/api").partition("?")
        assert cost_from_query(query, strict=True) == state.but(show=SHOWS[0])


def test_blanks_and_leading_noughts_are_the_same_number() -> None:
    assert cost_from_query("n=+0064+&m=%2064", strict=True) == CostState(n=64, m=64)


@pytest.mark.parametrize(
    ("query", "field"),
    [
        *(
            (f"{name}={text}", name)
            for name in SIZES
            for text in ("", "0", "-1", "1.5", "1e3", "nan", "true", "9" * 400)
        ),
        *((f"{name}={most + 1}", name) for name, most in SIZES.items()),
        ("n=%C2%BD", "n"),
        ("n=%zz", "n"),
        ("n=%ff", "n"),
        ("n=%00", "n"),
        ("n=64&n=64", "n"),
        ("n=4,096", "n"),
        ("dtype=", "dtype"),
        ("dtype=int8", "dtype"),
        ("dtype=FLOAT32", "dtype"),
    ],
)
def test_what_is_no_size_is_refused_with_the_field_and_its_bounds(query: str, field: str) -> None:
    for strict in (True, False):
        with pytest.raises(Invalid) as refused:
            cost_from_query(query, strict=strict)
        (error,) = refused.value.errors
        assert error.loc == ("query", field)
        assert any(word in error.msg for word in ("must be", "once", "UTF-8"))
        assert refused.value.fallback == (CostState(n=64) if query.startswith("n=64") else CostState())


def test_a_slip_keeps_the_other_sizes_and_what_was_typed() -> None:
    with pytest.raises(Invalid) as refused:
        cost_from_query("n=64&m=many&batch=0", strict=False)
    assert [error.field for error in refused.value.errors] == ["m", "batch"]
    assert refused.value.fallback == CostState(n=64)
    assert refused.value.typed == {"n": "64", "m": "many", "batch": "0"}


def test_the_api_refuses_what_it_does_not_know_and_the_page_does_not_mind() -> None:
    for query in ("utm_source=lms", "show=work", "from=n%3D1"):
        with pytest.raises(Invalid, match="known are batch, dtype, layers, m, n"):
            cost_from_query(query, strict=True)
        assert cost_from_query(query, strict=False).but(show=SHOWS[0]) == CostState()
    with pytest.raises(Invalid, match="show must be one of"):
        cost_from_query("show=all", strict=False)


def test_the_state_a_form_was_sent_from_is_found_if_it_was_one() -> None:
    read = partial(cost_from_query, strict=False)
    assert state_before("n=0&from=m%3D64", read) == CostState(m=64)
    assert state_before("n=0&from=", read) == CostState()
    assert state_before("n=0&from=m%3D0", read) is None
    assert state_before("n=0", read) is None


def test_the_names_of_the_state_are_those_of_its_address() -> None:
    names = [param.name for param in PARAMS]
    assert names == [*SIZES, "dtype", "show"]
    assert [field.name for field in dataclasses.fields(CostState)] == [*names, "carried"]
