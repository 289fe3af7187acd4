"""What goes between a window and a worker's process: frames of MessagePack, a length of four bytes before each."""

from __future__ import annotations

from typing import Any, BinaryIO

import msgspec
import numpy as np

from core.training.records import Failure, Step, Watch
from core.worker.task import Request, Task, Totals

LENGTH = 4


class Begin(msgspec.Struct, tag=True):
    """The first order: what to train."""

    task: Task


class Do(msgspec.Struct, tag=True):
    """A verb of the worker without further words: `pause`, `resume`, `single_step`, `stop` or `close`."""

    verb: str


class Look(msgspec.Struct, tag=True):
    """What is watched from now on."""

    watch: Watch | None


class Ask(msgspec.Struct, tag=True):
    """A request; its answer bears the same number."""

    number: int
    request: Request


class Fetched(msgspec.Struct, tag=True):
    """The last picture was taken out of the shared memory and has been shown: there may be another one."""


Order = Begin | Do | Look | Ask | Fetched


class Picture(msgspec.Struct):
    """A snapshot: its values as MessagePack, its arrays in the first `size` bytes of the shared memory."""

    values: bytes
    size: int


class Told(msgspec.Struct, tag=True):
    """News of the worker after it had taken `taken` orders; `quiet` says that none will follow by themselves."""

    taken: int
    quiet: bool
    state: str
    count: int
    seconds: float
    steps: list[Step] = []
    totals: Totals | None = None
    failure: Failure | None = None
    test: dict[str, float] = {}
    ended_by: str = ""
    folder: str = ""
    problem: str = ""
    tier: str = ""
    picture: Picture | None = None


class Answer(msgspec.Struct, tag=True):
    """The answer to a request; where it could not be met, `error` says why, with `place` and `fix`."""

    number: int
    value: Any = None
    error: str = ""
    place: str = ""
    fix: str = ""


Report = Told | Answer


def _plain(value: Any) -> Any:
    """NumPy's numbers as Python's own."""
    if isinstance(value, np.generic):
        return value.item()
    raise TypeError(f"a message cannot hold {type(value).__name__}")


_encoder = msgspec.msgpack.Encoder(enc_hook=_plain)
_orders = msgspec.msgpack.Decoder(Order)
_reports = msgspec.msgpack.Decoder(Report)


def send(stream: BinaryIO, message: Order | Report) -> None:
    """Writes a message; raises OSError or ValueError where nobody listens any more."""
    content = _encoder.encode(message)
    stream.write(len(content).to_bytes(LENGTH, "little") + content)
    stream.flush()


def receive_order(stream: BinaryIO) -> Order | None:
    """The next order, or None when there will be no more."""
    content = _read(stream)
    return None if content is None else _orders.decode(content)


def receive_report(stream: BinaryIO) -> Report | None:
    """The next report, or None when there will be no more."""
    content = _read(stream)
    return None if content is None else _reports.decode(content)


def _read(stream: BinaryIO) -> bytes | None:
    head = stream.read(LENGTH)
    if len(head) < LENGTH:
        return None
    length = int.from_bytes(head, "little")
    content = stream.read(length)
    return content if len(content) == length else None
