"""All of torch that draws random numbers is known where the user's own layers call it: torch's tags say what does."""

from __future__ import annotations

import ast
import functools
import inspect
import textwrap
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
import torch
import torch._lobpcg
import torch._lowrank
from torch import nn

from core.compiler.build import build
from core.compiler.chance import drawing
from core.layers import user
from core.model.tensor import TensorType
from core.model.values import Value
from tests.core.networks import single

FOR_NN = {"AlphaDropout", "Dropout", "Dropout1d", "Dropout2d", "Dropout3d", "FeatureAlphaDropout", "RReLU"}
"""Classes that take a tensor of any shape, and draw."""
WHERE = (torch, torch.Tensor, torch.nn.functional)
SHARED = {"gru", "lstm", "rnn_relu", "rnn_tanh", "scaled_dot_product_attention", "multi_head_attention_forward"}
"""Functions that draw only where an argument says so."""


@functools.cache
def tagged() -> frozenset[str]:
    """The operators that torch says to draw random numbers, by the names under which Python knows them."""
    found = set()
    for full in torch._C._dispatch_get_all_op_names():
        namespace, _, rest = full.partition("::")
        name, _, overload = rest.partition(".")
        operator = getattr(getattr(getattr(torch.ops, namespace), name), overload or "default", None)
        if namespace == "aten" and operator and torch.Tag.nondeterministic_seeded in operator.tags:
            found.add(name)
    return frozenset(name for name in found if any(hasattr(where, name) for where in WHERE))


def calling(module: ModuleType, names: frozenset[str]) -> set[str]:
    """The functions of a module that call one of these by their text, or one that does."""
    uses: dict[str, set[str]] = {}
    for node in ast.parse(inspect.getsource(module)).body:
        used = {each.attr for each in ast.walk(node) if isinstance(each, ast.Attribute)}
        used |= {each.id for each in ast.walk(node) if isinstance(each, ast.Name)}
        if isinstance(node, ast.FunctionDef):
            uses[node.name] = used
        elif (
            isinstance(node, ast.Assign) and isinstance(node.value, ast.Call) and isinstance(node.targets[0], ast.Name)
        ):
            uses[node.targets[0].id] = used
    found = set(names)
    while more := {name for name, used in uses.items() if used & found} - found:
        found |= more
    return found - names


def functions() -> list[str]:
    """Public operators that draw, and public functions of torch that come to them in Python."""
    found = set(tagged())
    for module in (torch.nn.functional, torch._lowrank, torch._lobpcg):
        found |= calling(module, tagged())
    public = {name for where in (torch, torch.nn.functional) for name in dir(where) if not name.startswith("_")}
    return sorted(name for name in found if name in public | tagged() and not name.startswith("_"))


@pytest.fixture(autouse=True)
def _own_kinds() -> Iterator[None]:
    user.folder().mkdir(parents=True)
    yield
    user.forget()


def draws(text: str, shape: tuple[int | str, ...] = ("N", 6), **params: Value) -> bool:
    path = Path(user.folder() / "own.py")
    path.write_text(text, encoding="utf-8")
    user.trust(next(file for file in user.found() if file.path == path))
    assert user.load(path).problem is None
    project, fields = single("own", (params, {"input": (TensorType(shape),)}))
    return bool(drawing(build(project, fields).graph))


def calls(expression: str) -> str:
    """A layer with a call in a branch that is never taken, so that its arguments do not matter."""
    return (
        "import torch\nimport torch.nn.functional as F\nfrom core.model.spec import LayerSpec\n\n"
        f"def plain(input):\n    if input.dim() == 99:\n        return {expression}\n    return input * 2\n\n"
        'LAYER = LayerSpec("own", target="plain", call="function")\n'
    )


def of_torch(target: str, params: str = "()") -> str:
    return (
        "from core.model.spec import LayerSpec, Param\n\n"
        f'LAYER = LayerSpec("own", target="{target}", params={params})\n'
    )


def test_torch_says_what_draws() -> None:
    expected = {"rand", "bernoulli_", "multinomial", "binomial", "dropout", "gumbel_softmax", "fractional_max_pool2d"}
    assert expected | {"scaled_dot_product_attention", "svd_lowrank", "lobpcg"} <= {*functions()}


