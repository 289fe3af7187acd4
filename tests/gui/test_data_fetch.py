"""Data that have to be fetched: offered in the data panel, stopped, gone on with, refused, and shown once here."""

from __future__ import annotations

import functools
import gzip
import hashlib
import struct
import threading
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from core.data import dataset
from core.data.bundled import fashion
from core.data.recent import Recent
from core.model.ops import SetData
from core.model.settings import Data
from gui.panels.data import DataPanel
from gui.panels.data_look import Look
from gui.session import Session

FULL = Data("fashion-mnist", {"images": fashion.FULL})
COUNT, TEST = 40, 20


class Handler(SimpleHTTPRequestHandler):
    def do_GET(self) -> None:
        self.server.let.wait(20)  # type: ignore[attr-defined]
        super().do_GET()

    def log_message(self, format: str, *args: object) -> None:
        """Keeps quiet."""


@pytest.fixture
def net(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ThreadingHTTPServer]:
    """A server that has the four files, of fewer images; `let` holds its answers back."""
    folder = tmp_path / "net"
    folder.mkdir()
    chance = np.random.default_rng(0)
    files = {}
    for name, count in zip(fashion.FILES, (COUNT, COUNT, TEST, TEST), strict=True):
        shape = (count, 28, 28) if "images" in name else (count,)
        values = chance.integers(0, 10, shape).astype(np.uint8)
        header = struct.pack(f">BBBB{len(shape)}I", 0, 0, 8, len(shape), *shape)
        whole = gzip.compress(header + values.tobytes(), 1)
        (folder / name).write_bytes(whole)
        files[name] = (len(whole), hashlib.sha256(whole).hexdigest())
    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Handler, directory=str(folder)))
    server.let = threading.Event()  # type: ignore[attr-defined]
    # What an earlier test has read is forgotten.
    for memory in ("_arrays", "_datasets"):
        monkeypatch.setattr(dataset, memory, Recent(2))
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    monkeypatch.setattr(fashion, "FILES", files)
    monkeypatch.setitem(fashion.COUNTS, fashion.FULL, (COUNT, TEST))
    monkeypatch.setattr(fashion, "SERVER", f"http://127.0.0.1:{server.server_address[1]}/")
    monkeypatch.setattr(fashion, "MIRROR", f"http://127.0.0.1:{server.server_address[1]}/none/")
    monkeypatch.setattr(fashion, "DEBIAN", tmp_path / "none")
    monkeypatch.setattr(fashion, "home", lambda: tmp_path / "home")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.let.set()  # type: ignore[attr-defined]
    server.shutdown()
    server.server_close()
    thread.join(10)


@pytest.fixture
def panel(net: ThreadingHTTPServer, qtbot: QtBot) -> Iterator[DataPanel]:
    session = Session()
    session.open_preset("lenet-5")
    session.edit("Use all of Fashion-MNIST", [SetData(FULL)])
    made = DataPanel(session)
    qtbot.addWidget(made)
    made.resize(320, 1200)
    made.show()
    qtbot.waitUntil(made.fetch.start_button.isVisible, timeout=20_000)
    yield made
    session.close()


def click(qtbot: QtBot, button: object) -> None:
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)  # type: ignore[call-overload]


def test_what_is_missing_is_offered_fetched_and_shown(panel: DataPanel, net: ThreadingHTTPServer, qtbot: QtBot) -> None:
    assert "4 files" in panel.fetch.text.text()
    assert "127.0.0.1" in panel.fetch.text.text()
    click(qtbot, panel.fetch.start_button)
    assert panel.fetch.bar.isVisible()
    assert not panel.fetch.start_button.isVisible()
    net.let.set()  # type: ignore[attr-defined]
    qtbot.waitUntil(lambda: isinstance(panel.look, Look), timeout=20_000)
    assert isinstance(panel.look, Look)
    assert panel.look.total == COUNT + TEST
    assert not panel.fetch.isVisible()


def test_a_stopped_download_can_go_on(panel: DataPanel, net: ThreadingHTTPServer, qtbot: QtBot) -> None:
    click(qtbot, panel.fetch.start_button)
    click(qtbot, panel.fetch.stop_button)
    net.let.set()  # type: ignore[attr-defined]
    qtbot.waitUntil(panel.fetch.start_button.isVisible, timeout=20_000)
    assert "stopped" in panel.fetch.text.text()
    click(qtbot, panel.fetch.start_button)
    qtbot.waitUntil(lambda: isinstance(panel.look, Look), timeout=20_000)


def test_what_does_not_come_is_explained_and_other_data_take_the_offer_away(
    panel: DataPanel, net: ThreadingHTTPServer, qtbot: QtBot
) -> None:
    net.let.set()  # type: ignore[attr-defined]
    for file in Path(net.RequestHandlerClass.keywords["directory"]).iterdir():  # type: ignore[attr-defined]
        file.unlink()
    click(qtbot, panel.fetch.start_button)
    qtbot.waitUntil(panel.fetch.start_button.isVisible, timeout=20_000)
    assert "not there any more" in panel.fetch.text.text()
    panel.session.edit("Use digits", [SetData(Data("digits"))])
    qtbot.waitUntil(lambda: not panel.fetch.isVisible(), timeout=20_000)
