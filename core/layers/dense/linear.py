"""Layers with a learned matrix: linear, its low-rank update, and the bilinear form."""

from __future__ import annotations

from collections.abc import Mapping

from core.layers.complaints import changing, not_real
from core.layers.dense.checks import features
from core.layers.parameters import BIAS, choice, size
from core.layers.reading import first, whole
from core.model.fault import Complaint
from core.model.spec import Inputs, LayerSpec, Param, Port
from core.model.tensor import TensorType
from core.model.values import Params, Value

_OUT = size("out_features", "Output features", 10, "How many numbers come out: the neurons of the layer.")
_VECTORS = Port("input", "N ... F", doc="Vectors; with N×T×F, the same map is applied at every step.")
_RESULT = Port("output", "N ... F", doc="Vectors with as many numbers as there are output features.")


def _sizes(inputs: Inputs, params: Params) -> Mapping[str, Value]:
    return {"in_features": first(inputs).size(-1)}


def _linear_check(inputs: Inputs, params: Params) -> Complaint | None:
    arriving = first(inputs)
    if wrong := not_real("Linear", arriving):
        return wrong
    if arriving.rank > 3:
        return Complaint(
            f"Linear takes one vector a sample (N×F), but {arriving} arrives; it would see only the last axis.",
            "Put a Flatten before it.",
            port="input",
            insert="flatten",
        )
    return changing("Linear", arriving, -1)


def _lora_check(inputs: Inputs, params: Params) -> Complaint | None:
    if wrong := features("LoRA linear", inputs):
        return wrong
    rank, smallest = whole(params, "r"), min(first(inputs).size(-1), whole(params, "out_features"))
    if rank <= smallest:
        return None
    return Complaint(
        f"A rank of {rank:,} saves nothing: the whole matrix has a rank of at most {smallest:,}.",
        f"Choose a rank of at most {smallest:,}.",
        severity="warning",
        params={"r": smallest},
    )


def _bilinear_sizes(inputs: Inputs, params: Params) -> Mapping[str, Value]:
    return {"in1_features": first(inputs, "input1").size(-1), "in2_features": first(inputs, "input2").size(-1)}


def _bilinear_check(inputs: Inputs, params: Params) -> Complaint | None:
    for port in ("input1", "input2"):
        if wrong := features("Bilinear", inputs, port):
            return wrong
    one, other = first(inputs, "input1"), first(inputs, "input2")
    if one.shape[:-1] == other.shape[:-1]:
        return None
    return Complaint(
        f"Bilinear pairs vectors, so all axes but the last must be equal; {one} and {other} arrive.",
        "Wire tensors into it that differ in their last axis alone.",
        port="input2",
    )


SPECS = (
    LayerSpec(
        kind="linear",
        family="dense",
        title="Linear",
        doc="Multiplies each vector by a learned matrix and adds a learned bias.",
        formula=r"y = x W^{\top} + b",
        source="Rumelhart, Hinton & Williams 1986, Learning representations by back-propagating errors, eq. 1",
        target="torch.nn.Linear",
        inputs=(_VECTORS,),
        outputs=(_RESULT,),
        params=(_OUT, BIAS),
        derive=_sizes,
        check=_linear_check,
        summary=lambda params: f"{whole(params, 'out_features'):,}",
        keywords="dense fully connected affine fc neuron perceptron matrix weights mlp",
        example=({"out_features": 4}, {"input": (TensorType(("N", 6)),)}),
    ),
    LayerSpec(
        kind="bilinear",
        family="dense",
        title="Bilinear",
        doc="Weighs every product of a number of the first vector with one of the second.",
        formula=r"y_k = x_1^{\top} W_k \, x_2 + b_k",
        source="Tenenbaum & Freeman 2000, Separating style and content with bilinear models, eq. 1",
        target="torch.nn.Bilinear",
        inputs=(
            Port("input1", "N ... F", doc="The first vectors."),
            Port("input2", "N ... F", doc="The second vectors; all axes but the last are as those of the first."),
        ),
        outputs=(_RESULT,),
        params=(_OUT, BIAS),
        derive=_bilinear_sizes,
        check=_bilinear_check,
        summary=lambda params: f"{whole(params, 'out_features'):,}",
        keywords="dense product pair interaction similarity matrix two inputs",
        example=(
            {"out_features": 4},
            {"input1": (TensorType(("N", 6)),), "input2": (TensorType(("N", 3)),)},
        ),
    ),
    LayerSpec(
        kind="lora_linear",
        family="dense",
        title="LoRA linear",
        doc="A linear layer whose own weights stay as they are while a small update of low rank learns.",
        formula=r"y = x W_0^{\top} + b + \frac{\alpha}{r} \, x A^{\top} B^{\top}",
        source="Hu et al. 2021, LoRA: low-rank adaptation of large language models, eq. 3",
        target="core.layers.modules.dense.LoRALinear",
        inputs=(_VECTORS,),
        outputs=(_RESULT,),
        params=(
            _OUT,
            size("r", "Rank", 8, "The rank r of the update: A has r rows, B has r columns."),
            Param("lora_alpha", "Alpha", "float", 16.0, "The update is scaled by α/r.", above=0, high=1e4),
            BIAS,
            choice(
                "learns",
                "Learns",
                ("update", "base"),
                "What learns: the update, while W₀ and b stay as they are; or W₀ and b, while the update stays 0, as "
                "before the adaptation.",
            ),
        ),
        derive=_sizes,
        check=_lora_check,
        summary=lambda params: f"{whole(params, 'out_features'):,} · rank {whole(params, 'r'):,}",
        keywords="low-rank adaptation fine-tuning adapter peft frozen dense",
        example=({"out_features": 4, "r": 2}, {"input": (TensorType(("N", 6)),)}),
    ),
)
