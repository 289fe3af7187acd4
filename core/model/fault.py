"""What is wrong with a network, as values: a place, a sentence and the way out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from core.model.values import Value

Severity = Literal["error", "warning"]


@dataclass(frozen=True)
class Complaint:
    """What a layer's own `check` has to say; the compiler turns it into a `Fault` on the node.

    `params` are values that mend it, `insert` is a kind that mends it when put on the wire into `port`.
    """

    message: str
    fix: str
    severity: Severity = "error"
    port: str = ""
    params: Mapping[str, Value] = field(default_factory=dict)
    insert: str = ""


@dataclass(frozen=True)
class Fault:
    """A finding about one node: `error` is what cannot run, `warning` what can but shouldn't.

    `node` is empty when the finding concerns the whole project. `params` and `insert` are as in `Complaint`; `own`
    says that weights of its own mend the node, `remove` which nodes to take away: (id, block around it). When any of
    them is set, the program can offer to mend it with one click.
    """

    node: str
    message: str
    fix: str
    severity: Severity = "error"
    port: str = ""
    params: Mapping[str, Value] = field(default_factory=dict)
    insert: str = ""
    own: bool = False
    remove: tuple[tuple[str, str], ...] = ()

    @property
    def mendable(self) -> bool:
        return bool(self.params or self.insert or self.own or self.remove)


class ProjectError(Exception):
    """A file or an edit that cannot be accepted: `place` says where, `message` what, `fix` what to do."""

    def __init__(self, message: str, *, place: str = "", fix: str = "") -> None:
        super().__init__(message)
        self.message, self.place, self.fix = message, place, fix

    def __str__(self) -> str:
        where = f"{self.place}: " if self.place else ""
        return f"{where}{self.message}" + (f" {self.fix}" if self.fix else "")


class EditError(ProjectError):
    """An edit that the network refuses, with the reason in plain words."""
