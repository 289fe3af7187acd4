"""Neurons and nets with rules of their own, from the threshold neuron to the Boltzmann machine."""

from __future__ import annotations

from core.layers.dense.checks import checked, features, vectors
from core.layers.parameters import choice, flag, size
from core.layers.reading import first, number, sizes, times, whole
from core.model.fault import Complaint
from core.model.spec import Inputs, LayerSpec, Loop, Param, Port
from core.model.tensor import TensorType
from core.model.values import Params

_VECTOR = TensorType(("N", 6))
_ONE_VECTOR = Port("input", "N F", doc="One vector a sample.")


def _weights(params: Params) -> tuple[float, ...]:
    value = params["weights"]
    return tuple(float(each) for each in value) if isinstance(value, tuple) else (number(params, "weights"),)


def _threshold_check(inputs: Inputs, params: Params) -> Complaint | None:
    if wrong := features("Threshold neuron", inputs):
        return wrong
    arriving, weights = first(inputs), _weights(params)
    count = arriving.size(-1)
    if len(weights) == count:
        return None
    fitting = (weights + (1.0,) * count)[:count]
    return Complaint(
        f"The neuron has {len(weights)} weight{'s' * (len(weights) > 1)}, but {count:,} numbers a sample arrive "
        f"({arriving}).",
        "Give one weight for each number.",
        params={"weights": fitting} if count <= 64 else {},
        port="input",
    )


def _threshold_summary(params: Params) -> str:
    shown = ", ".join(f"{each:g}" for each in _weights(params)[:4])
    more = ", …" if len(_weights(params)) > 4 else ""
    return f"w {shown}{more} · b {number(params, 'bias'):g}".replace("-", "−")


def _som_check(inputs: Inputs, params: Params) -> Complaint | None:
    if wrong := vectors("Self-organising map", inputs):
        return wrong
    start, end = number(params, "radius"), number(params, "final_radius")
    if end <= start:
        return None
    return Complaint(
        f"The neighbourhood grows from {start:g} to {end:g}; a map settles only when it shrinks.",
        f"Choose a last radius of at most {start:g}.",
        severity="warning",
        params={"final_radius": start},
    )


