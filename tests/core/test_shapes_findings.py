"""What inference says beyond a single fault: what it leaves unsaid, what it offers, and where it stops."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from core.compiler import findings
from core.compiler.shapes import infer
from core.model.block import Block
from core.model.fault import Complaint, Fault
from core.model.graph import Node
from core.model.ops import AddBlock, SetParams
from core.model.project import Project
from core.model.spec import LayerSpec, Port, registry
from core.model.tensor import Field
from core.model.values import Value
from tests.core.networks import IMAGES, add, chain, instance, lenet, wire

VECTORS = {"x": Field("x", (8,)), "y": Field("y", (8,))}


def _lenet_with(name: str, **params: Value) -> Project:
    project = lenet()
    node = project.graph.nodes[name]
    project.graph.nodes[name] = Node(name, node.kind, {**node.params, **params})
    return project


def test_nodes_behind_a_fault_have_none_of_their_own() -> None:
    found = infer(_lenet_with("conv2d_1", kernel_size=99), IMAGES)
    assert [fault.node for fault in found.errors] == ["conv2d_1"]
    assert set(found.nodes) == {"input_1", "input_2"}


def test_a_near_field_is_offered() -> None:
    found = infer(_lenet_with("input_2", field="target"), {"x": IMAGES["x"], "targets": replace(IMAGES["y"])})
    (fault,) = found.errors
    assert fault.node == "input_2"
    assert fault.params == {"field": "targets"}
    assert fault.mendable


def test_a_way_out_that_is_offered_works() -> None:
    project = chain([("multi_head_attention", {"num_heads": 3})])
    fields = {"x": Field("x", (5, 8))}
    (fault,) = infer(project, fields).errors
    SetParams(fault.node, fault.params).apply(project)
    assert infer(project, fields).ok


def test_blocks_that_open_into_too_much() -> None:
    project = Project()
    for level in range(20):
        AddBlock(Block(f"level_{level}")).apply(project)
        add(project, "input", f"level_{level}")
        for _ in range(2 if level else 0):
            wire(project, f"input_1 -> {instance(project, f'level_{level - 1}', f'level_{level}')}", f"level_{level}")
    add(project, "input")
    wire(project, f"input_1 -> {instance(project, 'level_19')}")
    (fault,) = infer(project, IMAGES).errors
    assert "nodes" in fault.message
    deep = Project()
    for level in range(300):
        AddBlock(Block(f"level_{level}")).apply(deep)
        if level:
            instance(deep, f"level_{level - 1}", f"level_{level}")
    instance(deep, "level_299")
    assert "deep" in infer(deep, IMAGES).errors[0].message
    assert findings.DEEPEST < 300


@pytest.fixture
def faulty_kind() -> Iterator[LayerSpec]:
    """A kind whose own check fails, so that torch is asked."""

    def check(inputs: object, params: object) -> Complaint | None:
        raise IndexError("tuple index out of range")

    spec = LayerSpec("faulty", "dense", "Faulty", "", "", "", "torch.nn.Linear", inputs=(Port("input", "N F"),))
    registry.add(replace(spec, check=check))
    yield spec
    del registry._specs["faulty"]


def test_whatever_a_layer_raises_is_a_finding(faulty_kind: LayerSpec) -> None:
    found = infer(chain([("faulty", {})]), IMAGES)
    (fault,) = found.errors
    assert fault.node == "faulty_1"
    assert fault.message == "Faulty takes 2 axes (N×F); here N×1×28×28 arrives."
    assert fault.insert == "flatten"
    assert isinstance(fault, Fault)
    (fault,) = infer(chain([("faulty", {})]), VECTORS).errors
    assert fault.message.startswith("Faulty cannot work on N×8")
