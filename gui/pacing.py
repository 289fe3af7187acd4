"""How often the screen is refreshed while something trains: painting may take a fixed share of the time."""

from __future__ import annotations

import statistics
import time
from collections import deque
from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer

from core.worker.looks import SMALL

FASTEST, SLOWEST = 80, 1500
"""Milliseconds between two frames, at least and at most."""
SHARES = (0.02, 0.06)
"""The share of the time that painting may take while a thread trains: of short steps, and of long ones.

Painting holds the interpreter's lock. A short step is nearly all Python, and waits for it; a long one is torch's, which
lets go of it.
"""
STEPS = (0.0006, 0.004)
"""Seconds up to which a step is short, and from which on it is long."""
WATCHED = 0.08
"""The share beside a network so small that it is watched rather than waited for."""
APART = 0.06
"""The share where a process of its own trains: only the memory and its caches are shared then."""
FLUENT = 0.35
"""The share where whoever watches wants fluent pictures, though training takes longer: enough for `FASTEST`."""
REMEMBERED = 5
"""Frames whose median counts, so that one dear frame (a view that is made) does not slow the next ones down."""


def share(step: float, parameters: int, *, apart: bool, fluent: bool = False) -> float:
    """The share of the time that painting may take beside steps of so many seconds; `apart`: in another process."""
    if fluent:
        return FLUENT
    if apart:
        return APART
    if parameters <= SMALL:
        return WATCHED
    (short, long), (least, most) = STEPS, SHARES
    return least + (most - least) * min(max((step - short) / (long - short), 0.0), 1.0)


class Pacer(QObject):
    """Calls `tick`, measures how long its listeners and the repaint that follows take, and waits accordingly."""

    def __init__(self, tick: Callable[[], bool], parent: QObject | None = None) -> None:
        """`tick` returns whether anything was shown."""
        super().__init__(parent)
        self._tick = tick
        self.share = SHARES[0]
        """The share of the time that painting may take."""
        self._costs: deque[float] = deque([0.0] * REMEMBERED, maxlen=REMEMBERED)
        self._began = self._begun_at = 0.0
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._on_time)
        self._painted = QTimer(self)
        self._painted.setSingleShot(True)
        # A timer of zero fires when all waiting events, the repaint among them, are done.
        self._painted.setInterval(0)
        self._painted.timeout.connect(self._on_painted)

    @property
    def interval(self) -> float:
        """Milliseconds from frame to frame, what painting itself takes left aside."""
        return max(FASTEST, self._rest)

    @property
    def _rest(self) -> float:
        """Milliseconds that painting leaves to others after a frame."""
        return min(statistics.median(self._costs) * 1000 / self.share, SLOWEST)

    @property
    def is_running(self) -> bool:
        return self._timer.isActive() or self._painted.isActive()

    def start(self) -> None:
        if not self.is_running:
            self._timer.start(int(self.interval))

    def stop(self) -> None:
        self._timer.stop()
        self._painted.stop()

    def _on_time(self) -> None:
        # The thread's own time: waiting for the trainer's turn at the interpreter's lock is no painting.
        self._began, self._begun_at = time.thread_time(), time.perf_counter()
        # Started first: the tick may stop the pacer, and then it stays stopped.
        self._painted.start()
        if not self._tick() and self._painted.isActive():
            self._painted.stop()
            self._timer.start(int(self.interval))

    def _on_painted(self) -> None:
        self._costs.append(time.thread_time() - self._began)
        since = (time.perf_counter() - self._begun_at) * 1000
        self._timer.start(int(max(self._rest, FASTEST - since)))
