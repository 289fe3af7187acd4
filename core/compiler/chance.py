"""Which nodes of a network draw random numbers: their kinds say so, and those of the user's own are searched."""

from __future__ import annotations

import ast
import functools
import inspect
import re

from torch import fx, nn

from core.compiler.pasting import paste
from core.compiler.targets import PASTED
from core.compiler.trial import Plan
from core.model.spec import registry

DRAWS = "draws"
"""What a node of a graph that draws has in its `meta`, so that every program that is cut from the graph has it."""

_RANDOM = re.compile(
    r"rand\w*|bernoulli_?|binomial|multinomial|poisson|(log_)?normal_?|uniform_|exponential_|geometric_|cauchy_"
    r"|r?sample(_n)?|_sample_dirichlet|_standard_gamma|\w*dropout\w*|rrelu\w*|gumbel_softmax|_?fractional_max_pool[23]d\w*"
    r"|scaled_dot_product_attention|multi_head_attention_forward|gru|lstm|miopen_rnn|rnn_(relu|tanh)|(pca_|svd_)lowrank|lobpcg"
)
"""Names of torch that draw random numbers: its operators that are tagged so, and what calls these."""
_SHARES = {
    "scaled_dot_product_attention": (4, "dropout_p"),
    "multi_head_attention_forward": (10, "dropout_p"),
    **dict.fromkeys(("gru", "lstm", "rnn_relu", "rnn_tanh"), (5, "dropout")),
}
"""Those that draw only where an argument says so: its place and its name."""
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
    return said or (bool(registry.origin(plan.spec.kind)) and _seems_to_draw(plan, module))


def _seems_to_draw(plan: Plan, module: nn.Module | None) -> bool:
    """Of a kind of the user's own, who need not say it: it is known by its text, and a dropout by its share, too."""
    for each in module.modules() if module else ():
        shares = [share for name in ("p", "dropout") if isinstance(share := getattr(each, name, None), int | float)]
        if any(map(_class_says_random, type(each).__mro__)) and (not shares or max(shares) > 0):
            return True
    if plan.target.startswith(PASTED):
        return _says_random(plan.target, registry.version)
    name = plan.target.rpartition(".")[2]
    is_on = name not in _SHARES or plan.kwargs.get(_SHARES[name][1], 0) != 0
    return module is None and is_on and bool(_RANDOM.fullmatch(name))


@functools.lru_cache(256)
def _says_random(target: str, version: int) -> bool:
    """Whether the text behind a target draws outside of constructors; `version` is that of all kinds."""
    return _draws("\n\n".join(paste([target])[1]))


@functools.lru_cache(256)
def _class_says_random(kind: type) -> bool:
    """Whether a module of torch itself draws outside of its constructor; a user's own is known by its target's text."""
    return kind.__module__.startswith("torch.nn.modules.") and _draws(inspect.getsource(kind))


def _draws(text: str) -> bool:
    waiting: list[ast.AST] = [ast.parse(text)]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.FunctionDef) and node.name in _BEGINNING:
            continue
        if isinstance(node, ast.Call) and _RANDOM.fullmatch(name := _called(node.func)) and not _is_off(node, name):
            return True
        waiting += ast.iter_child_nodes(node)
    return False


def _is_off(call: ast.Call, name: str) -> bool:
    """Whether a call leaves the argument out that would make it draw, or writes 0 there."""
    if name not in _SHARES:
        return False
    place, keyword = _SHARES[name]
    if any(isinstance(each, ast.Starred) for each in call.args) or any(each.arg is None for each in call.keywords):
        return False
    named = next((each.value for each in call.keywords if each.arg == keyword), None)
    share = named or (call.args[place] if len(call.args) > place else None)
    return share is None or (isinstance(share, ast.Constant) and share.value == 0)


def _called(function: ast.expr) -> str:
    """The name of what is called; nothing for what a module has in itself, which is looked at as it is."""
    if isinstance(function, ast.Attribute):
        of = function.value
        return "" if isinstance(of, ast.Name) and of.id == "self" else function.attr
    return function.id if isinstance(function, ast.Name) else ""
