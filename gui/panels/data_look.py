"""A first look at data: how much, which fields, some samples, the classes; made outside of the window's thread."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from core.data.dataset import open_dataset
from core.data.split import PARTS
from core.data.table import Preview, preview
from core.model.settings import Data
from core.model.tensor import Field
from core.model.values import Value

PICTURES, POINTS = 24, 400
"""Samples that are shown of pictures and of points."""
Array = npt.NDArray[Any]


@dataclass(frozen=True)
class Look:
    """What the panel shows. `samples` are the first training samples of every field, in their own units.

    `classes` counts the samples of every class of the field `class_field`, over all parts.
    """

    sizes: dict[str, int]
    fields: dict[str, Field]
    samples: dict[str, Array]
    class_field: str = ""
    classes: tuple[tuple[str, int], ...] = ()
    notes: tuple[str, ...] = field(default=())

    @property
    def total(self) -> int:
        return sum(self.sizes.values())


def look_at(data: Data) -> Look:
    """Loads the data and looks at them; raises ProjectError."""
    dataset = open_dataset(data)
    plane = any(each.meaning == "vector" and each.shape == (2,) for each in dataset.fields.values())
    chosen = _spread(dataset.size("train"), POINTS if plane else PICTURES)
    samples = {
        name: dataset.unstandardise(name, dataset.column("train", name)[chosen]) for name in dataset.fields
    }  # fmt: skip
    named = next((n for n, f in dataset.fields.items() if f.meaning == "class" and f.shape == ()), "")
    counts: tuple[tuple[str, int], ...] = ()
    if named:
        labels = dataset.fields[named].labels
        all_of = np.concatenate([dataset.column(part, named) for part in PARTS])
        found = np.bincount(all_of[all_of >= 0], minlength=len(labels))
        counts = tuple((label, int(count)) for label, count in zip(labels, found, strict=False))
    sizes = {part: dataset.size(part) for part in PARTS}
    return Look(sizes, dict(dataset.fields), samples, named, counts, tuple(dataset.notes))


def look_at_table(data: Data) -> Preview | None:
    """The columns of the table that the data are read from; none for other data. Raises ProjectError."""
    if data.source != "csv" or not data.params.get("path"):
        return None
    delimiter, header = (str(data.params.get(name, "detect")) for name in ("delimiter", "header"))
    return preview(str(data.params["path"]), delimiter, header)


def _spread(count: int, wanted: int) -> Array:
    """Indices of samples from all over the training part."""
    return np.unique(np.linspace(0, max(count - 1, 0), min(count, wanted)).astype(np.int64))


def dropped(path: Path, present: Data) -> tuple[str, dict[str, Value]] | None:
    """Which source reads a file or folder that was dropped, with its parameters; none for what no source reads."""
    name = path.name.lower()
    if path.is_dir():
        return "image-folder", {"path": str(path)}
    if name.endswith((".csv", ".tsv", ".tab", ".txt")):
        return "csv", {"path": str(path)}
    if name.endswith((".npz", ".npy")):
        return "numpy", {"path": str(path)}
    if "ubyte" in name or name.endswith((".idx", ".idx.gz")):
        given = dict(present.params) if present.source == "idx" else {}
        return "idx", {**given, "labels_path" if "label" in name else "images_path": str(path)}
    return None


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
        elif each.shape == (1,):
            kind = each.meaning
        elif each.meaning == "vector":
            kind = f"vector of {shape}"
        title = f" ({each.title})" if each.title and each.title != each.meaning else ""
        rows.append((name, kind + title))
    return rows
