"""Shape inference: known networks, the batch axis, costs, the cache, blocks and shared weights."""

from __future__ import annotations

import msgspec
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from core.compiler import shape_cache
from core.compiler.batch import concrete, elements, symbolic
from core.compiler.build import build
from core.compiler.shape_cache import ShapeCache
from core.compiler.shapes import infer
from core.model.block import Block
from core.model.ops import AddBlock, SetParams
from core.model.project import Project
from core.model.tensor import Field, TensorType
from tests.core.networks import IMAGES, add, chain, field_of, instance, lenet, residual, weigh, wire


def test_lenet_has_its_published_parameters_and_costs() -> None:
    found = infer(lenet(), IMAGES)
    assert found.ok
    assert not found.faults
    assert found.parameters == 61_706
    assert found.nodes["conv2d_1"].macs == 6 * 28 * 28 * 25
    assert found.nodes["conv2d_2"].macs == 16 * 10 * 10 * 6 * 25
    assert found.nodes["linear_1"].macs == 400 * 120
    assert found.nodes["tanh_1"].macs == 0
    assert str(found.type_at("conv2d_2", "output")) == "N×16×10×10"
    assert found.type_at("cross_entropy_1", "loss") == TensorType(())


@pytest.mark.parametrize(
    ("layer", "macs"),
    [
        # Five steps of eight numbers. Input and hidden matrices of each gate, at each step.
        (("rnn", {"hidden_size": 6}), 5 * 6 * (8 + 6)),
        (("lstm", {"hidden_size": 6}), 5 * 4 * 6 * (8 + 6)),
        (("gru", {"hidden_size": 6}), 5 * 3 * 6 * (8 + 6)),
        (("lstm", {"hidden_size": 6, "bidirectional": True}), 2 * 5 * 4 * 6 * (8 + 6)),
        (("linear", {"out_features": 3}), 5 * 8 * 3),
        # Four projections of 8×8 at each step, then 5×5 scores and as many weighted sums over 8 numbers.
        (("multi_head_attention", {"num_heads": 2}), 4 * 5 * 8 * 8 + 2 * 5 * 5 * 8),
        (
            ("transformer_encoder_layer", {"nhead": 2, "dim_feedforward": 16}),
            4 * 5 * 8 * 8 + 2 * 5 * 5 * 8 + 2 * 5 * 8 * 16,
        ),
    ],
)
def test_costs_can_be_worked_out_by_hand(layer: tuple[str, dict[str, object]], macs: int) -> None:
    found = infer(chain([layer]), {"x": Field("x", (5, 8))})
    assert found.ok, found.faults
    assert found.macs == macs


def test_matrix_product_costs() -> None:
    project = Project()
    for name in ("a", "b"):
        add(project, "input", name=f"in_{name}", field=name)
    add(project, "matmul")
    add(project, "output")
    wire(project, "in_a.output -> matmul_1.input")
    wire(project, "in_b.output -> matmul_1.other")
    wire(project, "matmul_1 -> output_1")
    found = infer(project, {"a": Field("a", (5, 8)), "b": Field("b", (8, 4))})
    assert found.macs == 5 * 8 * 4


def test_batch_axis_is_named() -> None:
    assert symbolic((2, 3, 4), (3, 3, 4)) == ("N", 3, 4)
    assert symbolic((128, 4), (192, 4)) == ("64N", 4)
    assert symbolic((7,), (8,)) is None
    assert symbolic((2,), (3, 1)) is None
    assert concrete(("64N", 4), 5) == (320, 4)
    assert elements(TensorType(("64N", 4))) == 256
    assert elements(TensorType((3, 4))) == 12


def test_a_target_in_another_form_has_another_type() -> None:
    project = chain([("flatten", {}), ("linear", {"out_features": 10})], loss="mse")
    SetParams("input_2", {"form": "one-hot"}).apply(project)
    found = infer(project, IMAGES)
    assert found.ok, found.faults
    assert found.type_at("input_2", "output") == TensorType(("N", 10))


def test_an_edit_only_tries_what_it_changed(monkeypatch: pytest.MonkeyPatch) -> None:
    project = chain([("conv2d", {"padding": 1}), ("relu", {})] * 20)
    tried: list[str] = []
    real = shape_cache.attempt
    monkeypatch.setattr(
        shape_cache, "attempt", lambda spec, params, inputs: (tried.append(spec.kind), real(spec, params, inputs))[1]
    )
    cache = ShapeCache()
    first = infer(project, IMAGES, cache)
    tried.clear()
    assert infer(project, IMAGES, cache) == first
    assert tried == []
    SetParams("conv2d_10", {"bias": False}).apply(project)
    second = infer(project, IMAGES, cache)
    assert tried == ["conv2d"]
    assert second.parameters == first.parameters - 8
    tried.clear()
    SetParams("conv2d_10", {"out_channels": 5}).apply(project)
    infer(project, IMAGES, cache)
    assert tried == ["conv2d", "relu", "conv2d"], "behind the next convolution the shape is as before"


def test_equal_numbers_of_another_type_are_told_apart() -> None:
    cache = ShapeCache()
    project = chain([("leaky_relu", {"negative_slope": 1.0})])
    assert infer(project, IMAGES, cache).ok
    project.graph.nodes["leaky_relu_1"] = msgspec.structs.replace(
        project.graph.nodes["leaky_relu_1"], params={"negative_slope": True}
    )
    assert not infer(project, IMAGES, cache).ok


def test_a_thousand_layers_need_no_recursion() -> None:
    project = chain([("relu", {})] * 1000, loss="")
    assert infer(project, IMAGES).ok
    program = build(project, IMAGES).inference_program()
    image = torch.rand(2, 1, 28, 28)
    torch.testing.assert_close(program(image)[0], image)


