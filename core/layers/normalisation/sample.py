"""Normalisation within a sample: over its features, over groups of channels, over neighbours, to unit length."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from core.layers.complaints import changing, not_real
from core.layers.parameters import BIAS, EPS, choice, flag, size
from core.layers.reading import first, whole
from core.model.fault import Complaint
from core.model.spec import Inputs, LayerSpec, Param, Port
from core.model.tensor import TensorType
from core.model.values import Params, Value

_OVER: tuple[Param, ...] = (
    choice(
        "over",
        "Over",
        ("last axis", "last axes", "whole sample"),
        "Which numbers of a sample are normalised together; “last axes” goes by the number of axes.",
    ),
    Param("axes", "Number of axes", "int", 1, "Over how many axes from the end, with “last axes”.", low=1, high=8),
)
_INPUT = Port("input", "N ... F", doc="Real numbers, features last.")
_OUTPUT = Port("output", "N ... F", doc="The same shape.")
_SEQUENCE, _IMAGE = TensorType(("N", 5, 8)), TensorType(("N", 6, 4, 4))


def _axes(arriving: TensorType, params: Params) -> range:
    """The axes that share their statistics."""
    count = {"last axis": 1, "last axes": whole(params, "axes")}.get(str(params["over"]), arriving.rank - 1)
    return range(arriving.rank - count, arriving.rank)


def _sizes(inputs: Inputs, params: Params) -> Mapping[str, Value]:
    arriving = first(inputs)
    return {"normalized_shape": tuple(arriving.size(axis) for axis in _axes(arriving, params))}


def _over_check(title: str, single: str) -> Callable[[Inputs, Params], Complaint | None]:
    """A check of layers over the last axes; `single` says what becomes of a single number."""

    def check(inputs: Inputs, params: Params) -> Complaint | None:
        arriving = first(inputs)
        if wrong := not_real(title, arriving):
            return wrong
        if arriving.rank < 2:
            return changing(title, arriving, -1) or Complaint(
                f"{title} works on the axes of a sample, but {arriving} arrives.",
                "Put a Reshape before it.",
                port="input",
            )
        if params["over"] == "last axes" and whole(params, "axes") >= arriving.rank:
            return Complaint(
                f"{title} is asked for the last {params['axes']} axes, but a sample of {arriving} has "
                f"{arriving.rank - 1}.",
                f"Choose {arriving.rank - 1}.",
                params={"axes": arriving.rank - 1},
            )
        axes = _axes(arriving, params)
        if wrong := next((found for axis in axes if (found := changing(title, arriving, axis))), None):
            return wrong
        if all(arriving.shape[axis] == 1 for axis in axes):
            return Complaint(
                f"{title} over a single number always gives {single}; {arriving} arrives.",
                "Take it away, or normalise a wider layer.",
                severity="warning",
                port="input",
            )
        return None

    return check


def _over_summary(params: Params) -> str:
    return f"last {params['axes']} axes" if params["over"] == "last axes" and params["axes"] != 1 else ""


def _channels_complaint(title: str, inputs: Inputs) -> Complaint | None:
    arriving = first(inputs)
    if wrong := not_real(title, arriving):
        return wrong
    if arriving.rank < 2:
        return Complaint(
            f"{title} works on channels (N×C×…), but {arriving} arrives.", "Put a Reshape before it.", port="input"
        )
    return changing(title, arriving, 1)


def _group_check(inputs: Inputs, params: Params) -> Complaint | None:
    if wrong := _channels_complaint("Group norm", inputs):
        return wrong
    arriving, groups = first(inputs), whole(params, "num_groups")
    channels = arriving.size(1)
    if channels % groups:
        fitting = max(count for count in range(1, min(groups, channels) + 1) if channels % count == 0)
        return Complaint(
            f"{channels:,} channels cannot be divided into {groups:,} groups of the same size.",
            f"Choose {fitting:,} groups, or a number of channels that {groups:,} divides.",
            params={"num_groups": fitting},
        )
    if channels == groups and all(dim == 1 for dim in arriving.shape[2:]):
        one = {"num_groups": 1} if channels > 1 else {}
        return Complaint(
            f"Each group of {arriving} is a single number, which normalising always turns into 0.",
            "Choose fewer groups." if one else "Take it away, or normalise more channels.",
            port="input",
            params=one,
        )
    return None


def _response_check(inputs: Inputs, params: Params) -> Complaint | None:
    title, arriving = "Local response norm", first(inputs)
    if wrong := _channels_complaint(title, inputs):
        return wrong
    if arriving.rank < 3:
        return Complaint(
            f"{title} takes channels with places in them (N×C×L, N×C×H×W), but {arriving} arrives.",
            "Put it behind a convolution, or a Reshape before it.",
            port="input",
        )
    return next((found for axis in range(2, arriving.rank) if (found := changing(title, arriving, axis))), None)


def _unit_check(inputs: Inputs, params: Params) -> Complaint | None:
    title, arriving = "L2 normalise", first(inputs)
    if wrong := not_real(title, arriving):
        return wrong
    if arriving.rank < 2:
        return Complaint(
            f"{title} works on vectors (N×F), but {arriving} arrives.",
            "At the Input, choose the form “number” or “one-hot”, or put a Reshape before it.",
            port="input",
        )
    return None


SPECS = (
    LayerSpec(
        kind="layer_norm",
        family="normalisation",
        title="Layer norm",
        doc="Gives every sample (or every step of a sequence) mean 0 and variance 1 over its own features.",
        formula=r"y = \gamma \odot \frac{x - \mu}{\sqrt{\sigma^{2} + \epsilon}} + \beta",
        source="Ba, Kiros & Hinton 2016, Layer normalization, §3",
        target="torch.nn.LayerNorm",
        inputs=(_INPUT,),
        outputs=(_OUTPUT,),
        params=(
            *_OVER,
            EPS,
            flag("elementwise_affine", "Learned scale and shift", True, "Whether γ and β are learned."),
            BIAS,
        ),
        settings=("over", "axes"),
        derive=_sizes,
        check=_over_check("Layer norm", "0"),
        summary=_over_summary,
        keywords="layer normalization layernorm ln transformer standardise",
        example=({}, {"input": (TensorType(("N", 6)),)}),
    ),
    LayerSpec(
        kind="rms_norm",
        family="normalisation",
        title="RMS norm",
        doc="Divides by the root of the mean square of the features, then scales: layer norm without the mean.",
        formula=r"y = \gamma \odot \frac{x}{\sqrt{\frac{1}{F} \sum_{i} x_i^{2} + \epsilon}}",
        source="Zhang & Sennrich 2019, Root mean square layer normalization, §4",
        target="torch.nn.RMSNorm",
        inputs=(_INPUT,),
        outputs=(_OUTPUT,),
        params=(*_OVER, EPS, flag("elementwise_affine", "Learned scale", True, "Whether γ is learned.")),
        settings=("over", "axes"),
        derive=_sizes,
        check=_over_check("RMS norm", "its sign"),
        summary=_over_summary,
        keywords="root mean square normalization rmsnorm llama transformer",
        example=({}, {"input": (_SEQUENCE,)}),
    ),
    LayerSpec(
        kind="group_norm",
        family="normalisation",
        title="Group norm",
        doc="Gives each group of channels of a sample mean 0 and variance 1: independent of the batch.",
        formula=r"y = \gamma_c \, \frac{x - \mu_g}{\sqrt{\sigma_g^{2} + \epsilon}} + \beta_c",
        source="Wu & He 2018, Group normalization, §3",
        target="torch.nn.GroupNorm",
        inputs=(Port("input", "N C ...", doc="Channels first: vectors N×C, series N×C×L, images N×C×H×W."),),
        outputs=(Port("output", "N C ...", doc="The same shape."),),
        params=(
            size("num_groups", "Groups", 2, "Into how many groups the channels are divided; it must divide them."),
            EPS,
            flag("affine", "Learned scale and shift", True, "Whether γ and β are learned for every channel."),
        ),
        derive=lambda inputs, params: {"num_channels": first(inputs).size(1)},
        check=_group_check,
        summary=lambda params: f"{whole(params, 'num_groups'):,} groups",
        keywords="group normalization groupnorm gn detection diffusion small batch",
        example=({"num_groups": 3}, {"input": (_IMAGE,)}),
    ),
    LayerSpec(
        kind="local_response_norm",
        family="normalisation",
        title="Local response norm",
        doc="Divides each number by what the neighbouring channels say at the same place: the loudest inhibits.",
        formula=r"y_c = x_c \left(k + \frac{\alpha}{n} \sum_{|j - c| \leq n/2} x_j^{2}\right)^{-\beta}",
        source="Krizhevsky, Sutskever & Hinton 2012, ImageNet classification (AlexNet), §3.3; there α is not divided",
        target="torch.nn.LocalResponseNorm",
        inputs=(Port("input", "N C ...", doc="Series N×C×L or images N×C×H×W, channels first."),),
        outputs=(Port("output", "N C ...", doc="The same shape."),),
        params=(
            size("size", "Neighbours n", 5, "How many neighbouring channels count, its own among them.", 1_024),
            Param("alpha", "Alpha", "float", 1e-4, "How strongly the neighbours inhibit.", low=0, high=1e3),
            Param("beta", "Beta", "float", 0.75, "The power of the divisor.", low=0, high=16),
            Param("k", "K", "float", 1.0, "The divisor without any neighbours; AlexNet has 2.", above=0, high=1e3),
        ),
        check=_response_check,
        summary=lambda params: f"n {whole(params, 'size')}",
        keywords="lrn lateral inhibition alexnet brightness normalization",
        example=({}, {"input": (_IMAGE,)}),
    ),
    LayerSpec(
        kind="l2_normalise",
        family="normalisation",
        title="L2 normalise",
        doc="Divides every vector by its length: what is left is its direction, as cosine similarity needs it.",
        formula=r"y = \frac{x}{\max\left(\Vert x \Vert_2, \epsilon\right)}",
        source="Schroff, Kalenichenko & Philbin 2015, FaceNet, §3.1 (embeddings of unit length)",
        target="torch.nn.functional.normalize",
        call="function",
        inputs=(_INPUT,),
        outputs=(_OUTPUT,),
        params=(Param("eps", "Epsilon", "float", 1e-12, "The least length to divide by.", above=0, high=1),),
        derive=lambda inputs, params: {"dim": -1},
        check=_unit_check,
        keywords="unit length normalize euclidean sphere cosine embedding contrastive",
        example=({}, {"input": (_SEQUENCE,)}),
    ),
)
