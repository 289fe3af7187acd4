"""Classes and tokens that a layer has no place for: torch would only stop at the first sample that holds one."""

from __future__ import annotations

from collections.abc import Mapping

from core.compiler.inference import NodeReport
from core.compiler.trial import Plan
from core.compiler.wording import called
from core.model.fault import Fault
from core.model.graph import Graph, Node
from core.model.spec import Inputs, registry
from core.model.tensor import Field, TensorType

SCORED = {"target": ("input",), "action": ("values", "policy")}
"""Ports of losses at which classes and actions arrive, and those whose scores they pick from."""


def of_classes(
    graph: Graph, plans: Mapping[str, Plan], reports: Mapping[str, NodeReport], fields: Mapping[str, Field]
) -> list[Fault]:
    """Embeddings and losses that are fed by a field with more classes than they were built for."""
    found = []
    for edge in graph.edges:
        node, source, plan = graph.nodes[edge.target], graph.nodes[edge.source], plans.get(edge.target)
        field = _whole_numbers(source, fields)
        if field is None or plan is None or not field.classes:
            continue
        rows = plan.kwargs.get("num_embeddings")
        if isinstance(rows, int) and rows < field.classes:
            found.append(
                Fault(
                    node.id,
                    f"{called(node)} has {rows:,} vectors, but the field “{field.name}” has {field.classes:,} tokens.",
                    f"Set its vocabulary to {field.classes:,}.",
                    port=edge.input,
                    params={"num_embeddings": field.classes},
                )
            )
        elif plan.spec.family == "loss" and (port := _scored(edge.input, reports[node.id].inputs)):
            scores = _scores(reports[node.id].inputs[port][0])
            if 0 < scores < field.classes:
                found.append(
                    Fault(
                        node.id,
                        f"{called(node)} gets {scores:,} scores for each sample, but the field “{field.name}” has "
                        f"{field.classes:,} classes.",
                        f"Let the layer before it have {field.classes:,} outputs.",
                        port=port,
                    )
                )
    return found


def _scored(index: str, inputs: Inputs) -> str:
    """The port whose scores a loss picks by the whole numbers at the port `index`; empty where it picks none."""
    return next((port for port in SCORED.get(index, ()) if port in inputs), "")


def _whole_numbers(node: Node, fields: Mapping[str, Field]) -> Field | None:
    """The field that an input node gives as it is stored, if that is in whole numbers."""
    spec = registry.get(node.kind)
    if spec is None or spec.call != "source":
        return None
    params = spec.complete(node.params)
    field = fields.get(str(params.get("field")))
    return field if field and params.get("form") == "as stored" and not field.type.is_float else None


def _scores(type_: TensorType) -> int:
    """How many classes a prediction tells apart: (N, C), (N, T, C) and (N, C, H, W)."""
    size = type_.shape[-1 if type_.rank == 3 else 1] if type_.rank > 1 else 0
    return size if isinstance(size, int) else 0
