"""Nodes folded into a block and put back: the network computes the same, and every step can be undone."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from core.compiler.shapes import infer
from core.model.fault import EditError
from core.model.file import decode, encode
from core.model.graph import Edge, Node, Weights
from core.model.grouping import group, groupable, ungroup
from core.model.history import History
from core.model.ops import Op, SetNode
from core.model.project import Project
from tests.core.blocks import VECTOR, network
from tests.core.networks import IMAGES, add, chain, lenet, wire


def do(history: History, ops: Sequence[Op]) -> None:
    history.do("Edit", ops)


def test_a_block_of_layers_computes_the_same_and_comes_apart_again() -> None:
    project = lenet()
    history, before, text = History(project), infer(project, IMAGES), encode(project)
    ops, name = group(project, ["conv2d_1", "tanh_1", "avg_pool2d_1"], "stage", "Stage")
    do(history, ops)
    found = infer(project, IMAGES)
    assert found.ok
    assert (found.parameters, found.macs) == (before.parameters, before.macs)
    assert found.type_at(name, "output_1") == before.type_at("avg_pool2d_1", "output")
    assert list(project.blocks["stage"].graph.nodes) == ["input_1", "conv2d_1", "tanh_1", "avg_pool2d_1", "output_1"]
    assert encode(decode(encode(project))) == encode(project)
    ops, names = ungroup(project, name)
    do(history, ops)
    assert names == ["conv2d_1", "tanh_1", "avg_pool2d_1"]
    assert infer(project, IMAGES).parameters == before.parameters
    assert {str(edge) for edge in project.graph.edges} == {str(edge) for edge in lenet().graph.edges}
    history.undo()
    history.undo()
    assert encode(project) == text


def test_data_and_losses_stay_outside() -> None:
    project = lenet()
    everything = list(project.graph.nodes)
    assert not {"input_1", "input_2", "output_1", "cross_entropy_1"} & set(groupable(project, everything))
    ops, name = group(project, everything, "all", "All")
    do(History(project), ops)
    assert infer(project, IMAGES).ok
    assert set(project.graph.nodes) == {"input_1", "input_2", "output_1", "cross_entropy_1", name}
    with pytest.raises(EditError, match="nothing to make a block of"):
        group(project, ["input_1", "output_1"], "none", "None")


def skip() -> Project:
    """input → a → b → c → add ← a."""
    project = Project("Skip")
    add(project, "input")
    for name in "abc":
        add(project, "linear", name=name, out_features=8)
    add(project, "add")
    for text in ("input_1 -> a", "a -> b", "b -> c", "c.output -> add_1.inputs", "a.output -> add_1.inputs[1]"):
        wire(project, text)
    wire(project, f"add_1 -> {add(project, 'output')}")
    return project


def test_a_value_used_twice_is_one_port_and_slots_stay() -> None:
    project = skip()
    ops, name = group(project, ["b", "c", "add_1"], "rest", "Rest")
    do(History(project), ops)
    block = project.blocks["rest"]
    assert [port.name for port in block.inputs] == ["input_1"]
    assert Edge("input_1", "output", "add_1", "inputs", 1) in list(block.graph.edges)
    assert infer(project, VECTOR).ok
    assert Edge("a", "output", name, "input_1") in list(project.graph.edges)


def test_a_path_that_would_lead_back_is_refused() -> None:
    project = skip()
    with pytest.raises(EditError, match="b lies between"):
        group(project, ["a", "c"], "ends", "Ends")


def test_weights_of_others_must_come_along() -> None:
    project = skip()
    SetNode(Node("c", "linear", {"out_features": 8}, weights=Weights("shared", "b"))).apply(project)
    with pytest.raises(EditError, match="uses the weights of b"):
        group(project, ["c"], "part", "Part")
    ops, _ = group(project, ["b", "c"], "part", "Part")
    do(History(project), ops)
    assert infer(project, VECTOR).parameters == 2 * 72


def test_an_instance_comes_apart_with_its_own_values() -> None:
    project = network(("first", {"width": 12}), ("second", {}))
    ops, names = ungroup(project, "first")
    do(History(project), ops)
    assert names == ["fc", "act"]
    assert project.graph.nodes["fc"].params == {"out_features": 12}
    ops, names = ungroup(project, "second")
    do(History(project), ops)
    assert names == ["linear_1", "tanh_1"]
    found = infer(project, VECTOR)
    assert found.parameters == 12 * 9 + 6 * 13


def test_a_repeated_instance_stays_whole() -> None:
    project = network(("stack", {"width": 8, "repeat": 3}))
    with pytest.raises(EditError, match="stands repeated"):
        ungroup(project, "stack")


def test_a_block_made_inside_of_an_older_one_is_read_again() -> None:
    project = chain(
        [("linear", {"out_features": 4}), ("relu", {}), ("linear", {"out_features": 3})], loss="cross_entropy"
    )
    for nodes, name, within in ((["linear_1", "relu_1", "linear_2"], "outer", ""), (["linear_1"], "inner", "outer")):
        ops, _ = group(project, nodes, name, name.title(), within)
        for op in ops:
            op.apply(project)
    # The older one comes first in the file, and a wire in it leads to an instance of the other.
    assert list(project.blocks) == ["outer", "inner"]
    again = decode(encode(project))
    assert encode(again) == encode(project)
