"""Nodes, edges, blocks and the graph that holds them: plain values in a container that only `ops` changes."""

from __future__ import annotations

import keyword
import re
from collections.abc import Iterator
from typing import Literal

import msgspec

from core.model.fault import ProjectError
from core.model.spec import registry
from core.model.values import Value

_SLUG = re.compile(r"[a-z][a-z0-9_]*")
_EDGE = re.compile(r"\s*(\w+)\.(\w+)\s*->\s*(\w+)\.(\w+)(?:\[(\d+)\])?\s*")
# Names that torch.nn.Module and the generated class need for themselves.
_RESERVED = frozenset({
    "forward", "training", "train", "eval", "parameters", "buffers", "modules", "children", "apply", "to", "cpu",
    "cuda", "float", "double", "half", "type", "compile", "share_memory", "zero_grad", "state_dict", "dump_patches",
    "self", "torch", "nn", "code", "graph", "call_super_init", "add_module", "add_submodule", "bfloat16",
    "delete_all_unused_submodules", "delete_submodule", "extra_repr", "get_buffer", "get_extra_state", "get_parameter",
    "get_submodule", "ipu", "load_state_dict", "meta", "mtia", "named_buffers", "named_children", "named_modules",
    "named_parameters", "print_readable", "recompile", "register_backward_hook", "register_buffer",
    "register_forward_hook", "register_forward_pre_hook", "register_full_backward_hook",
    "register_full_backward_pre_hook", "register_load_state_dict_post_hook", "register_load_state_dict_pre_hook",
    "register_module", "register_parameter", "register_state_dict_post_hook", "register_state_dict_pre_hook",
    "requires_grad_", "set_extra_state", "set_submodule", "shape_env", "to_empty", "to_folder", "xpu",
})  # fmt: skip

BLOCK = "block"
"""The kind of a node that stands for an instance of a block; its param `block` names the definition."""


def slug_complaint(name: str) -> str:
    """Why `name` cannot be a node's id; empty when it can."""
    if not _SLUG.fullmatch(name) or keyword.iskeyword(name) or name in _RESERVED or len(name) > 64:
        return f"“{name}” cannot be an id: ids are lower-case letters, digits and _, and not a reserved word."
    return ""


