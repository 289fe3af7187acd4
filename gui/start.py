"""Starting: the application and the first document; and, where there is no display, a run and a picture of it."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QStyleFactory

import presets
from gui import settings_store
from gui.fonts import load_fonts
from gui.garbage import Collector
from gui.recovery import Recovery
from gui.session import Session
from gui.settings_store import Settings
from gui.style import dress
from gui.theme import DARK, LIGHT
from gui.window import NAME, Window

PRESET = "preset:"
PICTURE = QSize(1600, 1000)
FRAME = QSize(16, 40)
"""What a title bar and borders take at most."""


def application() -> QApplication:
    """The one application, in Qt's Fusion style, with the program's own faces."""
    existing = QApplication.instance()
    app = existing if isinstance(existing, QApplication) else QApplication(sys.argv[:1])
    app.setApplicationName(NAME)
    app.setDesktopFileName("layerloom")
    app.setStyle(QStyleFactory.create("Fusion"))
    load_fonts()
    if app.findChild(Collector) is None:
        Collector(app)
    return app


def theme_of(settings: Settings) -> str:
    """The theme that was chosen, else the system's."""
    if settings.theme in ("dark", "light"):
        return settings.theme
    return "light" if QGuiApplication.styleHints().colorScheme() == Qt.ColorScheme.Light else "dark"


def make_window(settings: Settings) -> Window:
    """A dressed window with an empty session."""
    app = application()
    session = Session()
    session.theme = LIGHT if theme_of(settings) == "light" else DARK
    dress(app, session.theme)
    return Window(session, settings)


def run(arguments: list[str]) -> int:
    """The program as it is started from a desktop or a shell."""
    settings = settings_store.load()
    app = application()
    window = make_window(settings)
    window.after_first_paint(lambda: open_first(window, arguments))
    if settings.maximised:
        window.showMaximized()
    else:
        fit_to_screen(window)
        window.show()
    return app.exec()


def fit_to_screen(window: Window) -> None:
    """A window as large as the screen is maximised: its frame would push its lower edge out of sight."""
    room = window.screen().availableSize()
    if window.width() + FRAME.width() > room.width() or window.height() + FRAME.height() > room.height():
        window.resize(window.size().boundedTo(room - FRAME))
        window.setWindowState(window.windowState() | Qt.WindowState.WindowMaximized)


def open_first(window: Window, arguments: list[str]) -> None:
    """Opens what was asked for, else what was open, else the preset that trains in seconds."""
    session, settings = window.session, window.settings
    recovery = window.recovery = Recovery(session, settings_store.data_folder() / "unsaved")
    for argument in arguments:
        if argument in presets.ids():
            session.open_preset(argument, beside=True)
        else:
            session.open_file(argument, beside=True)
    asked = session.document
    if not session.documents:
        for each in settings.open:
            if each.startswith(PRESET):
                if each.removeprefix(PRESET) in presets.ids():
                    session.open_preset(each.removeprefix(PRESET), beside=True)
            elif Path(each).exists():
                session.open_file(each, beside=True)
        session.activate(min(settings.front, len(session.documents) - 1))
    if count := recovery.bring_back():
        what = "A project was" if count == 1 else f"{count} projects were"
        where = " in a tab of its own" if count == 1 else " in tabs of their own"
        if asked is not None:
            session.activate(session.documents.index(asked))
        back = f"the work is back{where if asked is not None else ''}."
        session.noticed.emit(f"{what} not saved when the program last ended; {back}", "warning")
    if not session.documents:
        open_the_first_preset(window)


def open_the_first_preset(window: Window) -> None:
    """What a newcomer sees: a network that trains in seconds beside the picture that it changes."""
    window.session.open_preset(presets.FIRST)
    window.show_place("boundary")


def without_display(picture: Path) -> int:
    """Trains the first preset with a bar in the terminal and saves a picture of the window."""
    print("There is no display here, so no window can be shown.")
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    window = make_window(Settings(theme="dark"))
    window.resize(PICTURE)
    window.setAttribute(Qt.WidgetAttribute.WA_DontShowOnScreen)
    window.show()
    window.wake()
    session = window.session
    open_the_first_preset(window)
    session.engine.load()
    title = session.front.project.title
    print(f"Training “{title}” for {session.front.project.training.epochs:,} epochs.")
    session.start()
    _until(lambda: session.run is not None and not session.run.active, lambda: _show_bar(window))
    _show_bar(window)
    print()
    run = session.run
    if run is not None and run.failure is not None:
        print(f"The run ended early: {run.failure.message} {run.failure.fix}")
    elif run is not None and run.test:
        from core.training.metrics import told

        print("Test: " + ", ".join(f"{name} {told(name, value)}" for name, value in run.test.items()))
    _settle()
    saved = window.grab().save(str(picture))
    session.close()
    if not saved:
        print(f"The picture cannot be saved as {picture.resolve()}. Start where you may write.")
        return 1
    print(f"A picture of the window: {picture.resolve()}")
    return 0


def _show_bar(window: Window) -> None:
    run = window.session.run
    if run is None or not run.total_steps:
        return
    filled = round(30 * run.progress)
    loss = f"loss {run.epochs[-1].train['loss']:.4f}" if run.epochs else ""
    now = run.steps[-1].epoch if run.steps else 0
    print(f"\r[{'#' * filled}{'.' * (30 - filled)}] epoch {now:,}/{run.total_epochs:,} {loss}  ", end="", flush=True)


def _until(done: Callable[[], bool], meanwhile: Callable[[], object]) -> None:
    """Lets the window live until something is so."""
    told = 0.0
    while not done():
        QApplication.processEvents()
        if time.monotonic() - told > 0.1:
            told = time.monotonic()
            meanwhile()
        time.sleep(0.005)


def _settle(seconds: float = 1.5) -> None:
    """Lets late pictures arrive: the last snapshot, formulas, animations."""
    end = time.monotonic() + seconds
    _until(lambda: time.monotonic() > end, lambda: None)
