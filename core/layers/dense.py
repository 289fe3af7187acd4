"""Dense layers: every output sees every input."""

from __future__ import annotations

from collections.abc import Mapping

from core.layers.complaints import changing, not_real
from core.layers.parameters import BIAS, size
from core.layers.reading import first, whole
from core.model.fault import Complaint
from core.model.spec import Inputs, LayerSpec, Port
from core.model.values import Params, Value


def _linear_sizes(inputs: Inputs, params: Params) -> Mapping[str, Value]:
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


def _embedding_check(inputs: Inputs, params: Params) -> Complaint | None:
    arriving = first(inputs)
    if arriving.is_float:
        return Complaint(
            f"Embedding looks whole numbers up in a table, but {arriving} of real numbers ({arriving.dtype}) arrives.",
            "Wire tokens or classes into it (form “as stored”), or use Linear for real numbers.",
            port="input",
        )
    return None


SPECS = (
    LayerSpec(
        kind="linear",
        family="dense",
        title="Linear",
        doc="Multiplies each vector by a learned matrix and adds a learned bias.",
        formula=r"y = x W^{\top} + b",
        source="Rumelhart, Hinton & Williams 1986, Learning representations by back-propagating errors, eq. 1",
        target="torch.nn.Linear",
        inputs=(Port("input", "N ... F", doc="Vectors; with N×T×F, the same map is applied at every step."),),
        outputs=(Port("output", "N ... F", doc="Vectors with as many numbers as there are output features."),),
        params=(
            size("out_features", "Output features", 10, "How many numbers come out: the neurons of the layer."),
            BIAS,
        ),
        derive=_linear_sizes,
        check=_linear_check,
        summary=lambda params: f"{whole(params, 'out_features'):,}",
        keywords="dense fully connected affine fc neuron perceptron matrix weights mlp",
    ),
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
        ),
        check=_embedding_check,
        summary=lambda params: f"{whole(params, 'num_embeddings'):,} → {whole(params, 'embedding_dim'):,}",
        keywords="lookup table word vectors tokens vocabulary dense",
    ),
)
