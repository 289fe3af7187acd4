"""What losses say about a prediction and a target that do not fit."""

from __future__ import annotations

import math
from collections.abc import Callable

from core.layers.complaints import not_real
from core.layers.reading import first
from core.model.fault import Complaint
from core.model.spec import Inputs
from core.model.tensor import Dim, TensorType
from core.model.values import Params

Check = Callable[[Inputs, Params], Complaint | None]


def equal_shapes(title: str) -> Check:
    """The check of a loss that compares number by number."""

    def check(inputs: Inputs, params: Params) -> Complaint | None:
        given, target = first(inputs), first(inputs, "target")
        return not_real(title, given, embed=False) or _number_targets(title, given, target)

    return check


def _number_targets(title: str, given: TensorType, target: TensorType) -> Complaint | None:
    if not target.is_float:
        message = (
            f"{title} compares real numbers, but the target holds whole ones ({target}, {target.dtype});"
            f" the prediction is {given}."
        )
        if target.rank == 1 and given.rank == 2 and given.shape[1] == 1:
            return Complaint(message, "At the target's Input, choose the form “number”.", port="target")
        if target.rank == 1 and given.rank == 2:
            fix = f"At the target's Input, choose the form “one-hot” (N×{given.shape[1]}), or use Cross-entropy."
            return Complaint(message, fix, port="target")
        return Complaint(message, "At the target's Input, choose the form “number” or “one-hot”.", port="target")
    if given.shape == target.shape:
        return None
    message = f"The prediction is {given} and the target {target}: {title} needs the same shape."
    if given.rank == 2 and given.shape[1] == 1 and target.rank == 1:
        return Complaint(message, "At the target's Input, choose the form “number” (N×1).", port="target")
    if target.rank == 2 and given.rank == 2:
        fix = f"Give the last layer {target.shape[1]} output{'s' if target.shape[1] != 1 else ''}."
        return Complaint(message, fix, port="input")
    if given.rank > 2 and _flat(given) == target.shape:
        return Complaint(message, "Put a Flatten before the prediction.", port="input", insert="flatten")
    if target.rank > 2 and _flat(target) == given.shape:
        return Complaint(message, "Put a Flatten before the target.", port="target", insert="flatten")
    return Complaint(message, "Make the shapes equal, with a Reshape or another last layer.", port="input")


def _flat(given: TensorType) -> tuple[Dim, ...]:
    """The shape behind a Flatten; the shape itself where a further axis changes with the batch."""
    if any(isinstance(dim, str) for dim in given.sample):
        return given.shape
    return given.shape[0], math.prod(given.size(axis) for axis in range(1, given.rank))


def perceptron_targets(inputs: Inputs, params: Params) -> Complaint | None:
    """Sums and targets in one shape; the form depends on the decision."""
    given, target = first(inputs), first(inputs, "target")
    if wrong := not_real("Perceptron", given, embed=False):
        return wrong
    form = "sign" if params["activation"] == "sign" else "number"
    if not target.is_float or target.rank == 1:
        return Complaint(
            f"The Perceptron loss compares decisions number by number, but the target is {target} ({target.dtype})"
            f" and the neuron's sum {given}.",
            f"At the target's Input, choose the form “{form}” (N×1).",
            port="target",
        )
    return _number_targets("Perceptron", given, target)


def single_scores(title: str) -> Check:
    """The check of a loss of scores N×C and classes N."""

    def check(inputs: Inputs, params: Params) -> Complaint | None:
        given = first(inputs)
        if given.rank != 2 and given.is_float:
            return Complaint(
                f"{title} takes one row of scores a sample (N×C), but {given} arrives.",
                "Put a Flatten and a Linear before it." if given.rank > 2 else "Put a Linear before it.",
                port="input",
            )
        return class_targets(title, probabilities=False)(inputs, params)

    return check


def _classes_wanted(title: str, target: TensorType) -> Complaint:
    return Complaint(
        f"{title} wants the number of the right class, but the target holds real numbers ({target}, {target.dtype}).",
        "At the target's Input, choose a field of classes in the form “as stored”; for real numbers use an MSE loss.",
        port="target",
    )


