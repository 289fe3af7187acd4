"""A project: the graph and its blocks, the data, the training settings and the lecture note."""

from __future__ import annotations

from core.model.block import Block
from core.model.graph import BLOCK, Edge, Graph, Node
from core.model.settings import Data, Training
from core.model.spec import LayerSpec, Port, registry


class Project:
    """Everything that is saved in one file. It changes only through `ops`, and as a rule through a `History`."""

    def __init__(self, title: str = "Untitled") -> None:
        self.title = title
        self.lecture = ""
        self.note = ""
        self.graph = Graph()
        self.blocks: dict[str, Block] = {}
        self.data = Data()
        self.training = Training()

    def inside(self, block: str = "") -> Graph:
        """The graph of a block, or the project's own for an empty name."""
        return self.blocks[block].graph if block else self.graph

    def spec_of(self, node: Node) -> LayerSpec | None:
        """What describes a node: its kind, or the block that it is an instance of; None when that is not there."""
        if node.kind == BLOCK:
            block = self.blocks.get(str(node.params.get(BLOCK)))
            return block.spec if block else None
        return registry.get(node.kind) or self._stand_in(node.kind)

    def _stand_in(self, kind: str) -> LayerSpec:
        """What is drawn for a kind that is not loaded: it has the ports that wires lead to and from."""
        inputs, outputs = dict[str, Port](), dict[str, Port]()
        for graph in (self.graph, *(block.graph for block in self.blocks.values())):
            for edge in graph.edges:
                if graph.nodes[edge.target].kind == kind:
                    several = edge.slot > 0 or (edge.input in inputs and inputs[edge.input].variadic)
                    inputs[edge.input] = Port(edge.input, "...", "any", several, optional=True)
                if graph.nodes[edge.source].kind == kind:
                    outputs[edge.output] = Port(edge.output, "...", "any")
        doc = "This layer is of a kind that is not loaded; it keeps its settings and its wires."
        ports = tuple(inputs.values()), tuple(outputs.values())
        return LayerSpec(kind, title=kind, doc=doc, inputs=ports[0], outputs=ports[1])

    def block_of(self, node: Node) -> Block | None:
        """The block that a node is an instance of; None for any other node."""
        return self.blocks.get(str(node.params.get(BLOCK))) if node.kind == BLOCK else None

    def inputs_of(self, node: Node) -> tuple[Port, ...]:
        """The input ports of a node, those of its definition when it is an instance of a block."""
        block = self.block_of(node)
        if block or node.kind == BLOCK:
            return block.inputs if block else ()
        spec = self.spec_of(node)
        return spec.inputs if spec else ()

    def outputs_of(self, node: Node) -> tuple[Port, ...]:
        block = self.block_of(node)
        if block or node.kind == BLOCK:
            return block.outputs if block else ()
        spec = self.spec_of(node)
        return spec.outputs_for(node.params) if spec else ()

    def refusal(self, edge: Edge, block: str = "", *, as_it_was: bool = False, cycles: bool = True) -> str:
        """Why a wire cannot be added, in plain words; empty when it can.

        With `as_it_was`, the ports of nodes whose kind is missing, or of a file of the user's, are taken on trust.
        Without `cycles` it is not asked whether the wire would close one, which takes a look at all others.
        """
        graph = self.inside(block)
        source, target = graph.nodes.get(edge.source), graph.nodes.get(edge.target)
        if source is None or target is None:
            return f"There is no node “{edge.source if source is None else edge.target}”."
        known_source = not as_it_was or source.kind == BLOCK or registry.is_settled(source.kind)
        known_target = not as_it_was or target.kind == BLOCK or registry.is_settled(target.kind)
        if known_source and not any(port.name == edge.output for port in self.outputs_of(source)):
            return f"“{source.name}” ({source.id}) has no output “{edge.output}”."
        port = next((port for port in self.inputs_of(target) if port.name == edge.input), None)
        if port is None and known_target:
            return f"“{target.name}” ({target.id}) has no input “{edge.input}”."
        if edge.slot < 0 or (edge.slot and known_target and port and not port.variadic):
            return f"The input “{edge.input}” of {target.id} takes one wire only."
        if edge.source == edge.target:
            return "A node cannot feed itself."
        if edge.end in graph.wires:
            return f"The input “{edge.input}” of {target.id} already has a wire. Delete that one first."
        if cycles and graph.reaches(edge.target, edge.source):
            return f"This wire would close a cycle: {target.id} already leads to {source.id}."
        return ""
