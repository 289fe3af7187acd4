"""Snapshots of a run: copies of what somebody looks at, taken between two steps without leaving a trace in the run."""

from __future__ import annotations

from collections import OrderedDict

import numpy as np
from torch import Tensor, fx

from core.training.boundary import boundary
from core.training.feed import Batch
from core.training.generate import Writer
from core.training.judge import Judged, Wire
from core.training.metrics import class_axis
from core.training.records import Boundary, Confusion, FloatArray, IntArray, Snapshot, Watch
from core.training.sampling import Sampler
from core.training.surface import Landscape
from core.training.trainer import Trainer

CONFUSED, CONFUSED_MACS = 2_000, 300_000_000
"""Samples, and multiply-accumulates, at most that a confusion matrix costs; 64 samples are always counted."""
PROGRAMS = 8
"""Programs that are kept for what was watched last."""


class Probe:
    """Looks into a trainer; to be used on the thread that trains, between its steps."""

    def __init__(self, trainer: Trainer) -> None:
        self._trainer = trainer
        self._programs: OrderedDict[tuple[Wire, ...], fx.GraphModule] = OrderedDict()
        self._landscape = Landscape(trainer)
        self._writer = Writer(trainer)
        self._sampler = Sampler(trainer)

    def snapshot(self, watch: Watch) -> Snapshot:
        """What `watch` asks for; what is impossible (a boundary for images, an unknown node) is left out."""
        trainer = self._trainer
        with trainer.looking():
            return Snapshot(
                step=trainer.step,
                epoch=-(-trainer.step // trainer.steps_per_epoch),
                samples=trainer.feed.size(self._part()),
                weights=self._weights(watch),
                activations=self._activations(watch),
                confusion=self._confusion() if watch.confusion else None,
                boundary=self._boundary(watch.boundary) if watch.boundary > 1 else None,
                surface=self._landscape.surface(watch.surface) if watch.surface > 1 else None,
                text=self._writer.text(watch.text) if watch.text > 0 else "",
                made=self._sampler.made(watch.made) if watch.made > 0 else None,
            )

    def _program(self, wires: tuple[Wire, ...]) -> fx.GraphModule:
        """One program for all these wires, kept for the next time."""
        program = self._programs.get(wires)
        if program is None:
            program = self._programs[wires] = self._trainer.network.program(wires)
            if len(self._programs) > PROGRAMS:
                self._programs.popitem(last=False)
        self._programs.move_to_end(wires)
        return program

    def _run(self, wires: tuple[Wire, ...], batch: Batch) -> tuple[Tensor, ...]:
        """The values at these wires for a batch."""
        program = self._program(wires)
        places = [self._trainer.feed.names.index(name) for name in self._trainer.network.inputs_of(program)]
        values: tuple[Tensor, ...] = program(*(batch[place] for place in places))
        return values

    def _part(self) -> str:
        return "validation" if self._trainer.feed.size("validation") else "train"

    def _weights(self, watch: Watch) -> dict[str, dict[str, FloatArray]]:
        found: dict[str, dict[str, FloatArray]] = {}
        children = dict(self._trainer.network.root.named_children())
        for node in sorted(watch.weights):
            module = children.get(node) or self._trainer.network.module_of(node)
            if module and (arrays := {name: _array(value) for name, value in module.named_parameters()}):
                found[node] = arrays
        return found

    def _activations(self, watch: Watch) -> dict[str, dict[str, FloatArray]]:
        values = self._trainer.network.values
        wires = tuple(wire for wire in values if wire[0] in watch.activations)
        if not wires:
            return {}
        part = self._part()
        index = min(max(0, watch.sample), self._trainer.feed.size(part) - 1)
        found: dict[str, dict[str, FloatArray]] = {}
        for (node, port), value in zip(wires, self._run(wires, self._trainer.feed.sample(part, index)), strict=True):
            array = _array(value)
            found.setdefault(node, {})[port] = array[0, ...] if array.ndim and len(array) == 1 else array
        return found

    def _confusion(self) -> Confusion | None:
        judged = next((j for j in self._trainer.judged if j.classifies), None)
        if judged is None:
            return None
        count = max(64, min(CONFUSED, CONFUSED_MACS // max(1, self._trainer.network.inference.macs)))
        batch = tuple(column[:count] for column in self._trainer.feed.all(self._part()))
        prediction, target = self._run((judged.prediction, judged.target), batch)
        predicted, true = _classes(judged, prediction, target)
        size = max(judged.field.classes, 2, int(max(predicted.max(initial=0), true.max(initial=0))) + 1)
        counts = np.zeros((size, size), np.int64)
        known = true >= 0
        np.add.at(counts, (true[known], predicted[known]), 1)
        labels = judged.field.labels if len(judged.field.labels) == size else tuple(str(i) for i in range(size))
        return Confusion(counts, labels)

    def _boundary(self, side: int) -> Boundary | None:
        return boundary(self._trainer, self._program, side)


def _classes(judged: Judged, prediction: Tensor, target: Tensor) -> tuple[IntArray, IntArray]:
    """Predicted and true class indices, flat; −100 stays in the true ones where a sample is left out."""
    if judged.cut:
        predicted, true = prediction >= judged.cut[0], target > judged.cut[1]
    else:
        axis = class_axis(prediction.dim())
        predicted, true = prediction.argmax(axis), target if judged.kind == "index" else target.argmax(axis)
    return predicted.long().flatten().cpu().numpy(), true.long().flatten().cpu().numpy()


def _array(value: Tensor) -> FloatArray:
    """A copy as float32 on the CPU."""
    return np.array(value.detach().cpu().float().numpy(), np.float32, copy=True)
