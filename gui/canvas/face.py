"""What a node says of itself: title, telling parameter, shape. Words only, so that it can be tested without paint."""

from __future__ import annotations

from dataclasses import dataclass

from core.data.registry import sources
from core.model.graph import BLOCK, Node
from core.model.project import Project
from core.model.spec import registry
from core.model.tensor import Field, TensorType
from gui.session import Session

MEANINGS = {
    "image": "image", "class": "class labels", "number": "number", "vector": "vector", "token": "tokens",
    "series": "series", "graph": "graph", "state": "state",
}  # fmt: skip
_LOGITS = ("cross_entropy", "bce_with_logits")


@dataclass(frozen=True)
class Face:
    """The words on a node; `family` names the stripe's colour and `color` overrides it for blocks."""

    title: str
    telling: str = ""
    shape: str = ""
    family: str = "block"
    color: str = ""
    frozen: bool = False


def logits_of(project: Project) -> frozenset[str]:
    """The nodes that feed a loss which expects logits."""
    graph = project.graph
    return frozenset(
        edge.source for edge in graph.edges if edge.input == "input" and graph.nodes[edge.target].kind in _LOGITS
    )


def face_of(session: Session, project: Project, node: Node, logits: frozenset[str] = frozenset()) -> Face:
    """The words on a node, from its spec, its data and the latest shapes; `logits` is from `logits_of`."""
    spec = registry.get(node.kind)
    if node.kind == BLOCK:
        block = project.blocks.get(str(node.params.get("block")))
        title = node.title or (block.title if block else node.kind)
        return Face(title, "", _shape(session, node), "block", block.color if block else "")
    if spec is None:
        return Face(node.name, family="block")
    telling = spec.telling(node.params)
    title = node.name
    if node.kind == "input":
        source = sources.get(project.data.source)
        title = node.title or (source.title if source else node.name)
        telling = _meaning(session, node)
        field = field_of(session, node)
        if field is not None and field.name != "x" and not node.title:
            is_class = field.meaning == "class" and field.shape == ()
            title = "Class labels" if is_class else (field.title[:1].upper() + field.title[1:]) or title
            telling = field.name
    frozen = not node.trainable
    return Face(title, telling, _shape(session, node, node.id in logits), spec.family, frozen=frozen)


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


def _shape(session: Session, node: Node, is_logits: bool = False) -> str:
    report = session.inference.nodes.get(node.id)
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


def wire_text(session: Session, project: Project, source: str, output: str) -> str:
    """What a wire carries: `N×16×5×5`, or the meaning of the labels for a wire of class labels."""
    node = project.graph.nodes.get(source)
    if node is not None and (field := field_of(session, node)) and field.meaning == "class" and not field.shape:
        return _meaning(session, node)
    found = session.inference.type_at(source, output)
    return str(found) if found is not None and found.shape else ""
