"""The window with runs in a process of their own: what becomes of that is told, and the window lives on."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from itertools import islice

import pytest
from PySide6.QtWidgets import QMessageBox
from pytestqt.qtbot import QtBot

from core.model.ops import SetTraining
from core.model.project import Project
from core.model.settings import Training
from core.training.records import Watch
from core.training.trainer import Trainer
from core.worker.isolated import IsolatedRunner
from core.worker.threaded import ThreadRunner
from gui import settings_store
from gui.documents import LiveRun
from gui.hanging import PATIENCE
from gui.progress import progress_of
from gui.session import Session
from gui.window import Window

WAIT = 120_000
POSIX = pytest.mark.skipif(sys.platform == "win32", reason="signals are those of POSIX")


@pytest.fixture
def session(ready: Session, playground: Project) -> Iterator[Session]:
    """A session whose runs are isolated."""
    ready.open_project(playground)
    ready.infer()
    ready.control.isolate(True)
    return ready


def runner_of(session: Session) -> IsolatedRunner:
    runner = session.control.runner_of(session.front)
    assert isinstance(runner, IsolatedRunner)
    return runner


def run_of(session: Session) -> LiveRun:
    assert session.run is not None
    return session.run


def long(session: Session, qtbot: QtBot) -> LiveRun:
    """A run in full flight that lasts for as long as the test needs it."""
    objectives = session.front.project.training.objectives
    session.edit("Longer", [SetTraining(Training(objectives, epochs=100_000, device="cpu"))])
    session.infer()
    session.start()
    qtbot.waitUntil(lambda: len(run_of(session).steps) > 3, timeout=WAIT)
    return run_of(session)


def test_the_app_trains_the_same_weights_in_a_process(session: Session, qtbot: QtBot) -> None:
    nodes = frozenset(session.graph.nodes)
    session.set_watch(session, Watch(weights=nodes, activations=nodes, confusion=True, boundary=10))
    session.start()
    run = run_of(session)
    qtbot.waitUntil(lambda: not run.active and runner_of(session).is_quiet, timeout=WAIT)
    trainer = Trainer(session.front.project)
    assert [step.loss for step in run.steps] == [step.loss for step in trainer]
    assert run.state == "done"
    assert run.test == trainer.test()
    qtbot.waitUntil(lambda: run.snapshot is not None and run.snapshot.step == trainer.step, timeout=WAIT)
    trainer.restore_best()
    assert run.snapshot is not None
    for node, arrays in run.snapshot.weights.items():
        for name, values in arrays.items():
            assert (trainer.network.state_dict()[f"{node}.{name}"].numpy() == values).all()


@POSIX
def test_a_killed_worker_is_told_and_another_run_can_begin(session: Session, qtbot: QtBot) -> None:
    run = long(session, qtbot)
    with qtbot.waitSignal(session.noticed, timeout=WAIT) as told:
        os.kill(runner_of(session).pid, signal.SIGKILL)
    assert told.args is not None
    assert "memory ran out (signal 9)" in told.args[0]
    assert told.args[1] == "error"
    assert run.state == "crashed"
    assert "memory ran out" in progress_of(session)[1]
    seen = len(run.steps)
    assert session.can_start() == ""
    session.start()
    assert run_of(session) is not run
    qtbot.waitUntil(lambda: len(run_of(session).steps) > 3, timeout=WAIT)
    assert len(run.steps) == seen


@POSIX
def test_a_step_that_hangs_is_told_and_ended_when_it_is_confirmed(
    session: Session, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    hanging = session.control.hanging
    assert hanging.cannot_end() == "Nothing is training."
    monkeypatch.setattr("gui.hanging.PATIENCE", PATIENCE / 20)
    run = long(session, qtbot)
    assert hanging.cannot_end() == ""
    os.kill(runner_of(session).pid, signal.SIGSTOP)
    with qtbot.waitSignal(session.noticed, timeout=WAIT) as told:
        session.stop()
    assert told.args is not None
    assert "End the step" in told.args[0]
    answers = [QMessageBox.StandardButton.Cancel, QMessageBox.StandardButton.Yes]
    monkeypatch.setattr(QMessageBox, "question", lambda *words: answers.pop(0))
    hanging.end_step()
    assert runner_of(session).is_alive
    hanging.end_step()
    qtbot.waitUntil(lambda: not run.active, timeout=WAIT)
    assert run.failure is not None
    assert "You ended a step" in run.failure.message
    assert answers == []


def test_a_crashed_run_goes_on_from_its_last_state(session: Session, qtbot: QtBot) -> None:
    run = long(session, qtbot)
    session.pause()
    qtbot.waitUntil(lambda: run.state == "paused", timeout=WAIT)
    seen = len(run.steps)
    runner_of(session).end_step()
    qtbot.waitUntil(lambda: not run.active, timeout=WAIT)
    assert session.kept.go_on()
    qtbot.waitUntil(lambda: len(run.steps) > seen and run.state == "running", timeout=WAIT)
    assert [step.index for step in run.steps] == list(range(1, len(run.steps) + 1))
    losses = [step.loss for step in islice(Trainer(run.project), seen + 1)]
    assert [step.loss for step in run.steps[: seen + 1]] == losses


def test_on_a_thread_no_step_can_be_ended_and_the_way_out_is_told(
    session: Session, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    session.control.isolate(False)
    long(session, qtbot)
    assert isinstance(session.control.runner_of(session.front), ThreadRunner)
    assert "in a process of its own" in session.control.hanging.cannot_end()


def test_the_setting_is_in_the_menu_and_remembered(window: Window) -> None:
    assert not window.settings.isolated
    window.actions_.run("isolated")
    assert window.session.control.workers.isolated
    assert settings_store.load().isolated
    window.actions_.run("isolated")
    assert not window.session.control.workers.isolated
    assert not settings_store.load().isolated
