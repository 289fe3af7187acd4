"""Losses: one number that training makes small."""

from __future__ import annotations

from collections.abc import Callable

from core.layers.loss_checks import class_targets, equal_shapes, perceptron_targets, single_scores
from core.layers.parameters import choice
from core.layers.reading import number
from core.model.fault import Complaint
from core.model.spec import Inputs, LayerSpec, Param, Port
from core.model.values import Params

_REDUCTION = choice("reduction", "Over the batch", ("mean", "sum"), "Whether the errors are averaged or added up.")
_SAME = "What it should be, in the same shape; read classes as “number”, “sign” or “one-hot” at the Input."


def _loss(
    kind: str,
    title: str,
    doc: str,
    formula: str,
    source: str,
    target: str,
    keywords: str,
    check: Callable[[Inputs, Params], Complaint | None],
    params: tuple[Param, ...] = (_REDUCTION,),
    summary: Callable[[Params], str] | None = None,
    input_doc: str = "The prediction.",
    target_port: Port | None = None,
) -> LayerSpec:
    return LayerSpec(
        kind=kind,
        family="loss",
        title=title,
        doc=doc,
        formula=formula,
        source=source,
        target=target,
        inputs=(Port("input", doc=input_doc), target_port or Port("target", doc=_SAME)),
        outputs=(Port("loss", "", doc="The loss, one number."),),
        params=params,
        check=check,
        summary=summary,
        keywords=f"{keywords} cost objective error",
    )


SPECS = (
    _loss(
        "cross_entropy",
        "Cross-entropy",
        "Compares scores with the right class: −log of the probability that softmax gives it.",
        r"\ell = -\frac{1}{N} \sum_{n} \log \frac{e^{s_{n, y_n}}}{\sum_{c} e^{s_{n, c}}}",
        "Goodfellow, Bengio & Courville 2016, Deep Learning, §6.2.2.3; label smoothing: Szegedy et al. 2016, §7",
        "core.layers.modules.loss.CrossEntropyLoss",
        "classification softmax log likelihood nll logits ce",
        class_targets,
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
            Param(
                "ignore_index",
                "Ignored class",
                "int",
                -100,
                "Places whose target is this number do not count, as those that are not masked.",
                low=-65_536,
                high=65_536,
            ),
            _REDUCTION,
        ),
        summary=lambda params: f"smoothing {number(params, 'label_smoothing'):g}" if params["label_smoothing"] else "",
        input_doc="Scores before softmax: N×C, sequences N×T×C with classes last, images N×C×H×W.",
        target_port=Port(
            "target",
            dtype="any",
            doc="The right class of each sample (N), step (N×T) or pixel (N×H×W), or probabilities.",
        ),
    ),
    _loss(
        "mse",
        "Mean squared error",
        "Averages the squared differences between prediction and target.",
        r"\ell = \frac{1}{N} \sum_{n} (\hat{y}_n - y_n)^{2}",
        "Goodfellow, Bengio & Courville 2016, Deep Learning, §5.1.4, eq. 5.4",
        "torch.nn.MSELoss",
        "mse regression squared l2 quadratic least squares",
        equal_shapes("Mean squared error"),
    ),
    _loss(
        "half_mse",
        "½ MSE",
        "Half the mean squared difference, so that its slope is the plain difference.",
        r"\ell = \frac{1}{2N} \sum_{n} (\hat{y}_n - y_n)^{2}",
        "Rumelhart, Hinton & Williams 1986, Learning representations by back-propagating errors, eq. 3",
        "core.layers.modules.loss.HalfMSELoss",
        "half mean squared error regression squared l2 quadratic least squares delta rule adaline",
        equal_shapes("½ MSE"),
    ),
    _loss(
        "l1",
        "L1",
        "Averages the absolute differences; outliers weigh less than in squares.",
        r"\ell = \frac{1}{N} \sum_{n} |\hat{y}_n - y_n|",
        "Boyd & Vandenberghe 2004, Convex Optimization, §6.1.2",
        "torch.nn.L1Loss",
        "regression absolute mae median robust outlier",
        equal_shapes("L1"),
    ),
    _loss(
        "bce",
        "Binary cross-entropy",
        "Compares probabilities (after Sigmoid) with targets between 0 and 1.",
        r"\ell = -\frac{1}{N} \sum_{n} \left( y_n \log \hat{y}_n + (1 - y_n) \log (1 - \hat{y}_n) \right)",
        "Bishop 2006, Pattern Recognition and Machine Learning, eq. 4.90",
        "torch.nn.BCELoss",
        "bce logistic regression two classes log loss sigmoid probability",
        equal_shapes("Binary cross-entropy"),
        input_doc="Probabilities between 0 and 1: put a Sigmoid before it.",
    ),
    _loss(
        "bce_with_logits",
        "BCE with logits",
        "Sigmoid and binary cross-entropy in one, safe for large scores.",
        r"\ell = \frac{1}{N} \sum_{n} \left( \log(1 + e^{s_n}) - y_n s_n \right)",
        "Bishop 2006, Pattern Recognition and Machine Learning, eq. 4.90",
        "torch.nn.BCEWithLogitsLoss",
        "binary cross-entropy logistic regression two classes log loss sigmoid scores multi-label",
        equal_shapes("BCE with logits"),
        input_doc="Scores of any size: no Sigmoid before it.",
    ),
    _loss(
        "hinge",
        "Multi-class hinge",
        "Wants the right class's score to be ahead of every other by a margin Δ, as a support vector machine does.",
        r"\ell = \frac{1}{N} \sum_{n} \sum_{c \neq y_n} \max\left(0, s_{n,c} - s_{n,y_n} + \Delta\right)",
        "Weston & Watkins 1999, Support vector machines for multi-class pattern recognition",
        "core.layers.modules.loss.MulticlassHingeLoss",
        "svm support vector machine margin max-margin classification",
        single_scores,
        params=(
            Param("margin", "Margin", "float", 1.0, "How far ahead (Δ) the right class must be.", above=0, high=1e5),
            _REDUCTION,
        ),
        summary=lambda params: f"Δ {number(params, 'margin'):g}",
        input_doc="Scores, N×C.",
        target_port=Port("target", dtype="any", doc="The right class of each sample, N."),
    ),
    _loss(
        "perceptron",
        "Perceptron",
        "Rosenblatt's rule as a loss: its gradient moves w by η (y − ŷ) x, and by nothing where the decision is right.",
        r"\begin{matrix} \ell = \frac{1}{N} \sum_{n} (\hat{y}_n - y_n) \, z_n \\"
        r" \hat{y}_n = f(z_n) \;\mathrm{(held\ constant)} \end{matrix}",
        "Rosenblatt 1958, The perceptron: a probabilistic model; Bishop 2006, §4.1.7",
        "core.layers.modules.loss.PerceptronLoss",
        "rosenblatt learning rule sign step threshold mistake",
        perceptron_targets,
        params=(
            choice(
                "activation",
                "Decision",
                ("sign", "step"),
                "How the neuron decides: sign gives −1 or +1, step 0 or 1; both give the upper one at 0.",
            ),
            _REDUCTION,
        ),
        summary=lambda params: str(params["activation"]),
        input_doc="The neuron's sum z = w·x + b, before Sign or Step.",
        target_port=Port(
            "target", dtype="any", doc="−1 or +1 (form “sign”), or 0 or 1 (form “number”), in the shape of z."
        ),
    ),
)
