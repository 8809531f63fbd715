"""The context of the API's reference page: what could be wrong on it is read or computed, not typed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from app.digits import shape_text
from app.engine import DEFAULT, NETWORKS
from app.engine.descent import MAX_STEPS
from app.engine.graph import Direction
from app.engine.sizes import DIMENSIONS, MAX_SIDE, SIZE_LEAF
from app.pages.chapter.data import ChapterAnswer
from app.pages.cost.data import CostAnswer, cost
from app.pages.cost.question import CostState
from app.pages.heads.data import take_heads
from app.pages.heads.models import Heads
from app.pages.heads.question import HeadsState
from app.settings import Settings
from app.snapshot import Expansion, Snapshot, snapshot_dict, trace_of
from app.snapshot.batch import BatchAnswer
from app.snapshot.gallery import Gallery
from app.snapshot.gradcheck import MAX_ENTRIES, Gradcheck, gradcheck_or_refuse
from app.snapshot.grade import Grade, grade
from app.snapshot.graded import graded
from app.snapshot.train import MAX_TRAIL, Train, train
from app.state import Invalid, ViewState, field_text, from_query, gradients_from_json
from app.state.batch import MAX_SETS
from app.state.gradients import TOLERANCES
from app.state.training import training_from_json

from .bodies import MAX_ARRAYS, MAX_DEPTH, MAX_DIGITS
from .errors import STATUS_TEXTS, Problem, StatusText, problem
from .examples import (
    KINK,
    ExampleProgram,
    batch_example,
    check_example,
    examples,
    grade_example,
    graded_body,
    printed_body,
    printed_example,
    train_example,
    train_example_body,
)
from .field_tables import field_table

ASKED = "W.2.1"  # the entry that the page asks about
COSTED = CostState(n=64, m=64)  # the sizes whose cost it shows
_UNFUSED = HeadsState(unfused=True)  # the heads that it shows a number of
_SHOWN = {"taken", "stopped", "why", "loss"}  # what it shows of a run

# The fields of what the API answers, by the part of the page that shows them.
TABLES: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "snapshot": field_table(Snapshot, without={Expansion}),
        "ask": field_table(Expansion, "ask."),
        "batch": field_table(BatchAnswer),
        "gradcheck": field_table(Gradcheck),
        "grade": field_table(Grade),
        "train": field_table(Train),
        "cost": field_table(CostAnswer),
        "heads": field_table(Heads),
        "networks": field_table(Gallery),
        "chapter": field_table(ChapterAnswer),
        "problem": field_table(Problem),
    }
)


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
class ReferencePage:
    """What the page shows of a server at `base`. `tables` are the fields of the answers, as TABLES has them.

    `answer` and `problem` are what the API says to `answered` and to `refused`, `expansion` the field ask of what it
    says to `asked`, `kink` an entry of what it says to `check`, `graded` a gradient of what it says to `grade`,
    `compared` a number of what it says to `printed`, `trained` a part of what it says to `train`, and `cost` what it
    says to `costed`, but for the long lists; `lost` is ∂L/∂z in two ops, from the answer to `heads`.
    """

    base: str
    networks: tuple[NetworkTable, ...]
    examples: tuple[ExampleProgram, ...]
    tables: Mapping[str, Mapping[str, str]]
    batch: ExampleProgram
    most_sets: int
    most_rows: int
    most_entries: int
    heads: str
    lost: str
    asked: str
    expansion: str
    check: ExampleProgram
    kink: str
    costed: str
    cost: str
    grade: ExampleProgram
    graded: str
    printed: ExampleProgram
    compared: str
    train: ExampleProgram
    trained: str
    most_steps: int
    most_trail: int
    tolerances: tuple[float, float]
    answered: str
    answer: str
    refused: str
    problem: str
    statuses: Mapping[int, StatusText]
    limits: Settings
    most_deep: int
    most_arrays: int
    most_digits: int


def reference(base: str, settings: Settings) -> ReferencePage:
    """The page's context for a server at `base`."""
    return replace(_anywhere(settings), **_programs(base))


def _programs(base: str) -> dict[str, Any]:
    """What of the context names the server."""
    return {
        "base": base,
        "examples": examples(base),
        "batch": batch_example(base),
        "check": check_example(base),
        "grade": grade_example(base),
        "printed": printed_example(base),
        "train": train_example(base),
    }


@lru_cache(maxsize=1)
def _anywhere(settings: Settings) -> ReferencePage:
    """The same for a server that is nowhere yet: its answers take as long as three pages, and are worked out once."""
    state = ViewState(DEFAULT, "backward", DEFAULT.defaults)
    with_ask = state.with_ask(ASKED)
    refused = f"step={state.steps + 1}"
    return ReferencePage(
        **_programs(""),
        networks=tuple(_table(name) for name in NETWORKS),
        tables=TABLES,
        most_sets=MAX_SETS,
        most_rows=MAX_SIDE,
        most_entries=MAX_ENTRIES,
        heads=_UNFUSED.address("/api"),
        lost=_pretty(take_heads(_UNFUSED).logit.model_dump()["chains"][1]["readings"]["grad_z"]),
        asked=with_ask.address("/api"),
        expansion=_pretty(snapshot_dict(with_ask, trace_of(with_ask))["ask"]),
        kink=_pretty(_kink(state.with_values(KINK))),
        costed=COSTED.address("/api"),
        cost=_pretty(cost(COSTED).model_dump(exclude={"by_width", "measured"})),
        graded=_pretty(_graded()),
        compared=_pretty(_compared()),
        trained=_pretty(train(training_from_json(train_example_body())).model_dump(include=_SHOWN)),
        most_steps=MAX_STEPS,
        most_trail=MAX_TRAIL,
        tolerances=TOLERANCES,
        answered=state.address("/api"),
        answer=_pretty(snapshot_dict(state, trace_of(state))),
        refused=f"{state.address('/api')}?{refused}",
        problem=_pretty(_problem(refused).model_dump()),
        statuses=STATUS_TEXTS,
        limits=settings,
        most_deep=MAX_DEPTH,
        most_arrays=MAX_ARRAYS,
        most_digits=MAX_DIGITS,
    )


def _table(name: str) -> NetworkTable:
    network = NETWORKS[name]
    rows = [
        LeafRow(
            leaf.name,
            shape_text(network.shape(leaf.name)),
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


def _compared() -> dict[str, object]:
    """The first printed number of the example that is wrong."""
    found = graded(gradients_from_json(json.loads(json.dumps(printed_body()))))
    wrong: dict[str, object] = next(one for one in found["printed"]["numbers"] if one["verdict"] == "wrong")
    return wrong


def _problem(query: str) -> Problem:
    try:
        from_query(query, "backward", strict=True)
    except Invalid as error:
        return problem(422, error.errors)
    raise AssertionError("a step beyond the last was taken")


def _pretty(value: object) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)
