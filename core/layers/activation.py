"""Activations: what makes a network more than one matrix."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from core.layers.complaints import batch_axis, changing, not_real
from core.layers.parameters import choice, flag
from core.layers.reading import first, number, whole
from core.model.fault import Complaint
from core.model.spec import Inputs, LayerSpec, Param, Port
from core.model.values import Params, Value

Check = Callable[[Inputs, Params], Complaint | None]


def _real(title: str) -> Check:
    return lambda inputs, params: not_real(title, first(inputs))


def _along_axis(title: str) -> Check:
    def check(inputs: Inputs, params: Params) -> Complaint | None:
        arriving, dim = first(inputs), whole(params, "dim")
        if wrong := not_real(title, arriving):
            return wrong
        if arriving.rank < 2:
            return changing(title, arriving, -1)
        if wrong := batch_axis(title, dim, arriving, "dim", -1):
            return wrong
        if arriving.shape[dim] == 1:
            return Complaint(
                f"{title} over an axis of size 1 always gives the same number; {arriving} arrives.",
                "For two classes and one output, use Sigmoid.",
                severity="warning",
                port="input",
            )
        return None

    return check


def _hardtanh_check(inputs: Inputs, params: Params) -> Complaint | None:
    low, high = number(params, "min_val"), number(params, "max_val")
    if low >= high:
        return Complaint(
            f"The lowest value ({low:g}) is not below the highest ({high:g}).",
            "Choose −1 and 1.",
            params={"min_val": -1.0, "max_val": 1.0},
        )
    return not_real("Hard tanh", first(inputs))


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


def _activation(
    kind: str,
    title: str,
    doc: str,
    formula: str,
    source: str,
    target: str,
    keywords: str,
    params: tuple[Param, ...] = (),
    settings: tuple[str, ...] = (),
    derive: Callable[[Inputs, Params], Mapping[str, Value]] | None = None,
    check: Check | None = None,
    summary: Callable[[Params], str] | None = None,
) -> LayerSpec:
    return LayerSpec(
        kind=kind,
        family="activation",
        title=title,
        doc=doc,
        formula=formula,
        source=source,
        target=target,
        inputs=(Port("input", doc="Real numbers in any shape."),),
        outputs=(Port("output", doc="The same shape."),),
        params=params,
        settings=settings,
        derive=derive,
        check=check or _real(title),
        summary=summary,
        keywords=f"{keywords} nonlinearity",
    )


_DIM = Param("dim", "Axis", "int", -1, "The axis whose numbers compete; −1 is the last one.", low=-8, high=8)


def _at_zero(low: float) -> Param:
    return Param("at_zero", "Value at 0", "float", 1.0, "What comes out for exactly 0.", low=low, high=1)


_RELU = _activation(
    "relu",
    "ReLU",
    "Keeps positive numbers and replaces negative ones by 0.",
    r"y = \max(0, x)",
    "Nair & Hinton 2010, Rectified linear units improve restricted Boltzmann machines",
    "torch.nn.ReLU",
    "rectifier rectified linear unit",
)
_SIGMOID = _activation(
    "sigmoid",
    "Sigmoid",
    "Squeezes every number into 0 … 1, which can be read as a probability.",
    r"y = \sigma(x) = \frac{1}{1 + e^{-x}}",
    "Rumelhart, Hinton & Williams 1986, Learning representations by back-propagating errors, eq. 2",
    "torch.nn.Sigmoid",
    "logistic squash probability",
)
_TANH = _activation(
    "tanh",
    "Tanh",
    "Squeezes every number into −1 … 1, centred on 0.",
    r"y = \tanh(x) = \frac{e^{x} - e^{-x}}{e^{x} + e^{-x}}",
    "LeCun, Bottou, Orr & Müller 1998, Efficient BackProp, §4.4",
    "torch.nn.Tanh",
    "hyperbolic tangent squash",
)
_SOFTMAX = _activation(
    "softmax",
    "Softmax",
    "Turns scores into probabilities that add up to 1.",
    r"y_i = \frac{e^{x_i}}{\sum_j e^{x_j}}",
    "Bridle 1990, Probabilistic interpretation of feedforward classification network outputs",
    "torch.nn.Softmax",
    "probabilities classes normalised exponential",
    params=(_DIM,),
    check=_along_axis("Softmax"),
)
_LOG_SOFTMAX = _activation(
    "log_softmax",
    "Log-softmax",
    "Turns scores into logarithms of probabilities, without rounding small ones to 0.",
    r"y_i = x_i - \log \sum_j e^{x_j}",
    "Goodfellow, Bengio & Courville 2016, Deep Learning, §6.2.2.3",
    "torch.nn.LogSoftmax",
    "log probabilities classes",
    params=(_DIM,),
    check=_along_axis("Log-softmax"),
)
_LEAKY_RELU = _activation(
    "leaky_relu",
    "Leaky ReLU",
    "Keeps positive numbers and shrinks negative ones, so that no unit goes silent for good.",
    r"y = \max(0, x) + \alpha \, \min(0, x)",
    "Maas, Hannun & Ng 2013, Rectifier nonlinearities improve neural network acoustic models",
    "torch.nn.LeakyReLU",
    "rectifier slope",
    params=(
        Param("negative_slope", "Negative slope", "float", 0.01, "The slope α for negative numbers.", low=0, high=1),
    ),
    summary=lambda params: f"{number(params, 'negative_slope'):g}",
)
_PRELU = _activation(
    "prelu",
    "PReLU",
    "A ReLU whose slope for negative numbers is learned.",
    r"y = \max(0, x) + a \, \min(0, x)",
    "He, Zhang, Ren & Sun 2015, Delving deep into rectifiers, §2.1",
    "torch.nn.PReLU",
    "parametric rectifier learned slope",
    params=(
        flag("per_channel", "Slope per channel", False, "Whether every channel (axis 1) learns a slope of its own."),
        Param("init", "First slope", "float", 0.25, "The slope a before training.", low=-1, high=1),
    ),
    settings=("per_channel",),
    derive=_prelu_sizes,
    check=_prelu_check,
)
_ELU = _activation(
    "elu",
    "ELU",
    "Keeps positive numbers and lets negative ones approach −α smoothly.",
    r"y = \max(0, x) + \min\left(0, \alpha (e^{x} - 1)\right)",
    "Clevert, Unterthiner & Hochreiter 2016, Fast and accurate deep network learning by exponential linear units",
    "torch.nn.ELU",
    "exponential linear unit",
    params=(Param("alpha", "Alpha", "float", 1.0, "How far below 0 the output can go.", above=0, high=100),),
    summary=lambda params: f"α {number(params, 'alpha'):g}",
)
_GELU = _activation(
    "gelu",
    "GELU",
    "Weighs every number by how likely a normally distributed one is to lie below it.",
    r"y = x \, \Phi(x)",
    "Hendrycks & Gimpel 2016, Gaussian error linear units, §2",
    "torch.nn.GELU",
    "gaussian error linear unit transformer",
    params=(choice("approximate", "Approximation", ("none", "tanh"), "Exact, or the faster formula with tanh."),),
)
_SILU = _activation(
    "silu",
    "SiLU",
    "Weighs every number by its own sigmoid; also known as swish.",
    r"y = x \, \sigma(x)",
    "Elfwing, Uchibe & Doya 2018, Sigmoid-weighted linear units for neural network function approximation",
    "torch.nn.SiLU",
    "swish sigmoid linear unit",
)
_SOFTPLUS = _activation(
    "softplus",
    "Softplus",
    "A smooth ReLU, always positive.",
    r"y = \frac{1}{\beta} \log\left(1 + e^{\beta x}\right)",
    "Dugas, Bengio, Bélisle, Nadeau & Garcia 2001, Incorporating second-order functional knowledge",
    "torch.nn.Softplus",
    "smooth rectifier positive",
    params=(Param("beta", "Beta", "float", 1.0, "How sharp the bend at 0 is.", above=0, high=100),),
    summary=lambda params: f"β {number(params, 'beta'):g}",
)
_HARDTANH = _activation(
    "hardtanh",
    "Hard tanh",
    "Cuts every number off at a lowest and a highest value.",
    r"y = \min\left(\max(x, a), b\right)",
    "Collobert 2004, Large scale machine learning",
    "torch.nn.Hardtanh",
    "clip clamp saturate",
    params=(
        Param("min_val", "Lowest", "float", -1.0, "The value a below which everything is cut off.", low=-1e5, high=1e5),
        Param("max_val", "Highest", "float", 1.0, "The value b above which everything is cut off.", low=-1e5, high=1e5),
    ),
    check=_hardtanh_check,
    summary=lambda params: f"{number(params, 'min_val'):g} … {number(params, 'max_val'):g}".replace("-", "−"),
)
_SIGN = _activation(
    "sign",
    "Sign",
    "Decides between −1 and +1; its gradient is 0 everywhere, so nothing before it learns through it.",
    r"y = \begin{cases} 1 & x \geq 0 \\ -1 & x < 0 \end{cases}",
    "Rosenblatt 1958, The perceptron: a probabilistic model for information storage and organization in the brain",
    "core.layers.modules.activation.Sign",
    "threshold hard decision perceptron signum",
    params=(_at_zero(-1),),
)
_STEP = _activation(
    "step",
    "Step",
    "Decides between 0 and 1 at the threshold 0; its gradient is 0 everywhere, so nothing before it learns through it.",
    r"y = \begin{cases} 1 & x \geq 0 \\ 0 & x < 0 \end{cases}",
    "McCulloch & Pitts 1943, A logical calculus of the ideas immanent in nervous activity",
    "core.layers.modules.activation.Step",
    "threshold heaviside hard decision perceptron mcculloch pitts",
    params=(_at_zero(0),),
)

SPECS = (
    _RELU,
    _SIGMOID,
    _TANH,
    _SOFTMAX,
    _LOG_SOFTMAX,
    _LEAKY_RELU,
    _PRELU,
    _ELU,
    _GELU,
    _SILU,
    _SOFTPLUS,
    _HARDTANH,
    _SIGN,
    _STEP,
)
