"""Starting: what opens first, what was left unsaved, and what happens where there is no display."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtGui import QImage
from pytestqt.qtbot import QtBot

import presets
from core.model.file import write
from core.model.ops import SetParams
from core.model.project import Project
from gui import app, settings_store
from gui.recovery import Recovery
from gui.session import Session
from gui.settings_store import Settings, settings_file
from gui.start import make_window, open_first, without_display
from gui.window import Window


@pytest.fixture
def bare(qtbot: QtBot) -> Window:
    window = make_window(Settings(theme="dark"))
    qtbot.addWidget(window, before_close_func=lambda w: w.session.close())
    return window


def titles(session: Session) -> list[str]:
    return [document.project.lecture or document.project.title for document in session.documents]


def test_the_first_start_opens_what_trains_in_seconds(bare: Window) -> None:
    open_first(bare, [])
    assert titles(bare.session) == [presets.FIRST]
    assert next(info for info in presets.catalogue() if info.id == presets.FIRST).seconds < 15


def test_a_later_start_opens_what_was_open(bare: Window, playground: Project, tmp_path: Path) -> None:
    write(playground, tmp_path / "mine.loom")
    bare.settings.open = ["preset:mlp-xor", str(tmp_path / "mine.loom"), "preset:gone", str(tmp_path / "gone.loom")]
    bare.settings.front = 1
    open_first(bare, [])
    assert titles(bare.session) == ["mlp-xor", "mlp-playground"]
    assert bare.session.front.path == tmp_path / "mine.loom"


def test_a_file_that_is_asked_for_opens_and_a_bad_one_is_told(bare: Window, tmp_path: Path) -> None:
    told: list[str] = []
    bare.session.noticed.connect(lambda message, level: told.append(level))
    (tmp_path / "bad.loom").write_text("{")
    open_first(bare, [str(tmp_path / "bad.loom"), "mlp-xor"])
    assert titles(bare.session) == ["mlp-xor"]
    assert told == ["error"]


def test_damaged_settings_are_fresh_ones(tmp_path: Path) -> None:
    assert settings_store.save(Settings(theme="light", front=2)) == ""
    assert settings_store.load().front == 2
    settings_file().write_text('{"theme": 3')
    assert settings_store.load() == Settings()


def test_unsaved_work_comes_back_after_a_crash(qtbot: QtBot, playground: Project, tmp_path: Path) -> None:
    first = Session()
    first.open_project(playground, tmp_path / "mine.loom")
    first.edit("Wider", [SetParams("linear_1", {"out_features": 9})])
    kept = Recovery(first, tmp_path / "unsaved")
    kept.keep()
    again = Session()
    waiting = Recovery(again, tmp_path / "unsaved")
    assert waiting.bring_back() == 0, "another window that is alive keeps its own work"
    assert kept._lock is not None
    kept._lock.unlock()  # what a crash does
    assert waiting.bring_back() == 1
    document = again.documents[0]
    assert document.path == tmp_path / "mine.loom"
    assert document.project.graph.nodes["linear_1"].params["out_features"] == 9
    assert not document.is_saved
    assert again.save()
    waiting.keep()
    waiting.end()
    assert list((tmp_path / "unsaved").iterdir()) == []
    for session in (first, again):
        session.close()


@pytest.mark.parametrize("asked", ["mlp-xor", "mine.loom", None])
def test_what_was_asked_for_is_in_front_of_what_came_back(
    bare: Window, playground: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, asked: str | None
) -> None:
    monkeypatch.setattr(settings_store, "data_folder", lambda: tmp_path)
    before = Session()
    before.open_project(playground)
    before.edit("Wider", [SetParams("linear_1", {"out_features": 9})])
    kept = Recovery(before, tmp_path / "unsaved")
    kept.keep()
    assert kept._lock is not None
    kept._lock.unlock()  # what a crash does
    write(presets.load("mlp-xor"), tmp_path / "mine.loom")
    told: list[str] = []
    bare.session.noticed.connect(lambda message, level: told.append(message))
    wish = str(tmp_path / asked) if asked == "mine.loom" else asked
    open_first(bare, [wish] if wish else [])
    assert bare.session.front.project.lecture == ("mlp-xor" if asked else "mlp-playground")
    assert [each.is_saved for each in bare.session.documents] == ([True, False] if asked else [False])
    assert len(told) == 1
    assert "the work is back" in told[0]
    before.close()


def test_without_a_display_it_trains_and_leaves_a_picture(
    qtbot: QtBot, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert without_display(tmp_path / "window.png") == 0
    said = capsys.readouterr().out
    assert "no display" in said
    assert "epoch" in said
    assert str(tmp_path / "window.png") in said
    picture = QImage(str(tmp_path / "window.png"))
    assert (picture.width(), picture.height()) == (1600, 1000)
    colors = {picture.pixelColor(x, y).name() for x in range(300, 1250, 10) for y in range(100, 980, 10)}
    assert len(colors) > 50


def test_a_display_is_looked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app.sys, "platform", "linux")
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    assert not app.has_display()
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    assert app.has_display()
    assert app.missing_for_x11() == {}


def test_missing_libraries_are_named_with_their_packages(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(app, "missing_for_x11", lambda: {"libxcb-cursor.so.0": "libxcb-cursor0"})
    assert app.main([]) == 1
    said = capsys.readouterr().err
    assert "libxcb-cursor.so.0" in said
    assert "apt-get install libxcb-cursor0" in said
