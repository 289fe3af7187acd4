"""Dropout of every sort: noise while training, nothing afterwards."""

from __future__ import annotations

from collections.abc import Callable

from core.layers.complaints import not_real
from core.layers.parameters import share, size
from core.layers.reading import first, number, times, whole
from core.layers.windows import AXES, TAKES, not_channels_first
from core.model.fault import Complaint
from core.model.spec import Inputs, LayerSpec, Param, Port
from core.model.tensor import TensorType
from core.model.values import Params

Check = Callable[[Inputs, Params], Complaint | None]

_OWN = "core.layers.modules.dropout."
_CASES = {1: TensorType(("N", 3, 12)), 2: TensorType(("N", 3, 8, 8)), 3: TensorType(("N", 3, 4, 4, 4))}
_TOMPSON = "Tompson, Goroshin, Jain, LeCun & Bregler 2015, Efficient object localization, §3.2 (SpatialDropout)"
_SELU = "Klambauer, Unterthiner, Mayr & Hochreiter 2017, Self-normalizing neural networks, appendix (alpha dropout)"


def _scaled(index: str) -> str:
    """The formula of dropout, with a mask for each `index`."""
    return (
        rf"\begin{{matrix}} y_{index} = \frac{{m_{index} \, x_{index}}}{{1 - p}} \\"
        rf" m_{index} \in \{{0, 1\}}, \; P(m_{index} = 0) = p \end{{matrix}}"
    )


def _real(title: str) -> Check:
    return lambda inputs, params: not_real(title, first(inputs))


def _with_samples(title: str, least: int, what: str) -> Check:
    """A check of layers that take whole samples or channels, which need at least `least` axes."""

    def check(inputs: Inputs, params: Params) -> Complaint | None:
        arriving = first(inputs)
        if wrong := not_real(title, arriving):
            return wrong
        if arriving.rank >= least:
            return None
        return Complaint(
            f"{title} drops {what} as a whole, but {arriving} has none.", "Put a Reshape before it.", port="input"
        )

    return check


def _block_check(inputs: Inputs, params: Params) -> Complaint | None:
    title, block = "DropBlock 2D", whole(params, "block_size")
    if wrong := not_channels_first(title, inputs, 2, ()):
        return wrong
    area = first(inputs).shape[2:]
    least = min(first(inputs).size(2), first(inputs).size(3))
    if block <= least:
        return None
    return Complaint(
        f"Squares of {times((block, block))} do not fit into what arrives ({times(area)}).",
        f"Make the squares at most {least:,} wide.",
        params={"block_size": least},
    )


def _summary(params: Params) -> str:
    return f"p {number(params, 'p'):g}"


def _probability(default: float, doc: str) -> tuple[Param, ...]:
    return (share("p", "Probability", default, doc),)


def _dropout(axes: int) -> LayerSpec:
    title = f"Dropout {axes}D"
    return LayerSpec(
        kind=f"dropout{axes}d",
        family="normalisation",
        title=title,
        doc="While training, sets whole channels to 0 with probability p and scales up the rest: neighbours agree.",
        formula=_scaled("c"),
        source=_TOMPSON,
        target=f"torch.nn.Dropout{axes}d",
        inputs=(Port("input", AXES[axes], doc=TAKES[axes]),),
        outputs=(Port("output", AXES[axes], doc="The same shape."),),
        params=_probability(0.5, "How likely each channel of a sample is dropped."),
        check=lambda inputs, params: not_channels_first(title, inputs, axes),
        summary=_summary,
        keywords="spatial dropout channel feature map regularisation",
        draws="p",
        example=({}, {"input": (_CASES[axes],)}),
    )


COMMON = (
    LayerSpec(
        kind="dropout",
        family="normalisation",
        title="Dropout",
        doc="While training, sets each number to 0 with probability p and scales up the rest; afterwards does nothing.",
        formula=_scaled("i"),
        source="Srivastava, Hinton, Krizhevsky, Sutskever & Salakhutdinov 2014, Dropout, §4",
        target="torch.nn.Dropout",
        inputs=(Port("input", doc="Real numbers in any shape."),),
        outputs=(Port("output", doc="The same shape."),),
        params=_probability(0.5, "How likely each number is dropped."),
        check=_real("Dropout"),
        summary=_summary,
        keywords="regularisation overfitting noise mask",
        draws="p",
        example=({}, {"input": (TensorType(("N", 6)),)}),
    ),
)

