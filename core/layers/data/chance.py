"""Data that the network makes for itself: fixed numbers, noise as a source, noise on what passes, hidden tokens."""

from __future__ import annotations

import math
from collections.abc import Mapping

from core.layers.complaints import not_real
from core.layers.parameters import choice, flag
from core.layers.reading import first, number, sizes, times, whole
from core.model.effect import only_with
from core.model.fault import Complaint
from core.model.spec import Inputs, LayerSpec, Param, Port
from core.model.tensor import TensorType
from core.model.values import Params, Value

NOISE = "core.layers.modules.noise."
_VECTOR = TensorType(("N", 6))
_MOST_NUMBERS = 1_024
_LARGEST = 2**24
_REAL = (Port("input", doc="Real numbers of any shape."),)
_SAME = (Port("output", doc="The same shape."),)
_ALWAYS = flag("always", "Always", False, "Whether it acts in evaluation too, not only while training.")


def _share(default: float, doc: str) -> Param:
    return Param("p", "Probability", "float", default, doc, low=0, high=1)


def _numbers(params: Params) -> tuple[float, ...]:
    value = params["value"]
    return tuple(float(each) for each in value) if isinstance(value, tuple) else (number(params, "value"),)


def _shape(params: Params) -> tuple[int, ...]:
    """The shape asked for; without one, that of a list, or of a single number."""
    if params["shape"] is not None:
        return sizes(params, "shape")
    return (len(_numbers(params)),) if isinstance(params["value"], tuple) else ()


def _constant(inputs: Inputs, params: Params) -> Mapping[str, Value]:
    return {"values": _numbers(params), "shape": _shape(params)}


def _constant_check(inputs: Inputs, params: Params) -> Complaint | None:
    count, shape = len(_numbers(params)), _shape(params)
    if count > _MOST_NUMBERS:
        return Complaint(
            f"A constant holds at most {_MOST_NUMBERS:,} different numbers, not {count:,}.",
            "Use an Input, or one number that fills the shape.",
            params={"value": 0.0},
        )
    cells = math.prod(shape)
    if cells > _LARGEST:
        return Complaint(
            f"The shape {times(shape)} has {cells:,} numbers; {_LARGEST:,} is the limit.", "Choose smaller sizes."
        )
    if count in (1, cells):
        return None
    return Complaint(
        f"{count} numbers do not fill the shape {times(shape)}, which has {cells:,}.",
        "Give as many numbers, or one that fills it; without a shape they are a vector.",
        params={"shape": None},
    )


def _shown_constant(params: Params) -> str:
    shape = times(_shape(params))
    numbers = _numbers(params)
    shown = f"{numbers[0]:g}".replace("-", "−") if len(numbers) == 1 else ""
    return " · ".join(filter(None, (shown, shape)))


def _noise_shape(inputs: Inputs, params: Params) -> Mapping[str, Value]:
    return {"shape": sizes(params, "shape")}


def _noise_check(inputs: Inputs, params: Params) -> Complaint | None:
    arriving = first(inputs, "like")
    if arriving.rank and isinstance(arriving.shape[0], str):
        return None
    return Complaint(
        f"Noise takes the size of the batch from what arrives, but {arriving} has no batch axis.",
        "Wire something that comes from an Input.",
        port="like",
    )


def _salt_check(inputs: Inputs, params: Params) -> Complaint | None:
    low, high = number(params, "low"), number(params, "high")
    if low > high:
        return Complaint(
            f"The lowest value ({low:g}) is above the highest ({high:g}).",
            "Choose 0 and 1.",
            params={"low": 0.0, "high": 1.0},
        )
    return not_real("Salt and pepper", first(inputs))


