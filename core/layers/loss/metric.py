"""Losses of embeddings: what is alike lies near."""

from __future__ import annotations

from core.layers.loss.making import LABELS, NUMBER, REDUCTION, VECTOR, amount, loss, vectors
from core.layers.loss.shapes import index_each, number_each, rows, together
from core.layers.parameters import choice
from core.layers.reading import first, number
from core.model.spec import Inputs, Port
from core.model.values import Params, Value

OWN = "core.layers.modules.loss_metric."
_EMBEDDING = Port("input", doc="The embeddings, one vector a sample: N×D.")
_LABELS = Port("labels", dtype="int", doc="The class of each sample, N: samples of one class belong together.")
_PAIR = (
    Port("input1", doc="The embedding of the one, N×D."),
    Port("input2", doc="The embedding of the other, N×D."),
)


def _cosine(params: Params) -> bool:
    return params["distance"] == "cosine"


def _triplet(inputs: Inputs, params: Params) -> dict[str, Value]:
    return {} if _cosine(params) else {"p": 2.0}


SPECS = (
    loss(
        "triplet",
        "Triplet",
        "Wants an anchor to be nearer to its like (positive) than to another (negative), by a margin.",
        r"\ell = \frac{1}{N} \sum_{n} \max\left(0, d(a_n, p_n) - d(a_n, q_n) + \Delta\right)",
        "Schroff, Kalenichenko & Philbin 2015, FaceNet, eq. 3; Weinberger & Saul 2009",
        "torch.nn.TripletMarginLoss",
        "metric learning embedding anchor positive negative siamese face similarity",
        rows("Triplet", "anchor", "positive", "negative"),
        inputs=(
            Port("anchor", doc="The embedding of a sample, N×D."),
            Port("positive", doc="The embedding of another one of the same class."),
            Port("negative", doc="The embedding of one of another class."),
        ),
        params=(
            choice("distance", "Distance", ("euclidean", "cosine"), "The length of the difference, or 1 − cosine."),
            amount("margin", "Margin", 1.0, "How much nearer (Δ) the positive must be.", above=0),
            REDUCTION,
        ),
        settings=("distance",),
        summary=lambda params: f"Δ {number(params, 'margin'):g}",
        example=vectors("anchor", "positive", "negative"),
        choose=lambda i, p: OWN + "CosineTripletLoss" if _cosine(p) else "torch.nn.TripletMarginLoss",
        derive=_triplet,
    ),
    loss(
        "contrastive_pair",
        "Contrastive pair",
        "Draws the two of a pair together where they are alike, and pushes them a margin apart where not.",
        r"\ell = \frac{1}{2N} \sum_{n} \left( s_n d_n^2 + (1 - s_n) \max(0, m - d_n)^2 \right)",
        "Hadsell, Chopra & LeCun 2006, Dimensionality reduction by learning an invariant mapping, eq. 4",
        OWN + "ContrastivePairLoss",
        "siamese metric learning embedding similarity verification",
        together(rows("Contrastive pair", "input1", "input2"), number_each("Contrastive pair", "same", "input1")),
        inputs=(*_PAIR, Port("same", dtype="any", doc="1 where both are alike, 0 where not: N or N×1.")),
        params=(amount("margin", "Margin", 1.0, "How far apart (m) unlike ones must be.", above=0), REDUCTION),
        summary=lambda params: f"m {number(params, 'margin'):g}",
        example={**vectors("input1", "input2"), "same": (NUMBER,)},
    ),
    loss(
        "cosine_embedding",
        "Cosine pair",
        "Wants the cosine of a pair to be 1 where they are alike, and at most the margin where not.",
        r"\ell_n = 1 - \cos_n \;\mathrm{if}\; y_n = 1 \;\mathrm{else}\; \max(0, \cos_n - \Delta)",
        "Bromley et al. 1994, Signature verification using a siamese time delay neural network",
        "torch.nn.CosineEmbeddingLoss",
        "siamese metric learning embedding similarity angle",
        together(
            rows("Cosine pair", "input1", "input2"),
            number_each("Cosine pair", "target", "input1", whole=False),
        ),
        inputs=(*_PAIR, Port("target", doc="+1 where both are alike, −1 where not (form “sign”): N or N×1.")),
        params=(amount("margin", "Margin", 0.0, "The cosine (Δ) that unlike ones may have.", -1, 1), REDUCTION),
        example={**vectors("input1", "input2"), "target": (NUMBER,)},
        choose=lambda i, p: OWN + "PairCosineLoss" if first(i, "target").rank == 2 else "torch.nn.CosineEmbeddingLoss",
    ),
    loss(
        "binomial_deviance",
        "Binomial deviance",
        "Looks at the cosines of all pairs of a batch: those of a class shall be over β, the others under it.",
        r"\ell = \frac{1}{|P|} \sum_{P} \log\left(1 + e^{-\alpha (s - \beta)}\right)"
        r" + \frac{1}{|Q|} \sum_{Q} \log\left(1 + e^{\alpha c (s - \beta)}\right)",
        "Yi, Lei & Li 2014, Deep metric learning for practical person re-identification",
        OWN + "BinomialDevianceLoss",
        "metric learning embedding similarity retrieval pairs logistic",
        together(rows("Binomial deviance", "input"), index_each("Binomial deviance", "labels", "input")),
        inputs=(_EMBEDDING, _LABELS),
        params=(
            amount("alpha", "Alpha", 2.0, "How sharp the border is.", above=0, high=1000),
            amount("beta", "Beta", 0.5, "The cosine of the border.", -1, 1),
            amount(
                "cost",
                "Cost of others",
                25.0,
                "How much sharper (c) it is for pairs that do not belong together.",
                0,
                1000,
            ),
        ),
        summary=lambda params: f"β {number(params, 'beta'):g}",
        example={"input": (VECTOR,), "labels": (LABELS,)},
    ),
    loss(
        "multi_similarity",
        "Multi-similarity",
        "Looks at all pairs of a batch and weighs each by how hard it is beside its rivals.",
        r"\begin{matrix} \ell_i = \frac{1}{\alpha} \log\Big(1 + \sum_{P_i} e^{-\alpha (s - \lambda)}\Big) \\"
        r" + \frac{1}{\beta} \log\Big(1 + \sum_{Q_i} e^{\beta (s - \lambda)}\Big) \end{matrix}",
        "Wang, Han, Huang, Dong & Scott 2019, Multi-similarity loss with general pair weighting",
        OWN + "MultiSimilarityLoss",
        "metric learning embedding retrieval pairs mining hard",
        together(rows("Multi-similarity", "input"), index_each("Multi-similarity", "labels", "input")),
        inputs=(_EMBEDDING, _LABELS),
        params=(
            amount("alpha", "Alpha", 2.0, "How sharp it is on pairs that belong together.", above=0, high=1000),
            amount("beta", "Beta", 50.0, "How sharp it is on the others.", above=0, high=1000),
            amount("base", "Base", 0.5, "The cosine (λ) between near and far.", -1, 1),
            amount("epsilon", "Mining margin", 0.1, "Pairs told apart by more than this are left out.", 0, 4),
            REDUCTION,
        ),
        summary=lambda params: f"λ {number(params, 'base'):g}",
        example={"input": (VECTOR,), "labels": (LABELS,)},
    ),
)
