"""Losses of self-supervised learning."""

from __future__ import annotations

from core.layers.loss.making import REDUCTION, amount, loss, vectors
from core.layers.loss.shapes import rows
from core.layers.parameters import choice, flag
from core.layers.reading import number
from core.model.spec import Param, Port
from core.model.values import Params

OWN = "core.layers.modules.loss_views."
_VIEWS = (
    Port("view_1", doc="The embedding of one view of each sample, N×D."),
    Port("view_2", doc="That of another view of the same sample, N×D."),
)


def _temperature(default: float) -> Param:
    return amount("temperature", "Temperature", default, "Cosines are divided by it: small is sharp.", 1e-4, 1000)


def _tau(params: Params) -> str:
    return f"τ {number(params, 'temperature'):g}"


SPECS = (
    loss(
        "nt_xent",
        "NT-Xent",
        "Wants each view to find its partner among all other views of the batch, by cosine.",
        r"\ell_{i,j} = -\log \frac{e^{\cos(z_i, z_j) / \tau}}{\sum_{k \neq i} e^{\cos(z_i, z_k) / \tau}}",
        "Chen, Kornblith, Norouzi & Hinton 2020, A simple framework for contrastive learning (SimCLR), eq. 1",
        OWN + "NTXentLoss",
        "contrastive self-supervised simclr augmentation views embedding",
        rows("NT-Xent", "view_1", "view_2"),
        inputs=_VIEWS,
        params=(_temperature(0.5), REDUCTION),
        summary=_tau,
        example=vectors("view_1", "view_2"),
    ),
    loss(
        "info_nce",
        "InfoNCE",
        "Wants each query to find its own key among the keys of the batch; symmetric, as in CLIP, also back.",
        r"\ell = -\frac{1}{N} \sum_{n} \log \frac{e^{s(q_n,\, k_n) / \tau}}{\sum_{m} e^{s(q_n,\, k_m) / \tau}}",
        "van den Oord, Li & Vinyals 2018, Contrastive predictive coding, eq. 4; Radford et al. 2021 (CLIP)",
        OWN + "InfoNCELoss",
        "contrastive clip cpc moco self-supervised image text pairs embedding",
        rows("InfoNCE", "query", "key"),
        inputs=(
            Port("query", doc="One vector a sample, N×D, such as that of an image."),
            Port("key", doc="The vector that belongs to it, N×D, such as that of its text."),
        ),
        params=(
            _temperature(0.07),
            choice("similarity", "Similarity", ("cosine", "dot product"), "How alike a query and a key are."),
            flag("symmetric", "Both ways", False, "Whether the keys look for their queries too, as in CLIP."),
            REDUCTION,
        ),
        summary=_tau,
        example=vectors("query", "key"),
    ),
    loss(
        "vicreg",
        "VICReg",
        "Views shall agree, every number of the embedding vary, and no two say the same: no negatives needed.",
        r"\begin{matrix} \ell = \lambda \, s(z, z') + \mu \, (v(z) + v(z')) + \nu \, (c(z) + c(z')) \\"
        r" v(z) = \frac{1}{D} \sum_{j} \max\left(0, 1 - \sqrt{\mathrm{Var}(z_j) + \epsilon}\right) \end{matrix}",
        "Bardes, Ponce & LeCun 2022, VICReg: variance-invariance-covariance regularization, algorithm 1",
        OWN + "VICRegLoss",
        "self-supervised variance invariance covariance views embedding collapse",
        rows("VICReg", "view_1", "view_2"),
        inputs=_VIEWS,
        params=(
            amount("invariance", "Agreement", 25.0, "The weight λ of the views' mean squared difference.", 0),
            amount("variance", "Variance", 25.0, "The weight μ of keeping every deviation at 1 or more.", 0),
            amount("covariance", "Covariance", 1.0, "The weight ν of keeping the numbers uncorrelated.", 0),
        ),
        example=vectors("view_1", "view_2"),
    ),
    loss(
        "barlow_twins",
        "Barlow Twins",
        "The correlations of two views over the batch shall be the identity: agreement without redundancy.",
        r"\ell = \sum_{i} (1 - C_{ii})^2 + \lambda \sum_{i} \sum_{j \neq i} C_{ij}^{2}",
        "Zbontar, Jing, Misra, LeCun & Deny 2021, Barlow Twins, eq. 1",
        OWN + "BarlowTwinsLoss",
        "self-supervised redundancy reduction correlation views embedding",
        rows("Barlow Twins", "view_1", "view_2"),
        inputs=_VIEWS,
        params=(amount("redundancy", "Redundancy", 0.005, "The weight λ of the mixed correlations.", 0),),
        example=vectors("view_1", "view_2"),
    ),
    loss(
        "negative_cosine",
        "Negative cosine",
        "Wants the prediction from one view to point where the projection of the other, held constant, points.",
        r"\ell = -\frac{1}{N} \sum_{n} \cos(p_n, z_n)",
        "Chen & He 2021, Exploring simple siamese representation learning (SimSiam), eq. 1; Grill et al. 2020 (BYOL)",
        OWN + "NegativeCosineLoss",
        "self-supervised simsiam byol stop-gradient views embedding",
        rows("Negative cosine", "prediction", "projection"),
        inputs=(
            Port("prediction", doc="What the predictor says of one view, N×D."),
            Port("projection", doc="The projection of the other view, N×D."),
        ),
        params=(
            flag("stop_gradient", "Hold constant", True, "Whether the projection is held constant, as both papers do."),
            REDUCTION,
        ),
        example=vectors("prediction", "projection"),
    ),
)
