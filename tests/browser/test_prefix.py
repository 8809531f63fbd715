"""The walks in a browser once more, and what else asks the server past links: behind nginx and a prefix.

Where the proxy strips the prefix, it says it in X-Forwarded-Prefix; where it does not, the site was told. A page that
asks for anything without the prefix asks elsewhere, and fails its test.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from app.settings import Settings
from app.web.place import ForwardedPrefix
from tests.conftest import soaking

from .conftest import Opened
from .nginx import MISSING, NGINX, behind_nginx
from .stage import Server, Stage, serving
from .test_cost import (
    test_a_number_is_entered_and_a_link_followed_with_and_without_javascript,
    test_a_slider_moves_the_sums_while_it_is_held_and_the_address_when_it_is_let_go,
)
from .test_fields import (
    test_the_copied_link_is_the_canonical_address,
    test_without_javascript_enter_and_apply_do_the_same,
)
from .test_heads import test_fields_switch_and_stops_work_with_and_without_javascript
from .test_recall import test_a_question_is_answered_and_the_next_one_asked
from .test_scrub import test_while_it_is_dragged_all_that_is_looked_at_follows
from .test_walks import (
    test_a_document_that_was_walked_to_is_the_one_its_address_opens,
    test_walks_in_a_browser_without_scripts,
)

__all__ = [
    "test_a_document_that_was_walked_to_is_the_one_its_address_opens",
    "test_a_number_is_entered_and_a_link_followed_with_and_without_javascript",
    "test_a_question_is_answered_and_the_next_one_asked",
    "test_a_slider_moves_the_sums_while_it_is_held_and_the_address_when_it_is_let_go",
    "test_fields_switch_and_stops_work_with_and_without_javascript",
    "test_the_copied_link_is_the_canonical_address",
    "test_walks_in_a_browser_without_scripts",
    "test_while_it_is_dragged_all_that_is_looked_at_follows",
    "test_without_javascript_enter_and_apply_do_the_same",
]

pytestmark = pytest.mark.skipif(not NGINX, reason=MISSING)

_FONTS = "() => Promise.all([...document.fonts].map((font) => font.load().then(({ status }) => status)))"

KEPT = "/user/jane%40uni.example/proxy/8000"
STRIPPED = "/backprop"


# Both are asked for all that links lead to in tests/web/test_prefix.py. The walks here are long: one, but in a soak.
MODES = {"stripped": STRIPPED, **({"kept": KEPT} if soaking() else {})}


@pytest.fixture(scope="module", params=list(MODES.values()), ids=list(MODES))
def running(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server whose address is that of nginx, with the prefix."""
    keeps = request.param == KEPT
    told = Settings(root_path=KEPT) if keeps else None
    with serving(told, None if keeps else lambda app: ForwardedPrefix(app, {"127.0.0.1"})) as server:
        location = (
            f"location /user/ {{ proxy_pass {server.url}; }}"
            if keeps
            else f"location {STRIPPED}/ {{ proxy_pass {server.url}/; proxy_set_header X-Forwarded-Prefix {STRIPPED}; }}"
        )
        with behind_nginx(tmp_path_factory.mktemp("nginx"), location) as front:
            server.url = front + request.param
            yield server


def test_every_page_is_reached_by_links_and_comes_with_its_styles_its_scripts_and_its_fonts(stage: Stage) -> None:
    came: list[tuple[int, str]] = []
    stage.page.on("response", lambda answer: came.append((answer.status, answer.url)))
    stage.open("/")
    stage.click("#to-chapter")
    for title in ("Heads", "Cost", "Recall", "API", "Chapter"):
        stage.page.get_by_role("navigation", name="Pages").get_by_role("link", name=title).click()
        stage.page.wait_for_load_state("load")
        assert stage.page.evaluate(_FONTS) == ["loaded", "loaded"]
        assert stage.page.evaluate("document.documentElement.matches('.scripted')")
    assert {status for status, _ in came} == {200}
    assert {url.rpartition(".")[2] for _, url in came} >= {"js", "css", "woff2"}
    assert all(url.startswith(stage.server.url + "/") for _, url in came)


def test_a_page_that_is_not_there_leads_back(opened: Opened) -> None:
    stage = opened(java_script_enabled=False)
    stage.open("/nowhere/at/all")
    stage.page.get_by_role("link", name="BackpropFlow").click()
    assert stage.address == "/forward"
    assert stage.at("#page").count() == 1
