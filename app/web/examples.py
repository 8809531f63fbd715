"""The programs on the API's reference page, which the tests run just as they stand there."""

from __future__ import annotations

import json
from dataclasses import dataclass

from app.engine import DEFAULT, known_gradients
from app.snapshot import trace_of
from app.state import ViewState


@dataclass(frozen=True, slots=True)
class ExampleProgram:
    """One program on the page: its language, the command that runs it, and its whole text."""

    language: str
    run: str
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


def examples(base: str) -> tuple[ExampleProgram, ...]:
    """The programs for a server at `base`, such as http://127.0.0.1:8000."""
    sent = json.dumps(request_body())
    return (
        ExampleProgram("curl", "sh", _CURL.format(base=base, question="backward", body=sent)),
        ExampleProgram("Python", "python", _PYTHON.format(base=base, body=sent)),
        ExampleProgram("JavaScript", "node --input-type=module", _JAVASCRIPT.format(base=base, body=sent)),
    )


def check_example(base: str) -> ExampleProgram:
    """The command that checks every gradient at KINK."""
    sent = json.dumps({"network": DEFAULT.name, "values": dict(KINK)})
    return ExampleProgram("curl", "sh", _CURL.format(base=base, question="check", body=sent))


def batch_example(base: str) -> ExampleProgram:
    """The command that runs the backward pass of three sets."""
    return ExampleProgram(
        "curl", "sh", _CURL.format(base=base, question="batch/backward", body=json.dumps(batch_body()))
    )


def graded_body() -> dict[str, object]:
    """Gradients to be graded, of the default network with an inactive unit: ∂L/∂h as it is, ∂L/∂z without the mask, and
    ∂L/∂b as it follows from that."""
    numbers = next(example.values for example in DEFAULT.examples if example.name == "shut")
    known = known_gradients(trace_of(ViewState(DEFAULT, "backward", {**DEFAULT.defaults, **numbers})))
    wrong = next(grads for site, grads in known.wrong if site.mistake.name == "mask forgotten")
    gradients = {name: [float(f"{n:.12g}") for n in wrong[name].tolist()] for name in ("h", "z", "b")}
    return {"network": DEFAULT.name, "values": dict(numbers), "gradients": gradients}


def grade_example(base: str) -> ExampleProgram:
    """The command that has `graded_body` graded."""
    return ExampleProgram("curl", "sh", _CURL.format(base=base, question="grade", body=json.dumps(graded_body())))
