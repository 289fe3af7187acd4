"""Products of vectors and matrices, similarities and distances."""

from __future__ import annotations

from functools import partial

from core.layers.complaints import broadcast, listing, not_real
from core.layers.operation.checks import SEQUENCE, VECTOR, Check, unfit, wrong_axis
from core.layers.operation.einstein import einsum_check
from core.layers.parameters import flag
from core.layers.reading import first, whole
from core.model.fault import Complaint
from core.model.spec import Inputs, LayerSpec, Param, Port
from core.model.tensor import TensorType
from core.model.values import Params

OWN = "core.layers.modules.operation."
_DEEP = "Goodfellow, Bengio & Courville 2016, Deep Learning"
_KEYS = TensorType(("N", 7, 8))
_pair = partial(LayerSpec, family="operation", call="function")
_EPS = Param("eps", "Epsilon", "float", 1e-8, "Below it, a length counts as this.", above=0, high=1)
_P = Param("p", "p", "float", 2.0, "The power of the norm; 2 is the Euclidean distance.", low=1, high=16)


def _ports(*names: str, doc: str) -> tuple[Port, ...]:
    return tuple(Port(name, doc=f"The {place} {doc}") for name, place in zip(names, ("first", "second"), strict=True))


def _reals(title: str, inputs: Inputs, *ports: str) -> Complaint | None:
    return next(filter(None, (not_real(title, first(inputs, port), port) for port in ports)), None)


def _matmul_check(inputs: Inputs, params: Params) -> Complaint | None:
    if wrong := _reals("Matmul", inputs, "input", "other"):
        return wrong
    left, right = first(inputs), first(inputs, "other")
    fixed = right.rank == 2 and all(isinstance(dim, int) for dim in right.shape)
    plain = fixed and left.rank >= 2 and isinstance(left.shape[-1], int)  # a matrix that all samples share
    if not plain and (left.rank < 3 or right.rank != left.rank):
        return Complaint(
            f"Matmul multiplies a matrix of each sample (N×…×n×k) by another (N×…×k×m), but {left} and {right} arrive.",
            "Give both the same number of axes, at least three, with a Reshape; for learned weights use Linear.",
            port="input" if left.rank < 3 else "other",
        )
    if left.shape[-1] != right.shape[-2]:
        turned = right.shape[-1] == left.shape[-1]
        return Complaint(
            f"The rows of the first matrix have {left.shape[-1]} numbers ({left}), the columns of the second"
            f" {right.shape[-2]} ({right}).",
            "Put a Transpose before the second input." if turned else "Make them equal.",
            port="other",
            insert="transpose" if turned and right.rank == 3 else "",
        )
    outer = tuple(TensorType(each.shape[:-2]) for each in (left, right))
    if not broadcast(outer):
        return Complaint(
            f"The matrices of {left} and {right} do not pair up.", "Make their first axes equal.", port="other"
        )
    return None


def _vectors(title: str, one: str, other: str, *, equal: bool) -> Check:
    """Pairs of vectors on the last axis: of one length (`equal`), or of any, with the axes before them the same."""

    def check(inputs: Inputs, params: Params) -> Complaint | None:
        if wrong := _reals(title, inputs, one, other):
            return wrong
        left, right = first(inputs, one), first(inputs, other)
        for port, each in ((one, left), (other, right)):
            if wrong := wrong_axis(title, each, -1, "dim", port=port):
                return wrong
        same = left.shape == right.shape if equal else left.shape[:-1] == right.shape[:-1]
        if same:
            return None
        return Complaint(
            f"{title} needs {'the same shape' if equal else 'the same axes before the last one'} at both inputs,"
            f" but {listing((left, right))} arrive.",
            "Put a Linear or a Reshape before one of them.",
            port=other,
        )

    return check


def _cosine_check(inputs: Inputs, params: Params) -> Complaint | None:
    title = "Cosine similarity"
    if wrong := _reals(title, inputs, "x1", "x2"):
        return wrong
    types = first(inputs, "x1"), first(inputs, "x2")
    if wrong := unfit(title, types, "x2"):
        return wrong
    if types[0].rank != types[1].rank:
        return Complaint(
            f"{title} needs the same number of axes at both inputs, but {listing(types)} arrive.",
            "Put an Unsqueeze or a Reshape before the shorter one.",
            port="x2",
        )
    for port, each in zip(("x1", "x2"), types, strict=True):
        if wrong := wrong_axis(title, each, whole(params, "dim"), "dim", -1, port):
            return wrong
    return None


def _cdist_check(inputs: Inputs, params: Params) -> Complaint | None:
    title = "Distance matrix"
    if wrong := _reals(title, inputs, "x1", "x2"):
        return wrong
    left, right = first(inputs, "x1"), first(inputs, "x2")
    for port, each in (("x1", left), ("x2", right)):
        if each.rank != 3:
            return Complaint(
                f"{title} compares sets of vectors, N×A×F and N×B×F, but {each} arrives.",
                "Put a Reshape before it that gives a sample two axes.",
                port=port,
            )
    if left.shape[0] == right.shape[0] and left.shape[2] == right.shape[2]:
        return None
    return Complaint(
        f"The vectors of {left} and {right} do not have the same length.", "Make their last axes equal.", port="x2"
    )


