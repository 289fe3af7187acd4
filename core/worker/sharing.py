"""Snapshots through memory that two processes share: one slot, whose arrays are copied in and out.

The memory has no name on POSIX systems, and on Windows one that goes with its last user. So nothing is left behind,
however the two end.
"""

from __future__ import annotations

import mmap
import os
import sys
import tempfile
import uuid
from typing import Any

import msgspec
import numpy as np

from core.training.records import Snapshot
from core.worker.wire import Picture

ALIGNED = 64
"""Arrays begin at multiples of so many bytes."""


class Memory:
    """Memory known by a `handle` that a child process can open; it grows when more is written."""

    def __init__(self, handle: str = "") -> None:
        self._map: mmap.mmap | None = None
        self._size = 0
        if handle:
            self.handle = handle
        elif sys.platform == "win32":
            self.handle = f"layerloom-{uuid.uuid4().hex}"
        else:
            self.handle = str(_nameless())

    @property
    def descriptors(self) -> tuple[int, ...]:
        """What a child process has to inherit."""
        return () if sys.platform == "win32" else (int(self.handle),)

    def view(self, size: int, *, grow: bool = False) -> mmap.mmap:
        """At least `size` bytes of it; `grow` makes them where there are fewer."""
        if self._map is None or self._size < size:
            self._unmap()
            self._size = -(-max(size, 1) // mmap.PAGESIZE) * mmap.PAGESIZE
            self._map = self._mapped(self._size, grow)
        return self._map

    def close(self) -> None:
        """Lets it go on this side."""
        self._unmap()
        if sys.platform != "win32" and self.handle:
            os.close(int(self.handle))
        self.handle = ""

    def _mapped(self, size: int, grow: bool) -> mmap.mmap:
        if sys.platform == "win32":
            # Such memory keeps its size, so each size has a name of its own.
            return mmap.mmap(-1, size, tagname=f"{self.handle}-{size}")
        descriptor = int(self.handle)
        if grow and os.fstat(descriptor).st_size < size:
            os.ftruncate(descriptor, size)
        return mmap.mmap(descriptor, size)

    def _unmap(self) -> None:
        if self._map is not None:
            self._map.close()
            self._map = None


def _nameless() -> int:
    """A file of memory without a name."""
    if hasattr(os, "memfd_create"):
        return os.memfd_create("layerloom snapshots")
    descriptor, name = tempfile.mkstemp(prefix="layerloom-")
    os.unlink(name)
    return descriptor


def write(snapshot: Snapshot, memory: Memory) -> Picture:
    """Puts a snapshot's arrays into the memory, over those that were there."""
    arrays: list[tuple[int, np.ndarray[Any, Any]]] = []
    size = 0

    def place(value: Any) -> Any:
        nonlocal size
        if isinstance(value, np.generic):
            return value.item()
        if not isinstance(value, np.ndarray):
            raise TypeError(f"a snapshot cannot hold {type(value).__name__}")
        begin = -(-size // ALIGNED) * ALIGNED
        arrays.append((begin, value))
        size = begin + value.nbytes
        return begin, list(value.shape), value.dtype.str

    values = msgspec.msgpack.encode(snapshot, enc_hook=place)
    view = memory.view(size, grow=True)
    for begin, array in arrays:
        np.ndarray(array.shape, array.dtype, view, begin)[...] = array
    return Picture(values, size)


def read(picture: Picture, memory: Memory) -> Snapshot:
    """The snapshot with arrays of its own."""
    view = memory.view(picture.size)

    def copied(kind: Any, value: Any) -> np.ndarray[Any, Any]:
        begin, shape, dtype = value
        return np.ndarray(tuple(shape), np.dtype(dtype), view, begin).copy()

    return msgspec.msgpack.decode(picture.values, type=Snapshot, dec_hook=copied)
