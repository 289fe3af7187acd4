"""Layers whose weights are normalised: by their length, or by how far they stretch what goes through them."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from core.layers.complaints import changing, not_real
from core.layers.parameters import BIAS, size, window
from core.layers.reading import along, first, times, whole
from core.layers.windows import AXES, TAKES, not_channels_first, too_wide
from core.model.fault import Complaint
from core.model.spec import Inputs, LayerSpec, Param, Port
from core.model.tensor import TensorType
from core.model.values import Params, Value

_WEIGHT_NORM = "Salimans & Kingma 2016, Weight normalization: a simple reparameterization, §2"
_SPECTRAL_NORM = "Miyato, Kataoka, Koyama & Yoshida 2018, Spectral normalization for GANs, §2.1 and algorithm 1"
_POWER: tuple[Param, ...] = (
    size(
        "n_power_iterations",
        "Power iterations",
        1,
        "By how many steps each training pass improves the estimate of the largest singular value.",
        100,
    ),
    Param("eps", "Epsilon", "float", 1e-12, "The least length that a vector is divided by.", above=0, high=1),
)
_MAPS = "A feature map for each output channel."


def _linear_check(title: str) -> Callable[[Inputs, Params], Complaint | None]:
    def check(inputs: Inputs, params: Params) -> Complaint | None:
        arriving = first(inputs)
        if wrong := not_real(title, arriving):
            return wrong
        if arriving.rank < 2:
            return changing(title, arriving, -1) or Complaint(
                f"{title} takes vectors (N×F), but {arriving} arrives.", "Put a Reshape before it.", port="input"
            )
        return changing(title, arriving, -1)

    return check


def _conv_check(title: str) -> Callable[[Inputs, Params], Complaint | None]:
    def check(inputs: Inputs, params: Params) -> Complaint | None:
        if wrong := not_channels_first(title, inputs, 2, ()):
            return wrong
        kernel, padding = along(params, "kernel_size", 2), along(params, "padding", 2)
        return too_wide(title, first(inputs), kernel, padding, (1, 1))

    return check


def _features(inputs: Inputs, params: Params) -> Mapping[str, Value]:
    return {"in_features": first(inputs).size(-1)}


def _channels(inputs: Inputs, params: Params) -> Mapping[str, Value]:
    return {"in_channels": first(inputs).size(1)}


def _linear(
    kind: str, title: str, doc: str, formula: str, more: tuple[Param, ...], source: str, words: str
) -> LayerSpec:
    return LayerSpec(
        kind=f"{kind}_linear",
        family="normalisation",
        title=f"{title} linear",
        doc=doc,
        formula=formula,
        source=source,
        target=f"core.layers.modules.normalisation.{title.title().replace(' ', '')}Linear",
        inputs=(Port("input", "N ... F", doc="Vectors; with N×T×F, the same map is applied at every step."),),
        outputs=(Port("output", "N ... F", doc="Vectors with as many numbers as there are output features."),),
        params=(size("out_features", "Output features", 10, "How many numbers come out."), BIAS, *more),
        derive=_features,
        check=_linear_check(f"{title} linear"),
        summary=lambda params: f"{whole(params, 'out_features'):,}",
        keywords=f"{words} dense fully connected weights",
        example=({"out_features": 4}, {"input": (TensorType(("N", 6)),)}),
    )


def _conv(kind: str, title: str, doc: str, formula: str, more: tuple[Param, ...], source: str, words: str) -> LayerSpec:
    return LayerSpec(
        kind=f"{kind}_conv2d",
        family="normalisation",
        title=f"{title} conv 2D",
        doc=doc,
        formula=formula,
        source=source,
        target=f"core.layers.modules.normalisation.{title.title().replace(' ', '')}Conv2d",
        inputs=(Port("input", AXES[2], doc=TAKES[2]),),
        outputs=(Port("output", AXES[2], doc=_MAPS),),
        params=(
            size("out_channels", "Output channels", 8, "How many feature maps come out: one for each kernel."),
            window("kernel_size", "Kernel", 3, "The size of the window that slides over the input.", 2),
            window("stride", "Stride", 1, "How far the window moves at each step.", 2),
            window("padding", "Padding", 0, "How many zeros are added on each side.", 2, low=0),
            BIAS,
            *more,
        ),
        derive=_channels,
        check=_conv_check(f"{title} conv 2D"),
        summary=lambda params: f"{whole(params, 'out_channels'):,} · {times(along(params, 'kernel_size', 2))}",
        keywords=f"{words} convolution kernel weights",
        example=({"out_channels": 4}, {"input": (TensorType(("N", 3, 8, 8)),)}),
    )


SPECS = (
    _linear(
        "weight_norm",
        "Weight norm",
        "A linear layer that learns the length and the direction of each output's weights apart.",
        r"\begin{matrix} w_o = g_o \, \frac{v_o}{\Vert v_o \Vert} \\ y = x W^{\top} + b \end{matrix}",
        (),
        _WEIGHT_NORM,
        "weight normalization weightnorm reparameterization",
    ),
    _conv(
        "weight_norm",
        "Weight norm",
        "A convolution that learns the length and the direction of each kernel apart.",
        r"\begin{matrix} w_o = g_o \, \frac{v_o}{\Vert v_o \Vert} \\ y = w * x + b \end{matrix}",
        (),
        _WEIGHT_NORM,
        "weight normalization weightnorm reparameterization wavenet",
    ),
    _linear(
        "spectral_norm",
        "Spectral norm",
        "A linear layer divided by its largest singular value, so that it lengthens no difference: for critics.",
        r"\begin{matrix} \bar W = \frac{W}{\sigma_1(W)} \\ y = x \bar W^{\top} + b \end{matrix}",
        _POWER,
        _SPECTRAL_NORM,
        "spectral normalization lipschitz gan discriminator critic singular value",
    ),
    _conv(
        "spectral_norm",
        "Spectral norm",
        "A convolution divided by the largest singular value of its kernels: steadies a GAN's discriminator.",
        r"\begin{matrix} \bar W = \frac{W}{\sigma_1(W)} \\ y = \bar W * x + b \end{matrix}",
        _POWER,
        _SPECTRAL_NORM,
        "spectral normalization lipschitz gan discriminator critic singular value",
    ),
)
