"""The ends of a network: what it reads from the data, and what it returns."""

from __future__ import annotations

from core.layers.parameters import choice, flag
from core.model.spec import LayerSpec, Param, Port
from core.model.tensor import FORMS, TensorType

SPECS = (
    LayerSpec(
        kind="input",
        family="data",
        title="Input",
        doc="Gives a field of the data to the network, one batch at a time.",
        formula=r"x \in \mathbb{R}^{N \times d_1 \times \cdots \times d_k}",
        source="Goodfellow, Bengio & Courville 2016, Deep Learning, §5.1.3",
        call="source",
        inputs=(),
        outputs=(Port("output", dtype="any", doc="The samples of the batch, N first."),),
        params=(
            Param("field", "Field", "field", "x", "Which field of the data, such as x for inputs and y for targets."),
            choice(
                "form",
                "Form",
                FORMS,
                "As stored, a class as a number (N×1), two classes as −1 and +1 (N×1), or one-hot (N×C).",
            ),
            flag("optional", "Optional", False, "Inside a block: whether this port may stay without a wire."),
        ),
        settings=("field", "form", "optional"),
        summary=lambda params: str(params["field"]) + (f" · {params['form']}" if params["form"] != "as stored" else ""),
        keywords="data source features samples target label placeholder",
        example=({}, {}),
    ),
    LayerSpec(
        kind="output",
        family="data",
        title="Output",
        doc="Marks what the trained network returns: its prediction, and what is exported.",
        formula=r"\hat{y} = f(x)",
        source="Goodfellow, Bengio & Courville 2016, Deep Learning, §6.2.2",
        call="sink",
        inputs=(Port("input", dtype="any", doc="What the network shall return."),),
        outputs=(),
        keywords="result prediction return end sink",
        example=({}, {"input": (TensorType(("N", 6)),)}),
    ),
)
