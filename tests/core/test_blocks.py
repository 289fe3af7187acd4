"""Blocks with parameters and repeats: shapes, programs and exported source agree."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from core.compiler.shapes import infer
from core.model.graph import Node
from core.model.ops import SetBlock, SetParams
from core.model.project import Project
from tests.core.blocks import VECTOR, define, exported, faults_of, network, place
from tests.core.networks import add, instance, residual, wire


def test_a_parameter_sizes_the_inside(tmp_path: Path) -> None:
    project = network(("first", {"width": 12}), ("second", {}))
    found = infer(project, VECTOR)
    assert str(found.type_at("first", "y")) == "N×12"
    assert str(found.type_at("second", "y")) == "N×6"
    assert found.parameters == 12 * 8 + 12 + 6 * 12 + 6
    assert sum(report.parameters for report in found.inside("first")) == 12 * 8 + 12
    text, built = exported(project, VECTOR, tmp_path, torch.rand(3, 8))
    assert sorted(built.state_dict()) == ["first.fc.bias", "first.fc.weight", "second.fc.bias", "second.fc.weight"]
    assert "def __init__(self, in_features: int, width: int) -> None:" in text
    assert "self.fc = nn.Linear(in_features, width)" in text
    assert "self.second = Unit(12, 6)" in text


def test_repetitions_have_weights_of_their_own(tmp_path: Path) -> None:
    project = network(("stack", {"width": 8, "repeat": 3}))
    found = infer(project, VECTOR)
    assert found.parameters == 3 * (64 + 8)
    assert found.insides["stack"] == ("stack/0/", "stack/1/", "stack/2/")
    assert found.type_at("stack/2/fc", "output") == found.type_at("stack", "y")
    text, built = exported(project, VECTOR, tmp_path, torch.rand(3, 8))
    assert "self.stack = nn.Sequential(*[Unit(8) for _ in range(3)])" in text
    assert "stack.2.fc.weight" in built.state_dict()
    x = torch.rand(4, 8)
    expected = x
    for index in range(3):
        layer = built.root.get_submodule(f"stack.{index}.fc")
        expected = torch.tanh(layer(expected))
    torch.testing.assert_close(built.inference_program()(x)[0], expected)


def test_repetitions_with_one_set_of_weights(tmp_path: Path) -> None:
    project = network(("loop", {"width": 8, "repeat": 3, "repeat_weights": "shared"}))
    assert infer(project, VECTOR).parameters == 64 + 8
    text, built = exported(project, VECTOR, tmp_path, torch.rand(3, 8))
    assert sorted(built.state_dict()) == ["loop.fc.bias", "loop.fc.weight"]
    assert "for _ in range(3):" in text
    project = network(("loop", {"width": 5, "repeat": 3, "repeat_weights": "shared"}))
    ((node, message, fix),) = faults_of(project)
    assert (node, "first repetition" in message, bool(fix)) == ("loop", True, True)


def test_sizes_that_grow_from_repetition_to_repetition(tmp_path: Path) -> None:
    """DenseNet's pattern: every repetition puts `growth` numbers behind what came in (Huang et al. 2017)."""
    project = Project("Dense")
    define(
        project,
        "dense_layer",
        {
            "x": ("input", {}),
            "fc": ("linear", {"out_features": "=growth"}),
            "join": ("concat", {}),
            "y": ("output", {}),
        },
        ["x -> fc", "x.output -> join.inputs", "fc.output -> join.inputs[1]", "join -> y"],
        growth=4,
    )
    define(
        project,
        "dense_block",
        {"x": ("input", {}), "y": ("output", {})},
        [],
        growth=4,
        layers=2,
    )
    place(project, "grow", "dense_layer", "dense_block", growth="=growth", repeat="=layers")
    wire(project, "x -> grow", "dense_block")
    wire(project, "grow -> y", "dense_block")
    last = add(project, "input")
    for name, params in (("one", {"layers": 3}), ("two", {"growth": 2, "layers": 1})):
        place(project, name, "dense_block", **params)
        wire(project, f"{last} -> {name}")
        last = name
    wire(project, f"{last} -> {add(project, 'output')}")
    found = infer(project, VECTOR)
    assert str(found.type_at("one", "y")) == "N×20"
    assert str(found.type_at("two", "y")) == "N×22"
    assert found.insides["two/grow"] == ("two/grow/0/",)
    text, _ = exported(project, VECTOR, tmp_path, torch.rand(3, 8))
    assert "DenseLayer(in_features + index * growth, growth) for index in range(layers)" in text


