"""How a network learns and from what, as frozen values: the rest of a project besides its graph."""

from __future__ import annotations

from typing import Literal

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

    `losses` are loss nodes with their weights (empty: every loss node, weight 1). `trains` are the nodes and blocks
    whose parameters move (empty: all that are trainable), and `rates` multiplies the learning rate of some of them.
    It works from epoch `begin` to epoch `end` (0: to the last), every `every` steps, or, where the objectives take
    turns in a cycle, for `steps` steps in each round. A step takes the mean gradient of `accumulate` batches, adds
    `l1` times the sign of every weight, and cuts it to `clip_value` in each entry and to `clip_norm` in all (0: not).
    Where `penalised` is "matrices", neither L1 nor weight decay touches biases and scales, which are vectors.
    """

    name: str = "objective"
    losses: dict[str, float] = {}
    trains: tuple[str, ...] = ()
    optimizer: Optimizer = Optimizer()
    schedule: Schedule = Schedule()
    every: int = 1
    steps: int = 1
    begin: int = 1
    end: int = 0
    accumulate: int = 1
    rates: dict[str, float] = {}
    l1: float = 0.0
    penalised: Literal["all", "matrices"] = "all"
    clip_norm: float = 0.0
    clip_value: float = 0.0


class Stop(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """When a run may end before its last epoch; each criterion is looked at when an epoch ends, None leaves it out.

    `loss_below` is a loss and `above` a value of the `metric`, of the validation part where there is one; `seconds` is
    the time of training.
    """

    loss_below: float | None = None
    metric: str = "accuracy"
    above: float | None = None
    seconds: float | None = None


class Training(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A run's settings. `patience` is in epochs without a better validation loss, 0 for no early stopping.

    `turns` says whether all objectives work at every step or one after the other in a cycle. `precision` is that of
    the forward pass: bf16 on the CPU and on newer GPUs, float16 on a GPU. `layout` is how pictures lie in memory.
    `checkpoints` keeps the state of the run after every so many epochs (0: only the best and the last). `keeps` says
    which weights stand in the network when a run is over: those of the lowest validation loss, or the last ones.
    `metrics` are those of `core.training.metrics` that are computed (empty: those that are usual for the task).
    `speed` is "fast" where the whole step shall be compiled beside the run, or nets of one structure shall train in
    one pass, and take over once it is measured faster; weights then repeat within 1e-5 a step and no longer to the bit.
    """

    objectives: tuple[Objective, ...] = (Objective(),)
    turns: Literal["together", "cycle"] = "together"
    epochs: int = 10
    batch_size: int = 32
    seed: int = 0
    device: str = "auto"
    patience: int = 0
    precision: Literal["float32", "bf16", "float16"] = "float32"
    layout: Literal["auto", "channels first", "channels last"] = "auto"
    checkpoints: int = 0
    keeps: Literal["best", "last"] = "best"
    metrics: tuple[str, ...] = ()
    speed: Literal["repeatable", "fast"] = "repeatable"
    stop: Stop = Stop()


class Split(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Shares of validation and test samples; the rest trains. Classes keep their shares in every part."""

    validation: float = 0.15
    test: float = 0.15
    seed: int = 0


class Transform(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A transform of `core.data.transforms` by name: of these fields, with these parameters, while it is `on`."""

    kind: str
    fields: tuple[str, ...] = ()
    params: dict[str, Value] = {}
    on: bool = True


class Data(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A data source of `core.data` by name with its parameters, and what is done to its fields, in order.

    `standardise` names fields that get mean 0 and variance 1, fitted on the training part alone, before all else: the
    same as a transform of that kind at the head of the list.
    """

    source: str = "digits"
    params: dict[str, Value] = {}
    split: Split = Split()
    standardise: tuple[str, ...] = ()
    transforms: tuple[Transform, ...] = ()


BOUNDS: dict[str, tuple[float, float]] = {
    "epochs": (1, 100_000),
    "batch_size": (1, 65_536),
    "seed": (0, 2**32 - 1),
    "patience": (0, 10_000),
    "every": (1, 100_000),
    "steps": (1, 100_000),
    "begin": (1, 100_000),
    "end": (0, 100_000),
    "accumulate": (1, 65_536),
    "l1": (0.0, 1e6),
    "clip_norm": (0.0, 1e9),
    "clip_value": (0.0, 1e9),
    "rate": (0.0, 1e6),
    "checkpoints": (0, 10_000),
    "validation": (0.0, 0.9),
    "test": (0.0, 0.9),
}
"""Inclusive bounds of the numbers above; forms and the reader use them alike."""

OBJECTIVE_NUMBERS = ("every", "steps", "begin", "end", "accumulate", "l1", "clip_norm", "clip_value")


def training_complaint(training: Training) -> tuple[str, str]:
    """The place and the reason why training settings cannot be accepted; both empty when they can."""
    if not training.objectives:
        return "training.objectives", "There must be at least one objective."
    run = ("epochs", "batch_size", "seed", "patience", "checkpoints")
    numbers = [(f"training.{name}", name, getattr(training, name)) for name in run]
    for index, one in enumerate(training.objectives):
        place = f"training.objectives[{index}]"
        numbers += [(f"{place}.{name}", name, getattr(one, name)) for name in OBJECTIVE_NUMBERS]
        numbers += [(f"{place}.rates.{node}", "rate", rate) for node, rate in one.rates.items()]
        if one.end and one.end < one.begin:
            return f"{place}.end", f"It ends in epoch {one.end:,}, before it begins in epoch {one.begin:,}."
    if training.stop.seconds is not None and training.stop.seconds <= 0:
        return "training.stop.seconds", "The time after which a run ends must be more than 0 seconds."
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
