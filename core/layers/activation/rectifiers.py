"""Rectifiers and their smooth relatives: positive numbers pass, negative ones are held back."""

from __future__ import annotations

from collections.abc import Mapping

from core.layers.activation.making import activation, ordered
from core.layers.complaints import not_real
from core.layers.parameters import choice, flag
from core.layers.reading import first, number
from core.model.fault import Complaint
from core.model.spec import Inputs, Param
from core.model.values import Params, Value


def _prelu_sizes(inputs: Inputs, params: Params) -> Mapping[str, Value]:
    return {"num_parameters": first(inputs).size(1) if params["per_channel"] else 1}


def _prelu_check(inputs: Inputs, params: Params) -> Complaint | None:
    arriving = first(inputs)
    if wrong := not_real("PReLU", arriving):
        return wrong
    if not params["per_channel"]:
        return None
    if arriving.rank < 2 or not isinstance(arriving.shape[1], int):
        return Complaint(
            f"{arriving} has no channels to learn a slope for.",
            "Learn one slope for all.",
            params={"per_channel": False},
        )
    return None


def _alpha(doc: str) -> Param:
    return Param("alpha", "Alpha", "float", 1.0, doc, above=0, high=100)


RELU = activation(
    "relu",
    "ReLU",
    "Keeps positive numbers and replaces negative ones by 0.",
    r"y = \max(0, x)",
    "Nair & Hinton 2010, Rectified linear units improve restricted Boltzmann machines",
    "ReLU",
    "rectifier rectified linear unit",
)
RELU6 = activation(
    "relu6",
    "ReLU6",
    "A ReLU that is cut off at 6, which keeps numbers small enough for low precision.",
    r"y = \min\left(\max(0, x), 6\right)",
    "Krizhevsky 2010, Convolutional deep belief networks on CIFAR-10",
    "ReLU6",
    "rectifier clipped mobilenet",
)
LEAKY_RELU = activation(
    "leaky_relu",
    "Leaky ReLU",
    "Keeps positive numbers and shrinks negative ones, so that no unit goes silent for good.",
    r"y = \max(0, x) + \alpha \, \min(0, x)",
    "Maas, Hannun & Ng 2013, Rectifier nonlinearities improve neural network acoustic models",
    "LeakyReLU",
    "rectifier slope",
    params=(
        Param("negative_slope", "Negative slope", "float", 0.01, "The slope α for negative numbers.", low=0, high=1),
    ),
    summary=lambda params: f"{number(params, 'negative_slope'):g}",
)
PRELU = activation(
    "prelu",
    "PReLU",
    "A ReLU whose slope for negative numbers is learned.",
    r"y = \max(0, x) + a \, \min(0, x)",
    "He, Zhang, Ren & Sun 2015, Delving deep into rectifiers, §2.1",
    "PReLU",
    "parametric rectifier learned slope",
    params=(
        flag("per_channel", "Slope per channel", False, "Whether every channel (axis 1) learns a slope of its own."),
        Param("init", "First slope", "float", 0.25, "The slope a before training.", low=-1, high=1),
    ),
    settings=("per_channel",),
    derive=_prelu_sizes,
    check=_prelu_check,
)
RRELU = activation(
    "rrelu",
    "RReLU",
    "A leaky ReLU whose slope is drawn anew for every negative number while training, and the mean in use. "
    "ONNX cannot express it.",
    r"y = \max(0, x) + a \, \min(0, x), \quad a \sim U(l, u)",
    "Xu, Wang, Chen & Li 2015, Empirical evaluation of rectified activations in convolution network, §2.4",
    "RReLU",
    "randomized random leaky rectifier noise regularisation",
    params=(
        Param("lower", "Lowest slope", "float", 1 / 8, "The lower end l of the slopes.", low=-1, high=1),
        Param("upper", "Highest slope", "float", 1 / 3, "The upper end u of the slopes.", low=-1, high=1),
    ),
    check=ordered("RReLU", "lower", "upper", (1 / 8, 1 / 3), equal=True),
    draws=True,
    summary=lambda params: f"{number(params, 'lower'):.3g} … {number(params, 'upper'):.3g}".replace("-", "−"),
)
ELU = activation(
    "elu",
    "ELU",
    "Keeps positive numbers and lets negative ones approach −α smoothly.",
    r"y = \max(0, x) + \min\left(0, \alpha (e^{x} - 1)\right)",
    "Clevert, Unterthiner & Hochreiter 2016, Fast and accurate deep network learning by exponential linear units",
    "ELU",
    "exponential linear unit",
    params=(_alpha("How far below 0 the output can go."),),
    summary=lambda params: f"α {number(params, 'alpha'):g}",
)
SELU = activation(
    "selu",
    "SELU",
    "An ELU scaled so that numbers keep mean 0 and variance 1 from layer to layer.",
    r"y = \lambda \left(\max(0, x) + \min(0, \alpha (e^{x} - 1))\right), "
    r"\quad \lambda \approx 1.0507, \; \alpha \approx 1.6733",
    "Klambauer, Unterthiner, Mayr & Hochreiter 2017, Self-normalizing neural networks, eq. 2",
    "SELU",
    "scaled exponential linear unit self-normalising",
)
CELU = activation(
    "celu",
    "CELU",
    "An ELU whose slope is 1 at 0 for every α.",
    r"y = \max(0, x) + \min\left(0, \alpha (e^{x / \alpha} - 1)\right)",
    "Barron 2017, Continuously differentiable exponential linear units",
    "CELU",
    "continuously differentiable exponential linear unit",
    params=(Param("alpha", "Alpha", "float", 1.0, "How far below 0 the output can go.", low=0.01, high=100),),
    summary=lambda params: f"α {number(params, 'alpha'):g}",
)
GELU = activation(
    "gelu",
    "GELU",
    "Weighs every number by how likely a normally distributed one is to lie below it.",
    r"y = x \, \Phi(x)",
    "Hendrycks & Gimpel 2016, Gaussian error linear units, §2",
    "GELU",
    "gaussian error linear unit transformer",
    params=(choice("approximate", "Approximation", ("none", "tanh"), "Exact, or the faster formula with tanh."),),
)
SILU = activation(
    "silu",
    "SiLU",
    "Weighs every number by its own sigmoid; also known as swish.",
    r"y = x \, \sigma(x)",
    "Elfwing, Uchibe & Doya 2018, Sigmoid-weighted linear units for neural network function approximation",
    "SiLU",
    "swish sigmoid linear unit",
)
MISH = activation(
    "mish",
    "Mish",
    "Weighs every number by the tanh of its softplus: smooth, and slightly negative below 0.",
    r"y = x \tanh\left(\log(1 + e^{x})\right)",
    "Misra 2019, Mish: a self regularized non-monotonic activation function",
    "Mish",
    "smooth self-regularised swish",
)
HARDSWISH = activation(
    "hardswish",
    "Hard swish",
    "SiLU with straight lines in place of the sigmoid, cheap on a phone.",
    r"y = \frac{x}{6} \min\left(\max(0, x + 3), 6\right)",
    "Howard et al. 2019, Searching for MobileNetV3, §5.2",
    "Hardswish",
    "mobilenet silu piecewise h-swish",
)
SOFTPLUS = activation(
    "softplus",
    "Softplus",
    "A smooth ReLU, always positive.",
    r"y = \frac{1}{\beta} \log\left(1 + e^{\beta x}\right)",
    "Dugas, Bengio, Bélisle, Nadeau & Garcia 2001, Incorporating second-order functional knowledge",
    "Softplus",
    "smooth rectifier positive",
    params=(Param("beta", "Beta", "float", 1.0, "How sharp the bend at 0 is.", above=0, high=100),),
    summary=lambda params: f"β {number(params, 'beta'):g}",
)

SPECS = (RELU, LEAKY_RELU, PRELU, RRELU, RELU6, ELU, SELU, CELU, GELU, SILU, MISH, HARDSWISH, SOFTPLUS)