@pytest.mark.parametrize("name", functions())
def test_a_call_of_what_draws_is_known(name: str) -> None:
    given = "input, *input" if name in SHARED else "input"
    assert draws(calls(f"torch.{name}({given})"))


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        ("F.scaled_dot_product_attention(input, input, input)", False),
        ("F.scaled_dot_product_attention(input, input, input, is_causal=True)", False),
        ("F.scaled_dot_product_attention(input, input, input, None, 0.0)", False),
        ("F.scaled_dot_product_attention(input, input, input, dropout_p=0)", False),
        ("F.scaled_dot_product_attention(input, input, input, None, 0.1)", True),
        ("F.scaled_dot_product_attention(input, input, input, dropout_p=input.size(0) / 9)", True),
        ("F.scaled_dot_product_attention(input, input, input, **input)", True),
        ("torch.lstm(input, input)", False),
        ("torch.lstm(input, input, input, True, 2, 0.0, True, False, True)", False),
        ("torch.lstm(input, input, input, True, 2, 0.5, True, False, True)", True),
    ],
)
def test_what_draws_only_by_an_argument_is_judged_by_it(call: str, expected: bool) -> None:
    assert draws(calls(call)) is expected


def modules() -> list[str]:
    """Classes of torch whose forward calls what draws."""
    names = {*tagged(), *functions()}
    found = []
    for name, kind in vars(nn).items():
        if isinstance(kind, type) and issubclass(kind, nn.Module) and "forward" in vars(kind):
            body = ast.parse(textwrap.dedent(inspect.getsource(kind.forward)))
            called = {each.func for each in ast.walk(body) if isinstance(each, ast.Call)}
            if names & {func.attr for func in called if isinstance(func, ast.Attribute) and _is_torch(func.value)}:
                found.append(name)
    return sorted(found)


def _is_torch(value: ast.expr) -> bool:
    return isinstance(value, ast.Name) and value.id in ("F", "torch", "_VF")


POOL = '(Param("kernel_size", "Kernel", "int", 2, "Size."), Param("output_ratio", "Ratio", "float", 0.5, "Ratio."))'
STACK = (
    '(Param("input_size", "Inputs", "int", 6, "Size."), Param("hidden_size", "Hidden", "int", 4, "Size."), '
    'Param("num_layers", "Layers", "int", 2, "Count."), Param("dropout", "Dropout", "float", 0.5, "Share.", 0, 1))'
)


def test_a_module_of_torch_that_draws_is_known() -> None:
    found = {*modules()}
    assert found >= {"Dropout", "RReLU", "FractionalMaxPool2d"}
    for name in sorted(found & FOR_NN):
        assert draws(of_torch(f"torch.nn.{name}"), ("N", 3, 6)), name
    assert draws(of_torch("torch.nn.FractionalMaxPool2d", POOL), ("N", 2, 6, 6))
    assert draws(of_torch("torch.nn.FractionalMaxPool3d", POOL), ("N", 2, 6, 6, 6))
    assert found - FOR_NN <= {"FractionalMaxPool2d", "FractionalMaxPool3d", "GRU", "LSTM", "RNN", "MultiheadAttention"}


def test_a_share_of_none_and_other_numbers_called_p_draw_nothing() -> None:
    p = '(Param("p", "p", "float", 0.0, "Share.", low=0, high=1),)'
    assert not draws(of_torch("torch.nn.Dropout", p))
    assert draws(of_torch("torch.nn.Dropout", p), p=0.5)
    holds = (
        "from torch import nn\nfrom core.model.spec import LayerSpec\n\nclass Own(nn.Module):\n"
        "    def __init__(self):\n        super().__init__()\n        self.p = 0.5\n"
        "        self.{}\n\n    def forward(self, input):\n        return {}\n\n"
        'LAYER = LayerSpec("own", target="Own")\n'
    )
    assert not draws(holds.format("margin = nn.TripletMarginLoss(p=1.0)", "input * self.p"))
    assert not draws(holds.format("rest = nn.GRU(6, 6, 2)", "self.rest(input)[0]"))
    assert draws(holds.format("rest = nn.GRU(6, 6, 2, dropout=0.5)", "self.rest(input)[0]"))
    assert draws(holds.format("pool = nn.FractionalMaxPool2d(2, 3)", "input"))


def test_a_function_of_torch_that_is_a_layer_is_judged_by_its_setting() -> None:
    text = (
        "from core.model.spec import LayerSpec, Param, Port\n\n"
        'LAYER = LayerSpec("own", target="torch.nn.functional.scaled_dot_product_attention", call="function",\n'
        '    inputs=(Port("query"), Port("key"), Port("value")),\n'
        '    params=(Param("dropout_p", "Dropout", "float", 0.0, "Share.", low=0, high=1),))\n'
    )
    path = Path(user.folder() / "own.py")
    path.write_text(text, encoding="utf-8")
    user.trust(next(file for file in user.found() if file.path == path))
    assert user.load(path).problem is None
    given = {port: (TensorType(("N", 3, 6)),) for port in ("query", "key", "value")}
    for share, expected in ((0.0, []), (0.25, ["own_1"])):
        project, fields = single("own", ({"dropout_p": share}, given))
        assert drawing(build(project, fields).graph) == expected
