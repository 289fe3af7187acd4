"""An opened data set: named fields, three parts, columns ready to be fed to a network."""

from __future__ import annotations

from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

import core.data.transforms  # noqa: F401 - fills the list of kinds
from core.data.balance import uneven_classes
from core.data.empty import empty_parts
from core.data.paths import content_of, is_large
from core.data.pipeline import Pipeline
from core.data.recent import Recent
from core.data.registry import Arrays, DataSource, Given, source_of, sources
from core.data.rows import is_streamed
from core.data.split import PARTS, Parts, split_in_order, split_samples
from core.data.transforms.plan import Plan, plan
from core.model.fault import ProjectError
from core.model.settings import Data, Split
from core.model.tensor import Field

Array = npt.NDArray[Any]

_fields: Recent[dict[str, Field]] = Recent(64)
# Few, because the user's own data may be large.
_arrays: Recent[Arrays] = Recent(2)
_datasets: Recent[Dataset] = Recent(4)


def source_fields(data: Data) -> dict[str, Field]:
    """The fields that the source gives, before any transform, without loading them; raises ProjectError."""
    source = source_of(data.source)
    given = source.given(data.params)
    return dict(_fields.get(source.stamp(given), lambda: source.describe(given)))


def remarks_on(data: Data) -> tuple[str, ...]:
    """What of the user's files the data do not use, in sentences; raises ProjectError."""
    source = source_of(data.source)
    return source.remarks(source.given(data.params)) if source.remarks else ()


def contents_of(data: Data) -> dict[str, str]:
    """What the user's files hold that the data are read from, by their paths: see `core.data.paths.content_of`."""
    source = sources.get(data.source)
    paths = [str(data.params.get(name) or "") for name in source.files] if source else []
    return {path: content_of(path) for path in paths if path}


def takes_long(data: Data) -> bool:
    """Whether the fields of the data are in large files or in folders, and not known yet; never raises."""
    source = sources.get(data.source)
    if source is None:
        return False
    paths = [str(data.params.get(name) or "") for name in source.files]
    if not any(is_large(path) for path in paths if path):
        return False
    try:
        return source.stamp(source.given(data.params)) not in _fields
    except ProjectError:
        return False


def fields_of(data: Data) -> dict[str, Field]:
    """The fields that the data give after their transforms, without loading them; raises ProjectError."""
    return plan(source_fields(data), data).fields


def open_dataset(data: Data) -> Dataset:
    """The data, loaded and split; the last few are remembered. Raises ProjectError."""
    source = source_of(data.source)
    given = source.given(data.params)
    stamp = source.stamp(given)
    fields = source_fields(data)
    planned = plan(fields, data)
    key = (stamp, data.split, data.standardise, msgspec.json.encode(data.transforms, order="deterministic"))
    return _datasets.get(key, lambda: _open(source, given, stamp, fields, planned, data.split))


def _open(
    source: DataSource, given: Given, stamp: Any, fields: dict[str, Field], planned: Plan, split: Split
) -> Dataset:
    try:
        arrays = _arrays.get(stamp, lambda: source.read(given))
    except MemoryError as error:
        raise ProjectError(
            "The data do not fit into the memory.", place="data", fix="Use fewer or smaller samples."
        ) from error
    samples = len(next(iter(arrays.values())))
    if not samples:
        raise ProjectError("The data hold no samples.", place="data", fix="Choose other data.")

    def divide(split: Split) -> Parts:
        if source.parts is not None:
            return source.parts(given, arrays, split)
        if source.gap is not None:
            return split_in_order(samples, split, source.gap(given))
        return split_samples(samples, split, _classes(fields, arrays))

    dataset = Dataset(source, fields, arrays, divide(split), split, planned)
    dataset.notes = empty_parts(samples, dataset.parts, split, divide)
    y = fields.get("y")
    # Those that ship with the program are as they are meant to be.
    if source.group == "own" and y is not None and y.meaning == "class" and y.shape == ():
        classes = np.asarray(arrays["y"])
        dataset.notes += uneven_classes(y.labels, classes, classes[dataset.parts["train"]])
    return dataset


