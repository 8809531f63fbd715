"""What in an address no part of a page goes by is told on it, in one line; what others append to links is not."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.testclient import TestClient

from app.pages.answer import Passing, Rejected, Shown, answer
from app.web.site import SUBJECTS
from tests.browser.reading import read
from tests.pages.test_answer import ASKED, TWINS, canonical

# Of the pages of published examples, which are all alike, one.
BY_PATH = {
    subject.paths[-1]: subject
    for subject in SUBJECTS
    if not subject.paths[-1].startswith("/networks/published/") or subject.paths[-1].endswith("/mazur-2-2-2")
}
every_page = pytest.mark.parametrize("path", BY_PATH)


def told(path: str, query: str) -> str:
    """The line on what was not read; empty where there is none."""
    found = answer(BY_PATH[path], query)
    assert isinstance(found, Shown | Passing | Rejected)
    return str(found.context.get("unread", ""))


@pytest.mark.sampled(1, "path")
@every_page
@pytest.mark.parametrize("name", ["foo", "%00", "prefix", "nosuchname"])
def test_a_name_that_no_part_of_the_page_goes_by_is_told_on_all_pages(client: TestClient, path: str, name: str) -> None:
    sent = client.get(f"{path}?{name}=1,2")
    assert sent.status_code == 200
    assert sent.headers["cache-control"] == "no-store", "the page of the canonical address does not say this"
    (line,) = read(sent.text).all("p", "unread")
    assert line.text == f"The name “{name.replace('%00', '�')}” in the address was not read."
    assert f"{name}=" not in sent.text, "no link carries it on"


@every_page
def test_the_page_itself_is_that_of_the_canonical_address(client: TestClient, path: str) -> None:
    without = client.get(path).text.splitlines()
    told = client.get(f"{path}?nosuchname=1").text.splitlines()
    assert [line for line in told if "unread" not in line] == without


@pytest.mark.parametrize(
    ("path", "name", "meant"),
    [
        ("/backward", "X", "x"),
        ("/backward", "w", "W"),
        ("/backward", "B", "b"),
        ("/forward", "STEP", "step"),
        ("/forward", "steps", "step"),
        ("/forward", "stpe", "step"),
        ("/backward", "epsilon", "eps"),
        ("/backward", "netwrok", "network"),
        ("/backward", "𝑊", "W"),
        ("/backward", "ｘ", "x"),
        ("/backward", " x", "x"),
        ("/heads", "Z", "z"),
        ("/heads", "unfuse", "unfused"),
        ("/cost", "M", "m"),
        ("/cost", "layer", "layers"),
        ("/recall", "Q", "q"),
        ("/recall", "answers", "answer"),
    ],
)
def test_it_says_what_may_have_been_meant(path: str, name: str, meant: str) -> None:
    assert told(path, f"{quote(name)}=1") == f"The name “{name}” in the address was not read; did you mean {meant}?"


def test_what_is_given_already_was_not_meant() -> None:
    assert told("/backward", "x=2,1&X=3,4") == "The name “X” in the address was not read."
    assert told("/backward", "x=2,1&w=1,2;3,4;5,6").endswith("did you mean W?")


def test_the_network_says_which_names_there_are() -> None:
    assert told("/backward", "U=1") == "The name “U” in the address was not read."
    assert told("/backward", "network=two-layer&u=1").endswith("did you mean U?")


def test_several_are_named_in_order_each_once_and_not_all_of_them() -> None:
    assert told("/backward", "foo=1&X=2,1&foo=2") == (
        "These names in the address were not read: “foo” and “X” (did you mean x?)."
    )
    assert told("/backward", "&".join(f"{letter}{letter}=" for letter in "efghi")) == (
        "These names in the address were not read: “ee”, “ff”, “gg” and 2 more."
    )


def test_a_long_name_is_cut_short_and_a_text_without_a_name_is_told_by_its_sign() -> None:
    assert told("/chapter", "a" * 16) == f"The name “{'a' * 16}” in the address was not read."
    assert told("/chapter", "a" * 3000) == f"The name “{'a' * 16}…” in the address was not read."
    assert told("/backward", "=2,1") == "The name “=” in the address was not read."
    assert told("/backward", "&&=&") == "", "there is nothing in it"


def test_what_cannot_be_decoded_is_told_as_it_stands_in_the_address() -> None:
    assert told("/chapter", "%zz=1") == "The name “%zz” in the address was not read."
    assert told("/backward", "%zz=1&b=1") == "The name “%zz” in the address was not read."


@pytest.mark.sampled(2, "path")
@pytest.mark.parametrize(
    "name", ["utm_source", "UTM_Campaign", "fbclid", "gclid", "msclkid", "dclid", "mc_cid", "mc_eid", "igshid"]
)
@every_page
def test_what_others_append_is_passed_over(path: str, name: str) -> None:
    assert answer(BY_PATH[path], f"{name}=zqj7") == answer(BY_PATH[path], "")


@pytest.mark.parametrize("name", ["_ga", "_gl", "ref", "source", "_hsenc", "srsltid", "mtm_kwd", "si"])
def test_the_rarer_ones_are_passed_over_too_and_they_alone(name: str) -> None:
    assert told("/backward", f"{name}=1") == ""
    assert told("/backward", f"{name}=1&foo=1") == "The name “foo” in the address was not read."


@pytest.mark.sampled(8, "path")
@pytest.mark.parametrize("path", ASKED)
def test_an_ampersand_that_was_escaped_for_html_is_one(path: str) -> None:
    name, good, bad = ASKED[path]
    subject = BY_PATH[path]
    whole = answer(subject, f"{name}={quote(good)}")
    for escape in ("amp;", "amp;amp;", "amp%3B"):
        assert answer(subject, f"utm_source=lms&{escape}{name}={quote(good)}") == whole
        assert isinstance(answer(subject, f"{escape}{name}={bad}"), Rejected)
        assert isinstance(answer(subject, f"{name}={good}&{escape}{name}={good}"), Rejected), "given twice"


def test_the_network_behind_one_is_read_too() -> None:
    found = answer(BY_PATH["/backward"], "step=2&amp;network=softmax-ce&amp;foo=1")
    assert isinstance(found, Passing)
    assert canonical(found.context["page"]) == "/backward?network=softmax-ce&step=2"
    assert found.context["unread"] == "The name “foo” in the address was not read."


@pytest.mark.parametrize("path", TWINS)
def test_the_api_stays_strict(client: TestClient, path: str) -> None:
    name, good, _ = ASKED[path]
    for query in (f"amp;{name}={good}", f"x=2,1&amp;{name}={good}", "X=2,1", "foo=1"):
        sent = client.get(f"/api{path}?{query}")
        assert sent.status_code == 422
        assert sent.json()["errors"][0]["msg"].startswith("a parameter is unknown; known are ")


@pytest.mark.parametrize("path", ASKED)
def test_a_slip_and_what_was_not_read_are_told_together(client: TestClient, path: str) -> None:
    name, _, bad = ASKED[path]
    sent = client.get(f"{path}?nosuchname=1&{name}={bad}")
    assert sent.status_code == 422
    assert [line.text for line in read(sent.text).all("p", "unread")] == [
        "The name “nosuchname” in the address was not read."
    ]
    assert read(sent.text).all("strong", "wrong") + read(sent.text).all("p", "is-loose")


HOSTILE = ["<script>alert(1)</script>", '"onload=alert(1)', "{{ 7 * 7 }}", "\u202egnp.exe", "a\nb", "\x1b[31m", "&lt;"]


@given(st.text(min_size=1) | st.sampled_from(HOSTILE))
def test_whatever_the_name_is_the_line_is_short_text_that_prints(name: str) -> None:
    line = told("/chapter", quote(name, safe="") + "=1")
    assert line.isprintable()
    assert len(line) < 70


@pytest.mark.sampled(2, "path")
@pytest.mark.parametrize("name", HOSTILE)
@every_page
def test_a_hostile_name_is_text_and_nothing_else(client: TestClient, path: str, name: str) -> None:
    page = read(client.get(f"{path}?{quote(name, safe='')}=1").text)
    (line,) = page.all("p", "unread")
    assert [one.tag for one in line.walk()] == ["p"]
    assert not any(script for script in page.all("script") if "src" not in script.attributes)
