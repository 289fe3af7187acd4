"""Lists and opens the library: a project file for each entry, whose blocks are the definition and what it needs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import core.layers  # noqa: F401 - a project file can only be read when the layer kinds are known
from core.model.block import Block
from core.model.fault import ProjectError
from core.model.file import read
from core.model.graph import BLOCK
from core.model.project import Project

FOLDER = Path(__file__).parent
ORDER = (
    "conv-relu", "conv-bn-relu", "vgg-stage", "inception", "residual", "residual-projection", "bottleneck",
    "bottleneck-projection", "dense-layer", "dense-block", "transition", "squeeze-excite", "depthwise-separable",
    "inverted-residual", "inverted-bottleneck", "convnext", "unet-down", "unet-up", "encoder-layer", "decoder-layer",
    "bert-layer", "gpt-block", "vit-layer", "mlp-mixer",
)  # fmt: skip
"""Entries in the order of the palette; each is a file `<id>.loom` beside this module."""


@dataclass(frozen=True)
class BlockEntry:
    """A row of the palette. `name` is the block's name in the project that `open_block` gives."""

    id: str
    name: str
    title: str
    doc: str
    source: str
    color: str
    needs: tuple[str, ...]
    """The names of the blocks that it is built of, innermost first."""


@cache
def library() -> tuple[BlockEntry, ...]:
    """Every entry in the order of the palette."""
    return tuple(_entry(id) for id in ORDER)


def open_block(id: str) -> Project:
    """A fresh project whose blocks are the definition and what it needs; raises ProjectError for an unknown id."""
    if id not in ORDER:
        raise ProjectError(f"There is no block “{id}” in the library.", fix=f"There are {', '.join(ORDER)}.")
    return read(FOLDER / f"{id}.loom")


def name_of(id: str) -> str:
    """The name of an entry's block: `dense-layer` → `dense_layer`."""
    return id.replace("-", "_")


def _entry(id: str) -> BlockEntry:
    blocks = open_block(id).blocks
    block = blocks[name_of(id)]
    doc, _, source = block.note.strip().partition("\n\n")
    return BlockEntry(id, block.name, block.title, doc, source, block.color, _needs(block, blocks))


def _needs(block: Block, blocks: Mapping[str, Block]) -> tuple[str, ...]:
    found: list[str] = []
    for node in block.graph.of_kind(BLOCK):
        name = str(node.params[BLOCK])
        for each in (*_needs(blocks[name], blocks), name):
            if each not in found:
                found.append(each)
    return tuple(found)
