"""A batch through the API and on the pages: published numbers, each example's share, and grades."""

from __future__ import annotations

import re
from typing import Any

import pytest
from starlette.testclient import TestClient

# Dive into Deep Learning’s and DeepLearning.AI’s worked batches; the truths are PyTorch's, in float64.
LOGISTIC = {
    "network": "2-1_bce",
    "values": {"x": [[1, 3], [2, 4], [-1, -3.2]], "y": [[1], [0], [1]], "W": [[1, 2]], "b": [2]},
}
RELU = {
    "network": "2-3.relu_mse",
    "values": {
        "x": [[1, 0.8], [-0.3, -1]],
        "y": [[1, 0.1, 0.1], [0.1, 0.1, 1]],
        "W": [[0.3, -0.5], [0.5, -1], [0.5, 0.5]],
        "b": [-0.2, 0.2, 1],
    },
    "reduce": "sum",
}
ADDRESS = "x=1,2;3,-4&reduce=sum"


def nodes(client: TestClient, body: dict[str, Any]) -> dict[str, Any]:
    answer = client.post("/api/backward", json=body)
    assert answer.status_code == 200
    return {"loss": answer.json()["loss"]} | {node["name"]: node for node in answer.json()["nodes"]}


def test_published_batches_have_their_numbers_to_a_billionth(client: TestClient) -> None:
    found = nodes(client, LOGISTIC)
    assert found["loss"] == pytest.approx(5.80154531939415, abs=1e-9)
    assert found["l"]["value"] == pytest.approx([0.00012340218972362038, 12.000006144193478, 5.404506411799249])
    assert found["W"]["grad"][0] == pytest.approx([0.998456014637956, 2.3950723884862066], abs=1e-9)
    assert found["b"]["grad"] == pytest.approx([0.001455578136784208], abs=1e-9)
    assert found["z"]["grad"][1] == pytest.approx([0.33333128527513256], abs=1e-9)  # with the mean's 1/N in it
    found = nodes(client, RELU)
    assert found["loss"] == pytest.approx(2.79355, abs=1e-9)
    assert found["W"]["grad"][1] == pytest.approx([-0.285, -0.95], abs=1e-9)
    assert found["b"]["grad"] == pytest.approx([0.11, 0.95, 1.15], abs=1e-9)


def test_each_example_s_share_is_told_and_only_with_a_batch(client: TestClient) -> None:
    found = nodes(client, RELU)["z"]
    shares = {vjp["wrt"]: vjp.get("shares") for vjp in found["vjps"]}
    assert shares["x"] is None
    assert shares["b"] == found["grad"]
    assert shares["W"][1][0] == pytest.approx([-0.3 * 0.11, -0.11])
    single = client.get("/api/backward").text
    assert "shares" not in single
    assert '"l"' not in single


def test_an_address_and_a_body_of_a_batch_have_one_answer(client: TestClient) -> None:
    sent = client.post("/api/backward", json={"values": {"x": [[1, 2], [3, -4]]}, "reduce": "sum"})
    assert client.get(f"/api/backward?{ADDRESS}").content == sent.content


def test_the_grade_of_a_batch_names_its_mistakes(client: TestClient) -> None:
    right = nodes(client, LOGISTIC)
    wrong = {"W": [[3 * number for number in right["W"]["grad"][0]]], "b": right["z"]["grad"]}
    graded = client.post("/api/grade", json={**LOGISTIC, "gradients": wrong}).json()["nodes"]
    named = {node["name"]: [match["name"] for match in node["matches"]] for node in graded}
    assert named["W"][0] == "1/N forgotten"
    assert named["b"] == ["sum over examples forgotten"]


def test_the_step_of_W_is_written_as_a_sum_over_examples(client: TestClient) -> None:
    page = client.get(f"/backward?{ADDRESS}&step=5").text
    assert len(re.findall('aria-label="written out: ', page)) == 1
    assert page.count('class="factor is-grad"') >= 4  # v₁ and v₂, in symbols and with numbers


def test_every_page_takes_a_batch_along(client: TestClient) -> None:
    page = client.get(f"/forward?{ADDRESS}").text
    for path in ("/heads", "/cost", "/networks", "/glossary"):
        href = next(found for found in re.findall(r'href="([^"]+)"', page) if re.match(rf"{path}[?]", found))
        assert "1,2;3,-4" in href
        assert "reduce=sum" in href
        assert client.get(href.replace("&amp;", "&")).status_code == 200
    others = [found for found in re.findall(r'href="(/forward\?network=[^"]+)"', page) if "softmax-ce" in found]
    assert any("x=1,2;3,-4" in found and "reduce=sum" in found for found in others)


def test_a_form_that_makes_one_example_of_a_batch_leads_to_its_page(client: TestClient) -> None:
    sent = "/backward?x=1,2&step=7&ask=z.2.3&from=x%3D1%2C2%3B3%2C4%26step%3D7%26ask%3Dz.2.3"
    answer = client.get(sent, follow_redirects=False)
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/backward?x=1,2&step=6")
    assert client.get("/backward?x=1,2&step=7").status_code == 422
