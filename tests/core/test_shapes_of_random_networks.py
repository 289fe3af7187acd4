"""Random networks of all kinds: inference never raises, and what it accepts runs, and its source computes the same."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.compiler.batch import concrete
from core.compiler.build import build
from core.compiler.shape_cache import ShapeCache
from core.compiler.shapes import infer
from core.compiler.source import class_name, source
from core.model.edits import removal
from core.model.graph import Edge
from core.model.ops import AddEdge
from core.model.project import Project
from core.model.spec import Param, registry
from core.model.tensor import Field
from core.model.values import Value
from tests.core.networks import add, run_source

FIELDS = {
    "image": Field("image", (2, 6, 6), meaning="image"),
    "vector": Field("vector", (6,)),
    "sequence": Field("sequence", (4, 6)),
    "tokens": Field("tokens", (4,), "int64", "token", labels=tuple("abcdef")),
    "class": Field("class", (), "int64", "class", labels=("no", "yes")),
}
# bce looks at the numbers themselves, which must be from 0 to 1.
KINDS = [spec.kind for spec in registry if spec.call not in ("source", "sink") and spec.kind != "bce"]


def values(param: Param) -> st.SearchStrategy[Value]:
    """Allowed values, small ones."""
    options: list[st.SearchStrategy[Value]] = [st.just(param.default)]
    low = 0 if param.low is None else param.low
    if param.type == "bool":
        options.append(st.booleans())
    elif param.type == "choice":
        options.append(st.sampled_from(param.choices))
    elif param.type in ("int", "ints"):
        number = st.integers(int(low), int(min(low + 6, param.high or 6)))
        options.append(number)
        if param.type == "ints":
            options += [st.tuples(*[number] * length) for length in param.lengths]
    elif param.type == "float":
        options.append(st.sampled_from([0.0, 0.3, 0.5, 1.0]).filter(lambda value: not param.complaint(value)))
    options += [st.just(word) for word in param.words]
    return st.one_of(options)


@st.composite
def networks(draw: st.DrawFn) -> Project:
    """Half of them are faulty as they come; from the others, nodes that do not fit are taken out again."""
    project, mended, cache = Project("Random"), draw(st.booleans()), ShapeCache()
    outputs: list[tuple[str, str]] = [(add(project, "input", field=name), "output") for name in FIELDS]
    for _ in range(draw(st.integers(1, 12 if mended else 4))):
        spec = registry[draw(st.sampled_from(KINDS))]
        chosen = draw(st.lists(st.sampled_from(spec.params), max_size=3, unique=True)) if spec.params else []
        name = add(project, spec.kind, **{param.name: draw(values(param)) for param in chosen})
        for port in spec.inputs:
            if port.optional and draw(st.booleans()):
                continue
            for slot in range(draw(st.integers(1, 3)) if port.variadic else 1):
                node, output = draw(st.sampled_from(outputs))
                AddEdge(Edge(node, output, name, port.name, slot)).apply(project)
        if mended and not infer(project, FIELDS, cache).ok:
            for op in removal(project, [name]):
                op.apply(project)
            continue
        outputs += [(name, port.name) for port in spec.outputs]
    ends = outputs[len(FIELDS) :] or outputs
    for node, output in draw(st.lists(st.sampled_from(ends), min_size=1, max_size=3)):
        AddEdge(Edge(node, output, add(project, "output"), "input")).apply(project)
    return project


def _batch(network_inputs: tuple[str, ...], project: Project, size: int) -> dict[str, torch.Tensor]:
    generator = torch.Generator().manual_seed(0)
    tensors = {}
    for name in network_inputs:
        field = FIELDS[str(project.graph.nodes[name].params["field"])]
        if field.dtype == "int64":
            tensors[name] = torch.zeros((size, *field.shape), dtype=torch.int64)  # every table has a row 0
        else:
            tensors[name] = torch.rand((size, *field.shape), generator=generator)
    return tensors


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(project=networks())
def test_what_is_accepted_runs(project: Project) -> None:
    found = infer(project, FIELDS)
    for fault in found.faults:
        assert fault.message
        assert fault.fix
        assert not fault.node or fault.node in project.graph.nodes
    if not found.ok:
        return
    network = build(project, FIELDS)
    tensors = _batch(network.inputs, project, 4)
    for training in (True, False):
        network.train(training)
        places = [place for place in network.values if place[0] in found.nodes and place[1] != "input"]
        program = network.program(places)
        with torch.no_grad():
            results = program(**{name: tensors[name] for name in network.inputs_of(program)})
        for (node, port), result in zip(places, results, strict=True):
            type_ = found.type_at(node, port)
            assert type_ is not None
            assert tuple(result.shape) == concrete(type_.shape, 4), (node, port)
            assert str(result.dtype) == f"torch.{type_.dtype}"
    program = network.inference_program()
    with TemporaryDirectory() as folder, torch.no_grad():
        module = run_source(source(project, FIELDS), Path(folder))[class_name(project)]().eval()
        module.load_state_dict(program.state_dict(), strict=True)
        inputs = [tensors[name] for name in network.inputs_of(program)]
        expected, again, given_back = program(*inputs), program(*inputs), module(*inputs)
    if any(not torch.equal(one.nan_to_num(), other.nan_to_num()) for one, other in zip(expected, again, strict=True)):
        return  # a kind that draws noise in evaluation too: two runs of one program differ as much
    for one, other in zip(given_back if isinstance(given_back, tuple) else (given_back,), expected, strict=True):
        torch.testing.assert_close(one, other, rtol=0, atol=0, equal_nan=True)
