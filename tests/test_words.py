"""One meaning, one word, and the field's own: no sentence that a person can be shown says it in another.

All that is shown is read: pages of every network at every step in every view, the pages around them, refusals, the
API's reference and its OpenAPI, what the code and the templates may yet put there, and the README.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from app.engine import NETWORKS
from app.pages.contents import CONTENTS
from app.settings import STATIC, TEMPLATES
from app.state import ViewState
from tests.browser.reading import Element, read
from tests.conftest import Lot

ROOT = Path(__file__).parent.parent
CODE = sorted((ROOT / "app").rglob("*.py"))
# What else a reader hears or sees of an element.
SAID = ("alt", "aria-label", "content", "data-announce", "placeholder", "title")

# What is not said, what is said instead, and why.
WORDS: list[tuple[str, str, str]] = [
    (r"shut|open units?|units? (is|are) open", "active, inactive", "the field's words for a ReLU unit"),
    (r"own numbers", "default numbers; Reset", "numbers own nothing"),
    (r"local factors?", "local derivative", "what a derivative is called in calculus"),
    (r"put in", "substitute", "what one does to a symbol"),
    (r"kept|keeps|saved, read", "saves, saved; reads (saved)", "save_for_backward, in every framework"),
    (r"never built", "Jacobian avoided", "what a VJP does about it"),
    (r"proofs?|prove[sdn]?|certif\w+", "check", "a finite difference proves nothing"),
    (r"nudg\w+", "perturb", "the word of numerical analysis"),
    (r"stage(?!\.png|=)", "the network's page", "a page is no stage"),
    (r"walk(s|ed)?", "steps", "a pass has steps"),
    (r"mismatch|(link|loss) of another", "non-canonical pair", "nothing is broken about it"),
    (
        r"one arrow, four heads|last (backward )?arrow",
        "four heads, one gradient; ∂L/∂z",
        "it is the first VJP that runs",
    ),
    (r"slope of the link", "slope of the inverse link (the activation)", "the link itself is not run"),
    (r"log-odds \(softmax\)", "multinomial logit", "log-odds are of two classes"),
    (r"(?<!as )(an?|the|each|its) shares?", "probability", "what softmax gives"),
    (r"chain(s|ed)? it unfused", "use two separate ops", "nothing is taken apart"),
    (r"weighs|weighed|taken off|turned round", "multiplies, subtracted, transposed", "the words of algebra"),
    (r"lit", "highlighted", "nothing burns"),
    (r"takes (row|column|all)", "depends on", "what a function does"),
    (r"pass is whole", "the forward pass is complete", "what one says of a computation"),
    (r"compute (them|it) again", "recompute", "the word of checkpointing"),
    (r"has \d+ uses|came back from one", "is used twice; contribution", "what is added is a contribution"),
    (r"twice too much|too much by", "twice the gradient", "too much would be three times"),
    (r"either of these", "one of these", "there may be more than two"),
    (r"no mistake that is known", "matches no common mistake", "plain English"),
    (r"right, given your own", "follows correctly from your ∂L/∂z, which is wrong", "it says which is wrong"),
    (r"one more digit it can be told", "right to the digits given", "the answer is right"),
    (r"only a VJP has a Jacobian", "this step is not a VJP", "what the reader wants to know"),
    (r"so it goes for", "this holds for", "it is a theorem"),
    (r"anew", "a fresh copy", "plain English"),
    (r"reckon\w*", "computed, measured", "plain English"),
    (r"(three )?great VJPs", "the big three VJPs", "what lecturers call them"),
    (r"(one )?number an entry", "one number for each entry", "an article is no preposition"),
    (r"rooms?", "folder, page", "a folder is a folder"),
    (r"map:", "layout", "a list of files is a layout"),
]
FOUND = re.compile("|".join(rf"\b(?:{pattern})(?!\w)" for pattern, _, _ in WORDS), re.IGNORECASE)


def said_otherwise(text: str) -> list[str]:
    """Where a text has one of these words, each with some of what stands around it."""
    flat = " ".join(text.split())
    return [flat[max(0, found.start() - 40) : found.end() + 25] for found in FOUND.finditer(flat)]


def texts(one: Element) -> Iterator[str]:
    """All that an element says, to the eye and to the ear, in order."""
    if one.tag in ("script", "style"):
        return
    yield from (one[name] for name in SAID if name in one.attributes)
    for child in one.children:
        if isinstance(child, str):
            yield child
        else:
            yield from texts(child)


# A sentence for each of them, in their order.
SAMPLES = """z₃ = −0.40 ≤ 0: shut
own numbers
the local factor
upstream put in
the forward pass keeps 136 bytes
It was never built; here it is.
certified
Nudge W₂₁ by ε
Stage
a long walk
The mismatch
One arrow, four heads
the slope of the link cancels
log-odds (softmax)
a share of the whole
Chain it unfused
p weighs what is left
Lit: z₁
z₁ takes row 1 of W
The forward pass is whole.
it would have to compute them again
x has 2 uses
This is twice too much
It could be either of these.
No mistake that is known here gives this.
It is right, given your own ∂L/∂z.
With one more digit it can be told from a mistake.
Only a VJP has a Jacobian to avoid.
So it goes for every exponential family
building it anew for each
Measured, not reckoned
The three great VJPs
one number an entry of W
the rooms of the house
Map: what stands where"""


def test_each_of_these_words_would_be_found_and_no_other() -> None:
    for (pattern, _, _), sample in zip(WORDS, SAMPLES.splitlines(), strict=True):
        assert re.search(rf"\b(?:{pattern})(?!\w)", sample, re.IGNORECASE), sample
        assert said_otherwise(f"<b>{sample}</b>"), sample
    assert said_otherwise("It is active: the literature opens with shared weights. Put /api in front.") == []


def every_step() -> Iterator[str]:
    """The address of every network at every step in every view, of entries' questions, and of every example."""
    for name, network in NETWORKS.items():
        for direction, events in network.graph.timelines.items():
            places = ["", *(f"&step={step}" for step in range(len(events)))]
            for view in ("", "&show=why", "&show=jacobian", "&show=check", "&show=saved"):
                yield from (f"/{direction}?network={name}{place}{view}" for place in places)
        for node, shape in network.shapes.items():
            entry = ".".join([node, *map(str, shape)])
            yield from (f"/{direction}?network={name}&ask={entry}" for direction in ("forward", "backward"))
        for example in network.examples:
            state = ViewState(network, "backward", {**network.defaults, **example.values})
            yield from (state.with_view(view).address() for view in (None, "check", "saved"))


