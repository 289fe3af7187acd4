"""Activations that squeeze every number into a range, or small numbers to nothing."""

from __future__ import annotations

from core.layers.activation.making import activation, ordered
from core.layers.reading import number
from core.model.spec import Param

SIGMOID = activation(
    "sigmoid",
    "Sigmoid",
    "Squeezes every number into 0 … 1, which can be read as a probability.",
    r"y = \sigma(x) = \frac{1}{1 + e^{-x}}",
    "Rumelhart, Hinton & Williams 1986, Learning representations by back-propagating errors, eq. 2",
    "Sigmoid",
    "logistic squash probability",
)
TANH = activation(
    "tanh",
    "Tanh",
    "Squeezes every number into −1 … 1, centred on 0.",
    r"y = \tanh(x) = \frac{e^{x} - e^{-x}}{e^{x} + e^{-x}}",
    "LeCun, Bottou, Orr & Müller 1998, Efficient BackProp, §4.4",
    "Tanh",
    "hyperbolic tangent squash",
)
LOG_SIGMOID = activation(
    "log_sigmoid",
    "Log-sigmoid",
    "The logarithm of the sigmoid, without rounding small probabilities to 0.",
    r"y = \log \frac{1}{1 + e^{-x}} = -\log\left(1 + e^{-x}\right)",
    "Mikolov, Sutskever, Chen, Corrado & Dean 2013, Distributed representations of words and phrases, eq. 4",
    "LogSigmoid",
    "log logistic probability negative sampling",
)
HARDSIGMOID = activation(
    "hardsigmoid",
    "Hard sigmoid",
    "A sigmoid of straight lines: 0 up to −3, 1 from 3 on.",
    r"y = \frac{1}{6} \min\left(\max(0, x + 3), 6\right)",
    "Courbariaux, Bengio & David 2015, BinaryConnect, eq. 3; with slope 1/6: Howard et al. 2019, MobileNetV3",
    "Hardsigmoid",
    "piecewise linear logistic probability mobilenet",
)
HARDTANH = activation(
    "hardtanh",
    "Hard tanh",
    "Cuts every number off at a lowest and a highest value.",
    r"y = \min\left(\max(x, a), b\right)",
    "Collobert 2004, Large scale machine learning",
    "Hardtanh",
    "clip clamp saturate",
    params=(
        Param("min_val", "Lowest", "float", -1.0, "The value a below which everything is cut off.", low=-1e5, high=1e5),
        Param("max_val", "Highest", "float", 1.0, "The value b above which everything is cut off.", low=-1e5, high=1e5),
    ),
    check=ordered("Hard tanh", "min_val", "max_val", (-1.0, 1.0)),
    summary=lambda params: f"{number(params, 'min_val'):g} … {number(params, 'max_val'):g}".replace("-", "−"),
)
SOFTSIGN = activation(
    "softsign",
    "Softsign",
    "Squeezes every number into −1 … 1 like tanh, but approaches the ends more slowly.",
    r"y = \frac{x}{1 + |x|}",
    "Glorot & Bengio 2010, Understanding the difficulty of training deep feedforward neural networks",
    "Softsign",
    "squash saturate",
)
TANHSHRINK = activation(
    "tanhshrink",
    "Tanh-shrink",
    "What tanh takes away: nearly 0 for small numbers, nearly x ∓ 1 for large ones.",
    r"y = x - \tanh(x)",
    "Collobert, Kavukcuoglu & Farabet 2011, Torch7 (the function is known from that library alone)",
    "Tanhshrink",
    "shrinkage sparse coding",
)
SOFTSHRINK = activation(
    "softshrink",
    "Soft shrink",
    "Moves every number towards 0 by λ and stops there: the step that makes sparse coding sparse.",
    r"y = \max(0, x - \lambda) + \min(0, x + \lambda)",
    "Donoho 1995, De-noising by soft-thresholding",
    "Softshrink",
    "shrinkage soft threshold sparse lasso ista",
    params=(Param("lambd", "Lambda", "float", 0.5, "How far numbers move towards 0.", low=0, high=1e5),),
    summary=lambda params: f"λ {number(params, 'lambd'):g}",
)
HARDSHRINK = activation(
    "hardshrink",
    "Hard shrink",
    "Replaces numbers between −λ and λ by 0 and leaves the others as they are.",
    r"y = \begin{cases} x & |x| > \lambda \\ 0 & |x| \leq \lambda \end{cases}",
    "Donoho & Johnstone 1994, Ideal spatial adaptation by wavelet shrinkage",
    "Hardshrink",
    "shrinkage hard threshold sparse wavelet",
    params=(Param("lambd", "Lambda", "float", 0.5, "Up to which size numbers become 0.", low=0, high=1e5),),
    summary=lambda params: f"λ {number(params, 'lambd'):g}",
)
THRESHOLD = activation(
    "threshold",
    "Threshold",
    "Lets numbers above a threshold pass and replaces the others by a fixed value.",
    r"y = \begin{cases} x & x > \theta \\ v & x \leq \theta \end{cases}",
    "Glorot, Bordes & Bengio 2011, Deep sparse rectifier neural networks (θ = v = 0)",
    "Threshold",
    "cut off rectifier",
    params=(
        Param("threshold", "Threshold", "float", 0.0, "The threshold θ.", low=-1e5, high=1e5),
        Param("value", "Value below", "float", 0.0, "The value v of everything else.", low=-1e5, high=1e5),
    ),
    summary=lambda params: f"> {number(params, 'threshold'):g}".replace("-", "−"),
)

SPECS = (SIGMOID, TANH, LOG_SIGMOID, HARDSIGMOID, HARDTANH, SOFTSIGN)
SHRINKING = (SOFTSHRINK, HARDSHRINK, TANHSHRINK, THRESHOLD)
