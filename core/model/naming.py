"""Where a node stands, in the words of its author: `Encoder layer, repetition 2 › linear_1`."""

from __future__ import annotations

from core.model.project import Project

BETWEEN = " › "


def spoken_path(project: Project, path: str) -> str:
    """A path such as `block_1/1/linear_1` with the titles of the blocks; a node outside of blocks by its id."""
    words: list[str] = []
    within, names = "", path.split("/")
    for name in names[:-1]:
        if name.isdigit():
            words[-1] += f", repetition {int(name) + 1}"
            continue
        node = project.inside(within).nodes.get(name)
        block = project.block_of(node) if node else None
        words.append((node.title if node else "") or (block.title if block else "") or name)
        within = block.name if block else within
    return BETWEEN.join([*words, names[-1]])
