"""The values of fields as they go through the transforms, part by part; what is drawn for batches stands still here."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from core.data.registry import Arrays
from core.data.rows import CHUNK_ROWS, is_streamed
from core.data.split import PARTS, Parts
from core.data.transforms.plan import Plan, Step
from core.data.transforms.scaling import column_means
from core.data.transforms.spec import Array, State
from core.model.tensor import Field

Scales = dict[str, npt.NDArray[np.float32]]


class Pipeline:
    """`fitted` holds what each step learned of the training part, by its index in the plan."""

    def __init__(self, fields: dict[str, Field], arrays: Arrays, parts: Parts, plan: Plan, seed: int) -> None:
        self._fields, self._arrays, self._parts, self._plan, self._seed = fields, arrays, parts, plan, seed
        self._fill: dict[str, Array] = {}
        for name, field in fields.items():
            values = arrays[name]
            if field.dtype == "float32" and not is_streamed(values) and np.isnan(values).any():
                self._fill[name] = column_means(values[parts["train"]])
        self.fitted: dict[int, State] = {}
        for index, step in enumerate(plan.steps):
            if step.spec.fit is not None:
                self.fitted[index] = step.spec.fit(lambda i=index: self._train(i), step.field, step.given)  # type: ignore[misc]

    def origin(self, field: str) -> str:
        """The field of the source that a field comes from."""
        for step in reversed(self._plan.steps):
            if step.makes(field) is not None:
                field = step.field.name
        return field

    def values(self, part: str, field: str, rows: Array | None = None, early: bool = False) -> Array:
        """(samples, *shape) of a part, or of these places in it; with `early` before all that is drawn anew."""
        upto = self._plan.early if early else len(self._plan.steps)
        return self._at(part, field, upto, rows)

    def scales(self) -> tuple[Scales, Scales]:
        """Mean and deviation of every field that was brought to a scale, all its scalings taken together."""
        mean: Scales = {}
        std: Scales = {}
        for index, step in enumerate(self._plan.steps):
            name = step.field.name
            old_mean, old_std = mean.pop(name, None), std.pop(name, None)
            if step.spec.affine:
                new_mean, new_std = self.fitted[index]
                known = old_mean is not None and old_std is not None
                mean[name] = old_std * new_mean + old_mean if known else new_mean  # type: ignore[operator]
                std[name] = old_std * new_std if known else new_std  # type: ignore[operator]
            elif old_mean is not None and old_std is not None and step.keeps_scale:
                for result in step.results:
                    mean[result.name], std[result.name] = old_mean, old_std
        return mean, std

    def _train(self, upto: int) -> Iterator[Array]:
        """The training part as it stands before a step, in pieces where it is read from files."""
        name = self._plan.steps[upto].field.name
        if not is_streamed(self._arrays[self.origin(name)]):
            yield self._at("train", name, upto, None)
            return
        for begin in range(0, len(self._parts["train"]), CHUNK_ROWS):
            end = min(begin + CHUNK_ROWS, len(self._parts["train"]))
            yield self._at("train", name, upto, np.arange(begin, end))

    def _at(self, part: str, name: str, upto: int, rows: Array | None) -> Array:
        for index in reversed(range(upto)):
            step = self._plan.steps[index]
            if (made := step.makes(name)) is not None:
                return self._through(index, part, rows)[made]
        return self.stored(part, name, rows)

    def _through(self, index: int, part: str, rows: Array | None) -> tuple[Array, ...]:
        step = self._plan.steps[index]
        lots = bool(step.spec.still) or step.spec.draws
        if not lots:
            return self._done(index, part, self._at(part, step.field.name, index, rows), (0,))
        if is_streamed(self._arrays[self.origin(step.field.name)]):
            # What is drawn once is drawn for each sample by itself, so that it can be read alone.
            values = self._at(part, step.field.name, index, rows)
            places = range(len(values)) if rows is None else rows
            single = [
                self._done(index, part, value[None], (1, int(place)))
                for place, value in zip(places, values, strict=True)
            ]
            return tuple(np.concatenate(results) for results in zip(*single, strict=True))
        if rows is None:
            return self._done(index, part, self._at(part, step.field.name, index, None), (0,))
        whole = self._done(index, part, self._at(part, step.field.name, index, None), (0,))
        return tuple(each[rows] for each in whole)

    def _done(self, index: int, part: str, values: Array, lot: tuple[int, ...]) -> tuple[Array, ...]:
        step = self._plan.steps[index]
        if step.drawn:
            # Torch is wanted only where something is drawn.
            from core.data.transforms.drawing import seed_of, stand

            return stand(step, values, seed_of(self._seed, PARTS.index(part), *lot))
        if step.spec.affine:
            mean, std = self.fitted[index]
            return ((values - mean) / std,)
        return self._applied(step, index, values, (PARTS.index(part), *lot))

    def _applied(self, step: Step, index: int, values: Array, lot: tuple[int, ...]) -> tuple[Array, ...]:
        if step.spec.apply is None:
            raise TypeError(f"the transform {step.spec.kind} can neither be applied nor drawn")
        chance = np.random.default_rng((self._seed, step.place + 1, step.turn, *lot))
        return step.spec.apply(values, step.field, step.given, self.fitted.get(index, ()), chance)

    def stored(self, part: str, name: str, rows: Array | None) -> Array:
        """A field of the source, before any step; gaps are filled."""
        indices = self._parts[part] if rows is None else self._parts[part][rows]
        stored: Any = self._arrays[name]
        if is_streamed(stored):
            return np.asarray(stored.read(indices))
        values: Array = stored[indices]
        if name in self._fill:
            values = np.where(np.isnan(values), self._fill[name], values)
        return values
