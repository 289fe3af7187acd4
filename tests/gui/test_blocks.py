"""Blocks through the real window: made, entered, edited inside, left, and all of it undone."""

from __future__ import annotations

import msgspec
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit
from pytestqt.qtbot import QtBot

import presets
from core.model.file import encode
from core.model.graph import Edge, Graph
from core.model.ops import SetNode, SetParams
from core.model.project import Project
from core.model.spec import registry
from gui.canvas.gestures.menu import menu_for
from gui.canvas.view import CanvasView
from gui.session import Session
from gui.theme import FAMILY_DARK
from gui.window import Window

LEFT, CONTROL = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.ControlModifier
FIRST = ("conv2d_1", "tanh_1", "avg_pool2d_1")
SECOND = ("conv2d_2", "tanh_2", "avg_pool2d_2")


@pytest.fixture
def session(window: Window) -> Session:
    """The window's session with LeNet-5 in front and its shapes known; keys go to the window."""
    window.activateWindow()
    QTest.qWaitForWindowActive(window)
    window.session.open_project(presets.load("lenet-5"))
    window.session.infer()
    return window.session


def canvas(window: Window) -> CanvasView:
    made = window.places.documents.canvas
    assert made is not None
    made.network.motion.finish()
    return made


def at(window: Window, node: str) -> QPoint:
    view = canvas(window)
    return view.mapFromScene(view.network.nodes[node].scene_box.center() + QPointF(0, 20))


def made(session: Session, names: tuple[str, ...] = FIRST) -> str:
    session.select(names)
    session.blocks.make()
    session.infer()
    return session.selection[0]


def test_ctrl_g_makes_a_block_that_computes_the_same_and_one_undo_takes_it_back(
    window: Window, session: Session, qtbot: QtBot
) -> None:
    before, parameters = encode(session.front.project), session.inference.parameters
    view = canvas(window)
    session.select(FIRST)
    view.setFocus()
    QTest.keyClick(view, Qt.Key.Key_G, CONTROL)
    assert session.selection == ("block_1",)
    block = session.front.project.blocks["block_1"]
    assert block.title == "Block 1"
    assert block.color
    assert set(FIRST) < set(block.graph.nodes)
    assert "block_1" in view.network.nodes
    assert not set(FIRST) & set(view.network.nodes)
    assert set(view.network.wires) == set(session.graph.wires)
    session.infer()
    assert not session.inference.faults
    assert session.inference.parameters == parameters
    assert view.network.nodes["block_1"].face.title == "Block 1"
    session.undo()
    assert encode(session.front.project) == before
    assert set(FIRST) <= set(view.network.nodes)
    session.redo()
    assert session.graph.nodes["block_1"].params == {"block": "block_1"}


def test_the_neighbours_close_up_and_opening_up_gives_the_room_back(session: Session) -> None:
    places = {id: (node.x, node.y) for id, node in session.graph.nodes.items()}
    name = made(session)
    assert session.graph.nodes["conv2d_2"].x < places["conv2d_2"][0]
    session.select([name])
    session.blocks.open_up()
    assert session.front.project.blocks == {}
    assert set(session.selection) == set(FIRST)
    assert {id: (node.x, node.y) for id, node in session.graph.nodes.items()} == places


def test_a_selection_that_cannot_become_a_block_is_refused_with_the_reason(
    window: Window, session: Session, qtbot: QtBot
) -> None:
    session.select([])
    assert "Select" in window.actions_.run("make_block")
    session.select(["input_1"])
    assert "Data" in window.actions_["make_block"].toolTip()
    session.select(["conv2d_1", "avg_pool2d_1"])
    with qtbot.waitSignal(session.noticed) as told:
        window.actions_.run("make_block")
    assert "tanh_1" in told.args[0]
    assert not session.front.project.blocks