def _classes(fields: dict[str, Field], arrays: Arrays) -> Array | None:
    """The classes by which the split keeps shares: those of the target, or of the first field that has classes."""
    with_classes = [name for name, field in fields.items() if field.meaning == "class" and field.shape == ()]
    if not with_classes:
        return None
    return np.asarray(arrays["y" if "y" in with_classes else with_classes[0]])


class Dataset:
    """All samples of a source, split and transformed. `parts` holds the indices of `train`, `validation` and `test`.

    `stored` are the fields of the source, `fields` those after the transforms. `mean` and `std` are those by which a
    field was brought to its scale, fitted on the training part: a value per column of a vector, per channel of an
    image, per feature of a series, shaped to fit one sample. Values that are missing (NaN) become the training part's
    mean of their column. A field that is `streamed` is read from its files whenever it is wanted.
    """

    def __init__(
        self,
        source: DataSource,
        fields: dict[str, Field],
        arrays: Arrays,
        parts: Parts,
        split: Split | None = None,
        planned: Plan | None = None,
    ) -> None:
        self.source, self.stored, self.parts = source, fields, parts
        self.plan = planned or Plan((), 0, dict(fields))
        self.fields = self.plan.fields
        self.samples = len(next(iter(arrays.values())))
        self.notes: tuple[str, ...] = ()
        """What should be said: of parts that were asked for and are empty, and of the user's classes."""
        self.pipeline = Pipeline(fields, arrays, parts, self.plan, split.seed if split else 0)
        self.mean, self.std = self.pipeline.scales()
        self._arrays = arrays

    def size(self, part: str) -> int:
        """How many samples a part has."""
        return len(self.parts[part])

    def is_streamed(self, field: str) -> bool:
        """Whether the samples of a field stay in their files, because they are larger than the memory should hold."""
        return is_streamed(self._arrays[self.pipeline.origin(field)])

    def column(self, part: str, field: str, form: str = "as stored", rows: Array | None = None) -> Array:
        """A field of all samples of a part, (samples, *shape): float32 or int64, contiguous, transformed.

        It is a copy of its own. `form` is one of `core.model.tensor.FORMS`; `rows` are places in the part, if not all
        are wanted. What is drawn anew for batches of training is left out. Raises ProjectError where the form or the
        field does not fit.
        """
        if field not in self.fields:
            raise ProjectError(
                f"The data have no field “{field}”.", place="data", fix=f"The fields are {', '.join(self.fields)}."
            )
        formed = self.fields[field].formed(form)
        values = self.pipeline.values(self._part(part), field, rows)
        return np.array(in_form(values, formed, form), dtype=formed.dtype, order="C")

    def base(self, part: str, field: str, rows: Array | None = None) -> Array:
        """A field as it is before the first transform that is drawn anew for every batch, (samples, *shape)."""
        return np.array(self.pipeline.values(self._part(part), field, rows, early=True), order="C")

    def untouched(self, part: str, field: str, rows: Array | None = None) -> Array:
        """A field of the source before any transform, (samples, *shape); gaps hold the training part's mean."""
        return np.array(self.pipeline.stored(self._part(part), field, rows), order="C")

    def unstandardise(self, field: str, array: Array) -> Array:
        """Values of a field in their own units again; fields that were not brought to a scale come back as they are."""
        if field not in self.mean:
            return array
        return np.asarray(array * self.std[field] + self.mean[field])

    def _part(self, part: str) -> str:
        if part not in self.parts:
            raise ProjectError(f"There is no part “{part}”.", place="data", fix=f"The parts are {', '.join(PARTS)}.")
        return part


def in_form(values: Array, formed: Field, form: str) -> Array:
    """Values of a field in one of `core.model.tensor.FORMS`; `formed` is the field in that form."""
    if form == "number":
        return values.reshape(-1, 1)
    if form == "sign":
        return (2 * values - 1).reshape(-1, 1)
    if form == "one-hot":
        # A target that is to be ignored (-100) is a row of zeros.
        return np.asarray(values[..., None] == np.arange(formed.shape[-1]))
    return values
