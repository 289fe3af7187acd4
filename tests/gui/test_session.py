"""The session without a window: edits, selection, documents, shapes, what is told."""

from __future__ import annotations

import itertools
from pathlib import Path

import msgspec
import pytest
from PySide6.QtCore import QRectF
from pytestqt.qtbot import QtBot

import presets
from core.model.file import write
from core.model.graph import Edge, Node
from core.model.layout import size_of
from core.model.ops import AddEdge, AddNode, MoveNodes, RemoveEdge, SetData, SetParams
from core.model.project import Project
from core.model.settings import Data
from gui.documents import LiveRun
from gui.session import Session


@pytest.fixture
def told(ready: Session) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    ready.noticed.connect(lambda message, level: found.append((message, level)))
    return found


def test_an_edit_is_told_once_with_its_ops_and_can_be_undone(ready: Session, playground: Project) -> None:
    ready.open_project(playground)
    seen: list[list[object]] = []
    ready.edited.connect(seen.append)
    ops = [AddNode(Node("relu_1", "relu")), AddNode(Node("relu_2", "relu"))]
    assert ready.edit("Add two", ops)
    assert seen == [ops]
    ready.undo()
    assert "relu_1" not in ready.graph.nodes
    ready.redo()
    assert "relu_2" in ready.graph.nodes


def test_a_refused_edit_is_said_and_changes_nothing(
    ready: Session, playground: Project, told: list[tuple[str, str]]
) -> None:
    ready.open_project(playground)
    before = dict(ready.graph.nodes)
    assert not ready.edit("Twice", [AddNode(Node("relu_1", "relu")), AddNode(Node("relu_1", "relu"))])
    assert ready.graph.nodes == before
    assert told == [("There is already a node “relu_1”.", "error")]
    assert ready.history.depth == 0


def test_shapes_follow_an_edit_by_themselves(ready: Session, playground: Project, qtbot: QtBot) -> None:
    ready.open_project(playground)
    with qtbot.waitSignal(ready.inferred):
        ready.edit("Wider", [SetParams("linear_1", {"out_features": 7})])
    assert str(ready.inference.type_at("linear_1", "output")) == "N×7"
    assert "7" in ready.source()


def test_the_selection_forgets_what_is_deleted(ready: Session, playground: Project) -> None:
    ready.open_project(playground)
    ready.select(["linear_1", "nowhere", "linear_2", "linear_1"])
    assert ready.selection == ("linear_1", "linear_2")
    ready.delete_selection()
    assert ready.selection == ()
    assert "linear_1" not in ready.graph.nodes
    ready.undo()
    assert "linear_1" in ready.graph.nodes


def test_copies_come_with_their_wires_under_new_names(ready: Session, playground: Project) -> None:
    ready.open_project(playground)
    wires = len(list(ready.graph.edges))
    inside = next(edge for edge in ready.graph.edges if edge.source == "linear_1")
    ready.select(["linear_1", inside.target])
    ready.copy()
    ready.paste()
    assert len(ready.selection) == 2
    assert not set(ready.selection) & {"linear_1", inside.target}
    assert len(list(ready.graph.edges)) == wires + 1
    ready.duplicate()
    assert len(list(ready.graph.edges)) == wires + 2
    ready.cut()
    assert ready.history.undo_text.startswith("Delete")


def test_what_is_pasted_again_hides_nothing(ready: Session, playground: Project) -> None:
    ready.open_project(playground)
    ready.select(["linear_1"])
    ready.copy()
    for _ in range(3):
        ready.paste()
    ready.select(list(ready.graph.nodes))
    ready.duplicate()
    boxes = [QRectF(node.x, node.y, *size_of(node)) for node in ready.graph.nodes.values()]
    assert not any(one.intersects(other) for one, other in itertools.combinations(boxes, 2))


def test_a_node_can_be_put_onto_a_wire(ready: Session, playground: Project) -> None:
    ready.open_project(playground)
    edge = next(edge for edge in ready.graph.edges if edge.source == "linear_1")
    name = ready.add_node("relu", 5, 6, edge)
    assert ready.selection == (name,)
    assert Edge("linear_1", "output", name, "input") in list(ready.graph.edges)
    assert Edge(name, "output", edge.target, edge.input) in list(ready.graph.edges)
    assert ready.history.depth == 1