def test_global_random_state_is_left_alone() -> None:
    before = torch.get_rng_state()
    sequence = {"x": Field("x", (5, 8))}
    reader = chain(
        [("dropout", {}), ("positional_encoding", {"encoding": "learned"}), ("transformer_encoder_layer", {"nhead": 2})]
    )
    for project, fields in ((lenet(), IMAGES), (reader, sequence)):
        assert infer(project, fields).ok
        build(project, fields, seed=5)
    assert torch.equal(torch.get_rng_state(), before)


def _two_blocks() -> Project:
    project = residual()
    for name in (add(project, "input"), instance(project, "residual"), instance(project, "residual")):
        if name != "input_1":
            wire(project, f"{'input_1' if name == 'block_1' else 'block_1'} -> {name}")
    add(project, "output")
    wire(project, "block_2 -> output_1")
    return project


def test_instances_of_a_block_have_their_own_weights_and_reports() -> None:
    found = infer(_two_blocks(), {"x": Field("x", (8,))})
    assert found.ok, found.faults
    assert found.nodes["block_1/linear_1"].parameters == 72
    assert found.nodes["block_1"].parameters == 0
    assert found.parameters == 144
    assert found.type_at("block_2", "output_1") == TensorType(("N", 8))


def test_a_fault_inside_a_block_is_told_at_the_instance() -> None:
    found = infer(_two_blocks(), {"x": Field("x", (7,))})
    assert not found.ok
    (fault,) = found.errors
    assert fault.node == "block_1/add_1"
    assert "Inside Block" in fault.message or "block_1" in fault.message
    assert found.faults_of("block_1") == (fault,)
    assert "block_2" not in found.nodes


def test_nested_blocks() -> None:
    project = residual()
    AddBlock(Block("outer")).apply(project)
    for kind in ("input", "output"):
        add(project, kind, "outer")
    inner = instance(project, "residual", "outer")
    wire(project, f"input_1 -> {inner}", "outer")
    wire(project, f"{inner} -> output_1", "outer")
    add(project, "input")
    add(project, "output")
    name = instance(project, "outer")
    wire(project, f"input_1 -> {name}")
    wire(project, f"{name} -> output_1")
    found = infer(project, {"x": Field("x", (8,))})
    assert found.ok, found.faults
    assert found.nodes["block_1/block_1/linear_1"].parameters == 72
    state = build(project, {"x": Field("x", (8,))}).state_dict()
    assert set(state) == {"block_1.block_1.linear_1.weight", "block_1.block_1.linear_1.bias"}


def test_shared_weights_count_once() -> None:
    project = chain([("linear", {"out_features": 8}), ("linear", {"out_features": 8})])
    fields = {"x": Field("x", (8,))}
    assert infer(project, fields).parameters == 144
    weigh(project, "linear_2", "shared", "linear_1")
    found = infer(project, fields)
    assert found.ok, found.faults
    assert found.parameters == 72


SIZES = st.integers(1, 4)


@settings(max_examples=60, deadline=None)
@given(
    data=st.data(),
    kind=st.sampled_from(["conv2d", "conv1d", "max_pool2d", "avg_pool1d", "linear", "lstm", "adaptive_avg_pool2d"]),
)
def test_inferred_shapes_are_run_time_shapes(data: st.DataObject, kind: str) -> None:
    axes = 1 if kind.endswith("1d") else 2
    if kind in ("linear", "lstm"):
        shape = (data.draw(st.integers(1, 6)), data.draw(st.integers(1, 6)))
    else:
        shape = (data.draw(SIZES), *(data.draw(st.integers(1, 12)) for _ in range(axes)))
    window = SIZES if axes == 1 else st.one_of(SIZES, st.tuples(SIZES, SIZES))
    drawn: dict[str, dict[str, st.SearchStrategy[object]]] = {
        "conv": {
            "out_channels": SIZES,
            "kernel_size": window,
            "stride": window,
            "padding": st.one_of(st.integers(0, 2), st.sampled_from(["same", "valid"])),
            "dilation": window,
            "bias": st.booleans(),
            "groups": SIZES,
        },
        "pool": {"kernel_size": window, "stride": window, "padding": st.integers(0, 2), "ceil_mode": st.booleans()},
        "linear": {"out_features": SIZES, "bias": st.booleans()},
        "lstm": {"hidden_size": SIZES, "num_layers": st.integers(1, 2), "bidirectional": st.booleans()},
        "adaptive": {"output_size": window},
    }
    group = next(name for name in ("adaptive", "conv", "pool", "linear", "lstm") if name in kind)
    params = {name: data.draw(strategy) for name, strategy in drawn[group].items()}
    fields = {"x": field_of("x", TensorType(("N", *shape)))}
    project = chain([(kind, params)])
    found = infer(project, fields)
    if not found.ok:
        assert all(fault.node == f"{kind}_1" and fault.message and fault.fix for fault in found.errors)
        return
    network = build(project, fields)
    for batch in (1, 4):
        (result,) = network.inference_program()(torch.zeros(batch, *shape))
        type_ = found.nodes["output_1"].inputs["input"][0]
        assert tuple(result.shape) == concrete(type_.shape, batch)


def test_memory_of_what_each_node_puts_out() -> None:
    """Four bytes a number; flatten only looks at what there is, and a loss is one number for the whole batch."""
    found = infer(lenet(), IMAGES).nodes
    assert found["conv2d_1"].memory == 4 * 6 * 28 * 28
    assert found["flatten_1"].memory == 0
    assert found["linear_3"].memory == 40
    assert found["cross_entropy_1"].memory == 4
    assert infer(lenet(), IMAGES).memory == sum(report.memory for report in found.values())
    assert found["conv2d_1"].flops == 2 * 6 * 28 * 28 * 25
