"""What a node says of itself: title, telling parameter, shape. Words only, so that it can be tested without paint."""

from __future__ import annotations

from dataclasses import dataclass

from core.compiler.inference import NodeReport
from core.model.block import REPEAT
from core.model.graph import BLOCK, Edge, Graph, Node
from core.model.project import Project
from core.model.spec import Expected, registry
from core.model.tensor import Field, TensorType
from gui.session import Session
from gui.titles import input_title

MEANINGS = {
    "image": "image", "class": "class labels", "number": "number", "vector": "vector", "token": "tokens",
    "series": "series", "graph": "graph", "state": "state",
}  # fmt: skip


@dataclass(frozen=True)
class Face:
    """The words on a node; `family` names the stripe's colour and `color` overrides it for blocks."""

    title: str
    telling: str = ""
    shape: str = ""
    family: str = "block"
    color: str = ""
    frozen: bool = False
    folds: bool = False
    """Whether it is an instance of a block, which can be opened in place."""
    stacked: bool = False
    """Whether it stands repeated."""


def logits_of(graph: Graph) -> frozenset[str]:
    """The nodes that feed a loss which takes them for logits."""
    return frozenset(edge.source for edge in graph.edges if expected_at(graph, edge).endswith("logits"))


def expected_at(graph: Graph, edge: Edge) -> Expected:
    """What the node at the end of a wire takes its numbers for."""
    spec = registry.get(graph.nodes[edge.target].kind)
    port = spec.input(edge.input) if spec else None
    return port.expects if port else ""


def face_of(
    session: Session,
    project: Project,
    node: Node,
    logits: frozenset[str] = frozenset(),
    path: str = "",
    within: str = "",
) -> Face:
    """The words on a node, from its spec, its data and the latest shapes; `logits` is from `logits_of`.

    `path` leads to it from the place that is shown, `within` is the block in whose graph it stands.
    """
    spec = project.spec_of(node)
    report = session.here.nodes.get(path or node.id)
    if node.kind == BLOCK:
        return _face_of_block(project, node, _shape(session, node, report))
    if spec is None:
        return Face(node.name, family="block")
    telling, title, frozen = spec.telling(node.params), node.name, not node.trainable
    if within and spec.call in ("source", "sink"):
        telling = "optional port" if spec.call == "source" and node.params.get("optional") is True else "port"
        return Face(node.title or node.id, telling, _plain_shape(report), spec.family, frozen=frozen)
    if node.kind == "input":
        title = input_title(project, node, session.fields)
        telling = _meaning(session, node)
        field = field_of(session, node)
        if field is not None and field.name != "x" and not node.title:
            telling = field.name
    shape = _shape(session, node, report, node.id in logits and not within)
    return Face(title, telling, shape, spec.family, frozen=frozen)


def _face_of_block(project: Project, node: Node, shape: str) -> Face:
    block = project.block_of(node)
    if block is None:
        return Face(node.title or str(node.params.get(BLOCK)), family="block")
    repeat = node.params.get(REPEAT.name, 1)
    return Face(
        node.title or block.title,
        block.spec.telling(node.params),
        shape,
        "block",
        block.color,
        frozen=not node.trainable,
        folds=True,
        stacked=repeat != 1,
    )


def field_of(session: Session, node: Node) -> Field | None:
    """The field of the data that an input node reads, as stored; none where it is missing."""
    return session.fields.get(str(node.params.get("field", "x"))) if node.kind == "input" else None


def _meaning(session: Session, node: Node) -> str:
    field = field_of(session, node)
    name = str(node.params.get("field", "x"))
    if field is None:
        return name
    form = str(node.params.get("form", "as stored"))
    return MEANINGS.get(field.meaning, field.meaning) if form == "as stored" else form


def _plain_shape(report: NodeReport | None) -> str:
    types = [*report.outputs.values(), *(each for many in report.inputs.values() for each in many)] if report else []
    return shape_text(types[0]) if types else ""


def _shape(session: Session, node: Node, report: NodeReport | None, is_logits: bool = False) -> str:
    if report is None or not report.outputs:
        return ""
    spec = registry.get(node.kind)
    if spec is not None and spec.family == "loss":
        return ""
    first = next(iter(report.outputs.values()))
    text = shape_text(first)
    if node.kind == "input":
        field = field_of(session, node)
        if not text and field is not None and field.classes:
            return f"{field.classes:,} classes"
        return f"{node.params.get('field', 'x')} {text}".strip()
    if is_logits and len(first.sample) == 1:
        return f"{text} logits"
    return text


def shape_text(type_: TensorType) -> str:
    """The shape of one sample: `6×28×28`; empty for a single value."""
    return "×".join(f"{dim}" for dim in type_.sample)


def wire_text(session: Session, graph: Graph, source: str, output: str) -> str:
    """What a wire of the graph that is shown carries: `N×16×5×5`, or the meaning of labels for class labels."""
    node = graph.nodes.get(source)
    field = field_of(session, node) if node is not None and not session.place.block else None
    if node is not None and field is not None and field.meaning == "class" and not field.shape:
        return _meaning(session, node)
    found = session.here.type_at(source, output)
    return str(found) if found is not None and found.shape else ""
