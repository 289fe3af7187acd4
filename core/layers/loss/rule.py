"""Learning rules as losses: what the rule holds constant has no gradient, so plain descent takes the rule's step."""

from __future__ import annotations

from core.layers.complaints import listing
from core.layers.loss.making import NUMBER, REDUCTION, VECTOR, loss
from core.layers.loss.shapes import real, rows, together
from core.layers.loss_checks import perceptron_targets
from core.layers.parameters import choice
from core.layers.reading import first
from core.model.fault import Complaint
from core.model.spec import Inputs, Port
from core.model.tensor import TensorType
from core.model.values import Params


def _weights(inputs: Inputs, params: Params) -> Complaint | None:
    """Weights D×F for inputs N×D and outputs N×F."""
    given, output, weight = first(inputs), first(inputs, "output"), first(inputs, "weight")
    if given.shape[0] != output.shape[0]:
        return Complaint(
            f"Oja's rule needs an output for every sample, but {listing((given, output))} arrive.",
            "Wire the neuron's input and its output.",
            port="output",
        )
    wanted = (given.shape[1], output.shape[1])
    if weight.shape in (wanted, (given.shape[0], *wanted)):
        return None
    return Complaint(
        f"Oja's rule needs the weights {TensorType(wanted)} (inputs × neurons), but {weight} arrives.",
        "Wire the Parameter that the Matmul multiplies the input with.",
        port="weight",
    )


SPECS = (
    loss(
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
            REDUCTION,
        ),
        summary=lambda params: str(params["activation"]),
        input_doc="The neuron's sum z = w·x + b, before Sign or Step.",
        target_port=Port(
            "target", dtype="any", doc="−1 or +1 (form “sign”), or 0 or 1 (form “number”), in the shape of z."
        ),
    ),
    loss(
        "hebb",
        "Hebb",
        "Hebb's rule as a loss: neurons that fire together wire together. Weights move by η y x, and grow without end.",
        r"\begin{matrix} \ell = -\frac{1}{2N} \sum_{n} y_n^{2} \\ \Delta w = \eta \, y \, x \end{matrix}",
        "Hebb 1949, The organization of behavior; Hertz, Krogh & Palmer 1991, §8.2",
        "core.layers.modules.loss_objective.HebbLoss",
        "hebbian learning rule unsupervised neurons that fire together plain sgd",
        real("Hebb", "input"),
        inputs=(Port("input", doc="The output y = w·x of a Linear without bias."),),
        example={"input": (VECTOR,)},
    ),
    loss(
        "oja",
        "Oja",
        "Hebb's rule with Oja's decay: w turns to the first principal component and keeps length 1. Multiply the input"
        " with a Parameter (Matmul), and wire input, product and Parameter here.",
        r"\begin{matrix} \ell = \frac{1}{2N} \sum_{n} \| x_n - y_n w \|^{2}, \; y_n \;\mathrm{held\ constant} \\"
        r" \Delta w = \eta \, y \, (x - y \, w) \end{matrix}",
        "Oja 1982, A simplified neuron model as a principal component analyzer; Sanger 1989; Oja 1989",
        "core.layers.modules.loss_objective.OjaLoss",
        "hebbian learning rule unsupervised pca principal component sanger generalised plain sgd",
        together(
            rows("Oja's rule", "input", "output", same=False),
            real("Oja's rule", "weight", rank=2, takes="D×F"),
            _weights,
        ),
        params=(
            choice(
                "rule",
                "Several neurons",
                ("oja", "sanger", "subspace"),
                "oja: all find the first component; sanger: one after the other; subspace: all, mixed.",
            ),
            REDUCTION,
        ),
        summary=lambda params: str(params["rule"]),
        inputs=(
            Port("input", doc="What the neurons read, x: N×D."),
            Port("output", doc="What they say, y = x·W: N×F. It is held constant here."),
            Port("weight", doc="Their weights W, D×F, or N×D×F where every sample has its own."),
        ),
        example={"input": (VECTOR,), "output": (NUMBER,), "weight": (TensorType(("N", 6, 1)),)},
    ),
)
