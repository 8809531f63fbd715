"""Programs that other programs make from the OpenAPI document: no warning, and a refusal has its type."""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from app.settings import ROOT


def refusals(document: dict[str, Any]) -> list[tuple[str, Any]]:
    """What each operation says of each refusal, with its status."""
    return [
        (status, answer)
        for path in document["paths"].values()
        for operation in path.values()
        for status, answer in operation["responses"].items()
        if int(status) >= 400
    ]


def test_every_refusal_is_one_of_few_components_and_all_are_the_same_problem(client: TestClient) -> None:
    document = client.get("/openapi.json").json()
    found = refusals(document)
    assert len(found) > 20
    assert {answer["$ref"].rpartition("/")[0] for _, answer in found} == {"#/components/responses"}
    components = document["components"]["responses"]
    assert {answer["$ref"].rpartition("/")[2] for _, answer in found} == components.keys()
    assert len({(status, answer["$ref"]) for status, answer in found}) == len(components), "one for each status"
    problem = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    assert [one["content"] for one in components.values()] == [problem] * len(components)
    assert document["components"]["schemas"]["Problem"]["properties"]["errors"]["items"] == {
        "$ref": "#/components/schemas/ProblemItem"
    }


def test_the_document_names_the_server_that_sent_it_and_the_licence(client: TestClient) -> None:
    for host in ("bp.example.org:8080", "127.0.0.1:8123"):
        document = client.get("/openapi.json", headers={"Host": host}).json()
        assert document["servers"] == [{"url": f"http://{host}"}]
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert document["info"]["license"]["identifier"] == project["license"]
    evil = client.get("/openapi.json", headers={"Host": 'evil"/x'}).json()
    assert evil["servers"] == [{"url": "http://127.0.0.1:8000"}]


@pytest.fixture(scope="module")
def made(live: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a Python client that was made from the document of the running server."""
    folder = tmp_path_factory.mktemp("clients")
    (folder / "as_it_comes.yml").write_text("post_hooks: []\n")  # ruff would only make it prettier
    options = ["--meta", "none", "--output-path", "client", "--config", "as_it_comes.yml", "--fail-on-warning"]
    command = [sys.executable, "-m", "openapi_python_client", "generate", "--url", f"{live}/openapi.json", *options]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120, check=False)
    assert (done.returncode, "warning" in done.stdout.lower()) == (0, False), done.stdout + done.stderr
    return folder


USE = """
import json, sys
from typing import get_type_hints
from client import Client
from client.api.default import get_check, networks, post_backward, post_grade
from client.models import PostBackwardReluMse, PostBackwardReluMseValues, Problem, Snapshot

server = Client(base_url=sys.argv[1], raise_on_unexpected_status=True)

def backward(*x):
    body = PostBackwardReluMse(values=PostBackwardReluMseValues(x=list(x)))
    return post_backward.sync_detailed(client=server, body=body)

good, bad, late = backward(2.0, 1.0), backward(2.0), get_check.sync_detailed(client=server, x="1e200,1e200")
assert isinstance(good.parsed, Snapshot)
assert isinstance(bad.parsed, Problem)
assert isinstance(late.parsed, Problem)
assert get_type_hints(post_backward.sync)["return"] == Problem | Snapshot | None
print(json.dumps({
    "networks": [network.name for network in networks.sync(client=server).networks],
    "grads": {node.name: node.grad for node in good.parsed.nodes},
    "refused": [bad.status_code, bad.parsed.detail, [[error.loc, error.msg] for error in bad.parsed.errors]],
    "overflow": [late.status_code, late.parsed.detail],
}))
"""


def test_a_python_client_is_made_without_a_warning_and_knows_a_refusal_by_its_type(
    made: Path, live: str, client: TestClient
) -> None:
    command = [sys.executable, "-c", USE, live]
    done = subprocess.run(command, cwd=made, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    good = client.post("/api/backward", json={"values": {"x": [2, 1]}}).json()
    assert found["grads"] == {node["name"]: node["grad"] for node in good["nodes"]}
    bad = client.post("/api/backward", json={"values": {"x": [2]}}).json()
    assert found["refused"] == [422, bad["detail"], [[error["loc"], error["msg"]] for error in bad["errors"]]]
    assert found["overflow"] == [422, client.get("/api/check?x=1e200,1e200").json()["detail"]]
    assert found["networks"] == [network["name"] for network in client.get("/api/networks").json()["networks"]]