SPECS = (
    _pair(
        kind="matmul",
        title="Matmul",
        doc="Multiplies a matrix of each sample by another one.",
        formula=r"Y = A B, \quad Y_{ij} = \sum_k A_{ik} B_{kj}",
        source=f"{_DEEP}, §2.2",
        target="torch.matmul",
        inputs=(
            Port("input", doc="The first matrix, N×…×n×k."),
            Port("other", doc="The second matrix, N×…×k×m, or k×m for one that all samples share."),
        ),
        outputs=(Port("output", doc="The product, N×…×n×m."),),
        check=_matmul_check,
        keywords="matrix product dot attention bmm",
        example=({}, {"input": (SEQUENCE,), "other": (TensorType(("N", 8, 4)),)}),
    ),
    _pair(
        kind="einsum",
        title="Einsum",
        doc="Any sum of products, said by letters: an axis whose letter the result lacks is summed over.",
        formula=r"Y_{ik} = \sum_j A_{ij} B_{jk}",
        source="Rocktäschel 2018, Einsum is all you need",
        target=f"{OWN}einstein_sum",
        inputs=(Port("inputs", variadic=True, doc="One wire for each term before the arrow, in their order."),),
        outputs=(Port("output", doc="The axes whose letters stand behind the arrow."),),
        params=(
            Param(
                "equation",
                "Equation",
                "text",
                "nij,njk->nik",
                "A letter for each axis of each input, with commas between the inputs, and those of the result behind"
                " the arrow; the batch has the same letter everywhere and stands first.",
            ),
        ),
        check=einsum_check,
        summary=lambda params: str(params["equation"]),
        keywords="einstein summation contraction product trace outer bilinear",
        example=({}, {"inputs": (SEQUENCE, TensorType(("N", 8, 4)))}),
    ),
    _pair(
        kind="dot_product",
        title="Dot product",
        doc="Multiplies two vectors of each sample and adds up: how far they point the same way.",
        formula=r"y = a^\top b = \sum_i a_i b_i",
        source=f"{_DEEP}, §2.2",
        target=f"{OWN}dot_product",
        inputs=_ports("input", "other", doc="vectors, N×…×F."),
        outputs=(Port("output", doc="One number for each pair of vectors."),),
        params=(flag("keepdim", "Keep the axis", False, "Whether the last axis stays, with size 1."),),
        check=_vectors("Dot product", "input", "other", equal=True),
        keywords="inner scalar product score similarity",
        example=({}, {"input": (VECTOR,), "other": (VECTOR,)}),
    ),
    _pair(
        kind="outer_product",
        title="Outer product",
        doc="Every number of one vector times every number of another: a matrix for each sample.",
        formula=r"Y = a b^\top, \quad Y_{ij} = a_i b_j",
        source="Lin, RoyChowdhury & Maji 2015, Bilinear CNN models for fine-grained visual recognition, §3",
        target=f"{OWN}outer_product",
        inputs=_ports("input", "other", doc="vectors, N×…×A and N×…×B."),
        outputs=(Port("output", doc="A matrix for each pair of vectors, N×…×A×B."),),
        check=_vectors("Outer product", "input", "other", equal=False),
        keywords="tensor product bilinear hebb matrix one-hot",
        example=({}, {"input": (VECTOR,), "other": (TensorType(("N", 4)),)}),
    ),
    _pair(
        kind="cosine_similarity",
        title="Cosine similarity",
        doc="The cosine of the angle between vectors, −1 to 1, whatever their lengths.",
        formula=r"y = \frac{a^\top b}{\max(\|a\|, \varepsilon) \, \max(\|b\|, \varepsilon)}",
        source="Chen, Kornblith, Norouzi & Hinton 2020, A simple framework for contrastive learning, §2.1",
        target="torch.nn.functional.cosine_similarity",
        inputs=_ports("x1", "x2", doc="vectors; an axis of size 1 is repeated where needed."),
        outputs=(Port("output", doc="The axis is gone."),),
        params=(
            Param("dim", "Axis", "int", -1, "The axis of the vectors; −1 is the last one.", low=-8, high=8),
            _EPS,
        ),
        check=_cosine_check,
        keywords="angle normalised similarity contrastive embedding",
        example=({}, {"x1": (VECTOR,), "x2": (VECTOR,)}),
    ),
    _pair(
        kind="pairwise_distance",
        title="Distance",
        doc="The distance of two vectors of each sample, such as an anchor and a positive.",
        formula=r"y = \Big( \sum_i |a_i - b_i + \varepsilon|^p \Big)^{1/p}",
        source="Schroff, Kalenichenko & Philbin 2015, FaceNet, §3.1",
        target="torch.nn.PairwiseDistance",
        call="module",
        inputs=_ports("x1", "x2", doc="vectors, N×…×F."),
        outputs=(Port("output", doc="One number for each pair of vectors."),),
        params=(
            _P,
            Param("eps", "Epsilon", "float", 1e-6, "Added to each difference, so that the slope at 0 is finite.", 0, 1),
            flag("keepdim", "Keep the axis", False, "Whether the last axis stays, with size 1."),
        ),
        check=_vectors("Distance", "x1", "x2", equal=True),
        keywords="euclidean metric l2 pairwise triplet",
        example=({}, {"x1": (VECTOR,), "x2": (VECTOR,)}),
    ),
    _pair(
        kind="cdist",
        title="Distance matrix",
        doc="All distances between two sets of vectors of each sample, such as points and prototypes.",
        formula=r"Y_{ij} = \|a_i - b_j\|_p",
        source="Snell, Swersky & Zemel 2017, Prototypical networks for few-shot learning, §2.2",
        target="torch.cdist",
        inputs=_ports("x1", "x2", doc="set of vectors, N×A×F and N×B×F."),
        outputs=(Port("output", doc="A distance for each pair, N×A×B."),),
        params=(_P,),
        check=_cdist_check,
        keywords="pairwise euclidean prototypes nearest neighbour kernel",
        example=({}, {"x1": (SEQUENCE,), "x2": (_KEYS,)}),
    ),
)
