"""A view opened on a session, and runs and snapshots to show in it."""

from __future__ import annotations

import pytest
from pytestqt.qtbot import QtBot

import presets
from core.training.records import Epoch, Snapshot, Step, Watch
from gui.session import LiveRun, Session
from gui.views.base import View


def opened(qtbot: QtBot, session: Session, view_class: type[View], preset: str = "lenet-5") -> View:
    session.open_project(presets.load(preset))
    session.infer()
    view = view_class(session)
    qtbot.addWidget(view)
    view.resize(900, 260)
    view.show()
    return view


def add_run(session: Session, losses: list[float], per_epoch: int = 5, name: str = "run 1") -> LiveRun:
    run = LiveRun(name, session.front.project, "running", steps_per_epoch=per_epoch, total_epochs=10)
    run.total_steps = per_epoch * 10
    for index, loss in enumerate(losses, 1):
        run.steps.append(Step(index, -(-index // per_epoch), loss, 8))
        if index % per_epoch == 0:
            values = {"loss": loss, "accuracy": 0.5}
            run.epochs.append(Epoch(index // per_epoch, index, values, {"loss": loss + 1, "accuracy": 0.25}, 0.1, 1.0))
    session.front.runs.append(run)
    return run


def give(session: Session, **parts: object) -> Snapshot:
    if session.run is None:
        add_run(session, [1.0])
    snapshot = Snapshot(step=int(parts.pop("step", 1)), epoch=1, **parts)  # type: ignore[arg-type,call-overload]
    session.front.runs[-1].snapshot = snapshot
    session.frame.emit()
    return snapshot


def watched(session: Session, monkeypatch: pytest.MonkeyPatch) -> dict[object, Watch]:
    """What every view asks for, as it asks."""
    asked: dict[object, Watch] = {}

    def note(owner: object, watch: Watch | None) -> None:
        if watch is None:
            asked.pop(owner, None)
        else:
            asked[owner] = watch

    monkeypatch.setattr(session, "set_watch", note)
    return asked
