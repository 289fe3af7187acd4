"""The bottom of the window: live views in one pane, or in two side by side, or torn off."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPoint, QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QSplitter, QToolButton, QWidget

from gui.fonts import scale
from gui.icons import icon
from gui.panes import Entry, Pane, TornOff, make, tab_menu
from gui.session import Session

ROOM = 860
"""Width in pixels, with letters of the usual size, below which two panes would be too narrow: their tabs are gathered
in one."""


class ViewPanes(QSplitter):
    """Panes of live views. `beside` names those that stand in the second pane at first."""

    def __init__(self, session: Session, entries: Sequence[Entry], beside: Sequence[str], parent: QWidget) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self.session = session
        self.setHandleWidth(1)
        self.setChildrenCollapsible(False)
        self.panes = (Pane(session, "Live views", self), Pane(session, "Live views, right side", self))
        self.torn: dict[str, TornOff] = {}
        self._awake = False
        self._gathered: list[str] = []
        self._fronts = ["", ""]
        """What was in front of both panes before they were gathered."""
        for pane in self.panes:
            self.addWidget(pane)
            pane.menu_wanted.connect(self._menu)
            pane.tabs.tabBarDoubleClicked.connect(lambda index, pane=pane: self._double_clicked(pane, index))
        self._buttons = [self._button(pane, index) for index, pane in enumerate(self.panes)]
        for entry in entries:
            self.panes[1 if entry[0] in beside else 0].add(entry)
        self.setSizes([500, 500])
        self.panes[1].show_tab("activations")
        self._show_panes()
        session.theme_changed.connect(self._dress)
        self._dress()

    def _button(self, pane: Pane, index: int) -> QToolButton:
        made = QToolButton(objectName="quiet")
        made.setToolTip("Put this view beside the others" if index == 0 else "Put this view back to the left")
        made.setAccessibleName(made.toolTip())
        made.clicked.connect(lambda: self.move_over(pane.current))
        pane.strip.row.addWidget(made)
        return made

    def _dress(self) -> None:
        for button in self._buttons:
            side = round(15 * scale())
            button.setIconSize(QSize(side, side))
            button.setIcon(icon("beside", self.session.theme.dim, size=side))
        # With letters twice as large the same width is narrow.
        self._gather()

    def wake(self) -> None:
        """Makes the views in front; called after the first paint."""
        self._awake = True
        for pane in self.panes:
            if not pane.isHidden():
                pane.wake()

    def pane_of(self, id: str) -> Pane | None:
        return next((pane for pane in self.panes if id in pane.ids), None)

    def show_view(self, id: str) -> bool:
        """Brings a view to the front, wherever it is; whether there is such a view."""
        if id in self.torn:
            self.torn[id].raise_()
            self.torn[id].activateWindow()
            return True
        return any(pane.show_tab(id) for pane in self.panes)

    def set_text(self, id: str, text: str) -> None:
        for pane in self.panes:
            pane.set_text(id, text)

    def move_over(self, id: str) -> None:
        """Moves a view to the other pane."""
        pane = self.pane_of(id)
        if pane is None:
            return
        other = self.panes[1 - self.panes.index(pane)]
        other.add(*pane.take(id), front=True)
        self._show_panes()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._gather()

    def _gather(self) -> None:
        """Gathers all tabs in one pane where there is no room for two; what is in front stays there."""
        first, second = self.panes
        narrow = self.width() < ROOM * scale()
        if narrow and second.ids:
            self._gathered, self._fronts = second.ids, [first.current, second.current]
            for id in self._gathered:
                first.add(*second.take(id))
            first.show_tab(self._fronts[0])
            self._show_panes()
        elif not narrow and self._gathered:
            ids, front, self._gathered = self._gathered, first.current, []
            for id in ids:
                if id in first.ids:
                    second.add(*first.take(id))
            for pane, before in zip(self.panes, self._fronts, strict=True):
                pane.show_tab(front if front in pane.ids else before)
            self._show_panes()

    def tear_off(self, id: str) -> TornOff | None:
        """Gives a view a window of its own."""
        pane = self.pane_of(id)
        if pane is None:
            return None
        entry, widget = pane.take(id)
        window = self.torn[id] = TornOff(entry, widget or make(entry, self.session), self.window())
        window.closed.connect(self.put_back)
        window.show()
        self._show_panes()
        return window

    def put_back(self, id: str) -> None:
        """Takes a torn-off view back among the tabs."""
        window = self.torn.pop(id, None)
        if window is not None:
            self.panes[0].add(window.entry, window.content, front=True)
            self._show_panes()
            window.deleteLater()

    def _show_panes(self) -> None:
        """A pane without tabs takes no room."""
        for pane in self.panes:
            pane.setVisible(bool(pane.ids))
            if self._awake and pane.ids:
                pane.wake()

    def _double_clicked(self, pane: Pane, index: int) -> None:
        if index >= 0:
            self.tear_off(pane.ids[index])

    def _menu(self, id: str, at: QPoint) -> None:
        pane = self.pane_of(id)
        side = "Put to the right" if pane is self.panes[0] else "Put to the left"
        choices = [(side, lambda: self.move_over(id)), ("Open in its own window", lambda: self.tear_off(id))]
        tab_menu(self, choices).popup(at)
