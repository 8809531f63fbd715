"""The context of the API's reference page: what could be wrong on it is read or computed, not typed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from app.engine import DEFAULT, NETWORKS
from app.engine.graph import Direction
from app.engine.sizes import DIMENSIONS, MAX_SIDE, SIZE_LEAF
from app.pages.cost.data import cost
from app.pages.cost.question import CostState
from app.pages.heads.data import take_heads
from app.pages.heads.question import HeadsState
from app.settings import Settings
from app.snapshot import snapshot_dict, trace_of
from app.snapshot.gradcheck import MAX_ENTRIES, gradcheck_or_refuse
from app.snapshot.grade import grade
from app.state import InvalidState, ViewState, field_text, from_query, gradients_from_json
from app.state.batch import MAX_SETS
from app.state.gradients import TOLERANCES

from .errors import KINDS, Kind, Problem, problem
from .examples import KINK, Example, batch_example, check_example, examples, grade_example, graded_body

ASKED = "W.2.1"  # the entry that the page asks about
COSTED = CostState(n=64, m=64)  # the sizes whose cost it shows
_UNFUSED = HeadsState(unfused=True)  # the heads that it shows a number of

# The fields of the answers; a test holds that none is missing and none is invented.
FIELDS: Mapping[str, str] = {
    "network": "which network",
    "title": "its name for people",
    "pass": "forward or backward",
    "step": "the step that is shown, 0 … steps",
    "steps": "how many steps the pass has",
    "loss": "the loss; null until the forward pass reaches it",
    "nodes[]": "the nodes, in topological order",
    "nodes[].name": "the node’s name; inputs, wrt and the rest refer to it",
    "nodes[].symbol": "how it is printed",
    "nodes[].op": "the op that computes it; null for a leaf",
    "nodes[].role": "input, parameter, target, hidden or loss",
    "nodes[].inputs[]": "the nodes it is computed from, in the order of the op’s slots",
    "nodes[].shape[]": "the shape of its value, and of its gradient",
    "nodes[].value": "its value; null until the forward pass reaches it",
    "nodes[].grad": "the loss’s gradient; null until the backward pass is there, or where none is taken",
    "nodes[].requires_grad": "whether it takes a gradient; a target does not",
    "nodes[].inactive": "which entries of the gradient the op lets nothing through to; null where there is none",
    "nodes[].inactive.entries[]": "true for each such entry, row by row",
    "nodes[].inactive.reason": "the condition that shuts them",
    "nodes[].saved[]": "what the forward pass keeps for the VJPs",
    "nodes[].forward": "the op’s formula in this network’s names; null for a leaf",
    "nodes[].forward.latex": "for typesetting",
    "nodes[].forward.text": "as plain text",
    "nodes[].vjps[]": "one vector-Jacobian product for each input that takes a gradient",
    "nodes[].vjps[].wrt": "that input",
    "nodes[].vjps[].latex": "the formula, for typesetting",
    "nodes[].vjps[].text": "the formula as plain text",
    "nodes[].vjps[].value": "what it adds to the input’s gradient; null until the backward pass is there",
    "ask": "where the entry that was asked about comes from; null where none was",
}
ASK_FIELDS: Mapping[str, str] = {
    "ask.key": "the entry, as it was asked about",
    "ask.node": "its node",
    "ask.index[]": "its place in the node, counted from 1; empty for a scalar",
    "ask.quantity": "value in the forward pass, grad in the backward pass",
    "ask.left": "the entry in symbols, as ∂L/∂W₂₁, with latex and text",
    "ask.general": "the sum it is, with running indices, likewise; null where terms are too plain to need one",
    "ask.terms[][]": "the sum’s terms, each a list of factors; no terms where there is nothing to derive",
    "ask.terms[][].slot": "the op’s own name for what the factor is of: an input, v, or local for the local derivative",
    "ask.terms[][].symbol": "the factor as plain text",
    "ask.terms[][].latex": "for typesetting",
    "ask.terms[][].node": "the node the number is of; null for a constant",
    "ask.terms[][].key": "the entry it is, as you would ask about it; null for a constant",
    "ask.terms[][].keys": "the same, or every entry that a local derivative is computed from, key first",
    "ask.terms[][].quantity": "value, grad or constant",
    "ask.terms[][].value": "the number",
    "ask.terms[][].power": "how often it is multiplied: value to this power is the factor",
    "ask.terms[][].whole": "whether it is a whole number by nature, such as a ReLU’s 0 or 1",
    "ask.result": "the entry, the sum of the products of the factors; null if the step has not reached it",
    "ask.note": "why there are no terms: given, a target, not reached yet; or what kind of sum it is; else empty",
}
BATCH_FIELDS: Mapping[str, str] = {
    "network": "which network",
    "pass": "forward or backward",
    "count": "how many sets",
    "loss[]": "the loss of each set, in the order in which they were sent",
    "nodes[]": "the nodes, in topological order",
    "nodes[].name": "the node’s name",
    "nodes[].shape[]": "the shape that its value has in one set",
    "nodes[].value": "its value in each set",
    "nodes[].grad": "the loss’s gradient in each set; null in a forward pass, or where none is taken",
}
CHECK_FIELDS: Mapping[str, str] = {
    "network": "which network",
    "epsilon": "how far an entry θ is moved to each side, times max(1, |θ|)",
    "tolerance": "the residual up to which the two agree, beside what rounding alone explains",
    "agree": "how many entries agree",
    "disagree": "how many disagree: a VJP is wrong",
    "kinks": "how many are at a kink",
    "entries[]": "every entry of every node that takes a gradient, hidden ones included",
    "entries[].key": "the entry, as you would ask about it",
    "entries[].node": "its node",
    "entries[].index[]": "its place in the node, counted from 1; empty for a scalar",
    "entries[].grad": "the gradient that the VJPs gave",
    "entries[].central": "the loss’s slope, measured from both sides",
    "entries[].left": "its slope to the left",
    "entries[].right": "its slope to the right",
    "entries[].residual": "|grad − central| / max(1, |grad|, |central|)",
    "entries[].verdict": "agrees, disagrees, or kink, where left and right differ and nothing is judged",
}
GRADE_FIELDS: Mapping[str, str] = {
    "network": "which network",
    "tolerance": "how far |claimed − right| / max(1, |claimed|, |right|) may be off",
    "verdict": "right if all of it is, else wrong",
    "right": "how many of the gradients are right",
    "wrong": "how many are wrong",
    "right_entries": "how many entries are right, over all gradients",
    "wrong_entries": "how many are wrong",
    "nodes[]": "the gradients that were sent",
    "nodes[].name": "the node whose gradient it is",
    "nodes[].shape[]": "the shape it has to have",
    "nodes[].claimed_shape[]": "the shape that was sent; null where rows differ in length",
    "nodes[].right": "the right gradient",
    "nodes[].verdict": "right or wrong",
    "nodes[].right_entries": "how many of its entries are right",
    "nodes[].wrong_entries": "how many are wrong; all of them, if the shape is",
    "nodes[].entries[]": "its entries, row by row; none where the shape is wrong",
    "nodes[].entries[].key": "the entry, as you would ask about it",
    "nodes[].entries[].claimed": "the number that was sent",
    "nodes[].entries[].right": "the right one",
    "nodes[].entries[].verdict": "right or wrong",
    "nodes[].entries[].matches[]": "the known mistakes that give this number; if some give the whole gradient, those",
    "nodes[].matches[]": "the known mistakes that give the whole gradient; if several, the numbers can’t tell which",
    "nodes[].matches[].name": "what it is called",
    "nodes[].matches[].says": "a sentence for the one who made it",
    "nodes[].matches[].node": "the node whose VJP it is made at",
    "nodes[].matches[].wrt": "with respect to which of its inputs",
    "nodes[].matches[].vjp": "the rule as it should be",
    "nodes[].matches[].own": "whether that VJP finds this very gradient; if not, the mistake was made further up",
    "nodes[].follows[]": "the nodes whose gradients were sent wrong, if this one is what follows from them",
    "nodes[].also[]": "the known mistakes that come on top of that, if any, as in matches",
    "nodes[].note": "the same in words; empty for a right gradient",
}

COST_FIELDS: Mapping[str, str] = {
    "n": "inputs of a layer",
    "m": "outputs of a layer",
    "layers": "how many layers of that shape",
    "batch": "how many examples",
    "dtype": "the type of every number",
    "bytes_per_number": "its bytes",
    "forward": "multiply-adds of the linear op’s forward pass, as layer, layers and batch",
    "forward.layer": "for one layer and one example; likewise in all that follows",
    "forward.layers": "for all layers and one example",
    "forward.batch": "for all layers and all examples",
    "backward": "multiply-adds of the linear op’s VJPs",
    "step": "both: a step of training, without the update",
    "relu_forward": "multiply-adds of the ReLU’s forward pass",
    "relu_backward": "multiply-adds of the ReLU’s VJP",
    "parameters": "bytes of W and b, and of their gradients; the batch adds none",
    "activations": "bytes of x and z, which are kept for the backward pass",
    "jacobians[]": "the Jacobians that the VJPs avoid",
    "jacobians[].op": "the op",
    "jacobians[].of": "its output",
    "jacobians[].wrt": "its input",
    "jacobians[].kind": "what kind of matrix it is",
    "jacobians[].shape[]": "its rows and columns",
    "jacobians[].entries": "how many entries it has",
    "jacobians[].nonzero": "how many of them may be other than 0",
    "jacobians[].bytes": "its bytes, if it were built anew for each layer and each example",
    "jacobians[].product": "multiply-adds of vᵀJ, for one layer and one example",
    "jacobians[].vjp": "multiply-adds of the VJP, likewise",
    "checkpointing": "gradient checkpointing, for all layers and examples",
    "checkpointing.segments": "how many segments the layers fall into: √layers, rounded up",
    "checkpointing.length": "how many layers a segment has at most",
    "checkpointing.bytes": "bytes of the activations that are kept at once",
    "checkpointing.bytes_without": "the same without checkpoints",
    "checkpointing.step": "multiply-adds of a step of training: one more forward pass",
    "checkpointing.step_without": "the same without checkpoints",
    "by_width[]": "one layer and one example at other widths, with the same ratio of m to n",
    "by_width[].n": "inputs",
    "by_width[].m": "outputs",
    "by_width[].forward": "multiply-adds of the linear op’s forward pass",
    "by_width[].vjps": "multiply-adds of its VJPs",
    "by_width[].by_jacobians": "multiply-adds of the same gradients, each as vᵀJ",
    "by_width[].saved": "bytes of x and z",
    "by_width[].jacobians": "bytes of each Jacobian, by its input",
    "measured": "both ways to a gradient, timed once when this server’s code was measured; null if it was not",
    "measured.date": "when",
    "measured.machine": "on what: cpu, cores, threads of the BLAS, python, numpy, blas",
    "measured.dtype": "with numbers of which type",
    "measured.races[]": "one for each gradient",
    "measured.races[].op": "the op",
    "measured.races[].wrt": "the input whose gradient it is",
    "measured.races[].vjp[]": "the VJP: seconds by width n = m",
    "measured.races[].jacobian[]": "the Jacobian: bytes, seconds to build it and seconds of vᵀJ (product), by width",
}

HEADS_FIELDS: Mapping[str, str] = {
    "x[]": "the numbers of the common layer, as W and b",
    "W[][]": "likewise",
    "b[]": "likewise",
    "heads[]": "the heads: four canonical pairs, then the mismatch",
    "heads[].network": "the network it is the head of",
    "heads[].distribution": "the distribution its loss comes from",
    "heads[].link": "its link",
    "heads[].canonical": "whether link and loss belong together",
    "heads[].predicts": "the prediction as a formula, with latex and text",
    "heads[].loss_rule": "the loss, likewise",
    "heads[].rule": "the VJP that finds ∂L/∂z, likewise",
    "heads[].convention": "what the loss adds up, and how",
    "heads[].z[]": "z = W x + b, the same in each",
    "heads[].prediction[]": "the prediction",
    "heads[].target[]": "the network’s own target",
    "heads[].loss": "the loss",
    "heads[].upstream[]": "∂L/∂prediction, where the backward pass stops there; null where one op leads to z",
    "heads[].mean": "its product with the prediction, v·p; null likewise",
    "heads[].grad_z[]": "∂L/∂z as the VJP gives it",
    "heads[].difference[]": "prediction − target, subtracted",
    "heads[].gap": "how far the two are apart at most",
    "heads[].same[]": "entry by entry, whether that is rounding: 1e-12 of max(1, |prediction − target|)",
    "heads[].equal": "whether it is in all",
    "heads[].step": "the step of the network’s backward pass that finds ∂L/∂z",
    "unfused": "whether the chains of two ops were asked for",
    "logit": "one logit on its way to the loss and back",
    "logit.z": "the logit",
    "logit.y": "its target, 0 or 1",
    "logit.reference": "p, one_minus_p = 1 − p, loss, grad_p = ∂L/∂p, slope = σ′(z) and grad_z = ∂L/∂z, by decimal",
    "logit.chains[]": "fused is the one op; unfused and clipped are two",
    "logit.chains[].name": "which",
    "logit.chains[].title": "its name for people",
    "logit.chains[].runs": "what it runs",
    "logit.chains[].readings": "what it gives, by the names of reference; the one op makes no one_minus_p, grad_p and slope",
    "logit.chains[].readings.*.value": "the number; null where it is not finite, or no float holds it",
    "logit.chains[].readings.*.word": "what it is then: nan, inf, -inf, or its digits; else empty",
    "logit.chains[].readings.*.right": "whether it is the truth to nine digits",
    "logit.chains[].readings.*.off": "how far off it is, as a share of the truth; null where it is no number",
    "jacobian": "the softmax’s Jacobian, and v = −y/p from cross-entropy",
    "jacobian.p[]": "the softmax",
    "jacobian.y[]": "its target",
    "jacobian.matrix[][]": "diag(p) − p pᵀ",
    "jacobian.v[]": "−y/p; null where a share is 0 to any float",
    "jacobian.product[]": "vᵀ times the matrix; null likewise",
    "jacobian.difference[]": "p − y, subtracted",
    "jacobian.agrees": "whether the two are the same to 1e-12",
    "jacobian.entry": "the entry i whose terms follow, counted from 1",
    "jacobian.terms[]": "its terms, which add up to entry i of product",
    "jacobian.terms[].j": "the index that runs, counted from 1",
    "jacobian.terms[].y": "the target’s entry j",
    "jacobian.terms[].p": "the softmax’s entry j, which cancels",
    "jacobian.terms[].delta": "1 where j = i, else 0",
    "jacobian.terms[].value": "−y/p · p (delta − the softmax’s entry i)",
}


@dataclass(frozen=True, slots=True)
class LeafRow:
    """A leaf as the page lists it."""

    name: str
    shape: str
    numbers: str


@dataclass(frozen=True, slots=True)
class NetworkTable:
    """A network as the page lists it; `steps` by pass. `any_shape`: the leaf that `decides` may have another."""

    name: str
    title: str
    leaves: tuple[LeafRow, ...]
    steps: Mapping[Direction, int]
    any_shape: bool
    decides: str


@dataclass(frozen=True, slots=True)
class Reference:
    """What the page shows.

    `answer` and `problem` are what the API says to `answered` and to `refused`, `expansion` the field ask of what it
    says to `asked`, `kink` an entry of what it says to `check`, `graded` a gradient of what it says to `grade`, and
    `cost` what it says to `costed`, but for the long lists; `lost` is ∂L/∂z in two ops, from the answer to `heads`.
    """

    networks: tuple[NetworkTable, ...]
    examples: tuple[Example, ...]
    fields: Mapping[str, str]
    ask_fields: Mapping[str, str]
    batch_fields: Mapping[str, str]
    check_fields: Mapping[str, str]
    batch: Example
    most_sets: int
    most_rows: int
    most_entries: int
    cost_fields: Mapping[str, str]
    heads_fields: Mapping[str, str]
    heads: str
    lost: str
    asked: str
    expansion: str
    check: Example
    kink: str
    costed: str
    cost: str
    grade_fields: Mapping[str, str]
    grade: Example
    graded: str
    tolerances: tuple[float, float]
    answered: str
    answer: str
    refused: str
    problem: str
    kinds: Mapping[int, Kind]
    limits: Settings


def reference(base: str, settings: Settings) -> Reference:
    """The page's context for a server at `base`."""
    state = ViewState(DEFAULT, "backward", DEFAULT.defaults)
    with_ask = state.with_ask(ASKED)
    refused = f"step={state.steps + 1}"
    return Reference(
        networks=tuple(_table(name) for name in NETWORKS),
        examples=examples(base),
        fields=FIELDS,
        ask_fields=ASK_FIELDS,
        batch_fields=BATCH_FIELDS,
        check_fields=CHECK_FIELDS,
        batch=batch_example(base),
        most_sets=MAX_SETS,
        most_rows=MAX_SIDE,
        most_entries=MAX_ENTRIES,
        cost_fields=COST_FIELDS,
        heads_fields=HEADS_FIELDS,
        heads=_UNFUSED.address("/api"),
        lost=_pretty(take_heads(_UNFUSED).logit.model_dump()["chains"][1]["readings"]["grad_z"]),
        asked=with_ask.address("/api"),
        expansion=_pretty(snapshot_dict(with_ask, trace_of(with_ask))["ask"]),
        check=check_example(base),
        kink=_pretty(_kink(state.with_values(KINK))),
        costed=COSTED.address("/api"),
        cost=_pretty(cost(COSTED).model_dump(exclude={"by_width", "measured"})),
        grade_fields=GRADE_FIELDS,
        grade=grade_example(base),
        graded=_pretty(_graded()),
        tolerances=TOLERANCES,
        answered=state.address("/api"),
        answer=_pretty(snapshot_dict(state, trace_of(state))),
        refused=f"{state.address('/api')}?{refused}",
        problem=_pretty(_problem(refused).model_dump()),
        kinds=KINDS,
        limits=settings,
    )


def _table(name: str) -> NetworkTable:
    network = NETWORKS[name]
    rows = [
        LeafRow(
            leaf.name,
            " × ".join(map(str, network.shape(leaf.name))) or "one number",
            field_text(network.defaults[leaf.name]),
        )
        for leaf in network.graph.leaves
    ]
    steps = {direction: len(events) for direction, events in network.graph.timelines.items()}
    return NetworkTable(network.name, network.title, tuple(rows), steps, name in DIMENSIONS, SIZE_LEAF)


def _kink(state: ViewState) -> dict[str, object]:
    """The first entry of a check that is at a kink."""
    return next(entry for entry in gradcheck_or_refuse(state).entries if entry.verdict == "kink").model_dump()


def _graded() -> dict[str, object]:
    """The first gradient that the grade of the example calls wrong."""
    found = grade(gradients_from_json(json.loads(json.dumps(graded_body()))))
    wrong: dict[str, object] = next(node for node in found["nodes"] if node["verdict"] == "wrong")
    return wrong


def _problem(query: str) -> Problem:
    try:
        from_query(query, "backward", strict=True)
    except InvalidState as error:
        return problem(422, error.errors)
    raise AssertionError("a step beyond the last was taken")


def _pretty(value: object) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)
