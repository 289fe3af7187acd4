"""Attention without heads: scaled dot products, additive attention, pooling by attention."""

from __future__ import annotations

from collections.abc import Mapping

from core.layers.attention.checks import (
    OTHER,
    PADDING,
    READS,
    SEQUENCE,
    batch_complaint,
    padding_complaint,
    padding_port,
)
from core.layers.complaints import changing, not_real, not_sequence
from core.layers.parameters import flag, size
from core.layers.reading import first, number, whole
from core.model.fault import Complaint
from core.model.spec import Inputs, LayerSpec, Param, Port
from core.model.tensor import TensorType
from core.model.values import Params, Value

_DOT, _ADDITIVE = "Scaled dot-product attention", "Additive attention"
_HIDDEN = size("hidden_size", "Hidden units", 64, "How many units the small network that scores has.")
_OWN = "core.layers.modules.attention_scores."


def _dot_check(inputs: Inputs, params: Params) -> Complaint | None:
    query, key, value = (first(inputs, port) for port in ("query", "key", "value"))
    for port, arriving in (("query", query), ("key", key), ("value", value)):
        if wrong := not_real(_DOT, arriving, port):
            return wrong
        if arriving.rank < 3:
            return Complaint(
                f"{_DOT} reads sequences, N×T×E or N×heads×T×E, but {arriving} arrives.",
                "Put a Reshape before it that gives a sample two axes, steps × features.",
                port=port,
            )
        if wrong := changing(_DOT, arriving, -2, port) or changing(_DOT, arriving, -1, port):
            return wrong
        if arriving.shape[:-2] != query.shape[:-2]:
            return Complaint(
                f"{_DOT} needs the same samples and heads everywhere, but {query} and {arriving} arrive.",
                "Make all axes but the two last ones equal.",
                port=port,
            )
    if query.shape[-1] != key.shape[-1]:
        return Complaint(
            f"A query and a key are as long as each other, but {query} and {key} arrive.",
            f"Put a Linear before one of them, for instance {query.shape[-1]} features for the keys.",
            port="key",
        )
    if key.shape[-2] != value.shape[-2]:
        return Complaint(
            f"Every key needs its value, but {key.shape[-2]} keys ({key}) and {value.shape[-2]} values ({value}) "
            "arrive.",
            "Wire keys and values from the same sequence.",
            port="value",
        )
    if params["is_causal"] and query.shape[-2] != key.shape[-2]:
        return Complaint(
            f"Causal attention needs as many keys as queries, but {query} asks {key}.",
            "Turn causal off to look at another sequence.",
            params={"is_causal": False},
        )
    return _mask_complaint(inputs, query, key)


def _mask_complaint(inputs: Inputs, query: TensorType, key: TensorType) -> Complaint | None:
    if not inputs.get("mask"):
        return None
    mask = first(inputs, "mask")
    wanted = (*query.shape[:-1], key.shape[-2])
    middle = mask.rank - 3
    if 0 <= middle <= query.rank - 3:
        fits = (wanted[0], *wanted[query.rank - 2 - middle : -2], *wanted[-2:])
        if mask.shape[0] == wanted[0] and all(a in (b, 1) for a, b in zip(mask.shape, fits, strict=True)):
            return None
    return Complaint(
        f"The mask says which query may look at which key, N×{wanted[-2]}×{wanted[-1]} here, but {mask} arrives.",
        "Wire a mask of that shape (a size of 1 counts for all), or none at all.",
        port="mask",
    )


def _additive_check(inputs: Inputs, params: Params) -> Complaint | None:
    query = first(inputs, "query")
    if query.rank == 2:
        wrong = not_real(_ADDITIVE, query, "query", embed=False) or changing(_ADDITIVE, query, 1, "query")
    else:
        wrong = not_sequence(_ADDITIVE, inputs, "query")
    wrong = wrong or not_sequence(_ADDITIVE, inputs, "key") or batch_complaint(_ADDITIVE, inputs, "key", "query")
    return wrong or padding_complaint(_ADDITIVE, inputs, of="key")


_DOT_OUTPUTS = (
    Port("output", "N ... T V", pick=(0,), doc="What each query gathered."),
    Port("weights", "N ... T S", pick=(1,), doc="How much each query looks at each key."),
)
_DOT_ALONE = (Port("output", "N ... T V", doc="What each query gathered."),)


def _dot_is_torchs(inputs: Inputs, params: Params) -> bool:
    """Whether torch's function does; it gives no weights, and adds a mask of numbers to the scores."""
    return not (params["need_weights"] or inputs.get("mask"))


def _dot_target(inputs: Inputs, params: Params) -> str:
    return f"{'torch.nn.functional.' if _dot_is_torchs(inputs, params) else _OWN}scaled_dot_product_attention"


def _dot_arguments(inputs: Inputs, params: Params) -> Mapping[str, Value]:
    return {} if _dot_is_torchs(inputs, params) else {"need_weights": params["need_weights"]}