def class_axis(given: TensorType) -> int:
    """The axis of the classes: last in sequences N×T×C, else second."""
    return 2 if given.rank == 3 else 1


def class_targets(title: str, *, probabilities: bool) -> Check:
    """The check of a loss of scores N×C, N×T×C or N×C×H×W, and classes N, N×T or N×H×W.

    `probabilities`: targets may also be probabilities in the scores' shape.
    """

    def check(inputs: Inputs, params: Params) -> Complaint | None:
        given, target = first(inputs), first(inputs, "target")
        if wrong := not_real(title, given, embed=False):
            return wrong
        if given.rank < 2:
            return Complaint(
                f"{title} needs a score for every class (N×C), but one number a sample ({given}) arrives.",
                "Put a Linear before it with as many outputs as there are classes.",
                port="input",
            )
        axis = class_axis(given)
        if target.is_float:
            if probabilities and target.shape == given.shape and given.shape[axis] != 1:
                return _weights(title, given, params) or _probabilities(params)
            return _classes_wanted(title, target)
        places = (*given.shape[:axis], *given.shape[axis + 1 :])
        if target.shape == places:
            return _weights(title, given, params) or _one_class(given, axis)
        return _places_differ(given, target, TensorType(places))

    return check


def _weights(title: str, given: TensorType, params: Params) -> Complaint | None:
    """Weights, where there are any, are one for each class."""
    weight, classes = params.get("weight"), given.shape[class_axis(given)]
    if weight is None:
        return None
    count = len(weight) if isinstance(weight, tuple) else 1
    if count == classes:
        return None
    return Complaint(
        f"{title} has {count} class weight{'s' if count != 1 else ''}, but {given} has scores of {classes}"
        f" class{'es' if classes != 1 else ''}.",
        "Give one weight for each class, or none.",
        port="input",
        params={"weight": None},
    )


def _probabilities(params: Params) -> Complaint | None:
    """Targets that are probabilities have no class that could be left out."""
    ignored = params.get("ignore_index", -100)
    if not isinstance(ignored, int) or ignored < 0:
        return None
    return Complaint(
        f"The target holds probabilities, so there is no class {ignored} to ignore.",
        "Set the ignored class to −100.",
        port="target",
        params={"ignore_index": -100},
    )


def _one_class(given: TensorType, axis: int) -> Complaint | None:
    if given.shape[axis] != 1:
        return None
    return Complaint(
        f"With one score only ({given}), softmax always says 1, and nothing is learned.",
        "Give the last layer one output for each class, or use Binary cross-entropy with logits.",
        severity="warning",
        port="input",
    )


def _places_differ(given: TensorType, target: TensorType, places: TensorType) -> Complaint:
    message = f"Scores of {given} belong to targets of {places}, but {target} arrives."
    if given.rank == 3 and target.rank == 1:
        return Complaint(
            f"{message} There are scores for every step, but one class a sample.",
            "Put a Mean over the steps before it, or wire the layer's “hidden” output instead.",
            port="input",
            insert="mean",
        )
    if given.rank == 3 and target.rank == 2 and given.shape[2] == target.shape[1]:
        return Complaint(
            message, "Put a Transpose before the scores: classes come last.", port="input", insert="transpose"
        )
    if given.rank == 4 and target.rank == 1:
        if given.shape[2:] == (1, 1):
            return Complaint(message, "Put a Flatten before it.", port="input", insert="flatten")
        return Complaint(message, "Put a Flatten and a Linear before it.", port="input")
    if given.rank == 2 and target.rank == 2 and target.shape[1] != 1:
        return Complaint(
            f"{message} There is one row of scores a sample, but a class for every step.",
            "Wire the layer's “output” (every step) instead of “hidden”.",
            port="input",
        )
    if target.rank == given.rank and target.shape[-1] == 1:
        return Complaint(message, "The target has an axis of size 1 too many: use a field of classes.", port="target")
    return Complaint(message, "Make scores and targets belong to the same places.", port="target")
