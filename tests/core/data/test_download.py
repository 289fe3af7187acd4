"""Downloads from a small server of our own: whole, resumed, broken off, wrong, refused and without a network."""

from __future__ import annotations

import hashlib
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from core.data import download as module
from core.data.download import Download, download, fetch
from core.model.fault import ProjectError

BODY = bytes(range(256)) * 2_000
SHA = hashlib.sha256(BODY).hexdigest()


class Server(ThreadingHTTPServer):
    """Notes the ranges that are asked for; `ranges` is whether it can go on, `cut` after how many bytes it hangs up."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.asked: list[str | None] = []
        self.ranges, self.cut, self.silent = True, 0, threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/"


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        asked = self.headers.get("Range")
        self.server.asked.append(asked)
        if self.path in ("/gone", "/lost-too"):
            self.send_error(404)
            return
        if self.path == "/silent":
            self.server.silent.wait(20)
            return
        begin = int(asked.removeprefix("bytes=").removesuffix("-")) if asked and self.server.ranges else 0
        if begin >= len(BODY):
            self.send_error(416)
            return
        self.send_response(206 if begin else 200)
        self.send_header("Content-Length", str(len(BODY) - begin))
        if begin:
            self.send_header("Content-Range", f"bytes {begin}-{len(BODY) - 1}/{len(BODY)}")
        self.end_headers()
        self.wfile.write(BODY[begin : self.server.cut or None])

    def log_message(self, format: str, *args: object) -> None:
        """Keeps quiet."""


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    made = Server()
    thread = threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield made
    made.silent.set()
    made.shutdown()
    made.server_close()
    thread.join(10)


def test_a_file_arrives_whole_with_its_progress_and_nothing_else_is_left(server: Server, tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    target = tmp_path / "new" / "file.bin"
    assert download(server.url, SHA, target, lambda here, of: told.append((here, of))) == target
    assert target.read_bytes() == BODY
    assert [each.name for each in target.parent.iterdir()] == ["file.bin"]
    assert told[0] == (0, len(BODY))
    assert told[-1] == (len(BODY), len(BODY))
    assert told == sorted(told)


def test_what_is_there_already_is_not_fetched_again_unless_it_is_damaged(server: Server, tmp_path: Path) -> None:
    target = tmp_path / "file.bin"
    target.write_bytes(BODY)
    download(server.url, SHA, target)
    assert server.asked == []
    target.write_bytes(BODY[:-1])
    download(server.url, SHA, target)
    assert server.asked == [None]
    assert target.read_bytes() == BODY


def test_a_download_that_broke_off_goes_on_where_it_stopped(server: Server, tmp_path: Path) -> None:
    target = tmp_path / "file.bin"
    server.cut = 100_000
    with pytest.raises(ProjectError, match="broke off") as refused:
        download(server.url, SHA, target)
    assert "goes on" in refused.value.fix
    assert not target.exists()
    server.cut = 0
    told: list[int] = []
    download(server.url, SHA, target, lambda here, of: told.append(here))
    assert server.asked == [None, "bytes=100000-"]
    assert told[0] == 100_000
    assert target.read_bytes() == BODY


def test_a_stopped_download_keeps_what_has_arrived(server: Server, tmp_path: Path) -> None:
    target = tmp_path / "file.bin"
    with pytest.raises(ProjectError, match="stopped"):
        download(server.url, SHA, target, lambda here, of: here < 130_000)
    kept = (tmp_path / "file.bin.part").read_bytes()
    assert 130_000 <= len(kept) < len(BODY)
    assert BODY.startswith(kept)
    download(server.url, SHA, target)
    assert server.asked[-1] == f"bytes={len(kept)}-"


def test_a_server_that_cannot_go_on_begins_anew(server: Server, tmp_path: Path) -> None:
    (tmp_path / "file.bin.part").write_bytes(b"something else")
    server.ranges = False
    download(server.url, SHA, tmp_path / "file.bin")
    assert (tmp_path / "file.bin").read_bytes() == BODY


@pytest.mark.parametrize("size", [0, len(BODY)])
def test_a_part_that_is_longer_than_the_file_is_thrown_away(server: Server, tmp_path: Path, size: int) -> None:
    (tmp_path / "file.bin.part").write_bytes(BODY + b"more")
    download(server.url, SHA, tmp_path / "file.bin", size=size)
    assert (tmp_path / "file.bin").read_bytes() == BODY


def test_a_part_that_is_whole_needs_no_server(tmp_path: Path) -> None:
    (tmp_path / "file.bin.part").write_bytes(BODY)
    download("http://127.0.0.1:9/", SHA, tmp_path / "file.bin", size=len(BODY))
    assert (tmp_path / "file.bin").read_bytes() == BODY


def test_another_file_than_was_asked_for_is_refused_and_not_kept(server: Server, tmp_path: Path) -> None:
    with pytest.raises(ProjectError, match="checksum"):
        download(server.url, "0" * 64, tmp_path / "file.bin")
    assert list(tmp_path.iterdir()) == []


def test_a_server_that_never_ends_is_cut_off(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SPARE", 1_000)
    with pytest.raises(ProjectError, match="broke off"):
        download(server.url, SHA, tmp_path / "file.bin", size=10_000)
    assert not (tmp_path / "file.bin").exists()


def test_a_file_that_is_gone_is_said_to_be(server: Server, tmp_path: Path) -> None:
    with pytest.raises(ProjectError, match=r"127.0.0.1 does not give the file \(404\).*not there"):
        download(server.url + "gone", SHA, tmp_path / "file.bin")


def test_a_server_that_keeps_silent_is_given_up(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "TIMEOUT", 0.2)
    with pytest.raises(ProjectError, match="has not answered"):
        download(server.url + "silent", SHA, tmp_path / "file.bin")


def test_without_a_network_it_is_said_in_plain_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def nowhere(*args: object, **kwargs: object) -> None:
        raise socket.gaierror(-3, "Temporary failure in name resolution")

    monkeypatch.setattr(socket, "getaddrinfo", nowhere)
    for variable in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(variable, raising=False)
    with pytest.raises(ProjectError, match=r"data\.invalid cannot be reached") as refused:
        download("http://data.invalid/file", SHA, tmp_path / "file.bin")
    assert "network" in refused.value.fix


def test_only_addresses_on_the_net_are_fetched(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_bytes(BODY)
    with pytest.raises(ProjectError, match="no address"):
        download(secret.as_uri(), SHA, tmp_path / "file.bin")


def test_a_folder_that_cannot_be_written_to_is_named(server: Server, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(ProjectError, match="cannot be written") as refused:
        download(server.url, SHA, tmp_path / "file" / "below.bin")
    assert refused.value.place == str(tmp_path / "file" / "below.bin")


def test_several_files_have_one_progress(server: Server, tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    files = [Download(server.url, tmp_path / name, len(BODY), SHA) for name in ("a", "b")]
    assert fetch(files, lambda here, of: told.append((here, of))) == (tmp_path / "a", tmp_path / "b")
    assert {of for _, of in told} == {2 * len(BODY)}
    assert [here for here, _ in told] == sorted(here for here, _ in told)
    assert told[-1][0] == 2 * len(BODY)


def test_where_an_address_fails_a_mirror_goes_on(server: Server, tmp_path: Path) -> None:
    lost = Download(server.url + "gone", tmp_path / "a", len(BODY), SHA, (server.url + "lost-too", server.url))
    assert fetch([lost]) == (tmp_path / "a",)
    assert (tmp_path / "a").read_bytes() == BODY
    none = Download(server.url + "gone", tmp_path / "b", len(BODY), SHA, ("http://127.0.0.1:9/",))
    with pytest.raises(ProjectError, match="404"):
        fetch([none])


def test_a_stopped_download_asks_no_mirror(server: Server, tmp_path: Path) -> None:
    file = Download(server.url, tmp_path / "a", len(BODY), SHA, (server.url + "mirror",))
    with pytest.raises(ProjectError, match="stopped"):
        fetch([file], lambda here, of: False)
    assert len(server.asked) == 1
