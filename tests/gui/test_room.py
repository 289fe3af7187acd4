"""Nodes of presets and of the library's blocks stand clear of each other at the width that their words take."""

from __future__ import annotations

from itertools import combinations

import pytest
from pytestqt.qtbot import QtBot

import presets
from core.blocks.library import library, open_block
from core.model.project import Project
from gui.geometry.shape import shape_of

CLEAR = 6.0


def crowded(project: Project) -> list[tuple[str, str, str]]:
    """Pairs of nodes that touch, each with the block that they stand in."""
    found = []
    for within in ("", *project.blocks):
        graph = project.inside(within)
        boxes = {
            node.id: shape_of(project, graph, node, within).box.translated(node.x, node.y)
            for node in graph.nodes.values()
        }
        found += [
            (within, one, other)
            for one, other in combinations(boxes, 2)
            if boxes[one].adjusted(-CLEAR, -CLEAR, CLEAR, CLEAR).intersects(boxes[other])
        ]
    return found


@pytest.mark.parametrize("id", presets.ids())
def test_nodes_of_a_preset_stand_clear(qtbot: QtBot, id: str) -> None:
    assert crowded(presets.load(id)) == []


@pytest.mark.parametrize("id", [entry.id for entry in library()])
def test_nodes_of_a_library_block_stand_clear(qtbot: QtBot, id: str) -> None:
    assert crowded(open_block(id)) == []
