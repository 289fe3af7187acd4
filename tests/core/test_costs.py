"""What one sample costs, node by node: multiply-accumulates, operations and memory, each worked out by hand."""

from __future__ import annotations

from typing import Any

import pytest

from core.compiler.inference import NodeReport
from core.compiler.shapes import infer
from core.model.spec import registry
from core.model.tensor import Field
from tests.core.networks import add, chain, single, weigh, wire

IMAGE = {"x": Field("x", (6, 20, 30))}
SEQUENCE = {"x": Field("x", (7, 10))}


def report(kind: str, params: dict[str, Any], fields: dict[str, Field]) -> NodeReport:
    found = infer(chain([(kind, params)]), fields)
    assert found.ok, found.faults
    return found.nodes[f"{kind}_1"]


@pytest.mark.parametrize(
    ("kind", "params", "side", "a_number"),
    [
        # Each output is a sum over a window of all channels: kernel² · 6.
        ("conv2d", {"out_channels": 4, "kernel_size": 3}, (18, 28), 3 * 3 * 6),
        ("conv2d", {"out_channels": 4, "kernel_size": 3, "bias": False}, (18, 28), 3 * 3 * 6),
        ("conv2d", {"out_channels": 4, "kernel_size": (5, 2), "stride": (2, 3)}, (8, 10), 5 * 2 * 6),
        # Dilation moves the window apart and adds nothing to it; padding only adds positions.
        ("conv2d", {"out_channels": 4, "kernel_size": 3, "dilation": 2}, (16, 26), 3 * 3 * 6),
        ("conv2d", {"out_channels": 4, "kernel_size": 3, "padding": 1}, (20, 30), 3 * 3 * 6),
        # Each of two groups sees half of the channels.
        ("conv2d", {"out_channels": 4, "kernel_size": 3, "groups": 2}, (18, 28), 3 * 3 * 3),
        ("max_pool2d", {"kernel_size": 2}, (10, 15), 0),
    ],
)
def test_convolutions(kind: str, params: dict[str, Any], side: tuple[int, int], a_number: int) -> None:
    found = report(kind, params, IMAGE)
    numbers = params.get("out_channels", 6) * side[0] * side[1]
    assert found.macs == numbers * a_number
    assert found.flops == 2 * found.macs
    assert found.memory == 4 * numbers


def test_a_transposed_convolution_costs_a_window_for_each_input() -> None:
    """Each of the 6·20·30 inputs is laid out as a window of 3 × 3 in each of 4 channels."""
    found = report("conv_transpose2d", {"out_channels": 4, "kernel_size": 3, "stride": 2}, IMAGE)
    assert found.macs == 6 * 20 * 30 * 3 * 3 * 4
    assert found.memory == 4 * 4 * 41 * 61


def test_convolutions_along_one_and_three_axes() -> None:
    one = report("conv1d", {"out_channels": 5, "kernel_size": 3}, {"x": Field("x", (4, 12))})
    assert (one.macs, one.memory) == (5 * 10 * 3 * 4, 4 * 5 * 10)
    three = report("conv3d", {"out_channels": 5, "kernel_size": 3}, {"x": Field("x", (2, 8, 6, 7))})
    assert (three.macs, three.memory) == (5 * 6 * 4 * 5 * 27 * 2, 4 * 5 * 6 * 4 * 5)


@pytest.mark.parametrize(("shape", "rows"), [((10,), 1), ((7, 10), 7)])
@pytest.mark.parametrize("bias", [True, False])
def test_linear(shape: tuple[int, ...], rows: int, bias: bool) -> None:
    """A matrix of 10 × 4 for each row; biases are not counted."""
    found = report("linear", {"out_features": 4, "bias": bias}, {"x": Field("x", shape)})
    assert (found.macs, found.flops, found.memory) == (rows * 10 * 4, 2 * rows * 10 * 4, 4 * rows * 4)


