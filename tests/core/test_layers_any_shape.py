"""Whatever arrives, with whatever parameters: a layer works or its own check says why, never torch."""

from __future__ import annotations

import math

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.compiler.trial import Plan, attempt
from core.model.fault import Complaint
from core.model.spec import Inputs, LayerSpec, Param, registry
from core.model.tensor import TensorType
from core.model.values import Value

SPECS = [spec for spec in registry if spec.call not in ("source", "sink")]

TEXTS = ("ni->n", "n i , n i -> n", "nij->nji", "nij,nij->ni", "ni,nj->nij", "ni->ni", "ni->in", "nii->n", "nij,n->n")

types = st.builds(
    lambda sample, dtype: TensorType(("N", *sample), dtype),
    st.lists(st.integers(1, 9), max_size=4),
    st.sampled_from(["float32", "float32", "float32", "int64"]),
)


def values(param: Param) -> st.SearchStrategy[Value]:
    """Small values within the bounds of a parameter, words and none included."""
    if param.type == "bool":
        return st.booleans()
    if param.type == "choice":
        return st.sampled_from(param.choices)
    if param.type == "text":
        return st.one_of(st.sampled_from((str(param.default), *TEXTS)), st.text("nij, .->1é", max_size=14))
    low = -2 if param.low is None else max(param.low, -9)
    if param.type == "float":
        high = min(param.high if param.high is not None else 0.9, 3.0)
        number = st.floats(low, high, exclude_min=param.above is not None).map(lambda n: float(f"{n:.3g}"))
        return number.filter(lambda n: not param.complaint(n))
    if param.type == "floats":
        halves = st.integers(math.ceil(2 * low), 4).map(lambda n: n / 2)
        several = st.lists(halves, min_size=1, max_size=4).map(tuple)
        return st.one_of(several, halves, st.none()) if param.optional else st.one_of(several, halves)
    high = math.floor(min(param.high if param.high is not None else 9, 9))
    whole = st.integers(math.ceil(low), high)
    options: list[st.SearchStrategy[Value]] = [whole]
    if param.type == "ints":
        options += [st.tuples(*[whole] * length) for length in param.lengths]
    if param.words:
        options.append(st.sampled_from(param.words))
    if param.optional:
        options.append(st.none())
    return st.one_of(options)


@st.composite
def situations(draw: st.DrawFn, spec: LayerSpec) -> tuple[dict[str, Value], Inputs]:
    """Some parameters, and something at every port that needs a wire; often the same thing at all of them."""
    params = {param.name: draw(values(param)) for param in spec.params if draw(st.booleans())}
    shared = draw(st.one_of(st.none(), types))
    inputs = {}
    for port in spec.inputs:
        if port.optional and draw(st.booleans()):
            continue
        count = draw(st.integers(1, 3)) if port.variadic else 1
        inputs[port.name] = tuple(shared or draw(types) for _ in range(count))
    return params, inputs


@pytest.mark.parametrize("spec", SPECS, ids=[spec.kind for spec in SPECS])
@settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_a_layer_works_or_says_why(spec: LayerSpec, data: st.DataObject) -> None:
    params, inputs = data.draw(situations(spec))
    said = spec.check(inputs, spec.complete(params)) if spec.check else None
    tried = attempt(spec, params, inputs)
    if said is None or said.severity == "warning":
        assert isinstance(tried, Plan), tried
    else:
        assert isinstance(tried, Complaint)
        assert tried == said
        if said.params:
            assert attempt(spec, {**params, **said.params}, inputs) != tried, "the offered values change nothing"
