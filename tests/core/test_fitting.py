"""Blocks of the library on wires of all widths: their sizes come from what arrives."""

from __future__ import annotations

import pytest

from core.blocks.library import library, name_of, open_block
from core.compiler.fitting import fitting, sizes_of
from core.compiler.shapes import infer
from core.model.edits import insertion
from core.model.file import encode
from core.model.graph import BLOCK, Edge, Node
from core.model.ops import AddEdge, AddNode
from core.model.project import Project
from core.model.tensor import Field
from core.model.values import Value


def on_wire(id: str, *shape: int) -> tuple[Project, dict[str, Field]]:
    """input → block → identity, for samples of a shape."""
    project = open_block(id)
    edge = Edge("input_1", "output", "identity_1", "input")
    for node in (Node("input_1", "input"), Node("identity_1", "identity")):
        AddNode(node).apply(project)
    AddEdge(edge).apply(project)
    for op in insertion(project, Node("block_1", "block", {BLOCK: name_of(id)}), edge):
        op.apply(project)
    return project, {"x": Field("x", shape)}


def errors(project: Project, fields: dict[str, Field]) -> list[str]:
    return [fault.message for fault in infer(project, fields).faults if fault.severity == "error" and fault.node]


@pytest.mark.parametrize(
    ("id", "shape", "sizes"),
    [
        ("residual", (6, 8, 8), {"channels": 6}),
        ("residual", (64, 8, 8), {}),
        ("squeeze-excite", (24, 8, 8), {"channels": 24}),
        ("inverted-residual", (16, 8, 8), {"channels": 16}),
        ("convnext", (12, 8, 8), {"channels": 12}),
        ("encoder-layer", (5, 64), {"features": 64}),
        ("gpt-block", (7, 96), {"features": 96}),
        ("vit-layer", (9, 24), {"features": 24}),
        ("mlp-mixer", (196, 32), {"channels": 32}),
        ("mlp-mixer", (16, 32), {"tokens": 16, "channels": 32}),
        # What is sound with its default stays as it is, and what no size mends does, too.
        ("conv-relu", (6, 8, 8), {}),
        ("gpt-block", (7, 25), {}),
        ("unet-up", (6, 8, 8), {}),
    ],
)
def test_the_sizes_of_a_block_come_from_what_arrives(id: str, shape: tuple[int, ...], sizes: dict[str, Value]) -> None:
    project, fields = on_wire(id, *shape)
    before = encode(project)
    assert fitting(project, fields, "", "block_1") == sizes
    assert encode(project) == before, "trying changes nothing"
    if sizes:
        assert errors(project, fields)
        project.graph.nodes["block_1"].params.update(sizes)
        assert not errors(project, fields)


def test_only_numbers_of_channels_and_features_are_tried() -> None:
    found = {
        each.id: sizes_of(project, project.blocks[each.name]) for each in library() for project in [open_block(each.id)]
    }
    assert found["residual"] == ("channels",)
    assert found["conv-relu"] == ("channels",)
    assert "heads" not in found["encoder-layer"]
    assert "kernel" not in found["conv-bn-relu"]
    assert found["mlp-mixer"] == ("tokens", "channels", "token_hidden", "channel_hidden")


def test_nothing_is_tried_where_nothing_arrives() -> None:
    project = open_block("residual")
    AddNode(Node("block_1", "block", {BLOCK: "residual"})).apply(project)
    assert fitting(project, {}, "", "block_1") == {}
