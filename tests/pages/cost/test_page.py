"""The cost page and its JSON twin: the same sums, one picture for one address, and slips told beside their fields."""

from __future__ import annotations

import dataclasses
import random
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from app.digits import grouped, si
from app.engine.cost import DTYPES
from app.main import create_app
from app.pages.cost.context import CostPage
from app.pages.cost.data import CostAnswer
from app.pages.cost.measured import FILE, Measured
from app.pages.cost.question import SHOWS, CostState
from app.settings import TEMPLATES, Settings
from app.state.sizes import SIZES
from tests.browser.reading import Element, read
from tests.pages.network.test_bad_pages import HOSTILE, Tags
from tests.web.test_bad_input import refused

SPEC = ("16.8 M", "67.1 MB", "2.1 GB", "2.2 TB", "68.7 G", "275 GB", "33.6 M", "50.3 M")


def snapshot_dict(text: str) -> str:
    return text.replace("\u00a0", " ")


def shown(client: TestClient, address: str) -> Element:
    answer = client.get(address)
    assert answer.status_code == 200
    return read(answer.text)


def addresses() -> Iterator[str]:
    lot = random.Random(8)
    yield "/cost"
    for _ in range(12):
        sizes = {name: lot.choice([1, most, lot.randint(1, most)]) for name, most in SIZES.items()}
        yield CostState().but(**sizes, dtype=lot.choice(list(DTYPES)), show=lot.choice(SHOWS)).address()


def test_the_figures_that_everyone_quotes_stand_on_the_page(client: TestClient) -> None:
    text = snapshot_dict(shown(client, "/cost").by_id("sums").text)
    for figure in SPEC:
        assert figure in text
    assert "2 × forward" in text
    assert "a training step costs 3 × forward" in text
    assert "is W: the same for all examples, and in memory already" in text


@pytest.mark.parametrize("address", list(addresses()))
def test_every_sum_of_the_answer_stands_on_the_page_rounded_and_in_full(client: TestClient, address: str) -> None:
    path, _, query = address.partition("?")
    twin = "&".join(part for part in query.split("&") if not part.startswith("show="))
    answer = CostAnswer.model_validate(client.get(f"/api{path}?{twin}").json())
    page = shown(client, address)
    (alternate,) = (link for link in page.all("link") if link.attributes.get("rel") == "alternate")
    assert alternate["href"] == f"/api{path}" + (f"?{twin}" if twin else "")
    sums = {(data["value"], data["title"], snapshot_dict(data.text)) for data in page.by_id("sums").all("data")}

    def stands(count: int, of: str, unit: str = "") -> None:
        noun = {"multiply-adds": "multiply-add", "bytes": "byte", "entries": "entry"}[of] if count == 1 else of
        assert (str(count), f"{grouped(count)} {noun}", snapshot_dict(si(count, unit))) in sums

    amounts = [answer.forward, answer.backward, answer.step, answer.relu_forward, answer.relu_backward]
    for amount in amounts:
        for count in (amount.layer, amount.layers, amount.batch):
            stands(count, "multiply-adds")
    for amount in [answer.parameters, answer.activations, *(bill.bytes for bill in answer.jacobians)]:
        for count in (amount.layer, amount.layers, amount.batch):
            stands(count, "bytes", "B")
    for bill in answer.jacobians:
        stands(bill.entries, "entries")
        stands(bill.nonzero, "entries")
        assert f"{grouped(bill.shape[0])}×{grouped(bill.shape[1])}" in page.by_id("sums").text
    told = page.by_id("checkpointing").text
    if (saved := answer.checkpointing) is None:
        assert answer.layers == 1 or answer.n != answer.m
        assert not page.by_id("checkpointing").all("data"), "nothing to trade, and no figures of it"
        return
    assert answer.layers > 1
    assert answer.n == answer.m
    stands(saved.bytes, "bytes", "B")
    stands(saved.bytes_without, "bytes", "B")
    stands(saved.step, "multiply-adds")
    stands(saved.step_without, "multiply-adds")
    assert f"k = ⌈√layers⌉ = {saved.segments} of them, with at most s = {saved.length}" in told


