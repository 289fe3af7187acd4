"""A first look at data: how much, which fields, some samples, the classes; made outside of the window's thread."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from core.data.dataset import Dataset, open_dataset, remarks_on
from core.data.split import PARTS
from core.data.table import TABLES, Preview, preview
from core.model.settings import Data
from core.model.tensor import Field

PICTURES, POINTS = 24, 400
"""Samples that are shown of pictures and of points."""
MEASURED = 2048
"""Training samples that statistics are taken over where all of them stay in their files."""
MOST_MEASURED = 16
"""Columns of a vector whose statistics are shown."""
Array = npt.NDArray[Any]


@dataclass(frozen=True)
class Measured:
    """Mean, standard deviation, least and greatest value of a field, or of one column, over the training part."""

    name: str
    mean: float
    deviation: float
    low: float
    high: float


@dataclass(frozen=True)
class Look:
    """What the panel shows. `samples` are training samples of every field of the source, before any transform.

    `stored` are the fields of the source, `fields` those after the transforms. `classes` counts the samples of every
    class of the field `class_field`, over all parts. `received` are the same samples as the network gets them in one
    step of training; empty where nothing is done to them.
    """

    sizes: dict[str, int]
    fields: dict[str, Field]
    stored: dict[str, Field]
    samples: dict[str, Array]
    class_field: str = ""
    classes: tuple[tuple[str, int], ...] = ()
    measured: tuple[Measured, ...] = ()
    received: dict[str, Array] = field(default_factory=dict)
    drawn: bool = False
    notes: tuple[str, ...] = field(default=())

    @property
    def total(self) -> int:
        return sum(self.sizes.values())


def look_at(data: Data, seed: int = 0, number: int = 1) -> Look:
    """Loads the data and looks at them as step `number` of a run with that seed would; raises ProjectError."""
    dataset = open_dataset(data)
    stored = dataset.stored
    plane = any(each.meaning == "vector" and each.shape == (2,) for each in stored.values())
    chosen = _spread(dataset.size("train"), POINTS if plane else PICTURES)
    samples = {name: dataset.untouched("train", name, chosen) for name in stored}
    classes = [name for name, each in stored.items() if each.meaning == "class" and each.shape == ()]
    # The target is called y; other classes say something else of a sample.
    named = "y" if "y" in classes else next(iter(classes), "")
    counts: tuple[tuple[str, int], ...] = ()
    if named:
        labels = stored[named].labels
        all_of = np.concatenate([dataset.untouched(part, named) for part in PARTS])
        found = np.bincount(all_of[all_of >= 0], minlength=len(labels))
        counts = tuple((label, int(count)) for label, count in zip(labels, found, strict=False))
    return Look(
        {part: dataset.size(part) for part in PARTS},
        dict(dataset.fields),
        dict(stored),
        samples,
        named,
        counts,
        tuple(_measured(dataset)),
        receive(dataset, seed, number) if dataset.plan.steps else {},
        dataset.plan.draws,
        # The columns of a table say in their own list which of them are left out.
        (*(() if data.source in TABLES else remarks_on(data)), *dataset.notes),
    )


def receive(dataset: Dataset, seed: int, number: int) -> dict[str, Array]:
    """Training samples of every field as the network gets them in step `number`."""
    rows = _spread(dataset.size("train"), PICTURES)
    if not dataset.plan.draws:
        return {name: dataset.column("train", name, rows=rows) for name in dataset.fields}
    # Torch is loaded by the program meanwhile, outside of the window's thread as this is.
    from core.training.augment import looked_at

    return looked_at(dataset, rows, seed, number)


def _measured(dataset: Dataset) -> list[Measured]:
    found: list[Measured] = []
    for name, each in dataset.stored.items():
        if each.dtype != "float32":
            continue
        rows = _spread(dataset.size("train"), MEASURED) if dataset.is_streamed(name) else None
        values = dataset.untouched("train", name, rows)
        if each.meaning == "vector" and 1 < len(each.labels) == each.shape[-1] <= MOST_MEASURED:
            found += [_of(label, values[:, place]) for place, label in enumerate(each.labels)]
        else:
            found.append(_of(name, values))
    return found


def _of(name: str, values: Array) -> Measured:
    mean, deviation = values.mean(dtype=np.float64), values.std(dtype=np.float64)
    return Measured(name, float(mean), float(deviation), float(values.min()), float(values.max()))


def look_at_table(data: Data) -> Preview | None:
    """The columns of the table that the data are read from; none for other data. Raises ProjectError."""
    if data.source not in TABLES or not data.params.get("path"):
        return None
    delimiter, header = (str(data.params.get(name, "detect")) for name in ("delimiter", "header"))
    return preview(str(data.params["path"]), delimiter, header)


def class_of(picture: str, fields: dict[str, Field], look: Look) -> str:
    """The field with the class of what a field of pictures shows; empty where none says it.

    `x` and its views `x_1`, `x_2` are of the data's class field; `new_x` is of `new_y`, and other pictures may be of
    anything.
    """
    named = picture[: -len("x")] + "y" if picture.endswith("_x") else ""
    images = [name for name, each in fields.items() if each.meaning == "image"]
    if not named and images and (picture == images[0] or picture.startswith(f"{images[0]}_")):
        named = look.class_field
    found = fields.get(named)
    return named if found is not None and found.meaning == "class" and found.shape == () else ""


def _spread(count: int, wanted: int) -> Array:
    """Indices of samples from all over the training part."""
    return np.unique(np.linspace(0, max(count - 1, 0), min(count, wanted)).astype(np.int64))


def fields_in_words(fields: dict[str, Field]) -> list[tuple[str, str]]:
    """Name and description of each field: `x`, `image 1×8×8`."""
    rows = []
    for name, each in fields.items():
        shape = "×".join(f"{size:,}" for size in each.shape)
        kind = f"{each.meaning} {shape}".strip()
        if each.meaning == "class" and each.classes:
            kind = f"{each.classes:,} classes"
        elif each.meaning == "token" and each.classes:
            kind = f"{shape} tokens out of {each.classes:,}".strip()
        elif each.meaning == "vector":
            kind = f"vector of {shape}"
        elif each.shape == (1,):
            kind = each.meaning
        title = f" ({each.title})" if each.title and each.title != each.meaning else ""
        rows.append((name, kind + title))
    return rows
