"""The settings of a run and of an objective that are plain values, as parameters of a form."""

from __future__ import annotations

from functools import cache

import msgspec

from core.model.settings import BOUNDS, Objective, Training
from core.model.spec import Param

_SEED = "Fixes initial weights, order of the samples and dropout: the same seed gives the same run."
_DEVICE = "Where the network trains; auto takes a GPU if there is one."
_PATIENCE = "Epochs without a lower validation loss after which the run stops; 0 never stops early."
_TURNS = "Whether all objectives work at every step, or one after the other in a cycle."
_KEEPS = "Which weights the network has when a run is over: those of the lowest validation loss, or the last ones."
_CHECKPOINTS = "Keeps the state of the run after every so many epochs besides the best and the last; 0 keeps no more."
_PRECISION = "Mixed precision computes the forward pass in 16 bits; float16 needs a GPU."
_SPEED = (
    "repeatable gives the same weights to the bit; fast compiles the whole step beside the run and takes it over at an "
    "epoch's end once it is measured faster and equal within 1e-5. That needs a C++ compiler; several nets of one "
    "structure, which train abreast in one pass, need none."
)
_LAYOUT = "How pictures lie in memory; auto takes what is fast for convolutions on the device."


@cache
def run_params(devices: tuple[str, ...], *, several: bool) -> tuple[Param, ...]:
    """The settings of a run besides its objectives, of which there may be `several`."""
    turns = (_one_of(Training, "turns", "Turns", _TURNS),) if several else ()
    return (
        _whole(Training, "batch_size", "Batch size", "Samples from which the gradient of one step is computed."),
        _whole(Training, "epochs", "Epochs", "How often the run goes through all training samples."),
        *turns,
        _whole(Training, "patience", "Patience", _PATIENCE),
        _one_of(Training, "keeps", "Keeps", _KEEPS),
        _whole(Training, "checkpoints", "Checkpoints", _CHECKPOINTS, unit="epochs"),
        _whole(Training, "seed", "Seed", _SEED),
        Param("device", "Device", "choice", "auto", _DEVICE, choices=devices),
        _one_of(Training, "precision", "Precision", _PRECISION),
        _one_of(Training, "layout", "Layout", _LAYOUT),
        _one_of(Training, "speed", "Speed", _SPEED),
    )


@cache
def objective_params(*, several: bool, in_cycle: bool) -> tuple[Param, ...]:
    """When an objective takes its turn, and what happens to its gradients on the way to a step."""
    turn = (
        _whole(Objective, "steps", "Steps in a row", "Steps that it takes in each round of the cycle.")
        if in_cycle
        else _whole(Objective, "every", "Every", "It takes its turn every so many steps.", unit="steps")
    )
    times = (
        turn,
        _whole(Objective, "begin", "From epoch", "The first epoch in which it works."),
        _whole(Objective, "end", "To epoch", "The last epoch in which it works; 0 is the last one of the run."),
    )
    return (
        *(times if several else ()),
        _whole(Objective, "accumulate", "Accumulate", "Batches whose mean gradient makes one step.", unit="batches"),
        _real("l1", "L1 penalty", "Times the sign of every weight, added to its gradient: small weights become 0."),
        _one_of(Objective, "penalised", "Penalties on", "L1 and weight decay pull at all weights, or spare biases."),
        _real("clip_norm", "Clip norm", "Longer gradients are shortened to this length; 0 leaves them."),
        _real("clip_value", "Clip value", "Larger entries of a gradient are cut to this; 0 leaves them."),
    )


def _whole(owner: type[msgspec.Struct], name: str, title: str, doc: str, unit: str = "") -> Param:
    low, high = BOUNDS[name]
    return Param(name, title, "int", getattr(owner(), name), doc, low=low, high=high, unit=unit)


def _real(name: str, title: str, doc: str) -> Param:
    low, high = BOUNDS[name]
    return Param(name, title, "float", getattr(Objective(), name), doc, low=low, high=high)


def _one_of(owner: type[msgspec.Struct], name: str, title: str, doc: str) -> Param:
    field = next(each for each in msgspec.structs.fields(owner) if each.name == name)
    kind = msgspec.inspect.type_info(owner)
    assert isinstance(kind, msgspec.inspect.StructType)
    found = next(each.type for each in kind.fields if each.name == name)
    assert isinstance(found, msgspec.inspect.LiteralType)
    return Param(name, title, "choice", field.default, doc, choices=tuple(str(value) for value in found.values))
