"""Max pooling that tells its places, and unpooling that uses them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from torch.nn import functional

from core.compiler.build import build
from core.compiler.shapes import infer
from core.compiler.source import class_name, source
from core.model.project import Project
from core.model.tensor import Field
from tests.core.layers.nodes import BuiltNode, gradients
from tests.core.networks import add, run_source, wire

torch.manual_seed(0)
INPUT = {1: torch.randn(2, 3, 11, dtype=torch.float64), 2: torch.randn(2, 3, 9, 7, dtype=torch.float64)}


def switches(size: tuple[int, ...] | None = None, *wires: str) -> Project:
    """Pool, then unpool with the places that the pooling told, as a deconvnet does; and further wires."""
    project = Project("Switches")
    add(project, "input", field="x")
    add(project, "input", field="y")
    add(project, "max_pool2d", kernel_size=3, stride=2, return_indices=True)
    add(project, "max_unpool2d", kernel_size=3, stride=2, output_size=size)
    add(project, "output")
    wire(project, "input_1.output -> max_pool2d_1.input")
    wire(project, "max_pool2d_1.output -> max_unpool2d_1.input")
    for text in wires or ("max_pool2d_1.indices -> max_unpool2d_1.indices",):
        wire(project, text)
    wire(project, "max_unpool2d_1.output -> output_1.input")
    return project


PLACES, LIKE = "max_pool2d_1.indices -> max_unpool2d_1.indices", "input_1.output -> max_unpool2d_1.like"
FIELDS = {
    "x": Field("x", (3, 10, 9), meaning="image"),
    "y": Field("y", (), "int64", "class", labels=("a", "b")),
}


def test_indices_come_out_when_they_are_asked_for() -> None:
    square = torch.tensor([[[[1.0, 3.0], [4.0, 2.0]]]])
    node = BuiltNode("max_pool2d", {"return_indices": True}, input=square)
    assert node.ports == ["output", "indices"]
    values, indices = node()
    assert values.tolist() == [[[[4]]]]
    assert indices.tolist() == [[[[2]]]], "row by row, the third of the channel"
    assert node.types["indices"] is not None
    assert node.types["indices"].dtype == "int64"
    assert BuiltNode("max_pool2d", {}, input=square).ports == ["output"]


@pytest.mark.parametrize("params", [{}, {"kernel_size": 3, "stride": 2}, {"kernel_size": 3, "padding": 1}], ids=str)
@pytest.mark.parametrize("axes", [1, 2])
def test_unpooling_is_torchs(axes: int, params: dict[str, Any]) -> None:
    given = {"kernel_size": 2, **params}
    pool, unpool = (getattr(functional, f"max_{name}{axes}d") for name in ("pool", "unpool"))
    input, size = INPUT[axes], tuple(INPUT[axes].shape[2:])
    values, indices = pool(input, **given, return_indices=True)
    leaf = values.clone().requires_grad_()
    told = {**params, "output_size": size[0] if axes == 1 else size}
    for node in (
        BuiltNode(f"max_unpool{axes}d", told, input=values, indices=indices),
        BuiltNode(f"max_unpool{axes}d", params, input=values, indices=indices, like=input),
    ):
        found = node(**{**node.tensors, "input": leaf})
        expected = unpool(leaf, indices, **given, output_size=size)
        torch.testing.assert_close(found[0], expected, rtol=0, atol=0)
        torch.testing.assert_close(gradients(found, leaf), gradients((expected,), leaf), rtol=0, atol=0)
        assert found[0].shape == input.shape
        torch.testing.assert_close(pool(found[0].relu(), **given), values.relu(), rtol=0, atol=0)


def test_unpooling_by_hand() -> None:
    values, indices = torch.tensor([[[5.0, 7.0]]]), torch.tensor([[[1, 2]]])
    node = BuiltNode("max_unpool1d", {}, input=values, indices=indices)
    assert node()[0].tolist() == [[[0, 5, 7, 0]]]


@pytest.mark.parametrize(
    ("project", "call"),
    [(switches((10, 9)), "F.max_unpool2d("), (switches(None, PLACES, LIKE), "max_unpool2d_like(")],
    ids=["by size", "by example"],
)
def test_a_pool_and_its_unpool_in_one_network(project: Project, call: str, tmp_path: Path) -> None:
    found = infer(project, FIELDS)
    assert found.ok, found.faults
    assert str(found.type_at("max_pool2d_1", "indices")) == "N×3×4×4"
    assert str(found.type_at("max_unpool2d_1", "output")) == "N×3×10×9"
    program = build(project, FIELDS).inference_program()
    images = torch.randn(2, 3, 10, 9)
    pooled, places = functional.max_pool2d(images, 3, 2, return_indices=True)
    expected = functional.max_unpool2d(pooled, places, 3, 2, output_size=(10, 9))
    torch.testing.assert_close(program(images)[0], expected, rtol=0, atol=0)
    text = source(project, FIELDS)
    assert "nn.MaxPool2d(3, stride=2, return_indices=True)" in text
    assert call in text
    module = run_source(text, tmp_path)[class_name(project)]()
    torch.testing.assert_close(module(images), expected, rtol=0, atol=0)


def test_without_a_size_the_smallest_comes_out() -> None:
    found = infer(switches(), FIELDS)
    assert str(found.type_at("max_unpool2d_1", "output")) == "N×3×9×9"


def test_a_size_that_does_not_pool_to_what_arrives_is_refused() -> None:
    found = infer(switches((12, 9)), FIELDS)
    (fault,) = [fault for fault in found.faults if fault.node == "max_unpool2d_1" and fault.severity == "error"]
    assert "12×9" in fault.message
    assert "9×9" in fault.message
    assert fault.params == {"output_size": None}


def test_indices_of_another_layer_are_refused() -> None:
    found = infer(switches(None, "input_2.output -> max_unpool2d_1.indices"), FIELDS)
    (fault,) = [fault for fault in found.faults if fault.node == "max_unpool2d_1" and fault.severity == "error"]
    assert "“Indices”" in fault.fix


def test_an_example_that_does_not_pool_to_what_arrives_is_refused() -> None:
    found = infer(switches(None, PLACES, "max_pool2d_1.output -> max_unpool2d_1.like"), FIELDS)
    (fault,) = [fault for fault in found.faults if fault.node == "max_unpool2d_1" and fault.severity == "error"]
    assert "4×4 does not pool to 4×4" in fault.message


def test_turning_the_indices_off_is_told_where_they_are_used() -> None:
    """The wire of an output that is gone is a fault, not an error."""
    project = switches()
    node = project.graph.nodes["max_pool2d_1"]
    project.graph.nodes["max_pool2d_1"] = type(node)(node.id, node.kind, {"kernel_size": 3, "stride": 2})
    found = infer(project, FIELDS)
    assert not found.ok
    assert any(fault.message and fault.fix for fault in found.faults)
