"""All runs of a directory: listed, found interrupted, tagged, deleted and brought back; compared; for TensorBoard."""

from __future__ import annotations

import json
import os
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from core.model.fault import ProjectError
from core.model.graph import Node
from core.model.settings import Objective, Optimizer
from core.training.runs import RunFolder, RunStore, RunWriter, default_folder, differences, export_tensorboard, process
from core.training.runs import tensorboard as board
from core.training.trainer import Trainer
from tests.core.training_data import digits


@pytest.fixture
def store(tmp_path: Path) -> RunStore:
    return RunStore(tmp_path / "runs")


def kept(store: RunStore, state: str = "done", origin: str = "preset:lenet", began: str = "", **settings: Any) -> Path:
    """A run of one epoch."""
    trainer = Trainer(digits(**{"epochs": 1, "batch_size": 1000, **settings}))
    writer = RunWriter(store.new(trainer.project), trainer, origin=origin)
    list(trainer)
    writer.end(state)
    if began:
        change(writer.folder, began=began)
    return writer.folder


def change(folder: Path, **changes: object) -> None:
    facts = json.loads((folder / "run.json").read_text())
    (folder / "run.json").write_text(json.dumps(facts | changes))


def test_runs_are_listed_newest_first_and_by_where_they_came_from(store: RunStore) -> None:
    old = kept(store, began="2026-01-01T10:00:00+00:00")
    new = kept(store, began="2026-03-01T10:00:00+00:00")
    other = kept(store, origin="/home/me/net.loom", began="2026-02-01T10:00:00+00:00")
    assert [run.path for run in store.runs()] == [new, other, old]
    assert [run.path for run in store.runs({"preset:lenet"})] == [new, old]
    assert len({old.name, new.name, other.name}) == 3


def test_a_damaged_folder_does_not_hide_the_others(store: RunStore) -> None:
    good, bad = kept(store), kept(store)
    (bad / "run.json").write_text("{")
    assert [run.path for run in store.runs()] == [good]
    assert str(bad) in store.broken[bad]


def test_a_run_whose_process_went_is_interrupted_until_it_is_dismissed(store: RunStore) -> None:
    crashed, done, paused = kept(store, "running"), kept(store), kept(store, "paused")
    assert RunFolder.open(crashed).state == "running"
    assert store.interrupted() == []
    gone = process.here() | {"started": "long ago"}
    for folder in (crashed, done, paused):
        change(folder, process=gone)
    assert [run.path for run in store.interrupted()] == [crashed]
    assert [RunFolder.open(folder).state for folder in (crashed, done, paused)] == ["crashed", "done", "paused"]
    store.dismiss(crashed)
    assert store.interrupted() == []
    assert RunFolder.open(crashed).can_continue


def test_a_run_of_another_machine_is_not_called_interrupted(store: RunStore) -> None:
    folder = kept(store, "running")
    change(folder, process={"pid": 1, "started": "long ago", "host": "elsewhere"})
    assert RunFolder.open(folder).state == "running"


def test_a_process_is_known_by_its_number_and_its_start() -> None:
    assert not process.is_gone(process.here())
    assert process.is_gone(process.here() | {"started": "long ago"})
    child = os.fork()
    if not child:
        os._exit(0)
    os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)
    assert process.started(child) == "", "one that has ended and waits for its parent works no more"
    os.waitpid(child, 0)
    assert process.started(child) == ""


def test_tags_are_kept_once_each(store: RunStore) -> None:
    folder = kept(store)
    assert store.tag(folder, [" good ", "", "wide", "good"]) == ("good", "wide")
    assert RunFolder.open(folder).tags == ("good", "wide")


def test_a_deleted_run_comes_back_or_goes_for_good(store: RunStore) -> None:
    folder = kept(store)
    trashed = store.delete(folder)
    assert trashed is not None
    assert store.runs() == []
    store.bring_back(trashed, folder)
    assert [run.path for run in store.runs()] == [folder]
    assert store.delete(folder, really=True) is None
    assert not folder.exists()
    with pytest.raises(ProjectError, match="cannot be deleted"):
        store.delete(folder)


def test_a_run_that_trains_is_not_deleted(store: RunStore) -> None:
    folder = kept(store, "running")
    with pytest.raises(ProjectError, match="still training"):
        store.delete(folder)
    assert folder.exists()


