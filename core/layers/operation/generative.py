"""Operations of generative models: samples of a code, flows, diffusion."""

from __future__ import annotations

from core.layers.complaints import not_real
from core.layers.operation.checks import CLASSES, IMAGE, VECTOR, Check, differing, not_whole, unbatched
from core.layers.parameters import choice, flag
from core.layers.reading import first, whole
from core.model.condition import Only
from core.model.fault import Complaint
from core.model.spec import Inputs, LayerSpec, Loop, Param, Port
from core.model.values import Params

MODULES = "core.layers.modules."
_HO = "Ho, Jain & Abbeel 2020, Denoising diffusion probabilistic models"
_LINE = (Only("schedule", ("linear",)),)
_ALWAYS = flag("always", "Always", False, "Whether it draws in evaluation too, not only while training.")
_SCHEDULE = (
    Param("steps", "Steps", "int", 1_000, "T, from clean to pure noise.", low=1, high=10_000),
    choice("schedule", "Schedule", ("linear", "cosine"), "β grows on a line, or so that ᾱ falls like a cosine²."),
    Param("beta_start", "First β", "float", 1e-4, "β at step 0 of the linear schedule.", above=0, below=1, only=_LINE),
    Param("beta_end", "Last β", "float", 0.02, "β at step T − 1 of the linear schedule.", above=0, below=1, only=_LINE),
)


def _alike(title: str, *ports: str) -> Check:
    def check(inputs: Inputs, params: Params) -> Complaint | None:
        return differing(title, inputs, *ports) or unbatched(title, first(inputs, ports[0]), ports[0])

    return check


def _steps_wrong(title: str, inputs: Inputs) -> Complaint | None:
    """Where the steps are not one whole number for each sample."""
    step = first(inputs, "step")
    if wrong := not_whole(title, step, "step"):
        return wrong
    if step.shape == ("N",):
        return None
    return Complaint(
        f"{title} takes one step for each sample (N), but {step} arrives.",
        "Put a Select or a Squeeze before it that leaves one number a sample.",
        port="step",
    )


def _schedule_check(inputs: Inputs, params: Params) -> Complaint | None:
    title, arriving = "Noise schedule", first(inputs)
    wrong = not_real(title, arriving, embed=False) or unbatched(title, arriving)
    return wrong or (_steps_wrong(title, inputs) if "step" in inputs else None)


def _denoise_check(inputs: Inputs, params: Params) -> Complaint | None:
    wrong = _alike("Denoise step", "input", "noise")(inputs, params)
    return wrong or _steps_wrong("Denoise step", inputs)


def _time_check(inputs: Inputs, params: Params) -> Complaint | None:
    arriving, size = first(inputs, "step"), whole(params, "embedding_dim")
    if arriving.shape not in (("N",), ("N", 1)):
        return Complaint(
            f"Time embedding takes one step for each sample (N or N×1), but {arriving} arrives.",
            "Wire the steps of a Noise schedule, or an Input with one number a sample.",
            port="step",
        )
    if size % 2 == 0:
        return None
    return Complaint(
        f"Half of the {size} numbers are sines and half are cosines, so their number is even.",
        f"Choose {size + 1}.",
        params={"embedding_dim": size + 1},
    )


