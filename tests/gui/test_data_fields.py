"""Large data of the user's own are read outside of the window's thread."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from core.data import paths
from core.data.dataset import takes_long
from core.data.registry import sources
from core.model.fault import ProjectError
from core.model.ops import SetData
from core.model.settings import Data
from gui.session import Session


@pytest.fixture
def table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(paths, "LARGE", 100)
    path = tmp_path / "large.csv"
    path.write_text("a,b,y\n" + "".join(f"{n},{n * 2},{n % 3}.5\n" for n in range(100)))
    return path


def slowly(monkeypatch: pytest.MonkeyPatch, go_on: threading.Event) -> list[str]:
    """Makes reading a table wait; returns the names of the threads that read."""
    source, seen = sources["csv"], []

    def describe(given):  # type: ignore[no-untyped-def]
        seen.append(threading.current_thread().name)
        go_on.wait(20)
        return source.describe(given)

    monkeypatch.setitem(sources, "csv", replace(source, describe=describe))
    return seen


def test_the_window_goes_on_while_a_large_table_is_read(
    ready: Session, qtbot: QtBot, table: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ready.open_preset("mlp-playground")
    ready.infer()
    before = dict(ready.fields)
    go_on = threading.Event()
    seen = slowly(monkeypatch, go_on)
    ready.edit("Use it", [SetData(Data("csv", {"path": str(table)}))])
    assert ready.fields == before
    with qtbot.waitSignal(ready.inferred, timeout=20_000):
        go_on.set()
    assert ready.fields["x"].labels == ("a", "b")
    assert seen == ["fields"]
    assert not takes_long(Data("csv", {"path": str(table)})), "it is remembered"


def test_a_later_choice_makes_an_earlier_reading_void(
    ready: Session, qtbot: QtBot, table: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ready.open_preset("mlp-playground")
    go_on = threading.Event()
    seen = slowly(monkeypatch, go_on)
    ready.edit("Use it", [SetData(Data("csv", {"path": str(table)}))])
    qtbot.waitUntil(lambda: bool(seen))
    ready.edit("Not it", [SetData(Data("iris"))])
    assert len(ready.fields["x"].labels) == 4
    go_on.set()
    qtbot.waitUntil(lambda: not any(thread.name == "fields" for thread in threading.enumerate()), timeout=20_000)
    qtbot.wait(50)
    assert len(ready.fields["x"].labels) == 4


def test_an_error_in_a_large_file_is_told(ready: Session, qtbot: QtBot, table: Path) -> None:
    ready.open_preset("mlp-playground")
    ready.infer()
    with table.open("a") as stream:
        stream.write("1,2,3,4\n")
    with qtbot.waitSignal(ready.inferred, timeout=20_000):
        ready.edit("Use it", [SetData(Data("csv", {"path": str(table)}))])
    assert "large.csv, line 102" in ready.data_error
    assert ready.inference.faults[0].message.startswith("The data cannot be read.")


def test_what_takes_long_never_raises(tmp_path: Path) -> None:
    assert not takes_long(Data("nothing"))
    assert not takes_long(Data("csv", {"path": str(tmp_path / "gone.csv")}))
    assert not takes_long(Data("csv", {"path": "\0"}))
    assert not takes_long(Data("csv", {"path": str(tmp_path), "odd": 1}))
    with pytest.raises(ProjectError):
        sources["csv"].fields({"path": "\0"})
