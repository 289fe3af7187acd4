"""Short movements that explain where nodes went; none where the system asks for less."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from PySide6.QtCore import QEasingCurve, QObject, QPointF, QVariantAnimation
from PySide6.QtWidgets import QApplication, QStyle

DURATION = 160
"""Milliseconds."""
Place = Callable[[str, QPointF], None]


def motion_wanted() -> bool:
    """Whether the system's style plays animations at all."""
    return QApplication.style().styleHint(QStyle.StyleHint.SH_Widget_Animation_Duration) > 0


class Motion:
    """Lets nodes glide from where they are drawn to where they belong, slowing down towards the end."""

    MOST = 300
    """More nodes than this jump instead."""

    def __init__(self, place: Place, arrived: Callable[[], None], parent: QObject) -> None:
        self._place = place
        self._arrived = arrived
        self._ways: dict[str, tuple[QPointF, QPointF]] = {}
        self._then: Callable[[], None] | None = None
        self._clock = QVariantAnimation(parent)
        self._clock.setStartValue(0.0)
        self._clock.setEndValue(1.0)
        self._clock.setDuration(DURATION)
        self._clock.setEasingCurve(QEasingCurve.Type.OutCubic)
        self._clock.valueChanged.connect(self._advance)
        self._clock.finished.connect(self._end)

    @property
    def running(self) -> bool:
        return bool(self._ways)

    def glide(self, ways: Mapping[str, tuple[QPointF, QPointF]]) -> None:
        """Starts a movement: node id → (from, to). One that is under way ends at once, where it was going."""
        if not ways:
            return
        before = self._ways
        self._clock.stop()
        self._ways = {}
        for name, (_, end) in before.items():
            if name not in ways:
                self._place(name, end)
        self._ways = dict(ways)
        if len(ways) > self.MOST or not motion_wanted():
            self.finish()
        else:
            self._clock.start()

    def after(self, then: Callable[[], None]) -> None:
        """Calls something once everything has arrived, at once when nothing moves."""
        if self.running:
            self._then = then
        else:
            then()

    def release(self, name: str) -> None:
        """Lets a node go that is where it belongs already."""
        self._ways.pop(name, None)

    def finish(self) -> None:
        """Puts everything in its place at once."""
        self._clock.stop()
        self._end()

    def _advance(self, share: float) -> None:
        for name, (start, end) in self._ways.items():
            self._place(name, start + (end - start) * share)

    def _end(self) -> None:
        ways, self._ways = self._ways, {}
        for name, (_, end) in ways.items():
            self._place(name, end)
        if ways:
            self._arrived()
        then, self._then = self._then, None
        if then is not None:
            then()