SPECS = (
    LayerSpec(
        kind="reparameterise",
        family="operation",
        title="Reparameterise",
        doc="Draws a code from a normal distribution so that its mean and variance can learn.",
        formula=r"z = \mu + e^{\frac{1}{2} \ln \sigma^2} \odot \varepsilon, \quad \varepsilon \sim N(0, I)",
        source="Kingma & Welling 2014, Auto-encoding variational Bayes, §2.4",
        target=f"{MODULES}noise.Reparameterise",
        inputs=(
            Port("mean", doc="The means μ."),
            Port("log_variance", doc="The logarithms of the variances, ln σ², in the shape of the means."),
        ),
        outputs=(Port("output", doc="A code for each sample; the mean in evaluation, unless it always draws."),),
        params=(_ALWAYS,),
        check=_alike("Reparameterise", "mean", "log_variance"),
        keywords="vae variational autoencoder sample latent gaussian mean log variance",
        draws=True,
        example=({}, {"mean": (VECTOR,), "log_variance": (VECTOR,)}),
    ),
    LayerSpec(
        kind="interpolate_between",
        family="operation",
        title="Interpolate between",
        doc="Mixes two tensors by a weight that each sample draws for itself; in evaluation it is ½.",
        formula=r"y = \lambda a + (1 - \lambda) b, \quad \lambda \sim U(0, 1)",
        source="Gulrajani et al. 2017, Improved training of Wasserstein GANs, §4",
        target=f"{MODULES}noise.RandomInterpolation",
        inputs=(
            Port("input", doc="The first tensor, a."),
            Port("other", doc="The second tensor, b, of the same shape."),
        ),
        outputs=(
            Port("output", pick=(0,), doc="The mixture."),
            Port("weight", pick=(1,), doc="λ, one number a sample."),
        ),
        params=(_ALWAYS,),
        check=_alike("Interpolate between", "input", "other"),
        keywords="mixup lerp gradient penalty wgan convex combination blend",
        draws=True,
        example=({}, {"input": (VECTOR,), "other": (VECTOR,)}),
    ),
    LayerSpec(
        kind="affine_coupling",
        family="operation",
        title="Affine coupling",
        doc="Scales and shifts one half of a sample by what a network makes of the other half; it can be undone.",
        formula=r"y = x \odot e^{s} + t, \quad \ln |\det\, J| = \sum_i s_i",
        source="Dinh, Sohl-Dickstein & Bengio 2017, Density estimation using Real NVP, §3.2",
        target=f"{MODULES}flow.affine_coupling",
        call="function",
        inputs=(
            Port("input", doc="The half that changes."),
            Port("scale", doc="s, the logarithm of the factors, from the other half."),
            Port("shift", doc="t, from the other half."),
        ),
        outputs=(
            Port("output", pick=(0,), doc="The changed half."),
            Port("log_det", pick=(1,), doc="The logarithm of the change of volume, one number a sample."),
        ),
        params=(flag("inverse", "Inverse", False, "Whether it goes back from y to x, with the same s and t."),),
        check=_alike("Affine coupling", "input", "scale", "shift"),
        summary=lambda params: "inverse" if params["inverse"] else "",
        keywords="flow realnvp nice glow invertible jacobian determinant density",
        example=({}, {"input": (VECTOR,), "scale": (VECTOR,), "shift": (VECTOR,)}),
    ),
    LayerSpec(
        kind="noise_schedule",
        family="operation",
        title="Noise schedule",
        doc="Adds as much noise to each sample as a step of a diffusion has, and gives the step and the noise.",
        formula=r"x_t = \sqrt{\bar{\alpha}_t} \, x_0 + \sqrt{1 - \bar{\alpha}_t} \, \varepsilon,"
        r" \quad \bar{\alpha}_t = \prod_{s \le t} (1 - \beta_s)",
        source=f"{_HO}, eq. 4; Nichol & Dhariwal 2021, Improved denoising diffusion, eq. 17",
        target=f"{MODULES}diffusion.NoiseSchedule",
        inputs=(
            Port("input", doc="Clean samples x₀, best from −1 to 1."),
            Port("step", "N", "int", optional=True, doc="Steps 0 … T − 1; drawn evenly where none arrive."),
        ),
        outputs=(
            Port("noisy", pick=(0,), doc="The noisy samples x_t."),
            Port("step", "N", "int", pick=(1,), doc="The step of each sample, 0 (least noise) to T − 1."),
            Port("noise", pick=(2,), doc="The noise ε that a network is to guess."),
        ),
        params=_SCHEDULE,
        check=_schedule_check,
        summary=lambda params: f"{whole(params, 'steps'):,} · {params['schedule']}",
        keywords="diffusion ddpm forward process beta alpha noise step",
        draws=True,
        example=({}, {"input": (IMAGE,), "step": (CLASSES,)}),
    ),
    LayerSpec(
        kind="denoise_step",
        family="operation",
        title="Denoise step",
        doc="Goes one step back from noise to data, by the noise that a network guesses.",
        formula=r"x_{t-1} = \frac{1}{\sqrt{\alpha_t}} \left( x_t - \frac{\beta_t}{\sqrt{1 - \bar{\alpha}_t}}"
        r" \hat{\varepsilon} \right) + \sigma_t z",
        source=f"{_HO}, algorithm 2",
        target=f"{MODULES}diffusion.DenoiseStep",
        inputs=(
            Port("input", doc="The noisy samples x_t."),
            Port("noise", doc="The noise that the network guesses, in the same shape."),
            Port("step", "N", "int", doc="The step of each sample, 0 … T − 1."),
        ),
        outputs=(Port("output", doc="The samples one step cleaner."),),
        params=(
            *_SCHEDULE,
            choice("variance", "Variance", ("beta", "posterior", "none"), "σ² is β, that of the posterior, or 0."),
        ),
        check=_denoise_check,
        summary=lambda params: f"{whole(params, 'steps'):,} · {params['schedule']}",
        keywords="diffusion ddpm reverse process sampling posterior generate",
        loop=Loop("input", "output", "steps", "normal", "step"),
        draws=True,
        example=({}, {"input": (IMAGE,), "noise": (IMAGE,), "step": (CLASSES,)}),
    ),
    LayerSpec(
        kind="time_embedding",
        family="operation",
        title="Time embedding",
        doc="Turns the step of a diffusion into sines and cosines, from fast to slow, that a network can read.",
        formula=r"y_i = \sin(t \, P^{-2i/F}), \quad y_{i + F/2} = \cos(t \, P^{-2i/F})",
        source=f"Vaswani et al. 2017, Attention is all you need, §3.5; {_HO}, appendix B",
        target=f"{MODULES}diffusion.TimeEmbedding",
        inputs=(Port("step", dtype="any", doc="One step for each sample, N or N×1."),),
        outputs=(Port("output", "N F", doc="A vector for each sample, N×F."),),
        params=(
            Param("embedding_dim", "Size", "int", 32, "How many numbers F stand for a step.", low=2, high=65_536),
            Param("max_period", "Longest period", "float", 10_000.0, "P, in steps over 2π.", low=2, high=1e6),
        ),
        check=_time_check,
        summary=lambda params: f"{whole(params, 'embedding_dim'):,}",
        keywords="diffusion sinusoidal step position timestep fourier",
        example=({}, {"step": (CLASSES,)}),
    ),
)
