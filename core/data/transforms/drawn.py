"""The kinds that are drawn anew for every batch of training: declared here, computed by torch in their own files."""

from __future__ import annotations

from dataclasses import replace

from core.data.registry import Given
from core.data.transforms.spec import TransformSpec, add, needs_colours, needs_floats, needs_picture
from core.model.spec import Param
from core.model.tensor import Field

MASK = "▒"
"""The label of a masked token."""

PLACE = "core.data.transforms.geometry"
COLOUR = "core.data.transforms.colours"
NOISE = "core.data.transforms.noising"

_CHANCE = "How likely a sample is changed at all."
TOGETHER = Param(
    "together", "Same for all fields", "bool", False, "Whether all chosen fields of a sample are changed alike."
)
FILL = Param("fill", "Outside", "choice", "zero", "What stands where nothing was.", choices=("zero", "edge"))


def _picture(field: Field, given: Given) -> str:
    return needs_picture(field)


def _colours(field: Field, given: Given) -> str:
    return needs_colours(field)


def _floats(field: Field, given: Given) -> str:
    return needs_floats(field)


def _cropped(field: Field, given: Given) -> tuple[Field, ...]:
    size = given.whole("size")
    return (replace(field, shape=(field.shape[0], size, size)) if size else field,)


def _refuse_mask(field: Field, given: Given) -> str:
    if field.meaning == "token":
        shares = given.real("masked") + given.real("random")
        return "" if shares <= 1 else f"cannot be {shares:.0%} masked and replaced: together at most 100 %"
    return needs_floats(field)


def _masked(field: Field, given: Given) -> tuple[Field, ...]:
    if field.meaning != "token":
        return (field,)
    labels = field.labels if MASK in field.labels else (*field.labels, MASK)
    return replace(field, labels=labels), replace(field, name=f"{field.name}_target", title="masked tokens")


