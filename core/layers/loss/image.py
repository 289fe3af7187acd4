"""Losses of images, masks and boxes."""

from __future__ import annotations

from core.layers.complaints import listing
from core.layers.loss.making import MAP, REDUCTION, amount, loss
from core.layers.loss.shapes import fixed, real, together
from core.layers.loss_checks import equal_shapes
from core.layers.parameters import choice
from core.layers.reading import first
from core.model.fault import Complaint
from core.model.spec import Inputs, Port
from core.model.tensor import TensorType
from core.model.values import Params

OWN = "core.layers.modules.loss_image."
_MASK = TensorType(("N", 1, 8, 8))
_BOX = TensorType(("N", 4))
_SMOOTH = amount("smooth", "Smoothing", 1.0, "Added to both sides of the fraction, for empty masks.", above=0)
_MASKS = Port("target", doc="The mask, 0 or 1, in the same shape.")


def _same_channels(inputs: Inputs, params: Params) -> Complaint | None:
    given, style = first(inputs), first(inputs, "style")
    batches = {given.shape[0], style.shape[0]}
    if given.shape[1] == style.shape[1] and (len(batches) == 1 or 1 in batches):
        return None
    return Complaint(
        f"Gram style compares features of the same channels, but {listing((given, style))} arrive.",
        "Take both from the same layer.",
        port="style",
    )


SPECS = (
    loss(
        "dice",
        "Dice",
        "How little a predicted mask and the true one overlap; small objects count like large ones.",
        r"\ell = 1 - \frac{2 \sum_i p_i y_i + s}{\sum_i p_i^2 + \sum_i y_i^2 + s}",
        "Milletari, Navab & Ahmadi 2016, V-Net; Dice 1945",
        OWN + "DiceLoss",
        "segmentation mask overlap f1 sorensen medical",
        together(equal_shapes("Dice"), real("Dice", "input", rank=2, takes="N×C×H×W")),
        params=(_SMOOTH, REDUCTION),
        input_doc="Probabilities, from a Sigmoid or a Softmax: N×C×H×W, every channel by itself, or N×….",
        takes="probabilities",
        target_port=_MASKS,
        example={"input": (_MASK,), "target": (_MASK,)},
    ),
    loss(
        "iou",
        "IoU of masks",
        "One minus intersection over union of a predicted mask and the true one.",
        r"\ell = 1 - \frac{\sum_i p_i y_i + s}{\sum_i (p_i + y_i - p_i y_i) + s}",
        "Rahman & Wang 2016, Optimizing intersection-over-union in deep neural networks for image segmentation",
        OWN + "MaskIoULoss",
        "segmentation mask overlap jaccard intersection union",
        together(equal_shapes("IoU of masks"), real("IoU of masks", "input", rank=2, takes="N×C×H×W")),
        params=(_SMOOTH, REDUCTION),
        input_doc="Probabilities, from a Sigmoid or a Softmax: N×C×H×W, every channel by itself, or N×….",
        takes="probabilities",
        target_port=_MASKS,
        example={"input": (_MASK,), "target": (_MASK,)},
    ),
    loss(
        "box_iou",
        "IoU of boxes",
        "One minus intersection over union of two boxes, with a pull on those that do not meet.",
        r"\ell = 1 - \frac{|A \cap B|}{|A \cup B|} + \frac{|C \setminus (A \cup B)|}{|C|}",
        "Rezatofighi et al. 2019, Generalized intersection over union; diou: Zheng et al. 2020",
        OWN + "BoxIoULoss",
        "detection bounding box giou diou intersection union yolo",
        together(
            equal_shapes("IoU of boxes"),
            real("IoU of boxes", "input", rank=2, takes="N×4"),
            fixed("IoU of boxes", "input", -1, 4, "a box"),
        ),
        params=(
            choice(
                "mode", "Pull", ("giou", "diou", "iou"), "What pulls on boxes apart: the hull, the centres, nothing."
            ),
            choice("form", "Boxes are", ("corners", "centre and size"), "x₁ y₁ x₂ y₂, or x y width height."),
            REDUCTION,
        ),
        summary=lambda params: str(params["mode"]),
        input_doc="The predicted boxes, N×4 or N×…×4.",
        target_port=Port("target", doc="The true boxes, in the same shape."),
        example={"input": (_BOX,), "target": (_BOX,)},
    ),
    loss(
        "total_variation",
        "Total variation",
        "The differences between neighbouring pixels: small for smooth images.",
        r"\ell = \frac{1}{N} \sum_{n, c, i, j} \left( |x_{i+1,j} - x_{i,j}| + |x_{i,j+1} - x_{i,j}| \right)",
        "Rudin, Osher & Fatemi 1992, Nonlinear total variation based noise removal algorithms",
        OWN + "TotalVariationLoss",
        "smoothness denoising style transfer regularisation regularization tv",
        real("Total variation", "input", rank=3, takes="images N×C×H×W"),
        inputs=(Port("input", doc="Images N×C×H×W, or signals N×C×L."),),
        params=(
            choice("of", "Differences", ("absolute", "squared"), "absolute keeps edges, squared blurs them."),
            REDUCTION,
        ),
        example={"input": (MAP,)},
    ),
    loss(
        "gram_style",
        "Gram style",
        "Compares which features of two images go together, wherever they are: the style of an image.",
        r"\ell = \frac{1}{4 C^2} \sum_{i,j} (G_{ij} - A_{ij})^2, \quad G = \frac{F F^{T}}{H W}",
        "Gatys, Ecker & Bethge 2016, Image style transfer using convolutional neural networks, eq. 4",
        OWN + "GramStyleLoss",
        "style transfer texture gram matrix features neural",
        together(real("Gram style", "input", "style", rank=3, takes="features N×C×H×W"), _same_channels),
        inputs=(
            Port("input", doc="Features of the image that is made, N×C×H×W."),
            Port("style", doc="Features of the style image at the same layer; one image, or one for each."),
        ),
        example={"input": (MAP,), "style": (MAP,)},
    ),
)
