"""What an input node is called wherever it is shown: by its own title, else by the data or the field that it gives."""

from __future__ import annotations

from collections.abc import Mapping

from core.data.registry import sources
from core.model.graph import Node
from core.model.project import Project
from core.model.tensor import Field


def input_title(project: Project, node: Node, fields: Mapping[str, Field]) -> str:
    """The title of an input node of a project with these fields: `Class labels` for those, `Circles` for the data."""
    source, field = sources.get(project.data.source), fields.get(str(node.params.get("field", "x")))
    whole = source.title if source else node.name
    if node.title:
        return node.title
    if field is None or field.name == "x":
        return whole
    is_class = field.meaning == "class" and field.shape == ()
    return "Class labels" if is_class else (field.title[:1].upper() + field.title[1:]) or whole
