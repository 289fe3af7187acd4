"""Tab goes through the window in the order in which its parts stand, whenever their insides were made."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget


class TabWalk(QWidget):
    """What the parts of a window stand in. Qt's own order is that in which widgets were made: here they are late."""

    def __init__(self) -> None:
        super().__init__()
        self.parts: Sequence[QWidget] = ()
        """The parts in their order; inside of one, what was made first comes first. A part may hold an earlier one."""

    def order(self) -> list[QWidget]:
        """All widgets that Tab stops at."""
        stops = [each for each in self._chain() if can_stop(each)]
        return sorted(stops, key=self._part_of)

    def _part_of(self, widget: QWidget) -> int:
        return next(
            (place for place, part in enumerate(self.parts) if part is widget or part.isAncestorOf(widget)),
            len(self.parts),
        )

    def _chain(self) -> Iterator[QWidget]:
        """Everything inside in the order of Qt."""
        widget = self.nextInFocusChain()
        while widget is not self:
            if self.isAncestorOf(widget):
                yield widget
            widget = widget.nextInFocusChain()

    def focusNextPrevChild(self, forward: bool) -> bool:
        order, now = self.order(), self.window().focusWidget()
        if now not in order:
            return super().focusNextPrevChild(forward)
        goal = order[(order.index(now) + (1 if forward else -1)) % len(order)]
        goal.setFocus(Qt.FocusReason.TabFocusReason if forward else Qt.FocusReason.BacktabFocusReason)
        return True


def can_stop(widget: QWidget) -> bool:
    """Whether Tab may stop at a widget: it takes the focus itself, and can be seen and used."""
    takes = widget.focusPolicy().value & Qt.FocusPolicy.TabFocus.value
    return bool(takes) and widget.focusProxy() is None and widget.isVisible() and widget.isEnabled()
