"""Pooling with a window that slides: the largest, the smallest, the mean, a norm."""

from __future__ import annotations

from core.layers.pooling.windows import (
    CEIL,
    INCLUDE,
    INDICES,
    arriving,
    kernel_and_stride,
    sliding,
    sliding_check,
    spread,
)
from core.layers.reading import along, number, times
from core.layers.windows import AXES, TAKES, WHAT
from core.model.spec import LayerSpec, Param, Port
from core.model.values import Params

_SUMS = {1: r"x_{c,\, s i + u}", 2: r"x_{c,\, s i + u,\, s j + v}", 3: r"x_{c,\, s i + u,\, s j + v,\, s k + w}"}
_PLACE = {1: "c,i", 2: "c,i,j", 3: "c,i,j,k"}
_CELLS = {1: "u", 2: "u,v", 3: "u,v,w"}
_ONE = {1: "a series", 2: "an image", 3: "a volume"}
_OUTPUT = "As many channels, fewer places."
_NORM = Param("norm_type", "Power", "float", 2.0, "p of the norm: 1 adds up, a large one is near the maximum.", 1, 16)


def _pool(
    name: str,
    title: str,
    axes: int,
    doc: str,
    formula: str,
    source: str,
    target: str,
    params: tuple[Param, ...],
    also: str,
) -> LayerSpec:
    title = f"{title} {axes}D"
    others = (1, 2, 3) if name in ("max", "avg") else (1, 2)
    outputs = (Port("output", AXES[axes], doc=_OUTPUT),)
    return LayerSpec(
        kind=f"{name}_pool{axes}d",
        family="pooling",
        title=title,
        doc=doc.format(what=_ONE[axes]),
        formula=f"y_{{{_PLACE[axes]}}} = " + formula.replace("CELLS", _CELLS[axes]).replace("X", _SUMS[axes]),
        source=source,
        target=f"{target}{axes}d",
        inputs=(Port("input", AXES[axes], doc=TAKES[axes]),),
        outputs=outputs,
        params=params,
        check=sliding_check(title, axes, others, unpadded=name == "avg" and axes == 3),
        summary=lambda given: _summary(given, axes),
        spread=(lambda given: _max_ports(given, axes)) if INDICES in params else None,
        keywords=f"pooling subsampling downsampling {WHAT[axes]} {also}",
        example=({}, {"input": (arriving(axes),)}),
    )


def _summary(params: Params, axes: int) -> str:
    shown = times(along(params, "kernel_size", axes))
    return f"{shown} · p {number(params, 'norm_type'):g}" if "norm_type" in params else shown


def _max_ports(params: Params, axes: int) -> tuple[Port, ...]:
    """The maxima, and their places as a second output where they are asked for: torch then returns a pair."""
    if not params["return_indices"]:
        return (Port("output", AXES[axes], doc=_OUTPUT),)
    return (
        Port("output", AXES[axes], doc=_OUTPUT, pick=(0,)),
        Port("indices", AXES[axes], "int", doc="Where each maximum was: its number in its channel.", pick=(1,)),
    )


def _max(axes: int) -> LayerSpec:
    return _pool(
        "max",
        "Max pool",
        axes,
        "Keeps the largest number of each window of {what}.",
        r"\max_{CELLS} \, X",
        "Scherer, Müller & Behnke 2010, Evaluation of pooling operations in convolutional architectures, §3",
        "torch.nn.MaxPool",
        (*sliding(axes), spread(axes), CEIL, INDICES),
        "maximum dilation morphology indices switches",
    )


def _average(axes: int) -> LayerSpec:
    return _pool(
        "avg",
        "Average pool",
        axes,
        "Gives the mean of each window of {what}.",
        rf"\frac{{1}}{{k^{{{axes}}}}} \sum_{{CELLS}} X" if axes > 1 else r"\frac{1}{k} \sum_{CELLS} X",
        "LeCun, Bottou, Bengio & Haffner 1998, Gradient-based learning applied to document recognition, §II.A",
        "torch.nn.AvgPool",
        (*sliding(axes), CEIL, INCLUDE),
        "average mean smoothing box filter",
    )


def _min(axes: int) -> LayerSpec:
    return _pool(
        "min",
        "Min pool",
        axes,
        "Keeps the smallest number of each window of {what}.",
        r"\min_{CELLS} \, X",
        "Serra 1982, Image analysis and mathematical morphology, ch. II",
        "core.layers.modules.pooling.MinPool",
        (*sliding(axes), spread(axes), CEIL),
        "minimum erosion morphology",
    )


def _lp(axes: int) -> LayerSpec:
    return _pool(
        "lp",
        "Lp pool",
        axes,
        "Gives the p-norm of each window of {what}; unless p is 1 or even, the numbers must not be negative.",
        r"\sqrt[p]{\sum_{CELLS} X^{p}}",
        "Sermanet, Chintala & LeCun 2012, Convolutional neural networks applied to house numbers digit classification",
        "torch.nn.LPPool",
        (_NORM, *kernel_and_stride(axes), CEIL),
        "norm power l2 euclidean",
    )


SPECS = (_max(2), _average(2), _max(1), _average(1), _max(3), _average(3), _min(2), _min(1), _lp(2), _lp(1))
