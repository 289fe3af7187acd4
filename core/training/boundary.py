"""What a network says everywhere in the plane of its two inputs, or along the line of its only one."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor, fx

from core.compiler.ends import titles
from core.training.feed import Batch, data_field
from core.training.judge import Wire
from core.training.records import Boundary, FloatArray
from core.training.trainer import Trainer

POINTS = 500
"""Training samples at most that are drawn over a boundary."""
MARGIN = 0.15
"""Share of the data's span that is shown on each side."""


ProgramOf = Callable[[tuple[Wire, ...]], fx.GraphModule]


def boundary(trainer: Trainer, program_of: ProgramOf, side: int) -> Boundary | None:
    """What the network's outputs say on `side` points along each feature: the first, and others that read the same.

    None for a network whose first output reads something else than one or two features.
    """
    network, columns = trainer.network, trainer.feed.all("train")
    program = program_of(network.outputs[:1])
    names = network.inputs_of(program)
    if len(names) != 1:
        return None
    x = columns[trainer.feed.names.index(names[0])]
    if x.dim() != 2 or x.shape[1] > 2 or not x.is_floating_point():
        return None
    low, high = x.amin(0), x.amax(0)
    margin = ((high - low) * MARGIN).clamp(min=1e-3)
    ends = list(zip((low - margin).tolist(), (high + margin).tolist(), strict=True))
    axes = [torch.linspace(a, b, side, device=x.device) for a, b in ends]
    targets = _targets(trainer, columns)
    # Axes bear the units of the data, not those of the standardised values that the network reads.
    field = data_field(trainer.project, names[0])[0]
    points = _own_units(trainer, field, _array(x[:POINTS]))
    lows, highs = _own_units(trainer, field, np.array(ends, np.float32).T).tolist()
    if len(axes) == 1:
        said = program(axes[0][:, None])[0]
        line = axes[0][:, None]
        curves = {name: y for name, y in _several(trainer, program_of, names, line).items() if y.shape == line.shape}
        values = _array(torch.cat(list(curves.values()), 1) if curves else said).reshape(1, side, -1)
        values, targets = _answers_in_own_units(trainer, values, targets, bool(curves))
        heights = float(np.nan_to_num(values).min()), float(np.nan_to_num(values).max())
        return Boundary(values, (lows[0], heights[0], highs[0], heights[1]), points, targets, tuple(curves))
    # Row 0 has the lowest second feature.
    grid = torch.stack([axes[0].repeat(side), axes[1].repeat_interleave(side)], 1)  # (side², 2)
    said = _several(trainer, program_of, names, grid)
    maps = {name: _array(y).reshape(side, side, -1) for name, y in said.items() if y.dim() == 2}
    values = next(iter(maps.values())) if len(maps) > 1 else _array(program(grid)[0]).reshape(side, side, -1)
    outputs = tuple(maps) if len(maps) > 1 else ()
    others = tuple(maps.values())[1:]
    return Boundary(values, (lows[0], lows[1], highs[0], highs[1]), points, targets, outputs, others)


def _several(trainer: Trainer, program_of: ProgramOf, reads: tuple[str, ...], where: Tensor) -> dict[str, Tensor]:
    """What each of several outputs says at points (n, features), by its title: those that say numbers (n, …).

    `reads` are the inputs of the first one. Empty where there is only one output, and where others read another field.
    """
    network, names = trainer.network, titles(trainer.project)
    if len(network.outputs) < 2:
        return {}
    program = program_of(network.outputs)
    inputs = network.inputs_of(program)
    # A network that was copied as a whole reads the same field through an input of its own.
    if len({data_field(trainer.project, name) for name in (*inputs, *reads)}) > 1:
        return {}
    values = program(*[where] * len(inputs))
    said = {names[node]: value for (node, _), value in zip(network.outputs, values, strict=True)}
    return {name: y for name, y in said.items() if y.is_floating_point() and y.dim() and len(y) == len(where)}


def _own_units(trainer: Trainer, field: str, values: FloatArray) -> FloatArray:
    return np.asarray(trainer.dataset.unstandardise(field, values), np.float32)


def _answers_in_own_units(
    trainer: Trainer, values: FloatArray, targets: FloatArray, several: bool
) -> tuple[FloatArray, FloatArray]:
    """Values (1, side, 1) and targets (n,) of a regression on one standardised number, as the data have them.

    Where there are `several` curves, (1, side, curves), all of them are answers of that kind.
    """
    for judged in trainer.judged[:1]:
        field = data_field(trainer.project, judged.target[0])[0]
        if (several or values.shape[-1] == 1) and judged.kind == "number":
            return _own_units(trainer, field, values), _own_units(trainer, field, targets)
    return values, targets


def _targets(trainer: Trainer, columns: Batch) -> FloatArray:
    """The classes (or numbers) of the training samples that are drawn."""
    for judged in trainer.judged:
        target = columns[trainer.feed.names.index(judged.target[0])][:POINTS]
        if judged.kind == "one-hot":
            target = target.argmax(1)
        return _array(target).reshape(len(target), -1)[:, 0]
    return np.zeros(min(POINTS, trainer.feed.size("train")), np.float32)


def _array(value: torch.Tensor) -> FloatArray:
    """A copy as float32 on the CPU."""
    return np.array(value.detach().cpu().float().numpy(), np.float32, copy=True)