@pytest.mark.parametrize(("kind", "gates"), [("rnn", 1), ("gru", 3), ("lstm", 4)])
@pytest.mark.parametrize(("layers", "directions"), [(1, 1), (2, 1), (1, 2), (2, 2)])
def test_recurrent(kind: str, gates: int, layers: int, directions: int) -> None:
    """At each of 7 steps, each gate has a matrix for the input (10, then what the layer below gives) and one for h (5).

    Kept are the outputs of all steps and the last state of each layer and direction; an LSTM has a second one.
    """
    params = {"hidden_size": 5, "num_layers": layers, "bidirectional": directions == 2}
    found = report(kind, params, SEQUENCE)
    arriving = [10] + [5 * directions] * (layers - 1)
    assert found.macs == 7 * directions * sum(gates * 5 * (size + 5) for size in arriving)
    ports = registry[kind].outputs_for(params)
    assert found.outputs["output"].shape == ("N", 7, 5 * directions)
    states = [found.outputs[port.name].sample for port in ports if port.name != "output"]
    assert found.memory == 4 * (7 * 5 * directions + sum(_numbers(shape) for shape in states))


def _numbers(shape: tuple[Any, ...]) -> int:
    total = 1
    for size in shape:
        total *= size
    return total


@pytest.mark.parametrize("heads", [1, 2, 5])
def test_attention_costs_the_same_with_any_number_of_heads(heads: int) -> None:
    """Four matrices of 10 × 10 for 7 steps; 7 × 7 scores and weighted sums over 10 features in all."""
    found = report("multi_head_attention", {"num_heads": heads}, SEQUENCE)
    assert found.macs == 4 * 7 * 10 * 10 + 2 * 7 * 7 * 10
    assert found.outputs["output"].shape == ("N", 7, 10)
    weights = [type_ for port, type_ in found.outputs.items() if port != "output"]
    assert found.memory == 4 * (7 * 10 + sum(_numbers(type_.sample) for type_ in weights))


def test_what_only_looks_at_its_input_takes_no_memory() -> None:
    found = infer(
        chain([("relu", {}), ("flatten", {}), ("dropout", {"p": 0.5}), ("linear", {"out_features": 2})]), IMAGE
    )
    reports = found.nodes
    assert [reports[f"{kind}_1"].memory for kind in ("relu", "flatten", "linear")] == [4 * 6 * 20 * 30, 0, 4 * 2]
    assert found.memory == sum(each.memory for each in reports.values())
    assert reports["input_1"].memory == 0


def test_places_take_eight_bytes_and_decisions_one() -> None:
    assert report("argmax", {}, {"x": Field("x", (5, 3))}).memory == 8 * 5
    assert report("padding_mask", {}, {"x": Field("x", (5,), "int64", "token")}).memory == 5


def test_a_shared_layer_costs_at_every_use_and_counts_once() -> None:
    project = chain([("linear", {"out_features": 8}), ("linear", {"out_features": 8})])
    apart = infer(project, {"x": Field("x", (8,))})
    weigh(project, "linear_2", "shared", "linear_1")
    together = infer(project, {"x": Field("x", (8,))})
    assert together.macs == apart.macs == 2 * 64
    assert (apart.parameters, together.parameters) == (2 * 72, 72)


@pytest.mark.parametrize("kind", [spec.kind for spec in registry if spec.call not in ("source", "sink")])
def test_every_kind_has_a_cost(kind: str) -> None:
    """None is negative, and doubling the samples of the trial changes neither number: they are for one sample."""
    found = infer(*single(kind)).nodes[f"{kind}_1"]
    assert found.macs >= 0
    assert 0 <= found.memory <= sum(_bytes(type_) for type_ in found.outputs.values())


def _bytes(type_: Any) -> int:
    size = {"bool": 1, "int64": 8, "float64": 8}.get(type_.dtype, 4)
    total = size
    for each in type_.shape:
        total *= each if isinstance(each, int) else int(str(each).rstrip("N") or 1)
    return total


def test_a_sum_of_wires_costs_no_products() -> None:
    project = chain([("relu", {})])
    add(project, "add")
    wire(project, "relu_1.output -> add_1.inputs")
    wire(project, "input_1.output -> add_1.inputs[1]")
    wire(project, f"add_1 -> {add(project, 'output')}")
    found = infer(project, IMAGE).nodes["add_1"]
    assert (found.macs, found.memory) == (0, 4 * 6 * 20 * 30)
