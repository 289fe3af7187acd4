"""How a network learns and from what, as frozen values: the rest of a project besides its graph."""

from __future__ import annotations

import msgspec

from core.model.values import Value


class Optimizer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An optimizer of `core.training.optimizers` by name, with the parameters that differ from its defaults."""

    kind: str = "adam"
    params: dict[str, Value] = {}


class Schedule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A learning-rate schedule of `core.training.schedules` by name, with its parameters."""

    kind: str = "constant"
    params: dict[str, Value] = {}


class Objective(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is minimised, by which parameters, how and how often.

    `losses` are loss nodes with their weights (empty: every loss node, weight 1). `trains` are the nodes whose
    parameters move (empty: all that are trainable). It takes its turn every `every` steps.
    """

    name: str = "objective"
    losses: dict[str, float] = {}
    trains: tuple[str, ...] = ()
    optimizer: Optimizer = Optimizer()
    schedule: Schedule = Schedule()
    every: int = 1


class Training(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A run's settings. `patience` is in epochs without a better validation loss, 0 for no early stopping."""

    objectives: tuple[Objective, ...] = (Objective(),)
    epochs: int = 10
    batch_size: int = 32
    seed: int = 0
    device: str = "auto"
    patience: int = 0


class Split(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Shares of validation and test samples; the rest trains. Classes keep their shares in every part."""

    validation: float = 0.15
    test: float = 0.15
    seed: int = 0


class Data(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A data source of `core.data` by name with its parameters.

    `standardise` names the fields that get mean 0 and variance 1, fitted on the training part alone.
    """

    source: str = "digits"
    params: dict[str, Value] = {}
    split: Split = Split()
    standardise: tuple[str, ...] = ()


BOUNDS: dict[str, tuple[float, float]] = {
    "epochs": (1, 100_000),
    "batch_size": (1, 65_536),
    "seed": (0, 2**32 - 1),
    "patience": (0, 10_000),
    "every": (1, 100_000),
    "validation": (0.0, 0.9),
    "test": (0.0, 0.9),
}
"""Inclusive bounds of the numbers above; forms and the reader use them alike."""


def training_complaint(training: Training) -> tuple[str, str]:
    """The place and the reason why training settings cannot be accepted; both empty when they can."""
    if not training.objectives:
        return "training.objectives", "There must be at least one objective."
    numbers = [
        (f"training.{name}", name, getattr(training, name)) for name in ("epochs", "batch_size", "seed", "patience")
    ]
    numbers += [(f"training.objectives[{i}].every", "every", one.every) for i, one in enumerate(training.objectives)]
    return _out_of_bounds(numbers)


def data_complaint(data: Data) -> tuple[str, str]:
    """The place and the reason why data settings cannot be accepted; both empty when they can."""
    split = data.split
    if split.validation + split.test > 0.95:
        return "data.split", "Validation and test leave nothing to train on."
    return _out_of_bounds(
        [(f"data.split.{name}", name, getattr(split, name)) for name in ("validation", "test", "seed")]
    )


def _out_of_bounds(numbers: list[tuple[str, str, float]]) -> tuple[str, str]:
    for place, name, number in numbers:
        low, high = BOUNDS[name]
        if not low <= number <= high:
            return place, f"It must be from {low:,g} to {high:,.15g}, not {number:,}."
    return "", ""
