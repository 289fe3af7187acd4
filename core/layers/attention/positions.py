"""Where in a sequence a step stands."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from core.layers.attention.checks import READS, SAME, SEQUENCE
from core.layers.complaints import changing, not_real, not_sequence
from core.layers.parameters import choice, flag, size
from core.layers.reading import first, number, whole
from core.model.fault import Complaint
from core.model.spec import Inputs, LayerSpec, Param, Port
from core.model.tensor import TensorType
from core.model.values import Params, Value

_OWN = "core.layers.modules.attention_positions."
_LENGTH = size("max_length", "Longest sequence", 512, "For how many steps there are positions.")
_BIAS = "Relative position bias"


def _embed_dim(inputs: Inputs, params: Params) -> Mapping[str, Value]:
    return {"embed_dim": first(inputs).size(2)}


def _fits(title: str) -> Callable[[Inputs, Params], Complaint | None]:
    def check(inputs: Inputs, params: Params) -> Complaint | None:
        if wrong := not_sequence(title, inputs):
            return wrong
        steps = first(inputs).size(1)
        if steps > whole(params, "max_length"):
            return Complaint(
                f"The sequences have {steps:,} steps, but there are positions for {whole(params, 'max_length'):,}.",
                f"Set the longest sequence to {steps:,} or more.",
                params={"max_length": steps},
            )
        return None

    return check


def _rotary_check(inputs: Inputs, params: Params) -> Complaint | None:
    title, arriving = "Rotary positions", first(inputs)
    if arriving.rank != 4 and (wrong := not_sequence(title, inputs)):
        return wrong
    if wrong := not_real(title, arriving) or changing(title, arriving, -1) or changing(title, arriving, -2):
        return wrong
    if arriving.size(-1) % 2:
        return Complaint(
            f"{title} turns pairs of features, but {arriving} has {arriving.size(-1)}, which is odd.",
            "Let the layer before it have an even number of features, in each head.",
            port="input",
        )
    return None


def _bias_check(inputs: Inputs, params: Params) -> Complaint | None:
    arriving = first(inputs)
    if wrong := not_real(_BIAS, arriving, embed=False):
        return wrong
    if arriving.rank != 4:
        return Complaint(
            f"{_BIAS} is added to scores per head, N×heads×T×S, but {arriving} arrives.",
            "Split queries and keys into heads before their product.",
            port="input",
        )
    for axis in (1, 2, 3):
        if wrong := changing(_BIAS, arriving, axis):
            return wrong
    exact = whole(params, "num_buckets") // (4 if params["bidirectional"] else 2)
    if whole(params, "max_distance") <= exact:
        return Complaint(
            f"{exact:,} distances have a bucket each, so the farthest distance must be more than that.",
            f"Set the farthest distance to {4 * exact:,}, or use fewer buckets.",
            params={"max_distance": 4 * exact},
        )
    return None


SPECS = (
    LayerSpec(
        kind="positional_encoding",
        family="attention",
        title="Positional encoding",
        doc="Adds to every step a vector that tells its place in the sequence.",
        formula=r"\begin{matrix} y_{t,2i} = x_{t,2i} + \sin\frac{t}{10000^{2i/d}} \\"
        r" y_{t,2i+1} = x_{t,2i+1} + \cos\frac{t}{10000^{2i/d}} \end{matrix}",
        source="Vaswani et al. 2017, Attention is all you need, §3.5",
        target=_OWN + "PositionalEncoding",
        inputs=(READS,),
        outputs=(SAME,),
        params=(
            choice("encoding", "Encoding", ("sinusoidal", "learned"), "Fixed sines and cosines, or a learned table."),
            _LENGTH,
        ),
        derive=_embed_dim,
        check=_fits("Positional encoding"),
        summary=lambda params: str(params["encoding"]),
        keywords="position order sine cosine transformer learned embedding",
        example=({"max_length": 16}, {"input": (SEQUENCE,)}),
    ),
    LayerSpec(
        kind="learned_positions",
        family="attention",
        title="Learned positions",
        doc="Adds to every step a vector that is learned for its place in the sequence, as GPT-2 and BERT do.",
        formula=r"y_t = x_t + p_t",
        source="Devlin et al. 2019, BERT, §3.2; Radford et al. 2019, GPT-2 (wpe)",
        target=_OWN + "LearnedPositions",
        inputs=(READS,),
        outputs=(SAME,),
        params=(
            _LENGTH,
            flag(
                "alone", "Alone", False, "Whether the positions' vectors alone come out, and what arrives is not added."
            ),
        ),
        derive=_embed_dim,
        check=_fits("Learned positions"),
        summary=lambda params: f"{whole(params, 'max_length'):,}",
        keywords="position embedding wpe gpt bert vit table absolute",
        example=({"max_length": 16}, {"input": (SEQUENCE,)}),
    ),
    LayerSpec(
        kind="rotary_positions",
        family="attention",
        title="Rotary positions",
        doc="Turns pairs of features by angles that grow with the position; for queries and keys.",
        formula=r"\begin{pmatrix} y_{2i} \\ y_{2i+1} \end{pmatrix} = \begin{pmatrix}"
        r" \cos t\theta_i & -\sin t\theta_i \\ \sin t\theta_i & \cos t\theta_i \end{pmatrix}"
        r" \begin{pmatrix} x_{2i} \\ x_{2i+1} \end{pmatrix} \qquad \theta_i = b^{-2i/d}",
        source="Su et al. 2021, RoFormer: enhanced transformer with rotary position embedding, §3.4.2",
        target=_OWN + "RotaryPositions",
        inputs=(Port("input", "N ... T F", doc="Queries or keys, N×T×F or N×heads×T×F; F is even."),),
        outputs=(Port("output", "N ... T F", doc="The same shape."),),
        params=(
            Param(
                "base",
                "Base",
                "float",
                10_000.0,
                "The base b of the angles: the larger, the more slowly the last pairs turn.",
                above=1,
                high=10_000_000,
            ),
        ),
        check=_rotary_check,
        summary=lambda params: f"base {number(params, 'base'):,.15g}",
        keywords="rope rotary roformer llama relative rotation",
        example=({}, {"input": (TensorType(("N", 2, 5, 4)),)}),
    ),
    LayerSpec(
        kind="relative_position_bias",
        family="attention",
        title=_BIAS,
        doc="Adds to every score a number that is learned for the distance between query and key, per head.",
        formula=r"y_{hts} = x_{hts} + b_{h, \, \mathrm{bucket}(t - s)}",
        source="Raffel et al. 2020, Exploring the limits of transfer learning (T5), §2.1",
        target=_OWN + "RelativePositionBias",
        inputs=(Port("input", "N heads T S", doc="Scores before their softmax, per head."),),
        outputs=(Port("output", "N heads T S", doc="The same shape."),),
        params=(
            Param("num_buckets", "Buckets", "int", 32, "How many distances are told apart.", low=4, high=4_096),
            size("max_distance", "Farthest distance", 128, "From this distance on, all share the last bucket."),
            flag("bidirectional", "Both directions", True, "Whether half of the buckets are for later keys."),
        ),
        derive=lambda inputs, params: {"num_heads": first(inputs).size(1)},
        check=_bias_check,
        summary=lambda params: f"{whole(params, 'num_buckets')} buckets",
        keywords="t5 relative position bias bucket distance alibi",
        example=({"num_buckets": 8, "max_distance": 12}, {"input": (TensorType(("N", 2, 5, 5)),)}),
    ),
)
