"""Small networks of blocks for tests, and what every one of them must satisfy."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

from core.compiler.build import build
from core.compiler.inference import CompileError
from core.compiler.network import Network
from core.compiler.shapes import infer
from core.compiler.source import class_name, source
from core.model.block import Block, BlockParam
from core.model.graph import Node
from core.model.ops import AddBlock, AddNode
from core.model.project import Project
from core.model.tensor import Field
from core.model.values import Value
from tests.core.networks import add, run_source, wire

VECTOR = {"x": Field("x", (8,))}


def define(
    project: Project, name: str, nodes: dict[str, tuple[str, dict[str, Any]]], wires: list[str], **params: Value
) -> None:
    """A block of `nodes` (id: kind, params), its parameters with their defaults."""
    AddBlock(Block(name, title=name, params=tuple(BlockParam(n, value) for n, value in params.items()))).apply(project)
    for node, (kind, values) in nodes.items():
        add(project, kind, name, name=node, **values)
    for text in wires:
        wire(project, text, name)


def place(project: Project, name: str, block: str, within: str = "", **params: Value) -> str:
    AddNode(Node(name, "block", {"block": block, **params}), within).apply(project)
    return name


def unit(project: Project) -> None:
    """Linear to `width` units, tanh."""
    define(
        project,
        "unit",
        {"x": ("input", {}), "fc": ("linear", {"out_features": "=width"}), "act": ("tanh", {}), "y": ("output", {})},
        ["x -> fc", "fc -> act", "act -> y"],
        width=6,
    )


def network(*instances: tuple[str, dict[str, Value]]) -> Project:
    """x → instances of the unit one behind another → output."""
    project = Project("Units")
    unit(project)
    last = add(project, "input")
    for name, params in instances:
        place(project, name, "unit", **params)
        wire(project, f"{last} -> {name}")
        last = name
    wire(project, f"{last} -> {add(project, 'output')}")
    return project


def exported(project: Project, fields: dict[str, Field], folder: Path, *inputs: torch.Tensor) -> tuple[str, Network]:
    """The source, after checking that it computes what the network does with the same names of weights."""
    text, built = source(project, fields), build(project, fields, seed=1)
    built.eval()
    program = built.inference_program()
    module = run_source(text, folder)[class_name(project)]().eval()
    module.load_state_dict(program.state_dict(), strict=True)
    with torch.no_grad():
        found, expected = module(*inputs), program(*inputs)
    found = found if isinstance(found, tuple) else (found,)
    for one, other in zip(found, expected, strict=True):
        torch.testing.assert_close(one, other, rtol=0, atol=0)
    return text, built


def faults_of(project: Project, fields: dict[str, Field] = VECTOR) -> list[tuple[str, str, str]]:
    found = infer(project, fields)
    with pytest.raises(CompileError):
        build(project, fields)
    return [(fault.node, fault.message, fault.fix) for fault in found.errors]