def test_double_click_goes_inside_and_escape_comes_out(window: Window, session: Session) -> None:
    name = made(session)
    view = canvas(window)
    QTest.mouseDClick(view.viewport(), LEFT, Qt.KeyboardModifier.NoModifier, at(window, name))
    assert session.place.block == "block_1"
    assert set(view.network.nodes) == {"input_1", *FIRST, "output_1"}
    assert view.network.nodes["conv2d_1"].face.shape == "6×28×28"
    crumbs = window.top.crumbs
    assert [crumb.toolTip() for crumb in crumbs.blocks if not crumb.isHidden()] == ["Block 1"]
    QTest.keyClick(view, Qt.Key.Key_Escape)
    assert session.place.block == ""
    assert session.selection == (name,)
    assert "flatten_1" in view.network.nodes


def test_enter_goes_inside_alt_up_comes_out_and_crumbs_lead_back(window: Window, session: Session) -> None:
    inner = made(session)
    second = made(session, SECOND)
    outer = made(session, (inner, second))
    view = canvas(window)
    view.setFocus()
    QTest.keyClick(view, Qt.Key.Key_Return)
    session.select([inner])
    QTest.keyClick(view, Qt.Key.Key_Return)
    assert [step.instance for step in session.place.steps] == [outer, inner]
    assert session.place.prefix == f"{outer}/{inner}/"
    whole = session.inference.type_at(f"{outer}/{inner}/conv2d_1", "output")
    assert whole is not None
    assert session.here.type_at("conv2d_1", "output") == whole
    QTest.keyClick(window, Qt.Key.Key_Up, Qt.KeyboardModifier.AltModifier)
    assert [step.instance for step in session.place.steps] == [outer]
    session.enter(inner)
    QTest.mouseClick(window.top.crumbs.blocks[0], LEFT)
    assert [step.instance for step in session.place.steps] == [outer]
    assert session.selection == (inner,)
    QTest.mouseClick(window.top.crumbs.title, LEFT)
    assert session.place.steps == ()


def test_all_editing_works_inside_and_leaves_the_graph_outside_alone(window: Window, session: Session) -> None:
    name = made(session)
    outside = dict(session.graph.nodes)
    session.enter(name)
    view = canvas(window)
    block = session.front.project.blocks["block_1"].graph
    added = session.add_node("relu", 0, 300)
    assert added in block.nodes
    assert added in view.network.nodes
    session.delete_selection()
    assert added not in block.nodes
    session.select(["tanh_1"])
    session.duplicate()
    assert session.selection == ("tanh_2",)
    view.setFocus()
    before = block.nodes["tanh_2"].x
    QTest.keyClick(view, Qt.Key.Key_Right)
    assert block.nodes["tanh_2"].x == before + 8
    QTest.keyClick(view, Qt.Key.Key_Delete)
    view.tidy()
    assert session.add_node("dropout", 0, 0, edge=Edge("tanh_1", "output", "avg_pool2d_1", "input"))
    session.infer()
    assert not session.inference.errors
    assert f"{name}/dropout_1" in session.inference.nodes
    session.leave()
    assert dict(session.graph.nodes) == outside


def test_undo_from_inside_goes_out_when_the_block_goes(session: Session, window: Window) -> None:
    name = made(session)
    session.enter(name)
    session.add_node("relu", 0, 300)
    session.undo()
    assert session.place.block == "block_1"
    session.undo()
    assert session.place.block == ""
    assert not session.front.project.blocks
    assert "conv2d_1" in canvas(window).network.nodes


def test_an_edit_made_inside_is_undone_from_outside(session: Session) -> None:
    name = made(session)
    session.enter(name)
    session.edit("Set", [SetParams("conv2d_1", {"out_channels": 9}, "block_1")])
    session.leave()
    session.infer()
    assert str(session.inference.type_at(name, "output_1")) == "N×9×14×14"
    session.undo()
    session.infer()
    assert str(session.inference.type_at(name, "output_1")) == "N×6×14×14"


def test_deleting_a_port_takes_the_wires_outside_along_in_the_same_step(session: Session) -> None:
    name = made(session)
    before = encode(session.front.project)
    session.enter(name)
    session.select(["output_1"])
    session.delete_selection()
    assert not session.front.project.graph.out_of(name)
    session.undo()
    assert encode(session.front.project) == before


