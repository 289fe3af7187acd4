"""Losses of two networks that play against each other."""

from __future__ import annotations

from core.layers.loss.making import NUMBER, REDUCTION, loss
from core.layers.loss.shapes import real
from core.layers.parameters import choice
from core.model.spec import Port

_MODES = ("non-saturating", "minimax", "least squares", "Wasserstein", "hinge")
_SOURCE = (
    "Goodfellow et al. 2014; least squares: Mao et al. 2017; Wasserstein: Arjovsky et al. 2017; hinge: Lim & Ye 2017"
)
_FAKE = Port("fake", "...", doc="The discriminator's scores of made samples, without a Sigmoid.")

SPECS = (
    loss(
        "discriminator_loss",
        "Discriminator loss",
        "Tells real samples from made ones. Let its objective train the discriminator alone.",
        r"\ell = -\frac{1}{N} \sum_{n} \left( \log \sigma(D(x_n)) + \log (1 - \sigma(D(G(z_n)))) \right)",
        _SOURCE,
        "core.layers.modules.loss_adversarial.DiscriminatorLoss",
        "gan adversarial critic real fake wgan lsgan",
        real("Discriminator", "real", "fake"),
        inputs=(Port("real", "...", doc="The discriminator's scores of real samples, without a Sigmoid."), _FAKE),
        params=(
            choice("mode", "Game", _MODES, "What is played; minimax and non-saturating are the same here."),
            REDUCTION,
        ),
        summary=lambda params: str(params["mode"]),
        example={"real": (NUMBER,), "fake": (NUMBER,)},
    ),
    loss(
        "generator_loss",
        "Generator loss",
        "Makes samples that the discriminator takes for real. Let its objective train the generator alone.",
        r"\ell = -\frac{1}{N} \sum_{n} \log \sigma(D(G(z_n)))",
        _SOURCE,
        "core.layers.modules.loss_adversarial.GeneratorLoss",
        "gan adversarial fake wgan lsgan",
        real("Generator", "fake"),
        inputs=(_FAKE,),
        params=(
            choice("mode", "Game", _MODES, "What is played; non-saturating learns also while it is bad at it."),
            REDUCTION,
        ),
        summary=lambda params: str(params["mode"]),
        example={"fake": (NUMBER,)},
    ),
)
