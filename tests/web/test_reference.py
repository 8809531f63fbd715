"""The API's reference page: what it shows is true, and its programs run as they stand there."""

from __future__ import annotations

import ast
import html
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from pydantic import Field
from starlette.testclient import TestClient

from app.snapshot import as_json
from app.snapshot.models import Frozen
from app.state import from_json
from app.web.bodies import MAX_ARRAYS, MAX_DEPTH, MAX_DIGITS
from app.web.examples import (
    ExampleProgram,
    batch_body,
    batch_example,
    check_example,
    examples,
    grade_example,
    request_body,
)
from app.web.field_tables import field_table
from app.web.reference import TABLES


def program(language: str, base: str) -> ExampleProgram:
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


def test_the_page_states_what_a_body_may_hold(client: TestClient) -> None:
    said = " ".join(html.unescape(re.sub(r"<[^>]+>", "", client.get("/api").text)).split())
    assert (
        f"{MAX_DEPTH} deep, and hold {MAX_ARRAYS} arrays and objects, and whole numbers of {MAX_DIGITS} digits" in said
    )


def test_at_another_host_only_the_programs_are_other_ones(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    first = client.get("/api", headers={"Host": "first.example"}).text
    monkeypatch.delattr("app.web.reference.gradcheck_or_refuse")  # which takes longer than all the rest of the page
    other = client.get("/api", headers={"Host": "other.example"}).text
    assert first != other
    assert first.replace("first.example", "other.example") == other


def test_the_python_program_runs(live: str, tmp_path: Path) -> None:
    script = tmp_path / "example.py"
    script.write_text(program("Python", live).code)
    output = run([sys.executable, "-I", str(script)])
    found = grads(output, lambda text: json.loads(text.replace("None", "null")))
    assert found == {node["name"]: node["grad"] for node in expected()["nodes"]}


def as_a_cell(code: str) -> tuple[Any, dict[str, Any]]:
    """What a notebook shows below a cell, the value of its last line; and the names that the cell leaves behind."""
    *statements, last = ast.parse(code).body
    assert isinstance(last, ast.Expr)
    names: dict[str, Any] = {}
    exec(compile(ast.Module(statements, []), "cell", "exec"), names)  # noqa: S102  # a program of ours
    return eval(compile(ast.Expression(last.value), "cell", "eval"), names), names  # noqa: S307


def test_the_notebook_cell_shows_the_gradients_and_says_why_numbers_are_refused(live: str) -> None:
    code = program("A notebook cell", live).code
    shown, names = as_a_cell(code)
    assert shown == {node["name"]: node["grad"] for node in expected()["nodes"]}
    with pytest.raises(ValueError, match=r"^x needs 2 numbers, not 3$"):
        names["ask"]("forward", values={"x": [1, 2, 3]})


@pytest.mark.parametrize("language", ["Python", "A notebook cell"])
def test_the_programs_in_python_need_nothing_but_the_standard_library(live: str, language: str) -> None:
    modules = re.findall(r"^(?:from|import) (\w+)", program(language, live).code, re.MULTILINE)
    assert modules
    assert {*modules} <= sys.stdlib_module_names


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
        assert f"<h3>{example.language}</h3>\n<p>{example.says}</p>" in text


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


# What each table of the page is about, as the document of the API names it, and where its paths begin.
TABLE_OF = {
    "snapshot": ("Snapshot", ""),
    "ask": ("Expansion", "ask."),
    "batch": ("BatchAnswer", ""),
    "gradcheck": ("Gradcheck", ""),
    "grade": ("Grade", ""),
    "train": ("Train", ""),
    "cost": ("CostAnswer", ""),
    "heads": ("Heads", ""),
    "networks": ("Gallery", ""),
    "chapter": ("ChapterAnswer", ""),
    "problem": ("Problem", ""),
}


def component(schema: dict[str, Any]) -> str | None:
    """The object that a field holds, by name: through lists, mappings and null; None for plain JSON."""
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    inner = [schema[key] for key in ("items", "additionalProperties") if isinstance(schema.get(key), dict)]
    names = {component(option) for option in [*inner, *schema.get("anyOf", [])]}
    return max((name for name in names if name), default=None)


def reachable(name: str, schemas: dict[str, Any], seen: set[str]) -> set[str]:
    """The objects that an answer is made of, by name."""
    if name not in seen:
        seen.add(name)
        for field in schemas[name]["properties"].values():
            if (inner := component(field)) is not None:
                reachable(inner, schemas, seen)
    return seen


def test_every_field_of_an_answer_stands_in_a_table_with_the_meaning_that_the_document_gives(
    client: TestClient,
) -> None:
    schemas = client.get("/openapi.json").json()["components"]["schemas"]
    assert TABLES.keys() == TABLE_OF.keys()
    for table, (root, prefix) in TABLE_OF.items():
        met: set[tuple[str, str]] = set()
        for path, meaning in TABLES[table].items():
            owner: str | None = root
            for part in path.removeprefix(prefix).replace("[]", "").replace("*.", "").split("."):
                assert owner is not None, path
                field = schemas[owner]["properties"][part]
                last, owner = (owner, part), component(field)
            assert last not in met, f"{path} is told twice"
            met.add(last)
            assert field["description"], path
            assert meaning.startswith(field["description"]), path
        without = {"Expansion"} if table == "snapshot" else set()
        made_of = reachable(root, schemas, set(without))
        assert met == {(name, field) for name in made_of - without for field in schemas[name]["properties"]}


def test_the_tables_stand_on_the_page_as_they_are(client: TestClient) -> None:
    text = html.unescape(client.get("/api").text)
    shown = re.findall(r'<tr><th scope="row"><code>([\w.*\[\]]+)</code></th><td>(.*?)</td></tr>', text)
    assert shown == [row for table in (*TABLES,) for row in TABLES[table].items()]


def test_a_path_says_what_is_a_list_and_what_a_mapping() -> None:
    class Inner(Frozen):
        here: float | None
        """A number."""

    class Outer(Frozen):
        rows: list[list[float]]
        """Rows."""
        by_name: dict[str, Inner]
        """By name."""
        one: Inner | None = Field(alias="another")
        """One more."""

    assert dict(field_table(Outer, "a.")) == {
        "a.rows[][]": "Rows.",
        "a.by_name": "By name.",
        "a.by_name.*.here": "A number.",
        "a.another": "One more. Its fields are those of a.by_name.",
    }


def test_the_page_holds_no_script_and_no_style_of_its_own(client: TestClient) -> None:
    text = client.get("/api").text
    assert not re.search(r"<style|\sstyle=|<[a-z][^>]*\son\w+=", text)
    assert all(" src=" in tag for tag in re.findall(r"<script[^>]*>", text))
