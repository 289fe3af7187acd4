"""Every layer kind as it is declared: whole, bounded, readable."""

from __future__ import annotations

import subprocess
import sys
import warnings
from collections.abc import Callable

import pytest

from core.layers.examples import example, example_arrays
from core.model.ops import params_complaint
from core.model.spec import FAMILIES, LayerSpec, registry

SPECS = list(registry)
ids = [spec.kind for spec in SPECS]


def test_the_registry_lists_kinds_by_family() -> None:
    families = list(dict.fromkeys(spec.family for spec in SPECS))
    assert families == [family for family in FAMILIES if family in families]


@pytest.fixture(scope="module")
def drawn() -> Callable[[str], str]:
    """A formula as SVG."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # ziamath's own imports are deprecated
        import ziamath
    return lambda formula: str(ziamath.Latex(formula).svg())


@pytest.mark.parametrize("spec", SPECS, ids=ids)
def test_a_spec_tells_what_a_student_needs(spec: LayerSpec, drawn: Callable[[str], str]) -> None:
    assert spec.title
    assert spec.doc.endswith(".")
    assert spec.doc[0].isupper()
    assert any(character.isdigit() for character in spec.source), "a source has a year"
    assert spec.keywords
    assert "<svg" in drawn(spec.formula)
    assert len({port.name for port in spec.inputs}) == len(spec.inputs)
    assert len({port.name for port in spec.outputs}) == len(spec.outputs)
    for port in (*spec.inputs, *spec.outputs):
        assert port.doc.endswith("."), port.name
    assert len({param.name for param in spec.params}) == len(spec.params)
    for param in spec.params:
        assert param.title, param.name
        assert param.doc.endswith("."), param.name
        assert not param.complaint(param.default), param.name
    assert set(spec.settings) <= {param.name for param in spec.params}
    assert bool(spec.target or spec.choose) == (spec.call not in ("source", "sink"))


def test_titles_are_distinct() -> None:
    titles = [spec.title for spec in SPECS]
    assert len(set(titles)) == len(titles)


@pytest.mark.parametrize("spec", SPECS, ids=ids)
def test_numbers_have_bounds_that_refuse_absurd_sizes(spec: LayerSpec) -> None:
    for param in spec.params:
        if param.type not in ("int", "ints", "float", "floats"):
            continue
        assert param.complaint(1e9 if param.type in ("float", "floats") else 10**9), f"{param.name} takes 1e9"
        assert param.complaint(float("nan")), f"{param.name} takes nan"
        assert param.complaint("many"), f"{param.name} takes a word"
        assert param.complaint(True), f"{param.name} takes yes"
        if param.type == "ints":
            assert param.complaint((3,) * 9), f"{param.name} takes nine numbers"


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("linear", "out_features"),
        ("embedding", "num_embeddings"),
        ("embedding", "embedding_dim"),
        ("conv1d", "out_channels"),
        ("conv1d", "kernel_size"),
        ("conv2d", "kernel_size"),
        ("conv2d", "stride"),
        ("conv2d", "dilation"),
        ("conv2d", "groups"),
        ("max_pool2d", "kernel_size"),
        ("max_pool2d", "stride"),
        ("avg_pool1d", "kernel_size"),
        ("adaptive_avg_pool2d", "output_size"),
        ("rnn", "hidden_size"),
        ("lstm", "num_layers"),
        ("gru", "hidden_size"),
        ("multi_head_attention", "num_heads"),
        ("transformer_encoder_layer", "nhead"),
        ("transformer_encoder_layer", "dim_feedforward"),
        ("positional_encoding", "max_length"),
        ("hinge", "margin"),
        ("softplus", "beta"),
        ("elu", "alpha"),
        ("batch_norm1d", "eps"),
    ],
)
def test_zero_is_refused_with_the_name_of_the_parameter(kind: str, name: str) -> None:
    for value in (0, -1):
        message = params_complaint(kind, {name: value})
        assert registry[kind].param(name).title in message
        assert message.endswith(".")


@pytest.mark.parametrize("value", [1.0, 1.5, -0.1])
def test_a_probability_stays_below_one(value: float) -> None:
    assert "Probability" in params_complaint("dropout", {"p": value})


@pytest.mark.parametrize("value", ["same", "valid", 0, 2, (1, 2)])
def test_padding_takes_words_and_numbers(value: str | int | tuple[int, ...]) -> None:
    assert not params_complaint("conv2d", {"padding": value})
    assert params_complaint("conv2d", {"padding": "some"})
    assert params_complaint("conv2d", {"padding": (1, 2, 3)})


@pytest.mark.parametrize("spec", SPECS, ids=ids)
def test_the_example_of_a_kind_is_valid(spec: LayerSpec) -> None:
    params, inputs = example(spec.kind)
    assert not params_complaint(spec.kind, params)
    assert set(inputs) == {port.name for port in spec.inputs}
    if spec.check:
        assert spec.check(inputs, spec.complete(params)) is None
    arrays = example_arrays(spec.kind, batch=3)
    for port, types in inputs.items():
        for type_, array in zip(types, arrays[port], strict=True):
            assert array.shape == tuple(3 if dim == "N" else dim for dim in type_.shape)
            assert str(array.dtype) == type_.dtype


@pytest.mark.parametrize(
    ("kind", "params", "shown"),
    [
        ("conv2d", {"out_channels": 6, "kernel_size": 5}, "6 · 5×5"),
        ("conv2d", {"kernel_size": (3, 5)}, "8 · 3×5"),
        ("conv1d", {"out_channels": 16}, "16 · 3"),
        ("linear", {"out_features": 4096}, "4,096"),
        ("max_pool2d", {}, "2×2"),
        ("dropout", {}, "p 0.5"),
        ("lstm", {"hidden_size": 128, "num_layers": 2}, "128 · 2 layers"),
        ("multi_head_attention", {"causal": True}, "4 heads · causal"),
        ("transformer_encoder_layer", {"nhead": 1}, "1 head"),
        ("reshape", {"shape": (1, 8, 8)}, "1×8×8"),
        ("input", {"field": "y", "form": "one-hot"}, "y · one-hot"),
        ("relu", {}, ""),
    ],
)
def test_the_header_shows_the_telling_parameter(kind: str, params: dict[str, object], shown: str) -> None:
    assert registry[kind].telling(params) == shown


def test_specs_load_without_torch() -> None:
    """The palette is there before torch is."""
    code = "import sys, core.layers; sys.exit('torch' in sys.modules or 'numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