add(
    TransformSpec(
        "shift",
        "Shift",
        "Moves a picture by whole pixels, up to so many to each side.",
        "Krizhevsky, Sutskever, Hinton: ImageNet classification with deep convolutional networks, NeurIPS (2012).",
        "place",
        "training",
        (Param("pixels", "At most", "int", 2, "To each side.", 1, 512, unit="pixels"), FILL, TOGETHER),
        refuse=_picture,
        target=f"{PLACE}.shift",
    ),
    TransformSpec(
        "flip",
        "Flip",
        "Mirrors a picture: left and right change places, or top and bottom.",
        "Krizhevsky, Sutskever, Hinton: ImageNet classification with deep convolutional networks, NeurIPS (2012).",
        "place",
        "training",
        (
            Param(
                "direction",
                "Direction",
                "choice",
                "horizontal",
                "Which sides change places.",
                choices=("horizontal", "vertical", "both"),
            ),
            Param("chance", "Chance", "float", 0.5, _CHANCE, 0, 1),
            TOGETHER,
        ),
        refuse=_picture,
        target=f"{PLACE}.flip",
    ),
    TransformSpec(
        "rotate",
        "Rotate",
        "Turns a picture about its middle by an angle up to the given one, either way.",
        "Simard, Steinkraus, Platt: Best practices for convolutional neural networks, ICDAR (2003).",
        "place",
        "training",
        (Param("degrees", "At most", "float", 15.0, "Either way.", 0, 180, unit="°"), FILL, TOGETHER),
        refuse=_picture,
        target=f"{PLACE}.rotate",
    ),
    TransformSpec(
        "crop",
        "Crop",
        "Cuts a random part out of a picture and brings it to one size. The other parts of the data get the middle.",
        "Szegedy et al.: Going deeper with convolutions, CVPR (2015), section 6.",
        "place",
        "training",
        (
            Param("size", "Size", "int", 0, "Pixels a side afterwards; 0 for the picture's own.", 0, 1024),
            Param("least", "Least share", "float", 0.5, "Of the picture's area.", above=0, high=1),
            Param("stretch", "Stretch", "float", 1.333, "The greatest ratio of the sides that are cut.", 1, 4),
            TOGETHER,
        ),
        refuse=_picture,
        gives=_cropped,
        target=f"{PLACE}.crop",
        still=f"{PLACE}.middle",
    ),
    TransformSpec(
        "colour",
        "Colour jitter",
        "Changes brightness, contrast, saturation and hue by random amounts. Pictures in 0…1 stay there.",
        "Chen, Kornblith, Norouzi, Hinton: A simple framework for contrastive learning, ICML (2020), appendix A.",
        "colour",
        "training",
        (
            Param("brightness", "Brightness", "float", 0.4, "Factor 1 ± this.", 0, 1),
            Param("contrast", "Contrast", "float", 0.4, "Factor 1 ± this about the mean grey.", 0, 1),
            Param("saturation", "Saturation", "float", 0.4, "Factor 1 ± this about each pixel's grey.", 0, 1),
            Param("hue", "Hue", "float", 0.1, "Turn of the colour circle, ± this.", 0, 0.5),
            Param("chance", "Chance", "float", 0.8, _CHANCE, 0, 1),
        ),
        refuse=_picture,
        target=f"{COLOUR}.jitter",
    ),
    TransformSpec(
        "grayscale",
        "Grey",
        "Takes the colours out of a picture; it keeps its three channels.",
        "Weights of red, green and blue: ITU-R BT.601.",
        "colour",
        "training",
        (Param("chance", "Chance", "float", 0.2, _CHANCE, 0, 1),),
        refuse=_colours,
        target=f"{COLOUR}.grayscale",
    ),
    TransformSpec(
        "blur",
        "Gaussian blur",
        "Softens a picture by a bell of random width.",
        "Chen, Kornblith, Norouzi, Hinton: A simple framework for contrastive learning, ICML (2020), appendix A.",
        "colour",
        "training",
        (
            Param("least", "Least width", "float", 0.1, "Standard deviation.", 0.05, 20, unit="pixels"),
            Param("most", "Greatest width", "float", 2.0, "Standard deviation.", 0.05, 20, unit="pixels"),
            Param("chance", "Chance", "float", 0.5, _CHANCE, 0, 1),
        ),
        refuse=_picture,
        target=f"{COLOUR}.blur",
    ),
    TransformSpec(
        "noise",
        "Gaussian noise",
        "Adds a normal random number to every value.",
        "Bishop: Training with noise is equivalent to Tikhonov regularization, Neural Computation 7 (1995).",
        "noise",
        "training",
        (Param("deviation", "Deviation", "float", 0.1, "Of the noise, in the field's units here.", 0, 1000),),
        refuse=_floats,
        target=f"{NOISE}.noise",
    ),
    TransformSpec(
        "cutout",
        "Cutout",
        "Blanks squares at random places; their middles may lie at the edge.",
        "DeVries, Taylor: Improved regularization of convolutional neural networks with cutout (2017).",
        "noise",
        "training",
        (
            Param("size", "Size", "int", 8, "Pixels a side.", 1, 1024, unit="pixels"),
            Param("count", "Squares", "int", 1, "How many.", 1, 64),
            Param("fill", "Filled with", "choice", "zero", "What stands there.", choices=("zero", "mean")),
        ),
        refuse=_picture,
        target=f"{NOISE}.cutout",
    ),
    TransformSpec(
        "mask",
        "Mask",
        "Hides a share of tokens, pixels or values. Of the chosen tokens most become the mask, some a random one, and "
        "the others stay; “name_target” then holds the chosen ones, and −100 elsewhere, which losses leave out. In the "
        "other parts of the data the same is drawn once.",
        "Devlin, Chang, Lee, Toutanova: BERT, NAACL (2019), section 3.1. He et al.: Masked autoencoders, CVPR (2022).",
        "noise",
        "training",
        (
            Param("share", "Share", "float", 0.15, "How much is chosen.", 0, 1),
            Param("masked", "Masked", "float", 0.8, "The share of the chosen tokens that becomes the mask.", 0, 1),
            Param("random", "Random", "float", 0.1, "The share of the chosen tokens that becomes any token.", 0, 1),
            Param("patch", "Patch", "int", 1, "Pixels a side that are hidden together.", 1, 256, unit="pixels"),
        ),
        refuse=_refuse_mask,
        gives=_masked,
        target=f"{NOISE}.mask",
        still="drawn once",
    ),
)
