"""The builder of networks in a browser, with JavaScript and without."""

from __future__ import annotations

import pytest

from .conftest import Opened
from .stage import PHONE

START = "/networks?network=2-2.sigmoid-2.sigmoid_mse"


@pytest.mark.parametrize("scripted", [True, False], ids=["scripted", "plain"])
def test_a_network_is_built_by_its_forms_and_opened(opened: Opened, *, scripted: bool) -> None:
    page = opened(viewport=PHONE, java_script_enabled=scripted).open(START).page
    page.select_option("#field-act1", "tanh")
    if not scripted:
        page.get_by_role("button", name="Apply the choice").click()
    page.wait_for_url("**/networks?network=2-2.tanh-2.sigmoid_mse")
    assert "tanh" in (page.locator("#builder .whole").text_content() or "")
    assert "tanh" in (page.locator(".chosen").text_content() or ""), "the header knows it, too"
    page.fill("#field-W1", "1 2\n3 4")  # a line for each row
    page.get_by_role("button", name="W⁽¹⁾: transpose (from in×out)").click()
    page.wait_for_url("**/networks?network=2-2.tanh-2.sigmoid_mse&W1=1,3;2,4*")
    assert page.input_value("#field-W1") == "1, 3;\n2, 4"
    page.fill("#field-x", "7, 8")
    page.get_by_role("button", name="Open with these numbers").click()
    page.wait_for_url("**/forward?network=2-2.tanh-2.sigmoid_mse&x=7,8&W1=1,3;2,4")
