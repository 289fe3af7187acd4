"""What all losses have in common: their output, how they add up, and small cases that work."""

from __future__ import annotations

from collections.abc import Callable

from core.layers.loss_checks import Check
from core.layers.parameters import choice
from core.model.spec import Expected, Inputs, LayerSpec, Param, Port
from core.model.tensor import TensorType
from core.model.values import Params, Value

REDUCTION = choice("reduction", "Over the batch", ("mean", "sum"), "Whether the errors are averaged or added up.")
SAME = "What it should be, in the same shape; read classes as “number”, “sign” or “one-hot” at the Input."
CLASSES = "The right class of each sample (N), step (N×T) or pixel (N×H×W)."
SCORES = "Scores before softmax: N×C, sequences N×T×C with classes last, images N×C×H×W."

NUMBER = TensorType(("N", 1))
VECTOR = TensorType(("N", 6))
MAP = TensorType(("N", 3, 8, 8))
LABELS = TensorType(("N",), "int64")

CLASS_WEIGHTS = Param(
    "weight",
    "Class weights",
    "floats",
    None,
    "How much each class counts, one number for each, as “1, 1, 5”; none counts all alike.",
    low=0,
    high=1e6,
    optional=True,
)
IGNORED_CLASS = Param(
    "ignore_index",
    "Ignored class",
    "int",
    -100,
    "Places whose target is this number do not count, as those that are not masked.",
    low=-65_536,
    high=65_536,
)


def amount(
    name: str,
    title: str,
    default: float | None,
    doc: str,
    low: float | None = None,
    high: float = 1e5,
    *,
    above: float | None = None,
    optional: bool = False,
) -> Param:
    """A real number with bounds."""
    return Param(name, title, "float", default, doc, low=low, high=high, above=above, optional=optional)


def vectors(*ports: str) -> dict[str, tuple[TensorType, ...]]:
    """An example in which the same kind of vector arrives everywhere."""
    return dict.fromkeys(ports, (VECTOR,))


def loss(
    kind: str,
    title: str,
    doc: str,
    formula: str,
    source: str,
    target: str,
    keywords: str,
    check: Check,
    *,
    params: tuple[Param, ...] = (REDUCTION,),
    summary: Callable[[Params], str] | None = None,
    input_doc: str = "The prediction.",
    takes: Expected = "",
    target_port: Port | None = None,
    inputs: tuple[Port, ...] = (),
    example: Inputs | None = None,
    choose: Callable[[Inputs, Params], str] | None = None,
    derive: Callable[[Inputs, Params], dict[str, Value]] | None = None,
    settings: tuple[str, ...] = (),
) -> LayerSpec:
    """A loss: by default it compares `input` with `target`, number by number; `takes` is what it takes `input` for."""
    default = {"input": (NUMBER,), "target": (NUMBER,)}
    return LayerSpec(
        kind=kind,
        family="loss",
        title=title,
        doc=doc,
        formula=formula,
        source=source,
        target=target,
        inputs=inputs or (Port("input", doc=input_doc, expects=takes), target_port or Port("target", doc=SAME)),
        outputs=(Port("loss", "", doc="The loss, one number."),),
        params=params,
        check=check,
        summary=summary,
        keywords=f"{keywords} cost objective error loss",
        example=({}, example or default),
        choose=choose,
        derive=derive,
        settings=settings,
    )
