"""Attention: every step looks at the others."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from core.layers.complaints import not_sequence
from core.layers.parameters import BIAS, choice, flag, share, size
from core.layers.reading import first, whole
from core.model.fault import Complaint
from core.model.spec import Inputs, LayerSpec, Port
from core.model.values import Params, Value

_HEADS_DOC = "How many attentions look side by side; must divide the number of features."
_CAUSAL = flag("causal", "Causal", False, "Whether a step sees only itself and the steps before it.")


def _summary(name: str) -> Callable[[Params], str]:
    def summary(params: Params) -> str:
        heads = whole(params, name)
        return f"{heads} {'head' if heads == 1 else 'heads'}" + (" · causal" if params["causal"] else "")

    return summary


def _heads_complaint(title: str, inputs: Inputs, params: Params, name: str, port: str = "input") -> Complaint | None:
    features, heads = first(inputs, port).size(2), whole(params, name)
    if features % heads == 0:
        return None
    fitting = next(count for count in range(min(heads, features), 0, -1) if features % count == 0)
    return Complaint(
        f"{title} cannot split {features:,} features among {heads:,} heads evenly.",
        f"Use {fitting} {'head' if fitting == 1 else 'heads'}, or another number that divides {features:,}.",
        params={name: fitting},
    )


def _attention_sizes(inputs: Inputs, params: Params) -> Mapping[str, Value]:
    features = first(inputs, "query").size(2)
    found: dict[str, Value] = {"embed_dim": features}
    for port, name in (("key", "kdim"), ("value", "vdim")):
        source = port if inputs.get(port) else "key" if inputs.get("key") else "query"
        found[name] = first(inputs, source).size(2)
    return found


def _attention_check(inputs: Inputs, params: Params) -> Complaint | None:
    title = "Multi-head attention"
    for port in ("query", "key", "value"):
        if inputs.get(port) and (wrong := not_sequence(title, inputs, port)):
            return wrong
    if inputs.get("value") and not inputs.get("key"):
        return Complaint(
            "Values arrive without keys.", "Wire a key as well, or take the wire into value away.", port="key"
        )
    query = first(inputs, "query")
    key = first(inputs, "key") if inputs.get("key") else query
    if inputs.get("value") and first(inputs, "value").shape[1] != key.shape[1]:
        value = first(inputs, "value")
        return Complaint(
            f"Every key needs its value, but {key.shape[1]} keys ({key}) and {value.shape[1]} values ({value}) arrive.",
            "Wire keys and values from the same sequence.",
            port="value",
        )
    if params["causal"] and query.shape[1] != key.shape[1]:
        return Complaint(
            f"Causal attention needs as many keys as queries, but {query} asks {key}.",
            "Turn causal off to look at another sequence.",
            params={"causal": False},
        )
    return _heads_complaint(title, inputs, params, "num_heads", "query")


def _encoder_check(inputs: Inputs, params: Params) -> Complaint | None:
    title = "Transformer encoder layer"
    return not_sequence(title, inputs) or _heads_complaint(title, inputs, params, "nhead")


def _encoder_sizes(inputs: Inputs, params: Params) -> Mapping[str, Value]:
    return {"d_model": first(inputs).size(2), "batch_first": True}


def _position_check(inputs: Inputs, params: Params) -> Complaint | None:
    if wrong := not_sequence("Positional encoding", inputs):
        return wrong
    steps = first(inputs).size(1)
    if steps > whole(params, "max_length"):
        return Complaint(
            f"The sequences have {steps:,} steps, but there are positions for {whole(params, 'max_length'):,}.",
            f"Set the longest sequence to {steps:,} or more.",
            params={"max_length": steps},
        )
    return None


SPECS = (
    LayerSpec(
        kind="multi_head_attention",
        family="attention",
        title="Multi-head attention",
        doc="Each query gathers the values whose keys fit it best, in several learned ways at once.",
        formula=r"\begin{matrix} \mathrm{head}_i = \mathrm{softmax}\left(\frac{Q_i K_i^{\top}}{\sqrt{d_k}}\right) V_i"
        r" \\ y = [\mathrm{head}_1, \ldots, \mathrm{head}_h] \, W^{O} \end{matrix}",
        source="Vaswani et al. 2017, Attention is all you need, §3.2.2",
        target="core.layers.modules.attention.MultiHeadAttention",
        inputs=(
            Port("query", "N T F", doc="The sequence that asks."),
            Port(
                "key", "N S F", optional=True, doc="The sequence that is looked at; without a wire, the query itself."
            ),
            Port("value", "N S F", optional=True, doc="What is gathered; without a wire, the keys."),
        ),
        outputs=(
            Port("output", "N T F", pick=(0,), doc="What each query gathered."),
            Port(
                "weights", "N ...", pick=(1,), doc="How much each query looks at each key: N×T×S, per head N×heads×T×S."
            ),
        ),
        params=(
            size("num_heads", "Heads", 4, _HEADS_DOC, 1_024),
            share("dropout", "Dropout", 0.0, "How likely an attention weight is dropped while training."),
            BIAS,
            _CAUSAL,
            flag("average_weights", "Average weights", True, "Whether the weights output is the mean over the heads."),
        ),
        derive=_attention_sizes,
        check=_attention_check,
        summary=_summary("num_heads"),
        keywords="self-attention cross-attention transformer query key value scaled dot product mha",
    ),
    LayerSpec(
        kind="transformer_encoder_layer",
        family="attention",
        title="Transformer encoder layer",
        doc="Self-attention and a small network for every step, each with a residual connection and layer norm.",
        formula=r"\begin{matrix} z = \mathrm{LN}\left(x + \mathrm{MHA}(x, x, x)\right) \\"
        r" y = \mathrm{LN}\left(z + W_2 \, \phi(W_1 z + b_1) + b_2\right) \end{matrix}",
        source="Vaswani et al. 2017, Attention is all you need, §3.1 and §3.3",
        target="core.layers.modules.attention.TransformerEncoderLayer",
        inputs=(Port("input", "N T F", doc="Sequences: samples, steps, features."),),
        outputs=(Port("output", "N T F", doc="The same shape."),),
        params=(
            size("nhead", "Heads", 4, _HEADS_DOC, 1_024),
            size("dim_feedforward", "Inner size", 128, "How many units the small network has."),
            share("dropout", "Dropout", 0.1, "How likely a number is dropped while training."),
            choice("activation", "Activation", ("relu", "gelu"), "The activation φ of the small network."),
            flag(
                "norm_first", "Norm first", False, "Whether layer norm stands before each part (steadier) or after it."
            ),
            _CAUSAL,
        ),
        derive=_encoder_sizes,
        check=_encoder_check,
        summary=_summary("nhead"),
        keywords="self-attention bert gpt vit block feed-forward residual",
    ),
    LayerSpec(
        kind="positional_encoding",
        family="attention",
        title="Positional encoding",
        doc="Adds to every step a vector that tells its place in the sequence.",
        formula=r"\begin{matrix} y_{t,2i} = x_{t,2i} + \sin\frac{t}{10000^{2i/d}} \\"
        r" y_{t,2i+1} = x_{t,2i+1} + \cos\frac{t}{10000^{2i/d}} \end{matrix}",
        source="Vaswani et al. 2017, Attention is all you need, §3.5",
        target="core.layers.modules.attention.PositionalEncoding",
        inputs=(Port("input", "N T F", doc="Sequences: samples, steps, features."),),
        outputs=(Port("output", "N T F", doc="The same shape."),),
        params=(
            choice("encoding", "Encoding", ("sinusoidal", "learned"), "Fixed sines and cosines, or a learned table."),
            size("max_length", "Longest sequence", 512, "For how many steps there are positions."),
        ),
        derive=lambda inputs, params: {"embed_dim": first(inputs).size(2)},
        check=_position_check,
        summary=lambda params: str(params["encoding"]),
        keywords="position order sine cosine transformer learned embedding",
    ),
)
