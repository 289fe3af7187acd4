"""Whole layers of the Transformer."""

from __future__ import annotations

from collections.abc import Mapping

from core.layers.attention.checks import (
    HEADS_DOC,
    OTHER,
    PADDING,
    READS,
    SAME,
    SEQUENCE,
    batch_complaint,
    heads_summary,
    padding_complaint,
    padding_port,
    sequence_heads_complaint,
)
from core.layers.complaints import not_sequence
from core.layers.parameters import choice, flag, share, size
from core.layers.reading import first, whole
from core.model.fault import Complaint
from core.model.spec import Inputs, LayerSpec, Param, Port
from core.model.tensor import TensorType
from core.model.values import Params, Value

_EXAMPLE: dict[str, Value] = {"nhead": 2, "dim_feedforward": 16, "dropout": 0.0}


def _params(causal: bool) -> tuple[Param, ...]:
    return (
        size("nhead", "Heads", 4, HEADS_DOC, 1_024),
        size("dim_feedforward", "Inner size", 128, "How many units the small network has."),
        share("dropout", "Dropout", 0.1, "How likely a number is dropped while training."),
        choice("activation", "Activation", ("relu", "gelu"), "The activation φ of the small network."),
        flag("norm_first", "Norm first", False, "Whether layer norm stands before each part (steadier) or after it."),
        Param(
            "layer_norm_eps",
            "Epsilon",
            "float",
            1e-5,
            "Added to the variance in layer norm so that it is never divided by zero.",
            above=0,
            high=1,
        ),
        flag("causal", "Causal", causal, "Whether a step sees only itself and the steps before it."),
    )


def _sizes(inputs: Inputs, params: Params) -> Mapping[str, Value]:
    return {"d_model": first(inputs).size(2)}


def _decoder_check(inputs: Inputs, params: Params) -> Complaint | None:
    title = "Transformer decoder layer"
    wrong = not_sequence(title, inputs) or not_sequence(title, inputs, "memory")
    if wrong := wrong or batch_complaint(title, inputs, "memory", "input"):
        return wrong
    features, memory = first(inputs).size(2), first(inputs, "memory")
    if memory.size(2) != features:
        return Complaint(
            f"{title} needs memory with as many features as its input, {features:,}, but {memory} arrives.",
            f"Put a Linear with {features:,} features before memory.",
            port="memory",
        )
    masked = padding_complaint(title, inputs, "memory_padding_mask", "memory")
    return masked or sequence_heads_complaint(title, inputs, params, "nhead")


def _summary(params: Params) -> str:
    return heads_summary(whole(params, "nhead"), params["causal"])


SPECS = (
    LayerSpec(
        kind="transformer_encoder_layer",
        family="attention",
        title="Transformer encoder layer",
        doc="Self-attention and a small network for every step, each with a residual connection and layer norm.",
        formula=r"\begin{matrix} z = \mathrm{LN}\left(x + \mathrm{MHA}(x, x, x)\right) \\"
        r" y = \mathrm{LN}\left(z + W_2 \, \phi(W_1 z + b_1) + b_2\right) \end{matrix}",
        source="Vaswani et al. 2017, Attention is all you need, §3.1 and §3.3",
        target="core.layers.modules.attention.TransformerEncoderLayer",
        inputs=(READS, padding_port()),
        outputs=(SAME,),
        params=_params(False),
        derive=_sizes,
        check=lambda inputs, params: sequence_heads_complaint("Transformer encoder layer", inputs, params, "nhead"),
        summary=_summary,
        keywords="self-attention bert gpt vit block feed-forward residual",
        draws="dropout",
        example=(_EXAMPLE, {"input": (SEQUENCE,), "padding_mask": (PADDING,)}),
    ),
    LayerSpec(
        kind="transformer_decoder_layer",
        family="attention",
        title="Transformer decoder layer",
        doc="Causal self-attention, attention to a memory and a small network, each with residual and layer norm.",
        formula=r"\begin{matrix} z = \mathrm{LN}\left(x + \mathrm{MHA}(x, x, x)\right) \qquad"
        r" c = \mathrm{LN}\left(z + \mathrm{MHA}(z, m, m)\right) \\"
        r" y = \mathrm{LN}\left(c + W_2 \, \phi(W_1 c + b_1) + b_2\right) \end{matrix}",
        source="Vaswani et al. 2017, Attention is all you need, §3.1 and §3.2.3",
        target="core.layers.modules.attention.TransformerDecoderLayer",
        inputs=(
            Port("input", "N T F", doc="The sequence that is written so far."),
            Port("memory", "N S F", doc="What an encoder made of the sequence that is read."),
            padding_port(),
            padding_port("memory_padding_mask", "S", "a step of the memory"),
        ),
        outputs=(SAME,),
        params=_params(True),
        derive=_sizes,
        check=_decoder_check,
        summary=_summary,
        keywords="cross-attention translation encoder decoder seq2seq memory causal residual",
        draws="dropout",
        example=(
            _EXAMPLE,
            {
                "input": (SEQUENCE,),
                "memory": (OTHER,),
                "padding_mask": (PADDING,),
                "memory_padding_mask": (TensorType(("N", 7)),),
            },
        ),
    ),
)
