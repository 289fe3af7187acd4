"""Losses of scores and classes."""

from __future__ import annotations

from core.layers.loss.making import (
    CLASS_WEIGHTS,
    CLASSES,
    IGNORED_CLASS,
    LABELS,
    REDUCTION,
    SCORES,
    VECTOR,
    amount,
    loss,
)
from core.layers.loss.shapes import alike, real, together
from core.layers.loss_checks import class_targets, single_scores
from core.layers.reading import first, number
from core.model.spec import Inputs, Param, Port
from core.model.values import Params, Value

OWN = "core.layers.modules.loss."
_CASE = {"input": (VECTOR,), "target": (LABELS,)}
_CLASS_TARGET = Port("target", dtype="any", doc=CLASSES)
_ONE_CLASS = Port("target", dtype="any", doc="The right class of each sample, N.")


def _needs_own(inputs: Inputs, params: Params) -> bool:
    """torch wants classes second, and weights as a tensor."""
    return first(inputs).rank == 3 or params["weight"] is not None


def _weights(inputs: Inputs, params: Params) -> dict[str, Value]:
    """One weight alone is still one for each class."""
    weight = params["weight"]
    return {"weight": (weight,)} if isinstance(weight, (int, float)) else {}


def _smoothing(params: Params) -> str:
    return f"smoothing {number(params, 'label_smoothing'):g}" if params["label_smoothing"] else ""


