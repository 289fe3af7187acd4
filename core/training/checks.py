"""What is looked at before a run starts: do the class indices in the data fit the network that reads them?"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from core.compiler.inference import Inference
from core.data.dataset import Dataset
from core.model.fault import ProjectError
from core.model.project import Project
from core.model.spec import registry
from core.training.feed import data_field
from core.training.metrics import class_axis

INDEXED_LOSSES = {
    **dict.fromkeys(
        ("cross_entropy", "nll", "hinge", "multi_margin", "capsule_margin", "focal", "ctc"), ("input", "target")
    ),
    "td_error": ("values", "action"),
    "policy_gradient": ("policy", "action"),
}
"""Losses that pick scores by whole numbers: the ports of both."""


def check_indices(project: Project, dataset: Dataset, inference: Inference, losses: Iterable[str]) -> None:
    """Raises ProjectError when a class has no score at a loss, or a token no row in an embedding."""
    for name in losses:
        if ports := INDEXED_LOSSES.get(project.graph.nodes[name].kind):
            _check_loss(project, dataset, inference, name, *ports)
    for node in project.graph.of_kind("embedding"):
        span = _span(project, dataset, node.id, "input")
        rows = registry["embedding"].complete(node.params).get("num_embeddings")
        if span is None or not isinstance(rows, int):
            continue
        if span[0] < 0:
            raise ProjectError(
                f"The data hold the index {span[0]}, and {node.id} knows none below 0.",
                place=node.id,
                fix="Feed it a field of tokens or classes.",
            )
        if span[1] >= rows:
            raise ProjectError(
                f"The data hold {span[1] + 1:,} different indices, and {node.id} has {rows:,} rows.",
                place=node.id,
                fix=f"Set its num_embeddings to {span[1] + 1}.",
            )


def _check_loss(project: Project, dataset: Dataset, inference: Inference, loss: str, scored: str, indexed: str) -> None:
    """Raises ProjectError when an index that reaches `indexed` has no score at `scored`."""
    report = inference.nodes.get(loss)
    scores = report.inputs.get(scored, ()) if report else ()
    params = registry[project.graph.nodes[loss].kind].complete(project.graph.nodes[loss].params)
    ignored = params.get("ignore_index")
    span = _span(project, dataset, loss, indexed, ignored if isinstance(ignored, int) else None)
    if span is None or not scores or scores[0].rank < 2:
        return
    count = scores[0].shape[class_axis(scores[0].rank)]
    if not isinstance(count, int):
        return
    noun = "action" if indexed == "action" else "class"
    nouns = "actions" if indexed == "action" else "classes"
    if span[0] < 0:
        raise ProjectError(
            f"The data hold the {noun} {span[0]}, and {nouns} are counted from 0.",
            place=loss,
            fix="Number them from 0." if ignored is None else f"Number them from 0 ({ignored} marks what is left out).",
        )
    if span[1] >= count:
        classes, layer = span[1] + 1, _sized_layer(project, loss, scored)
        raise ProjectError(
            f"The data have {classes} {nouns}, {layer or 'the network'} gives {count} scores.",
            place=loss,
            fix=f"Set its out_features to {classes}." if layer else f"Let the last layer give {classes} outputs.",
        )


def _span(
    project: Project, dataset: Dataset, node: str, port: str, ignored: int | None = None
) -> tuple[int, int] | None:
    """The least and the largest index that a port gets straight from the data; None where it gets something else."""
    wires = project.graph.into(node, port)
    if not wires or project.graph.nodes[wires[0].source].kind != "input":
        return None
    field, form = data_field(project, wires[0].source)
    if dataset.fields[field].formed(form).dtype != "int64":
        return None
    found: list[int] = []
    for part in dataset.parts:
        values = dataset.column(part, field, form)
        values = values if ignored is None else values[values != ignored]
        if values.size:
            found += [int(np.min(values)), int(np.max(values))]
    return (min(found), max(found)) if found else None


def _sized_layer(project: Project, loss: str, port: str) -> str:
    """The layer whose `out_features` is the number of scores: the next one back from the loss; empty if unclear."""
    wires = project.graph.into(loss, port)
    while wires:
        node = project.graph.nodes[wires[0].source]
        spec = registry.get(node.kind)
        if spec and any(param.name == "out_features" for param in spec.params):
            return node.id
        if not spec or spec.family not in ("activation", "normalisation", "operation"):
            return ""
        wires = project.graph.into(node.id)
    return ""
