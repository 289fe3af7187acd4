"""Data and settings for tests of training."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from core.data.dataset import Dataset
from core.data.registry import sources
from core.model.project import Project
from core.model.settings import Data, Objective, Optimizer, Training
from core.model.tensor import Field, Meaning
from core.model.values import Value
from tests.core.networks import Layer, chain

Array = npt.NDArray[Any]
MLP: list[Layer] = [("flatten", {}), ("linear", {"out_features": 16}), ("relu", {}), ("linear", {"out_features": 10})]


def data(
    x: Array, y: Array, *, meaning: Meaning = "class", classes: int = 0, validation: int = 0, test: int = 0
) -> Dataset:
    """A data set of these arrays: the last samples are validation and test."""
    dtype = "int64" if meaning in ("class", "token") else "float32"
    labels = tuple(str(i) for i in range(classes or int(y.max()) + 1)) if dtype == "int64" else ()
    x_type = "int64" if x.dtype.kind == "i" else "float32"
    fields = {
        "x": Field("x", x.shape[1:], x_type, "token" if x_type == "int64" else "vector"),
        "y": Field("y", y.shape[1:], dtype, meaning, labels=labels),
    }
    train = len(x) - validation - test
    ends = {"train": (0, train), "validation": (train, train + validation), "test": (train + validation, len(x))}
    parts = {name: np.arange(*span) for name, span in ends.items()}
    return Dataset(sources["digits"], fields, {"x": x.astype(x_type), "y": y.astype(dtype)}, parts)


def plan(project: Project, optimizer: str = "adam", **settings: Any) -> Project:
    """Training settings: those of `Training` by name, the others for the optimizer."""
    known = {name: settings.pop(name) for name in Training.__struct_fields__ if name in settings}
    params: dict[str, Value] = dict(settings)
    known.setdefault("objectives", (Objective(optimizer=Optimizer(optimizer, params)),))
    project.training = Training(**{"device": "cpu", **known})
    return project


def digits(layers: list[Layer] | None = None, **settings: Any) -> Project:
    """Digits of 8×8 with a small network and cross-entropy."""
    project = chain(layers or MLP, loss="cross_entropy")
    project.data = Data("digits", {"size": 8})
    return plan(project, **{"epochs": 2, **settings})


def with_form(project: Project, form: str) -> Project:
    """The target read in another form."""
    node = project.graph.nodes["input_2"]
    project.graph.nodes["input_2"] = type(node)(node.id, node.kind, {**node.params, "form": form})
    return project
