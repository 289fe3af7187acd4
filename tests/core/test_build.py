"""Networks: programs, names, seeds, frozen, shared and following weights, blocks."""

from __future__ import annotations

import re

import msgspec
import pytest
import torch

from core.compiler.build import build
from core.compiler.inference import CompileError
from core.compiler.network import carry_over
from core.model.graph import slug_complaint
from core.model.ops import SetParams
from core.model.project import Project
from core.model.tensor import Field
from tests.core.networks import IMAGES, add, chain, instance, lenet, residual, weigh, wire

VECTORS = {"x": Field("x", (8,)), "y": Field("y", (8,))}
LOSS, SCORES = ("cross_entropy_1", "loss"), ("linear_3", "output")


def test_programs_compute_what_is_asked_and_no_more() -> None:
    network = build(lenet(), IMAGES)
    assert network.inputs == ("input_1", "input_2")
    assert network.losses == (LOSS,)
    inference, training = network.inference_program(), network.program([LOSS, SCORES])
    assert network.inputs_of(inference) == ("input_1",)
    assert network.inputs_of(training) == ("input_1", "input_2")
    images, classes = torch.rand(4, 1, 28, 28), torch.tensor([0, 1, 2, 3])
    loss, scores = training(input_2=classes, input_1=images)
    torch.testing.assert_close(scores, inference(images)[0])
    torch.testing.assert_close(loss, torch.nn.functional.cross_entropy(scores, classes))
    assert not any(node.target == "cross_entropy_1" for node in inference.graph.nodes)
    with pytest.raises(KeyError):
        network.program([("nobody", "output")])


def test_programs_share_the_weights() -> None:
    network = build(lenet(), IMAGES)
    one, other = network.inference_program(), network.program([LOSS])
    assert one.conv2d_1.weight is other.conv2d_1.weight is network.root.conv2d_1.weight
    network.eval()
    assert not one.conv2d_1.training
    assert not other.conv2d_1.training


def test_fx_nodes_bear_the_ids() -> None:
    program = build(lenet(), IMAGES).inference_program()
    layers = [node for node in program.graph.nodes if node.op != "output"]
    assert [node.name for node in layers] == [node.meta["node"] for node in layers]
    assert [node.name for node in layers][:3] == ["input_1", "conv2d_1", "tanh_1"]


def test_ids_that_python_also_knows() -> None:
    project = Project()
    for name, kind in (("input", "input"), ("sum", "linear"), ("input_1", "relu"), ("device", "output")):
        add(project, kind, name=name)
    wire(project, "input -> sum")
    wire(project, "sum -> input_1")
    wire(project, "input_1 -> device")
    network = build(project, VECTORS)
    (result,) = network.inference_program()(input=torch.rand(3, 8))
    assert result.shape == (3, 10)
    assert set(network.state_dict()) == {"sum.weight", "sum.bias"}


def test_no_id_hides_what_a_module_needs() -> None:
    module = torch.fx.GraphModule(torch.nn.Module(), torch.fx.Graph())
    needed = {name for name in dir(module) if re.fullmatch("[a-z][a-z0-9_]*", name)}
    assert [name for name in sorted(needed) if not slug_complaint(name)] == []


def test_weights_follow_from_seed_and_id() -> None:
    first, again, other = (build(lenet(), IMAGES, seed=seed).state_dict() for seed in (1, 1, 2))
    assert all(torch.equal(first[name], again[name]) for name in first)
    assert not any(torch.equal(first[name], other[name]) for name in first)
    wider = lenet()
    SetParams("linear_1", {"out_features": 200}).apply(wider)
    edited = build(wider, IMAGES, seed=1).state_dict()
    assert torch.equal(edited["conv2d_2.weight"], first["conv2d_2.weight"])
    assert torch.equal(edited["linear_3.weight"], first["linear_3.weight"])


def test_weights_are_carried_over_where_they_fit() -> None:
    old, project = build(lenet(), IMAGES, seed=1), lenet()
    SetParams("linear_1", {"out_features": 100}).apply(project)
    new = build(project, IMAGES, seed=2)
    carried = carry_over(old, new)
    assert "conv2d_1.weight" in carried
    assert "linear_3.bias" in carried
    assert not {"linear_1.weight", "linear_1.bias", "linear_2.weight"} & set(carried)
    assert all(torch.equal(old.state_dict()[name], new.state_dict()[name]) for name in carried)


def test_outputs_without_an_output_node() -> None:
    project = Project()
    add(project, "input")
    add(project, "linear", out_features=8)
    wire(project, "input_1 -> linear_1")
    assert build(project, VECTORS).outputs == (("linear_1", "output"),)
    add(project, "input", field="y")
    add(project, "mse")
    add(project, "relu")
    wire(project, "linear_1 -> mse_1")
    wire(project, "input_2.output -> mse_1.target")
    wire(project, "input_2 -> relu_1")
    assert build(project, VECTORS).outputs == (("linear_1", "output"),)


