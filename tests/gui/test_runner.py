"""The worker: it trains, pauses, steps, stops, answers looks after the end, and says why it failed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from core.model.ops import SetData, SetParams, SetTraining
from core.model.project import Project
from core.model.settings import Data, Objective, Optimizer, Training
from core.training.records import Step, Watch
from core.training.runs import RunFolder
from gui.documents import LiveRun
from gui.progress import progress_of
from gui.session import Session
from gui.steplog import StepLog

WAIT = 30_000


@pytest.fixture
def session(ready: Session, playground: Project) -> Iterator[Session]:
    ready.open_project(playground)
    ready.infer()
    return ready


def long(session: Session) -> None:
    """Makes the next run last for as long as the test needs it."""
    session.edit(
        "Longer", [SetTraining(Training(session.front.project.training.objectives, epochs=100_000, device="cpu"))]
    )
    session.infer()


def run_of(session: Session) -> LiveRun:
    assert session.run is not None
    return session.run


def finish(session: Session, qtbot: QtBot) -> LiveRun:
    qtbot.waitUntil(lambda: not run_of(session).active, timeout=WAIT)
    return run_of(session)


def test_a_run_tells_all_its_steps_and_epochs_and_is_kept(session: Session, qtbot: QtBot) -> None:
    session.start()
    assert run_of(session).active
    run = finish(session, qtbot)
    assert run.state == "done"
    assert len(run.steps) == run.total_steps == run.total_epochs * run.steps_per_epoch
    assert [step.index for step in run.steps[:3]] == [1, 2, 3]
    assert [epoch.epoch for epoch in run.epochs] == [1, 2, 3, 4]
    assert {"loss", "accuracy"} <= run.test.keys()
    qtbot.waitUntil(lambda: run.folder is not None, timeout=WAIT)
    assert run.folder is not None
    assert RunFolder.open(run.folder).steps == run.total_steps


def test_a_run_pauses_steps_goes_on_and_stops(session: Session, qtbot: QtBot) -> None:
    long(session)
    session.start()
    run = run_of(session)
    qtbot.waitUntil(lambda: len(run.steps) > 3, timeout=WAIT)
    session.pause()
    qtbot.waitUntil(lambda: run.state == "paused", timeout=WAIT)
    count = len(run.steps)
    session.single_step()
    qtbot.waitUntil(lambda: len(run.steps) == count + 1, timeout=WAIT)
    session.single_step()
    qtbot.waitUntil(lambda: len(run.steps) == count + 2, timeout=WAIT)
    session.resume()
    qtbot.waitUntil(lambda: len(run.steps) > count + 10, timeout=WAIT)
    session.stop()
    assert finish(session, qtbot).state == "stopped"
    assert session.can_start() == ""


def test_a_single_step_begins_a_run(session: Session, qtbot: QtBot) -> None:
    session.single_step()
    qtbot.waitUntil(lambda: len(run_of(session).steps) == 1 and run_of(session).state == "paused", timeout=WAIT)


def test_after_the_end_another_sample_can_be_looked_at(session: Session, qtbot: QtBot) -> None:
    owner = object()
    node = frozenset({"linear_1"})
    session.set_watch(owner, Watch(activations=node, weights=node, confusion=True))
    session.start()
    run = finish(session, qtbot)
    qtbot.waitUntil(lambda: session.snapshot is not None and session.snapshot.step == run.total_steps, timeout=WAIT)
    first = session.snapshot
    assert first is not None
    assert first.confusion is not None
    assert first.weights["linear_1"]["weight"].shape == (4, 2)
    session.set_watch(owner, Watch(activations=node, sample=3))
    qtbot.waitUntil(lambda: session.snapshot is not first, timeout=WAIT)
    second = session.snapshot
    assert second is not None
    assert not np.array_equal(first.activations["linear_1"]["output"], second.activations["linear_1"]["output"])
    assert second.weights == {}


def test_nobody_looks_so_nothing_is_taken(session: Session, qtbot: QtBot) -> None:
    session.start()
    finish(session, qtbot)
    assert session.snapshot is None


def test_edits_while_it_trains_make_it_stale_and_do_not_disturb_it(session: Session, qtbot: QtBot) -> None:
    long(session)
    session.start()
    run = run_of(session)
    qtbot.waitUntil(lambda: len(run.steps) > 3, timeout=WAIT)
    session.edit("Wider", [SetParams("linear_1", {"out_features": 16})])
    assert run.stale
    assert run.project.graph.nodes["linear_1"].params["out_features"] == 4
    seen = len(run.steps)
    qtbot.waitUntil(lambda: len(run.steps) > seen, timeout=WAIT)
    assert run.state == "running"


def test_only_one_document_trains_at_a_time(session: Session, qtbot: QtBot) -> None:
    long(session)
    session.start()
    session.open_preset("mlp-xor")
    session.infer()
    assert "is training" in session.can_start()
    assert progress_of(session)[1] == session.can_start()
    session.activate(0)
    session.close_document(0)
    assert session.can_start() == ""


def test_a_loss_that_explodes_ends_the_run_with_its_node(session: Session, qtbot: QtBot) -> None:
    session.open_preset("linreg-1d")
    wild = Objective(optimizer=Optimizer("sgd", {"lr": 1e6}))
    session.edit("Wild", [SetTraining(Training((wild,), epochs=50, device="cpu"))])
    session.infer()
    told: list[str] = []
    session.noticed.connect(lambda message, level: told.append(level))
    session.start()
    run = finish(session, qtbot)
    assert run.state == "failed"
    assert run.failure is not None
    assert run.failure.message
    assert "error" in told
    assert session.can_start() == ""


def test_data_that_vanish_before_the_start_end_the_run_and_not_the_program(
    session: Session, qtbot: QtBot, tmp_path: Path
) -> None:
    table = tmp_path / "t.csv"
    table.write_text("a,b,c\n" + "\n".join(f"{i},{i % 3},{i % 2}" for i in range(60)))
    session.edit("Data", [SetData(Data("csv", {"path": str(table)}))])
    assert session.data_error == ""
    table.unlink()
    session.control.start()
    if session.run is not None:
        run = finish(session, qtbot)
        assert run.state == "failed"
        assert run.failure is not None
        assert "t.csv" in f"{run.failure.message} {run.failure.node}"


def test_closing_ends_a_run_in_full_flight(session: Session, qtbot: QtBot) -> None:
    long(session)
    session.start()
    runner = session.control.runner_of(session.front)
    assert runner is not None
    session.close()
    assert not runner.is_alive


def test_an_export_of_what_trained_is_read_back_and_told(session: Session, qtbot: QtBot, tmp_path: Path) -> None:
    session.start()
    finish(session, qtbot)
    with qtbot.waitSignal(session.noticed, timeout=WAIT) as told:
        session.export("python", tmp_path / "net.py")
    assert "differ by at most" in told.args[0]
    assert (tmp_path / "net.py").exists()
    assert (tmp_path / "net.safetensors").exists()


def test_an_export_that_fails_is_told(session: Session, qtbot: QtBot, tmp_path: Path) -> None:
    with qtbot.waitSignal(session.noticed, timeout=WAIT) as told:
        session.export("onnx", tmp_path / "missing" / "net.onnx")
    assert told.args[1] == "error"


def test_a_log_of_steps_reads_like_a_list() -> None:
    steps = [Step(i, 1, 1 / i, 8, {"objective": 1 / i}) for i in range(1, 6)]
    log = StepLog(steps[:2])
    log += steps[2:]
    assert len(log) == 5
    assert list(log) == steps
    assert log[-1] == steps[-1]
    assert log[1:4] == steps[1:4]
    with pytest.raises(IndexError):
        log[5]
    both = Step(6, 1, 3.0, 8, {"a": 1.0, "b": 2.0})
    log.append(both)
    assert log[5] == both
