"""Shape and operations: what joins, turns and reorders tensors without learning."""

from __future__ import annotations

from core.layers.complaints import not_real
from core.layers.operation_checks import (
    concat_check,
    fitting,
    flatten_check,
    matmul_check,
    mean_check,
    reshape_check,
    reshape_sizes,
    transpose_check,
)
from core.layers.parameters import flag
from core.layers.reading import first, number, sizes, whole
from core.model.spec import LayerSpec, Param, Port

_TENSORS = "Goodfellow, Bengio & Courville 2016, Deep Learning, §2.1"
_MOST_CELLS = 999_999


def _axis(name: str, title: str, default: int, doc: str) -> Param:
    return Param(name, title, "int", default, doc, low=-8, high=8)


_INPUTS = Port("inputs", dtype="any", variadic=True, doc="Any number of wires, in their order.")

SPECS = (
    LayerSpec(
        kind="flatten",
        family="operation",
        title="Flatten",
        doc="Lays the axes of each sample end to end, so that an image becomes a vector.",
        formula=r"y_{(i \cdot H + j) \cdot W + k} = x_{i,j,k}",
        source=_TENSORS,
        target="torch.nn.Flatten",
        inputs=(Port("input", dtype="any", doc="Any shape; the samples stay apart."),),
        outputs=(Port("output", dtype="any", doc="A vector for each sample, N×F."),),
        params=(
            _axis("start_dim", "First axis", 1, "The first axis that is joined; 1 is the first one of a sample."),
            _axis("end_dim", "Last axis", -1, "The last axis that is joined; −1 is the last one."),
        ),
        check=flatten_check,
        keywords="vector view squeeze reshape",
    ),
    LayerSpec(
        kind="reshape",
        family="operation",
        title="Reshape",
        doc="Gives the numbers of each sample another shape, in the same order.",
        formula=r"\mathbb{R}^{N \times d_1 \times \cdots} \rightarrow \mathbb{R}^{N \times s_1 \times \cdots},"
        r" \quad \prod d_i = \prod s_i",
        source=_TENSORS,
        target="torch.reshape",
        call="function",
        inputs=(Port("input", dtype="any", doc="Any shape; the samples stay apart."),),
        outputs=(Port("output", dtype="any", doc="The new shape."),),
        params=(
            Param(
                "shape",
                "Shape of a sample",
                "ints",
                -1,
                "The sizes of one sample, without the batch; one of them may be −1 and is worked out.",
                low=-1,
                high=_MOST_CELLS,
                lengths=(1, 2, 3, 4, 5),
            ),
        ),
        derive=reshape_sizes,
        check=reshape_check,
        summary=lambda params: "×".join(str(each).replace("-", "−") for each in sizes(params, "shape")),
        keywords="view unflatten shape patches",
    ),
    LayerSpec(
        kind="add",
        family="operation",
        title="Add",
        doc="Adds tensors number by number, as in a residual connection.",
        formula=r"y = x_1 + x_2 + \cdots",
        source="He, Zhang, Ren & Sun 2016, Deep residual learning for image recognition, §3.2",
        target="torch.add",
        call="fold",
        inputs=(_INPUTS,),
        outputs=(Port("output", dtype="any", doc="The sum."),),
        check=fitting("Add"),
        keywords="sum plus residual skip connection shortcut",
    ),
    LayerSpec(
        kind="concat",
        family="operation",
        title="Concat",
        doc="Puts tensors side by side along one axis.",
        formula=r"y = [x_1, x_2, \ldots]",
        source="Szegedy et al. 2015, Going deeper with convolutions, §4",
        target="torch.cat",
        call="function",
        inputs=(_INPUTS,),
        outputs=(Port("output", dtype="any", doc="As wide along the axis as all inputs together."),),
        params=(_axis("dim", "Axis", 1, "The axis along which they are joined; 1 is channels or features."),),
        check=concat_check,
        summary=lambda params: f"axis {whole(params, 'dim')}".replace("-", "−"),
        keywords="concatenate cat join merge skip connection",
    ),
    LayerSpec(
        kind="multiply",
        family="operation",
        title="Multiply",
        doc="Multiplies tensors number by number, as a gate does.",
        formula=r"y = x_1 \odot x_2 \odot \cdots",
        source="Hochreiter & Schmidhuber 1997, Long short-term memory, §4",
        target="torch.mul",
        call="fold",
        inputs=(_INPUTS,),
        outputs=(Port("output", dtype="any", doc="The product."),),
        check=fitting("Multiply"),
        keywords="times product hadamard gate mask",
    ),
    LayerSpec(
        kind="matmul",
        family="operation",
        title="Matmul",
        doc="Multiplies a matrix of each sample by another one.",
        formula=r"Y = A B, \quad Y_{ij} = \sum_k A_{ik} B_{kj}",
        source="Goodfellow, Bengio & Courville 2016, Deep Learning, §2.2",
        target="torch.matmul",
        call="function",
        inputs=(
            Port("input", doc="The first matrix, N×…×n×k."),
            Port("other", doc="The second matrix, N×…×k×m."),
        ),
        outputs=(Port("output", doc="The product, N×…×n×m."),),
        check=matmul_check,
        keywords="matrix product dot attention bmm",
    ),
    LayerSpec(
        kind="transpose",
        family="operation",
        title="Transpose",
        doc="Swaps two axes of each sample, such as steps and channels.",
        formula=r"y_{\ldots j \ldots i \ldots} = x_{\ldots i \ldots j \ldots}",
        source="Goodfellow, Bengio & Courville 2016, Deep Learning, §2.1, eq. 2.3",
        target="torch.transpose",
        call="function",
        inputs=(Port("input", dtype="any", doc="At least two axes besides the batch."),),
        outputs=(Port("output", dtype="any", doc="The two axes swapped."),),
        params=(
            _axis("dim0", "One axis", 1, "The one axis; 1 is the first one of a sample."),
            _axis("dim1", "Other axis", 2, "The other axis."),
        ),
        check=transpose_check,
        summary=lambda params: f"{whole(params, 'dim0')} ↔ {whole(params, 'dim1')}".replace("-", "−"),
        keywords="swap permute axes turn",
    ),
    LayerSpec(
        kind="mean",
        family="operation",
        title="Mean",
        doc="Averages over one axis or several, such as all steps of a sequence.",
        formula=r"y = \frac{1}{T} \sum_{t} x_t",
        source=_TENSORS,
        target="torch.mean",
        call="function",
        inputs=(Port("input", doc="Real numbers."),),
        outputs=(Port("output", doc="The axes are gone, or have size 1 if they are kept."),),
        params=(
            Param(
                "dim",
                "Axes",
                "ints",
                1,
                "Over which axes; 1 is the first one of a sample.",
                low=-8,
                high=8,
                lengths=(1, 2, 3),
            ),
            flag("keepdim", "Keep the axes", False, "Whether each of them stays, with size 1."),
        ),
        check=mean_check,
        summary=lambda params: f"axis {', '.join(str(each) for each in sizes(params, 'dim'))}".replace("-", "−"),
        keywords="average reduce pool global",
    ),
    LayerSpec(
        kind="scale",
        family="operation",
        title="Scale",
        doc="Multiplies everything by one constant number.",
        formula=r"y = c \, x",
        source="Vaswani et al. 2017, Attention is all you need, §3.2.1",
        target="torch.mul",
        call="function",
        inputs=(Port("input", doc="Real numbers."),),
        outputs=(Port("output", doc="The same shape."),),
        params=(Param("factor", "Factor", "float", 0.5, "The constant c.", low=-1e5, high=1e5),),
        settings=("factor",),
        derive=lambda inputs, params: {"other": number(params, "factor")},
        check=lambda inputs, params: not_real("Scale", first(inputs)),
        summary=lambda params: f"× {number(params, 'factor'):g}".replace("-", "−"),
        keywords="constant factor multiply temperature divide",
    ),
)