def test_a_finding_is_mended_as_it_offers(ready: Session) -> None:
    project = Project()
    for node in (Node("input_1", "input"), Node("linear_1", "linear"), Node("conv2d_1", "conv2d")):
        AddNode(node).apply(project)
    AddEdge(Edge("input_1", "output", "linear_1", "input")).apply(project)
    ready.open_project(project)
    ready.infer()
    offers = [fault for fault in ready.inference.faults if fault.insert == "flatten"]
    assert offers
    ready.mend(offers[0])
    assert [node.kind for node in ready.graph.nodes.values()].count("flatten") == 1
    ready.undo()
    assert not ready.graph.of_kind("flatten")


def test_moving_a_node_leaves_a_run_and_the_shapes_alone(ready: Session, playground: Project) -> None:
    document = ready.open_project(playground)
    ready.infer()
    document.runs.append(LiveRun("run 1", playground, "done"))
    known = ready.inference
    ready.edit("Move", [MoveNodes({"linear_1": (1.0, 2.0)})])
    assert not document.runs[0].stale
    assert ready.inference is known
    ready.edit("Wider", [SetParams("linear_1", {"out_features": 9})])
    assert document.runs[0].stale


def test_data_that_cannot_be_read_are_a_finding_and_keep_a_run_from_starting(
    ready: Session, playground: Project, tmp_path: Path
) -> None:
    ready.open_project(playground)
    ready.edit("Data", [SetData(Data("csv", {"path": str(tmp_path / "none.csv")}))])
    ready.infer()
    assert ready.fields == {}
    assert ready.inference.faults[0].node == ""
    assert "none.csv" in ready.inference.faults[0].message
    assert "none.csv" in ready.can_start()
    ready.undo()
    ready.infer()
    assert ready.can_start() == ""


def test_what_hinders_a_run_is_said(qtbot: QtBot, ready: Session, playground: Project) -> None:
    waiting = Session()
    assert waiting.can_start() == "Open a project or a lecture first."
    waiting.open_project(playground)
    assert waiting.can_start() == "PyTorch is loading …"
    assert waiting.source() == ""
    waiting.close()
    ready.open_project(playground)
    edge = next(edge for edge in ready.graph.edges if edge.target == "linear_1")
    ready.edit("Cut", [RemoveEdge(edge)])
    ready.infer()
    assert ready.can_start()
    assert ready.source() == ""


def test_documents_are_opened_saved_and_closed(
    ready: Session, playground: Project, tmp_path: Path, told: list[tuple[str, str]]
) -> None:
    document = ready.open_project(playground)
    assert not ready.save()
    ready.edit("Wider", [SetParams("linear_1", {"out_features": 9})])
    assert not document.is_saved
    assert ready.save(tmp_path / "mine.loom")
    assert document.is_saved
    assert ready.open_file(tmp_path / "mine.loom")
    assert len(ready.documents) == 1
    ready.open_preset("mlp-xor")
    assert [d.project.lecture for d in ready.documents] == ["mlp-playground", "mlp-xor"]
    ready.activate(0)
    ready.close_document(0)
    assert ready.document is ready.documents[0]
    ready.close_document(0)
    assert ready.document is None
    assert ready.graph.nodes == {}
    assert not ready.open_preset("no-such-lecture")
    assert told[-1][1] == "error"


@pytest.mark.parametrize(
    "spoil",
    [
        lambda text: text[: len(text) // 2],
        lambda text: text.replace(b'"layerloom": 1', b'"layerloom": 99'),
        lambda text: text.replace(b"linear_1.output", b"linear_9.output"),
        lambda text: text.replace(b'"out_features": 4', b'"out_features": "four"'),
        lambda text: text.replace(b'"out_features": 4', b'"out_features": 0'),
    ],
    ids=["cut off", "newer", "dangling wire", "wrong type", "size of 0"],
)
def test_a_bad_file_is_told_and_what_is_open_stays(ready, playground, tmp_path, told, spoil) -> None:  # type: ignore[no-untyped-def]
    document = ready.open_project(playground)
    before = msgspec.json.encode(list(playground.graph.nodes.values()))
    file = tmp_path / "bad.loom"
    write(presets.load("mlp-playground"), file)
    text = file.read_bytes()
    file.write_bytes(spoil(text))
    assert file.read_bytes() != text
    assert not ready.open_file(file)
    assert ready.documents == [document]
    assert msgspec.json.encode(list(document.project.graph.nodes.values())) == before
    message, level = told[-1]
    assert level == "error"
    assert message.startswith("bad.loom was not opened. bad.loom")


def test_saving_where_one_may_not_is_told(ready: Session, playground: Project, tmp_path: Path, told) -> None:  # type: ignore[no-untyped-def]
    ready.open_project(playground)
    assert not ready.save(tmp_path / "missing" / "mine.loom")
    assert told[-1][1] == "error"
    assert ready.front.path is None
