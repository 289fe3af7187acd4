"""Blocks in palette, clipboard, outline and list of problems."""

from __future__ import annotations

import pytest
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

import presets
from core.model.block import BlockParam
from core.model.ops import SetParams
from core.model.ports import with_param
from core.model.project import Project
from gui.panels.layers import LayersPanel
from gui.panels.outline import OutlinePanel
from gui.panels.problems import ProblemsPanel
from gui.session import Session

FIRST = ("conv2d_1", "tanh_1", "avg_pool2d_1")


@pytest.fixture
def session(ready: Session) -> Session:
    """LeNet-5 with its first three layers as a block that has a parameter."""
    ready.open_project(presets.load("lenet-5"))
    ready.select(FIRST)
    ready.blocks.make()
    block = ready.front.project.blocks["block_1"]
    ready.edit("Add", [with_param(block, BlockParam("channels", 6, low=1, high=64))])
    ready.infer()
    return ready


def shown(qtbot: QtBot, panel: QWidget) -> QWidget:
    qtbot.addWidget(panel)
    panel.resize(320, 900)
    with qtbot.waitExposed(panel):
        panel.show()
    return panel


def test_the_palette_lists_own_blocks_before_those_of_the_library(qtbot: QtBot, session: Session) -> None:
    panel = shown(qtbot, LayersPanel(session))
    assert isinstance(panel, LayersPanel)
    blocks = [id for id in panel.shown() if ":" in id]
    assert blocks[0] == "block:block_1"
    assert "library:residual" in blocks
    session.select(["block_1"])
    panel.add("library:residual")
    name = session.selection[0]
    assert session.graph.nodes[name].params["block"] == "residual"
    assert [edge.source for edge in session.graph.into(name)] == ["block_1"]
    panel.refresh()
    assert "block:residual" in panel.shown()
    session.undo()
    assert "residual" not in session.front.project.blocks


def test_instances_travel_with_their_definitions_to_another_project(qtbot: QtBot, session: Session) -> None:
    session.select(["block_1"])
    session.copy()
    session.open_project(Project(), beside=True)
    session.paste()
    assert session.front.project.blocks["block_1"].params[0].name == "channels"
    session.paste()
    assert list(session.front.project.blocks) == ["block_1"]
    session.edit("Set", [SetParams("conv2d_1", {"out_channels": 3}, "block_1")])
    session.paste()
    assert list(session.front.project.blocks) == ["block_1", "block_1_2"]
    assert session.graph.nodes[session.selection[0]].params["block"] == "block_1_2"
    depth = session.history.depth
    QGuiApplication.clipboard().setText(QGuiApplication.clipboard().text().replace('"conv2d"', "7"))
    session.paste()
    assert session.history.depth == depth


def test_the_outline_is_a_tree_whose_rows_lead_inside(qtbot: QtBot, session: Session) -> None:
    panel = shown(qtbot, OutlinePanel(session))
    assert isinstance(panel, OutlinePanel)
    panel.refresh()
    item = panel._items["block_1/conv2d_1"]
    assert item.parent() is panel._items["block_1"]
    panel.tree.setCurrentItem(item)
    assert session.place.prefix == "block_1/"
    assert session.selection == ("conv2d_1",)
    panel.tree.setCurrentItem(panel._items["flatten_1"])
    assert session.place.steps == ()
    assert session.selection == ("flatten_1",)


def test_a_problem_inside_a_block_leads_to_its_place(qtbot: QtBot, session: Session) -> None:
    session.edit("Break", [SetParams("conv2d_1", {"kernel_size": 99}, "block_1")])
    session.infer()
    panel = shown(qtbot, ProblemsPanel(session))
    assert isinstance(panel, ProblemsPanel)
    panel.refresh()
    panel.rows[0].visited.emit()
    assert session.place.block == "block_1"
    assert session.selection == ("conv2d_1",)
