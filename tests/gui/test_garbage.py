"""Cycles that hold widgets are collected where widgets live."""

from __future__ import annotations

import gc
import subprocess
import sys
import threading
import weakref

from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from gui.garbage import Collector
from gui.start import application


class Cycle(QObject):
    def __init__(self) -> None:
        super().__init__()
        self.me = self


def test_no_other_thread_collects(qtbot: QtBot) -> None:
    application()
    assert not gc.isenabled()
    threads: list[str] = []
    gone = weakref.ref(Cycle(), lambda _: threads.append(threading.current_thread().name))

    kept: list[list[int]] = []

    def allocate() -> None:
        kept.extend([number] for number in range(50_000))

    worker = threading.Thread(target=allocate, name="worker")
    worker.start()
    worker.join()
    assert gone() is not None, "the worker's allocations collect nothing"
    qtbot.waitUntil(lambda: gone() is None, timeout=20_000)
    assert threads == [threading.main_thread().name]


def test_there_is_one_collector(qtbot: QtBot) -> None:
    app = application()
    application()
    assert len(app.findChildren(Collector)) == 1


def test_collections_do_not_look_at_what_was_imported() -> None:
    # In a process of its own: here torch was imported long ago.
    code = """
import gc, threading
from gui.start import application
from gui.engine import Engine
app, engine = application(), Engine()
engine.ready.connect(app.quit)
engine.start()
app.exec()
for thread in threading.enumerate():
    if thread.name == "engine import":
        thread.join()
print(gc.get_freeze_count(), len(gc.get_objects()))
"""
    said = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout
    spared, looked_at = map(int, said.split())
    assert spared > 10 * looked_at
