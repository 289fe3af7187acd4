"""Which kinds draw random numbers is what they say, and nothing else: each is run, and the random state looked at."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch

from core.compiler.build import build
from core.compiler.chance import drawing
from core.compiler.shapes import infer
from core.layers import user
from core.layers.examples import VECTOR, example, example_arrays
from core.model.spec import LayerSpec, registry
from tests.core.networks import IMAGES, chain, single

COMPUTING = [spec for spec in registry if spec.call not in ("source", "sink")]


def cases(spec: LayerSpec) -> Iterator[dict[str, Any]]:
    """The example, and it with another value at one parameter: at those that may switch chance on or off."""
    given = example(spec.kind)[0]
    whole = spec.complete(given)
    yield given
    stacks = {param.name: 2 for param in spec.params if param.type == "int" and whole[param.name] == 1}
    for param in spec.params:
        if param.type == "bool":
            yield {**given, param.name: not whole[param.name]}
        elif param.type == "float" and param.low == 0:
            yield {**given, param.name: 0.0}
            yield {**given, param.name: 0.5}
            yield {**given, param.name: 0.5, **stacks}
        elif param.type == "choice":
            yield from ({**given, param.name: word} for word in param.choices)


def has_drawn(program: torch.fx.GraphModule, kind: str) -> bool:
    """Whether running it moves torch's global random state: on the example's numbers, and on negative ones, too."""
    before = torch.get_rng_state()
    tensors = {
        f"in_{port}_{slot}": torch.from_numpy(array)
        for port, arrays in example_arrays(kind).items()
        for slot, array in enumerate(arrays)
    }
    program(**tensors)
    # A loss of probabilities refuses them, and draws nothing.
    with contextlib.suppress(RuntimeError):
        program(**{name: value - 0.5 if value.is_floating_point() else value for name, value in tensors.items()})
    return not torch.equal(before, torch.get_rng_state())


@pytest.mark.parametrize("spec", COMPUTING, ids=[spec.kind for spec in COMPUTING])
def test_a_kind_draws_exactly_where_it_says_so(spec: LayerSpec) -> None:
    tried = []
    for params in cases(spec):
        project, fields = single(spec.kind, (params, example(spec.kind)[1]))
        if not infer(project, fields).ok:
            continue  # parameters that do not go together
        network = build(project, fields)
        network.train()
        program = network.program([(f"{spec.kind}_1", port.name) for port in spec.outputs_for(params)])
        says = bool(drawing(program.graph))
        tried.append(says)
        assert has_drawn(program, spec.kind) == says, params
    assert any(tried) == bool(spec.draws)


def test_what_a_kind_says_names_what_computes() -> None:
    for spec in registry:
        given = {param.name for param in spec.params} - {*spec.settings}
        assert isinstance(spec.draws, bool) or spec.draws in given, spec.kind


def test_programs_tell_the_nodes_that_draw() -> None:
    project = chain([("flatten", {}), ("dropout", {}), ("linear", {}), ("dropout", {"p": 0.0}), ("rrelu", {})])
    network = build(project, IMAGES)
    assert drawing(network.graph) == ["dropout_1", "rrelu_1"]
    assert drawing(network.program([("dropout_1", "output")]).graph) == ["dropout_1"]
    assert drawing(network.program([("flatten_1", "output")]).graph) == []


OWN = """
import torch
import torch.nn.functional as F
from torch import nn
from core.model.spec import LayerSpec, Param

class Own(nn.Module):
    def __init__(self, share: float = 0.5) -> None:
        super().__init__()
        self.share = share
        self.start = nn.Parameter(torch.randn(6))
        self.dropout = nn.Dropout({inner})

    def forward(self, input):
        return {body}

def plain(input):
    return {body}

LAYER = LayerSpec("own", {target}, params={params}{more})
"""
CLASS = {"target": 'target="Own"', "params": "()", "inner": "0.0", "more": ""}
FUNCTION = {**CLASS, "target": 'target="plain", call="function"'}
SHARE = '(Param("share", "Share", "float", 0.5, "Share.", low=0, high=1),)'


@pytest.fixture(autouse=True)
def _own_kinds() -> Iterator[None]:
    user.folder().mkdir(parents=True)
    yield
    user.forget()


def load(**parts: str) -> user.Loaded:
    path = Path(user.folder() / "own.py")
    path.write_text(OWN.format(**parts), encoding="utf-8")
    user.trust(next(file for file in user.found() if file.path == path))
    return user.load(path)


def is_noisy(**params: float) -> bool:
    project, fields = single("own", (params, {"input": (VECTOR,)}))
    return bool(drawing(build(project, fields).graph))


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ({**CLASS, "body": "input + torch.randn_like(input)"}, True),
        ({**CLASS, "body": "F.dropout(input, 0.5, self.training)"}, True),
        ({**CLASS, "body": "self.dropout(input)", "inner": "0.5"}, True),
        ({**CLASS, "body": "self.dropout(input)"}, False),
        ({**CLASS, "body": "input * self.start"}, False),
        ({**FUNCTION, "body": "input * torch.rand_like(input)"}, True),
        ({**FUNCTION, "body": "input * 2"}, False),
        ({**FUNCTION, "body": "input", "target": 'target="torch.rand_like", call="function"'}, True),
        ({**FUNCTION, "body": "input", "target": 'target="torch.nn.Dropout"'}, True),
        ({**FUNCTION, "body": "input", "target": 'target="torch.nn.ReLU6"'}, False),
    ],
)
def test_a_kind_of_the_users_own_need_not_say_it(parts: dict[str, str], expected: bool) -> None:
    assert load(**parts).problem is None
    assert is_noisy() is expected


def test_a_kind_of_the_users_own_may_say_it() -> None:
    parts = {**CLASS, "body": "input", "params": SHARE, "more": ', draws="share"'}
    assert load(**parts).problem is None
    assert is_noisy(share=0.25)
    assert not is_noisy(share=0.0)
    refused = load(**{**parts, "params": "()"}).problem
    assert "share" in str(refused)
    assert "no parameter" in str(refused)


def test_a_file_that_is_mended_is_looked_at_anew() -> None:
    for body in ("input * self.start", "input + torch.randn_like(input)"):
        assert load(**{**CLASS, "body": body}).problem is None
        assert is_noisy() is ("randn" in body)
