"""All pages answer alike: what is broken, repeated or unknown in an address is judged in one way, whoever is asked."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from urllib.parse import quote

import pytest
from starlette.testclient import TestClient

from app.pages.answer import Had, Passing, Rejected, SeeOther, Shown, Subject, answer, answer_part
from app.pages.chapter.boards import BOARDS
from app.pages.network.subject import BACKWARD
from app.pages.recall.question import RecallState
from app.state import Invalid, ViewState
from app.state.compact import packed
from app.web.site import SUBJECTS

# Of each page that is asked something: a parameter that all of its states may have, a good text, and a wrong one.
ASKED = {
    "/forward": ("x", "2,1", "1"),
    "/backward": ("b", "1,2,3", "nan,0,0"),
    "/heads": ("z", "36", "-1001"),
    "/cost": ("m", "64", "0"),
    "/handout": ("paper", "letter", "a5"),
    "/lecture": ("stop", "7", "99"),
    "/lecture/handout": ("paper", "letter", "a5"),
    "/lecture/filmstrip": ("stops", packed("\n".join(["/forward?step=1 1:00 One step."] * 40)), "/nowhere"),
    "/speaker": ("stop", "7", "99"),
    "/recall": ("q", "W.2.1", "W.9.9"),
    "/networks": ("x", "2,1", "two"),
    "/train": ("lr", "0.25", "0"),
    "/compare": ("x", "2,1", "two"),
    **{f"/chapter/{board.title.key}": ("x", "2,1", "two") for board in BOARDS if board.has_numbers},
    "/chapter/4": ("n", "64", "0"),
    "/chapter/9": ("layers", "64", "0"),
}
BY_PATH = {subject.paths[-1]: subject for subject in SUBJECTS}
TWINS = ("/forward", "/backward", "/heads", "/cost")  # those that the API has, too
every_page = pytest.mark.parametrize("path", ASKED)
UTF_8, ONCE = "is not valid percent-encoded UTF-8", "is given more than once; give it once"


def wrong(path: str, query: str) -> list[tuple[tuple[str | int, ...], str]]:
    """What a page says is wrong with a query, where and in which words."""
    with pytest.raises(Invalid) as caught:
        BY_PATH[path].read(query)
    return [(error.loc, error.msg) for error in caught.value.errors]


def test_every_subject_that_is_asked_something_is_judged_here() -> None:
    assert {path for path, subject in BY_PATH.items() if subject.has_form} == set(ASKED)


# --- what is broken, repeated or unknown ----------------------------------------------------------------------


@every_page
@pytest.mark.parametrize("broken", ["%zz", "%ff", "%", "%ED%A0%80", "%C3"])
def test_what_is_no_utf_8_is_told_beside_its_field(path: str, broken: str) -> None:
    name, *_ = ASKED[path]
    assert wrong(path, f"{name}={broken}") == [(("query", name), f"{name} {UTF_8}")]


@every_page
@pytest.mark.parametrize("query", ["utm_source=%zz", "%ff=1", "%zz", "nosuchname=%ff", "eps.=%zz"])
def test_what_is_no_utf_8_and_no_field_is_told_of_the_address(path: str, query: str) -> None:
    assert wrong(path, query) == [(("query",), f"the address {UTF_8}")]


@every_page
def test_a_name_is_ours_however_it_is_escaped(path: str) -> None:
    name, good, _ = ASKED[path]
    escaped = "".join(f"%{ord(letter):02x}" for letter in name)
    subject = BY_PATH[path]
    assert subject.read(f"{escaped}={quote(good)}") == subject.read(f"{name}={good}") != subject.read("")


@every_page
def test_what_is_given_twice_is_refused_and_the_first_of_both_stands(path: str) -> None:
    name, good, bad = ASKED[path]
    subject = BY_PATH[path]
    for second in (good, bad, ""):
        assert wrong(path, f"{name}={good}&{name}={second}") == [(("query", name), f"{name} {ONCE}")]
    with pytest.raises(Invalid) as caught:
        subject.read(f"{name}={good}&{name}={bad}")
    assert subject.address(caught.value.fallback) == subject.address(subject.read(f"{name}={good}"))
    assert caught.value.typed[name] == good


@every_page
def test_where_a_form_came_from_is_told_once(path: str) -> None:
    assert wrong(path, "from=&from=") == [(("query", "from"), f"from {ONCE}")]
    assert wrong(path, "from=%zz") == [(("query", "from"), f"from {UTF_8}")]


@pytest.mark.sampled(2, "path")
@every_page
@pytest.mark.parametrize("query", ["utm_source=lms", "foo=1&foo=2", "&&=&==x", "%00=1", "X=1,2", "prefix=a;b"])
def test_a_page_leaves_aside_what_it_does_not_know(path: str, query: str) -> None:
    """What it says of it: tests/pages/test_unread.py."""
    name, good, _ = ASKED[path]
    subject = BY_PATH[path]
    assert subject.read(f"{query}&{name}={good}") == subject.read(f"{name}={good}")
    found, plain = answer(subject, query), answer(subject, "")
    assert isinstance(found, Shown | Passing)
    assert isinstance(plain, Shown)
    assert found.context[subject.name] == plain.context[subject.name]


@every_page
def test_all_that_is_wrong_is_told_at_once_the_address_first(path: str) -> None:
    name, _, bad = ASKED[path]
    found = [msg for _, msg in wrong(path, f"{name}={bad}&%zz=1&from=&from=")]
    assert found[:2] == [f"the address {UTF_8}", f"from {ONCE}"]
    assert len(found) == 3


@pytest.mark.parametrize("path", TWINS)
def test_the_api_judges_alike_and_refuses_what_a_page_ignores(client: TestClient, path: str) -> None:
    name, good, _ = ASKED[path]

    def refused(query: str) -> list[tuple[list[str | int], str]]:
        sent = client.get(f"/api{path}?{query}")
        assert sent.status_code == 422
        return [(error["loc"], error["msg"]) for error in sent.json()["errors"]]

    assert client.get(f"/api{path}?{name}={good}").status_code == 200
    assert refused(f"{name}=%zz") == [(["query", name], f"{name} {UTF_8}")]
    assert refused(f"{name}={good}&{name}={good}") == [(["query", name], f"{name} {ONCE}")]
    assert refused("from=%zz") == refused("utm_source=%zz") == [(["query"], f"the address {UTF_8}")]
    for unknown in ("utm_source=lms", "from=", "nosuchname"):
        ((loc, msg),) = refused(unknown)
        assert loc == ["query"]
        assert msg.startswith("a parameter is unknown; known are ")
        assert name in msg.removeprefix("a parameter is unknown; known are ").split(", ")


# --- answers --------------------------------------------------------------------------------------------------


@every_page
def test_a_good_address_is_shown_at_its_canonical_one(path: str) -> None:
    name, good, _ = ASKED[path]
    subject = BY_PATH[path]
    shown = answer(subject, f"utm_source=lms&{name}={quote(good)}")
    assert isinstance(shown, Shown)
    assert shown.address == f"{path}?{name}={good}"
    assert (shown.template, list(shown.context)) == (subject.template, [subject.name, "header"])
    assert answer(subject, shown.address.partition("?")[2]) == shown


@every_page
def test_what_one_has_already_is_not_made_again(path: str) -> None:
    name, good, bad = ASKED[path]
    asked: list[str] = []

    def made(*_: object) -> None:
        raise AssertionError("nobody wants this page")

    def has(address: str) -> bool:
        asked.append(address)
        return True

    assert answer(replace(BY_PATH[path], page=made), f"{name}={good}", has) == Had(f"{path}?{name}={good}")
    assert asked == [f"{path}?{name}={good}"]
    assert isinstance(answer(BY_PATH[path], f"{name}={bad}", has), Rejected), "nobody has a page of what is wrong"
    assert len(asked) == 1


@every_page
def test_a_form_leads_on_to_the_canonical_address(path: str) -> None:
    name, good, _ = ASKED[path]
    found = answer(BY_PATH[path], f"utm_source=lms&{name}={quote(good)}&from=")
    assert isinstance(found, SeeOther)
    assert found.address.startswith(f"{path}?{name}={good}")


@every_page
def test_a_slip_gets_the_page_of_the_good_address_behind_the_form(path: str) -> None:
    name, good, bad = ASKED[path]
    subject = BY_PATH[path]
    before = quote(f"{name}={good}", safe="")
    for query, stands in ((f"{name}={bad}", ""), (f"{name}={bad}&from={before}", f"{name}={good}")):
        found = answer(subject, query)
        assert isinstance(found, Rejected)
        here, good_page = found.context[subject.name], answer(subject, stands)
        assert isinstance(good_page, Shown)
        assert canonical(here) == canonical(good_page.context[subject.name]) == good_page.address


def canonical(page: Any) -> str:
    """The canonical address that a page names."""
    return str(page.here if hasattr(page, "here") else page.links.here)


# Pages that hand on a network's numbers, and need none of them, or put others in the place of what overflows.
WITHOUT_NUMBERS = (
    "/cost",
    "/networks",
    "/lecture",
    "/lecture/handout",
    "/lecture/filmstrip",
    "/speaker",
    "/chapter/4",
    "/chapter/8",
    "/chapter/9",
)


@pytest.mark.parametrize("path", [path for path in ASKED if path not in WITHOUT_NUMBERS])
def test_numbers_that_overflow_get_the_page_of_good_ones(path: str) -> None:
    subject = BY_PATH[path]
    overflow = "x=1e300,1&W=1e300,0;0,0;0,0" + ("&q=x.1" if path == "/recall" else "")
    for query in (overflow, f"{overflow}&from=x%3D1e300,1%26W%3D1e300,0;0,0;0,0"):
        found = answer(subject, query)
        if isinstance(found, SeeOther):  # a question's numbers are first looked at when it is asked
            assert path == "/recall"
            found = answer(subject, found.address.partition("?")[2])
        assert isinstance(found, Rejected)
        assert canonical(found.context[subject.name]).partition("?")[0] == path
        assert "1e300" not in canonical(found.context[subject.name])


def test_an_edit_tells_what_the_numbers_were() -> None:
    assert answer(BACKWARD, "x=2,1&step=3&from=step%3D3") == SeeOther("/backward?x=2,1&step=3&was=")
    assert answer(BACKWARD, "x=2,1&from=x%3D2,1") == SeeOther("/backward?x=2,1")


def test_a_piece_of_a_page_is_for_the_moment_and_what_is_wrong_gets_the_whole_page() -> None:
    for part in BACKWARD.parts.values():
        piece = answer_part(BACKWARD, part, "x=2,1&from=")
        assert isinstance(piece, Passing)
        assert piece.template == part.template != BACKWARD.template
        assert answer_part(BACKWARD, part, "x=2") == answer(BACKWARD, "x=2")


@pytest.mark.sampled(1, "path")
@pytest.mark.parametrize("path", [path for path in BY_PATH if path not in ASKED])
@pytest.mark.parametrize("query", ["", "from=", "%zz", "x=1&x=2"])
def test_a_page_that_takes_no_questions_is_always_the_same(path: str, query: str) -> None:
    subject: Subject[ViewState] = BY_PATH[path]
    found = answer(subject, query)
    assert isinstance(found, Shown | Passing)
    assert not isinstance(found, Shown) or found.address == path
    assert repr(found.context[subject.name]) == repr(subject.page(subject.read(""), None))


def test_boxes_that_are_ticked_are_one_answer_and_anything_else_is_given_once() -> None:
    read = BY_PATH["/recall"].read
    ticked: RecallState = read("q=zeros.z&answer=&answer=1&answer=3")
    assert ticked == read("q=zeros.z&answer=1,3")
    with pytest.raises(Invalid) as caught:
        read("q=x.1&answer=1&answer=2")
    assert [(error.loc, error.msg) for error in caught.value.errors] == [(("query", "answer"), f"answer {ONCE}")]
    assert caught.value.typed["answer"] == "1"
