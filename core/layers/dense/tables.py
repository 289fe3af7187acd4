"""Layers about numbers themselves: tables of vectors, one-hot, powers and products, free tensors."""

from __future__ import annotations

import math
from collections.abc import Mapping

from core.layers.dense.checks import features
from core.layers.parameters import MOST, choice, flag, size
from core.layers.reading import first, sizes, times, whole
from core.model.fault import Complaint
from core.model.spec import Inputs, LayerSpec, Param, Port
from core.model.tensor import TensorType
from core.model.values import Params, Value

_TOKENS = TensorType(("N", 5), "int64")


def _not_whole(title: str, inputs: Inputs, instead: str) -> Complaint | None:
    arriving = first(inputs)
    if not arriving.is_float:
        return None
    return Complaint(
        f"{title}, but {arriving} of real numbers ({arriving.dtype}) arrives.",
        f"Wire tokens or classes into it (form “as stored”), or use {instead} for real numbers.",
        port="input",
    )


def _embedding_check(inputs: Inputs, params: Params) -> Complaint | None:
    if wrong := _not_whole("Embedding looks whole numbers up in a table", inputs, "Linear"):
        return wrong
    padding, vocabulary = params["padding_idx"], whole(params, "num_embeddings")
    if isinstance(padding, int) and padding >= vocabulary:
        return Complaint(
            f"The padding token {padding:,} is beyond the vocabulary of {vocabulary:,}.",
            f"Choose a token from 0 to {vocabulary - 1:,}, or none.",
            params={"padding_idx": 0},
        )
    return None


def _powers(arriving: int, params: Params) -> int:
    """How many numbers come out: C(F + d, d) − 1 with all products, F·d without."""
    degree = whole(params, "degree")
    return math.comb(arriving + degree, degree) - 1 if params["interactions"] else arriving * degree


def _polynomial_check(inputs: Inputs, params: Params) -> Complaint | None:
    if wrong := features("Polynomial features", inputs):
        return wrong
    arriving = first(inputs).size(-1)
    count, degree = _powers(arriving, params), whole(params, "degree")
    if count <= MOST or degree == 1:
        return None
    fitting = max((d for d in range(1, degree) if _powers(arriving, {**params, "degree": d}) <= MOST), default=1)
    return Complaint(
        f"Of {arriving:,} numbers there are {count:,} products up to degree {degree}; {MOST:,} is the limit.",
        f"Choose a degree of at most {fitting}, or leave the products of different numbers out.",
        params={"degree": fitting},
    )


def _polynomial_sizes(inputs: Inputs, params: Params) -> Mapping[str, Value]:
    return {"in_features": first(inputs).size(-1)}


SPECS = (
    LayerSpec(
        kind="embedding",
        family="dense",
        title="Embedding",
        doc="Looks up a learned vector for every token or class.",
        formula=r"y_t = E_{x_t}, \quad E \in \mathbb{R}^{V \times d}",
        source="Bengio, Ducharme, Vincent & Jauvin 2003, A neural probabilistic language model, §2",
        target="torch.nn.Embedding",
        inputs=(Port("input", dtype="int", doc="Tokens or classes, each from 0 to one below the vocabulary's size."),),
        outputs=(Port("output", "N ... F", doc="A vector in place of each number."),),
        params=(
            size(
                "num_embeddings", "Vocabulary", 128, "How many different tokens there are; a larger token is an error."
            ),
            size("embedding_dim", "Vector size", 32, "How many numbers stand for a token."),
            Param(
                "padding_idx",
                "Padding token",
                "int",
                None,
                "A token whose vector starts at 0 and never learns; none: every token learns.",
                low=0,
                high=MOST - 1,
                optional=True,
            ),
        ),
        check=_embedding_check,
        summary=lambda params: f"{whole(params, 'num_embeddings'):,} → {whole(params, 'embedding_dim'):,}",
        keywords="lookup table word vectors tokens vocabulary dense",
        example=({"num_embeddings": 10, "embedding_dim": 8}, {"input": (_TOKENS,)}),
    ),
    LayerSpec(
        kind="one_hot",
        family="dense",
        title="One-hot",
        doc="Puts a 1 at the place of each class or token and 0 everywhere else.",
        formula=r"y_{t,c} = \begin{cases} 1 & c = x_t \\ 0 & c \neq x_t \end{cases}",
        source="Rumelhart, Hinton & Williams 1986, Learning representations by back-propagating errors (family trees)",
        target="core.layers.modules.dense.OneHot",
        inputs=(Port("input", dtype="int", doc="Classes or tokens, each from 0 to one below the number of classes."),),
        outputs=(Port("output", "N ... F", doc="A vector with a single 1 in place of each number."),),
        params=(size("num_classes", "Classes", 10, "How many different numbers there are; a larger one is an error."),),
        check=lambda inputs, params: _not_whole("One-hot takes whole numbers", inputs, "Linear"),
        summary=lambda params: f"{whole(params, 'num_classes'):,}",
        keywords="indicator dummy encoding classes tokens categorical",
        example=({"num_classes": 6}, {"input": (_TOKENS,)}),
    ),
    LayerSpec(
        kind="polynomial_features",
        family="dense",
        title="Polynomial features",
        doc="Adds powers and products of the numbers, so that a linear layer behind it fits a curve.",
        formula=r"y = \Big(\prod_i x_i^{k_i} : 1 \leq \sum_i k_i \leq d\Big)",
        source="Ivakhnenko 1971, Polynomial theory of complex systems",
        target="core.layers.modules.dense.PolynomialFeatures",
        inputs=(Port("input", "N ... F", doc="Vectors of real numbers."),),
        outputs=(Port("output", "N ... F", doc="The numbers, then their products by rising degree; no constant 1."),),
        params=(
            Param("degree", "Degree", "int", 2, "How many factors a product has at most.", low=1, high=8),
            flag("interactions", "Products", True, "Whether different numbers are multiplied, or only powers taken."),
        ),
        derive=_polynomial_sizes,
        check=_polynomial_check,
        summary=lambda params: f"degree {whole(params, 'degree')}",
        keywords="power square cubic regression curve basis expansion interaction overfitting",
        example=({"degree": 3}, {"input": (TensorType(("N", 2)),)}),
    ),
    LayerSpec(
        kind="parameter",
        family="dense",
        title="Parameter",
        doc="A tensor that is learned and depends on no input; the whole batch shares it.",
        formula=r"y = \theta",
        source="Goodfellow, Bengio & Courville 2016, Deep Learning, §5.1.4",
        target="core.layers.modules.dense.FreeTensor",
        inputs=(),
        outputs=(Port("output", "...", doc="The tensor, without a batch axis; every sample sees the same."),),
        params=(
            Param(
                "shape",
                "Shape",
                "ints",
                8,
                "The sizes of its axes, such as 8 or 1 × 3 × 64 × 64.",
                low=1,
                high=MOST,
                lengths=(1, 2, 3, 4),
            ),
            choice("init", "Start", ("normal", "uniform", "zeros", "ones"), "What it holds before training."),
            Param(
                "scale",
                "Spread",
                "float",
                0.02,
                "The standard deviation of a normal start; a uniform one goes from −spread to spread.",
                low=0,
                high=1e3,
            ),
        ),
        summary=lambda params: times(sizes(params, "shape")),
        keywords="learned constant free tensor variable weight image optimise query token",
        example=({"shape": (2, 3)}, {}),
    ),
)
