"""The data panel: the list of transforms, what the network receives, and files that are dropped."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from core.data.guess import guess
from core.model.file import write
from core.model.ops import SetData
from core.model.settings import Data, Transform
from gui.panels.data import DataPanel
from gui.panels.data_look import Look, look_at
from gui.panels.data_preview import RECEIVED
from gui.panels.parts import label
from gui.session import Session
from gui.window import Window
from tests.core.training_data import digits

DIGITS = Data("digits", {"size": 8})


@pytest.fixture
def session(qtbot: QtBot) -> Iterator[Session]:
    made = Session()
    made.open_preset("mlp-playground")
    made.edit("Use digits", [SetData(DIGITS)])
    yield made
    made.close()


@pytest.fixture
def panel(session: Session, qtbot: QtBot) -> DataPanel:
    made = DataPanel(session)
    qtbot.addWidget(made)
    made.resize(320, 1200)
    made.show()
    wait_for_look(made, qtbot, DIGITS)
    return made


def wait_for_look(panel: DataPanel, qtbot: QtBot, data: Data) -> None:
    qtbot.waitUntil(lambda: panel.seen == data and not panel.is_loading, timeout=20_000)


def listed(session: Session) -> tuple[Transform, ...]:
    assert session.document is not None
    return session.document.project.data.transforms


def texts(panel: QWidget) -> str:
    return "\n".join(each.text() for each in panel.findChildren(type(label())) if each.isVisibleTo(panel))


def test_transforms_are_added_switched_moved_and_taken_off(panel: DataPanel, session: Session, qtbot: QtBot) -> None:
    ours = panel.form.transforms
    ours.insert("flip")
    ours.insert("shift")
    assert [each.kind for each in listed(session)] == ["flip", "shift"]
    ours.insert("binarise")
    assert [each.kind for each in listed(session)] == ["binarise", "flip", "shift"], "what is drawn stays below"
    qtbot.waitUntil(lambda: len(ours.cards) == 3)
    qtbot.mouseClick(ours.cards[1].down, Qt.MouseButton.LeftButton)
    assert [each.kind for each in listed(session)] == ["binarise", "shift", "flip"]
    qtbot.waitUntil(lambda: ours.cards[1].title == "Shift")
    ours.cards[1].switch.click()
    assert [each.on for each in listed(session)] == [True, False, True]
    qtbot.waitUntil(lambda: not ours.cards[1].switch.isChecked())
    ours.cards[0].off.click()
    assert [each.kind for each in listed(session)] == ["shift", "flip"]
    for wanted in (3, 3, 3, 2, 1, 0):
        session.undo()
        assert len(listed(session)) == wanted
    qtbot.waitUntil(lambda: not ours.cards)


def test_settings_and_fields_of_a_transform(panel: DataPanel, session: Session, qtbot: QtBot) -> None:
    ours = panel.form.transforms
    ours.insert("two_views")
    ours.insert("noise")
    qtbot.waitUntil(lambda: len(ours.cards) == 2 and ours.cards[1].form is not None)
    card = ours.cards[1]
    assert list(card.chosen) == ["x", "x_1", "x_2"]
    card.chosen["x_2"].click()
    assert listed(session)[1].fields == ("x", "x_2")
    qtbot.waitUntil(lambda: ours.cards[1].transform.fields == ("x", "x_2"))
    form = ours.cards[1].form
    assert form is not None
    form.edited.emit("deviation", 0.5)
    assert listed(session)[1].params == {"deviation": 0.5}
    form.edited.emit("deviation", 0.1)
    assert listed(session)[1].params == {}, "what is as usual is not stored"


def test_a_transform_always_has_a_field(panel: DataPanel, session: Session, qtbot: QtBot) -> None:
    ours = panel.form.transforms
    ours.insert("noise")
    qtbot.waitUntil(lambda: len(ours.cards) == 1 and bool(ours.cards[0].chosen))
    ours.cards[0].chosen["x"].click()
    assert listed(session)[0].fields == ("x",)
    assert "needs a field" in ours.cards[0].error.text()


def test_the_menu_offers_what_fits(panel: DataPanel, qtbot: QtBot) -> None:
    ours = panel.form.transforms
    ours.menu.aboutToShow.emit()
    enabled = {action.text(): action.isEnabled() for action in ours.menu.actions() if not action.isSeparator()}
    assert enabled["Rotate"]
    assert enabled["One-hot"]
    assert not enabled["Grey"], "digits have no colours"
    ours.insert("grayscale")
    assert ours.listed == []


def test_old_standardising_stands_in_the_list(panel: DataPanel, session: Session, qtbot: QtBot) -> None:
    old = Data("digits", {"size": 8}, standardise=("x",))
    session.edit("Old", [SetData(old)])
    ours = panel.form.transforms
    qtbot.waitUntil(lambda: [card.title for card in ours.cards] == ["Standardise"])
    ours.insert("flip")
    assert session.document is not None
    data = session.document.project.data
    assert data.standardise == ()
    assert [each.kind for each in data.transforms] == ["flip", "standardise"] or [
        each.kind for each in data.transforms
    ] == ["standardise", "flip"]


def test_what_does_not_fit_is_told_in_its_card(panel: DataPanel, session: Session, qtbot: QtBot) -> None:
    bad = Data("digits", {"size": 8}, transforms=(Transform("flip", ("x",)), Transform("grayscale", ("x",))))
    session.edit("Bad", [SetData(bad)])
    ours = panel.form.transforms
    qtbot.waitUntil(lambda: len(ours.cards) == 2 and "has 1 channel" in ours.cards[1].error.text(), timeout=20_000)
    assert not ours.cards[0].error.text()


def test_the_batch_is_shown_and_drawn_again(panel: DataPanel, session: Session, qtbot: QtBot) -> None:
    assert RECEIVED not in texts(panel)
    data = Data("digits", {"size": 8}, transforms=(Transform("noise", ("x",)),))
    session.edit("Noise", [SetData(data)])
    wait_for_look(panel, qtbot, data)
    qtbot.waitUntil(lambda: RECEIVED in texts(panel) and "drawn in step 1." in texts(panel))
    first = panel.look
    assert isinstance(first, Look)
    again = next(each for each in panel.findChildren(QPushButton) if each.text() == "Draw again")
    again.click()
    qtbot.waitUntil(lambda: panel.look is not first and not panel.is_loading, timeout=20_000)
    second = panel.look
    assert isinstance(second, Look)
    assert not np.array_equal(first.received["x"], second.received["x"])
    assert np.array_equal(first.samples["x"], second.samples["x"])
    qtbot.waitUntil(lambda: "drawn in step 2." in texts(panel))


def test_statistics_are_those_of_the_training_part() -> None:
    look = look_at(Data("iris", standardise=("x",)))
    assert [each.name for each in look.measured] == list(look.stored["x"].labels)
    length = look.measured[0]
    assert 5.7 < length.mean < 6
    assert (length.low, length.high) == (pytest.approx(4.3), pytest.approx(look.samples["x"][:, 0].max(), abs=0.3))
    assert abs(look.received["x"].mean()) < 0.5
    assert sum(count for _, count in look.classes) == 150


# Files that are dropped


def mime(*paths: Path) -> QMimeData:
    made = QMimeData()
    made.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    return made


def drop(target: QWidget, *paths: Path) -> bool:
    """Drags files over a widget and lets them go there; whether they were taken."""
    content = mime(*paths)
    enter = QDragEnterEvent(
        QPoint(20, 20), Qt.DropAction.CopyAction, content, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    )
    QApplication.sendEvent(target, enter)
    if not enter.isAccepted():
        return False
    event = QDropEvent(
        QPointF(20, 20), Qt.DropAction.CopyAction, content, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    )
    QApplication.sendEvent(target, event)
    return event.isAccepted()


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "flats.csv"
    path.write_text("rooms,city,rent\n" + "".join(f"{n % 5},{'ab'[n % 2]},{300.5 + n}\n" for n in range(40)))
    return path


def test_a_table_on_the_window_becomes_the_data_and_one_undo_takes_it_back(
    window: Window, qtbot: QtBot, table: Path
) -> None:
    session = window.session
    assert session.document is not None
    before = session.document.project.data
    assert drop(window, table)
    assert session.document.project.data.source == "csv"
    assert session.document.project.data.params == {"path": str(table)}
    qtbot.waitUntil(lambda: "40 rows, 3 columns" in window.toast.text.text(), timeout=20_000)
    assert "“rent”, the last column, a number" in window.toast.text.text()
    session.undo()
    assert session.document.project.data == before


def test_files_dropped_on_the_canvas_reach_the_window(window: Window, table: Path) -> None:
    canvas = window.places.documents.canvas
    assert canvas is not None
    assert drop(canvas.viewport(), table)
    assert window.session.document is not None
    assert window.session.document.project.data.source == "csv"


def test_a_project_is_opened(window: Window, tmp_path: Path) -> None:
    path = tmp_path / "mine.loom"
    write(digits(), path)
    assert drop(window, path)
    assert window.session.document is not None
    assert window.session.document.path == path


def test_data_that_cannot_be_read_are_told(window: Window, qtbot: QtBot, tmp_path: Path) -> None:
    path = tmp_path / "broken.csv"
    path.write_bytes(b"a,b\n1,2\n1,2,3\n")
    assert drop(window, path)
    qtbot.waitUntil(lambda: "broken.csv, line 3" in window.toast.text.text(), timeout=20_000)
    assert window.toast.property("level") == "error"


def test_what_nobody_reads_is_not_taken(window: Window, tmp_path: Path) -> None:
    path = tmp_path / "thing.exe"
    path.write_bytes(b"MZ")
    assert not drop(window, path)


def test_with_no_project_open_a_new_one_takes_the_data(window: Window, table: Path) -> None:
    while window.session.documents:
        window.session.close_document(0)
    assert drop(window, table)
    assert window.session.document is not None
    assert window.session.document.project.data.source == "csv"


@pytest.mark.parametrize(
    ("name", "content", "source"),
    [
        ("a.csv", b"1,2", "csv"),
        ("a.tsv", b"1\t2", "csv"),
        ("a.parquet", b"", "parquet"),
        ("noname", b"PAR1...", "parquet"),
        ("a.npz", b"", "numpy"),
        ("train-images-idx3-ubyte.gz", b"", "idx"),
        ("a.wav", b"", "sound"),
        ("poem.txt", b"The cat, a dog.\nOne, two and more, and\nso on\n", "text-file"),
        ("numbers.txt", b"1 a\t2\n3 b\t4.5\n5 c\t6\n", "csv"),
        ("a.jpg", b"", None),
    ],
)
def test_a_source_is_guessed(tmp_path: Path, name: str, content: bytes, source: str | None) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    found = guess([path], Data())
    assert (found[0] if found else None) == source


def test_folders_and_pairs_are_guessed(tmp_path: Path) -> None:
    (tmp_path / "p" / "cats").mkdir(parents=True)
    (tmp_path / "p" / "cats" / "1.png").touch()
    (tmp_path / "s" / "low").mkdir(parents=True)
    (tmp_path / "s" / "low" / "1.wav").touch()
    assert guess([tmp_path / "p"], Data()) == ("image-folder", {"path": str(tmp_path / "p")})
    assert guess([tmp_path / "s"], Data()) == ("sound-folder", {"path": str(tmp_path / "s")})
    images, labels = tmp_path / "t10k-images-idx3-ubyte", tmp_path / "t10k-labels-idx1-ubyte"
    both = {"images_path": str(images), "labels_path": str(labels)}
    assert guess([labels, images], Data()) == ("idx", both)
    assert guess([labels], Data("idx", {"images_path": str(images)})) == ("idx", both)
    x, y = tmp_path / "x.npy", tmp_path / "y.npy"
    assert guess([y, x], Data()) == ("numpy", {"path": str(x), "y_path": str(y)})