# The pages around the network's, with answers right and wrong, numbers that overflow, and what leads nowhere.
AROUND = [
    "/chapter",
    *(f"/chapter/{key}" for key in CONTENTS),
    "/networks",
    "/lecture?stop=2",
    "/lecture?stops=/nowhere",
    "/filmstrip",
    "/lecture/filmstrip",
    "/handout?blanks=1&answers=1",
    "/handout?pass=backward&steps=9",
    "/networks/published/mazur-2-2-2",
    "/networks/published/gorman-4-2-2-softmax",
    "/compare?lines=dz.1=0.21%0Adz.2=0.1%0Aone",
    "/glossary",
    "/keys",
    "/api",
    "/heads",
    *(f"/heads?unfused=1&z={z}&y={y}" for z in (-800, -40, 0, 36, 40, 800) for y in (0, 1)),
    "/heads?entry=2",
    "/heads?z=one",
    "/train",
    "/train?lr=0.5&steps=30&hold=b",
    "/train?lr=1000&steps=9",
    "/train?hold=W,b",
    "/train?lr=0",
    "/backward?lr=0.5",
    "/cost",
    "/cost?layers=1",
    "/cost?n=64&m=256&dtype=float16",
    "/cost?n=0",
    *(
        f"/recall?{network}q={question}{answer}"
        for network in ("", "network=softmax-ce&", "network=shared&")
        for question in (
            *("why-vjp", "by-indices", "prediction-target", "x", "x.1", "shape.x", "zeros.z", "b"),
            *("jacobian.z.x", "price.z.W", "sparse.z.W", "bracket.W", "saved"),
        )
        for answer in ("", "&reveal=1", "&answer=0", "&answer=1,2", "&answer=-0.1", "&answer=words")
    ),
    "/nowhere",
    "/forward?x=one",
    "/forward?x=1e200,1e200",
    "/backward?ask=W.9.9",
    "/backward?ask=W.2.1&eps=0.1",
    "/backward?ask=W.2.1&eps=0",
    "/backward?x=2,1&was=x%3D1",
]


