"""Attention in several heads."""

from __future__ import annotations

from collections.abc import Mapping

from core.layers.attention.checks import (
    HEADS_DOC,
    OTHER,
    READS,
    SEQUENCE,
    batch_complaint,
    heads_complaint,
    heads_summary,
    padding_complaint,
    padding_port,
    sequence_heads_complaint,
)
from core.layers.complaints import not_sequence
from core.layers.parameters import BIAS, flag, share, size
from core.layers.reading import first, whole
from core.model.fault import Complaint
from core.model.spec import Inputs, LayerSpec, Port
from core.model.tensor import TensorType
from core.model.values import Params, Value

_HEADS = size("num_heads", "Heads", 4, HEADS_DOC, 1_024)
_DROPOUT = share("dropout", "Dropout", 0.0, "How likely an attention weight is dropped while training.")
_CAUSAL = flag("causal", "Causal", False, "Whether a step sees only itself and the steps before it.")
_ALONE = (Port("output", "N T F", doc="What each step gathered."),)


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
        if not inputs.get(port):
            continue
        if wrong := not_sequence(title, inputs, port) or batch_complaint(title, inputs, port, "query"):
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
    masked = padding_complaint(title, inputs, of="key" if inputs.get("key") else "query")
    return masked or heads_complaint(title, query.size(2), params, "num_heads")


def _embed_dim(inputs: Inputs, params: Params) -> Mapping[str, Value]:
    return {"embed_dim": first(inputs).size(2)}


def _outputs(weights: str, axes: str) -> tuple[Port, ...]:
    return (
        Port("output", "N T F", pick=(0,), doc="What each step gathered."),
        Port("weights", axes, pick=(1,), doc=weights),
    )


_MULTI_HEAD_OUTPUTS = _outputs(
    "How much each query looks at each key: N×T×S, per head N×heads×T×S; before dropout.", "N ..."
)
_CAUSAL_OUTPUTS = _outputs("How much each step looks at each other, per head; before dropout.", "N heads T T")

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
            padding_port(axis="S", of="a key"),
        ),
        outputs=_MULTI_HEAD_OUTPUTS,
        spread=lambda params: _MULTI_HEAD_OUTPUTS if params["need_weights"] else _ALONE,
        params=(
            _HEADS,
            _DROPOUT,
            BIAS,
            _CAUSAL,
            flag("need_weights", "Weights", True, "Whether the weights are an output; without them it works faster."),
            flag("average_weights", "Average weights", True, "Whether the weights output is the mean over the heads."),
        ),
        derive=_attention_sizes,
        check=_attention_check,
        summary=lambda params: heads_summary(whole(params, "num_heads"), params["causal"]),
        keywords="self-attention cross-attention transformer query key value scaled dot product mha",
        draws="dropout",
        example=(
            {"num_heads": 2},
            {"query": (SEQUENCE,), "key": (OTHER,), "value": (OTHER,), "padding_mask": (TensorType(("N", 7)),)},
        ),
    ),
    LayerSpec(
        kind="causal_self_attention",
        family="attention",
        title="Causal self-attention",
        doc="GPT's attention: every step gathers from itself and the steps before it, in several heads.",
        formula=r"\begin{matrix} Q, K, V = x W_{qkv} + b_{qkv} \\"
        r" \mathrm{head}_i = \mathrm{softmax}\left(\frac{Q_i K_i^{\top}}{\sqrt{d_k}} + M\right) V_i \\"
        r" y = [\mathrm{head}_1, \ldots, \mathrm{head}_h] \, W_o + b_o \\"
        r" M_{ts} = -\infty \; (s > t) \end{matrix}",
        source="Radford et al. 2019, Language models are unsupervised multitask learners (GPT-2), §2.3",
        target="core.layers.modules.attention.CausalSelfAttention",
        inputs=(READS,),
        outputs=_CAUSAL_OUTPUTS,
        spread=lambda params: _CAUSAL_OUTPUTS if params["need_weights"] else _ALONE,
        params=(
            _HEADS,
            share("dropout", "Dropout", 0.0, "How likely a weight, or a number that leaves, is dropped in training."),
            BIAS,
            flag("need_weights", "Weights", False, "Whether the weights are an output; without them it works faster."),
        ),
        derive=_embed_dim,
        check=lambda inputs, params: sequence_heads_complaint("Causal self-attention", inputs, params),
        summary=lambda params: heads_summary(whole(params, "num_heads")),
        keywords="gpt gpt-2 masked decoder transformer language model c_attn c_proj autoregressive",
        draws="dropout",
        example=({"num_heads": 2, "need_weights": True}, {"input": (SEQUENCE,)}),
    ),
    LayerSpec(
        kind="relative_self_attention",
        family="attention",
        title="Relative self-attention",
        doc="Self-attention whose keys and values also depend on how far apart two steps are.",
        formula=r"\begin{matrix} e_{ts} = \frac{q_t^{\top} \left(k_s + a^K_{s-t}\right)}{\sqrt{d}} \qquad"
        r" \alpha_t = \mathrm{softmax}(e_t) \\ y_t = \sum_s \alpha_{ts} \left(v_s + a^V_{s-t}\right) \end{matrix}",
        source="Shaw, Uszkoreit & Vaswani 2018, Self-attention with relative position representations, §3",
        target="core.layers.modules.attention_positions.RelativeSelfAttention",
        inputs=(READS,),
        outputs=_outputs("How much each step looks at each other, per head; before dropout.", "N heads T T"),
        params=(
            _HEADS,
            size("max_distance", "Farthest distance", 16, "Distances beyond this one count as this one.", 4_096),
            _DROPOUT,
            BIAS,
            _CAUSAL,
        ),
        derive=_embed_dim,
        check=lambda inputs, params: sequence_heads_complaint("Relative self-attention", inputs, params),
        summary=lambda params: heads_summary(whole(params, "num_heads"), params["causal"]),
        keywords="shaw relative position distance transformer music",
        draws="dropout",
        example=({"num_heads": 2, "max_distance": 3}, {"input": (SEQUENCE,)}),
    ),
)
