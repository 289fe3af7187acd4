"""The panels with a real session: palette, lectures, outline, note, training, problems, runs."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QPoint, Qt, QUrl
from pytestqt.qtbot import QtBot

import core.data  # noqa: F401 - fills the sources
from core.model.graph import Edge, Node
from core.model.ops import AddEdge, AddNode, SetParams
from core.model.project import Project
from core.model.spec import registry
from core.training.records import Epoch, Failure
from gui.documents import LiveRun
from gui.panels import PANELS
from gui.panels.layers import MIME, LayersPanel
from gui.panels.lectures import LecturesPanel
from gui.panels.note import NotePanel
from gui.panels.outline import OutlinePanel
from gui.panels.problems import ProblemsPanel
from gui.panels.rows import ROW
from gui.panels.runs import RunsPanel
from gui.panels.training import TrainingPanel
from gui.session import Session


@pytest.fixture
def session(qtbot: QtBot) -> Iterator[Session]:
    made = Session()
    made.engine.load()
    yield made
    made.close()


def show(qtbot: QtBot, panel, width: int = 320):  # type: ignore[no-untyped-def]
    qtbot.addWidget(panel)
    panel.resize(width, 700)
    panel.show()
    return panel


def test_the_search_leaves_what_fits_and_enter_adds_it_wired_to_the_selection(session: Session, qtbot: QtBot) -> None:
    session.new_document()
    session.add_node("input", 0, 0)
    panel = show(qtbot, LayersPanel(session), 240)
    assert {id for id in panel.shown() if ":" not in id} == {spec.kind for spec in registry}
    qtbot.keyClicks(panel.search, "fully")
    assert "linear" in panel.shown()
    assert "relu" not in panel.shown()
    qtbot.keyClick(panel.search, Qt.Key.Key_Return)
    assert [node.kind for node in session.graph.nodes.values()] == ["input", "linear"]
    assert list(session.graph.edges) == [Edge("input_1", "output", "linear_1", "input")]
    assert session.selection == ("linear_1",)
    session.undo()
    assert list(session.graph.nodes) == ["input_1"]
    assert not list(session.graph.edges)


def test_a_search_without_a_find_says_so(session: Session, qtbot: QtBot) -> None:
    panel = show(qtbot, LayersPanel(session), 240)
    panel.search.setText("zzzz")
    assert panel.shown() == []
    assert "zzzz" in panel.empty.text()
    qtbot.keyClick(panel.search, Qt.Key.Key_Escape)
    assert {spec.kind for spec in registry} <= set(panel.shown())


@pytest.mark.parametrize(
    ("query", "kind"), [("conv", "conv2d"), ("mxpl", "max_pool2d"), ("softmax", "softmax"), ("bn", "batch_norm1d")]
)
def test_the_best_fit_is_chosen(session: Session, qtbot: QtBot, query: str, kind: str) -> None:
    panel = show(qtbot, LayersPanel(session), 240)
    panel.search.setText(query)
    assert panel.palette_tree.value_of(panel.palette_tree.currentItem()) == kind


def test_a_dragged_layer_carries_its_kind(session: Session, qtbot: QtBot) -> None:
    panel = show(qtbot, LayersPanel(session), 240)
    panel.search.setText("lstm")
    data = panel.palette_tree.mimeData([panel.palette_tree.currentItem()])
    assert bytes(data.data(MIME).data()) == b"lstm"


def test_families_fold_and_stay_folded_after_a_search(session: Session, qtbot: QtBot) -> None:
    panel = show(qtbot, LayersPanel(session), 240)
    head = panel.palette_tree.topLevelItem(0)
    qtbot.mouseClick(
        panel.palette_tree.viewport(),
        Qt.MouseButton.LeftButton,
        pos=panel.palette_tree.visualItemRect(head).center(),
    )
    assert not head.isExpanded()
    panel.search.setText("input")
    assert head.isExpanded()
    panel.search.clear()
    assert not head.isExpanded()


def test_a_lecture_opens_with_enter(session: Session, qtbot: QtBot) -> None:
    panel = show(qtbot, LecturesPanel(session), 240)
    assert "lenet-5" in panel.shown()
    qtbot.keyClicks(panel.search, "playground")
    assert panel.shown() == ["mlp-playground"]
    qtbot.keyClick(panel.search, Qt.Key.Key_Return)
    assert session.document is not None
    assert session.document.project.lecture == "mlp-playground"


def test_the_outline_follows_the_network_and_the_selection(session: Session, qtbot: QtBot) -> None:
    session.open_preset("lenet-5")
    panel = show(qtbot, OutlinePanel(session), 240)
    texts = [panel.tree.topLevelItem(i).data(0, ROW) for i in range(panel.tree.topLevelItemCount())]
    assert texts[0].title == "Input"
    qtbot.waitUntil(lambda: "6×28×28" in panel.tree.topLevelItem(2).data(0, ROW).facts)
    session.select(("linear_2",))
    assert [panel.tree.value_of(item) for item in panel.tree.selectedItems()] == ["linear_2"]
    panel.tree.clearSelection()
    panel.tree.topLevelItem(2).setSelected(True)
    assert session.selection == (panel.tree.value_of(panel.tree.topLevelItem(2)),)


def test_note_links_select_nodes_and_ask_for_views(session: Session, qtbot: QtBot) -> None:
    session.open_preset("lenet-5")
    panel = show(qtbot, NotePanel(session))
    qtbot.waitUntil(lambda: "LeNet" in panel.browser.toPlainText(), timeout=10_000)
    with qtbot.waitSignal(session.focus_requested) as centred:
        panel.follow(QUrl("node:conv2d_1"))
    assert centred.args == ["conv2d_1"]
    assert session.selection == ("conv2d_1",)
    with qtbot.waitSignal(session.view_requested) as asked:
        panel.follow(QUrl("view:weights"))
    assert asked.args == ["weights"]
    with qtbot.waitSignal(session.view_requested) as asked:
        panel.follow(QUrl("panel:training"))
    assert asked.args == ["training"]
    with qtbot.waitSignal(session.noticed):
        panel.follow(QUrl("node:gone_1"))


def test_a_note_is_edited_in_one_step(session: Session, qtbot: QtBot) -> None:
    session.open_preset("mlp-xor")
    assert session.document is not None
    before = session.document.project.note
    panel = show(qtbot, NotePanel(session))
    panel.edit_button.click()
    panel.editor.setPlainText("# Mine\n\n$x^2$")
    panel.edit_button.click()
    assert session.document.project.note == "# Mine\n\n$x^2$"
    qtbot.waitUntil(lambda: "Mine" in panel.browser.toPlainText(), timeout=10_000)
    session.undo()
    assert session.document.project.note == before


def test_the_training_form_changes_the_project(session: Session, qtbot: QtBot) -> None:
    session.open_preset("mlp-playground")
    assert session.document is not None
    project = session.document.project
    epochs = project.training.epochs
    panel = show(qtbot, TrainingPanel(session))
    panel.objectives[0].optimizer.chooser.editor.changed.emit("sgd")
    assert project.training.objectives[0].optimizer.kind == "sgd"
    qtbot.waitUntil(lambda: "momentum" in panel.objectives[0].optimizer.form.rows)
    form = panel.objectives[0].optimizer.form
    form.rows["nesterov"].editor.click()
    assert not project.training.objectives[0].optimizer.params
    assert "momentum" in form.rows["nesterov"].error.text()
    box = form.rows["momentum"].editor
    depth = session.history.depth
    for _ in range(3):
        box.stepBy(1)
    assert project.training.objectives[0].optimizer.params["momentum"] == pytest.approx(0.3)
    assert session.history.depth == depth + 1
    panel.run_form.rows["epochs"].editor.stepBy(1)
    assert project.training.epochs == epochs + 1
    session.undo()
    session.undo()
    session.undo()
    assert project.training.objectives[0].optimizer.kind == "adam"
    qtbot.waitUntil(lambda: panel.run_form.rows["epochs"].editor.value == epochs)


def test_the_training_form_says_that_a_run_keeps_its_settings(session: Session, qtbot: QtBot) -> None:
    session.open_preset("mlp-xor")
    assert session.document is not None
    panel = show(qtbot, TrainingPanel(session))
    assert not panel.note.isVisible()
    optimizer = panel.objectives[0].optimizer
    qtbot.waitUntil(lambda: optimizer.mapTo(panel, QPoint()).y() > 0)
    before = optimizer.mapTo(panel, QPoint())
    session.document.runs.append(LiveRun("Run 1", session.document.project, "running"))
    session.run_changed.emit()
    qtbot.waitUntil(panel.note.isVisible)
    qtbot.waitUntil(lambda: panel.note.geometry().top() >= panel.column.geometry().bottom())
    assert optimizer.mapTo(panel, QPoint()) == before, "nothing moves under the mouse"


def test_problems_lead_to_their_node_and_mend(session: Session, qtbot: QtBot) -> None:
    session.open_preset("lenet-5")
    panel = show(qtbot, ProblemsPanel(session), 500)
    session.infer()
    assert panel.rows == []
    session.edit("Break it", [SetParams("conv2d_2", {"kernel_size": 99})])
    qtbot.waitUntil(lambda: len(panel.rows) == 1)
    with qtbot.waitSignal(session.focus_requested):
        qtbot.keyClick(panel.rows[0], Qt.Key.Key_Return)
    assert session.selection == ("conv2d_2",)
    panel.rows[0].fix_button.click()
    qtbot.waitUntil(lambda: not session.inference.faults_of("conv2d_2"))
    assert session.graph.nodes["conv2d_2"].params["kernel_size"] != 99
    session.undo()
    session.undo()
    qtbot.waitUntil(lambda: panel.rows == [])


def test_the_failure_of_a_run_is_a_problem(session: Session, qtbot: QtBot) -> None:
    session.open_preset("mlp-xor")
    assert session.document is not None
    run = LiveRun("Run 1", session.document.project, "failed")
    run.failure = Failure("The loss is not a number.", "Lower the learning rate.", "linear_1")
    session.document.runs.append(run)
    panel = show(qtbot, ProblemsPanel(session), 500)
    assert len(panel.rows) == 1
    assert "not a number" in panel.rows[0].accessibleName()


def test_runs_are_compared_hidden_deleted_and_reopened(session: Session, qtbot: QtBot) -> None:
    session.open_preset("mlp-xor")
    document = session.document
    assert document is not None
    for number in (1, 2):
        run = LiveRun(f"Run {number}", document.project, "done", total_epochs=3, seconds=1.5)
        run.epochs.append(Epoch(1, 4, {"loss": 0.5}, {"loss": 0.4, "accuracy": 0.75}, 0.1, 0.5))
        document.runs.append(run)
    panel = show(qtbot, RunsPanel(session), 900)
    assert [panel.table.item(line, 0).text() for line in range(2)] == ["Run 2", "Run 1"]
    assert panel.table.item(0, 5).text() == "75.0 %"
    panel.table.item(1, 0).setCheckState(Qt.CheckState.Unchecked)
    assert [run.shown for run in document.runs] == [False, True]
    panel.delete_button.click()
    qtbot.waitUntil(lambda: panel.table.rowCount() == 1)
    assert [run.name for run in document.runs] == ["Run 1"]
    qtbot.waitUntil(lambda: panel.chosen() is document.runs[0])
    panel.open_button.click()
    assert session.document is not document
    assert session.document is not None
    assert session.document.project is not document.project
    assert set(session.graph.nodes) == set(document.project.graph.nodes)


@pytest.mark.parametrize(("id", "place"), [(id, place) for id, _title, place in PANELS])
@pytest.mark.parametrize("theme", ["dark", "light"])
def test_every_panel_opens_without_a_project_and_with_one(
    session: Session, qtbot: QtBot, id: str, place: str, theme: str
) -> None:
    module, _, name = place.partition(":")
    panel = show(qtbot, getattr(__import__(module, fromlist=[name]), name)(session))
    session.set_theme(theme)
    session.open_project(chain())
    session.select(("linear_1",))
    qtbot.wait(30)
    assert not panel.grab().isNull()
    session.close_document(0)
    qtbot.wait(30)
    assert not panel.grab().isNull()


def chain() -> Project:
    """input → linear → output."""
    project = Project("Chain")
    for op in (
        AddNode(Node("input_1", "input")),
        AddNode(Node("linear_1", "linear", {"out_features": 3})),
        AddNode(Node("output_1", "output")),
        AddEdge(Edge("input_1", "output", "linear_1", "input")),
        AddEdge(Edge("linear_1", "output", "output_1", "input")),
    ):
        op.apply(project)
    return project
