"""Losses of yes and no."""

from __future__ import annotations

from core.layers.loss.making import REDUCTION, amount, loss
from core.layers.loss.shapes import together
from core.layers.loss_checks import equal_shapes
from core.layers.reading import first, number
from core.model.fault import Complaint
from core.model.spec import Inputs, Param, Port
from core.model.values import Params, Value

_SIGNS = Port("target", doc="−1 or +1, in the shape of the scores: the form “sign” at the Input.")
_MARGIN = amount("margin", "Margin", 1.0, "How far on the right side (Δ) a score must be.", above=0)


def _positive_weights(inputs: Inputs, params: Params) -> Complaint | None:
    """One weight, or one for each output."""
    weight, given = params["pos_weight"], first(inputs)
    if not isinstance(weight, tuple) or len(weight) == 1:
        return None
    if given.rank > 1 and given.shape[-1] == len(weight):
        return None
    return Complaint(
        f"BCE with logits has {len(weight)} weights of a yes, but {given} arrives.",
        "Give one weight for all, or one for each output.",
        port="input",
        params={"pos_weight": None},
    )


def _single_weight(inputs: Inputs, params: Params) -> dict[str, Value]:
    weight = params["pos_weight"]
    return {"pos_weight": weight[0]} if isinstance(weight, tuple) and len(weight) == 1 else {}


SPECS = (
    loss(
        "bce",
        "Binary cross-entropy",
        "Compares probabilities (after Sigmoid) with targets between 0 and 1.",
        r"\ell = -\frac{1}{N} \sum_{n} \left( y_n \log \hat{y}_n + (1 - y_n) \log (1 - \hat{y}_n) \right)",
        "Bishop 2006, Pattern Recognition and Machine Learning, eq. 4.90",
        "torch.nn.BCELoss",
        "bce logistic regression two classes log loss sigmoid probability soft labels",
        equal_shapes("Binary cross-entropy"),
        input_doc="Probabilities between 0 and 1: put a Sigmoid before it.",
        takes="probabilities",
    ),
    loss(
        "bce_with_logits",
        "BCE with logits",
        "Sigmoid and binary cross-entropy in one, safe for large scores.",
        r"\ell = \frac{1}{N} \sum_{n} \left( \log(1 + e^{s_n}) - y_n s_n \right)",
        "Bishop 2006, Pattern Recognition and Machine Learning, eq. 4.90",
        "torch.nn.BCEWithLogitsLoss",
        "binary cross-entropy logistic regression two classes log loss sigmoid scores multi-label soft labels",
        together(equal_shapes("BCE with logits"), _positive_weights),
        params=(
            Param(
                "pos_weight",
                "Weight of a yes",
                "floats",
                None,
                "How many times a target of 1 counts against one of 0: one number, or one for each output.",
                low=0,
                high=1e6,
                optional=True,
            ),
            REDUCTION,
        ),
        input_doc="Scores of any size: no Sigmoid before it.",
        takes="binary logits",
        choose=lambda inputs, params: (
            "torch.nn.BCEWithLogitsLoss"
            if params["pos_weight"] is None
            else "core.layers.modules.loss_binary.WeightedBCEWithLogitsLoss"
        ),
        derive=_single_weight,
    ),
    loss(
        "binary_focal",
        "Binary focal",
        "BCE with logits that counts what is already right for little: for a few hits among many misses.",
        r"\ell = -\frac{1}{N} \sum_{n} \alpha_n (1 - p_n)^{\gamma} \log p_n",
        "Lin, Goyal, Girshick, He & Dollár 2017, Focal loss for dense object detection, eq. 5",
        "core.layers.modules.loss_binary.BinaryFocalLoss",
        "imbalanced hard examples detection retinanet mask segmentation rare",
        equal_shapes("Binary focal"),
        params=(
            amount("gamma", "Gamma", 2.0, "How little right answers count; 0 is plain cross-entropy.", 0, 20),
            amount(
                "alpha", "Alpha", 0.25, "What a yes counts; a no counts 1 − α. None: both count 1.", 0, 1, optional=True
            ),
            REDUCTION,
        ),
        summary=lambda params: f"γ {number(params, 'gamma'):g}",
        input_doc="Scores of any size: no Sigmoid before it.",
        takes="binary logits",
    ),
    loss(
        "binary_hinge",
        "Binary hinge",
        "Wants scores on the right side by a margin: the loss of the two-class support vector machine.",
        r"\ell = \frac{1}{N} \sum_{n} \max(0, \Delta - y_n s_n)",
        "Cortes & Vapnik 1995, Support-vector networks; Bishop 2006, eq. 7.44",
        "core.layers.modules.loss_binary.BinaryHingeLoss",
        "svm support vector machine margin two classes sign",
        equal_shapes("Binary hinge"),
        params=(_MARGIN, REDUCTION),
        summary=lambda params: f"Δ {number(params, 'margin'):g}",
        input_doc="The score s = w·x + b.",
        target_port=_SIGNS,
    ),
    loss(
        "squared_hinge",
        "Squared hinge",
        "The binary hinge squared: smooth where the margin begins, and harder on what is far on the wrong side.",
        r"\ell = \frac{1}{N} \sum_{n} \max(0, \Delta - y_n s_n)^{2}",
        "Cortes & Vapnik 1995, Support-vector networks, §3",
        "core.layers.modules.loss_binary.BinaryHingeLoss",
        "svm support vector machine margin two classes l2 sign",
        equal_shapes("Squared hinge"),
        params=(_MARGIN, REDUCTION),
        summary=lambda params: f"Δ {number(params, 'margin'):g}",
        input_doc="The score s = w·x + b.",
        target_port=_SIGNS,
        derive=lambda inputs, params: {"squared": True},
    ),
    loss(
        "soft_margin",
        "Logistic loss",
        "A hinge without a corner: BCE with logits for targets of −1 and +1.",
        r"\ell = \frac{1}{N} \sum_{n} \log\left(1 + e^{-y_n s_n}\right)",
        "Bishop 2006, Pattern Recognition and Machine Learning, eq. 7.47",
        "core.layers.modules.loss_binary.LogisticLoss",
        "logistic regression soft margin two classes sign",
        equal_shapes("Logistic loss"),
        input_doc="The score s = w·x + b.",
        takes="binary logits",
        target_port=_SIGNS,
    ),
)
