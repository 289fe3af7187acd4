"""Names in generated source: no field, node or parameter hides a function that the class around it calls."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from core.compiler.build import build
from core.compiler.source import class_name, source
from core.model.graph import Node
from core.model.ops import AddNode
from core.model.project import Project
from core.model.tensor import Field
from tests.core.blocks import define, place
from tests.core.networks import add, run_source, wire

FIELDS = (
    "cast", "compare", "class", "lambda", "layer", "range", "len", "F", "nn", "torch", "math", "operator", "self",
    "super", "out", "x", "übung", "two words", "cast_1", "output",
)  # fmt: skip


def same(project: Project, fields: dict[str, Field], folder: Path) -> str:
    """The source, after a check that its class computes what the network does."""
    network = build(project, fields, seed=1)
    network.eval()
    program, text = network.inference_program(), source(project, fields)
    names = run_source(text, folder)
    module = names[class_name(project)]().eval()
    module.load_state_dict(program.state_dict(), strict=True)
    inputs = [torch.randn(3, *field.shape) for field in fields.values()]
    with torch.no_grad():
        expected, found = program(*inputs), module(*inputs)
    for one, other in zip(found if isinstance(found, tuple) else (found,), expected, strict=True):
        torch.testing.assert_close(one, other, rtol=0, atol=0)
    return text


@pytest.mark.parametrize("name", FIELDS)
def test_a_field_may_be_called_anything(name: str, tmp_path: Path) -> None:
    """It is compared, cast and multiplied with another input, so that functions of three origins are called."""
    project = Project("Fields")
    add(project, "input", field=name)
    add(project, "input", field="other")
    for kind in ("compare", "cast", "multiply", "relu", "output"):
        add(project, kind)
    for text in (
        "input_1.output -> compare_1.input",
        "compare_1.output -> cast_1.input",
        "cast_1.output -> multiply_1.inputs",
        "input_2.output -> multiply_1.inputs[1]",
        "input_1.output -> multiply_1.inputs[2]",
        "multiply_1.output -> relu_1.input",
        "relu_1.output -> output_1.input",
    ):
        wire(project, text)
    same(project, {name: Field(name, (4,)), "other": Field("other", (4,))}, tmp_path)


@pytest.mark.parametrize("kind", ["cast", "compare", "slice_axis", "affine_coupling"])
def test_a_node_may_be_called_like_its_function(kind: str, tmp_path: Path) -> None:
    """Both results are used twice, so that each has a variable of its own."""
    project = Project("Nodes")
    add(project, "input")
    add(project, "compare", name=kind, value=0.5)
    add(project, "cast", name=f"{kind}_")
    add(project, "add")
    add(project, "output")
    wire(project, f"input_1.output -> {kind}.input")
    wire(project, f"{kind}.output -> {kind}_.input")
    wire(project, f"{kind}_.output -> add_1.inputs")
    wire(project, f"{kind}_.output -> add_1.inputs[1]")
    wire(project, "input_1.output -> add_1.inputs[2]")
    wire(project, "add_1 -> output_1")
    same(project, {"x": Field("x", (4,))}, tmp_path)


def test_a_node_called_layer_survives_a_loop_over_layers(tmp_path: Path) -> None:
    project = Project("Layers")
    define(
        project,
        "pair",
        {"x": ("input", {}), "more": ("input", {}), "sum": ("add", {}), "fc": ("linear", {"out_features": 4}),
         "y": ("output", {})},
        ["x.output -> sum.inputs", "more.output -> sum.inputs[1]", "sum -> fc", "fc -> y"],
    )  # fmt: skip
    add(project, "input", name="range", field="x")
    add(project, "linear", name="layer", out_features=4)
    place(project, "math", "pair", repeat=3)
    add(project, "add", name="len")
    add(project, "output")
    for text in (
        "range -> layer",
        "range.output -> math.x",
        "layer.output -> math.more",
        "layer.output -> len.inputs",
        "math.y -> len.inputs[1]",
        "len -> output_1",
    ):
        wire(project, text)
    same(project, {"x": Field("x", (4,))}, tmp_path)


@pytest.mark.parametrize("weights", ["own", "shared"])
@pytest.mark.parametrize("first", ["input_1.output", "out.output", "more.output"])
def test_what_every_repetition_reads_again_keeps_its_variable(first: str, weights: str, tmp_path: Path) -> None:
    """A diffusion's step embedding goes to every layer and to nothing else."""
    project = Project("Layers")
    define(
        project,
        "pair",
        {"x": ("input", {}), "more": ("input", {}), "sum": ("subtract", {}), "fc": ("linear", {"out_features": 4}),
         "y": ("output", {})},
        ["x.output -> sum.input", "more.output -> sum.other", "sum -> fc", "fc -> y"],
    )  # fmt: skip
    add(project, "input")
    for name in ("more", "out"):
        add(project, "linear", name=name, out_features=4)
        wire(project, f"input_1 -> {name}")
    add(project, "add", name="end")
    place(project, "pairs", "pair", repeat=3, repeat_weights=weights)
    add(project, "output")
    for text in (
        f"{first} -> pairs.x",
        "more.output -> pairs.more",
        "pairs.y -> end.inputs",
        "out.output -> end.inputs[1]",
        "end -> output_1",
    ):
        wire(project, text)
    same(project, {"x": Field("x", (4,))}, tmp_path)


@pytest.mark.parametrize("name", ["range", "index", "int", "super", "math", "min", "floor", "super_", "width"])
def test_a_parameter_may_be_called_anything(name: str, tmp_path: Path) -> None:
    """Sizes of two instances by formulas, repetitions that grow, and functions of formulas under the same names."""
    project = Project("Parameters")
    hidden = f"=min({name}, 40) + floor({name} / 2)"
    define(
        project,
        "unit",
        {"x": ("input", {}), "fc": ("linear", {"out_features": hidden}), "cat": ("concat", {}), "y": ("output", {})},
        ["x -> fc", "fc.output -> cat.inputs", "x.output -> cat.inputs[1]", "cat -> y"],
        **{name: 4},
    )
    define(
        project,
        "stack",
        {"x": ("input", {}), "y": ("output", {})},
        [],
        **{name: 6, "times": 2},
    )
    AddNode(Node("u", "block", {"block": "unit", name: f"={name}*2", "repeat": "=times"}), "stack").apply(project)
    wire(project, "x.output -> u.x", "stack")
    wire(project, "u.y -> y.input", "stack")
    add(project, "input")
    place(project, "one", "stack", **{name: 3, "times": 3})
    place(project, "two", "stack", **{name: 5})
    add(project, "output")
    for text in ("input_1.output -> one.x", "one.y -> two.x", "two.y -> output_1.input"):
        wire(project, text)
    text = same(project, {"x": Field("x", (4,))}, tmp_path)
    assert "for index in range(" in text
    assert "min(" in text