SPECS = (
    LayerSpec(
        kind="scaled_dot_product_attention",
        family="attention",
        title=_DOT,
        doc="Each query gathers the values whose keys point the same way; nothing is learned.",
        formula=r"y = \mathrm{softmax}\left(\frac{Q K^{\top}}{\sqrt{d_k}}\right) V",
        source="Vaswani et al. 2017, Attention is all you need, §3.2.1",
        choose=_dot_target,
        call="function",
        inputs=(
            Port("query", "N ... T E", doc="What asks: N×T×E, with heads N×heads×T×E."),
            Port("key", "N ... S E", doc="What is looked at, as many features as the query has."),
            Port("value", "N ... S V", doc="What is gathered, one for every key."),
            Port(
                "mask",
                "N ...",
                "any",
                optional=True,
                doc="True, or a number above ½, where a query may look at a key: N×T×S, or N×heads×T×S.",
            ),
        ),
        outputs=_DOT_OUTPUTS,
        spread=lambda params: _DOT_OUTPUTS if params["need_weights"] else _DOT_ALONE,
        params=(
            flag("is_causal", "Causal", False, "Whether a step sees only itself and the steps before it."),
            Param(
                "scale",
                "Scale",
                "float",
                None,
                "What the scores are multiplied by; without a value, 1/√d for d features.",
                above=0,
                high=1_000,
                optional=True,
            ),
            flag("need_weights", "Weights", True, "Whether the weights are an output; without them it works faster."),
        ),
        settings=("need_weights",),
        derive=_dot_arguments,
        check=_dot_check,
        summary=lambda params: " · ".join(
            (["causal"] if params["is_causal"] else [])
            + ([f"scale {number(params, 'scale'):g}"] if params["scale"] else [])
        ),
        keywords="attention dot product softmax query key value transformer sdpa",
        example=(
            {},
            {"query": (SEQUENCE,), "key": (OTHER,), "value": (OTHER,), "mask": (TensorType(("N", 5, 7)),)},
        ),
    ),
    LayerSpec(
        kind="additive_attention",
        family="attention",
        title=_ADDITIVE,
        doc="A small network scores how well each key fits a query; the keys are gathered by these scores.",
        formula=r"\begin{matrix} e_{ts} = v^{\top} \tanh(W q_t + U k_s + b) \\"
        r" c_t = \sum_s \mathrm{softmax}_s(e_{ts}) \, k_s \end{matrix}",
        source="Bahdanau, Cho & Bengio 2015, Neural machine translation by jointly learning to align, §3.1, A.1.2",
        target=_OWN + "AdditiveAttention",
        inputs=(
            Port("query", "N ... F", doc="States of a decoder: one N×F, or a sequence N×T×F."),
            Port("key", "N S E", doc="States of an encoder, which are scored and gathered."),
            padding_port(axis="S", of="a key"),
        ),
        outputs=(
            Port("output", "N ... E", pick=(0,), doc="What each query gathered: N×E, or N×T×E."),
            Port("weights", "N ... S", pick=(1,), doc="How much each query looks at each key: N×S, or N×T×S."),
        ),
        params=(_HIDDEN,),
        derive=lambda inputs, params: {
            "query_dim": first(inputs, "query").size(-1),
            "key_dim": first(inputs, "key").size(2),
        },
        check=_additive_check,
        summary=lambda params: f"{whole(params, 'hidden_size'):,}",
        keywords="bahdanau alignment translation seq2seq encoder decoder concat attention",
        example=(
            {"hidden_size": 6},
            {"query": (SEQUENCE,), "key": (OTHER,), "padding_mask": (TensorType(("N", 7)),)},
        ),
    ),
    LayerSpec(
        kind="attention_pool",
        family="attention",
        title="Attention pooling",
        doc="One vector for a whole sequence: its steps, weighed by how well they fit a learned query.",
        formula=r"y = \sum_t \mathrm{softmax}_t\left(u^{\top} \tanh(W x_t + b)\right) x_t",
        source="Yang et al. 2016, Hierarchical attention networks for document classification, §2.2",
        target=_OWN + "AttentionPool",
        inputs=(READS, padding_port()),
        outputs=(
            Port("output", "N F", pick=(0,), doc="One vector for each sequence."),
            Port("weights", "N T", pick=(1,), doc="How much each step counts."),
        ),
        params=(_HIDDEN,),
        derive=lambda inputs, params: {"in_features": first(inputs).size(2)},
        check=lambda inputs, params: (
            not_sequence("Attention pooling", inputs) or padding_complaint("Attention pooling", inputs)
        ),
        summary=lambda params: f"{whole(params, 'hidden_size'):,}",
        keywords="pooling sequence sentence document hierarchical learned query weighted mean",
        example=({"hidden_size": 6}, {"input": (SEQUENCE,), "padding_mask": (PADDING,)}),
    ),
)
