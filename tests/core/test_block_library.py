"""Every block of the library works on a range of sizes, and is described for people."""

from __future__ import annotations

import re
from typing import Any

import pytest
import torch

from core.blocks.library import FOLDER, library, open_block
from core.compiler.build import build
from core.compiler.inference import Inference
from core.compiler.shapes import infer
from core.model.fault import ProjectError
from core.model.graph import Edge, Node
from core.model.ops import AddEdge, AddNode
from core.model.project import Project
from core.model.tensor import Field

Shape = tuple[int, ...]
Row = tuple[str, dict[str, Any], dict[str, Shape], dict[str, Shape]]

ROWS: list[Row] = [
    ("conv-relu", {"channels": 5}, {"input": (3, 9, 8)}, {"output": (5, 9, 8)}),
    ("conv-relu", {"channels": 5, "kernel": 5, "padding": 0}, {"input": (3, 9, 8)}, {"output": (5, 5, 4)}),
    ("conv-bn-relu", {"channels": 6, "kernel": 7, "stride": 2}, {"input": (3, 32, 30)}, {"output": (6, 16, 15)}),
    ("conv-bn-relu", {"channels": 6, "kernel": 1}, {"input": (1, 4, 4)}, {"output": (6, 4, 4)}),
    ("vgg-stage", {"channels": 4, "convs": 1}, {"input": (3, 8, 8)}, {"output": (4, 4, 4)}),
    ("vgg-stage", {"channels": 4, "convs": 4}, {"input": (1, 15, 9)}, {"output": (4, 7, 4)}),
    ("inception", {}, {"input": (192, 28, 28)}, {"output": (256, 28, 28)}),
    ("inception", {"n1": 2, "n3": 3, "n5": 4, "pool": 5, "wide": 3}, {"input": (7, 6, 5)}, {"output": (14, 6, 5)}),
    ("residual", {"channels": 3}, {"input": (3, 8, 7)}, {"output": (3, 8, 7)}),
    ("residual", {"channels": 3, "repeat": 4}, {"input": (3, 5, 5)}, {"output": (3, 5, 5)}),
    ("residual-projection", {"channels": 6}, {"input": (3, 9, 8)}, {"output": (6, 5, 4)}),
    ("residual-projection", {"channels": 6, "stride": 1}, {"input": (4, 8, 8)}, {"output": (6, 8, 8)}),
    ("bottleneck", {"channels": 3}, {"input": (12, 8, 7)}, {"output": (12, 8, 7)}),
    ("bottleneck-projection", {"channels": 3}, {"input": (5, 7, 7)}, {"output": (12, 4, 4)}),
    ("dense-layer", {"growth": 4}, {"input": (6, 5, 5)}, {"output": (10, 5, 5)}),
    ("dense-block", {"growth": 4, "layers": 3}, {"input": (6, 5, 5)}, {"output": (18, 5, 5)}),
    ("dense-block", {"growth": 2, "layers": 1}, {"input": (6, 5, 5)}, {"output": (8, 5, 5)}),
    ("transition", {"channels": 9}, {"input": (18, 8, 6)}, {"output": (9, 4, 3)}),
    ("squeeze-excite", {"channels": 32, "reduction": 4}, {"input": (32, 6, 5)}, {"output": (32, 6, 5)}),
    ("squeeze-excite", {"channels": 3}, {"input": (3, 1, 1)}, {"output": (3, 1, 1)}),
    ("depthwise-separable", {"channels": 8, "stride": 2}, {"input": (6, 9, 9)}, {"output": (8, 5, 5)}),
    ("inverted-residual", {"channels": 4, "expand": 3}, {"input": (4, 7, 6)}, {"output": (4, 7, 6)}),
    ("inverted-bottleneck", {"channels": 7, "in_channels": 4}, {"input": (4, 8, 8)}, {"output": (7, 4, 4)}),
    ("convnext", {"channels": 6}, {"input": (6, 8, 9)}, {"output": (6, 8, 9)}),
    ("convnext", {"channels": 6, "expand": 2}, {"input": (6, 3, 3)}, {"output": (6, 3, 3)}),
    ("unet-down", {"channels": 4}, {"input": (1, 16, 12)}, {"output": (4, 8, 6), "skip": (4, 16, 12)}),
    ("unet-down", {"channels": 4, "padding": 0}, {"input": (1, 20, 20)}, {"output": (4, 8, 8), "skip": (4, 16, 16)}),
    ("unet-up", {"channels": 4}, {"input": (8, 4, 3), "skip": (4, 8, 6)}, {"output": (4, 8, 6)}),
    (
        "unet-up",
        {"channels": 4, "padding": 0, "crop": 4},
        {"input": (8, 6, 6), "skip": (4, 20, 20)},
        {"output": (4, 8, 8)},
    ),
    ("encoder-layer", {"features": 12, "heads": 3, "hidden": 20}, {"input": (5, 12)}, {"output": (5, 12)}),
    ("encoder-layer", {"features": 8, "heads": 1, "repeat": 3}, {"input": (1, 8)}, {"output": (1, 8)}),
    (
        "decoder-layer",
        {"features": 12, "heads": 2, "hidden": 5},
        {"input": (4, 12), "memory": (7, 12)},
        {"output": (4, 12)},
    ),
    (
        "decoder-layer",
        {"features": 8, "heads": 2, "repeat": 2, "bias": False},
        {"input": (3, 8), "memory": (2, 8)},
        {"output": (3, 8)},
    ),
    ("bert-layer", {"features": 12, "heads": 3, "hidden": 20}, {"input": (6, 12)}, {"output": (6, 12)}),
    ("vit-layer", {"features": 12, "heads": 3, "hidden": 20}, {"input": (6, 12)}, {"output": (6, 12)}),
    ("gpt-block", {"features": 12, "heads": 3, "hidden": 20, "repeat": 2}, {"input": (6, 12)}, {"output": (6, 12)}),
    ("mlp-mixer", {"tokens": 9, "channels": 6}, {"input": (9, 6)}, {"output": (9, 6)}),
    ("mlp-mixer", {"tokens": 4, "channels": 5, "repeat": 2}, {"input": (4, 5)}, {"output": (4, 5)}),
]


