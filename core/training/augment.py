"""Batches of training through the transforms that are drawn anew for each of them."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.nn import functional

from core.data.dataset import Dataset
from core.data.transforms.drawing import draw
from core.data.transforms.plan import Step


class Augment:
    """Draws on the device, from a generator that is seeded by the run's seed, the step and the transform."""

    def __init__(self, dataset: Dataset, columns: list[tuple[str, str]], seed: int, device: torch.device) -> None:
        """`columns` are the fields that are wanted, each in its form."""
        self._dataset, self._columns, self._seed, self._device = dataset, columns, seed, device
        plan = dataset.plan
        indices, needed = plan.needed({field for field, _ in columns})
        self._steps = [plan.steps[index] for index in indices]
        self._needed = sorted(needed)
        self.draws = any(step.drawn for step in self._steps)
        """Whether the wanted fields differ from batch to batch."""
        self._scales: dict[Step, tuple[Tensor, Tensor]] = {}
        for index in indices:
            if plan.steps[index].spec.affine:
                mean, std = (torch.from_numpy(each).to(device) for each in dataset.pipeline.fitted[index])
                self._scales[plan.steps[index]] = mean, std
        self._generator = torch.Generator(device=device)
        self._base: dict[str, Tensor] = {}

    def base(self) -> dict[str, Tensor]:
        """The fields of the training part on the device, before all that is drawn."""
        if not self._base:
            self._base = {name: values.to(self._device) for name, values in self.rows(None).items()}
        return self._base

    def rows(self, rows: npt.NDArray[Any] | None) -> dict[str, Tensor]:
        """These samples of the training part, before all that is drawn, in memory."""
        return {name: torch.from_numpy(self._dataset.base("train", name, rows)) for name in self._needed}

    def columns(self, batch: dict[str, Tensor], number: int) -> list[Tensor]:
        """A batch of what `base` gives as it is fed in step `number`, in the order of the columns."""
        made = draw(self._steps, self._scales, batch, self._seed, number, self._generator)
        return [self._in_form(made[field], field, form) for field, form in self._columns]

    def _in_form(self, values: Tensor, field: str, form: str) -> Tensor:
        if form == "as stored":
            return values
        formed = self._dataset.fields[field].formed(form)
        if form == "one-hot":
            # A target that is to be ignored (-100) is a row of zeros.
            hot = functional.one_hot(values.clamp(min=0), formed.shape[-1]).float()
            return torch.where((values >= 0)[..., None], hot, torch.zeros_like(hot))
        numbers = values.float().reshape(-1, 1)
        return 2 * numbers - 1 if form == "sign" else numbers


def looked_at(dataset: Dataset, rows: npt.NDArray[Any], seed: int, number: int) -> dict[str, npt.NDArray[Any]]:
    """What the network would receive of these training samples in step `number`: every field, on the CPU."""
    augment = Augment(dataset, [(name, "as stored") for name in dataset.fields], seed, torch.device("cpu"))
    columns = augment.columns(augment.rows(rows), number)
    return {name: np.asarray(column.numpy()) for name, column in zip(dataset.fields, columns, strict=True)}
