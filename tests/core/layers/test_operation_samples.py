"""Operations with any valid parameters: the shapes are those told before, and no sample sees another one."""

from __future__ import annotations

import pytest
import torch
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from core.compiler.batch import concrete
from core.compiler.build import build
from core.compiler.network import Network
from core.compiler.shapes import infer
from core.compiler.trial import Plan, attempt
from core.layers import data, operation
from core.model.spec import Inputs, LayerSpec
from core.model.tensor import TensorType
from tests.core.networks import single
from tests.core.test_layers_any_shape import situations

SPECS = [spec for spec in (*operation.SPECS, *data.SPECS) if spec.call not in ("source", "sink")]
PLACES = {"gather": "index", "take_steps": "index", "noise_schedule": "step", "denoise_step": "step"}
"""Ports whose whole numbers are places, which have to be there."""


SAMPLES = 5


def batch_of(type_: TensorType, size: int, places: bool) -> torch.Tensor:
    shape = concrete(type_.shape, size)
    if type_.is_float:
        return torch.rand(shape, dtype=torch.float64) + 0.1
    return torch.zeros(shape, dtype=torch.int64) if places else torch.randint(0, 6, shape)


def batches(spec: LayerSpec, inputs: Inputs, size: int) -> dict[str, torch.Tensor]:
    return {
        f"in_{port}_{slot}": batch_of(type_, size, PLACES.get(spec.kind) == port)
        for port, types in inputs.items()
        for slot, type_ in enumerate(types)
    }


def run(spec: LayerSpec, network: Network, ports: list[str], tensors: dict[str, torch.Tensor]) -> list[torch.Tensor]:
    torch.manual_seed(3)
    return list(network.program([(f"{spec.kind}_1", port) for port in ports])(**tensors))


@pytest.mark.parametrize("spec", SPECS, ids=[spec.kind for spec in SPECS])
@settings(max_examples=15, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(drawn=st.data())
def test_shapes_hold_and_samples_stay_apart(spec: LayerSpec, drawn: st.DataObject) -> None:
    assert spec.example
    params, inputs = drawn.draw(st.one_of(st.just(spec.example), situations(spec)))
    plan = attempt(spec, params, inputs)
    assume(isinstance(plan, Plan))
    assert isinstance(plan, Plan)
    project, fields = single(spec.kind, (params, inputs))
    assume(infer(project, fields).ok)  # more tokens in the data than the parameters tell of
    network = build(project, fields)
    network.root.to(torch.float64)
    ports = [port.name for port in plan.ports]
    for training in (True, False):
        network.train(training)
        tensors = batches(spec, inputs, SAMPLES)
        before = run(spec, network, ports, tensors)
        for port, result in zip(ports, before, strict=True):
            type_ = plan.report.outputs[port]
            assert tuple(result.shape) == concrete(type_.shape, SAMPLES)
            assert result.is_floating_point() == type_.is_float
        other = batches(spec, inputs, SAMPLES)
        changed = {name: torch.cat((other[name][:1], each[1:])) for name, each in tensors.items()}
        for one, two in zip(before, run(spec, network, ports, changed), strict=True):
            torch.testing.assert_close(one[1:], two[1:], rtol=1e-12, atol=1e-12, equal_nan=True)