def test_no_page_says_it_otherwise(client: TestClient, lot: Lot) -> None:
    steps = lot.some(every_step(), 2, of_each=lambda address: address.partition("&")[0])
    found: dict[str, list[str]] = {}
    for address in (*steps, *lot.some(AROUND, 15)):
        for sentence in said_otherwise(" ".join(texts(read(client.get(address).text)))):
            found.setdefault(sentence, []).append(address)
    assert {sentence: places[0] for sentence, places in found.items()} == {}


def in_python(path: Path) -> Iterator[str]:
    """The sentences in a module's strings; what has no blank in it is a name, and a docstring is for programmers."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    docstrings = {id(one.value) for one in ast.walk(tree) if isinstance(one, ast.Expr)}
    for one in ast.walk(tree):
        if not isinstance(one, ast.Constant) or not isinstance(one.value, str) or id(one) in docstrings:
            continue
        if " " in one.value.strip():
            yield one.value


def in_template(path: Path) -> Iterator[str]:
    """What a template may show, whatever the branch: its text, what it says of elements, and its strings."""
    source = re.sub(r"\{#.*?#\}", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
    code = re.findall(r"\{\{.*?\}\}|\{%.*?%\}", source, flags=re.DOTALL)
    yield from (text for piece in code for text in re.findall(r"\"([^\"]* [^\"]*)\"", piece))
    shown = re.sub(r"\{\{.*?\}\}|\{%.*?%\}", " ", source, flags=re.DOTALL)
    yield from re.findall(rf"(?:{'|'.join(SAID)})=\"([^\"]*)\"", shown)
    yield re.sub(r"<[^>]*>", " ", shown)


def strings(found: Any) -> Iterator[str]:
    """Every string in JSON."""
    if isinstance(found, str):
        yield found
    elif isinstance(found, Mapping):
        yield from (text for one in found.values() for text in strings(one))
    elif isinstance(found, list):
        yield from (text for one in found for text in strings(one))


@pytest.mark.parametrize("path", CODE, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_no_string_of_the_code_says_it_otherwise(path: Path) -> None:
    assert [one for text in in_python(path) for one in said_otherwise(text)] == []


@pytest.mark.parametrize(
    "path", sorted(TEMPLATES.rglob("*.html")), ids=lambda path: path.relative_to(TEMPLATES).as_posix()
)
def test_no_template_says_it_otherwise(path: Path) -> None:
    assert [one for text in in_template(path) for one in said_otherwise(text)] == []


@pytest.mark.parametrize("path", sorted((STATIC / "js").glob("*.js")), ids=lambda path: path.name)
def test_no_script_says_it_otherwise(path: Path) -> None:
    said = re.findall(r"[\"`]([^\"`\n]* [^\"`\n]*)[\"`]", path.read_text(encoding="utf-8"))
    assert [one for text in said for one in said_otherwise(text)] == []


@pytest.mark.parametrize(
    "address", ["/openapi.json", "/api/networks", "/api/heads?unfused=1", "/api/cost", "/api/nowhere"]
)
def test_no_answer_for_programs_says_it_otherwise(client: TestClient, address: str) -> None:
    answer = json.loads(client.get(address).text)
    assert [one for text in strings(answer) if " " in text for one in said_otherwise(text)] == []


def test_the_readme_says_it_in_these_words() -> None:
    assert said_otherwise((ROOT / "README.md").read_text(encoding="utf-8")) == []