def test_several_outputs_of_one_layer() -> None:
    project = Project()
    add(project, "input")
    add(project, "lstm", hidden_size=4)
    wire(project, "input_1 -> lstm_1")
    for port in ("hidden", "output", "cell"):
        wire(project, f"lstm_1.{port} -> {add(project, 'output')}.input")
    network = build(project, {"x": Field("x", (5, 3))})
    hidden, output, cell = network.inference_program()(torch.rand(2, 5, 3))
    torch.testing.assert_close(output[:, -1], hidden)
    assert cell.shape == (2, 4)


def test_frozen_nodes_do_not_train() -> None:
    project = lenet()
    project.graph.nodes["conv2d_1"] = msgspec.structs.replace(project.graph.nodes["conv2d_1"], trainable=False)
    network = build(project, IMAGES)
    moving = {name for name, parameter in network.root.named_parameters() if parameter.requires_grad}
    assert moving == {name for name in network.state_dict() if not name.startswith("conv2d_1.")}


def _three(mode: str, rate: float = 0.0) -> Project:
    """input → linear_1 → linear_2 → linear_3, where linear_2 gets its weights from linear_3."""
    project = chain([("linear", {"out_features": 8})] * 3)
    weigh(project, "linear_2", mode, "linear_3", rate)
    return project


def test_shared_weights_are_one_module() -> None:
    network = build(_three("shared"), VECTORS)
    assert set(network.state_dict()) == {f"linear_{n}.{p}" for n in (1, 3) for p in ("weight", "bias")}
    program, x = network.inference_program(), torch.rand(2, 8)
    one, three = network.root.get_submodule("linear_1"), network.root.get_submodule("linear_3")
    torch.testing.assert_close(program(x)[0], three(three(one(x))))
    assert network.module_of("linear_2") is three


def test_a_moving_average_follows() -> None:
    network = build(_three("average", 0.9), VECTORS)
    assert network.copies == (("linear_2", "linear_3", "average", 0.9),)
    copy, original = network.root.linear_2, network.root.linear_3
    assert torch.equal(copy.weight, original.weight)
    assert not copy.weight.requires_grad
    with torch.no_grad():
        original.weight.add_(1.0)
    expected = 0.9 * copy.weight + 0.1 * original.weight
    network.update_copies()
    torch.testing.assert_close(copy.weight, expected)


def test_a_copy_is_made_now_and_then() -> None:
    network = build(_three("copy", 3), VECTORS)
    copy, original = network.root.linear_2, network.root.linear_3
    with torch.no_grad():
        original.weight.add_(1.0)
    for equal in (False, False, True):
        network.update_copies()
        assert torch.equal(copy.weight, original.weight) is equal


def _blocks() -> Project:
    project = residual()
    add(project, "input")
    for _ in range(2):
        instance(project, "residual")
    add(project, "output")
    for text in ("input_1 -> block_1", "block_1 -> block_2", "block_2 -> output_1"):
        wire(project, text)
    return project


def test_blocks_become_parts_of_the_module() -> None:
    network = build(_blocks(), VECTORS)
    names = {f"block_{n}.linear_1.{p}" for n in (1, 2) for p in ("weight", "bias")}
    assert set(network.state_dict()) == names
    x = torch.rand(3, 8)
    expected = x
    for block in (network.root.block_1, network.root.block_2):
        expected = torch.relu(block.linear_1(expected)) + expected
    torch.testing.assert_close(network.inference_program()(x)[0], expected)
    inner, outer = network.program([("block_1/linear_1", "output"), ("block_1", "output_1")])(x)
    torch.testing.assert_close(inner, network.root.block_1.linear_1(x))
    torch.testing.assert_close(outer, torch.relu(inner) + x)


def test_instances_can_share_and_follow() -> None:
    shared = _blocks()
    weigh(shared, "block_2", "shared", "block_1")
    assert set(build(shared, VECTORS).state_dict()) == {"block_1.linear_1.weight", "block_1.linear_1.bias"}
    following = _blocks()
    weigh(following, "block_2", "average", "block_1", 0.5)
    network = build(following, VECTORS)
    assert torch.equal(network.root.block_2.linear_1.weight, network.root.block_1.linear_1.weight)
    assert not network.root.block_2.linear_1.weight.requires_grad


def test_a_faulty_network_is_not_built() -> None:
    project = lenet()
    with pytest.raises(CompileError) as caught:
        build(project, {"x": IMAGES["x"]})
    assert caught.value.faults
    assert caught.value.place == "input_2"
    assert "y" in str(caught.value)