def test_formulas_compute_what_python_does(tmp_path: Path) -> None:
    project = Project("Formulas")
    define(
        project,
        "shrink",
        {
            "x": ("input", {}),
            "a": ("linear", {"out_features": "=width*4 if wide else max(width // 2, 1)", "bias": "=wide"}),
            "b": ("linear", {"out_features": "=width / 2"}),
            "y": ("output", {}),
        },
        ["x -> a", "a -> b", "b -> y"],
        width=8,
        wide=True,
    )
    last = add(project, "input")
    for name, params in (("p", {}), ("q", {"width": 6, "wide": False})):
        place(project, name, "shrink", **params)
        wire(project, f"{last} -> {name}")
        last = name
    wire(project, f"{last} -> {add(project, 'output')}")
    found = infer(project, VECTOR)
    assert [str(found.type_at(path, "output")) for path in ("p/a", "p/b", "q/a", "q/b")] == [
        "N×32",
        "N×4",
        "N×3",
        "N×3",
    ]
    text, _ = exported(project, VECTOR, tmp_path, torch.rand(2, 8))
    assert "int(width / 2)" in text
    assert "bias=wide" in text


@pytest.mark.parametrize(
    ("formula", "says"),
    [
        ("=depth*2", "names “depth”"),
        ("=width/0", "divides by zero"),
        ("=width//(width-6)", "divides by zero"),
        ("=width-6", "at least 1"),
        ("=width/4", "whole number"),
        ("=10**12", "10**12"),
        ("=2**10**10", "cannot be computed"),
        ("=width", ""),
    ],
)
def test_a_formula_that_cannot_be_is_a_fault_on_its_node(formula: str, says: str) -> None:
    project = network(("first", {}))
    SetParams("fc", {"out_features": formula}, "unit").apply(project)
    if not says:
        assert infer(project, VECTOR).ok
        return
    ((node, message, fix),) = faults_of(project)
    assert node == "first/fc"
    assert says in message or says == "10**12"
    assert fix


def test_values_that_do_not_fit_the_block() -> None:
    project = network(("first", {}))
    project.graph.nodes["first"] = Node("first", "block", {"block": "unit", "hight": 3})
    ((node, message, _),) = faults_of(project)
    assert node == "first"
    assert "no parameter “hight”; it has width" in message
    project.graph.nodes["first"] = Node("first", "block", {"block": "unit", "width": "wide"})
    assert "whole number" in faults_of(project)[0][1]
    project.graph.nodes["first"] = Node("first", "block", {"block": "unit", "repeat": 0})
    assert "at least 1" in faults_of(project)[0][1]
    project.graph.nodes["first"] = Node("first", "block", {"block": "unit", "width": "=size"})
    assert "Only a block has parameters" in faults_of(project)[0][2]


def test_a_block_that_contains_itself() -> None:
    project = network(("first", {}))
    place(project, "again", "unit", "unit")
    wire(project, "act -> again", "unit")
    ((node, message, fix),) = faults_of(project)
    assert (node, "contains itself" in message) == ("first", True)
    assert fix


def test_a_finding_calls_an_instance_by_its_blocks_present_title() -> None:
    project = residual()
    name = instance(project, "residual")
    SetBlock("residual", "Shortcut", "", "", ()).apply(project)
    message = next(fault.message for fault in infer(project, {}).faults if fault.node == name)
    assert message == f"Shortcut ({name}) has nothing at its input."