def test_what_has_been_in_the_trash_for_long_goes(store: RunStore) -> None:
    old, fresh = store.delete(kept(store)), store.delete(kept(store))
    assert old is not None
    assert fresh is not None
    os.utime(old, (0, 0))
    assert store.sweep() == 1
    assert fresh.exists()
    assert not old.exists()


def test_the_directory_can_be_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert default_folder().name == "runs"
    monkeypatch.setenv("LAYERLOOM_RUNS", str(tmp_path / "mine"))
    assert default_folder() == tmp_path / "mine"
    assert RunStore().runs() == []


def test_a_directory_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ProjectError, match="No run can be kept"):
        RunStore(tmp_path / "file").new(digits())


def test_only_what_differs_is_compared() -> None:
    one, other = digits(), digits(epochs=9, objectives=(Objective(optimizer=Optimizer("sgd", {"lr": 0.5})),))
    node = other.graph.nodes["linear_1"]
    other.graph.nodes["linear_1"] = Node(node.id, node.kind, {"out_features": 32}, x=node.x + 50, y=node.y)
    other.title, other.note = "Another", "words"
    found = differences([one, other])
    assert found == {
        "training.objectives.optimizer.kind": ["adam", "sgd"],
        "training.epochs": ["2", "9"],
        "linear_1.out_features": ["16", "32"],
        "training.objectives.optimizer.params.lr": ["0.001", "0.5"],
    }
    assert differences([one, one]) == {}


def test_a_default_that_is_written_out_is_no_difference() -> None:
    one = digits()
    written = digits(objectives=(Objective(optimizer=Optimizer("adam", {"lr": 0.001})),))
    node = written.graph.nodes["linear_1"]
    written.graph.nodes["linear_1"] = Node(node.id, node.kind, {**node.params, "bias": True})
    assert differences([one, written]) == {}
    written.graph.nodes["linear_1"] = Node(node.id, node.kind, {**node.params, "bias": False})
    assert differences([one, written]) == {"linear_1.bias": ["yes", "no"]}
    # Where the kinds differ, so do their defaults.
    other = digits(objectives=(Objective(optimizer=Optimizer("lbfgs")),))
    assert differences([other, written])["training.objectives.optimizer.params.lr"] == ["1", "0.001"]


def test_tensorboard_reads_what_was_exported(store: RunStore, tmp_path: Path) -> None:
    from tensorboardX.proto.event_pb2 import Event

    trainer = Trainer(digits(epochs=2, batch_size=400))
    writer = RunWriter(store.new(trainer.project), trainer)
    list(trainer)
    writer.end("done")
    writer.keep_test(trainer.test())
    run = RunFolder.open(writer.folder)
    count = export_tensorboard(run, tmp_path / "board")
    [file] = (tmp_path / "board").iterdir()
    content, at = file.read_bytes(), 0
    scalars: dict[tuple[str, int], float] = {}
    texts = ""
    while at < len(content):
        # A record: its length (8 bytes), a checksum (4), the event, a checksum (4).
        length = int.from_bytes(content[at : at + 8], "little")
        event = Event.FromString(content[at + 12 : at + 12 + length])
        at += 12 + length + 4
        for value in event.summary.value:
            if value.HasField("simple_value"):
                scalars[value.tag, event.step] = value.simple_value
            else:
                texts += value.tensor.string_val[0].decode()
    assert len(scalars) == count
    for index, loss in enumerate(trainer.history.losses, 1):
        assert scalars["loss/step", index] == pytest.approx(loss)
    for epoch in trainer.history.epochs:
        assert scalars["validation/accuracy", epoch.step] == pytest.approx(epoch.validation["accuracy"])
        assert scalars["train/loss", epoch.step] == pytest.approx(epoch.train["loss"])
    assert scalars["test/loss", trainer.step] == pytest.approx(run.test["loss"])
    assert "| training.batch_size | 400 |" in texts


def test_without_tensorboardx_the_way_out_is_told(
    store: RunStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = kept(store)
    monkeypatch.setattr(board, "find_spec", lambda name: None if name == "tensorboardX" else find_spec(name))
    with pytest.raises(ProjectError) as caught:
        export_tensorboard(RunFolder.open(folder), tmp_path / "board")
    assert "pip install tensorboardX" in caught.value.fix
    assert not (tmp_path / "board").exists()