FOLLOW = "The x of a layer is the output of the layer before"


@pytest.mark.parametrize(
    ("query", "memory", "trade"),
    [
        ("", FOLLOW, "at most one more forward pass"),
        ("n=1&m=1&layers=2&batch=1", FOLLOW, "at most one more forward pass"),
        ("layers=1", "The x of the only layer is the data.", "With one layer there is nothing to trade"),
        ("n=64&m=256&layers=1", "The x of the only layer is the data.", "With one layer there is nothing to trade"),
        ("n=64&m=256", "since n ≠ m, the output of one is not the input of another", "choose n = m to see the trade"),
        ("n=256&m=64&layers=2", "since n ≠ m, the output of one is", "choose n = m to see the trade"),
    ],
)
def test_what_is_said_of_the_layers_is_true_of_these_layers(
    client: TestClient, query: str, memory: str, trade: str
) -> None:
    page = shown(client, f"/cost?{query}")
    text = page.by_id("sums").text
    assert memory in text
    assert trade in page.by_id("checkpointing").text
    assert (FOLLOW in text) == (memory == FOLLOW)
    found = client.get(f"/api/cost?{query}").json()["checkpointing"]
    assert (found is not None) == ("one more forward pass" in page.by_id("checkpointing").text)
    assert found is None or found["bytes"] < found["bytes_without"]


def test_of_one_there_is_no_plural_and_of_all_no_share(client: TestClient) -> None:
    text = snapshot_dict(shown(client, "/cost?n=1&m=1&layers=1&batch=1").by_id("sums").text)
    for said in ("1 entry", "1 layer", "1 example", "2 multiply-adds backward"):
        assert said in text
    for wrong in ("1 entries", "1 layers", "1 examples", "1 in 1"):
        assert wrong not in text
    one_row = snapshot_dict(shown(client, "/cost?n=4&m=1").by_id("sums").text)
    assert "of which at most 1 in" not in one_row, "with one output ∂z/∂W is x, and need not hold a 0"


def test_the_answer_is_exact_beyond_what_a_float_holds(client: TestClient) -> None:
    answer = client.get("/api/cost?n=65535&m=65535&layers=999&batch=65535&dtype=float64").json()
    (W,) = (bill for bill in answer["jacobians"] if bill["wrt"] == "W")
    assert W["bytes"]["batch"] == 8 * 65535**3 * 999 * 65535
    assert int(float(W["bytes"]["batch"])) != W["bytes"]["batch"]


@pytest.mark.parametrize("show", SHOWS)
def test_the_table_says_what_the_picture_draws(client: TestClient, show: str) -> None:
    page = shown(client, f"/cost?show={show}")
    rows = page.by_id("listing").all("tbody")[0].all("tr")
    columns = page.by_id("listing").all("thead")[0].all("th")
    answer = CostAnswer.model_validate(client.get("/api/cost").json())
    timed = {one.width for race in answer.measured.races for one in race.vjp} if answer.measured else set()
    widths = sorted(timed) if show == "time" else [at.n for at in answer.by_width]
    assert [row.all("th")[0].text for row in rows] == [grouped(width) for width in widths]
    for name in ("wide", "tall"):
        traces = page.by_id(f"plot-{name}").all("g", "trace")
        assert len(traces) == len(columns) - 1
        for place, trace in enumerate(traces):
            (line,) = trace.all("polyline")
            told = [row.all("td")[place].text for row in rows]
            assert len(line["points"].split()) == sum(text != "not measured" for text in told)
            heights = [float(point.split(",")[1]) for point in line["points"].split()]
            if show != "time":
                assert heights == sorted(heights, reverse=True), "each rises"


