"""Going into blocks and out of them: the place that is shown, and what is known and selected there."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from PySide6.QtCore import Signal

from core.model.graph import BLOCK, Graph, Node
from gui.desk import Desk
from gui.place import Here, Place, Step, instance_of, node_at, place_of, way_to


class Travel(Desk):
    """The place of the document in front. A subclass keeps it up to date with `_find_place` after every edit."""

    place_changed = Signal()  # another graph, or another repetition of it, is shown
    focus_requested = Signal(str)  # centre the canvas on this node of the place
    rename_requested = Signal()  # the selected node was just made and waits for a name

    @property
    def place(self) -> Place:
        return self.front.place

    @property
    def graph(self) -> Graph:
        """The graph that is shown: the project's own, or that of the block that one is in."""
        return self.front.project.inside(self.place.block)

    @property
    def here(self) -> Here:
        """What is known of the graph that is shown."""
        return self.front.here

    @property
    def inner(self) -> str:
        """The path of the one node that is selected inside an opened instance; empty without one."""
        return self.front.inner

    @property
    def selected_paths(self) -> tuple[str, ...]:
        """The selected nodes by their paths in the whole project."""
        chosen = (self.inner,) if self.inner else self.selection
        return tuple(self.place.prefix + name for name in chosen)

    def select(self, ids: Iterable[str]) -> None:
        """Selects nodes of the graph that is shown."""
        chosen = tuple(dict.fromkeys(name for name in ids if name in self.graph.nodes))
        if chosen != self.front.selection or self.front.inner:
            self.front.selection, self.front.inner = chosen, ""
            self.selection_changed.emit()

    def select_inner(self, path: str) -> None:
        """Selects a node inside an opened instance, by its path from here."""
        if "/" not in path:
            self.select([path])
        elif path != self.front.inner and self.node_at(path)[1] is not None:
            self.front.selection, self.front.inner = (), path
            self.selection_changed.emit()

    def node_at(self, path: str) -> tuple[str, Node | None]:
        """The graph and the node at a path from here."""
        return node_at(self.front.project, self.place.steps, path)

    def chosen(self) -> tuple[str, Node | None]:
        """The graph and the node of the one thing that is selected, here or in an opened instance; else no node."""
        if self.inner:
            return self.node_at(self.inner)
        names = self.selection
        return self.place.block, self.graph.nodes.get(names[0]) if len(names) == 1 else None

    def enter(self, path: str, repetition: int | None = None) -> bool:
        """Goes inside an instance, given by its path from here; returns whether it is one."""
        project = self.front.project
        steps, name = way_to(project, path, self.place.steps)
        node = project.inside(steps[-1].block if steps else "").nodes.get(name)
        if node is None or project.block_of(node) is None:
            return False
        self.go((*steps, Step(str(node.params[BLOCK]), name, repetition or 0)))
        return True

    def leave(self, levels: int = 1) -> bool:
        """Goes out, and selects the instance that one was in; returns whether one was inside at all."""
        steps = self.place.steps
        if not steps:
            return False
        levels = min(levels, len(steps))
        self.go(steps[: len(steps) - levels], [steps[-levels].instance])
        return True

    def turn(self, by: int) -> None:
        """Shows another repetition of the instance that one is in."""
        if self.place.steps:
            last = self.place.steps[-1]
            to = min(max(last.repetition + by, 0), self.place.repeat - 1)
            self.go((*self.place.steps[:-1], last._replace(repetition=to)), self.selection)

    def go(self, steps: Sequence[Step], select: Iterable[str] = ()) -> None:
        """Goes to a place, as far as the way there exists, and selects nodes there."""
        place = place_of(self.front.project, steps)
        changed = place != self.front.place
        self.front.place = place
        chosen = tuple(dict.fromkeys(name for name in select if name in self.graph.nodes))
        selected = chosen != self.front.selection or bool(self.front.inner)
        self.front.selection, self.front.inner = chosen, ""
        if changed:
            self.place_changed.emit()
        if changed or selected:
            self.selection_changed.emit()

    def visit(self, path: str) -> bool:
        """Goes to where a node is, given by its path in the whole project, selects it and brings it into sight."""
        steps, name = way_to(self.front.project, path)
        within = steps[-1].block if steps else ""
        if name not in self.front.project.inside(within).nodes:
            return False
        self.go(steps, [name])
        self.focus_requested.emit(name)
        return True

    def repetitions(self, path: str) -> int:
        """How often the instance at a path from here stands."""
        project = self.front.project
        steps, name = way_to(project, path, self.place.steps)
        around = place_of(project, steps)
        node = project.inside(around.block).nodes.get(name)
        found = instance_of(project, node, around.names) if node else None
        return found.repeat if found else 1

    def _find_place(self) -> bool:
        """After an edit: stays where one is, or goes out to where things still are; returns whether that changed."""
        document = self.front
        before, document.place = document.place, place_of(document.project, document.place.steps)
        return before != document.place