def around(id: str, params: dict[str, Any], inputs: dict[str, Shape]) -> tuple[Project, dict[str, Field]]:
    """Inputs of the given shapes (of one sample), an instance, and an output for each of its ports."""
    project = open_block(id)
    block = project.blocks[id.replace("-", "_")]
    AddNode(Node("block_1", "block", {"block": block.name, **params})).apply(project)
    for port in inputs:
        AddNode(Node(f"in_{port}", "input", {"field": port})).apply(project)
        AddEdge(Edge(f"in_{port}", "output", "block_1", port)).apply(project)
    for out in block.outputs:
        AddNode(Node(f"out_{out.name}", "output")).apply(project)
        AddEdge(Edge("block_1", out.name, f"out_{out.name}", "input")).apply(project)
    return project, {port: Field(port, shape) for port, shape in inputs.items()}


def shapes(inference: Inference) -> dict[str, tuple[Any, ...]]:
    return {name: type_.shape[1:] for name, type_ in inference.nodes["block_1"].outputs.items()}


@pytest.mark.parametrize(
    ("id", "params", "inputs", "outputs"), ROWS, ids=lambda each: each if type(each) is str else ""
)
def test_a_block_works_on_a_range_of_sizes(
    id: str, params: dict[str, Any], inputs: dict[str, Shape], outputs: dict[str, Shape]
) -> None:
    project, fields = around(id, params, inputs)
    inference = infer(project, fields)
    assert inference.ok, inference.faults
    assert shapes(inference) == outputs
    program = build(project, fields).inference_program()
    values = program(*(torch.randn(2, *shape) for shape in inputs.values()))
    assert [tuple(value.shape[1:]) for value in values] == list(outputs.values())
    sum(value.sum() for value in values).backward()
    assert all(p.grad is not None and bool(p.grad.isfinite().all()) for p in program.parameters())


def test_every_entry_is_tried() -> None:
    assert {row[0] for row in ROWS} == {entry.id for entry in library()}


def test_the_library_lists_all_files() -> None:
    assert {entry.id for entry in library()} == {path.stem for path in FOLDER.glob("*.loom")}
    assert len({entry.title for entry in library()}) == len(library())


@pytest.mark.parametrize("entry", library(), ids=lambda entry: entry.id)
def test_an_entry_is_described_and_self_contained(entry: Any) -> None:
    project = open_block(entry.id)
    block = project.blocks[entry.name]
    assert list(project.blocks) == [*entry.needs, entry.name]
    assert block.spec.doc == entry.doc
    assert entry.doc.endswith(".")
    assert re.search(r"\((19|20)\d\d\)", entry.source)
    assert re.fullmatch(r"#[0-9A-F]{6}", entry.color)
    assert all(param.doc.endswith(".") and not param.complaint() for param in block.params)
    places = [(node.x, node.y) for node in block.graph.nodes.values()]
    assert len(set(places)) == len(places)


def test_blocks_of_one_name_are_one_block() -> None:
    seen: dict[str, Any] = {}
    for entry in library():
        for name, block in open_block(entry.id).blocks.items():
            facts = (block.title, block.note, block.params, list(block.graph.nodes.values()), list(block.graph.edges))
            assert seen.setdefault(name, facts) == facts


def test_an_unknown_block_is_named() -> None:
    with pytest.raises(ProjectError, match="no block “gone”"):
        open_block("gone")


def test_a_copy_changes_nothing_in_the_library() -> None:
    open_block("residual").blocks["residual"].title = "Mine"
    assert open_block("residual").blocks["residual"].title == "Residual block"


def test_a_padding_mask_may_be_left_open_or_hides_steps() -> None:
    params = {"features": 8, "heads": 2, "hidden": 8}
    project, fields = around("encoder-layer", params, {"input": (4, 8), "padding_mask": (4,)})
    assert infer(project, fields).ok
    program = build(project, fields).inference_program().eval()
    x, mask = torch.randn(1, 4, 8), torch.tensor([[0.0, 0.0, 0.0, 1.0]])
    changed = x.clone()
    changed[:, 3] += 1
    (one,), (other,) = program(x, mask), program(changed, mask)
    assert torch.allclose(one[:, :3], other[:, :3])
    assert not torch.allclose(one[:, 3], other[:, 3])


def test_squeeze_and_excite_scales_each_channel_by_one_number() -> None:
    project, fields = around("squeeze-excite", {"channels": 4, "reduction": 2}, {"input": (4, 3, 3)})
    x = torch.rand(2, 4, 3, 3) + 0.5
    (y,) = build(project, fields).inference_program()(x)
    ratio = y / x
    assert torch.allclose(ratio, ratio[:, :, :1, :1].expand_as(ratio))
    assert ((ratio > 0) & (ratio < 1)).all()
