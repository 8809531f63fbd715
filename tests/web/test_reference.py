"""The API's reference page: what it shows is true, and its programs run as they stand there."""

from __future__ import annotations

import html
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel
from starlette.testclient import TestClient

from app.pages.cost.data import AtWidth, Checkpointing, Cost, JacobianBill
from app.pages.cost.measured import Measured, Race
from app.snapshot import Expansion, FactorView, NodeView, Snapshot, as_json
from app.snapshot.batch import BatchAnswer, BatchNode
from app.snapshot.gradcheck import Gradcheck, GradcheckEntry
from app.snapshot.grade import EntryGrade, Grade, MatchView, NodeGrade
from app.state import from_json
from app.web.examples import Example, batch_body, batch_example, check_example, examples, grade_example, request_body
from app.web.reference import ASK_FIELDS, BATCH_FIELDS, CHECK_FIELDS, COST_FIELDS, FIELDS, GRADE_FIELDS


def program(language: str, base: str) -> Example:
    return next(example for example in examples(base) if example.language == language)


def expected() -> dict[str, Any]:
    snapshot: dict[str, Any] = json.loads(as_json(from_json(request_body(), "backward")))
    return snapshot


def run(command: list[str], script: str | None = None) -> str:
    done = subprocess.run(command, input=script, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def grads(output: str, read: Any) -> dict[str, Any]:
    return {name: read(rest) for name, _, rest in (line.partition(" ") for line in output.splitlines())}


def needs(tool: str) -> str:
    found = shutil.which(tool)
    if found is None:
        pytest.skip(f"{tool} is not installed here")
    return found


def test_the_python_program_runs(live: str, tmp_path: Path) -> None:
    script = tmp_path / "example.py"
    script.write_text(program("Python", live).code)
    output = run([sys.executable, "-I", str(script)])
    found = grads(output, lambda text: json.loads(text.replace("None", "null")))
    assert found == {node["name"]: node["grad"] for node in expected()["nodes"]}


def test_the_javascript_program_runs(live: str) -> None:
    output = run([needs("node"), "--input-type=module"], program("JavaScript", live).code)
    assert grads(output, json.loads) == {node["name"]: node["grad"] for node in expected()["nodes"]}


def test_the_curl_command_runs(live: str) -> None:
    needs("curl")
    output = run([needs("sh")], program("curl", live).code)
    assert json.loads(output) == expected()


def test_the_curl_command_for_a_batch_runs_and_gives_what_each_set_gets_alone(live: str, client: TestClient) -> None:
    needs("curl")
    batch = json.loads(run([needs("sh")], batch_example(live).code))
    sets: Any = batch_body()["sets"]
    alone = [client.post("/api/backward", json={"values": values}).json()["loss"] for values in sets]
    assert batch["loss"] == pytest.approx(alone, rel=1e-12, abs=1e-12)
    assert batch_example("http://testserver").code.strip() in html.unescape(client.get("/api").text)


def test_the_curl_command_for_a_check_runs_and_finds_the_kink_that_the_page_tells_of(
    live: str, client: TestClient
) -> None:
    needs("curl")
    gradcheck = json.loads(run([needs("sh")], check_example(live).code))
    assert (gradcheck["disagree"], gradcheck["kinks"]) == (0, 6)
    kink = next(entry for entry in gradcheck["entries"] if entry["verdict"] == "kink")
    assert kink in blocks(client)
    assert check_example("http://testserver").code.strip() in html.unescape(client.get("/api").text)


def test_the_curl_command_for_a_grade_runs_and_finds_the_mistake_that_the_page_tells_of(
    live: str, client: TestClient
) -> None:
    needs("curl")
    grade = json.loads(run([needs("sh")], grade_example(live).code))
    assert (grade["right"], grade["wrong"]) == (1, 2)
    wrong = next(node for node in grade["nodes"] if node["verdict"] == "wrong")
    assert "mask forgotten" in [match["name"] for match in wrong["matches"]]
    assert wrong in blocks(client)
    assert grade_example("http://testserver").code.strip() in html.unescape(client.get("/api").text)


def test_the_page_asks_about_an_entry_and_shows_what_the_api_says(client: TestClient) -> None:
    text = html.unescape(client.get("/api").text)
    (address,) = set(re.findall(r'href="(/api/\w+\?[^"]*ask=[^"]*)"', text))
    ask = client.get(address).json()["ask"]
    assert ask["terms"]
    assert ask in blocks(client)


def test_the_page_shows_these_programs_with_its_own_address(client: TestClient) -> None:
    text = html.unescape(client.get("/api", headers={"Host": "bp.example.org:8080"}).text)
    for example in examples("http://bp.example.org:8080"):
        assert example.code.strip() in text


@pytest.mark.parametrize("host", ["evil'; rm -rf ~", "<script>", 'a"b', "a b", "a/b", "a@b"])
def test_a_host_that_is_no_host_is_not_shown(client: TestClient, host: str) -> None:
    answer = client.get("/api", headers={"Host": host})
    assert answer.status_code == 200
    assert f"http://{host}" not in html.unescape(answer.text)
    assert "http://127.0.0.1:8000/api/backward" in answer.text


def test_the_answer_on_the_page_is_the_answer_of_the_api(client: TestClient) -> None:
    assert client.get("/api/backward").json() in blocks(client)
    assert client.get("/api/backward?step=7").json() in blocks(client)


def test_the_cost_on_the_page_is_the_cost_of_the_api(client: TestClient) -> None:
    (address,) = set(re.findall(r'href="(/api/cost\?[^"]*)"', html.unescape(client.get("/api").text)))
    answer = client.get(address).json()
    assert {name: answer[name] for name in answer if name not in ("by_width", "measured")} in blocks(client)


def blocks(client: TestClient) -> list[dict[str, Any]]:
    """The JSON that the page shows."""
    shown = re.findall(r"<pre[^>]*><code>(.*?)</code></pre>", client.get("/api").text, re.DOTALL)
    return [json.loads(text) for text in map(html.unescape, shown) if text.startswith("{")]


def test_every_field_of_an_answer_is_explained_and_none_is_invented(client: TestClient) -> None:
    def paths(model: type[BaseModel], prefix: str) -> set[str]:
        return {prefix + (field.alias or name) for name, field in model.model_fields.items()}

    schema = client.get("/openapi.json").json()["components"]["schemas"]
    snapshot = {path.replace("[]", "") for path in [*FIELDS, *ASK_FIELDS]}
    check = {path.replace("[]", "") for path in CHECK_FIELDS}
    batch = {path.replace("[]", "") for path in BATCH_FIELDS}
    assert paths(Snapshot, "") | paths(NodeView, "nodes.") <= snapshot
    assert paths(Expansion, "ask.") | paths(FactorView, "ask.terms.") <= snapshot
    assert paths(Gradcheck, "") | paths(GradcheckEntry, "entries.") <= check
    assert paths(BatchAnswer, "") | paths(BatchNode, "nodes.") <= batch
    cost = {path.replace("[]", "") for path in COST_FIELDS}
    graded = {path.replace("[]", "") for path in GRADE_FIELDS}
    assert paths(Cost, "") | paths(JacobianBill, "jacobians.") | paths(Checkpointing, "checkpointing.") <= cost
    assert paths(AtWidth, "by_width.") | paths(Measured, "measured.") | paths(Race, "measured.races.") <= cost
    assert paths(Grade, "") | paths(NodeGrade, "nodes.") | paths(EntryGrade, "nodes.entries.") <= graded
    assert paths(MatchView, "nodes.matches.") <= graded
    models = {"Snapshot": snapshot, "Proof": check, "BatchAnswer": batch, "Cost": cost, "Grade": graded}
    for model, explained in models.items():
        for path in explained:
            here = schema[model]
            for part in path.split("."):
                here = resolved(here["properties"][part], schema)
    shown = re.findall(r"<td><code>([\w.\[\]]+)</code></td><td>", client.get("/api").text)
    told = [*FIELDS, *ASK_FIELDS, *BATCH_FIELDS, *CHECK_FIELDS, *GRADE_FIELDS, *COST_FIELDS]
    assert told == shown[-len(told) :]


def resolved(entry: dict[str, Any], schemas: dict[str, Any]) -> dict[str, Any]:
    """The object that a property holds, through arrays and alternatives; else the property itself."""
    if "$ref" in entry:
        found: dict[str, Any] = schemas[entry["$ref"].rpartition("/")[2]]
        return found
    if entry.get("type") == "array":
        return resolved(entry["items"], schemas)
    inner = [option for option in entry.get("anyOf", []) if "$ref" in option]
    return resolved(inner[0], schemas) if inner else entry


def test_the_page_holds_no_script_and_no_style_of_its_own(client: TestClient) -> None:
    text = client.get("/api").text
    assert not re.search(r"<style|\sstyle=|<[a-z][^>]*\son\w+=", text)
    assert all(" src=" in tag for tag in re.findall(r"<script[^>]*>", text))
