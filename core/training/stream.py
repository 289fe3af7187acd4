"""Batches that are read from files ahead of the device, in a given order."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from queue import Empty, Full, Queue
from typing import Any, Generic, TypeVar

import numpy as np
import numpy.typing as npt
import torch
from torch.utils.data import DataLoader, Dataset

AHEAD = 3
"""Batches that wait, read and not yet used."""
PATIENCE = 0.1
"""Seconds after which a reader looks whether it is still wanted."""

B = TypeVar("B")
Indices = npt.NDArray[np.int64]


class _Samples(Dataset[B], Generic[B]):
    """What a `DataLoader` reads a whole batch of samples from."""

    def __init__(self, read: Callable[[Indices], B]) -> None:
        self._read = read

    def __getitem__(self, index: int) -> B:
        return self._read(np.array([index]))

    def __getitems__(self, indices: Sequence[int]) -> B:
        return self._read(np.asarray(indices, np.int64))


def _whole(batch: B) -> B:
    """A batch is read as one; there is nothing to put together."""
    return batch


def streamed(orders: Sequence[npt.NDArray[Any]], read: Callable[[Indices], B], *, pinned: bool = False) -> Iterator[B]:
    """What `read` gives for each of the orders, in turn, through a `DataLoader`, while the last ones are used.

    A thread reads ahead: decoding pictures lets go of Python's lock, and a thread needs no copy of the program as a
    worker process does. What `read` raises is raised where the batch would have come. Tensors that are `pinned` are
    copied to a GPU while it works; it waits for those of other memory.
    """
    # With a generator of its own it leaves torch's global one alone, from which it would draw.
    loader: DataLoader[B] = DataLoader(
        _Samples(read),
        batch_sampler=[order.tolist() for order in orders],
        collate_fn=_whole,
        generator=torch.Generator().manual_seed(0),
        pin_memory=pinned,
    )
    queue: Queue[tuple[B | None, Exception | None]] = Queue(AHEAD)
    over = threading.Event()

    def put(item: tuple[B | None, Exception | None]) -> bool:
        while not over.is_set():
            try:
                queue.put(item, timeout=PATIENCE)
            except Full:
                continue
            return True
        return False

    def work() -> None:
        try:
            for batch in loader:
                if not put((batch, None)):
                    return
        except Exception as error:
            # It is raised again where the batch is fetched.
            put((None, error))

    def batches() -> Iterator[B]:
        reader = threading.Thread(target=work, name="reading ahead", daemon=True)
        reader.start()
        try:
            for _ in orders:
                batch, error = queue.get()
                if error is not None:
                    raise error
                if batch is not None:
                    yield batch
        finally:
            over.set()
            while not queue.empty():
                try:
                    queue.get_nowait()
                except Empty:
                    break

    return batches()
