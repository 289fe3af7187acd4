"""Failures inside of blocks are told by the titles of the blocks, and lead to the node by its path."""

from __future__ import annotations

import pytest
import torch
from torch import fx

from core.compiler.build import build
from core.model.graph import Node
from core.model.naming import Spoken
from core.model.ops import AddNode, SetBlock, SetParams
from core.model.project import Project
from core.model.tensor import Field
from core.model.values import Value
from core.training.diagnosis import failed_step, not_finite
from tests.core.blocks import VECTOR, define, unit
from tests.core.networks import add, chain, wire


def nested(weights: str = "own") -> Project:
    """x → “Tower” of two stages of a unit each → linear_1."""
    project = Project("Nested")
    unit(project)
    define(project, "stage", {"x": ("input", {}), "y": ("output", {})}, [])
    AddNode(Node("unit_1", "block", {"block": "unit", "width": 8}, title="Mixer"), "stage").apply(project)
    for text in ("x -> unit_1", "unit_1 -> y"):
        wire(project, text, "stage")
    SetBlock("stage", "Stage", "#8892A6", "", ()).apply(project)
    params = {"block": "stage", "repeat": 2, "repeat_weights": weights}
    add(project, "input")
    AddNode(Node("tower", "block", params)).apply(project)
    add(project, "linear", out_features=3)
    for text in ("input_1 -> tower", "tower -> linear_1"):
        wire(project, text)
    return project


def program(project: Project) -> fx.GraphModule:
    return build(project, VECTOR).program([("linear_1", "output")])


def spoil(made: fx.GraphModule, parameter: str) -> None:
    with torch.no_grad():
        made.get_parameter(parameter).fill_(float("nan"))


@pytest.mark.parametrize(
    ("path", "spoken"),
    [
        ("linear_1", "linear_1"),
        ("tower/1/unit_1/fc", "Stage, repetition 2 › Mixer › fc"),
        ("tower/0/unit_1", "Stage, repetition 1 › unit_1"),
        ("gone_1/fc", "gone_1 › fc"),
    ],
)
def test_a_path_in_words(path: str, spoken: str) -> None:
    assert Spoken(nested()).path(path) == spoken


def test_a_weight_inside_a_block_is_named_by_the_titles_around_it() -> None:
    made = program(nested())
    spoil(made, "tower.1.unit_1.fc.weight")
    failure = not_finite(made, (torch.ones(4, 8),), "The loss became NaN at step 3", 0.1)
    told = "the step before made weights of Stage, repetition 2 › Mixer › fc NaN"
    assert failure.message == f"The loss became NaN at step 3: {told}."
    assert failure.node == "tower/1/unit_1/fc"


def test_weights_that_repetitions_share_are_found_too() -> None:
    made = program(nested("shared"))
    spoil(made, "tower.unit_1.fc.weight")
    failure = not_finite(made, (torch.ones(4, 8),), "The loss became NaN", 0.1)
    assert "made weights of Stage, repetition 1 › Mixer › fc NaN" in failure.message
    assert failure.node == "tower/0/unit_1/fc"


def test_a_weight_that_no_result_shows_leads_to_its_node() -> None:
    project = nested()
    made = program(project)
    spoil(made, "tower.0.unit_1.fc.bias")
    with torch.no_grad():
        # A batch of no samples: the weights are spoiled and all results are finite.
        failure = not_finite(made, (torch.ones(0, 8),), "The loss became NaN", 0.1)
    assert failure.node == "tower/0/unit_1/fc"


def test_a_step_that_fails_inside_a_block_says_where() -> None:
    made = program(nested())
    batch = (torch.ones(4, 9),)
    with pytest.raises(RuntimeError) as caught:
        made(*batch)
    failure = failed_step(caught.value, made, batch, 4)
    assert failure.message.startswith("Stage, repetition 1 › Mixer › fc failed: ")
    assert failure.node == "tower/0/unit_1/fc"


def test_outside_of_blocks_a_node_goes_by_its_id() -> None:
    made = program(nested())
    spoil(made, "linear_1.weight")
    failure = not_finite(made, (torch.ones(4, 8),), "The loss became NaN", 0.1)
    assert "made weights of linear_1 NaN" in failure.message


@pytest.mark.parametrize(
    ("loss", "params", "told"),
    [
        ("cross_entropy", {}, "all targets of this batch are -100, the class that cross_entropy_1 ignores"),
        ("nll", {"ignore_index": 1}, "all targets of this batch are 1, the class that nll_1 ignores"),
        ("cross_entropy", {"weight": (1.0, 0.0, 1.0)}, "of classes that have the weight 0 in cross_entropy_1"),
    ],
)
def test_a_mean_over_targets_of_which_none_counts(loss: str, params: dict[str, Value], told: str) -> None:
    project = chain([("linear", {"out_features": 3})], loss=loss)
    SetParams(f"{loss}_1", params).apply(project)
    fields = {**VECTOR, "y": Field("y", (), "int64", "class", labels=tuple("abc"))}
    made = build(project, fields).program([(f"{loss}_1", "loss")])
    left_out = torch.full((4,), 1 if params else -100)
    failure = not_finite(made, (torch.ones(4, 8), left_out), "The loss became NaN", 0.1)
    assert told in failure.message
    assert "nothing to average" in failure.message
    assert "“Over the batch”" in failure.fix
    assert failure.node == f"{loss}_1"
    # A NaN that comes from elsewhere is not laid to the targets.
    spoil(made, "linear_1.weight")
    assert "weights of linear_1" in not_finite(made, (torch.ones(4, 8), left_out), "NaN", 0.1).message
