"""Where a node stands, in the words of its author: `Encoder layer, repetition 2 › linear_1`."""

from __future__ import annotations

from core.model.project import Project

BETWEEN = " › "


class Spoken:
    """Paths such as `block_1/1/linear_1` with the titles of the blocks; each part of a path is looked up once."""

    def __init__(self, project: Project) -> None:
        self._project = project
        # What stands before the nodes inside of an instance, and the block that they are in.
        self._known: dict[str, tuple[str, str]] = {"": ("", "")}

    def path(self, path: str) -> str:
        """The words for a node; one outside of blocks goes by its id."""
        above, _, name = path.rpartition("/")
        unknown = []
        while above not in self._known:
            unknown.append(above)
            above = above.rpartition("/")[0]
        for inner in reversed(unknown):
            self._known[inner] = self._inside(inner)
        return self._known[path.rpartition("/")[0]][0] + name

    def _inside(self, instance: str) -> tuple[str, str]:
        above, _, name = instance.rpartition("/")
        words, within = self._known[above]
        if name.isdigit():
            return f"{words.removesuffix(BETWEEN)}, repetition {int(name) + 1}{BETWEEN}", within
        node = self._project.inside(within).nodes.get(name)
        block = self._project.block_of(node) if node else None
        word = (node.title if node else "") or (block.title if block else "") or name
        return f"{words}{word}{BETWEEN}", block.name if block else within