RARER = (
    _dropout(1),
    _dropout(2),
    _dropout(3),
    LayerSpec(
        kind="drop_path",
        family="normalisation",
        title="Drop path",
        doc="While training, sets whole samples to 0 with probability p: on a residual branch, its layers are skipped.",
        formula=_scaled("n"),
        source="Huang, Sun, Liu, Sedra & Weinberger 2016, Deep networks with stochastic depth, §3",
        target=f"{_OWN}DropPath",
        inputs=(Port("input", doc="The residual branch, in any shape."),),
        outputs=(Port("output", doc="The same shape."),),
        params=_probability(0.1, "How likely each sample is dropped."),
        check=_with_samples("Drop path", 1, "samples"),
        summary=_summary,
        keywords="stochastic depth residual skip regularisation convnext swin vit",
        draws="p",
        example=({}, {"input": (_CASES[2],)}),
    ),
    LayerSpec(
        kind="drop_block2d",
        family="normalisation",
        title="DropBlock 2D",
        doc="While training, sets squares of each feature map to 0, about a share p of it, and scales up the rest.",
        formula=r"\begin{matrix} \gamma = \frac{p}{b^{2}} \cdot \frac{H W}{(H - b + 1)(W - b + 1)} \\"
        r" y = \frac{m \odot x}{\mathrm{mean}(m)} \end{matrix}",
        source="Ghiasi, Lin & Le 2018, DropBlock: a regularization method for convolutional networks, algorithm 1",
        target=f"{_OWN}DropBlock2d",
        inputs=(Port("input", AXES[2], doc=TAKES[2]),),
        outputs=(Port("output", AXES[2], doc="The same shape."),),
        params=(
            *_probability(0.1, "About what share of each feature map is dropped."),
            size("block_size", "Square b", 7, "How wide the squares are; 1 is plain dropout.", 1_024),
        ),
        check=_block_check,
        summary=lambda params: f"{_summary(params)} · {times((whole(params, 'block_size'),) * 2)}",
        keywords="dropblock structured spatial dropout regularisation convolution",
        draws="p",
        example=({"block_size": 3}, {"input": (_CASES[2],)}),
    ),
    LayerSpec(
        kind="gaussian_dropout",
        family="normalisation",
        title="Gaussian dropout",
        doc="While training, multiplies each number by noise of mean 1: as dropout, but nothing is lost altogether.",
        formula=r"\begin{matrix} y = x \odot \left(1 + \sqrt{\frac{p}{1 - p}} \, \varepsilon\right) \\"
        r" \varepsilon_i \sim \mathcal{N}(0, 1) \end{matrix}",
        source="Srivastava, Hinton, Krizhevsky, Sutskever & Salakhutdinov 2014, Dropout, §10",
        target=f"{_OWN}GaussianDropout",
        inputs=(Port("input", doc="Real numbers in any shape."),),
        outputs=(Port("output", doc="The same shape."),),
        params=_probability(0.5, "The dropout whose variance, p / (1 − p), the noise has."),
        check=_real("Gaussian dropout"),
        summary=_summary,
        keywords="multiplicative noise normal regularisation",
        draws="p",
        example=({}, {"input": (TensorType(("N", 6)),)}),
    ),
    LayerSpec(
        kind="alpha_dropout",
        family="normalisation",
        title="Alpha dropout",
        doc="While training, sets numbers to SELU's lower limit and rescales, so that mean and variance stay.",
        formula=r"\begin{matrix} y = a \left(m \odot x + (1 - m) \, \alpha'\right) + b \\"
        r" a = \left((1 - p)(1 + p \, \alpha'^{2})\right)^{-1/2}, \; b = -a \, p \, \alpha' \end{matrix}",
        source=_SELU,
        target="torch.nn.AlphaDropout",
        inputs=(Port("input", doc="Real numbers in any shape, behind SELU."),),
        outputs=(Port("output", doc="The same shape."),),
        params=_probability(0.1, "How likely each number is dropped."),
        check=_real("Alpha dropout"),
        summary=_summary,
        keywords="selu self-normalizing snn regularisation",
        draws="p",
        example=({}, {"input": (TensorType(("N", 6)),)}),
    ),
    LayerSpec(
        kind="feature_alpha_dropout",
        family="normalisation",
        title="Feature alpha dropout",
        doc="Alpha dropout of whole channels: mean and variance stay, neighbours are dropped together.",
        formula=r"y_c = a \left(m_c \, x_c + (1 - m_c) \, \alpha'\right) + b",
        source=f"{_SELU}; {_TOMPSON}",
        target="torch.nn.FeatureAlphaDropout",
        inputs=(Port("input", "N C ...", doc="Channels first, behind SELU."),),
        outputs=(Port("output", "N C ...", doc="The same shape."),),
        params=_probability(0.1, "How likely each channel of a sample is dropped."),
        check=_with_samples("Feature alpha dropout", 2, "channels"),
        summary=_summary,
        keywords="selu self-normalizing spatial channel regularisation",
        draws="p",
        example=({}, {"input": (_CASES[2],)}),
    ),
)