SPECS = (
    LayerSpec(
        kind="threshold_neuron",
        family="dense",
        title="Threshold neuron",
        doc="Fires when the weighted sum of its inputs reaches a threshold; its weights are set by hand.",
        formula=r"y = \begin{cases} 1 & w \cdot x + b \geq 0 \\ 0 & w \cdot x + b < 0 \end{cases}",
        source="McCulloch & Pitts 1943, A logical calculus of the ideas immanent in nervous activity",
        target="core.layers.modules.neurons.ThresholdNeuron",
        inputs=(Port("input", "N ... F", doc="Vectors, such as truth values 0 and 1."),),
        outputs=(Port("output", "N ... F", doc="1 or 0 for each vector (a last axis of size 1)."),),
        params=(
            Param(
                "weights",
                "Weights",
                "floats",
                (1.0, 1.0),
                "A weight for each input, such as 1 × 1.",
                low=-1e6,
                high=1e6,
            ),
            Param(
                "bias",
                "Bias",
                "float",
                -2.0,
                "Minus the threshold: −2 for AND, −1 for OR of two inputs.",
                low=-1e6,
                high=1e6,
            ),
        ),
        check=_threshold_check,
        summary=_threshold_summary,
        keywords="mcculloch pitts logic and or not gate linear fixed perceptron heaviside",
        example=({"weights": (1.0, -2.0), "bias": 0.5}, {"input": (TensorType(("N", 2)),)}),
    ),
    LayerSpec(
        kind="hopfield",
        family="dense",
        title="Hopfield net",
        doc="A memory that falls from a noisy pattern into the nearest stored one. Descent on the energy of what "
        "arrives stores it by Hebb's rule.",
        formula=r"s_i \leftarrow \mathrm{sign} \Big(\sum_{j \neq i} w_{ij} s_j\Big), "
        r"\quad E = -\frac{1}{2} s^{\top} W s, \quad \Delta W = \frac{\eta}{2} \, x x^{\top}",
        source="Hopfield 1982, Neural networks and physical systems with emergent collective computational abilities",
        target="core.layers.modules.neurons.Hopfield",
        inputs=(_ONE_VECTOR,),
        outputs=(
            Port("output", "N F", pick=(0,), doc="The recalled state, −1 and +1, held constant."),
            Port("energy", "N", pick=(1,), doc="The energy of what arrives: as a loss, it stores the patterns."),
            Port("energies", "N F", pick=(2,), doc="The energy before the first step and after each, held constant."),
        ),
        params=(
            size("steps", "Steps", 5, "How often every unit is updated.", high=100),
            choice(
                "update",
                "Update",
                ("asynchronous", "synchronous"),
                "One unit after another, which never raises the energy, or all at once, which may oscillate.",
            ),
            Param(
                "threshold",
                "Threshold",
                "float",
                0.0,
                "Arriving numbers from here on count as +1, others as −1; 0.5 for pixels from 0 to 1.",
                low=-1e6,
                high=1e6,
            ),
        ),
        derive=lambda inputs, params: {"features": first(inputs).size(1)},
        check=checked("Hopfield net", vectors),
        summary=lambda params: f"{whole(params, 'steps')} step{'s' * (whole(params, 'steps') > 1)}",
        keywords="associative memory attractor hebb hebbian energy recall content addressable recurrent",
        example=({"steps": 2, "threshold": 0.5}, {"input": (_VECTOR,)}),
    ),
    LayerSpec(
        kind="self_organising_map",
        family="dense",
        title="Self-organising map",
        doc="A grid of prototypes that unfolds over the data: the nearest one wins and takes its neighbours along. "
        "Descent on the energy is Kohonen's rule.",
        formula=r"E = \frac{1}{2} \sum_u h_u \|x - w_u\|^2, \quad h_u = e^{-\|r_u - r_c\|^2 / 2\sigma^2}, "
        r"\quad c = \arg\min_u \|x - w_u\|",
        source="Kohonen 1982, Self-organized formation of topologically correct feature maps",
        target="core.layers.modules.neurons.SelfOrganisingMap",
        inputs=(_ONE_VECTOR,),
        outputs=(
            Port("distances", "N F", pick=(0,), doc="Squared distances to all prototypes, row by row of the grid."),
            Port("winner", "N", "int", pick=(1,), doc="The number of the nearest prototype."),
            Port("neighbourhood", "N F", pick=(2,), doc="How much each prototype learns, held constant."),
            Port("energy", "N", pick=(3,), doc="Half the distances weighted by the neighbourhood: the map's loss."),
            Port("map", "...", pick=(4,), doc="The prototypes as they lie on the grid, F×H×W, a map of each feature."),
        ),
        params=(
            Param(
                "grid",
                "Grid",
                "ints",
                (8, 8),
                "Rows and columns of the grid of prototypes.",
                low=1,
                high=64,
                lengths=(2,),
            ),
            Param(
                "radius",
                "Radius",
                "float",
                3.0,
                "The neighbourhood's σ at first, in grid steps.",
                low=0.01,
                high=128,
            ),
            Param("final_radius", "Last radius", "float", 0.5, "The σ that it shrinks to.", low=0.01, high=128),
            size("shrink_steps", "Shrinks over", 1_000, "After how many batches it has shrunk.", high=1_000_000),
        ),
        derive=lambda inputs, params: {"in_features": first(inputs).size(1)},
        check=_som_check,
        summary=lambda params: times(sizes(params, "grid") * (1 if len(sizes(params, "grid")) == 2 else 2)),
        keywords="som kohonen map competitive learning prototype codebook unsupervised topology clustering winner",
        example=({"grid": (2, 3)}, {"input": (_VECTOR,)}),
    ),
    LayerSpec(
        kind="rbm",
        family="dense",
        title="Restricted Boltzmann machine",
        doc="Visible and hidden units that explain each other. The mean free energy of the data minus that of "
        "the sample is contrastive divergence.",
        formula=r"p(h_j = 1 \mid v) = \sigma(b_j + W_j v), \quad "
        r"F(v) = -a^{\top} v - \sum_j \log\left(1 + e^{b_j + W_j v}\right)",
        source="Hinton 2002, Training products of experts by minimizing contrastive divergence",
        target="core.layers.modules.neurons.RestrictedBoltzmannMachine",
        inputs=(Port("input", "N F", doc="The visible units: numbers from 0 to 1."),),
        outputs=(
            Port("output", "N F", pick=(0,), doc="The probability that each hidden unit is on."),
            Port("free_energy", "N", pick=(1,), doc="The free energy of what arrives."),
            Port(
                "sample",
                "N F",
                pick=(2,),
                doc="Visible units after k rounds of Gibbs sampling, held constant; in evaluation their probabilities, "
                "unless it always draws.",
            ),
            Port("sample_free_energy", "N", pick=(3,), doc="The free energy of the sample."),
            Port("reconstruction", "N F", pick=(4,), doc="The visible units' probabilities, given the hidden ones."),
        ),
        params=(
            size("hidden", "Hidden units", 64, "How many hidden units explain the visible ones."),
            size("k", "Gibbs steps", 1, "How many rounds of sampling lie between the data and the sample.", high=1_000),
            flag("always", "Always", False, "Whether it draws in evaluation too, not only while training."),
        ),
        derive=lambda inputs, params: {"visible": first(inputs).size(1)},
        check=checked("Restricted Boltzmann machine", vectors),
        summary=lambda params: f"{whole(params, 'hidden'):,} · CD-{whole(params, 'k'):,}",
        keywords="rbm dbn deep belief contrastive divergence gibbs energy-based generative unsupervised hidden visible",
        draws=True,
        example=({"hidden": 4}, {"input": (_VECTOR,)}),
        loop=Loop("input", "sample", 300, "bernoulli"),
    ),
)
