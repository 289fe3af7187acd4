"""The trash of runs and sweeps on disk: listed with sizes, brought back, removed for good."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from core.training.runs import RunStore, RunWriter
from core.training.sweeps.plan import Axis, Sweep, write_sweep
from core.training.sweeps.store import SweepStore
from core.training.sweeps.trash import Trash, amount
from core.training.trainer import Trainer
from tests.core.training_data import digits


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    return tmp_path / "runs"


def run(runs: Path, name: str = "") -> Path:
    trainer = Trainer(digits(epochs=1, batch_size=1000))
    writer = RunWriter(RunStore(runs).new(trainer.project), trainer, name=name)
    list(trainer)
    writer.end("done")
    return writer.folder


def sweep(runs: Path) -> Path:
    project, store = digits(), SweepStore(runs)
    folder = store.new(project)
    write_sweep(folder, Sweep((Axis(("training.batch_size",), (8, 16)),)), project)
    return folder


def test_an_empty_trash_holds_nothing(runs: Path) -> None:
    assert Trash(runs).contents() == []
    assert amount([]) == ""


def test_what_lies_in_the_trash_is_told_with_what_it_takes(runs: Path) -> None:
    store = RunStore(runs)
    first, second = store.delete(run(runs, "the first")), SweepStore(runs).delete(sweep(runs))
    assert first is not None
    os.utime(first, (1000, 1000))
    (second / "runs").mkdir()
    (second / "runs" / "large").write_bytes(bytes(3 << 20))
    latest, oldest = Trash(runs).contents()
    assert (latest.what, latest.name, latest.path) == ("sweep", "batch_size", second)
    assert (oldest.what, oldest.name, oldest.when) == ("run", "the first", 1000.0)
    assert oldest.title == latest.title == digits().title
    assert oldest.bytes == sum(file.stat().st_size for file in first.iterdir())
    assert latest.bytes > 3 << 20
    assert amount([latest, oldest, oldest]).startswith("2 runs and 1 sweep, 3")
    assert amount([latest]).startswith("1 sweep, 3")


def test_a_damaged_one_is_listed_by_its_folder_and_can_go(runs: Path) -> None:
    folder = run(runs)
    (folder / "run.json").write_text("{}")
    RunStore(runs).delete(folder)
    found = Trash(runs).contents()
    assert [(each.what, each.name) for each in found] == [("run", folder.name)]
    left = Trash(runs).remove(found)
    assert left.homes == {found[0].path: None}
    assert Trash(runs).contents() == []


def test_both_come_back_where_they_stood_or_beside_it(runs: Path) -> None:
    store, sweeps = RunStore(runs), SweepStore(runs)
    folder, swept = run(runs), sweep(runs)
    store.delete(folder)
    sweeps.delete(swept)
    again = run(runs)
    assert again == folder, "its name was free"
    trash = Trash(runs)
    left = trash.bring_back(trash.contents())
    assert left.problem == ""
    assert set(left.homes.values()) == {swept, folder.with_name(f"{folder.name[:-1]}2")}
    assert [each.path for each in sweeps.sweeps()] == [swept]
    assert len(store.runs()) == 2


def test_what_went_meanwhile_is_told_or_does_not_matter(runs: Path) -> None:
    RunStore(runs).delete(run(runs))
    trash = Trash(runs)
    found = trash.contents()
    assert trash.remove(found).problem == ""
    assert trash.remove(found).problem == ""
    assert "cannot be brought back" in trash.bring_back(found).problem
