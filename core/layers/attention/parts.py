"""The single steps of attention, from which it can be built by hand."""

from __future__ import annotations

from core.layers.attention.checks import HEADS_DOC, READS, SEQUENCE, heads_complaint, heads_summary
from core.layers.complaints import changing, not_real, not_sequence
from core.layers.parameters import size
from core.layers.reading import first, whole
from core.model.fault import Complaint
from core.model.spec import Inputs, LayerSpec, Param, Port
from core.model.tensor import TensorType
from core.model.values import Params

_OWN = "core.layers.modules.attention_parts."
_HEADS = TensorType(("N", 2, 5, 4))


def _split_check(inputs: Inputs, params: Params) -> Complaint | None:
    title = "Split heads"
    return not_sequence(title, inputs) or heads_complaint(title, first(inputs).size(2), params, "num_heads")


def _merge_check(inputs: Inputs, params: Params) -> Complaint | None:
    title, arriving = "Merge heads", first(inputs)
    if wrong := not_real(title, arriving, embed=False):
        return wrong
    if arriving.rank != 4:
        return Complaint(
            f"{title} reads heads, N×heads×T×F, but {arriving} arrives.",
            "Put a Split heads before the attention, or leave this layer out.",
            port="input",
        )
    return next((wrong for axis in (1, 2, 3) if (wrong := changing(title, arriving, axis))), None)


def _causal_check(inputs: Inputs, params: Params) -> Complaint | None:
    title, arriving = "Causal mask", first(inputs)
    if wrong := not_real(title, arriving, embed=False):
        return wrong
    if arriving.rank >= 3 and arriving.shape[-1] == arriving.shape[-2]:
        return changing(title, arriving, -1)
    return Complaint(
        f"{title} needs a score for every pair of steps, N×…×T×T, but {arriving} arrives.",
        "Wire the product of queries and keys of the same sequence.",
        port="input",
    )


def _padding_check(inputs: Inputs, params: Params) -> Complaint | None:
    arriving = first(inputs)
    if arriving.rank == 2 and not arriving.is_float:
        return None
    return Complaint(
        f"Padding mask looks at tokens, N×T in whole numbers, but {arriving} ({arriving.dtype}) arrives.",
        "Wire an Input whose field holds tokens, in the form “as stored”.",
        port="input",
    )


SPECS = (
    LayerSpec(
        kind="split_heads",
        family="attention",
        title="Split heads",
        doc="Cuts the features of every step into heads, which attend side by side.",
        formula=r"y_{h,t,i} = x_{t, \, h \cdot d + i}",
        source="Vaswani et al. 2017, Attention is all you need, §3.2.2",
        target=_OWN + "split_heads",
        call="function",
        inputs=(READS,),
        outputs=(Port("output", "N heads T F", doc="Per head, a sequence with its share of the features."),),
        params=(size("num_heads", "Heads", 4, HEADS_DOC, 1_024),),
        check=_split_check,
        summary=lambda params: heads_summary(whole(params, "num_heads")),
        keywords="multi-head attention by hand reshape view heads",
        example=({"num_heads": 2}, {"input": (SEQUENCE,)}),
    ),
    LayerSpec(
        kind="merge_heads",
        family="attention",
        title="Merge heads",
        doc="Puts the features of all heads side by side again.",
        formula=r"y_{t, \, h \cdot d + i} = x_{h,t,i}",
        source="Vaswani et al. 2017, Attention is all you need, §3.2.2",
        target=_OWN + "merge_heads",
        call="function",
        inputs=(Port("input", "N heads T F", doc="Per head, a sequence."),),
        outputs=(Port("output", "N T F", doc="One sequence: samples, steps, features of all heads."),),
        check=_merge_check,
        keywords="multi-head attention by hand concatenate heads",
        example=({}, {"input": (_HEADS,)}),
    ),
    LayerSpec(
        kind="causal_mask",
        family="attention",
        title="Causal mask",
        doc="Hides later steps: above the diagonal, scores become −∞, to which softmax gives no weight.",
        formula=r"y_{ts} = \begin{cases} x_{ts} & s \le t \\ -\infty & s > t \end{cases}",
        source="Vaswani et al. 2017, Attention is all you need, §3.2.3",
        target=_OWN + "causal_mask",
        call="function",
        inputs=(Port("input", "N ... T T", doc="Scores of every step for every step, before their softmax."),),
        outputs=(Port("output", "N ... T T", doc="The same shape."),),
        check=_causal_check,
        keywords="autoregressive decoder triangular upper future masked attention by hand",
        example=({}, {"input": (TensorType(("N", 2, 5, 5)),)}),
    ),
    LayerSpec(
        kind="padding_mask",
        family="attention",
        title="Padding mask",
        doc="Tells which tokens are padding, for layers that must not look at them.",
        formula=r"y_t = [\, x_t = p \,]",
        source="Devlin et al. 2019, BERT: pre-training of deep bidirectional transformers, A.2",
        target=_OWN + "padding_mask",
        call="function",
        inputs=(Port("input", "N T", "int", doc="Tokens: samples, steps."),),
        outputs=(Port("output", "N T", "int", doc="True where a token is padding."),),
        params=(
            Param(
                "padding_idx", "Padding", "int", 0, "The token that fills short sequences up.", low=0, high=10_000_000
            ),
        ),
        check=_padding_check,
        summary=lambda params: f"token {whole(params, 'padding_idx'):,}",
        keywords="pad token attention mask key padding length variable",
        example=({}, {"input": (TensorType(("N", 5), "int64"),)}),
    ),
)
