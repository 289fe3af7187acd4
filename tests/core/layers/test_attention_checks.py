"""What layers with attention and over graphs say about what they cannot take."""

from __future__ import annotations

import pytest

from core.layers.examples import example
from core.model.spec import registry
from core.model.tensor import TensorType
from core.model.values import Value


def said(kind: str, params: dict[str, Value], **types: tuple[tuple[int, ...], str] | tuple[int, ...]) -> str:
    """The message and the fix for samples of these shapes; a shape may stand with a dtype."""
    inputs = {}
    for port, given in types.items():
        shape, dtype = given if given and isinstance(given[0], tuple) else (given, "float32")
        inputs[port] = (TensorType(("N", *shape), str(dtype)),)
    check = registry[kind].check
    assert check is not None
    complaint = check(inputs, registry[kind].complete(params))
    return f"{complaint.message} {complaint.fix}" if complaint else ""


@pytest.mark.parametrize(
    ("kind", "params", "types", "words"),
    [
        ("multi_head_attention", {"num_heads": 3}, {"query": (5, 8)}, ("8 features", "3 heads", "Use 2 heads")),
        ("multi_head_attention", {}, {"query": (5, 8), "padding_mask": (4,)}, ("N×5", "padding_mask", "N×4")),
        ("multi_head_attention", {}, {"query": (5, 8), "key": (6, 8), "padding_mask": (5,)}, ("N×6", "N×5 arrives")),
        ("causal_self_attention", {"num_heads": 5}, {"input": (5, 8)}, ("Use 4 heads",)),
        ("causal_self_attention", {}, {"input": ((5,), "int64")}, ("Embedding",)),
        ("transformer_decoder_layer", {}, {"input": (5, 8), "memory": (7, 6)}, ("Linear with 8 features",)),
        (
            "transformer_decoder_layer",
            {},
            {"input": (5, 8), "memory": (7, 8), "memory_padding_mask": (5,)},
            ("memory_padding_mask", "N×7"),
        ),
        ("scaled_dot_product_attention", {}, {"query": (5, 8), "key": (5, 6), "value": (5, 8)}, ("8 features",)),
        ("scaled_dot_product_attention", {}, {"query": (5, 8), "key": (6, 8), "value": (5, 8)}, ("6 keys", "5 values")),
        (
            "scaled_dot_product_attention",
            {"is_causal": True},
            {"query": (5, 8), "key": (6, 8), "value": (6, 8)},
            ("Turn causal off",),
        ),
        (
            "scaled_dot_product_attention",
            {},
            {"query": (5, 8), "key": (6, 8), "value": (6, 8), "mask": (6, 5)},
            ("N×5×6", "N×6×5"),
        ),
        ("rotary_positions", {}, {"input": (5, 7)}, ("odd",)),
        ("relative_position_bias", {"max_distance": 4}, {"input": (2, 5, 5)}, ("Set the farthest distance to 32",)),
        ("learned_positions", {"max_length": 4}, {"input": (5, 8)}, ("5 steps", "Set the longest sequence to 5")),
        ("patch_embedding", {"patch_size": 5}, {"input": (3, 28, 28)}, ("5×5", "28×28", "Use patches of 4×4")),
        ("window_attention", {}, {"input": (49, 8)}, ("as a sequence",)),
        ("causal_mask", {}, {"input": (4, 5)}, ("N×…×T×T",)),
        ("padding_mask", {}, {"input": (5,)}, ("tokens",)),
        ("gcn_conv", {}, {"input": (5, 4), "adjacency": (4, 4)}, ("5 nodes", "N×5×5", "N×4×4")),
        ("gat_conv", {}, {"input": (4,), "adjacency": (4, 4)}, ("N×V×F",)),
        ("graph_pool", {}, {"input": (5, 4), "node_mask": (4,)}, ("N×5", "N×4")),
    ],
)
def test_a_complaint_names_shapes_and_offers_a_way_out(
    kind: str, params: dict[str, Value], types: dict[str, tuple[int, ...]], words: tuple[str, ...]
) -> None:
    text = said(kind, params, **types)
    for word in words:
        assert word in text, text


@pytest.mark.parametrize("shape", [(5, 7), (1, 7), (5, 1), (2, 5, 7), (1, 5, 7)])
def test_masks_of_scaled_dot_products_may_have_axes_of_one(shape: tuple[int, ...]) -> None:
    assert not said("scaled_dot_product_attention", {}, query=(2, 5, 8), key=(2, 7, 8), value=(2, 7, 8), mask=shape)


@pytest.mark.parametrize("kind", ["multi_head_attention", "causal_self_attention", "scaled_dot_product_attention"])
def test_weights_are_an_output_only_where_they_are_asked_for(kind: str) -> None:
    for wanted in (True, False):
        ports = registry[kind].outputs_for({**example(kind)[0], "need_weights": wanted})
        assert [port.name for port in ports] == (["output", "weights"] if wanted else ["output"])


def test_patches_may_stay_a_grid() -> None:
    [sequence], [grid] = (registry["patch_embedding"].outputs_for({"flatten": flatten}) for flatten in (True, False))
    assert (sequence.axes, grid.axes) == ("N T F", "N H W F")
