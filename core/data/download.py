"""Fetching a file from the net on request: it goes on where it stopped, is checked, and appears as a whole or not."""

from __future__ import annotations

import hashlib
import http.client
import os
import urllib.error
import urllib.request
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from core.model.fault import ProjectError

Progress = Callable[[int, int], bool | None]
"""Is told the bytes that are here and those of the whole (0: unknown); returning False stops the download."""

CHUNK = 1 << 16
TIMEOUT = 20.0
"""Seconds without a byte after which a server is given up."""
SPARE = 1 << 20
"""Bytes beyond the size that is known, after which a server that sends something else is cut off."""


@dataclass(frozen=True)
class Download:
    """A file on the net: where it is, where it belongs, its size in bytes and its SHA-256 in hexadecimal digits.

    `mirrors` are further addresses of the same file, for when the first does not give it.
    """

    url: str
    target: Path
    size: int
    sha256: str
    mirrors: tuple[str, ...] = ()


class AddressError(ProjectError):
    """One address did not give the file; another may."""


def fetch(files: Iterable[Download], progress: Progress | None = None) -> tuple[Path, ...]:
    """Downloads several files one after the other, with one progress over all of them.

    Where an address fails, the next mirror goes on; raises the first address's ProjectError when none gives the file.
    """
    wanted = tuple(files)
    total, before = sum(each.size for each in wanted), 0
    done: list[Path] = []
    for each in wanted:

        def tell(here: int, of: int, before: int = before) -> bool | None:
            return progress(before + here, total) if progress else None

        done.append(_from_any(each, tell))
        before += each.size
    return tuple(done)


def _from_any(file: Download, progress: Progress) -> Path:
    failed: list[AddressError] = []
    for url in (file.url, *file.mirrors):
        try:
            return download(url, file.sha256, file.target, progress, size=file.size)
        except AddressError as error:
            failed.append(error)
    raise failed[0]


def download(url: str, sha256: str, target: Path, progress: Progress | None = None, *, size: int = 0) -> Path:
    """Fetches `url` to `target` and returns it; a file that is already there with the right checksum stays.

    What has arrived is kept beside the target as `….part`, so that a later call goes on from there. The target appears
    in one move, after its checksum was found right. Raises ProjectError in plain words: without a network, when the
    server refuses or breaks off, when the disk is full, when the checksum is wrong, or when `progress` stopped it.
    """
    if urlsplit(url).scheme not in ("http", "https"):
        raise ProjectError(f"“{url}” is no address on the net.", fix="It must begin with https:// or http://.")
    if target.is_file() and _sha256(target) == sha256:
        return target
    part = target.with_name(target.name + ".part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        _receive(url, part, progress, size)
        found = _sha256(part)
        if found != sha256:
            part.unlink()
            raise AddressError(
                f"What arrived as {target.name} is not the file that was asked for: its checksum is {found[:12]}…, not "
                f"{sha256[:12]}….",
                place=url,
                fix="Try again later; a proxy or a login page may stand in between.",
            )
        os.replace(part, target)
    except (urllib.error.URLError, http.client.HTTPException, TimeoutError, ConnectionError) as error:
        raise _unreachable(url, error) from error
    except OSError as error:
        raise ProjectError(
            f"The file cannot be written: {error.strerror or error}.",
            place=str(target),
            fix="Make room, or choose another folder.",
        ) from error
    return target


def _receive(url: str, part: Path, progress: Progress | None, size: int) -> None:
    """Appends to `part` what is missing of it, or all where the server cannot go on from the middle."""
    have = part.stat().st_size if part.exists() else 0
    if size and have == size:
        return
    if size and have > size:
        have = 0
    request = urllib.request.Request(url, headers={"User-Agent": "layerloom", "Accept-Encoding": "identity"})
    if have:
        request.add_header("Range", f"bytes={have}-")
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT) as answer:
            goes_on = answer.status == 206 and answer.headers.get("Content-Range", "").startswith(f"bytes {have}-")
            if have and not goes_on:
                if answer.status == 206:
                    raise http.client.HTTPException("another part of the file was sent than was asked for")
                have = 0
            length = answer.headers.get("Content-Length", "")
            total = have + int(length) if length.isdigit() else size
            with part.open("ab" if have else "wb") as file:
                _copy(answer, file, have, total, size, progress, url)
    except urllib.error.HTTPError as error:
        error.close()
        if error.code != 416 or not have:
            raise
        part.unlink()  # it is longer than the file, and so not a part of it
        _receive(url, part, progress, size)


def _copy(
    answer: http.client.HTTPResponse,
    file: object,
    have: int,
    total: int,
    size: int,
    progress: Progress | None,
    url: str,
) -> None:
    while True:
        if progress and progress(have, total) is False:
            raise ProjectError("The download was stopped.", place=url, fix="Started again, it goes on from here.")
        chunk = answer.read(CHUNK)
        if not chunk:
            break
        file.write(chunk)  # type: ignore[attr-defined]
        have += len(chunk)
        if size and have > size + SPARE:
            raise http.client.HTTPException("the server sends more than the file is long")
    if have < total:
        raise http.client.IncompleteRead(b"", total - have)


def _unreachable(url: str, error: Exception) -> AddressError:
    host = urlsplit(url).hostname or url
    if isinstance(error, urllib.error.HTTPError):
        reason = "the file is not there any more" if error.code in (404, 410) else error.reason
        return AddressError(
            f"{host} does not give the file ({error.code}): {reason}.",
            place=url,
            fix="Try again later, or fetch it by hand.",
        )
    if isinstance(error, urllib.error.URLError) and not isinstance(error.reason, (TimeoutError, ConnectionResetError)):
        return AddressError(
            f"{host} cannot be reached ({error.reason}).",
            place=url,
            fix="Is there a network? Connect and try again; everything else works without.",
        )
    if isinstance(error, (TimeoutError, urllib.error.URLError)):
        words = f"{host} has not answered for {TIMEOUT:g} seconds."
    else:
        words = f"{host} broke off before the whole file had arrived."
    return AddressError(words, place=url, fix="Try again: it goes on from where it stopped.")


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
