"""Normalisation and dropout: what keeps training steady and honest."""

from __future__ import annotations

from collections.abc import Mapping

from core.layers.complaints import changing, not_real
from core.layers.parameters import BIAS, EPS, choice, flag, share
from core.layers.reading import first, number
from core.model.fault import Complaint
from core.model.spec import Inputs, LayerSpec, Param, Port
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
_FORMULA = r"y = \gamma \, \frac{x - \mathrm{E}[x]}{\sqrt{\mathrm{Var}[x] + \epsilon}} + \beta"
_SOURCE = "Ioffe & Szegedy 2015, Batch normalization: accelerating deep network training, algorithm 1"


def _channels(inputs: Inputs, params: Params) -> Mapping[str, Value]:
    return {"num_features": first(inputs).size(1)}


def _batch_norm1d_check(inputs: Inputs, params: Params) -> Complaint | None:
    arriving = first(inputs)
    if wrong := not_real("Batch norm 1D", arriving):
        return wrong
    if arriving.rank == 4:
        return Complaint(
            f"Batch norm 1D takes vectors (N×F) or series (N×C×L), but images ({arriving}) arrive.",
            "Use Batch norm 2D for images.",
            port="input",
        )
    if arriving.rank not in (2, 3):
        return Complaint(
            f"Batch norm 1D takes vectors (N×F) or series (N×C×L), but {arriving} arrives.",
            "Put a Reshape before it.",
            port="input",
        )
    return changing("Batch norm 1D", arriving, 1)


def _batch_norm2d_check(inputs: Inputs, params: Params) -> Complaint | None:
    arriving = first(inputs)
    if wrong := not_real("Batch norm 2D", arriving):
        return wrong
    if arriving.rank != 4:
        return Complaint(
            f"Batch norm 2D takes images (N×C×H×W), but {arriving} arrives.",
            "Use Batch norm 1D for vectors and series, or put a Reshape before it.",
            port="input",
        )
    return changing("Batch norm 2D", arriving, 1)


def _layer_norm_sizes(inputs: Inputs, params: Params) -> Mapping[str, Value]:
    arriving = first(inputs)
    axes = range(1, arriving.rank) if params["over"] == "whole sample" else range(arriving.rank - 1, arriving.rank)
    return {"normalized_shape": tuple(arriving.size(axis) for axis in axes)}


def _layer_norm_check(inputs: Inputs, params: Params) -> Complaint | None:
    arriving = first(inputs)
    if wrong := not_real("Layer norm", arriving):
        return wrong
    if arriving.rank < 2:
        return changing("Layer norm", arriving, -1)
    axes = range(1, arriving.rank) if params["over"] == "whole sample" else (arriving.rank - 1,)
    if wrong := next((found for axis in axes if (found := changing("Layer norm", arriving, axis))), None):
        return wrong
    if all(arriving.shape[axis] == 1 for axis in axes):
        return Complaint(
            f"Layer norm over a single number always gives 0; {arriving} arrives.",
            "Take it away, or normalise a wider layer.",
            severity="warning",
            port="input",
        )
    return None


SPECS = (
    LayerSpec(
        kind="dropout",
        family="normalisation",
        title="Dropout",
        doc="While training, sets each number to 0 with probability p and scales up the rest; afterwards does nothing.",
        formula=r"\begin{matrix} y = \frac{m \odot x}{1 - p} \\ m_i \in \{0, 1\}, \; P(m_i = 0) = p \end{matrix}",
        source="Srivastava, Hinton, Krizhevsky, Sutskever & Salakhutdinov 2014, Dropout, §4",
        target="torch.nn.Dropout",
        inputs=(Port("input", doc="Real numbers in any shape."),),
        outputs=(Port("output", doc="The same shape."),),
        params=(share("p", "Probability", 0.5, "How likely each number is dropped."),),
        check=lambda inputs, params: not_real("Dropout", first(inputs)),
        summary=lambda params: f"p {number(params, 'p'):g}",
        keywords="regularisation overfitting noise mask",
    ),
    LayerSpec(
        kind="batch_norm1d",
        family="normalisation",
        title="Batch norm 1D",
        doc="Gives every feature mean 0 and variance 1 over the batch, then scales and shifts it by learned ones.",
        formula=_FORMULA,
        source=_SOURCE,
        target="torch.nn.BatchNorm1d",
        inputs=(Port("input", "N C ...", doc="Vectors N×F, or series N×C×L with channels first."),),
        outputs=(Port("output", "N C ...", doc="The same shape."),),
        params=(EPS, _MOMENTUM, _AFFINE, _RUNNING),
        derive=_channels,
        check=_batch_norm1d_check,
        keywords="batch normalization batchnorm bn standardise",
    ),
    LayerSpec(
        kind="batch_norm2d",
        family="normalisation",
        title="Batch norm 2D",
        doc="Gives each channel mean 0 and variance 1 over batch and image, then scales and shifts it by learned ones.",
        formula=_FORMULA,
        source=_SOURCE,
        target="torch.nn.BatchNorm2d",
        inputs=(Port("input", "N C H W", doc="Images, channels first."),),
        outputs=(Port("output", "N C H W", doc="The same shape."),),
        params=(EPS, _MOMENTUM, _AFFINE, _RUNNING),
        derive=_channels,
        check=_batch_norm2d_check,
        keywords="batch normalization batchnorm bn standardise image",
    ),
    LayerSpec(
        kind="layer_norm",
        family="normalisation",
        title="Layer norm",
        doc="Gives every sample (or every step of a sequence) mean 0 and variance 1 over its own features.",
        formula=r"y = \gamma \odot \frac{x - \mu}{\sqrt{\sigma^{2} + \epsilon}} + \beta",
        source="Ba, Kiros & Hinton 2016, Layer normalization, §3",
        target="torch.nn.LayerNorm",
        inputs=(Port("input", "N ... F", doc="Real numbers, features last."),),
        outputs=(Port("output", "N ... F", doc="The same shape."),),
        params=(
            choice("over", "Over", ("last axis", "whole sample"), "Which numbers share one mean and variance."),
            EPS,
            flag("elementwise_affine", "Learned scale and shift", True, "Whether γ and β are learned."),
            BIAS,
        ),
        settings=("over",),
        derive=_layer_norm_sizes,
        check=_layer_norm_check,
        keywords="layer normalization layernorm ln transformer standardise",
    ),
)
