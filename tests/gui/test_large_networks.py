"""A thousand layers and two hundred nested blocks in the window: opened, walked through, edited, undone, run."""

from __future__ import annotations

from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from core.model.file import write
from core.model.ops import SetParams
from gui.canvas.view import CanvasView
from gui.panels.outline import OutlinePanel
from gui.session import Session
from gui.views.code import CodeView
from gui.window import Window
from tests.core.large import LARGE, LINEAR, parameters

DEEP = "whole/" + 199 * "inner/"


def opened(window: Window, name: str, folder: Path) -> Session:
    path = folder / f"{name}.loom"
    write(LARGE[name](), path)
    assert window.session.open_file(path)
    window.session.infer()
    return window.session


@pytest.mark.parametrize("name", LARGE)
def test_it_is_opened_and_shown_everywhere(window: Window, qtbot: QtBot, tmp_path: Path, name: str) -> None:
    session = opened(window, name, tmp_path)
    assert session.inference.faults == ()
    assert session.inference.parameters == parameters(name)
    canvas = window.findChild(CanvasView)
    assert set(canvas.network.items_by_name()) == set(session.graph.nodes)
    window.show_place("outline")
    outline = window.findChild(OutlinePanel)
    qtbot.waitUntil(lambda: len(outline._items) == len(session.inference.nodes))
    window.show_place("code")
    code = window.findChild(CodeView)
    qtbot.waitUntil(lambda: code.source.toPlainText().count("nn.Linear(") == LINEAR[name], timeout=20_000)
    assert not window.grab().isNull()


def test_one_goes_inside_to_the_innermost_block_and_out(window: Window, tmp_path: Path) -> None:
    session = opened(window, "nested", tmp_path)
    assert session.visit(f"{DEEP}fc")
    assert (session.place.block, session.selection) == ("level_0", ("fc",))
    assert session.here.nodes["fc"].parameters == 72
    assert not window.grab().isNull()
    session.edit("Widen", [SetParams("fc", {"out_features": 5}, "level_0")])
    session.infer()
    assert session.inference.parameters == parameters("nested") - 27
    assert str(session.inference.type_at("whole", "y")) == "N×5"
    session.undo()
    session.infer()
    assert session.inference.parameters == parameters("nested")
    session.leave(200)
    assert (session.place.steps, session.selection) == ((), ("whole",))


def test_frames_in_frames_end_at_some_depth(window: Window, tmp_path: Path) -> None:
    session = opened(window, "nested", tmp_path)
    for level in range(12):
        session.blocks.toggle("whole" + level * "/inner")
    items = window.findChild(CanvasView).network
    items.motion.finish()
    shown = items.items_by_name()
    assert {"whole/fc", "whole/inner/fc", "whole/inner/inner/fc"} <= set(shown)
    assert "whole" + 11 * "/inner" + "/fc" not in shown
    for _ in range(12):
        session.undo()
    items.motion.finish()
    assert set(items.items_by_name()) == set(session.graph.nodes)


@pytest.mark.parametrize("name", LARGE)
def test_it_trains_in_the_window(window: Window, qtbot: QtBot, tmp_path: Path, name: str) -> None:
    session = opened(window, name, tmp_path)
    session.start()
    qtbot.waitUntil(lambda: session.run is not None and len(session.run.steps) >= 2, timeout=60_000)
    session.stop()
    qtbot.waitUntil(lambda: session.run is None or not session.run.active, timeout=60_000)
    assert session.run.state == "stopped"
