"""The programs on the API's reference page, which the tests run just as they stand there."""

from __future__ import annotations

import json
from dataclasses import dataclass

from app.engine import DEFAULT, known_gradients
from app.snapshot import trace_of
from app.state import ViewState


@dataclass(frozen=True, slots=True)
class ExampleProgram:
    """One program on the page: what it is written in or for, a sentence on how it is run, and its whole text."""

    language: str
    says: str
    code: str


# Numbers that put a unit at its kink, which the example of a check sends.
KINK = next(example.values for example in DEFAULT.examples if example.name == "kink")


def request_body() -> dict[str, object]:
    """The body that the examples send: another x for the default network, the rest left to it."""
    x = DEFAULT.defaults["x"]
    assert isinstance(x, tuple)
    return {"network": DEFAULT.name, "values": {"x": [float(n) for n in range(len(x), 0, -1)]}}


def batch_body() -> dict[str, object]:
    """Three sets for the default network: its default values, and two of its examples."""
    return {"network": DEFAULT.name, "sets": [dict(example.values) for example in DEFAULT.examples[:3]]}


_CURL = """\
curl --fail-with-body '{base}/api/{question}' \\
  --header 'Content-Type: application/json' \\
  --data '{body}'
"""

_PYTHON = """\
import json
from urllib.request import Request, urlopen

request = Request(
    "{base}/api/backward",
    data=json.dumps({body}).encode(),
    headers={{"Content-Type": "application/json"}},
)
with urlopen(request) as response:
    snapshot = json.load(response)

for node in snapshot["nodes"]:
    print(node["name"], node["grad"])
"""

_NOTEBOOK = """\
import json
from urllib.error import HTTPError
from urllib.request import Request, urlopen


def ask(question, **body):
    request = Request(
        "{base}/api/" + question,
        data=json.dumps(body).encode(),
        headers={{"Content-Type": "application/json"}},
    )
    try:
        with urlopen(request) as response:
            return json.load(response)
    except HTTPError as error:
        raise ValueError(json.load(error)["detail"]) from None


snapshot = ask("backward", network={network}, values={values})
{{node["name"]: node["grad"] for node in snapshot["nodes"]}}
"""

_JAVASCRIPT = """\
const response = await fetch("{base}/api/backward", {{
  method: "POST",
  headers: {{ "Content-Type": "application/json" }},
  body: JSON.stringify({body}),
}});
const snapshot = await response.json();
if (!response.ok) throw new Error(snapshot.detail);

for (const node of snapshot.nodes) console.log(node.name, JSON.stringify(node.grad));
"""

_PAGE = """\
<!doctype html>
<meta charset="utf-8">
<title>Gradients</title>
<pre id="gradients"></pre>
<script type="module">
  const response = await fetch("{base}/api/backward", {{
    method: "POST",
    headers: {{ "Content-Type": "application/json" }},
    body: JSON.stringify({body}),
  }});
  const answer = await response.json();
  const lines = response.ok
    ? answer.nodes.map((node) => `${{node.name}} ${{JSON.stringify(node.grad)}}`)
    : [answer.detail];
  document.querySelector("#gradients").textContent = lines.join("\\n");
</script>
"""


def examples(base: str) -> tuple[ExampleProgram, ...]:
    """The programs for a server at `base`, such as http://127.0.0.1:8000."""
    body = request_body()
    sent = json.dumps(body)
    cell = _NOTEBOOK.format(base=base, **{name: json.dumps(value) for name, value in body.items()})
    return (
        _curl(base, "backward", body),
        ExampleProgram("Python", "It needs nothing but the standard library.", _PYTHON.format(base=base, body=sent)),
        ExampleProgram(
            "A notebook cell",
            "The gradients appear below the cell; if the API refuses the numbers, the error says why.",
            cell,
        ),
        ExampleProgram("JavaScript", "It runs in Node.", _JAVASCRIPT.format(base=base, body=sent)),
        ExampleProgram(
            "JavaScript in a page of another site",
            "Save it as a file and open that in a browser, or put the script into a page of your course.",
            _PAGE.format(base=base, body=sent),
        ),
    )


def check_example(base: str) -> ExampleProgram:
    """The command that checks every gradient at KINK."""
    return _curl(base, "check", {"network": DEFAULT.name, "values": dict(KINK)})


def batch_example(base: str) -> ExampleProgram:
    """The command that runs the backward pass of three sets."""
    return _curl(base, "batch/backward", batch_body())


def train_example_body() -> dict[str, object]:
    """Ten steps of the default network that leave b as it is."""
    return {"network": DEFAULT.name, "lr": 0.5, "hold": ["b"], "steps": 10}


def train_example(base: str) -> ExampleProgram:
    """The command that takes these steps."""
    return _curl(base, "train", train_example_body())


def _curl(base: str, question: str, body: dict[str, object]) -> ExampleProgram:
    code = _CURL.format(base=base, question=question, body=json.dumps(body))
    return ExampleProgram("curl", "It runs in a shell.", code)


def graded_body() -> dict[str, object]:
    """Gradients to be graded, of the default network with an inactive unit: ∂L/∂h as it is, ∂L/∂z without the mask, and
    ∂L/∂b as it follows from that."""
    numbers = next(example.values for example in DEFAULT.examples if example.name == "shut")
    known = known_gradients(trace_of(ViewState(DEFAULT, "backward", {**DEFAULT.defaults, **numbers})))
    wrong = next(grads for site, grads in known.wrong if site.mistake.name == "mask forgotten")
    gradients = {name: [float(f"{n:.12g}") for n in wrong[name].tolist()] for name in ("h", "z", "b")}
    return {"network": DEFAULT.name, "values": dict(numbers), "gradients": gradients}


def printed_body() -> dict[str, object]:
    """Printed numbers to be compared, of the default network: a value and a gradient as they are, a gradient with its
    sign reversed, and a parameter after a step."""
    trace = trace_of(ViewState(DEFAULT, "backward", DEFAULT.defaults))
    z, grad, bias = (float(array[0]) for array in (trace.values["z"], trace.grads["z"], trace.values["b"]))
    printed = {"z.1": f"{z:.2f}", "dz.1": f"{grad:.2f}", "db.1": f"{-grad:.2f}", "b.1+": f"{bias - 0.5 * grad:.2f}"}
    return {"network": DEFAULT.name, "lr": 0.5, "printed": printed}


def printed_example(base: str) -> ExampleProgram:
    """The command that has `printed_body` compared."""
    return _curl(base, "grade", printed_body())


def grade_example(base: str) -> ExampleProgram:
    """The command that has `graded_body` graded."""
    return _curl(base, "grade", graded_body())
