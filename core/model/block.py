"""Blocks: named sub-graphs with ports and parameters, each used as one node wherever an instance of it stands."""

from __future__ import annotations

import re
from collections.abc import Sequence

import msgspec

from core.model.graph import BLOCK, Graph, slug_complaint
from core.model.spec import LayerSpec, Param, ParamType, Port
from core.model.values import Params, Value, show_value

REPEAT = Param(
    "repeat", "Repeat", "int", 1, "How many times the block stands one behind another; its first output feeds its "
    "first input.", low=1, high=1_000,
)  # fmt: skip
REPEAT_WEIGHTS = Param(
    "repeat_weights",
    "Weights of repetitions",
    "choice",
    "own",
    "Whether every repetition has weights of its own, or all use one set.",
    choices=("own", "shared"),
)
RESERVED = frozenset({BLOCK, REPEAT.name, REPEAT_WEIGHTS.name})
"""Names of an instance's params that a block's own parameters cannot have."""


class BlockParam(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """A parameter of a block, usable in the nodes inside it (`=channels*4`). Its type is that of its default."""

    name: str
    default: Value
    doc: str = ""
    low: float | None = None
    high: float | None = None
    choices: tuple[str, ...] = ()

    @property
    def type(self) -> ParamType:
        if self.choices:
            return "choice"
        kinds: dict[type, ParamType] = {bool: "bool", int: "int", float: "float", tuple: "ints"}
        return kinds.get(type(self.default), "text")

    @property
    def param(self) -> Param:
        """The parameter as forms and checks know it."""
        title = self.name.replace("_", " ")
        return Param(
            self.name,
            title[:1].upper() + title[1:],
            self.type,
            self.default,
            self.doc or "A parameter of this block.",
            low=self.low,
            high=self.high,
            choices=self.choices,
        )

    def complaint(self) -> str:
        """Why this cannot be a parameter; empty when it can."""
        if wrong := slug_complaint(self.name):
            return wrong
        if self.name in RESERVED:
            return f"“{self.name}” cannot be a parameter: every instance of a block has one of that name."
        if self.default is None:
            return f"The parameter “{self.name}” needs a default."
        if isinstance(self.default, str) and self.default.startswith("="):
            return f"The default of “{self.name}” must be a value, not a formula."
        return self.param.complaint(self.default)


def block_complaint(title: str, color: str, params: Sequence[BlockParam]) -> str:
    """Why a block cannot have these; empty when it can."""
    if not title.strip():
        return "A block needs a title."
    if color and not re.fullmatch(r"#[0-9A-Fa-f]{6}", color):
        return f"“{color}” is not a colour. Write it as #RRGGBB."
    names = [param.name for param in params]
    if twice := next((name for name in names if names.count(name) > 1), ""):
        return f"Two parameters of the block are called “{twice}”."
    return next((wrong for param in params if (wrong := param.complaint())), "")


class Block:
    """A named sub-graph that is used as one node.

    Inside it, each `input` node is an input port and each `output` node an output port, named by the node's id.
    """

    def __init__(
        self, name: str, *, title: str = "", color: str = "", note: str = "", params: tuple[BlockParam, ...] = ()
    ) -> None:
        self.name, self.title, self.color, self.note = name, title or name, color, note
        self.params = params
        self.graph = Graph()

    @property
    def inputs(self) -> tuple[Port, ...]:
        return tuple(
            Port(node.id, dtype="any", optional=node.params.get("optional") is True, doc=node.title)
            for node in self.graph.of_kind("input")
        )

    @property
    def outputs(self) -> tuple[Port, ...]:
        return tuple(Port(node.id, dtype="any", doc=node.title) for node in self.graph.of_kind("output"))

    @property
    def spec(self) -> LayerSpec:
        """An instance of this block, described like any layer, so that forms and canvas need no second way."""
        return LayerSpec(
            kind=BLOCK,
            family="block",
            title=self.title,
            doc=self.note.strip().split("\n")[0] or "A block: a network of its own, used as one node.",
            formula="",
            source="",
            inputs=self.inputs,
            outputs=self.outputs,
            params=(*(param.param for param in self.params), REPEAT, REPEAT_WEIGHTS),
            summary=self._summary,
        )

    def _summary(self, params: Params) -> str:
        shown = [show_value(params[param.name]) for param in self.params[:2] if not isinstance(param.default, bool)]
        repeat = params[REPEAT.name]
        return " · ".join([*shown, *([f"×{show_value(repeat)}"] if repeat != 1 else [])]).replace("=", "")
