"""An opened data set: named fields, three parts, columns ready to be fed to a network."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from core.data.recent import Recent
from core.data.registry import Arrays, DataSource, Given, source_of
from core.data.split import PARTS, Parts, split_in_order, split_samples
from core.model.fault import ProjectError
from core.model.settings import Data, Split
from core.model.tensor import Field

Array = npt.NDArray[Any]

_fields: Recent[dict[str, Field]] = Recent(64)
# Few, because the user's own data may be large.
_arrays: Recent[Arrays] = Recent(2)
_datasets: Recent[Dataset] = Recent(4)


def fields_of(data: Data) -> dict[str, Field]:
    """The fields that the data give, without loading them; raises ProjectError."""
    source = source_of(data.source)
    given = source.given(data.params)
    return dict(_fields.get(source.stamp(given), lambda: source.describe(given)))


def open_dataset(data: Data) -> Dataset:
    """The data, loaded and split; the last few are remembered. Raises ProjectError."""
    source = source_of(data.source)
    given = source.given(data.params)
    stamp = source.stamp(given)
    fields = fields_of(data)
    for name in data.standardise:
        _check_standardise(name, fields)
    key = (stamp, data.split.validation, data.split.test, data.split.seed, data.standardise)
    return _datasets.get(key, lambda: _open(source, given, stamp, fields, data))


def _open(source: DataSource, given: Given, stamp: Any, fields: dict[str, Field], data: Data) -> Dataset:
    try:
        arrays = _arrays.get(stamp, lambda: source.read(given))
    except MemoryError as error:
        raise ProjectError(
            "The data do not fit into the memory.", place="data", fix="Use fewer or smaller samples."
        ) from error
    samples = len(next(iter(arrays.values())))
    if not samples:
        raise ProjectError("The data hold no samples.", place="data", fix="Choose other data.")
    if source.parts is not None:
        parts = source.parts(given, arrays, data.split)
    elif source.gap is not None:
        parts = split_in_order(samples, data.split, source.gap(given))
    else:
        parts = split_samples(samples, data.split, _classes(fields, arrays))
    return Dataset(source, fields, arrays, parts, data.split, data.standardise)


def _classes(fields: dict[str, Field], arrays: Arrays) -> Array | None:
    """The classes by which the split keeps shares: those of the target, or of the first field that has classes."""
    with_classes = [name for name, field in fields.items() if field.meaning == "class" and field.shape == ()]
    if not with_classes:
        return None
    return arrays["y" if "y" in with_classes else with_classes[0]]


def _check_standardise(name: str, fields: dict[str, Field]) -> None:
    if name not in fields:
        raise ProjectError(
            f"The data have no field “{name}” to standardise.",
            place="data.standardise",
            fix=f"The fields are {', '.join(fields)}.",
        )
    if fields[name].dtype != "float32":
        raise ProjectError(
            f"The field “{name}” holds {fields[name].meaning} numbers, which are not measurements to standardise.",
            place="data.standardise",
            fix="Standardise measured fields only.",
        )


class Dataset:
    """All samples of a source, split. `parts` holds the indices of `train`, `validation` and `test`.

    `mean` and `std` are those of the training part, for the standardised fields: a value per column of a vector, per
    channel of an image, per feature of a series, shaped to fit one sample. `std` is 1 where a column is constant.
    Values that are missing (NaN) become the training part's mean of their column.
    """

    def __init__(
        self,
        source: DataSource,
        fields: dict[str, Field],
        arrays: Arrays,
        parts: Parts,
        split: Split | None = None,
        standardise: tuple[str, ...] = (),
    ) -> None:
        self.source, self.fields, self.parts = source, fields, parts
        self.samples = len(next(iter(arrays.values())))
        self.mean: dict[str, npt.NDArray[np.float32]] = {}
        self.std: dict[str, npt.NDArray[np.float32]] = {}
        self.notes = _notes(self.samples, parts, split) if split else ()
        self._arrays = arrays
        self._fill: dict[str, Array] = {}
        for name, field in fields.items():
            if field.dtype == "float32" and np.isnan(arrays[name]).any():
                self._fill[name] = _column_means(arrays[name][parts["train"]])
        for name in standardise:
            self.mean[name], self.std[name] = _mean_and_std(self._stored("train", name), fields[name])

    def size(self, part: str) -> int:
        """How many samples a part has."""
        return len(self.parts[part])

    def column(self, part: str, field: str, form: str = "as stored") -> Array:
        """A field of all samples of a part, (samples, *shape): float32 or int64, contiguous, standardised if asked.

        It is a copy of its own. `form` is one of `core.model.tensor.FORMS`; raises ProjectError where it or the field
        does not fit.
        """
        if field not in self.fields:
            raise ProjectError(
                f"The data have no field “{field}”.", place="data", fix=f"The fields are {', '.join(self.fields)}."
            )
        if part not in self.parts:
            raise ProjectError(f"There is no part “{part}”.", place="data", fix=f"The parts are {', '.join(PARTS)}.")
        formed = self.fields[field].formed(form)
        values = self._stored(part, field)
        if field in self.mean:
            values = (values - self.mean[field]) / self.std[field]
        return np.ascontiguousarray(_in_form(values, formed, form), dtype=formed.dtype)

    def unstandardise(self, field: str, array: Array) -> Array:
        """Values of a field in their own units again; fields that are not standardised come back as they are."""
        if field not in self.mean:
            return array
        return np.asarray(array * self.std[field] + self.mean[field])

    def _stored(self, part: str, field: str) -> Array:
        values: Array = self._arrays[field][self.parts[part]]
        if field in self._fill:
            values = np.where(np.isnan(values), self._fill[field], values)
        return values


def _in_form(values: Array, formed: Field, form: str) -> Array:
    if form == "number":
        return values.reshape(-1, 1)
    if form == "sign":
        return (2 * values - 1).reshape(-1, 1)
    if form == "one-hot":
        # A target that is to be ignored (-100) is a row of zeros.
        return np.asarray(values[..., None] == np.arange(formed.shape[-1]))
    return values


def _column_means(values: Array) -> Array:
    present = ~np.isnan(values)
    totals = np.where(present, values, 0).sum(axis=0, dtype=np.float64)
    return np.asarray(totals / np.maximum(present.sum(axis=0), 1), np.float32)


def _mean_and_std(values: Array, field: Field) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    axes: tuple[int, ...] = (0,)
    if field.meaning == "image":
        axes = (0, 2, 3)
    elif field.meaning == "series":
        axes = tuple(range(values.ndim - 1))
    mean = values.mean(axis=axes, dtype=np.float64, keepdims=True)
    std = values.std(axis=axes, dtype=np.float64, keepdims=True)
    # What differs by no more than rounding is constant: dividing by it would only blow the rounding up.
    constant = std <= 1e-6 * np.maximum(np.abs(mean), 1e-12)
    return mean[0].astype(np.float32), np.where(constant, 1.0, std)[0].astype(np.float32)


def _notes(samples: int, parts: Parts, split: Split) -> tuple[str, ...]:
    """What should be said about the split: parts that were asked for and are empty."""
    asked = {"validation": split.validation, "test": split.test}
    return tuple(
        f"{part.capitalize()} of {100 * share:g} % of {samples:,} samples is empty: there are too few of them."
        for part, share in asked.items()
        if share > 0 and not len(parts[part])
    )
