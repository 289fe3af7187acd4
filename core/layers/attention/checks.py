"""Complaints and ports that layers with attention share."""

from __future__ import annotations

from core.layers.complaints import not_sequence
from core.layers.reading import first, whole
from core.model.fault import Complaint
from core.model.spec import Inputs, Port
from core.model.tensor import TensorType
from core.model.values import Params

SEQUENCE, OTHER, PADDING = TensorType(("N", 5, 8)), TensorType(("N", 7, 8)), TensorType(("N", 5))
"""What arrives in the examples: a sequence, a longer one, a mask of the first's steps."""

HEADS_DOC = "How many attentions look side by side; must divide the number of features."
READS = Port("input", "N T F", doc="Sequences: samples, steps, features.")
SAME = Port("output", "N T F", doc="The same shape.")


def padding_port(name: str = "padding_mask", axis: str = "T", of: str = "a step") -> Port:
    """A mask of padding; all masks of this kind are read alike."""
    return Port(
        name,
        f"N {axis}",
        "any",
        optional=True,
        doc=f"True, or a number above ½, where {of} is padding that nobody looks at; without a wire, none is.",
    )


def heads_summary(heads: int, causal: object = False) -> str:
    """`4 heads · causal`."""
    return f"{heads} {'head' if heads == 1 else 'heads'}" + (" · causal" if causal else "")


def heads_complaint(title: str, features: int, params: Params, name: str) -> Complaint | None:
    """Where features cannot be split among heads."""
    heads = whole(params, name)
    if features % heads == 0:
        return None
    fitting = next(count for count in range(min(heads, features), 0, -1) if features % count == 0)
    return Complaint(
        f"{title} cannot split {features:,} features among {heads:,} heads evenly.",
        f"Use {fitting} {'head' if fitting == 1 else 'heads'}, or another number that divides {features:,}.",
        params={name: fitting},
    )


def batch_complaint(title: str, inputs: Inputs, port: str, like: str) -> Complaint | None:
    """Where another number of samples arrives at `port` than at `like`."""
    one, other = first(inputs, port), first(inputs, like)
    if one.shape[0] == other.shape[0]:
        return None
    return Complaint(
        f"{title} takes as many samples at “{port}” ({one}) as at “{like}” ({other}).",
        "Keep the first axis (N, the samples) of both as it is.",
        port=port,
    )


def padding_complaint(title: str, inputs: Inputs, port: str = "padding_mask", of: str = "input") -> Complaint | None:
    """Where a mask of padding does not have one number for every step that arrives at the port `of`."""
    steps = first(inputs, of)
    if not inputs.get(port) or first(inputs, port).shape == steps.shape[:2]:
        return None
    return Complaint(
        f"{title} needs one number for every step of {steps}, N×{steps.shape[1]}, at “{port}”, but "
        f"{first(inputs, port)} arrives.",
        "Wire a mask with one number a step, such as that of a Padding mask on the tokens, or none at all.",
        port=port,
    )


def sequence_heads_complaint(title: str, inputs: Inputs, params: Params, name: str = "num_heads") -> Complaint | None:
    """What layers that read one sequence in heads, with or without a mask of padding, cannot take."""
    return (
        not_sequence(title, inputs)
        or padding_complaint(title, inputs)
        or heads_complaint(title, first(inputs).size(2), params, name)
    )
