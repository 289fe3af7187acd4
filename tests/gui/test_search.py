"""What a student types finds the layer that is meant, among the first three; and the field that finds everything."""

from __future__ import annotations

import pytest

from core.model.project import Project
from core.model.spec import FAMILIES
from gui.search import fit, fit_all
from gui.stock import entries
from gui.window import Window

MEANT = [
    ("cross", "cross_entropy"),
    ("cross entropy", "cross_entropy"),
    ("conv", "conv2d"),
    ("convolution", "conv2d"),
    ("conv 1d", "conv1d"),
    ("pool", "max_pool2d"),
    ("max pool", "max_pool2d"),
    ("average pool", "avg_pool2d"),
    ("dense", "linear"),
    ("fully connected", "linear"),
    ("linear", "linear"),
    ("perceptron", "perceptron"),
    ("relu", "relu"),
    ("leaky", "leaky_relu"),
    ("softmax", "softmax"),
    ("sigmoid", "sigmoid"),
    ("drop", "dropout"),
    ("dropout", "dropout"),
    ("batch norm", "batch_norm1d"),
    ("batchnorm", "batch_norm2d"),
    ("layernorm", "layer_norm"),
    ("lstm", "lstm"),
    ("gru", "gru"),
    ("attention", "multi_head_attention"),
    ("self attention", "multi_head_attention"),
    ("mha", "multi_head_attention"),
    ("transformer", "transformer_encoder_layer"),
    ("embed", "embedding"),
    ("position", "positional_encoding"),
    ("mse", "mse"),
    ("mean squared error", "mse"),
    ("mae", "l1"),
    ("bce", "bce"),
    ("binary cross entropy", "bce"),
    ("nll", "nll"),
    ("kl", "kl_divergence"),
    ("hinge", "hinge"),
    ("skip", "add"),
    ("concat", "concat"),
    ("reshape", "reshape"),
    ("flatten", "flatten"),
    ("upsample", "upsample"),
    ("deconv", "conv_transpose2d"),
    ("transposed conv", "conv_transpose2d"),
    ("gan", "generator_loss"),
    ("triplet", "triplet"),
    ("contrastive", "nt_xent"),
    ("mean", "mean"),
    ("matmul", "matmul"),
    ("noise", "noise"),
    ("mcculloch", "threshold_neuron"),
    ("som", "self_organising_map"),
    ("gcn", "gcn_conv"),
    ("depthwise", "depthwise_conv2d"),
    ("norm", "batch_norm2d"),
    ("loss", "cross_entropy"),
    ("swish", "silu"),
    ("huber", "huber"),
    ("rnn", "rnn"),
    ("one hot", "one_hot"),
    ("dice", "dice"),
    ("capsule", "capsule"),
    ("max", "max_pool2d"),
    ("log", "log"),
    ("add", "add"),
    ("sum", "sum_over"),
    ("input", "input"),
    ("gelu", "gelu"),
    ("q learning", "td_error"),
    ("residual", "library:residual"),
    ("crossentropy", "cross_entropy"),
    ("leakyrelu", "leaky_relu"),
    ("multihead", "multi_head_attention"),
    ("conv2d", "conv2d"),
    ("Cross-Entropy", "cross_entropy"),
]


def found(query: str) -> list[str]:
    """The ids of what the palette offers, best first, as it does: of equal fits the commoner first."""
    known = entries(Project())
    fits = [
        (-fit_all(query, each.title, each.name, each.words, FAMILIES[each.spec.family]), number, each.id)
        for number, each in enumerate(known)
    ]
    return [id for score, _, id in sorted(fits) if score]


@pytest.mark.parametrize(("query", "kind"), MEANT, ids=[query for query, _ in MEANT])
def test_what_is_meant_is_among_the_first_three(query: str, kind: str) -> None:
    assert kind in found(query)[:3]


@pytest.mark.parametrize("query", ["cross", "cross-entropy", "crossentropy"])
def test_cross_entropy_comes_first(query: str) -> None:
    assert found(query)[0] == "cross_entropy"


def test_cross_attention_is_found_by_its_first_word() -> None:
    assert {"multi_head_attention", "transformer_decoder_layer"} & set(found("cross")[:5])


def test_a_name_in_code_counts_as_much_as_a_title() -> None:
    assert fit_all("hinge", "Multi-class hinge", "hinge") > fit_all("hinge", "Hinge of two classes", "binary_hinge")
    assert fit_all("layernorm", "Layer norm", "layer_norm") > fit_all("layernorm", "Layer", "other", "layernorm")


def test_a_word_beside_the_title_counts_more_than_letters_inside_one_of_it() -> None:
    assert fit_all("gan", "Generator loss", "", "gan") > fit_all("gan", "Self-organising map", "")
    assert fit_all("gan", "A", "", "gan x y") > fit_all("gan", "A", "", "x y gan") > fit_all("gan", "A", "", "organ")


@pytest.mark.parametrize("query", ["", "  ", "-", "_/"])
def test_nothing_typed_fits_everything_alike(query: str) -> None:
    assert fit(query, "Conv 2D") == fit(query, "x") == 1
    assert fit_all(query, "Conv 2D", "conv2d") == 1


def test_the_field_that_finds_everything_searches_kinds_by_their_own_names(window: Window) -> None:
    palette = window.open_palette()
    palette.find("huber")
    assert palette.found[0].title == "Add Huber"
    palette.find("crossentropy")
    assert "Add Cross-entropy" in [each.title for each in palette.found[:3]]
    palette.find("add relu")
    assert palette.found[0].title == "Add ReLU"
    palette.find("lenet-5")
    assert palette.found[0].title == "LeNet-5"
