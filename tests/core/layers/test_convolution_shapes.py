"""The shapes of convolutions and pooling: what is inferred comes out, and follows the formulas."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from core.compiler.targets import resolve
from core.compiler.trial import Plan, attempt
from core.layers.examples import example as example_of
from core.model.spec import LayerSpec, registry
from core.model.tensor import TensorType
from core.model.values import Value
from tests.core.test_layers_any_shape import values

SPECS = [spec for spec in registry if spec.family in ("convolution", "pooling")]
SMALL = st.integers(1, 3)


@pytest.mark.parametrize("spec", SPECS, ids=[spec.kind for spec in SPECS])
@settings(max_examples=25, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_what_is_inferred_comes_out(spec: LayerSpec, data: st.DataObject) -> None:
    """Random valid settings and sizes, for a batch of two: shapes and types are those of the trial."""
    params: dict[str, Value] = dict(example_of(spec.kind)[0])
    params |= {param.name: data.draw(values(param)) for param in spec.params if data.draw(st.booleans())}
    sizes = data.draw(st.lists(st.integers(3, 8), min_size=3, max_size=3))
    inputs = {}
    for port, (type_,) in example_of(spec.kind)[1].items():
        shape = type_.shape[:2] + tuple(sizes[: type_.rank - 2]) if spec.kind != "fold" else type_.shape
        inputs[port] = (TensorType(shape, type_.dtype),)
    if data.draw(st.booleans()):
        inputs = {port.name: inputs[port.name] for port in spec.inputs if not port.optional}
    plan = attempt(spec, params, inputs)
    assume(isinstance(plan, Plan))
    assert isinstance(plan, Plan)
    tensors = [torch.zeros((2, *type_.sample), dtype=getattr(torch, type_.dtype)) for (type_,) in inputs.values()]
    target = resolve(plan.target)
    result = target(**plan.kwargs)(*tensors) if spec.call == "module" else target(*tensors, **plan.kwargs)
    for port in plan.ports:
        output = result
        for index in port.pick:
            output = output[index]
        inferred = plan.report.outputs[port.name]
        assert inferred.shape[0] == "N"
        assert tuple(output.shape) == (2, *inferred.sample)
        assert str(output.dtype) == f"torch.{inferred.dtype}"


def inferred(kind: str, size: int, **params: Value) -> int:
    """The length that a kind of one axis makes of a length; 0 where it says that it cannot."""
    plan = attempt(registry[kind], params, {"input": (TensorType(("N", 2, size)),)})
    return plan.report.outputs["output"].size(2) if isinstance(plan, Plan) else 0


@settings(max_examples=80, deadline=None, derandomize=True)
@given(st.integers(1, 20), st.integers(1, 5), SMALL, st.integers(0, 3), SMALL)
@example(28, 5, 1, 2, 1)
def test_the_size_of_a_convolution(size: int, kernel: int, stride: int, padding: int, dilation: int) -> None:
    """⌊(n + 2p − d(k − 1) − 1) / s⌋ + 1 (Dumoulin & Visin 2016, relationship 15)."""
    expected = math.floor((size + 2 * padding - dilation * (kernel - 1) - 1) / stride) + 1
    settings_: dict[str, Value] = {"kernel_size": kernel, "stride": stride, "padding": padding, "dilation": dilation}
    assert inferred("conv1d", size, **settings_) == max(0, expected)
    assert inferred("depthwise_conv1d", size, **settings_) == max(0, expected)


@settings(max_examples=80, deadline=None, derandomize=True)
@given(st.integers(1, 12), st.integers(1, 5), SMALL, st.integers(0, 3), SMALL, st.integers(0, 2))
@example(4, 4, 2, 1, 1, 0)
def test_the_size_of_a_transposed_convolution(
    size: int, kernel: int, stride: int, padding: int, dilation: int, further: int
) -> None:
    """(n − 1)s − 2p + d(k − 1) + a + 1, from which a convolution of the same settings leads back to n."""
    settings_: dict[str, Value] = {"kernel_size": kernel, "stride": stride, "padding": padding, "dilation": dilation}
    large = inferred("conv_transpose1d", size, **settings_, output_padding=further)
    if further >= max(stride, dilation):
        assert large == 0
        return
    assert large == max(0, (size - 1) * stride - 2 * padding + dilation * (kernel - 1) + further + 1)
    if large and further < stride:
        assert inferred("conv1d", large, **settings_) == size


@settings(max_examples=80, deadline=None, derandomize=True)
@given(st.integers(1, 20), st.integers(1, 4), SMALL, st.integers(0, 2), st.booleans())
@example(112, 3, 2, 0, True)
def test_the_size_of_a_pooled_map(size: int, kernel: int, stride: int, padding: int, up: bool) -> None:
    """As that of a convolution; rounded up, a last window counts that begins inside the input or its left padding."""
    assume(padding <= kernel // 2 and kernel <= size + 2 * padding)
    steps = (size + 2 * padding - kernel) / stride
    count = (math.ceil if up else math.floor)(steps) + 1
    if (count - 1) * stride >= size + padding:
        count -= 1
    settings_: dict[str, Value] = {"kernel_size": kernel, "stride": stride, "padding": padding, "ceil_mode": up}
    for kind in ("max_pool1d", "min_pool1d", "avg_pool1d"):
        assert inferred(kind, size, **settings_) == count


@pytest.mark.parametrize("kernel", [1, 2, 3, 4, 5])
@pytest.mark.parametrize("dilation", [1, 2, 3])
@pytest.mark.parametrize("kind", ["conv1d", "depthwise_conv1d"])
def test_the_padding_same_keeps_the_size(kind: str, dilation: int, kernel: int) -> None:
    for size in (1, 2, 7):
        assert inferred(kind, size, padding="same", kernel_size=kernel, dilation=dilation) == size
