"""Blocks with optional ports, shared and following weights, and deep nesting."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch

from core.compiler.build import build
from core.compiler.shapes import infer
from core.compiler.source import class_name, source
from core.model.graph import Node, Weights
from core.model.ops import AddNode, SetNode
from core.model.project import Project
from core.model.tensor import Field
from tests.core.blocks import VECTOR, define, exported, faults_of, network, place
from tests.core.networks import add, run_source, wire

TOKENS = {"x": Field("x", (5,), "int64", "token", labels=tuple("abcdefg"))}


def attending() -> Project:
    """A block whose second port may stay open: attention over itself, or over a memory."""
    project = Project("Reader")
    define(
        project,
        "reader",
        {
            "x": ("input", {}),
            "memory": ("input", {"optional": True}),
            "look": ("multi_head_attention", {"num_heads": 2}),
            "y": ("output", {}),
        },
        ["x.output -> look.query", "memory.output -> look.key", "look.output -> y.input"],
    )
    add(project, "input")
    place(project, "alone", "reader")
    place(project, "both", "reader")
    wire(project, "input_1.output -> alone.x")
    wire(project, "input_1.output -> both.x")
    wire(project, "alone.y -> both.memory")
    wire(project, f"both -> {add(project, 'output')}")
    return project


def test_an_optional_port_may_stay_open(tmp_path: Path) -> None:
    fields = {"x": Field("x", (5, 8))}
    project = attending()
    text, _ = exported(project, fields, tmp_path, torch.rand(2, 5, 8))
    assert text.count("class Reader") == 3  # the network, and the block with and without its memory
    assert "def forward(self, x: torch.Tensor, memory: torch.Tensor)" in text


def test_an_optional_port_left_open_where_it_is_needed() -> None:
    project = attending()
    add(project, "linear", "reader", name="size")
    wire(project, "memory -> size", "reader")
    found = infer(project, {"x": Field("x", (5, 8))})
    ((node, message, fix, port),) = [(f.node, f.message, f.fix, f.port) for f in found.errors]
    assert (node, port) == ("alone", "memory")
    assert "Nothing is wired into “memory”" in message
    assert "memory" in fix


def test_instances_share_follow_and_copy(tmp_path: Path) -> None:
    project = network(("first", {"width": 8}), ("twin", {"width": 8}), ("mean", {"width": 8}))
    for name, weights in (("twin", Weights("shared", "first")), ("mean", Weights("average", "first", 0.9))):
        node = project.graph.nodes[name]
        SetNode(Node(name, "block", node.params, weights=weights)).apply(project)
    assert infer(project, VECTOR).parameters == 72
    text, built = exported(project, VECTOR, tmp_path, torch.rand(3, 8))
    assert "x = self.first(x)" in text
    assert "self.twin" not in text
    trained = [name for name, parameter in built.root.named_parameters() if parameter.requires_grad]
    assert trained == ["first.fc.weight", "first.fc.bias"]
    before = built.root.get_submodule("mean.fc").weight.detach().clone()
    with torch.no_grad():
        built.root.get_submodule("first.fc").weight.add_(1.0)
    built.update_copies()
    torch.testing.assert_close(built.root.get_submodule("mean.fc").weight, before + 0.1)


def test_sharing_with_another_structure_or_in_a_circle_is_a_fault() -> None:
    project = network(("first", {"width": 8}), ("twin", {"width": 5}))
    SetNode(Node("twin", "block", {"block": "unit", "width": 5}, weights=Weights("copy", "first", 10))).apply(project)
    assert (faults_of(project)[0][0], "sizes differ" in faults_of(project)[0][1]) == ("twin", True)
    SetNode(Node("twin", "block", {"block": "unit", "width": 8}, weights=Weights("shared", "first"))).apply(project)
    SetNode(Node("first", "block", {"block": "unit", "width": 8}, weights=Weights("shared", "twin"))).apply(project)
    assert any("in a circle" in message for _, message, _ in faults_of(project))


def tied(bias: bool = False) -> Project:
    project = Project("Language model")
    add(project, "input")
    add(project, "embedding", name="wte", num_embeddings=7, embedding_dim=4)
    node = Node("head", "linear", {"out_features": 7, "bias": bias}, weights=Weights("shared", "wte"))
    AddNode(node).apply(project)
    add(project, "output")
    for text in ("input_1 -> wte", "wte -> head", "head -> output_1"):
        wire(project, text)
    return project


def test_a_head_tied_to_the_token_table(tmp_path: Path) -> None:
    """Press & Wolf 2017, Using the output embedding to improve language models."""
    project = tied()
    assert infer(project, TOKENS).parameters == 28
    tokens = torch.randint(0, 7, (2, 5))
    text, built = exported(project, TOKENS, tmp_path, tokens)
    assert "self.head.weight = self.wte.weight" in text
    assert built.root.get_submodule("head").weight is built.root.get_submodule("wte").weight
    assert sum(parameter.numel() for parameter in built.root.parameters()) == 28
    table = built.root.get_submodule("wte").weight
    torch.testing.assert_close(built.inference_program()(tokens)[0], table[tokens] @ table.T)
    ((node, message, fix),) = faults_of(tied(bias=True), TOKENS)
    assert node == "head"
    assert "“bias”" in message
    assert "bias" in fix


def nested(levels: int) -> Project:
    project = Project("Nest")
    for level in range(levels):
        nodes: dict[str, tuple[str, dict[str, Any]]] = {"x": ("input", {}), "fc": ("linear", {"out_features": 8})}
        define(project, f"level_{level}", {**nodes, "y": ("output", {})}, ["x -> fc"])
        last = "fc"
        if level:
            last = place(project, "inner", f"level_{level - 1}", f"level_{level}")
            wire(project, "fc -> inner", f"level_{level}")
        wire(project, f"{last} -> y", f"level_{level}")
    add(project, "input")
    place(project, "top", f"level_{levels - 1}")
    wire(project, "input_1 -> top")
    wire(project, f"top -> {add(project, 'output')}")
    return project


def test_two_hundred_nested_blocks(tmp_path: Path) -> None:
    project = nested(200)
    assert infer(project, VECTOR).parameters == 200 * 72
    built = build(project, VECTOR)
    x = torch.rand(2, 8)
    expected = x
    for level in range(200):
        expected = built.root.get_submodule(".".join(["top", *["inner"] * level, "fc"]))(expected)
    torch.testing.assert_close(built.inference_program()(x)[0], expected)
    names = run_source(source(project, VECTOR), tmp_path)
    names[class_name(project)]().load_state_dict(built.state_dict())
