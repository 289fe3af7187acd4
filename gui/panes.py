"""Tabs over panels and views that are made when first looked at, set side by side, or torn off into a window."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Sequence

from PySide6.QtCore import QEvent, QPoint, QSize, Qt, Signal
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QMenu, QStackedWidget, QTabBar, QVBoxLayout, QWidget

from gui.fonts import scale
from gui.session import Session

Entry = tuple[str, str, str]
"""Id, title and `module:Class`."""


ROOMY = 7
"""Pixels beside the title of a tab that it gives away where the room is short, with letters of the usual size."""


class Tabs(QTabBar):
    """Tabs as high as their bar, so that the line under the one in front lies on the line under all.

    `squeezed`: where they do not all have room, they stand closer before they scroll.
    """

    def __init__(self, name: str, *, squeezed: bool = False) -> None:
        super().__init__()
        self._squeezed = squeezed
        self.setProperty("squeezed", squeezed)
        self.setAccessibleName(name)
        self.setDrawBase(False)
        self.setExpanding(False)
        self.setUsesScrollButtons(True)
        self.setElideMode(Qt.TextElideMode.ElideNone)

    def tabSizeHint(self, index: int) -> QSize:
        wide = [super(Tabs, self).tabSizeHint(each).width() for each in range(self.count())]
        beside = 0
        if self._squeezed:
            beside = round(2 * ROOMY * scale())
            left = (self.width() - sum(wide)) // len(wide)
            beside = left if 0 <= left < beside else beside
        return QSize(wide[index] + beside, self.height())


class Strip(QWidget):
    """The row that tabs stand in, as high everywhere, with a line under it; buttons follow at the right."""

    def __init__(self, tabs: QTabBar) -> None:
        super().__init__()
        self.setObjectName("strip")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.tabs = tabs
        self.row = QHBoxLayout(self)
        self.row.setContentsMargins(0, 0, 6, 1)
        self.row.setSpacing(2)
        self.row.addWidget(tabs, 1)
        self.fit()

    def fit(self) -> None:
        """As high as the letters ask for."""
        self.setFixedHeight(round(self.fontMetrics().height() * 1.1) + 18)
        self.tabs.setFixedHeight(self.height() - 1)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.ApplicationFontChange, QEvent.Type.StyleChange):
            self.fit()


class Pane(QWidget):
    """A strip of tabs over a stack. A tab's widget is imported and made when the tab is first in front."""

    menu_wanted = Signal(str, QPoint)  # the id of a tab, a place on the screen
    tab_changed = Signal(str)

    def __init__(self, session: Session, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.session = session
        self.setObjectName("pane")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.tabs = Tabs(name, squeezed=True)
        self.tabs.setMovable(True)
        self.tabs.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.stack = QStackedWidget()
        self.strip = Strip(self.tabs)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.strip)
        layout.addWidget(self.stack, 1)
        self._entries: dict[str, Entry] = {}
        self._made: dict[str, QWidget] = {}
        self._awake = False
        self.tabs.currentChanged.connect(self._turned)
        self.tabs.customContextMenuRequested.connect(self._ask_menu)

    @property
    def ids(self) -> list[str]:
        """The ids in the order of the tabs."""
        return [str(self.tabs.tabData(index)) for index in range(self.tabs.count())]

    @property
    def current(self) -> str:
        return str(self.tabs.tabData(self.tabs.currentIndex()) or "")

    def add(self, entry: Entry, widget: QWidget | None = None, *, front: bool = False) -> None:
        """Adds a tab, with its widget if that exists already."""
        id, title, _ = entry
        self._entries[id] = entry
        if widget is not None:
            self._made[id] = widget
            self.stack.addWidget(widget)
        index = self.tabs.addTab(title)
        self.tabs.setTabData(index, id)
        if front or self.tabs.count() == 1:
            self.tabs.setCurrentIndex(index)
            self._turned(index)

    def take(self, id: str) -> tuple[Entry, QWidget | None]:
        """Removes a tab and hands out its widget, if it was made."""
        widget = self._made.pop(id, None)
        self.tabs.removeTab(self.ids.index(id))
        if widget is not None:
            self.stack.removeWidget(widget)
            widget.setParent(None)
        return self._entries.pop(id), widget

    def show_tab(self, id: str) -> bool:
        """Brings a tab to the front; whether this pane has it."""
        if id not in self.ids:
            return False
        self.tabs.setCurrentIndex(self.ids.index(id))
        return True

    def set_text(self, id: str, text: str) -> None:
        if id in self.ids:
            self.tabs.setTabText(self.ids.index(id), text)

    def widget(self, id: str) -> QWidget | None:
        """The widget of a tab, if it was made."""
        return self._made.get(id)

    def wake(self) -> None:
        """Makes the tab in front; before the window is painted for the first time nothing is made."""
        self._awake = True
        self._turned(self.tabs.currentIndex())

    def _turned(self, index: int) -> None:
        id = str(self.tabs.tabData(index) or "")
        if not self._awake or id not in self._entries:
            return
        if id not in self._made:
            widget = self._made[id] = make(self._entries[id], self.session)
            self.stack.addWidget(widget)
        self.stack.setCurrentWidget(self._made[id])
        self.tab_changed.emit(id)

    def _ask_menu(self, at: QPoint) -> None:
        index = self.tabs.tabAt(at)
        if index >= 0:
            self.menu_wanted.emit(str(self.tabs.tabData(index)), self.tabs.mapToGlobal(at))


def make(entry: Entry, session: Session) -> QWidget:
    """Imports and makes the widget of an entry; where its module is missing, a sentence takes its place."""
    _, title, place = entry
    module, _, name = place.partition(":")
    try:
        found: Callable[[Session], QWidget] = getattr(importlib.import_module(module), name)
    except ImportError as error:
        missing = QLabel(f"{title} cannot be shown: {error}.", alignment=Qt.AlignmentFlag.AlignCenter)
        missing.setObjectName("empty")
        missing.setWordWrap(True)
        return missing
    return found(session)


class TornOff(QWidget):
    """A window of its own for one view; closing it puts the view back among the tabs."""

    closed = Signal(str)

    def __init__(self, entry: Entry, widget: QWidget, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Window)
        self.entry, self.content = entry, widget
        self.setObjectName("pane")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setWindowTitle(f"{entry[1]} – Layerloom")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSizeConstraint(QVBoxLayout.SizeConstraint.SetNoConstraint)
        layout.addWidget(widget)
        widget.show()
        self.resize(max(520, widget.width()), max(380, widget.height()))

    def closeEvent(self, event: QCloseEvent) -> None:
        super().closeEvent(event)
        self.closed.emit(self.entry[0])


def tab_menu(parent: QWidget, choices: Sequence[tuple[str, Callable[[], object]]]) -> QMenu:
    """The menu of a tab."""
    menu = QMenu(parent)
    menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    for text, do in choices:
        menu.addAction(text, do)
    return menu