SPECS = (
    loss(
        "cross_entropy",
        "Cross-entropy",
        "Compares scores with the right class: −log of the probability that softmax gives it.",
        r"\ell = -\frac{1}{N} \sum_{n} \log \frac{e^{s_{n, y_n}}}{\sum_{c} e^{s_{n, c}}}",
        "Goodfellow, Bengio & Courville 2016, Deep Learning, §6.2.2.3; label smoothing: Szegedy et al. 2016, §7",
        "torch.nn.CrossEntropyLoss",
        "classification softmax log likelihood nll logits ce imbalanced",
        class_targets("Cross-entropy", probabilities=True),
        params=(
            Param(
                "label_smoothing",
                "Label smoothing",
                "float",
                0.0,
                "How much of the target is spread evenly over all classes.",
                low=0,
                below=1,
            ),
            CLASS_WEIGHTS,
            IGNORED_CLASS,
            REDUCTION,
        ),
        summary=_smoothing,
        input_doc=SCORES,
        takes="logits",
        target_port=Port(
            "target",
            dtype="any",
            doc="The right class of each sample (N), step (N×T) or pixel (N×H×W), or probabilities.",
        ),
        example=_CASE,
        choose=lambda i, p: OWN + "CrossEntropyLoss" if _needs_own(i, p) else "torch.nn.CrossEntropyLoss",
        derive=_weights,
    ),
    loss(
        "nll",
        "Negative log-likelihood",
        "Minus the log-probability of the right class: cross-entropy behind a Log-softmax of its own.",
        r"\ell = -\frac{1}{N} \sum_{n} \log p_{n, y_n}",
        "Bishop 2006, Pattern Recognition and Machine Learning, eq. 4.108",
        "torch.nn.NLLLoss",
        "classification log likelihood log-softmax maximum likelihood",
        class_targets("Negative log-likelihood", probabilities=False),
        params=(CLASS_WEIGHTS, IGNORED_CLASS, REDUCTION),
        input_doc="Log-probabilities, from a Log-softmax: N×C, sequences N×T×C, images N×C×H×W.",
        takes="log-probabilities",
        target_port=_CLASS_TARGET,
        example=_CASE,
        choose=lambda i, p: OWN + "NLLLoss" if _needs_own(i, p) else "torch.nn.NLLLoss",
        derive=_weights,
    ),
    loss(
        "hinge",
        "Multi-class hinge",
        "Wants the right class's score to be ahead of every other by a margin Δ, as a support vector machine does.",
        r"\ell = \frac{1}{N} \sum_{n} \sum_{c \neq y_n} \max\left(0, s_{n,c} - s_{n,y_n} + \Delta\right)",
        "Weston & Watkins 1999, Support vector machines for multi-class pattern recognition",
        OWN + "MulticlassHingeLoss",
        "svm support vector machine margin max-margin classification",
        single_scores("Multi-class hinge"),
        params=(
            amount("margin", "Margin", 1.0, "How far ahead (Δ) the right class must be.", above=0),
            REDUCTION,
        ),
        summary=lambda params: f"Δ {number(params, 'margin'):g}",
        input_doc="Scores, N×C.",
        target_port=_ONE_CLASS,
        example=_CASE,
    ),
    loss(
        "multi_margin",
        "Multi-margin",
        "The multi-class hinge divided by the number of classes, plain or squared.",
        r"\ell = \frac{1}{N C} \sum_{n} \sum_{c \neq y_n} \max\left(0, s_{n,c} - s_{n,y_n} + \Delta\right)^{p}",
        "Crammer & Singer 2001, On the algorithmic implementation of multiclass kernel-based vector machines",
        "torch.nn.MultiMarginLoss",
        "svm support vector machine margin hinge squared classification",
        single_scores("Multi-margin"),
        params=(
            amount("margin", "Margin", 1.0, "How far ahead (Δ) the right class must be.", above=0),
            Param("p", "Power", "int", 1, "1 for the plain margin, 2 for its square.", low=1, high=2),
            REDUCTION,
        ),
        summary=lambda params: f"Δ {number(params, 'margin'):g}",
        input_doc="Scores, N×C.",
        target_port=_ONE_CLASS,
        example=_CASE,
    ),
    loss(
        "focal",
        "Focal",
        "Cross-entropy that counts what is already right for little, so that rare and hard classes are heard.",
        r"\ell = -\frac{1}{N} \sum_{n} w_{y_n} (1 - p_{n, y_n})^{\gamma} \log p_{n, y_n}",
        "Lin, Goyal, Girshick, He & Dollár 2017, Focal loss for dense object detection, eq. 4",
        OWN + "FocalLoss",
        "classification imbalanced hard examples detection retinanet rare classes",
        class_targets("Focal", probabilities=False),
        params=(
            amount("gamma", "Gamma", 2.0, "How little right answers count; 0 is cross-entropy.", 0, 20),
            CLASS_WEIGHTS,
            IGNORED_CLASS,
            REDUCTION,
        ),
        summary=lambda params: f"γ {number(params, 'gamma'):g}",
        input_doc=SCORES,
        takes="logits",
        target_port=_CLASS_TARGET,
        example=_CASE,
        derive=_weights,
    ),
    loss(
        "capsule_margin",
        "Capsule margin",
        "Wants the right class's capsule to be long and all others short; several things may be there at once.",
        r"\ell = \frac{1}{N} \sum_{n, c} T_{n, c} \max\left(0, m^{+} - v_{n, c}\right)^2"
        r" \quad + \lambda (1 - T_{n, c}) \max\left(0, v_{n, c} - m^{-}\right)^2",
        "Sabour, Frosst & Hinton 2017, Dynamic routing between capsules, eq. 4",
        "core.layers.modules.loss_capsule.CapsuleMarginLoss",
        "capsnet capsules lengths routing digitcaps margin classification",
        single_scores("Capsule margin"),
        params=(
            amount("present", "Length if there", 0.9, "How long (m⁺) the right capsule must be.", 0, 1),
            amount("absent", "Length if not", 0.1, "How long (m⁻) the others may be.", 0, 1),
            amount(
                "down", "Weight of the others", 0.5, "How much (λ) the others count, so that not all shrink.", 0, 1e5
            ),
            REDUCTION,
        ),
        summary=lambda params: f"{number(params, 'absent'):g}, {number(params, 'present'):g}",
        input_doc="The lengths of the capsules, N×C: the output “lengths” of Capsules with routing.",
        target_port=_ONE_CLASS,
        example=_CASE,
    ),
    loss(
        "distillation",
        "Distillation",
        "Teaches a student the soft answers of a teacher, which is held constant: all its probabilities, warmed by T.",
        r"\ell = -\frac{T^2}{N} \sum_{n, c} \mathrm{softmax}(t_n / T)_c \, \log \mathrm{softmax}(s_n / T)_c",
        "Hinton, Vinyals & Dean 2015, Distilling the knowledge in a neural network, §2",
        "core.layers.modules.loss_distribution.DistillationLoss",
        "knowledge teacher student soft target temperature compression cross-entropy",
        together(
            real("Distillation", "student", "teacher", rank=2, takes="N×C"), alike("Distillation", "student", "teacher")
        ),
        inputs=(
            Port("student", doc="Scores of the network that learns, before softmax.", expects="logits"),
            Port("teacher", doc="Scores of the network that it learns from, in the same shape.", expects="logits"),
        ),
        params=(
            amount("temperature", "Temperature", 4.0, "How soft the answers are; 1 leaves them.", above=0, high=1000),
            REDUCTION,
        ),
        summary=lambda params: f"T {number(params, 'temperature'):g}",
        example={"student": (VECTOR,), "teacher": (VECTOR,)},
    ),
)
