"""One node tried on the meta device: the real target runs on tensors without contents, so shapes cost no memory."""

from __future__ import annotations

import functools
import math
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import nn

from core.compiler import cost
from core.compiler.batch import TRIALS, concrete, elements, symbolic
from core.compiler.calls import input_arguments, keyword_arguments
from core.compiler.inference import NodeReport
from core.compiler.targets import resolve
from core.compiler.wording import expectation, gibibytes, reword
from core.layers.user_code import complaint_of
from core.model.fault import Complaint
from core.model.ops import params_complaint
from core.model.spec import Inputs, LayerSpec, Port
from core.model.tensor import TensorType
from core.model.values import Params, Value

MEMORY = 8 * 2**30
"""Bytes that one node's parameters, or its output for one sample, may take."""


@dataclass(frozen=True)
class Plan:
    """How one node is built, called and what comes of it; a kind without a target has no `kwargs`.

    `ports` are its output ports, `parameters` the shapes of its module's parameters by name.
    """

    spec: LayerSpec
    kwargs: Mapping[str, Value]
    report: NodeReport
    bytes: int = 0
    warning: Complaint | None = None
    target: str = ""
    ports: tuple[Port, ...] = ()
    parameters: Mapping[str, tuple[int, ...]] = field(default_factory=dict)


def attempt(spec: LayerSpec, params: Params, inputs: Inputs) -> Plan | Complaint:
    """The plan of a node for the types that arrive, or why there is none. Never raises for what a user did."""
    if wrong := params_complaint(spec.kind, params):
        return Complaint(wrong, "Choose another value.")
    # A layer's own check and torch are both asked about every edit; whatever they raise is said as a complaint.
    try:
        complaint = spec.check(inputs, spec.complete(params)) if spec.check else None
        if complaint and complaint.severity == "error":
            return complaint
        if expected := expectation(spec, inputs):
            return expected
        kwargs = keyword_arguments(spec, params, inputs)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return _measure(spec, spec.complete(params), kwargs, inputs, complaint)
    except Exception as error:
        return expectation(spec, inputs) or complaint_of(spec, error) or reword(spec, inputs, error)


def _measure(
    spec: LayerSpec, params: Params, kwargs: Mapping[str, Value], inputs: Inputs, warning: Complaint | None
) -> Plan | Complaint:
    if spec.call in ("source", "sink"):
        return Plan(spec, {}, NodeReport(dict(inputs)), warning=warning)
    dotted = spec.choose(inputs, params) if spec.choose else spec.target
    ports = spec.outputs_for(params)
    target, module = resolve(dotted), None
    size = 0
    shapes: dict[str, tuple[int, ...]] = {}
    call: Callable[..., Any] = functools.partial(target, **kwargs)
    if spec.call == "module":
        with torch.device("meta"):
            module = target(**kwargs)
        call = functools.partial(module, **spec.call_kwargs)
        shapes = {name: tuple(parameter.shape) for name, parameter in module.named_parameters()}
        size = sum(t.numel() * t.element_size() for t in (*module.parameters(), *module.buffers()))
        if size > MEMORY:
            return _too_large(spec, "its parameters", size)
    runs: list[dict[str, torch.Tensor]] = []
    macs, stored = 0, list[str]()
    with torch.no_grad():
        for batch in TRIALS:
            tensors = {
                port: [
                    torch.empty(concrete(t.shape, batch), dtype=getattr(torch, t.dtype), device="meta") for t in types
                ]
                for port, types in inputs.items()
            }
            outputs, work = _run(spec, ports, call, module, tensors, count=not runs)
            if not runs:
                macs, stored = work, cost.stored(tensors, outputs)
            runs.append(outputs)
    types = {}
    for port in ports:
        first, second = runs[0][port.name], runs[1][port.name]
        shape = symbolic(first.shape, second.shape)
        if shape is None:
            return Complaint(
                f"{spec.title} mixes the samples of a batch with other axes, so its output has no fixed shape.",
                "Keep the first axis (N, the samples) as it is: join, flatten and reshape the axes behind it.",
            )
        types[port.name] = TensorType(shape, str(first.dtype).removeprefix("torch."))
        if (needed := elements(types[port.name]) * first.element_size()) > MEMORY:
            return _too_large(spec, "its output for one sample", needed)
    counted = sum(math.prod(shape) for shape in shapes.values())
    memory = sum(elements(types[name]) * runs[0][name].element_size() for name in stored)
    report = NodeReport(dict(inputs), types, counted, macs // TRIALS[0], memory)
    return Plan(spec, kwargs, report, size, warning, dotted, ports, shapes)


def _run(
    spec: LayerSpec,
    ports: tuple[Port, ...],
    call: Callable[..., Any],
    module: nn.Module | None,
    tensors: dict[str, list[torch.Tensor]],
    *,
    count: bool,
) -> tuple[dict[str, torch.Tensor], int]:
    """The outputs by port, and the MACs of this batch where they are to be counted."""
    with cost.counting(module, count) as counter:
        if spec.call == "fold":
            wires = [tensor for port in spec.inputs for tensor in tensors.get(port.name, ())]
            result: Any = functools.reduce(call, wires)
        else:
            args, named = input_arguments(spec, tensors)
            result = call(*args, **named)
    outputs = {}
    for port in ports:
        value = result
        for index in port.pick:
            value = value[index]
        outputs[port.name] = value
    return outputs, counter.macs


def _too_large(spec: LayerSpec, what: str, size: int) -> Complaint:
    return Complaint(
        f"{spec.title} would need {gibibytes(size)} of memory for {what}; {gibibytes(MEMORY)} is the limit.",
        "Choose smaller sizes.",
    )
