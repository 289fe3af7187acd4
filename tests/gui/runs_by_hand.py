"""What tests of runs in the window do again and again."""

from __future__ import annotations

import msgspec
from pytestqt.qtbot import QtBot

from core.model.ops import SetTraining
from gui.documents import LiveRun
from gui.session import Session

WAIT = 60_000


def run_of(session: Session) -> LiveRun:
    assert session.run is not None
    return session.run


def finish(session: Session, qtbot: QtBot) -> LiveRun:
    qtbot.waitUntil(lambda: not run_of(session).active, timeout=WAIT)
    return run_of(session)


def lengthen(session: Session, epochs: int) -> None:
    training = msgspec.structs.replace(session.front.project.training, epochs=epochs)
    session.edit("Longer", [SetTraining(training)])
    session.infer()
