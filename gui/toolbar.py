"""The bar at the top: where I am, the run's controls and progress, the device, the theme and the export."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QMenu,
    QProgressBar,
    QPushButton,
    QToolButton,
    QWidget,
)

from core.model.ops import SetTraining
from gui.actions import Actions
from gui.crumbs import Crumbs
from gui.cut_label import CutLabel
from gui.fonts import BASE, mono, scale
from gui.icons import icon
from gui.progress import progress_of
from gui.session import Session

if TYPE_CHECKING:
    from PySide6.QtGui import QAction

HEIGHT = 48
SHORT_BAR = 48
ALONE = 18
"""The side of an icon that stands alone, with letters of the usual size."""
TIGHT = 720
"""The width with letters of the usual size below which buttons are signs, and the tabs alone say where one is."""
UNFINISHED = ("stopped", "crashed")
DEVICES = {"auto": "Auto", "cpu": "CPU", "cuda": "GPU (CUDA)", "mps": "GPU (Apple)"}


class TopBar(QWidget):
    """One row; at its left the whole menu."""

    def __init__(self, session: Session, actions: Actions, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.session, self.actions_ = session, actions
        self.setObjectName("top")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.menu = self._tool("menu", "Menu")
        self.menu.setMenu(actions.menu(self))
        self.menu.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.brand = QLabel("Layerloom", objectName="brand")
        self.crumbs = Crumbs(session)
        self.train = QPushButton("Train", objectName="primary")
        self.go_on = QPushButton("Continue", objectName="chrome")
        self.step = QPushButton("Step", objectName="chrome")
        self.stop = QPushButton("Stop", objectName="chrome")
        self._bind(self.train, actions["train"])
        self._bind(self.go_on, actions["go_on"])
        self._bind(self.step, actions["step"])
        self._bind(self.stop, actions["stop"])
        self.bar = QProgressBar()
        self.bar.setRange(0, 1000)
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName("Progress of the run")
        self.told = CutLabel()
        self._tier = ""
        self.told.setAccessibleName("State of the run")
        self.device = self._menu_button("Where the network trains")
        self.theme = self._tool("moon", "Dark or light (F9)")
        self.theme.clicked.connect(lambda: actions.run("theme"))
        self.export = self._menu_button("Write what was trained as a file")
        self.export.setText("Export ▾")
        self._fill_export()
        self.device.menu().aboutToShow.connect(self._fill_devices)
        self._lay_out()
        session.frame.connect(self.show_progress)
        for signal in (session.run_changed, session.inferred, session.engine_ready, session.document_activated):
            signal.connect(self.refresh)
        session.edited.connect(lambda ops: self.show_device())
        session.theme_changed.connect(self.dress)
        self.dress()

    def _lay_out(self) -> None:
        row = QHBoxLayout(self)
        row.setContentsMargins(8, 8, 12, 8)
        row.setSpacing(8)
        for widget in (self.menu, self.brand, self.crumbs):
            row.addWidget(widget)
        row.addSpacing(14)
        for widget in (self.train, self.go_on, self.step, self.stop):
            row.addWidget(widget)
        row.addSpacing(2)
        row.addWidget(self.bar)
        row.addWidget(self.told, 1)
        for widget in (self.device, self.export, self.theme):
            row.addWidget(widget)

    def _tool(self, name: str, tip: str) -> QToolButton:
        made = QToolButton(objectName="quiet")
        made.setProperty("icon_name", name)
        made.setToolTip(tip)
        made.setAccessibleName(tip)
        return made

    def _menu_button(self, tip: str) -> QToolButton:
        made = QToolButton(objectName="chrome")
        made.setToolTip(tip)
        made.setAccessibleName(tip)
        made.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        made.setMenu(QMenu(made))
        made.menu().setToolTipsVisible(True)
        return made

    def _bind(self, button: QPushButton, action: QAction) -> None:
        """A button that does what an action does, and says what it says."""
        button.clicked.connect(action.trigger)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)

        def follow() -> None:
            button.setEnabled(action.isEnabled())
            button.setToolTip(action.toolTip())

        action.changed.connect(follow)
        follow()

    def _fill_export(self) -> None:
        menu = self.export.menu()
        for id in ("export_python", "export_safetensors", "export_onnx"):
            menu.addAction(self.actions_[id])
        menu.aboutToShow.connect(self.actions_.refresh)

    def _fill_devices(self) -> None:
        menu, session = self.device.menu(), self.session
        menu.clear()
        if session.document is None or not session.engine_is_ready:
            menu.addAction("PyTorch is loading …" if session.document else "Open a project first").setEnabled(False)
            return
        training, usable = session.document.project.training, session.engine.devices.available()
        for id, title in DEVICES.items():
            action = menu.addAction(title, lambda id=id: self.choose_device(id))
            action.setCheckable(True)
            action.setChecked(training.device == id)
            if id != "auto" and id not in usable:
                action.setEnabled(False)
                action.setToolTip("PyTorch finds no such device on this machine.")

    def choose_device(self, id: str) -> None:
        """Sets where the next run trains; one undo step."""
        document = self.session.document
        if document is not None:
            changed = msgspec.structs.replace(document.project.training, device=id)
            self.session.edit(f"Train on {DEVICES[id]}", [SetTraining(changed)])

    def dress(self) -> None:
        """Takes the theme's colours and the application's size of letters."""
        theme, pixels = self.session.theme, self.font().pixelSize()
        for button in (self.menu, self.theme):
            name = str(button.property("icon_name"))
            if button is self.theme:
                name = "sun" if theme.is_dark else "moon"
            alone = round(ALONE * scale())
            button.setIcon(icon(name, theme.dim, size=alone))
            button.setIconSize(QSize(alone, alone))
        self.told.setFont(mono(max(10, round(pixels * 0.92))))
        self.setFixedHeight(round(HEIGHT * max(1.0, pixels / 13 * 0.9)))
        # For a lecture hall icons grow with the letters.
        self._size_bar()
        side = self._side()
        self.go_on.setIcon(icon("play", theme.text, theme.dim, side))
        self._fit()
        self.step.setIcon(icon("step", theme.text, theme.dim, side))
        self.stop.setIcon(icon("stop", theme.text, theme.dim, side))
        for button in (self.train, self.go_on, self.step, self.stop):
            button.setIconSize(QSize(side, side))
        self.refresh()

    def set_narrow(self, narrow: bool) -> None:
        """In a narrow window the lecture is left out and the bar is short: the sentence beside it needs the room."""
        self.crumbs.set_narrow(narrow)
        self._size_bar()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """Leaves words out where the letters are so large that the buttons would lie on each other."""
        tight = self.width() < TIGHT * self.font().pixelSize() / BASE
        for widget in (self.brand, self.crumbs):
            widget.setHidden(tight)
        for button, name in ((self.go_on, "Continue"), (self.step, "Step"), (self.stop, "Stop")):
            button.setText("" if tight else name)
            button.setAccessibleName(name)

    def _side(self) -> int:
        """Pixels of an icon beside a word."""
        return 20 if self.font().pixelSize() >= 20 else 12

    def _size_bar(self) -> None:
        large = self.font().pixelSize() >= 20
        self.bar.setFixedSize(SHORT_BAR if large or self.crumbs.narrow else 180, 6)

    def refresh(self) -> None:
        """Follows the run's state, the document and the device."""
        run, theme = self.session.run, self.session.theme
        if run is not None and run.state in ("starting", "running"):
            text, name = "Pause", "pause"
        else:
            text, name = ("Continue", "play") if run is not None and run.state == "paused" else ("Train", "play")
        self.train.setText(text)
        self.train.setIcon(icon(name, theme.on_accent, theme.dim, self._side()))
        self.train.setMinimumWidth(self.train.fontMetrics().horizontalAdvance("Continue") + 50)
        self.actions_.refresh()
        # What has trained all its epochs goes on from the table of runs or the menu.
        latest = self.session.kept.latest()
        self.go_on.setVisible(latest is not None and latest.state in UNFINISHED and self.actions_["go_on"].isEnabled())
        self.show_device()
        self.show_progress()

    def show_device(self) -> None:
        """Names the device that is chosen, and what “auto” comes to."""
        document, session = self.session.document, self.session
        wish = document.project.training.device if document else "auto"
        if wish == "auto" and session.engine_is_ready:
            best = session.engine.devices.available()[0]
            self.device.setText(f"{DEVICES.get(best, best)} ▾")
        else:
            self.device.setText(f"{DEVICES.get(wish, wish)} ▾")

    def show_progress(self) -> None:
        """The bar and the sentence beside it."""
        share, text = progress_of(self.session)
        value = round(1000 * share)
        if value != self.bar.value():
            self.bar.setValue(value)
        if text != self.told.text():
            self.told.setText(text)
        tier = self.session.run.tier if self.session.run else ""
        if tier != self._tier:
            self._tier = tier
            self.told.explain(tier)
