"""Batch normalisation and instance normalisation: statistics of each channel, over the batch or within a sample."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

from core.layers.complaints import changing, not_real
from core.layers.parameters import EPS, flag
from core.layers.reading import first
from core.layers.windows import AXES, TAKES, WHAT, not_channels_first
from core.model.fault import Complaint
from core.model.spec import Inputs, LayerSpec, Param, Port
from core.model.tensor import TensorType
from core.model.values import Params, Value

_MOMENTUM = Param(
    "momentum",
    "Momentum",
    "float",
    0.1,
    "How much each batch moves the running mean and variance that are used after training.",
    above=0,
    high=1,
)
_AFFINE = flag("affine", "Learned scale and shift", True, "Whether γ and β are learned; without, γ = 1 and β = 0.")
_RUNNING = flag(
    "track_running_stats",
    "Running statistics",
    True,
    "Whether evaluation uses statistics kept while training; without, those of its own batch.",
)
_BATCH_FORMULA = r"y = \gamma \, \frac{x - \mathrm{E}[x]}{\sqrt{\mathrm{Var}[x] + \epsilon}} + \beta"
_INSTANCE_FORMULA = (
    r"y_{n,c} = \gamma_c \, \frac{x_{n,c} - \mathrm{E}[x_{n,c}]}{\sqrt{\mathrm{Var}[x_{n,c}] + \epsilon}} + \beta_c"
)
_CASES = {1: TensorType(("N", 3, 12)), 2: TensorType(("N", 3, 8, 8)), 3: TensorType(("N", 3, 4, 4, 4))}
_AREA = {2: "the image", 3: "the volume"}


def _channels(inputs: Inputs, params: Params) -> Mapping[str, Value]:
    return {"num_features": first(inputs).size(1)}


def _batch_norm1d_check(inputs: Inputs, params: Params) -> Complaint | None:
    arriving = first(inputs)
    if wrong := not_real("Batch norm 1D", arriving):
        return wrong
    if arriving.rank in (2, 3):
        return changing("Batch norm 1D", arriving, 1)
    message = "Batch norm 1D takes vectors (N×F) or series (N×C×L), but "
    if arriving.rank in (4, 5):
        axes = arriving.rank - 2
        message += f"{WHAT[axes]} ({arriving}) arrive."
        return Complaint(message, f"Use Batch norm {axes}D for {WHAT[axes]}.", port="input")
    return Complaint(f"{message}{arriving} arrives.", "Put a Reshape before it.", port="input")


def _batch_norm_check(axes: int) -> Callable[[Inputs, Params], Complaint | None]:
    title = f"Batch norm {axes}D"

    def check(inputs: Inputs, params: Params) -> Complaint | None:
        arriving = first(inputs)
        if wrong := not_real(title, arriving):
            return wrong
        if arriving.rank == axes + 2:
            return changing(title, arriving, 1)
        other = 5 - axes
        better = f"Batch norm {other}D for {WHAT[other]}" if arriving.rank == other + 2 else ""
        return Complaint(
            f"{title} takes {WHAT[axes]} ({AXES[axes].replace(' ', '×')}), but {arriving} arrives.",
            f"Use {better or 'Batch norm 1D for vectors and series'}, or put a Reshape before it.",
            port="input",
        )

    return check


def _batch_norm(axes: int) -> LayerSpec:
    return LayerSpec(
        kind=f"batch_norm{axes}d",
        family="normalisation",
        title=f"Batch norm {axes}D",
        doc=f"Gives each channel mean 0 and variance 1 over batch and {_AREA[axes].removeprefix('the ')}, then scales "
        "and shifts it by learned ones.",
        formula=_BATCH_FORMULA,
        source="Ioffe & Szegedy 2015, Batch normalization: accelerating deep network training, §3.2",
        target=f"torch.nn.BatchNorm{axes}d",
        inputs=(Port("input", AXES[axes], doc=TAKES[axes]),),
        outputs=(Port("output", AXES[axes], doc="The same shape."),),
        params=(EPS, _MOMENTUM, _AFFINE, _RUNNING),
        derive=_channels,
        check=_batch_norm_check(axes),
        keywords=f"batch normalization batchnorm bn standardise {WHAT[axes].removesuffix('s')}",
        example=({}, {"input": (_CASES[axes],)}),
    )


def _instance_check(axes: int) -> Callable[[Inputs, Params], Complaint | None]:
    title = f"Instance norm {axes}D"

    def check(inputs: Inputs, params: Params) -> Complaint | None:
        if wrong := not_channels_first(title, inputs, axes):
            return wrong
        arriving = first(inputs)
        if math.prod(arriving.size(axis) for axis in range(2, arriving.rank)) > 1:
            return None
        return Complaint(
            f"{title} standardises each channel of a sample by itself, but of {arriving} a channel has one number.",
            "Take it away, or put it where the channels are still larger.",
            port="input",
        )

    return check


def _instance_norm(axes: int) -> LayerSpec:
    return LayerSpec(
        kind=f"instance_norm{axes}d",
        family="normalisation",
        title=f"Instance norm {axes}D",
        doc="Gives each channel of each sample mean 0 and variance 1: takes contrast and style away.",
        formula=_INSTANCE_FORMULA,
        source="Ulyanov, Vedaldi & Lempitsky 2016, Instance normalization: the missing ingredient for fast stylization",
        target=f"torch.nn.InstanceNorm{axes}d",
        inputs=(Port("input", AXES[axes], doc=TAKES[axes]),),
        outputs=(Port("output", AXES[axes], doc="The same shape."),),
        params=(
            EPS,
            _MOMENTUM,
            flag("affine", "Learned scale and shift", False, "Whether γ and β are learned for every channel."),
            flag(
                "track_running_stats",
                "Running statistics",
                False,
                "Whether evaluation uses statistics kept while training; without, those of each sample.",
            ),
        ),
        derive=_channels,
        check=_instance_check(axes),
        keywords="instance normalization instancenorm style transfer contrast gan",
        example=({"affine": True}, {"input": (_CASES[axes],)}),
    )


SPECS = (
    LayerSpec(
        kind="batch_norm1d",
        family="normalisation",
        title="Batch norm 1D",
        doc="Gives every feature mean 0 and variance 1 over the batch, then scales and shifts it by learned ones.",
        formula=_BATCH_FORMULA,
        source="Ioffe & Szegedy 2015, Batch normalization: accelerating deep network training, algorithm 1",
        target="torch.nn.BatchNorm1d",
        inputs=(Port("input", "N C ...", doc="Vectors N×F, or series N×C×L with channels first."),),
        outputs=(Port("output", "N C ...", doc="The same shape."),),
        params=(EPS, _MOMENTUM, _AFFINE, _RUNNING),
        derive=_channels,
        check=_batch_norm1d_check,
        keywords="batch normalization batchnorm bn standardise",
        example=({}, {"input": (TensorType(("N", 6)),)}),
    ),
    _batch_norm(2),
    _batch_norm(3),
    _instance_norm(1),
    _instance_norm(2),
    _instance_norm(3),
)
