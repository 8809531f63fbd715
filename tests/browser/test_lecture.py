"""The page of a lecture with a file of one's own."""

from __future__ import annotations

from app.state.playlist import FILE_BYTES

from .conftest import Opened
from .stage import Stage

OWN = "title: Mine\n/backward?step=4 1:30 The gradient of W."


def test_a_text_file_fills_the_field_and_what_is_too_long_for_it_is_told(stage: Stage) -> None:
    stage.open("/lecture")
    file = stage.page.get_by_label("Or load them from a text file")
    file.set_input_files({"name": "long.txt", "mimeType": "text/plain", "buffer": b"#" * (FILE_BYTES + 1)})
    told = f"A lecture may have {FILE_BYTES} bytes, and long.txt has {FILE_BYTES + 1}."
    stage.page.locator("#told", has_text=told).wait_for()
    assert stage.page.input_value("#stops").startswith("title: Why")
    file.set_input_files({"name": "mine.txt", "mimeType": "text/plain", "buffer": OWN.encode()})
    stage.page.locator("#told", has_text="mine.txt is in the field above.").wait_for()
    assert stage.page.input_value("#stops") == OWN
    stage.page.get_by_role("button", name="Use these stops").click()
    stage.page.get_by_role("heading", name="Mine").wait_for()


def test_without_a_script_no_file_is_asked_for(opened: Opened) -> None:
    stage = opened(java_script_enabled=False).open("/lecture")
    assert stage.at("#file").is_hidden()
    assert stage.at("#stops").is_visible()
