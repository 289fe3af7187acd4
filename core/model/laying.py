"""Places for the nodes of projects that a program wrote: there all of them lie on top of each other."""

from __future__ import annotations

from core.model.layout import tidy
from core.model.ops import MoveNodes
from core.model.project import Project


def lay_out(project: Project) -> None:
    """Lays out every graph, of the project and of its blocks, whose nodes all lie in one and the same place."""
    for block in ("", *project.blocks):
        graph = project.inside(block)
        if len(graph.nodes) > 1 and len({(node.x, node.y) for node in graph.nodes.values()}) == 1:
            MoveNodes(tidy(graph), block).apply(project)