def _mask_check(inputs: Inputs, params: Params) -> Complaint | None:
    arriving = first(inputs)
    if arriving.is_float:
        return Complaint(
            f"Mask tokens takes tokens (whole numbers), but {arriving} of real numbers arrives.",
            "Wire an Input whose field holds tokens; for real numbers use Masking noise.",
            port="input",
        )
    tokens = whole(params, "num_embeddings")
    for name, title in (("mask_token", "mask token"), ("first_token", "first token")):
        if whole(params, name) >= tokens:
            return Complaint(
                f"There are {tokens:,} tokens, 0 to {tokens - 1:,}, so the {title} cannot be {whole(params, name):,}.",
                "Choose 0, or more tokens.",
                params={name: 0},
            )
    if number(params, "masked") + number(params, "swapped") > 1:
        return Complaint(
            "The shares of masked and of swapped tokens are more than all of them together.",
            "Choose 0.8 and 0.1.",
            params={"masked": 0.8, "swapped": 0.1},
        )
    return None


SPECS = (
    LayerSpec(
        kind="constant",
        family="data",
        title="Constant",
        doc="Fixed numbers that need no input and never train.",
        formula=r"y = c",
        source="Goodfellow, Bengio & Courville 2016, Deep Learning, §2.1",
        target="core.layers.modules.operation.Constant",
        inputs=(),
        outputs=(Port("output", "...", doc="The numbers, without a batch axis: they fit any batch."),),
        params=(
            Param("value", "Numbers", "floats", 1.0, "One number, or several in the order of the shape.", -1e6, 1e6),
            Param(
                "shape",
                "Shape",
                "ints",
                None,
                "The sizes of its axes; without them, several numbers are a vector, and one is a scalar.",
                low=1,
                high=65_536,
                lengths=(1, 2, 3, 4, 5),
                optional=True,
            ),
        ),
        settings=("value", "shape"),
        derive=_constant,
        check=_constant_check,
        summary=_shown_constant,
        keywords="fixed number tensor literal value kernel matrix one zero",
        example=({"value": (0.5, -1.0, 2.0, 0.0, 1.0, 3.0), "shape": (2, 3)}, {}),
    ),
    LayerSpec(
        kind="noise",
        family="data",
        title="Noise",
        doc="Draws fresh random numbers for each sample, such as the code from which a generator paints.",
        formula=r"z \sim N(0, I)",
        source="Goodfellow et al. 2014, Generative adversarial nets, §3",
        target=f"{NOISE}Noise",
        inputs=(Port("like", dtype="any", doc="Anything from the batch: it only tells how many samples there are."),),
        outputs=(Port("output", doc="Random numbers, N × the shape; drawn in evaluation too."),),
        params=(
            Param(
                "shape",
                "Shape of a sample",
                "ints",
                16,
                "The sizes of one sample, without the batch.",
                low=1,
                high=65_536,
                lengths=(1, 2, 3, 4, 5),
            ),
            choice(
                "distribution",
                "Distribution",
                ("normal", "uniform", "bernoulli"),
                "Mean 0 and variance 1, even from 0 to 1, or 1 with a probability and else 0.",
            ),
            only_with(_share(0.5, "How likely a 1 is."), "distribution", "bernoulli"),
        ),
        derive=_noise_shape,
        check=_noise_check,
        summary=lambda params: f"{times(sizes(params, 'shape'))} · {params['distribution']}",
        keywords="random latent code z gan generator gaussian uniform bernoulli sample",
        draws=True,
        example=({"shape": (2, 4)}, {"like": (_VECTOR,)}),
    ),
    LayerSpec(
        kind="gaussian_noise",
        family="data",
        title="Gaussian noise",
        doc="Adds normal noise to everything, so that a network learns not to depend on small changes.",
        formula=r"y = x + \sigma \varepsilon, \quad \varepsilon \sim N(0, I)",
        source="Bishop 1995, Training with noise is equivalent to Tikhonov regularization",
        target=f"{NOISE}GaussianNoise",
        inputs=_REAL,
        outputs=_SAME,
        params=(Param("std", "Standard deviation", "float", 0.1, "How strong it is, σ.", low=0, high=1e3), _ALWAYS),
        check=lambda inputs, params: not_real("Gaussian noise", first(inputs)),
        summary=lambda params: f"σ {number(params, 'std'):g}",
        keywords="add random denoising regularisation robust augmentation",
        draws=True,
        example=({}, {"input": (_VECTOR,)}),
    ),
    LayerSpec(
        kind="masking_noise",
        family="data",
        title="Masking noise",
        doc="Sets some numbers to 0, for a denoising autoencoder to fill in; unlike Dropout, the rest stays.",
        formula=r"y_i = \begin{cases} 0 & \mathrm{with\ probability}\ p \\ x_i & \mathrm{else} \end{cases}",
        source="Vincent, Larochelle, Bengio & Manzagol 2008, Extracting features with denoising autoencoders, §2.3",
        target=f"{NOISE}MaskingNoise",
        inputs=_REAL,
        outputs=_SAME,
        params=(
            _share(0.25, "How likely each number is hidden."),
            Param("value", "Value", "float", 0.0, "What hidden numbers become.", low=-1e6, high=1e6),
            _ALWAYS,
        ),
        check=lambda inputs, params: not_real("Masking noise", first(inputs)),
        summary=lambda params: f"p {number(params, 'p'):g}",
        keywords="denoising autoencoder corruption dropout hide inpainting",
        draws=True,
        example=({}, {"input": (_VECTOR,)}),
    ),
    LayerSpec(
        kind="salt_pepper_noise",
        family="data",
        title="Salt and pepper",
        doc="Sets some numbers to the lowest or the highest value, each as often.",
        formula=r"y_i = \begin{cases} a & \mathrm{with\ probability}\ p/2 \\ b & \mathrm{with\ probability}\ p/2 \\"
        r" x_i & \mathrm{else} \end{cases}",
        source="Vincent et al. 2010, Stacked denoising autoencoders, §3.3",
        target=f"{NOISE}SaltPepperNoise",
        inputs=_REAL,
        outputs=_SAME,
        params=(
            _share(0.1, "How likely each number is replaced."),
            Param("low", "Lowest", "float", 0.0, "The value of pepper, a.", low=-1e6, high=1e6),
            Param("high", "Highest", "float", 1.0, "The value of salt, b.", low=-1e6, high=1e6),
            _ALWAYS,
        ),
        check=_salt_check,
        summary=lambda params: f"p {number(params, 'p'):g}",
        keywords="denoising autoencoder corruption impulse noise black white pixels",
        draws=True,
        example=({}, {"input": (_VECTOR,)}),
    ),
    LayerSpec(
        kind="mask_tokens",
        family="data",
        title="Mask tokens",
        doc="Hides some tokens for the network to guess, and gives them as the targets of the loss.",
        formula=r"P(\mathrm{mask}) = 0.8 \, p, \quad P(\mathrm{random}) = 0.1 \, p, \quad P(\mathrm{same}) = 0.1 \, p",
        source="Devlin et al. 2019, BERT: pre-training of deep bidirectional transformers, §3.1",
        target=f"{NOISE}MaskTokens",
        inputs=(Port("input", dtype="int", doc="Tokens, N×T."),),
        outputs=(
            Port("output", dtype="int", pick=(0,), doc="What the network sees."),
            Port("target", dtype="int", pick=(1,), doc="The tokens to guess; −100, which losses leave out, elsewhere."),
        ),
        params=(
            Param("num_embeddings", "Tokens", "int", 128, "How many different tokens there are.", low=1, high=999_999),
            Param("mask_token", "Mask token", "int", 0, "The token that hides others.", low=0, high=999_999),
            Param(
                "first_token",
                "First token",
                "int",
                0,
                "Tokens below are special (mask, padding): never hidden, never drawn.",
                low=0,
                high=999_999,
            ),
            _share(0.15, "How likely each token is to be guessed."),
            Param("masked", "Masked", "float", 0.8, "The share of these that become the mask token.", low=0, high=1),
            Param("swapped", "Swapped", "float", 0.1, "The share that become a random token.", low=0, high=1),
            flag("always", "Always", True, "Whether evaluation hides tokens too; else every token is a target there."),
        ),
        check=_mask_check,
        summary=lambda params: f"p {number(params, 'p'):g}",
        keywords="bert masked language model cloze pre-training mlm hide",
        draws=True,
        example=({"num_embeddings": 6, "p": 0.5}, {"input": (TensorType(("N", 5), "int64"),)}),
    ),
)
