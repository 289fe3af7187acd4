"""The data of a run as tensors on its device, and the batches of an epoch."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from core.data.dataset import Dataset
from core.model.fault import ProjectError
from core.model.project import Project
from core.model.spec import registry
from core.training.augment import Augment
from core.training.stream import streamed

Batch = tuple[Tensor, ...]
"""One tensor for each input node, in the order of `Feed.names`; all have the batch axis first."""

GATHER = 512 * 1024 * 1024
"""Bytes of training data up to which an epoch is put in order at once, which is faster than batch by batch."""
FIRST = 1024
"""Samples that stand for a part which is read from files, where all of it at once is asked for."""


def data_field(project: Project, node: str) -> tuple[str, str]:
    """The field and the form that an input node reads."""
    found = project.graph.nodes[node]
    params = registry[found.kind].complete(found.params)
    return str(params["field"]), str(params["form"])


class Feed:
    """Reads each field of the data once for each form, keeps it on the device and cuts batches from it.

    Data that stay in their files are read batch by batch instead, ahead of the device. Batches of training go through
    the transforms that are drawn anew; these depend on the run's seed and the number of the step alone.
    """

    def __init__(self, project: Project, dataset: Dataset, names: tuple[str, ...], device: torch.device) -> None:
        """`names` are the input nodes that want data."""
        self.names = names
        self.device = device
        self._dataset = dataset
        self._fields = [data_field(project, name) for name in names]
        self._columns = list(dict.fromkeys(self._fields))
        self._places = [self._columns.index(field) for field in self._fields]
        self._parts: dict[str, list[Tensor]] = {}
        self._augment = Augment(dataset, self._columns, project.training.seed, device)
        self._streams = any(dataset.is_streamed(field) for field, _ in self._columns)
        self.step = 0
        """How many batches of training were given; to be set where a run goes on."""
        if not self.size("train"):
            raise ProjectError(
                "The training part holds no samples.", place="data.split", fix="Give validation and test less."
            )

    def size(self, part: str) -> int:
        """Samples in `train`, `validation` or `test`."""
        return int(self._dataset.size(part))

    def _load(self, part: str) -> list[Tensor]:
        if part not in self._parts:
            rows = np.arange(min(FIRST, self.size(part))) if self._streams else None
            self._parts[part] = self._read(part, rows)
        return self._parts[part]

    def _read(self, part: str, rows: npt.NDArray[Any] | None) -> list[Tensor]:
        arrays = [self._dataset.column(part, field, form, rows) for field, form in self._columns]
        return [torch.as_tensor(array).to(self.device) for array in arrays]

    def _placed(self, columns: list[Tensor]) -> Batch:
        return tuple(columns[place] for place in self._places)

    def all(self, part: str) -> Batch:
        """The whole part as one batch, in the order of the data; its first samples where it stays in its files."""
        return self._placed(self._load(part))

    def sample(self, part: str, index: int) -> Batch:
        """One sample as a batch of 1."""
        if self._streams:
            return self._placed(self._read(part, np.array([index])))
        return tuple(column[index : index + 1] for column in self.all(part))

    def chunks(self, part: str, size: int) -> Iterator[Batch]:
        """The part in order, in batches of at most `size`."""
        if not self._streams:
            return zip(*(torch.split(column, size) for column in self.all(part)), strict=True)
        places = np.arange(self.size(part))
        orders = [places[begin : begin + size] for begin in range(0, len(places), size)]
        columns = streamed(orders, lambda rows: self._read(part, rows))
        return (self._placed(each) for each in columns)

    def state(self) -> dict[str, Any]:
        """What `restore` takes to go on exactly, besides the order of the samples."""
        return {"step": self.step}

    def restore(self, state: Mapping[str, Any]) -> None:
        self.step = state["step"]

    def steps(self, batch_size: int, merge_single: bool) -> int:
        """Batches in an epoch."""
        return len(self._sizes(batch_size, merge_single))

    def _sizes(self, batch_size: int, merge_single: bool) -> list[int]:
        full, rest = divmod(self.size("train"), batch_size)
        sizes = [batch_size] * full + [rest] * bool(rest)
        if merge_single and rest == 1 and full:
            sizes[-2:] = [batch_size + 1]
        return sizes

    def epoch(self, batch_size: int, merge_single: bool, generator: torch.Generator, skip: int = 0) -> Iterator[Batch]:
        """The training part in a new random order, in batches; the last one holds what is left.

        With `merge_single` a last batch of one sample joins the one before it: batch normalisation has no variance to
        divide by in a batch of one. `skip` leaves out the first batches, where a run goes on within an epoch; `step`
        is then that of the first batch which is given.
        """
        order = torch.randperm(self.size("train"), generator=generator)
        sizes = self._sizes(batch_size, merge_single)
        if self._streams:
            return self._from_files(torch.split(order, sizes)[skip:])
        if self._augment.draws:
            return self._drawn(torch.split(order.to(self.device), sizes)[skip:])
        columns = self._load("train")
        order = order.to(self.device)
        if sum(column.nbytes for column in columns) <= GATHER and not skip:
            split = [torch.split(column.index_select(0, order), sizes) for column in columns]
            return zip(*(split[place] for place in self._places), strict=True)
        return self._gathered(columns, torch.split(order, sizes)[skip:])

    def _gathered(self, columns: list[Tensor], orders: tuple[Tensor, ...]) -> Iterator[Batch]:
        for order in orders:
            yield self._placed([column.index_select(0, order) for column in columns])

    def _drawn(self, orders: tuple[Tensor, ...]) -> Iterator[Batch]:
        base = self._augment.base()
        for order in orders:
            batch = {name: column.index_select(0, order) for name, column in base.items()}
            self.step += 1
            yield self._placed(self._augment.columns(batch, self.step))

    def _from_files(self, orders: tuple[Tensor, ...]) -> Iterator[Batch]:
        indices, on_gpu = [order.numpy() for order in orders], self.device.type == "cuda"
        for batch in streamed(indices, self._augment.rows, pinned=on_gpu):
            self.step += 1
            on_device = {name: values.to(self.device, non_blocking=True) for name, values in batch.items()}
            yield self._placed(self._augment.columns(on_device, self.step))
