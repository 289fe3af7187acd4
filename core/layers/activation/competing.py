"""Activations in which the numbers of an axis compete: probabilities, gates and the largest of a group."""

from __future__ import annotations

from core.layers.activation.making import DIM, IMAGE, Check, activation, alone, along_axis, on_axis
from core.layers.complaints import not_real
from core.layers.parameters import size
from core.layers.reading import first, whole
from core.model.fault import Complaint
from core.model.spec import Inputs, Param, Port
from core.model.values import Params


def _maps_check(inputs: Inputs, params: Params) -> Complaint | None:
    arriving = first(inputs)
    if wrong := not_real("Softmax 2D", arriving):
        return wrong
    if arriving.rank != 4 or not isinstance(arriving.shape[1], int):
        return Complaint(
            f"Softmax 2D compares the channels of feature maps (N×C×H×W), but {arriving} arrives.",
            "Use Softmax, which takes any shape, or wire feature maps into it.",
            port="input",
        )
    return alone("Softmax 2D", arriving, 1)


def _halved(title: str) -> Check:
    def check(inputs: Inputs, params: Params) -> Complaint | None:
        if wrong := on_axis(title)(inputs, params):
            return wrong
        arriving, dim = first(inputs), whole(params, "dim")
        if arriving.size(dim) % 2 == 0:
            return None
        return Complaint(
            f"{title} splits axis {dim} into halves, but {arriving} has an odd number ({arriving.size(dim):,}) there.",
            "Let the layer before it give an even number: twice as many as are wanted.",
            port="input",
        )

    return check


def _maxout_check(inputs: Inputs, params: Params) -> Complaint | None:
    if wrong := on_axis("Maxout")(inputs, params):
        return wrong
    arriving, dim, pieces = first(inputs), whole(params, "dim"), whole(params, "pieces")
    available = arriving.size(dim)
    if available % pieces == 0:
        return None
    fitting = next(each for each in range(min(pieces, available), 0, -1) if available % each == 0)
    return Complaint(
        f"Maxout takes the largest of every {pieces:,} numbers, which do not divide the {available:,} at axis {dim} "
        f"of {arriving}.",
        f"Choose a number of pieces that divides {available:,}, such as {fitting:,}.",
        params={"pieces": fitting},
        port="input",
    )


_HALF = Param("dim", "Axis", "int", -1, "The axis that is split into halves; −1 is the last one.", low=-8, high=8)
_HALVES = Port("output", doc="The same shape with half as many numbers along the axis.")

SOFTMAX = activation(
    "softmax",
    "Softmax",
    "Turns scores into probabilities that add up to 1.",
    r"y_i = \frac{e^{x_i}}{\sum_j e^{x_j}}",
    "Bridle 1990, Probabilistic interpretation of feedforward classification network outputs",
    "Softmax",
    "probabilities classes normalised exponential",
    params=(DIM,),
    check=along_axis("Softmax"),
)
LOG_SOFTMAX = activation(
    "log_softmax",
    "Log-softmax",
    "Turns scores into logarithms of probabilities, without rounding small ones to 0.",
    r"y_i = x_i - \log \sum_j e^{x_j}",
    "Goodfellow, Bengio & Courville 2016, Deep Learning, §6.2.2.3",
    "LogSoftmax",
    "log probabilities classes",
    params=(DIM,),
    check=along_axis("Log-softmax"),
)
SOFTMIN = activation(
    "softmin",
    "Softmin",
    "Softmax of the negated numbers: the smallest gets the largest share, as distances need it.",
    r"y_i = \frac{e^{-x_i}}{\sum_j e^{-x_j}}",
    "Goldberger, Roweis, Hinton & Salakhutdinov 2005, Neighbourhood components analysis, eq. 1",
    "Softmin",
    "probabilities distances nearest",
    params=(DIM,),
    check=along_axis("Softmin"),
)
SOFTMAX2D = activation(
    "softmax2d",
    "Softmax 2D",
    "Turns the channels at every place of a feature map into probabilities that add up to 1.",
    r"y_{c,i,j} = \frac{e^{x_{c,i,j}}}{\sum_k e^{x_{k,i,j}}}",
    "Long, Shelhamer & Darrell 2015, Fully convolutional networks for semantic segmentation",
    "Softmax2d",
    "probabilities segmentation pixel channels",
    check=_maps_check,
    takes=Port("input", "N C H W", doc="Scores, a channel for each class."),
    gives=Port("output", "N C H W", doc="Probabilities in the same shape."),
    example=IMAGE,
)
GLU = activation(
    "glu",
    "GLU",
    "Splits an axis into halves: the first carries the numbers, the sigmoid of the second decides how much passes.",
    r"y = a \otimes \sigma(b), \quad (a, b) = x",
    "Dauphin, Fan, Auli & Grangier 2017, Language modeling with gated convolutional networks, eq. 1",
    "GLU",
    "gated linear unit gate halves",
    params=(_HALF,),
    check=_halved("GLU"),
    gives=_HALVES,
)
SWIGLU = activation(
    "swiglu",
    "SwiGLU",
    "Splits an axis into halves: the SiLU of the first gates the second; used inside many language models.",
    r"y = a \, \sigma(a) \otimes b, \quad (a, b) = x",
    "Shazeer 2020, GLU variants improve transformer, eq. 5",
    "core.layers.modules.activation.SwiGLU",
    "gated linear unit swish silu gate halves llama transformer",
    params=(_HALF,),
    check=_halved("SwiGLU"),
    gives=_HALVES,
)
MAXOUT = activation(
    "maxout",
    "Maxout",
    "Takes the largest of every k neighbouring numbers: behind a linear layer, a learned convex activation.",
    r"y_i = \max_{1 \leq j \leq k} x_{(i-1) k + j}",
    "Goodfellow, Warde-Farley, Mirza, Courville & Bengio 2013, Maxout networks",
    "core.layers.modules.activation.Maxout",
    "maximum pieces groups convex channel pooling",
    params=(
        size("pieces", "Pieces", 2, "How many neighbouring numbers compete for one output.", high=1_024),
        Param("dim", "Axis", "int", -1, "The axis along which they lie; −1 is the last one.", low=-8, high=8),
    ),
    check=_maxout_check,
    summary=lambda params: f"{whole(params, 'pieces'):,} pieces",
    gives=Port("output", doc="The same shape with k times fewer numbers along the axis."),
)

SPECS = (SOFTMAX, LOG_SOFTMAX, SOFTMIN, SOFTMAX2D)
GATES = (GLU, SWIGLU, MAXOUT)
