"""The user's own layers in a real window: asked for on a strip, in the palette at once, loaded anew after an edit."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices
from pytestqt.qtbot import QtBot

from core.layers import user, user_folder
from core.model.graph import Edge
from core.model.ops import AddEdge, RemoveEdge
from core.model.spec import registry
from gui.panels.layers import LayersPanel
from gui.settings_store import Settings
from gui.start import make_window
from gui.window import Window

SNAKE = user_folder.EXAMPLE
LEARNT = SNAKE.replace("self.a = a\n", "self.a = nn.Parameter(torch.tensor(a))\n")


@pytest.fixture(autouse=True)
def _own_kinds() -> Iterator[None]:
    yield
    user.forget()


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The folders that were opened in the system's file manager."""
    opened: list[str] = []

    def open_url(url: QUrl) -> bool:
        opened.append(url.toLocalFile())
        return True

    monkeypatch.setattr(QDesktopServices, "openUrl", open_url)
    return opened


def put(text: str, name: str = "snake.py") -> Path:
    user.folder().mkdir(parents=True, exist_ok=True)
    path = user.folder() / name
    path.write_text(text, encoding="utf-8")
    return path


def asked(window: Window, qtbot: QtBot, words: str) -> None:
    """Waits until the strip says something."""
    qtbot.waitUntil(lambda: not window.notice.isHidden() and words in window.notice.text.text())


def palette(window: Window) -> LayersPanel:
    found = window.findChild(LayersPanel)
    assert isinstance(found, LayersPanel)
    return found


def test_the_menu_makes_the_folder_with_an_example_and_opens_it(window: Window, shown: list[str]) -> None:
    window.actions_.run("my_layers")
    assert shown == [str(user.folder())]
    assert {path.name for path in user.folder().iterdir()} == {"snake.py.example", "README.txt"}
    (user.folder() / "README.txt").write_text("mine")
    window.actions_.run("my_layers")
    assert (user.folder() / "README.txt").read_text() == "mine"
    assert window.notice.isHidden()


def test_a_saved_file_is_asked_for_and_is_then_a_layer_like_any_other(
    window: Window, shown: list[str], qtbot: QtBot
) -> None:
    window.actions_.run("my_layers")
    (user.folder() / "snake.py.example").rename(user.folder() / "snake.py")
    asked(window, qtbot, "snake.py in your layers folder adds code to Layerloom. Load it?")
    assert [button.text() for button in window.notice.buttons] == ["Load", "Not now", "Show folder"]
    assert "snake" not in palette(window).shown()
    window.notice.button("Load").click()
    assert window.notice.isHidden()
    assert palette(window).shown()[0] == "snake"
    session = window.session
    edge = session.graph.into("linear_2")[0]
    name = session.add_node("snake", 0.0, 0.0, edge)
    session.infer()
    assert session.inference.ok
    assert "class Snake(nn.Module)" in session.source()
    session.select((name,))
    assert [param.name for param in registry["snake"].params] == ["a"]
    with qtbot.waitSignal(session.run_changed):
        session.start()
    qtbot.waitUntil(lambda: session.run is not None and not session.run.active, timeout=30_000)
    assert session.run is not None
    assert session.run.failure is None


def test_an_edited_file_asks_anew_and_the_old_code_stays_until_then(window: Window, qtbot: QtBot) -> None:
    put(SNAKE)
    window.user_layers.look()
    window.notice.button("Load").click()
    session = window.session
    session.add_node("snake", 0.0, 0.0, session.graph.into("linear_2")[0])
    session.infer()
    before = session.inference.parameters
    put(LEARNT)
    asked(window, qtbot, "has changed since you allowed it")
    session.infer()
    assert session.inference.parameters == before
    window.notice.button("Load").click()
    assert session.inference.parameters == before + 1


def test_not_now_is_not_asked_again_for_the_same_content(window: Window, qtbot: QtBot) -> None:
    put(SNAKE)
    put(SNAKE.replace('"snake"', '"worm"').replace("Snake", "Worm"), "worm.py")
    window.user_layers.look()
    assert "snake.py" in window.notice.text.text()
    window.notice.button("Not now").click()
    assert "worm.py" in window.notice.text.text()
    window.notice.button("Not now").click()
    assert window.notice.isHidden()
    window.user_layers.look()
    assert window.notice.isHidden()
    assert "snake" not in registry
    put(LEARNT)
    window.user_layers.look()
    assert "snake.py" in window.notice.text.text()


def test_a_broken_file_is_told_and_its_mending_asks(window: Window, shown: list[str], qtbot: QtBot) -> None:
    put(SNAKE.replace('target="Snake"', 'target="Snail"'))
    window.user_layers.look()
    window.notice.button("Load").click()
    assert "snake.py, line" in window.notice.text.text()
    assert "no class “Snail”" in window.notice.text.text()
    assert window.notice.property("level") == "error"
    window.notice.button("Show folder").click()
    assert shown == [str(user.folder())]
    put(SNAKE)
    asked(window, qtbot, "has changed since you allowed it")
    window.notice.button("Load").click()
    assert "snake" in registry
    put("LAYER = (", "bad.py")
    asked(window, qtbot, "bad.py, line 1")
    window.notice.button("Close").click()
    assert window.notice.isHidden()


def test_a_project_with_a_layer_that_is_not_loaded_keeps_it(window: Window, qtbot: QtBot, tmp_path: Path) -> None:
    put(SNAKE)
    window.user_layers.look()
    window.notice.button("Load").click()
    session = window.session
    name = session.add_node("snake", 0.0, 0.0, session.graph.into("linear_2")[0])
    assert session.save(tmp_path / "mine.loom")
    saved = (tmp_path / "mine.loom").read_bytes()
    user.forget()
    put(LEARNT)
    window.close_document(0)
    assert session.open_file(tmp_path / "mine.loom")
    session.infer()
    [fault] = session.inference.faults_of(name)
    assert "layerloom layers trust snake.py" in fault.fix
    canvas = window.places.documents.canvas
    assert canvas is not None
    item = canvas.network.nodes[name]
    assert [spot.name for spot in (*item.inputs, *item.outputs)] == ["input", "output"]
    session.select((name,))
    session.delete_selection()
    session.undo()
    assert session.save(tmp_path / "again.loom")
    assert (tmp_path / "again.loom").read_bytes() == saved
    window.user_layers.look()
    window.notice.button("Load").click()
    assert not session.inference.faults_of(name)
    edge = next(edge for edge in session.graph.edges if edge.source == name)
    session.edit("Rewire", [RemoveEdge(edge), AddEdge(Edge(name, "output", edge.target, edge.input))])


def test_allowed_files_are_loaded_once_pytorch_is_there(qtbot: QtBot) -> None:
    path = put(SNAKE)
    user.trust(next(file for file in user.found() if file.path == path))
    made = make_window(Settings(theme="dark"))
    qtbot.addWidget(made, before_close_func=lambda w: w.session.close())
    assert "snake" not in registry
    made.session.engine.load()
    assert "snake" in registry
    assert made.notice.isHidden()
