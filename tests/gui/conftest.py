"""A real window with the engine loaded, and a small project that trains in a moment."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import msgspec
import pytest
from PySide6.QtWidgets import QMessageBox
from pytestqt.qtbot import QtBot

import presets
from core.model.ops import SetTraining
from core.model.project import Project
from gui.panels.data import DataPanel
from gui.session import Session
from gui.settings_store import Settings
from gui.start import make_window
from gui.window import Window


def shortened(id: str, epochs: int) -> Project:
    """A preset that trains for fewer epochs, on the CPU."""
    project = presets.load(id)
    SetTraining(msgspec.structs.replace(project.training, epochs=epochs, device="cpu")).apply(project)
    return project


@pytest.fixture(scope="session", autouse=True)
def _keep_what_is_loaded() -> None:
    """Modules are not looked through at every collection."""
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def _collect_between_tests(_keep_what_is_loaded: None) -> Iterator[None]:
    """As in the program, nothing of Qt is collected on a training thread, nor while it is drawn."""
    gc.disable()
    yield
    gc.collect()


@pytest.fixture(autouse=True)
def _nobody_to_ask(monkeypatch: pytest.MonkeyPatch) -> None:
    """A question that no test expects must not wait for an answer: unsaved work of a test is discarded."""
    monkeypatch.setattr(QMessageBox, "question", lambda *words: QMessageBox.StandardButton.Discard)


@pytest.fixture
def playground() -> Project:
    """Two inputs, two classes, nine nodes; four epochs."""
    return shortened("mlp-playground", 4)


@pytest.fixture
def ready(qtbot: QtBot) -> Iterator[Session]:
    """A session whose engine is loaded."""
    session = Session()
    session.engine.load()
    yield session
    session.close()


@pytest.fixture
def data_panel(qtbot: QtBot) -> Iterator[DataPanel]:
    """The data panel of a session with the playground open, as narrow as in the window."""
    session = Session()
    session.open_preset("mlp-playground")
    made = DataPanel(session)
    qtbot.addWidget(made)
    made.resize(320, 1400)
    made.show()
    yield made
    session.close()


@pytest.fixture
def window(qtbot: QtBot, playground: Project) -> Window:
    """The window with the playground open, everything made, PyTorch there."""
    made = make_window(Settings(theme="dark"))
    qtbot.addWidget(made, before_close_func=lambda w: w.session.close())
    made.session.engine.load()
    with qtbot.waitExposed(made):
        made.show()
    made.wake()
    made.session.open_project(playground)
    made.session.infer()
    return made