class Weights(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """Whose weights a node has: its own, those of node `of`, or a moving average or periodic copy of them.

    With "start" they are those of `of` until the first epoch of an objective that trains the node, and from then on
    its own.
    """

    mode: Literal["own", "shared", "average", "copy", "start"] = "own"
    of: str = ""
    rate: float = 0.0

    @property
    def learn(self) -> bool:
        """Whether the node has weights of its own that an objective can train."""
        return self.mode in ("own", "start")


class Node(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """One node. The id never changes: it is also the fx target, the attribute, the state_dict prefix and the item."""

    id: str
    kind: str
    params: dict[str, Value] = {}
    x: float = 0.0
    y: float = 0.0
    title: str = ""
    trainable: bool = True
    weights: Weights = Weights()
    open: bool = False
    """Whether an instance of a block shows its inside on the canvas."""

    @property
    def name(self) -> str:
        """What the node is called: by its title, by the block that it is an instance of, or by its kind."""
        if self.kind == BLOCK and not self.title and (block := self.params.get("block")):
            return str(block).replace("_", " ")
        spec = registry.get(self.kind)
        return self.title or (spec.title if spec else self.kind)


class Edge(msgspec.Struct, frozen=True, order=True):
    """A wire from an output port to one slot of an input port."""

    source: str
    output: str
    target: str
    input: str
    slot: int = 0

    @property
    def end(self) -> tuple[str, str, int]:
        """What identifies the wire: no two wires end in one slot."""
        return self.target, self.input, self.slot

    def __str__(self) -> str:
        slot = f"[{self.slot}]" if self.slot else ""
        return f"{self.source}.{self.output} -> {self.target}.{self.input}{slot}"

    @classmethod
    def parse(cls, text: str) -> Edge:
        """Reads `conv2d_1.output -> add_1.inputs[1]`; raises ProjectError."""
        match = _EDGE.fullmatch(text)
        if not match:
            raise ProjectError(f"“{text}” is not a wire.", fix="Write it as “node.port -> node.port”.")
        source, output, target, port, slot = match.groups()
        return cls(source, output, target, port, int(slot or 0))


class Graph:
    """Nodes by id and wires by their end, both in the order in which they were added."""

    def __init__(self) -> None:
        self.nodes: dict[str, Node] = {}
        self.wires: dict[tuple[str, str, int], Edge] = {}

    @property
    def edges(self) -> Iterator[Edge]:
        return iter(self.wires.values())

    def into(self, node: str, port: str = "") -> list[Edge]:
        """The wires into a node (or one of its ports), by port and slot."""
        found = [e for e in self.wires.values() if e.target == node and (not port or e.input == port)]
        return sorted(found, key=lambda e: (e.input, e.slot))

    def arriving(self) -> dict[str, list[Edge]]:
        """The wires into every node that has any, each by port and slot, in one pass."""
        found: dict[str, list[Edge]] = {}
        for edge in sorted(self.wires.values(), key=lambda e: (e.input, e.slot)):
            found.setdefault(edge.target, []).append(edge)
        return found

    def out_of(self, node: str, port: str = "") -> list[Edge]:
        return [e for e in self.wires.values() if e.source == node and (not port or e.output == port)]

    def of_kind(self, *kinds: str) -> list[Node]:
        return [node for node in self.nodes.values() if node.kind in kinds]

    def of_family(self, family: str) -> list[Node]:
        return [n for n in self.nodes.values() if (spec := registry.get(n.kind)) and spec.family == family]

    def new_id(self, kind: str, taken: frozenset[str] = frozenset()) -> str:
        """The first free id of a kind: `conv2d_1`, `conv2d_2` …; `taken` are further ids to avoid."""
        number = 1
        while (name := f"{kind}_{number}") in self.nodes or name in taken:
            number += 1
        return name

    def free_slot(self, node: str, port: str) -> int:
        """The next slot of a variadic port."""
        return max((e.slot for e in self.into(node, port)), default=-1) + 1

    def order(self) -> list[str]:
        """Ids so that every wire runs forward; among equals, the order in which they were added. No recursion."""
        waiting, followers = self._followers()
        ready = [name for name, count in waiting.items() if not count]
        done: list[str] = []
        while ready:
            following: list[str] = []
            for name in ready:
                done.append(name)
                following += _freed(name, waiting, followers)
            ready = following
        return done

    def chains(self) -> list[str]:
        """As `order`, but each path is followed to where it meets another, as a person would write it down."""
        waiting, followers = self._followers()
        ready = [name for name, count in waiting.items() if not count][::-1]
        done: list[str] = []
        while ready:
            done.append(ready.pop())
            ready += _freed(done[-1], waiting, followers)[::-1]
        return done

    def _followers(self) -> tuple[dict[str, int], dict[str, list[str]]]:
        """How many wires lead into each node, and the nodes that its own wires lead to."""
        waiting = dict.fromkeys(self.nodes, 0)
        followers: dict[str, list[str]] = {name: [] for name in self.nodes}
        for edge in self.wires.values():
            waiting[edge.target] += 1
            followers[edge.source].append(edge.target)
        return waiting, followers

    def reaches(self, start: str, goal: str) -> bool:
        """Whether a path of wires leads from `start` to `goal` (a node reaches itself)."""
        followers: dict[str, list[str]] = {}
        for edge in self.wires.values():
            followers.setdefault(edge.source, []).append(edge.target)
        seen, stack = {start}, [start]
        while stack:
            name = stack.pop()
            if name == goal:
                return True
            for follower in followers.get(name, ()):
                if follower not in seen:
                    seen.add(follower)
                    stack.append(follower)
        return False


def _freed(name: str, waiting: dict[str, int], followers: dict[str, list[str]]) -> list[str]:
    """The nodes that wait for nothing else, now that `name` is done."""
    found = []
    for follower in followers[name]:
        waiting[follower] -= 1
        if not waiting[follower]:
            found.append(follower)
    return found