def test_the_page_draws_each_measured_point_and_tells_when_and_on_what(client: TestClient) -> None:
    measured = Measured.model_validate_json(FILE.read_bytes())
    page = shown(client, "/cost?show=time")
    series = [times for race in measured.races for times in (race.jacobian, race.vjp)]
    for name in ("wide", "tall"):
        traces = page.by_id(f"plot-{name}").all("g", "trace")
        assert [len(trace.all("circle", "dot")) for trace in traces] == [len(times) for times in series]
    told = page.by_id("measured").text
    assert str(measured.date.year) in told
    for fact in (measured.machine.cpu, measured.machine.numpy, measured.machine.blas, measured.machine.python):
        assert fact in told
    last = measured.races[1].jacobian[-1]
    assert snapshot_dict(si(last.seconds, "s")) in snapshot_dict(told)
    assert measured == Measured.model_validate(client.get("/api/cost").json()["measured"])


def test_without_a_measurement_the_page_says_so_and_all_else_stands(
    afresh: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.pages.cost.data.load", lambda: None)
    for show in SHOWS:
        page = shown(afresh, f"/cost?n=65&show={show}")
        assert "There is no measurement yet" in page.by_id("measured").text
        assert len(page.by_id("plot").all("svg")) == (0 if show == "time" else 2)
    assert "There is no measurement yet" in page.by_id("plot").text
    assert afresh.get("/api/cost?n=65").json()["measured"] is None


@pytest.mark.parametrize(
    ("query", "field", "sentence"),
    [
        ("n=0", "n", "n must be a whole number from 1 to 65536"),
        ("m=65537", "m", "m must be a whole number from 1 to 65536"),
        ("layers=many", "layers", "layers must be a whole number from 1 to 1000"),
        ("batch=1.5", "batch", "batch must be a whole number from 1 to 65536"),
        ("batch=%zz", "batch", "batch is not valid percent-encoded UTF-8"),
        ("n=%ff", "n", "n is not valid percent-encoded UTF-8"),
        ("n=8&n=9", "n", "n is given more than once; give it once"),
        ("dtype=int8", "dtype", "dtype must be one of float16, bfloat16, float32, float64"),
    ],
)
def test_a_slip_is_told_beside_its_field_and_by_the_api(
    client: TestClient, query: str, field: str, sentence: str
) -> None:
    answer = client.get(f"/cost?{query}&from=layers%3D3&show=work")
    assert (answer.status_code, answer.headers["Cache-Control"]) == (422, "no-store")
    page = read(answer.text)
    assert page.by_id(f"wrong-{field}").text == sentence
    assert page.by_id(f"field-{field}")["aria-describedby"] == f"wrong-{field}"
    assert "3 layers, 1024 examples" in page.by_id("sums").text, "the last good picture still stands"
    problem = refused(client.get(f"/api/cost?{query}"), 422, ["query", field])
    assert problem["errors"][0]["msg"] == sentence


def test_what_was_typed_is_kept(client: TestClient) -> None:
    page = read(client.get("/cost?n=64&m=+many&layers=3").text)
    assert [page.by_id(f"field-{name}")["value"] for name in SIZES] == ["64", " many", "3", "1024"]
    assert "3 layers, 1024 examples" in page.by_id("sums").text


def test_a_slip_without_a_field_is_told_too(client: TestClient) -> None:
    answer = client.get("/cost?show=all")
    assert answer.status_code == 422
    assert "show must be one of bytes, work, time" in read(answer.text).by_id("scale").text
    refused(client.get("/api/cost?show=work"), 422, ["query"])
    refused(client.get("/api/cost?utm_source=lms"), 422, ["query"])


@pytest.mark.parametrize("hostile", HOSTILE)
@pytest.mark.parametrize("name", [*SIZES, "dtype", "show", "from", "utm_source"])
def test_what_is_hostile_stays_text(client: TestClient, name: str, hostile: str) -> None:
    answer = client.get("/cost", params={name: hostile})
    assert answer.status_code in (200, 303, 422)
    assert hostile not in answer.text
    found = Tags()
    found.feed(answer.text)
    assert not [key for _, attributes in found.tags for key in attributes if key.startswith("on") or key == "autofocus"]


def test_what_others_append_is_passed_over_and_dropped(client: TestClient) -> None:
    answer = client.get("/cost?utm_source=lms&n=64&=&&")
    assert answer.status_code == 200
    assert answer.text == client.get("/cost?n=64").text
    assert "utm_" not in answer.text


def test_the_form_leads_to_the_canonical_address(client: TestClient) -> None:
    form = shown(client, "/cost?n=64").by_id("scale")
    sent = {field["name"]: field.attributes.get("value", "") for field in form.having("name")} | {"dtype": "float64"}
    assert sent == {"n": "64", "m": "4096", "layers": "32", "batch": "1024", "show": "bytes", "from": "n=64"} | {
        "dtype": "float64"
    }
    answer = client.get("/cost", params=sent | {"batch": "0512"})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/cost?n=64&batch=512&dtype=float64")


def test_less_and_more_lead_to_the_next_power_of_two_and_stop_at_the_ends(client: TestClient) -> None:
    page = shown(client, "/cost?n=3000&m=1&layers=1000")
    assert page.by_id("less-n")["href"] == "/cost?n=2048&m=1&layers=1000"
    assert page.by_id("more-n")["href"] == "/cost?m=1&layers=1000", "4096 is the page's own"
    assert page.by_id("more-m")["href"] == "/cost?n=3000&m=2&layers=1000"
    assert page.by_id("less-layers")["href"] == "/cost?n=3000&m=1&layers=512"
    assert not page.having("id", "less-m")
    assert not page.having("id", "more-layers")


def test_a_slider_stands_where_its_size_is(client: TestClient) -> None:
    page = shown(client, "/cost?n=3000&layers=1000")
    for name, stop in (("n", "2048"), ("m", "4096"), ("layers", "1000"), ("batch", "1024")):
        slider = page.by_id(f"slider-{name}")
        stops = slider["data-stops"].split()
        assert stops[int(slider["value"])] == slider["aria-valuetext"] == stop
        assert int(slider["max"]) == len(stops) - 1
        assert "name" not in slider.attributes, "what a form sends is the number"


def test_answers_may_be_kept_by_a_cache(client: TestClient) -> None:
    tags = set()
    for path in ("/cost", "/cost?n=64", "/api/cost", "/api/cost?n=64"):
        answer = client.get(path)
        assert "max-age=60" in answer.headers["cache-control"]
        assert client.get(path, headers={"If-None-Match": answer.headers["etag"]}).status_code == 304
        tags.add(answer.headers["etag"])
    assert len(tags) == 4
    assert client.get("/cost?n=64&m=4096").headers["etag"] == client.get("/cost?n=64").headers["etag"]


def test_a_new_measurement_is_a_new_build(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Or caches would go on showing the old one."""
    monkeypatch.setattr("app.main.ROOT", tmp_path)
    (tmp_path / "app").mkdir()
    builds = set()
    for text in ("1", "2"):
        (tmp_path / "app" / "measured.json").write_text(text, encoding="utf-8")
        builds.add(create_app(Settings()).state.build)
    assert len(builds) == 2


def test_the_pages_around_the_stage_lead_here(client: TestClient) -> None:
    for path in ("/networks", "/api", "/cost"):
        assert "/cost" in {link["href"] for link in shown(client, path).by_id("pages").all("a")}


def test_templates_ask_for_all_of_the_context_and_nothing_else() -> None:
    text = "".join(file.read_text(encoding="utf-8") for file in (TEMPLATES / "cost").glob("*.html"))
    assert set(re.findall(r"\bcost\.(\w+)", text)) - {"css", "js"} == {
        field.name for field in dataclasses.fields(CostPage)
    }
