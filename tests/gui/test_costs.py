"""What nodes cost: in the status line, the inspector, the tooltip, and below the cards on the canvas."""

from __future__ import annotations

import pytest
from pytestqt.qtbot import QtBot

from core.compiler.inference import NodeReport
from core.model.ops import SetParams
from gui import settings_store
from gui.canvas.cost_line import BELOW, CostLine
from gui.canvas.hit import Hit
from gui.canvas.view import CanvasView
from gui.costs import Cost, costs_of, part, told
from gui.panels.inspector import InspectorPanel
from gui.panels.overview import SelectionCard
from gui.remembering import remember
from gui.session import Session
from gui.statusbar import StatusLine
from gui.window import Window

CONV = Cost(6 * 25 + 6, 2 * 6 * 28 * 28 * 25, 4 * 6 * 28 * 28)
"""LeNet-5's first convolution: 6 maps of 28 × 28, each from 5 × 5 pixels."""


@pytest.fixture
def session(ready: Session) -> Session:
    ready.open_preset("lenet-5")
    ready.infer()
    return ready


@pytest.fixture
def view(session: Session, qtbot: QtBot) -> CanvasView:
    made = CanvasView(session)
    qtbot.addWidget(made)
    made.resize(1400, 900)
    with qtbot.waitExposed(made):
        made.show()
    made.zoom = 1.0
    return made


def pixels_below(view: CanvasView, name: str) -> int:
    """How many colours stand right below a card: two, the ground and its dots, where nothing is written."""
    view.centerOn(view.network.nodes[name].scene_box.center())
    box = view.network.nodes[name].scene_box
    at = view.mapFromScene(box.bottomLeft())
    picture = view.viewport().grab().toImage()
    return len({picture.pixel(at.x() + 20 + x, at.y() + y) for x in range(90) for y in range(4, int(BELOW) - 2)})


def test_an_instance_costs_what_all_inside_cost() -> None:
    nodes = {
        "block_1": NodeReport(),
        "block_1/0/fc": NodeReport(parameters=3, macs=10, memory=8),
        "block_1/1/fc": NodeReport(parameters=3, macs=10, memory=8),
        "block_1/1/block_2/fc": NodeReport(macs=1),
        "block_10": NodeReport(memory=4),
    }
    costs = costs_of(nodes)
    assert costs["block_1"] == (6, 42, 16)
    assert costs["block_1/1"] == (3, 22, 8)
    assert costs["block_1/1/block_2"] == (0, 2, 0)
    assert costs["block_10"] == (0, 0, 4)


def test_costs_in_words() -> None:
    assert CONV.words == ("156 parameters", "235 kFLOP", "18.4 KiB")
    assert Cost().words == ()
    assert (part(1, 8), part(1, 1000), part(0, 8), part(3, 0)) == ("12 %", "<1 %", "", "")
    assert told(Cost(0, 10, 2048), Cost(9, 40, 4096)) == (
        "For one example: 10 FLOP (25 % of the network), 2 KiB of activations (50 % of the network)."
    )
    assert told(Cost(), CONV) == ""


def test_the_status_line_has_the_totals(session: Session, qtbot: QtBot) -> None:
    line = StatusLine(session)
    qtbot.addWidget(line)
    # 2 · (117,600 + 240,000 + 48,000 + 10,080 + 840) operations
    assert line.cost.text() == "833 kFLOP, 57 KiB / sample"
    assert session.here.whole.flops == 833_040
    assert "one example of the batch" in line.cost.toolTip()


def test_the_inspector_tells_cost_and_share(session: Session, qtbot: QtBot) -> None:
    panel = InspectorPanel(session)
    qtbot.addWidget(panel)
    panel.show()
    session.select(("conv2d_1",))
    qtbot.waitUntil(lambda: panel.node_card is not None)
    card = panel.node_card
    assert card is not None
    assert card.facts.text() == "conv2d_1 · 156 parameters · 235 kFLOP"
    texts = [card._shapes.itemAt(i).widget().text() for i in range(card._shapes.count())]  # type: ignore[union-attr]
    assert texts[-4:] == ["compute", "235 kFLOP · 28 %", "memory", "18.4 KiB · 32 %"]
    session.select(("conv2d_1", "tanh_1"))
    qtbot.waitUntil(lambda: isinstance(panel.card, SelectionCard))
    session.select(())


def test_the_tooltip_of_a_node_tells_its_cost(view: CanvasView) -> None:
    words = view.hands.words(Hit(node=view.network.nodes["conv2d_1"]))
    assert "For one example: 156 parameters (<1 % of the network), 235 kFLOP (28 % of the network)" in words


def test_a_selected_node_tells_its_cost_below_and_others_do_not(view: CanvasView, session: Session) -> None:
    session.select(())
    assert pixels_below(view, "conv2d_1") <= 2
    session.select(("conv2d_1",))
    assert pixels_below(view, "conv2d_1") > 5
    assert pixels_below(view, "conv2d_2") <= 2
    session.select(())
    assert pixels_below(view, "conv2d_1") <= 2


def test_all_nodes_tell_theirs_when_asked_to(view: CanvasView, session: Session) -> None:
    session.select(())
    session.show_costs(True)
    item = view.network.nodes["conv2d_1"]
    assert item.cost == CostLine(CONV, CONV.flops / 833_040)
    assert item.cost.rows == ("235 kFLOP · 18.4 KiB", "156 parameters")
    assert pixels_below(view, "conv2d_1") > 5
    assert item.boundingRect().bottom() == item.box.bottom() + BELOW
    session.show_costs(False)
    assert pixels_below(view, "conv2d_1") <= 2


def test_shares_follow_an_edit_elsewhere(view: CanvasView, session: Session) -> None:
    session.edit("More", [SetParams("linear_1", {"out_features": 1200})])
    session.infer()
    found = view.network.nodes["conv2d_1"].cost
    assert found is not None
    assert found.cost == CONV
    whole = 2 * (117_600 + 240_000 + 400 * 1200 + 1200 * 84 + 84 * 10)
    assert found.share == CONV.flops / whole


def test_a_block_tells_the_sum_of_what_is_inside(session: Session, qtbot: QtBot) -> None:
    session.open_preset("resnet-18")
    session.infer()
    view = CanvasView(session)
    qtbot.addWidget(view)
    blocks = [node.id for node in session.graph.nodes.values() if session.front.project.block_of(node)]
    item = view.network.nodes[blocks[0]]
    assert item.cost is not None
    reports = session.inference.inside(blocks[0])
    assert len(reports) > 3
    assert item.cost.cost == (
        sum(each.parameters for each in reports),
        sum(each.flops for each in reports),
        sum(each.memory for each in reports),
    )
    assert session.here.whole.flops == 2 * session.inference.macs


def test_the_choice_is_in_the_menu_and_remembered(window: Window) -> None:
    assert not window.session.costs_shown
    assert window.actions_.run("costs") == ""
    assert window.session.costs_shown
    assert window.actions_["costs"].isChecked()
    remember(window)
    assert settings_store.load().costs
    window.actions_.run("costs")
    assert not window.session.costs_shown
