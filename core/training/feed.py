"""The data of a run as tensors on its device, and the batches of an epoch."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

from core.data.dataset import Dataset
from core.model.fault import ProjectError
from core.model.project import Project
from core.model.spec import registry

Batch = tuple[Tensor, ...]
"""One tensor for each input node, in the order of `Feed.names`; all have the batch axis first."""

GATHER = 512 * 1024 * 1024
"""Bytes of training data up to which an epoch is put in order at once, which is faster than batch by batch."""


def data_field(project: Project, node: str) -> tuple[str, str]:
    """The field and the form that an input node reads."""
    found = project.graph.nodes[node]
    params = registry[found.kind].complete(found.params)
    return str(params["field"]), str(params["form"])


class Feed:
    """Reads each field of the data once for each form, keeps it on the device and cuts batches from it."""

    def __init__(self, project: Project, dataset: Dataset, names: tuple[str, ...], device: torch.device) -> None:
        """`names` are the input nodes that want data."""
        self.names = names
        self.device = device
        self._dataset = dataset
        self._fields = [data_field(project, name) for name in names]
        self._columns = list(dict.fromkeys(self._fields))
        self._places = [self._columns.index(field) for field in self._fields]
        self._parts: dict[str, list[Tensor]] = {}
        if not self.size("train"):
            raise ProjectError(
                "The training part holds no samples.", place="data.split", fix="Give validation and test less."
            )

    def size(self, part: str) -> int:
        """Samples in `train`, `validation` or `test`."""
        return int(self._dataset.size(part))

    def _load(self, part: str) -> list[Tensor]:
        if part not in self._parts:
            arrays = [self._dataset.column(part, field, form) for field, form in self._columns]
            self._parts[part] = [torch.as_tensor(array).to(self.device) for array in arrays]
        return self._parts[part]

    def all(self, part: str) -> Batch:
        """The whole part as one batch, in the order of the data."""
        columns = self._load(part)
        return tuple(columns[place] for place in self._places)

    def sample(self, part: str, index: int) -> Batch:
        """One sample as a batch of 1."""
        return tuple(column[index : index + 1] for column in self.all(part))

    def chunks(self, part: str, size: int) -> Iterator[Batch]:
        """The part in order, in batches of at most `size`."""
        return zip(*(torch.split(column, size) for column in self.all(part)), strict=True)

    def steps(self, batch_size: int, merge_single: bool) -> int:
        """Batches in an epoch."""
        return len(self._sizes(batch_size, merge_single))

    def _sizes(self, batch_size: int, merge_single: bool) -> list[int]:
        full, rest = divmod(self.size("train"), batch_size)
        sizes = [batch_size] * full + [rest] * bool(rest)
        if merge_single and rest == 1 and full:
            sizes[-2:] = [batch_size + 1]
        return sizes

    def epoch(self, batch_size: int, merge_single: bool, generator: torch.Generator) -> Iterator[Batch]:
        """The training part in a new random order, in batches; the last one holds what is left.

        With `merge_single` a last batch of one sample joins the one before it: batch normalisation has no variance to
        divide by in a batch of one.
        """
        columns = self._load("train")
        order = torch.randperm(self.size("train"), generator=generator).to(self.device)
        sizes = self._sizes(batch_size, merge_single)
        if sum(column.nbytes for column in columns) <= GATHER:
            split = [torch.split(column.index_select(0, order), sizes) for column in columns]
            return zip(*(split[place] for place in self._places), strict=True)
        return self._gathered(columns, torch.split(order, sizes))

    def _gathered(self, columns: list[Tensor], orders: tuple[Tensor, ...]) -> Iterator[Batch]:
        for order in orders:
            rows = [column.index_select(0, order) for column in columns]
            yield tuple(rows[place] for place in self._places)
