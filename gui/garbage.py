"""Python's cycles are collected on the window's thread alone: a widget that is freed on another thread crashes Qt."""

from __future__ import annotations

import gc
import time

from PySide6.QtCore import QObject, QTimer

EVERY = 250
"""Milliseconds between two looks at what has piled up."""
SHARE = 0.002
"""The share of the time that collections of everything may take: they hold up a training thread as well."""


def spare_what_is_there() -> None:
    """Modules that were imported stay for good; no collection looks at their objects any more.

    Those of torch and scikit-learn are 400,000, which would hold up the window and a training thread for 0.1 s.
    """
    gc.freeze()


class Collector(QObject):
    """Takes over from the automatic collector, which runs on whichever thread happens to allocate."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._next_full = 0.0
        gc.disable()
        self._timer = QTimer(self)
        self._timer.setInterval(EVERY)
        self._timer.timeout.connect(self.collect)
        self._timer.start()

    def collect(self) -> None:
        """Collects the oldest generation that is due; the oldest of all as seldom as it is dear.

        The automatic collector waits until a quarter of all objects are new, which cannot be seen from here.
        """
        piled = zip(gc.get_count(), gc.get_threshold(), strict=True)
        due = [generation for generation, (count, limit) in enumerate(piled) if limit and count > limit]
        if not due:
            return
        begin = time.perf_counter()
        oldest = due[-1] if due[-1] < 2 or begin >= self._next_full else 1
        gc.collect(oldest)
        if oldest == 2:
            end = time.perf_counter()
            self._next_full = end + (end - begin) / SHARE
