"""What can be wrong with blocks, in the window: a fault on its node, a way to it, and a Fix that mends it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QPushButton
from pytestqt.qtbot import QtBot

import presets
from core.model.file import decode, encode
from core.model.graph import Edge, Node, Weights
from core.model.ops import AddEdge, SetParams
from core.model.project import Project
from core.model.spec import registry
from gui.panels.inspector import InspectorPanel
from gui.panels.parts import Finding
from gui.panels.problems import ProblemsPanel
from gui.session import Session
from gui.window import Window
from tests.core.blocks import define, network, place
from tests.core.networks import add, weigh, wire

Made = tuple[Project, str, str]
"""A project, the path of the node that is at fault, and what is said about it."""


def units(*widths: int) -> Project:
    """x → instances of Linear, tanh → output, on points of the plane."""
    project = network(*((f"unit_{number}", {"width": width}) for number, width in enumerate(widths, 1)))
    project.data = presets.load("mlp-playground").data
    return project


def in_itself() -> Made:
    project = units(6)
    graph = project.blocks["unit"].graph
    graph.nodes["again"] = Node("again", "block", {"block": "unit"})
    return project, "unit_1", "contains itself"


def in_itself_by_another() -> Made:
    project = units(6)
    define(project, "outer", {"x": ("input", {}), "y": ("output", {})}, [])
    place(project, "inner", "unit", "outer")
    wire(project, "x -> inner", "outer")
    wire(project, "inner -> y", "outer")
    project.blocks["unit"].graph.nodes["again"] = Node("again", "block", {"block": "outer"})
    return project, "unit_1", "contains itself"


def other_structure() -> Made:
    project = units(6, 5)
    weigh(project, "unit_2", "shared", "unit_1", 0.0)
    return project, "unit_2", "sizes differ"


def copy_of_other_structure() -> Made:
    project = units(6, 5)
    weigh(project, "unit_2", "copy", "unit_1", 10.0)
    return project, "unit_2", "sizes differ"


def repetitions_of_other_sizes() -> Made:
    project = units(6)
    SetParams("unit_1", {"repeat": 3, "repeat_weights": "shared"}).apply(project)
    return project, "unit_1", "sizes differ"


def circle() -> Made:
    project = units(2, 2)
    weigh(project, "unit_1", "shared", "unit_2", 0.0)
    weigh(project, "unit_2", "shared", "unit_1", 0.0)
    return project, "unit_1", "in a circle"


def average_in_a_circle() -> Made:
    project = units(2, 2)
    weigh(project, "unit_1", "average", "unit_2", 0.9)
    weigh(project, "unit_2", "copy", "unit_1", 5.0)
    return project, "unit_1", "in a circle"


def weights_of_nobody() -> Made:
    project = units(6)
    weigh(project, "unit_1", "average", "gone", 0.9)
    return project, "unit_1", "no node “gone”"


def misspelt_name() -> Made:
    project = units(6)
    SetParams("fc", {"out_features": "=widht*2"}, "unit").apply(project)
    return project, "unit_1/fc", "names “widht”"


def unknown_name() -> Made:
    project = units(6)
    SetParams("fc", {"out_features": "=q*2"}, "unit").apply(project)
    return project, "unit_1/fc", "names “q”"


def division_by_zero() -> Made:
    project = units(6)
    SetParams("fc", {"out_features": "=width//(width-6)"}, "unit").apply(project)
    return project, "unit_1/fc", "divides by zero"


def formula_of_an_instance() -> Made:
    project = units(6)
    SetParams("unit_1", {"width": "=size"}).apply(project)
    return project, "unit_1", "names “size”"


MENDED: tuple[Callable[[], Made], ...] = (
    in_itself, in_itself_by_another, other_structure, copy_of_other_structure, repetitions_of_other_sizes, circle,
    average_in_a_circle, weights_of_nobody, misspelt_name, unknown_name, division_by_zero, formula_of_an_instance,
)  # fmt: skip


def opened(session: Session, project: Project) -> Session:
    session.open_project(decode(encode(project)))
    session.infer()
    return session


@pytest.mark.parametrize("make", MENDED, ids=lambda make: make.__name__)
def test_a_fix_mends_what_is_wrong_and_one_undo_takes_it_back(
    ready: Session, qtbot: QtBot, make: Callable[[], Made]
) -> None:
    project, path, says = make()
    session = opened(ready, project)
    before = encode(session.front.project)
    first = session.inference.errors[0]
    assert (first.node, says in first.message) == (path, True), first
    panel = ProblemsPanel(session)
    qtbot.addWidget(panel)
    panel.resize(500, 400)
    panel.show()
    panel.refresh()
    fix = panel.rows[0].findChild(QPushButton)
    assert fix is not None
    assert fix.text() == "Fix"
    QTest.mouseClick(fix, Qt.MouseButton.LeftButton)
    session.infer()
    assert not [fault for fault in session.inference.errors if says in fault.message], session.inference.errors
    session.undo()
    assert encode(session.front.project) == before


@pytest.mark.parametrize("make", [in_itself, circle, division_by_zero], ids=lambda make: make.__name__)
def test_a_fault_leads_to_its_node_which_shows_it(window: Window, make: Callable[[], Made]) -> None:
    project, path, says = make()
    session = opened(window.session, project)
    session.visit(path)
    canvas = window.places.documents.canvas
    assert canvas is not None
    canvas.network.motion.finish()
    name = path.rpartition("/")[2]
    assert session.selection == (name,)
    assert any(says in fault.message for fault in canvas.network.nodes[name].faults)
    session.leave(len(session.place.steps))
    assert canvas.network.nodes[path.split("/")[0]].faults
    assert not window.grab().isNull()


def test_a_name_spelt_wrong_is_mended_to_the_one_that_was_meant(ready: Session) -> None:
    session = opened(ready, misspelt_name()[0])
    fault = session.inference.errors[0]
    assert "Did you mean “width”?" in fault.fix
    session.mend(fault)
    assert session.front.project.blocks["unit"].graph.nodes["fc"].params["out_features"] == "=width*2"


def test_a_division_by_zero_is_mended_to_the_usual_value_that_is_told(ready: Session) -> None:
    session = opened(ready, division_by_zero()[0])
    fault = session.inference.errors[0]
    session.mend(fault)
    given = session.front.project.blocks["unit"].graph.nodes["fc"].params
    usual = given.get("out_features", registry["linear"].param("out_features").default)
    assert f"Its usual value is {usual}." in fault.fix


def test_an_optional_port_left_open_where_it_is_needed_is_a_fault_that_a_wire_mends(ready: Session) -> None:
    project = units(2)
    block = project.blocks["unit"]
    add(project, "input", "unit", name="memory", optional=True)
    add(project, "add", "unit", name="sum")
    edge = next(edge for edge in block.graph.edges if edge.target == "y")
    del block.graph.wires[edge.end]
    for text in ("act.output -> sum.inputs", "memory.output -> sum.inputs[1]", "sum -> y"):
        wire(project, text, "unit")
    session = opened(ready, project)
    assert session.inference.errors == ()  # a sum does without
    add(project, "linear", "unit", name="needs")
    wire(project, "memory -> needs", "unit")
    session = opened(ready, project)
    (fault,) = session.inference.errors
    assert (fault.node, fault.port) == ("unit_1", "memory")
    assert "Wire something into “memory”" in fault.fix
    session.edit("Wire", [AddEdge(Edge("input_1", "output", "unit_1", "memory"))])
    session.infer()
    assert session.inference.errors == ()


def test_the_inspector_says_what_is_wrong_and_mends_it(ready: Session, qtbot: QtBot) -> None:
    session = opened(ready, circle()[0])
    panel = InspectorPanel(session)
    qtbot.addWidget(panel)
    panel.resize(320, 800)
    panel.show()
    session.select(["unit_2"])
    panel.refresh()
    (finding,) = panel.findChildren(Finding)
    assert any("in a circle" in label.text() for label in finding.findChildren(QLabel))
    QTest.mouseClick(finding.findChild(QPushButton), Qt.MouseButton.LeftButton)
    session.infer()
    assert session.graph.nodes["unit_2"].weights == Weights()
    assert session.inference.errors == ()
