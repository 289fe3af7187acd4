"""Losses between distributions."""

from __future__ import annotations

from core.layers.loss.making import NUMBER, REDUCTION, VECTOR, loss, vectors
from core.layers.loss.shapes import alike, number_each, real, together
from core.layers.loss_checks import equal_shapes
from core.layers.parameters import choice
from core.model.spec import Inputs, Port
from core.model.values import Params, Value


def _over_the_batch(inputs: Inputs, params: Params) -> dict[str, Value]:
    """torch's `mean` would also divide by the number of classes."""
    plain = params["form"] == "log-probabilities" and params["reduction"] == "mean"
    return {"reduction": "batchmean"} if plain else {}


SPECS = (
    loss(
        "kl_divergence",
        "KL divergence",
        "How far the predicted distribution is from a target distribution: cross-entropy less the target's entropy.",
        r"\ell = \frac{1}{N} \sum_{n, c} y_{n, c} \log \frac{y_{n, c}}{p_{n, c}}",
        "Kullback & Leibler 1951, On information and sufficiency; Bishop 2006, eq. 1.113",
        "torch.nn.KLDivLoss",
        "kullback leibler relative entropy distribution distillation soft labels",
        together(equal_shapes("KL divergence"), real("KL divergence", "input", rank=2, takes="N×C")),
        params=(
            choice(
                "form",
                "What arrives",
                ("scores", "log-probabilities"),
                "Scores before softmax, or what a Log-softmax gives.",
            ),
            REDUCTION,
        ),
        settings=("form",),
        input_doc="Scores, or log-probabilities: N×C, N×T×C or N×C×H×W.",
        target_port=Port("target", doc="Probabilities that add up to 1, in the same shape, such as a one-hot class."),
        example=vectors("input", "target"),
        choose=lambda inputs, params: (
            "torch.nn.KLDivLoss"
            if params["form"] == "log-probabilities"
            else "core.layers.modules.loss_distribution.KLDivergenceLoss"
        ),
        derive=_over_the_batch,
    ),
    loss(
        "gaussian_kl",
        "Gaussian KL",
        "Keeps the code of a variational autoencoder near the standard normal distribution.",
        r"\ell = \frac{1}{2N} \sum_{n, j} \left( \mu_{n,j}^2 + \sigma_{n,j}^2 - 1 - \log \sigma_{n,j}^2 \right)",
        "Kingma & Welling 2014, Auto-encoding variational Bayes, appendix B",
        "core.layers.modules.loss_distribution.GaussianKLLoss",
        "vae variational autoencoder latent kullback leibler prior elbo",
        alike("Gaussian KL", "mean", "log_variance"),
        inputs=(
            Port("mean", doc="The mean μ of the code, N×Z."),
            Port("log_variance", doc="The logarithm of the code's variance, log σ², in the same shape."),
        ),
        example=vectors("mean", "log_variance"),
    ),
    loss(
        "gaussian_log_likelihood",
        "Flow likelihood",
        "Minus the log-likelihood of a normalising flow, whose z shall be normally distributed.",
        r"\ell = \frac{1}{N} \sum_{n} \left( \frac{\|z_n\|^2 + D \log 2 \pi}{2}"
        r" - \log \left| \det \frac{\partial z_n}{\partial x_n} \right| \right)",
        "Dinh, Sohl-Dickstein & Bengio 2017, Density estimation using Real NVP",
        "core.layers.modules.loss_distribution.FlowLikelihoodLoss",
        "normalising flow nll realnvp density log determinant jacobian nats",
        together(
            real("Flow likelihood", "z", rank=2, takes="N×D"),
            number_each("Flow likelihood", "log_det", "z", whole=False),
        ),
        inputs=(
            Port("z", doc="What the flow makes of a sample, N×D."),
            Port("log_det", optional=True, doc="The logarithm of the Jacobian's determinant, one number a sample."),
        ),
        example={"z": (VECTOR,), "log_det": (NUMBER,)},
    ),
)
