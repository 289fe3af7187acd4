"""Which nodes of a network draw random numbers: their kinds say so, and those of the user's own are searched."""

from __future__ import annotations

import ast
import functools
import re

from torch import fx, nn

from core.compiler.pasting import paste
from core.compiler.targets import PASTED
from core.compiler.trial import Plan
from core.model.spec import registry

DRAWS = "draws"
"""What a node of a graph that draws has in its `meta`, so that every program that is cut from the graph has it."""

_RANDOM = re.compile(
    r"rand\w*|bernoulli_?|multinomial|poisson|(log_)?normal_?|uniform_|exponential_|geometric_|cauchy_|r?sample"
    r"|\w*dropout\w*|rrelu_?|gumbel_softmax"
)
"""Names of torch that draw random numbers."""
_BEGINNING = ("__init__", "reset_parameters")
"""Methods that draw first weights, not results."""


def drawing(graph: fx.Graph) -> list[str]:
    """The paths of the nodes of a program that draw random numbers, in the order of their turn."""
    return [str(node.meta["node"]) for node in graph.nodes if DRAWS in node.meta]


def draws(plan: Plan, module: nn.Module | None) -> bool:
    """Whether a node draws random numbers when it computes, in training at least; `module` is what it calls, if any."""
    said = plan.spec.draws
    if isinstance(said, str):
        share = plan.kwargs.get(said)
        said = isinstance(share, int | float) and share > 0
    return said or (bool(registry.origin(plan.spec.kind)) and _seems_to_draw(plan.target, module))


def _seems_to_draw(target: str, module: nn.Module | None) -> bool:
    """Of a kind of the user's own, who need not say it: dropouts are known by their share, the rest by its text."""
    for each in module.modules() if module else ():
        shares = (getattr(each, name, 0.0) for name in ("p", "dropout"))
        if isinstance(each, nn.RReLU) or any(isinstance(share, float) and share > 0.0 for share in shares):
            return True
    if target.startswith(PASTED):
        return _says_random(target, registry.version)
    return module is None and bool(_RANDOM.fullmatch(target.rpartition(".")[2]))


@functools.lru_cache(256)
def _says_random(target: str, version: int) -> bool:
    """Whether the text behind a target draws outside of constructors; `version` is that of all kinds."""
    waiting: list[ast.AST] = [ast.parse("\n\n".join(paste([target])[1]))]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.FunctionDef) and node.name in _BEGINNING:
            continue
        if isinstance(node, ast.Call) and _RANDOM.fullmatch(_called(node.func)):
            return True
        waiting += ast.iter_child_nodes(node)
    return False


def _called(function: ast.expr) -> str:
    """The name of what is called; nothing for what a module has in itself, which is looked at as it is."""
    if isinstance(function, ast.Attribute):
        of = function.value
        return "" if isinstance(of, ast.Name) and of.id == "self" else function.attr
    return function.id if isinstance(function, ast.Name) else ""
