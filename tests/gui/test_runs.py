"""Runs in the real window: kept while they train, listed again, gone on with exactly, offered after a crash."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from core.model.project import Project
from core.training.runs import RunFolder, RunStore, RunWriter
from core.training.trainer import Trainer
from gui.session import Session
from gui.settings_store import Settings
from gui.start import make_window
from gui.window import Window
from tests.gui.conftest import shortened
from tests.gui.runs_by_hand import WAIT, finish, lengthen, run_of


@pytest.fixture
def session(ready: Session, playground: Project) -> Iterator[Session]:
    ready.open_project(playground)
    ready.infer()
    return ready


def unbroken(epochs: int) -> Trainer:
    trainer = Trainer(shortened("mlp-playground", epochs))
    list(trainer)
    return trainer


def again(qtbot: QtBot, epochs: int = 4) -> Iterator[Session]:
    """The program started anew."""
    session = Session()
    session.engine.load()
    session.open_project(shortened("mlp-playground", epochs))
    session.infer()
    yield session
    session.close()


def crashed(epochs: int = 4, steps: int = 30) -> Path:
    """A run of the playground whose process went while it trained."""
    trainer = Trainer(shortened("mlp-playground", epochs))
    writer = RunWriter(RunStore().new(trainer.project), trainer, name="run 1", origin="preset:mlp-playground")
    stream = iter(trainer)
    for _ in range(steps):
        writer.after(next(stream))
    writer.save("running")
    facts = json.loads((writer.folder / "run.json").read_text())
    facts["process"]["started"] = "long ago"
    (writer.folder / "run.json").write_text(json.dumps(facts))
    return writer.folder


def test_a_stopped_run_goes_on_as_the_unbroken_one(session: Session, qtbot: QtBot) -> None:
    lengthen(session, 40)
    session.start()
    run = run_of(session)
    qtbot.waitUntil(lambda: len(run.steps) > 10, timeout=WAIT)
    session.pause()
    qtbot.waitUntil(lambda: run.state == "paused", timeout=WAIT)
    session.stop()
    assert finish(session, qtbot).state == "stopped"
    broken_at = len(run.steps)
    assert broken_at < run.total_steps
    assert session.kept.cannot_go_on(run) == ""
    assert session.kept.go_on()
    assert session.run is run
    assert finish(session, qtbot).state == "done"
    whole = unbroken(40)
    assert [step.loss for step in run.steps] == list(whole.history.losses)
    assert [epoch.validation for epoch in run.epochs] == [epoch.validation for epoch in whole.history.epochs]
    assert run.test == whole.test()
    assert len(session.front.runs) == 1
    assert run.folder is not None
    assert list(RunFolder.open(run.folder).losses) == list(whole.history.losses)


def test_a_run_in_a_process_of_its_own_goes_on_in_this_one(session: Session, qtbot: QtBot) -> None:
    lengthen(session, 40)
    session.control.isolate(True)
    session.start()
    run = run_of(session)
    qtbot.waitUntil(lambda: len(run.steps) > 10, timeout=WAIT)
    session.stop()
    assert finish(session, qtbot).state == "stopped"
    session.control.isolate(False)
    assert session.kept.go_on()
    assert finish(session, qtbot).state == "done"
    assert [step.loss for step in run.steps] == list(unbroken(40).history.losses)


def test_a_finished_run_trains_longer(session: Session, qtbot: QtBot) -> None:
    session.start()
    run = finish(session, qtbot)
    assert session.kept.epochs_for(run) == 8
    assert session.kept.go_on(run)
    assert finish(session, qtbot).state == "done"
    assert (run.total_epochs, len(run.epochs)) == (8, 8)
    assert [step.loss for step in run.steps] == list(unbroken(8).history.losses)
    lengthen(session, 20)
    assert session.kept.epochs_for(run) == 20


def test_runs_are_listed_again_when_the_project_is_opened_anew(session: Session, qtbot: QtBot) -> None:
    for _ in range(2):
        session.start()
        finish(session, qtbot)
    first, second = session.front.runs
    session.kept.tag(first, "good, small")
    session.close()
    for later in again(qtbot):
        qtbot.waitUntil(lambda later=later: len(later.front.runs) == 2, timeout=WAIT)
        listed = later.front.runs
        assert [run.name for run in listed] == ["run 1", "run 2"]
        assert listed[0].tags == ("good", "small")
        assert [step.loss for step in listed[1].steps] == [step.loss for step in second.steps]
        assert [run.shown for run in listed] == [False, True]
        assert later.run is None, "no run of today"
        assert later.front.is_untouched
        later.start()
        assert run_of(later).name == "run 3"
        assert [run.shown for run in later.front.runs] == [False, False, True]
        finish(later, qtbot)


def test_a_run_goes_on_after_the_program_was_closed(session: Session, qtbot: QtBot) -> None:
    lengthen(session, 40)
    session.start()
    run = run_of(session)
    qtbot.waitUntil(lambda: len(run.steps) > 10, timeout=WAIT)
    session.close()
    for later in again(qtbot):
        qtbot.waitUntil(lambda later=later: bool(later.front.runs), timeout=WAIT)
        kept = later.front.runs[0]
        assert kept.state == "stopped"
        assert later.kept.go_on()
        assert later.run is kept
        assert finish(later, qtbot).state == "done"
        assert [step.loss for step in kept.steps] == list(unbroken(40).history.losses)


def test_runs_of_a_new_project_belong_to_the_file_that_it_is_saved_as(
    session: Session, qtbot: QtBot, tmp_path: Path
) -> None:
    project = shortened("mlp-playground", 2)
    project.lecture = ""
    session.open_project(project)
    session.infer()
    session.start()
    run = finish(session, qtbot)
    assert run.folder is not None
    assert RunFolder.open(run.folder).origin == ""
    file = tmp_path / "mine.loom"
    assert session.save(file)
    assert RunFolder.open(run.folder).origin == str(file)
    session.close_document(session.documents.index(session.front))
    assert session.open_file(file)
    qtbot.waitUntil(lambda: [each.folder for each in session.front.runs] == [run.folder], timeout=WAIT)


def test_a_copy_opens_with_the_weights_and_leaves_the_run_as_it_was(session: Session, qtbot: QtBot) -> None:
    session.start()
    run = finish(session, qtbot)
    assert run.folder is not None
    before = (run.folder / "run.json").read_bytes()
    first = session.front
    session.kept.open_copy(run)
    qtbot.waitUntil(lambda: session.front is not first and session.run is not None, timeout=WAIT)
    copy = run_of(session)
    qtbot.waitUntil(lambda: copy.state == "paused" and copy.total_epochs == 8, timeout=WAIT)
    assert [step.loss for step in copy.steps] == [step.loss for step in run.steps]
    assert copy.folder != run.folder
    assert (run.folder / "run.json").read_bytes() == before
    session.resume()
    assert finish(session, qtbot).state == "done"
    assert [step.loss for step in copy.steps] == list(unbroken(8).history.losses)


@pytest.fixture
def after_crash(qtbot: QtBot) -> tuple[Window, Path]:
    """The window as it comes up after a run was interrupted."""
    folder = crashed(40)
    window = make_window(Settings(theme="dark"))
    qtbot.addWidget(window, before_close_func=lambda w: w.session.close())
    window.session.engine.load()
    window.show()
    window.wake()
    qtbot.waitUntil(window.offer.isVisible, timeout=WAIT)
    return window, folder


def test_an_interrupted_run_is_offered_and_goes_on(after_crash: tuple[Window, Path], qtbot: QtBot) -> None:
    window, folder = after_crash
    assert window.offer.text.text() == "“A playground”, epoch 2 of 40, was interrupted."
    window.offer.button("Continue").click()
    assert not window.offer.isVisible()
    run = finish(window.session, qtbot)
    assert (run.state, run.folder) == ("done", folder)
    assert [step.loss for step in run.steps] == list(unbroken(40).history.losses)
    qtbot.wait(50)
    assert len(window.session.front.runs) == 1


def test_a_dismissed_run_is_not_offered_again_and_stays(after_crash: tuple[Window, Path]) -> None:
    window, folder = after_crash
    window.offer.button("Dismiss").click()
    assert not window.offer.isVisible()
    assert RunStore().interrupted() == []
    assert RunFolder.open(folder).can_continue


def test_what_goes_on_from_elsewhere_is_offered_no_more(after_crash: tuple[Window, Path], qtbot: QtBot) -> None:
    window, folder = after_crash
    session = window.session
    session.open_preset("mlp-playground")
    session.infer()
    qtbot.waitUntil(window.top.go_on.isVisible, timeout=WAIT)
    window.top.go_on.click()
    assert run_of(session).folder == folder
    assert not window.offer.isVisible()
    finish(session, qtbot)


def test_a_run_that_breaks_off_says_why_in_its_folder(
    session: Session, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(self: Trainer, part: str) -> dict[str, float]:
        raise RuntimeError("no memory left")

    monkeypatch.setattr(Trainer, "test", lambda self: broken(self, "test"))
    session.start()
    run = finish(session, qtbot)
    assert run.state == "failed"
    kept = RunStore().runs()[0]
    assert (kept.state, RunStore().interrupted()) == ("failed", [])
    assert kept.failure is not None
    assert "no memory left" in kept.failure.message


def test_the_top_bar_offers_to_go_on_with_what_was_stopped(window: Window, qtbot: QtBot) -> None:
    session = window.session
    assert not window.top.go_on.isVisible()
    lengthen(session, 400)
    session.start()
    qtbot.waitUntil(lambda: len(run_of(session).steps) > 3, timeout=WAIT)
    assert not window.top.go_on.isVisible()
    session.stop()
    finish(session, qtbot)
    qtbot.waitUntil(window.top.go_on.isVisible, timeout=WAIT)
    window.top.go_on.click()
    assert run_of(session).active
    session.stop()
    finish(session, qtbot)
