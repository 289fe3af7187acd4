"""Capsules: groups of neurons whose length says that a thing is there and whose direction says how it is."""

from __future__ import annotations

from core.layers.complaints import changing, not_real
from core.layers.parameters import size, window
from core.layers.reading import along, first, whole
from core.layers.windows import not_channels_first, too_wide
from core.model.fault import Complaint
from core.model.spec import Inputs, LayerSpec, Port
from core.model.tensor import TensorType
from core.model.values import Params

_SABOUR = "Sabour, Frosst & Hinton 2017, Dynamic routing between capsules"


def _primary_check(inputs: Inputs, params: Params) -> Complaint | None:
    if wrong := not_channels_first("Primary capsules", inputs, 2):
        return wrong
    return too_wide("Primary capsules", first(inputs), along(params, "kernel_size", 2), (0, 0), (1, 1))


def _routing_check(inputs: Inputs, params: Params) -> Complaint | None:
    arriving = first(inputs)
    if wrong := not_real("Capsules", arriving, embed=False):
        return wrong
    if arriving.rank != 3:
        return Complaint(
            f"Capsules take N×I×D (samples, capsules, numbers in each), but {arriving} arrives.",
            "Put Primary capsules before them, or a Reshape.",
            port="input",
        )
    return changing("Capsules", arriving, 1) or changing("Capsules", arriving, 2)


SPECS = (
    LayerSpec(
        kind="capsule",
        family="dense",
        title="Primary capsules",
        doc="A convolution whose channels are read in groups: each is a vector at each place, shrunk below length 1.",
        formula=r"u = \frac{\|s\|^2}{1 + \|s\|^2} \, \frac{s}{\|s\|}, \quad s = \mathrm{conv}(x)",
        source=f"{_SABOUR}, §4, eq. 1",
        target="core.layers.modules.capsules.PrimaryCapsules",
        inputs=(Port("input", "N C H W", doc="Images or feature maps, channels first."),),
        outputs=(Port("output", "N I D", doc="A vector for each kind of capsule at each place."),),
        params=(
            size("capsules", "Capsules", 32, "How many kinds of capsule there are at each place."),
            size("dim", "Numbers in each", 8, "How many numbers a capsule has.", high=1_024),
            window("kernel_size", "Kernel", 9, "The size of the window that slides over the input.", 2),
            window("stride", "Stride", 2, "How far the window moves at each step.", 2),
        ),
        derive=lambda inputs, params: {"in_channels": first(inputs).size(1)},
        check=_primary_check,
        summary=lambda params: f"{whole(params, 'capsules'):,} × {whole(params, 'dim'):,}",
        keywords="capsnet capsule squash pose vector convolution",
        example=({"capsules": 2, "dim": 4, "kernel_size": 3}, {"input": (TensorType(("N", 3, 8, 8)),)}),
    ),
    LayerSpec(
        kind="capsule_routing",
        family="dense",
        title="Capsules with routing",
        doc="Capsules predict those of the next layer; predictions that agree are weighed more, round by round.",
        formula=r"v_j = \mathrm{squash} \Big(\sum_i c_{ij} \hat{u}_{j|i}\Big), \quad c_i = \mathrm{softmax}(b_i), "
        r"\quad b_{ij} \leftarrow b_{ij} + \hat{u}_{j|i} \cdot v_j",
        source=f"{_SABOUR}, procedure 1",
        target="core.layers.modules.capsules.CapsuleRouting",
        inputs=(Port("input", "N I D", doc="Capsules: samples, capsules, numbers in each."),),
        outputs=(
            Port("output", "N I D", pick=(0,), doc="The capsules of the next layer."),
            Port("lengths", "N F", pick=(1,), doc="Their lengths below 1: how surely each thing is there."),
        ),
        params=(
            size("out_capsules", "Capsules", 10, "How many capsules come out, such as one for each class."),
            size("dim", "Numbers in each", 16, "How many numbers an output capsule has.", high=1_024),
            size("iterations", "Rounds", 3, "How often the routing is improved.", high=32),
        ),
        derive=lambda inputs, params: {"in_capsules": first(inputs).size(1), "in_dim": first(inputs).size(2)},
        check=_routing_check,
        summary=lambda params: f"{whole(params, 'out_capsules'):,} × {whole(params, 'dim'):,}",
        keywords="capsnet dynamic routing agreement digitcaps squash",
        example=({"out_capsules": 3, "dim": 4}, {"input": (TensorType(("N", 5, 8)),)}),
    ),
)