def test_a_fault_inside_is_listed_and_leads_there(window: Window, session: Session) -> None:
    name = made(session)
    session.edit("Break", [SetParams("conv2d_1", {"kernel_size": 99}, "block_1")])
    session.infer()
    path = f"{name}/conv2d_1"
    fault = next(fault for fault in session.inference.errors if fault.node == path)
    assert canvas(window).network.nodes[name].faults
    assert session.visit(fault.node)
    assert session.place.prefix == f"{name}/"
    assert session.selection == ("conv2d_1",)
    assert fault in canvas(window).network.nodes["conv2d_1"].faults


def test_a_block_cannot_be_put_into_itself(session: Session, qtbot: QtBot) -> None:
    name = made(session)
    session.enter(name)
    with qtbot.waitSignal(session.noticed) as told:
        assert session.add_node("block:block_1", 0, 0) == ""
    assert told.args[0].startswith("Block 1 cannot be put into itself.")


def test_a_copy_as_a_new_block_changes_alone(session: Session) -> None:
    name = made(session)
    session.select([name])
    session.duplicate()
    other = session.selection[0]
    assert session.blocks.fork() == "block_1_2"
    assert session.graph.nodes[other].params["block"] == "block_1_2"
    session.edit("Set", [SetParams("conv2d_1", {"out_channels": 3}, "block_1_2")])
    graphs: dict[str, Graph] = {key: block.graph for key, block in session.front.project.blocks.items()}
    assert graphs["block_1"].nodes["conv2d_1"].params["out_channels"] == 6
    assert session.front.project.blocks["block_1_2"].title == "Block 1 2"


def test_every_command_of_blocks_is_in_the_menu_of_a_node(window: Window, session: Session) -> None:
    name = made(session)
    view = canvas(window)
    found = view.stage.hit(view.network.nodes[name].scene_box.center())
    menu = menu_for(view.stage, found, QPointF())
    shown = set(menu.actions())
    for id in ("make_block", "open_up", "enter_block", "fold_block", "duplicate_block"):
        assert window.actions_[id] in shown
        assert window.actions_[id].isEnabled()


def test_presets_of_blocks_open_without_faults_and_can_be_walked(session: Session) -> None:
    project: Project = presets.load("resnet-18")
    session.open_project(project)
    session.infer()
    assert session.visit("layer1/1/conv2")
    assert session.place.steps[0].repetition == 1
    session.turn(-1)
    assert session.place.prefix == "layer1/0/"
    session.turn(-1)
    assert session.place.prefix == "layer1/0/"


def test_a_new_block_has_a_colour_of_its_own_among_its_neighbours(session: Session) -> None:
    made(session)
    block = session.front.project.blocks["block_1"]
    around = {FAMILY_DARK[spec.family] for node in session.graph.nodes.values() if (spec := registry.get(node.kind))}
    assert block.color not in around


def test_a_name_is_typed_and_enter_gives_the_keys_back_to_the_canvas(window: Window, session: Session) -> None:
    view = canvas(window)
    session.select(FIRST)
    view.setFocus()
    QTest.keyClick(view, Qt.Key.Key_G, CONTROL)
    title = QApplication.focusWidget()
    assert isinstance(title, QLineEdit)
    QTest.keyClicks(title, "Stem")
    QTest.keyClick(title, Qt.Key.Key_Return)
    assert session.front.project.blocks["block_1"].title == "Stem"
    assert view.hasFocus()
    QTest.keyClick(view, Qt.Key.Key_Return)
    assert session.place.block == "block_1"


def test_crumbs_name_the_instance_and_its_repetition(window: Window, session: Session) -> None:
    name = made(session)
    session.edit("Repeat", [SetParams(name, {"repeat": 3})])
    node = session.graph.nodes[name]
    session.edit("Name", [SetNode(msgspec.structs.replace(node, title="Stage 1"))])
    session.enter(name)
    session.turn(1)
    (crumb,) = [each for each in window.top.crumbs.blocks if not each.isHidden()]
    assert crumb.text() == "Stage 1 · 2 of 3"
    assert crumb.toolTip() == "Stage 1 · 2 of 3, an instance of Block 1"
