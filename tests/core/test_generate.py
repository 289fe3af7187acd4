"""Text from cached keys and values: the same letters as from the whole window, for fewer operations."""

from __future__ import annotations

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from core.compiler.build import build
from core.compiler.network import Network
from core.model.project import Project
from core.model.tensor import Field
from core.training.generate import goes_on, going_on, write_text
from tests.core.networks import Layer, add, chain, wire

WINDOW, LETTERS = 24, "abcdefg hij"
FIELD = Field("x", (WINDOW,), "int64", "token", labels=tuple(LETTERS))
EMBEDDING: Layer = ("embedding", {"num_embeddings": len(LETTERS), "embedding_dim": 16})
POSITIONS: Layer = ("learned_positions", {"max_length": WINDOW})
HEAD: Layer = ("linear", {"out_features": len(LETTERS)})
ATTENTION: Layer = ("causal_self_attention", {"num_heads": 2})
ENCODER = {"nhead": 2, "dim_feedforward": 24, "causal": True}

GOING_ON: dict[str, list[Layer]] = {
    "gpt": [POSITIONS, ATTENTION, ("layer_norm", {}), ATTENTION, ("gelu", {})],
    "gpt with weights": [POSITIONS, ("causal_self_attention", {"num_heads": 2, "need_weights": True})],
    "multi-head": [("positional_encoding", {}), ("multi_head_attention", {"num_heads": 2, "causal": True})],
    "multi-head without weights": [
        ("positional_encoding", {"encoding": "learned"}),
        ("multi_head_attention", {"num_heads": 4, "causal": True, "need_weights": False}),
    ],
    "encoder layers": [
        POSITIONS,
        ("transformer_encoder_layer", ENCODER),
        ("transformer_encoder_layer", {**ENCODER, "norm_first": True, "activation": "gelu"}),
    ],
    "rotary": [("rotary_positions", {}), ATTENTION],
}
WINDOW_ONLY: dict[str, list[Layer]] = {
    "looks ahead": [POSITIONS, ("multi_head_attention", {"num_heads": 2})],
    "lstm": [ATTENTION, ("lstm", {"hidden_size": 16})],
    "lstm alone": [("lstm", {"hidden_size": 16})],
    "convolution": [ATTENTION, ("transpose", {}), ("conv1d", {"out_channels": 16, "padding": 1}), ("transpose", {})],
    "relative": [ATTENTION, ("relative_self_attention", {"num_heads": 2, "causal": True})],
    "one step more": [("class_token", {}), ATTENTION, ("slice", {"dim": 1, "start": 1})],
}


def network(layers: list[Layer], seed: int = 1) -> Network:
    """Weights twice as large as usual, so that letters depend on what came before."""
    made = build(chain([EMBEDDING, *layers, HEAD]), {"x": FIELD}, seed=seed)
    made.eval()
    with torch.no_grad():
        for parameter in made.root.parameters():
            if parameter.dim() > 1:
                parameter.mul_(2)
    return made


@pytest.fixture(autouse=True)
def _no_gradients() -> object:
    with torch.no_grad():
        yield


@pytest.mark.parametrize("layers", GOING_ON.values(), ids=GOING_ON)
def test_cached_steps_write_the_same_letters_for_fewer_operations(layers: list[Layer]) -> None:
    program = network(layers).inference_program()
    assert goes_on(program, WINDOW, FIELD.classes)
    for temperature in (0.0, 1.0):
        texts, work = [], []
        for cached in (True, False):
            with FlopCounterMode(display=False) as counter:
                texts.append(write_text(program, FIELD, "bad", WINDOW - 3, temperature=temperature, cached=cached))
            work.append(counter.get_total_flops())
        assert texts[0] == texts[1]
        assert work[0] < work[1] / 5, "a step costs about one step, not the window"
    assert len(set(texts[0])) > 3


@pytest.mark.parametrize("layers", GOING_ON.values(), ids=GOING_ON)
def test_pieces_of_any_size_get_the_scores_of_the_whole(layers: list[Layer]) -> None:
    program = network(layers).inference_program().double()
    tokens = torch.randint(FIELD.classes, (3, WINDOW), generator=torch.Generator().manual_seed(1))
    whole = program(tokens)[0]
    for sizes in ([1] * WINDOW, [1, WINDOW - 1], [7, 1, 9, 7]):
        with going_on(program):
            pieces = torch.cat([program(part)[0] for part in tokens.split(sizes, 1)], 1)
        torch.testing.assert_close(pieces, whole)
    assert torch.equal(program(tokens)[0], whole), "afterwards, nothing is kept"


def test_text_goes_on_when_the_window_is_full() -> None:
    program = network(GOING_ON["gpt"]).inference_program()
    texts = [write_text(program, FIELD, "a bad cab", 2 * WINDOW, cached=cached) for cached in (True, False)]
    assert len(texts[0]) == 9 + 2 * WINDOW
    assert texts[0] == texts[1]


def test_a_start_as_long_as_the_window_and_longer() -> None:
    program = network(GOING_ON["gpt"]).inference_program()
    for size in (WINDOW - 1, WINDOW, WINDOW + 5):
        start = ("a bad cab had a big jig " * 2)[:size]
        one, other = (write_text(program, FIELD, start, 5, cached=cached) for cached in (True, False))
        assert one == other


@pytest.mark.parametrize("layers", WINDOW_ONLY.values(), ids=WINDOW_ONLY)
def test_networks_that_cannot_go_on_read_the_whole_window(layers: list[Layer]) -> None:
    program = build(chain([EMBEDDING, *layers, HEAD]), {"x": FIELD}).inference_program().eval()
    assert not goes_on(program, WINDOW, FIELD.classes)
    one, other = (write_text(program, FIELD, "bad", 15, cached=cached) for cached in (True, False))
    assert one == other


def test_attention_by_hand_reads_the_whole_window() -> None:
    project = Project("By hand")
    add(project, "input")
    add(project, EMBEDDING[0], **EMBEDDING[1])
    for kind in ("transpose", "matmul", "causal_mask", "softmax", "matmul", "causal_self_attention", "linear"):
        params = {"num_heads": 2} if kind == ATTENTION[0] else {"out_features": 11} if kind == "linear" else {}
        add(project, kind, **params)
    add(project, "output")
    for text in (
        "input_1 -> embedding_1",
        "embedding_1 -> transpose_1",
        "embedding_1.output -> matmul_1.input",
        "transpose_1.output -> matmul_1.other",
        "matmul_1 -> causal_mask_1",
        "causal_mask_1 -> softmax_1",
        "softmax_1.output -> matmul_2.input",
        "embedding_1.output -> matmul_2.other",
        "matmul_2 -> causal_self_attention_1",
        "causal_self_attention_1 -> linear_1",
        "linear_1 -> output_1",
    ):
        wire(project, text)
    program = build(project, {"x": FIELD}).inference_program().eval()
    assert not goes_on(program, WINDOW, FIELD.classes)


def test_a_fault_while_going_on_leaves_no_cache_behind() -> None:
    made = network(GOING_ON["gpt"])
    program = made.inference_program()
    tokens = torch.zeros(1, WINDOW, dtype=torch.int64)
    whole = program(tokens)[0]
    with pytest.raises(RuntimeError), going_on(program):
        program(tokens.repeat(1, 2))
    assert torch.equal(program(tokens)[0], whole)
