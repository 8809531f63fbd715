"""The measured file: it fits its schema and tells nothing of where it was made; none, or a broken one, is no harm."""

from __future__ import annotations

import datetime
import json
import logging
import re
from pathlib import Path
from typing import Any

import pytest

from app.pages.cost.measured import FILE, Measured, load
from app.settings import ROOT


@pytest.fixture
def measured() -> Measured:
    return Measured.model_validate_json(FILE.read_bytes())


def test_the_file_goes_with_the_code_and_fits_its_schema(measured: Measured) -> None:
    assert FILE.is_relative_to(ROOT / "app")
    assert load.__wrapped__(FILE) == measured
    assert datetime.date(2020, 1, 1) < measured.date
    assert [(race.op, race.wrt) for race in measured.races] == [("linear", "x"), ("linear", "W"), ("relu", "z")]


def test_its_jacobians_have_the_bytes_that_their_shapes_say(measured: Measured) -> None:
    powers = {"x": 2, "W": 3, "z": 2}
    for race in measured.races:
        for one in race.jacobian:
            assert one.bytes == 8 * one.width ** powers[race.wrt]
            assert one.bytes <= 1_000_000_000
            assert one.seconds == one.build + one.product


def test_it_tells_what_the_page_is_there_to_tell(measured: Measured) -> None:
    """W's Jacobian and the ReLU's are far dearer than their VJPs; x's is W itself, and both ways are one product."""
    ratios = {}
    for race in measured.races:
        last = race.jacobian[-1]
        ratios[race.wrt] = last.seconds / next(one.seconds for one in race.vjp if one.width == last.width)
    assert ratios["W"] > 100
    assert ratios["z"] > 100
    assert 1 / 3 < ratios["x"] < 3


def test_it_names_no_host_no_person_and_no_folder(measured: Measured) -> None:
    text = FILE.read_text(encoding="utf-8")
    assert not re.search(r"/(home|root|tmp|usr|work|opt)\b|https?:|@", text)
    assert set(json.loads(text)["machine"]) == {"cpu", "cores", "threads", "python", "numpy", "blas"}
    assert measured.machine.cores >= 1


def broken(**changes: Any) -> str:
    whole = json.loads(FILE.read_text(encoding="utf-8"))
    return json.dumps({**whole, **changes})


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "null",
        "{}",
        '{"races": NaN}',
        broken(races=[]),
        broken(date="yesterday"),
        broken(dtype="float32"),
        broken(host="campus-7"),
        broken(races=json.loads(FILE.read_text(encoding="utf-8"))["races"][:1] * 2),
        FILE.read_text(encoding="utf-8").replace('"width": 24', '"width": 16'),
        FILE.read_text(encoding="utf-8").replace('"width": 24', '"width": 25', 1),  # a VJP's: its Jacobian is alone
        re.sub(r'"seconds": [\d.e-]+', '"seconds": -1', FILE.read_text(encoding="utf-8")),
        re.sub(r'"seconds": [\d.e-]+', '"seconds": 0', FILE.read_text(encoding="utf-8")),
        re.sub(r'"op": "linear"', '"op": "conv"', FILE.read_text(encoding="utf-8")),
    ],
)
def test_a_broken_file_is_no_measurement_and_the_log_says_so(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, text: str
) -> None:
    file = tmp_path / "measured.json"
    file.write_text(text, encoding="utf-8")
    with caplog.at_level(logging.WARNING):
        assert load.__wrapped__(file) is None
    assert "cannot be read" in caplog.text
    assert str(tmp_path) not in caplog.text


def test_a_missing_file_is_no_measurement_either(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        assert load.__wrapped__(tmp_path / "measured.json") is None
    assert "no measurement to show" in caplog.text
