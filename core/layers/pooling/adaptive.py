"""Pooling to a size that is given, whatever arrives: into regions, or over all places."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from core.layers.parameters import flag, window
from core.layers.pooling.windows import arriving
from core.layers.reading import along, times
from core.layers.windows import AXES, TAKES, not_channels_first
from core.model.spec import Inputs, LayerSpec, Param, Port
from core.model.values import Params, Value

_LIN = "Lin, Chen & Yan 2014, Network in network, §3.2"
_KEEP = flag("keepdim", "Keep axes", False, "Whether the pooled axes stay, with size 1: N×C×1×1 in place of N×C.")
_NAMES = {"avg": "average", "max": "max"}


def _output_size(axes: int, name: str) -> Param:
    what = "The height and width that come out" if axes == 2 else "The length that comes out"
    doc = f"{what}, whatever the size of the input; 1 is global pooling."
    if name == "max":
        doc += " ONNX needs sizes that divide those of the input."
    return window("output_size", "Output size", 1, doc, axes)


def _adaptive(name: str, axes: int, what: str, formula: str, source: str, also: str) -> LayerSpec:
    title = f"Adaptive {_NAMES[name]} pool {axes}D"
    of = "an image" if axes == 2 else "a series"
    return LayerSpec(
        kind=f"adaptive_{name}_pool{axes}d",
        family="pooling",
        title=title,
        doc=f"Divides {of} into a fixed number of regions and {what}.",
        formula=formula,
        source=source,
        target=f"torch.nn.Adaptive{name.capitalize()}Pool{axes}d",
        inputs=(Port("input", AXES[axes], doc=TAKES[axes]),),
        outputs=(Port("output", AXES[axes], doc="As many channels, as many places as were asked for."),),
        params=(_output_size(axes, name),),
        check=lambda inputs, params: not_channels_first(title, inputs, axes, (1, 2)),
        summary=lambda params: times(along(params, "output_size", axes)),
        keywords=f"pooling subsampling downsampling global regions spatial pyramid {also}",
        example=({"output_size": 2}, {"input": (arriving(axes),)}),
    )


def _over_places(axes: int) -> Callable[[Inputs, Params], Mapping[str, Value]]:
    """The axes behind the channels; torch keeps none unless it is told to."""
    dims: dict[str, Value] = {"dim": tuple(range(2, 2 + axes))}
    return lambda inputs, params: {**dims, "keepdim": True} if params["keepdim"] else dims


def _global(name: str, axes: int, doc: str, formula: str, source: str, also: str) -> LayerSpec:
    title = f"Global {_NAMES[name]} pool {axes}D"

    def ports(params: Params) -> tuple[Port, ...]:
        return (Port("output", AXES[axes] if params["keepdim"] else "N C", doc="One number for each channel."),)

    return LayerSpec(
        kind=f"global_{name}_pool{axes}d",
        family="pooling",
        title=title,
        doc=doc,
        formula=formula,
        source=source,
        target="torch.mean" if name == "avg" else "torch.amax",
        call="function",
        inputs=(Port("input", AXES[axes], doc=TAKES[axes]),),
        outputs=(Port("output", "N C", doc="One number for each channel."),),
        params=(_KEEP,),
        settings=("keepdim",),
        derive=_over_places(axes),
        check=lambda inputs, params: not_channels_first(title, inputs, axes, (1, 2)),
        spread=ports,
        keywords=f"pooling gap gmp head classifier {also}",
        example=({}, {"input": (arriving(axes),)}),
    )


_PYRAMID = "He, Zhang, Ren & Sun 2014, Spatial pyramid pooling in deep convolutional networks, §2.2"
_OQUAB = "Oquab, Bottou, Laptev & Sivic 2015, Is object localization for free?, §3"

SPECS = (
    _adaptive(
        "avg",
        2,
        "gives the mean of each",
        r"y_{c,i,j} = \frac{1}{|R_{ij}|} \sum_{(u,v) \in R_{ij}} x_{c,u,v}",
        _LIN,
        "average mean",
    ),
    _adaptive(
        "max",
        2,
        "keeps the largest number of each",
        r"y_{c,i,j} = \max_{(u,v) \in R_{ij}} x_{c,u,v}",
        _PYRAMID,
        "maximum",
    ),
    _adaptive(
        "avg",
        1,
        "gives the mean of each",
        r"y_{c,i} = \frac{1}{|R_{i}|} \sum_{u \in R_{i}} x_{c,u}",
        _LIN,
        "average mean",
    ),
    _adaptive(
        "max", 1, "keeps the largest number of each", r"y_{c,i} = \max_{u \in R_{i}} x_{c,u}", _PYRAMID, "maximum"
    ),
    _global(
        "avg",
        2,
        "Gives the mean of each channel over all places: a vector in place of maps.",
        r"y_{c} = \frac{1}{H W} \sum_{i,j} x_{c,i,j}",
        _LIN,
        "average mean",
    ),
    _global(
        "max",
        2,
        "Gives the largest number of each channel, wherever it is; equal ones share the gradient.",
        r"y_{c} = \max_{i,j} \, x_{c,i,j}",
        _OQUAB,
        "maximum amax",
    ),
    _global(
        "avg",
        1,
        "Gives the mean of each channel over all steps: a vector in place of a series.",
        r"y_{c} = \frac{1}{L} \sum_{i} x_{c,i}",
        _LIN,
        "average mean time",
    ),
    _global(
        "max",
        1,
        "Gives the largest number of each channel over all steps; equal ones share the gradient.",
        r"y_{c} = \max_{i} \, x_{c,i}",
        "Collobert et al. 2011, Natural language processing (almost) from scratch, §3.3.2",
        "maximum amax max-over-time",
    ),
)
