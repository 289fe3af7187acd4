"""Layers speak before torch does: the shapes that arrive, and a way out that works."""

from __future__ import annotations

import pytest

from core.compiler.inference import NodeReport
from core.compiler.trial import Plan, attempt
from core.model.fault import Complaint
from core.model.ops import params_complaint
from core.model.spec import registry
from core.model.tensor import Dim, TensorType
from core.model.values import Value


def t(*shape: Dim, dtype: str = "float32") -> TensorType:
    return TensorType(("N", *shape), dtype)


def i(*shape: Dim) -> TensorType:
    return t(*shape, dtype="int64")


Case = tuple[str, dict[str, Value], dict[str, tuple[TensorType, ...]], str, str]


def one(*types: TensorType, port: str = "input") -> dict[str, tuple[TensorType, ...]]:
    return {port: types}


def pair(given: TensorType, target: TensorType) -> dict[str, tuple[TensorType, ...]]:
    return {"input": (given,), "target": (target,)}


# kind, params, what arrives, a part of the message, a part of the fix
CASES: list[Case] = [
    ("linear", {}, one(t(1, 8, 8)), "N×1×8×8", "Flatten"),
    ("linear", {}, one(i(16)), "int64", "Embedding"),
    ("linear", {}, one(i()), "N of whole numbers", "one-hot"),
    ("linear", {}, one(t()), "changes with the batch", "number"),
    ("embedding", {}, one(t(5)), "N×5 of real numbers", "Linear"),
    ("relu", {}, one(i(5)), "int64", "Embedding"),
    ("softmax", {"dim": 0}, one(t(5)), "samples of the batch", "-1"),
    ("softmax", {"dim": 4}, one(t(5)), "axes 0 to 1", "axis -1"),
    ("log_softmax", {"dim": -2}, one(t(5)), "samples of the batch", "-1"),
    ("softmax", {}, one(t()), "changes with the batch", "number"),
    ("prelu", {"per_channel": True}, one(t()), "no channels", "one slope"),
    ("hardtanh", {"min_val": 2.0, "max_val": 1.0}, one(t(5)), "lowest value (2)", "−1 and 1"),
    ("dropout", {}, one(i()), "whole numbers", "form"),
    ("conv2d", {}, one(t(64)), "N×64 arrives", "1 × 8 × 8"),
    ("conv2d", {}, one(t(3, 12)), "N×3×12 arrives", "1D kind"),
    ("conv2d", {}, one(i(1, 8, 8)), "whole numbers", "Input"),
    ("conv2d", {"kernel_size": 7}, one(t(1, 5, 5)), "7×7 window is larger than what arrives (5×5)", "at most 5×5"),
    ("conv2d", {"kernel_size": 7, "padding": (0, 1)}, one(t(1, 4, 5)), "4×7 with its padding", "4×7"),
    ("conv2d", {"kernel_size": 3, "dilation": 4}, one(t(1, 8, 8)), "spread to 9×9", "at most 2×2"),
    ("conv2d", {"kernel_size": 3}, one(t(1, 1, 1)), "3×3 window", "add padding"),
    ("conv2d", {"padding": "same", "stride": 2}, one(t(1, 8, 8)), "“same”", "stride to 1"),
    ("conv2d", {"padding": "same", "stride": (1, 2)}, one(t(1, 8, 8)), "“same”", "stride to 1"),
    ("conv2d", {"groups": 2}, one(t(3, 8, 8)), "2 groups cannot share 3 input and 8 output channels", "such as 1"),
    ("conv2d", {"groups": 4, "out_channels": 6}, one(t(8, 8, 8)), "4 groups", "such as 2"),
    ("conv2d", {"padding": 9, "padding_mode": "reflect"}, one(t(1, 8, 8)), "“reflect”", "zeros"),
    ("conv2d", {"padding": 9, "padding_mode": "circular"}, one(t(1, 8, 8)), "“circular”", "zeros"),
    ("conv1d", {}, one(t(3, 8, 8)), "N×3×8×8 arrives", "2D kind"),
    ("conv1d", {}, one(i(8)), "whole numbers", "Embedding and a Transpose"),
    ("conv1d", {}, one(t(64)), "N×64 arrives", "1 × 64"),
    ("conv1d", {"kernel_size": 9}, one(t(3, 5)), "(5)", "at most 5"),
    ("max_pool2d", {}, one(t(8, 1, 1)), "2×2 window", "Take Max pool 2D away"),
    ("max_pool2d", {"kernel_size": 8}, one(t(8, 4, 6)), "8×8 window", "at most 4×6"),
    ("max_pool2d", {"padding": 2}, one(t(8, 4, 4)), "more than half", "padding 1"),
    ("avg_pool2d", {}, one(t(64)), "N×64 arrives", "Reshape"),
    ("avg_pool1d", {"kernel_size": 3, "padding": 2}, one(t(3, 9)), "more than half", "padding 1"),
    ("max_pool1d", {}, one(t(3, 9, 9)), "N×3×9×9", "2D kind"),
    ("adaptive_avg_pool2d", {}, one(t(64)), "N×64", "Reshape"),
    ("adaptive_max_pool2d", {}, one(t(8, 64)), "N×8×64", "Reshape"),
    ("batch_norm1d", {}, one(t(3, 8, 8)), "N×3×8×8", "Batch norm 2D"),
    ("batch_norm1d", {}, one(t()), "N arrives", "Reshape"),
    ("batch_norm2d", {}, one(t(8)), "N×8", "Batch norm 1D"),
    ("batch_norm2d", {}, one(i(3, 8, 8)), "whole numbers", "Input"),
    ("layer_norm", {}, one(t()), "changes with the batch", "number"),
    ("rnn", {}, one(t(8)), "N×8 arrives", "two axes"),
    ("lstm", {}, one(i(20)), "whole numbers", "Embedding"),
    ("gru", {}, one(t(1, 8, 8)), "N×1×8×8", "row by row"),
    ("positional_encoding", {}, one(i(20)), "whole numbers", "Embedding"),
    ("positional_encoding", {"max_length": 16}, one(t(600, 8)), "600 steps", "600"),
    ("transformer_encoder_layer", {"nhead": 3}, one(t(5, 8)), "8 features among 3 heads", "2 heads"),
    ("transformer_encoder_layer", {}, one(t(8)), "N×8", "Reshape"),
    ("multi_head_attention", {"num_heads": 5}, one(t(5, 7), port="query"), "7 features among 5 heads", "1 head"),
    ("multi_head_attention", {}, {"query": (t(5, 8),), "value": (t(5, 8),)}, "without keys", "Wire a key"),
    (
        "multi_head_attention",
        {},
        {"query": (t(5, 8),), "key": (t(4, 8),), "value": (t(3, 8),)},
        "4 keys (N×4×8) and 3 values (N×3×8)",
        "same sequence",
    ),
    ("multi_head_attention", {"causal": True}, {"query": (t(5, 8),), "key": (t(4, 8),)}, "N×4×8", "causal off"),
    ("flatten", {}, one(t()), "nothing to flatten", "away"),
    ("flatten", {"start_dim": 0}, one(t(3, 4)), "samples of the batch", "1"),
    ("flatten", {"start_dim": 3, "end_dim": 1}, one(t(3, 4, 5)), "behind the last", "axis 1"),
    ("reshape", {"shape": (7, 9)}, one(t(1, 8, 8)), "64 numbers (1×8×8), which do not fill 7 × 9 (63)", "64"),
    ("reshape", {"shape": (-1, 7)}, one(t(64)), "do not fill −1 × 7", "64"),
    ("reshape", {"shape": (-1, -1)}, one(t(64)), "Only one size", "other sizes"),
    ("reshape", {"shape": (0, 64)}, one(t(64)), "size of 0", "at least 1"),
    ("add", {}, one(t(8), t(16), port="inputs"), "N×8 and N×16", "equal"),
    ("multiply", {}, one(t(5, 8), t(8), port="inputs"), "N×5×8 and N×8", "equal"),
    ("concat", {}, one(t(8), t(5, 8), port="inputs"), "N×8 and N×5×8", "Flatten"),
    ("concat", {}, one(t(3, 8, 8), t(3, 4, 4), port="inputs"), "differ at axis 2 and axis 3", "Make axis 2"),
    ("concat", {"dim": 2}, one(t(3, 8), t(4, 8), port="inputs"), "differ at axis 1", "Join along axis 1"),
    ("concat", {"dim": 0}, one(t(8), t(8), port="inputs"), "samples of the batch", "1"),
    ("concat", {}, one(t(), t(), port="inputs"), "single numbers", "number"),
    ("matmul", {}, {"input": (t(5, 8),), "other": (t(5, 8),)}, "N×5×8", "Transpose"),
    ("matmul", {}, {"input": (t(5, 8),), "other": (t(7, 9),)}, "N×7×9", "equal"),
    ("matmul", {}, {"input": (t(8),), "other": (t(8),)}, "N×8 and N×8", "Linear"),
    ("matmul", {}, {"input": (t(2, 5, 8),), "other": (t(3, 8, 5),)}, "pair up", "equal"),
    ("transpose", {}, one(t(8)), "N×8", "Take Transpose away"),
    ("transpose", {"dim0": 0}, one(t(5, 8)), "samples of the batch", "1"),
    ("mean", {"dim": 0}, one(t(5, 8)), "samples of the batch", "1"),
    ("mean", {"dim": (1, -2)}, one(t(5, 8)), "twice", "once"),
    ("mean", {}, one(t()), "single numbers", "away"),
    ("scale", {}, one(i()), "whole numbers", "form"),
    ("cross_entropy", {}, pair(t(10), t(1)), "real numbers (N×1, float32)", "as stored"),
    ("cross_entropy", {}, pair(t(), i()), "score for every class", "Linear"),
    ("cross_entropy", {}, pair(t(8, 10), i()), "N×8×10 belong to targets of N×8", "Mean over the steps"),
    ("cross_entropy", {}, pair(t(10, 8), i(10, 1)), "N×10×1", "size 1 too many"),
    ("cross_entropy", {}, pair(t(28, 8), i(8)), "N×28×8", "Transpose"),
    ("cross_entropy", {}, pair(t(10, 1, 1), i()), "N×10×1×1", "Put a Flatten before it"),
    ("cross_entropy", {}, pair(t(10, 8, 8), i()), "N×10×8×8", "Flatten and a Linear"),
    ("cross_entropy", {}, pair(t(28), i(8)), "a class for every step", "“output”"),
    ("cross_entropy", {}, pair(i(8), i()), "whole numbers", "Input"),
    ("mse", {}, pair(t(1), i()), "the prediction is N×1", "“number”"),
    ("mse", {}, pair(t(10), i()), "N, int64", "“one-hot” (N×10)"),
    ("mse", {}, pair(t(1), t()), "The prediction is N×1 and the target N", "“number”"),
    ("half_mse", {}, pair(t(3), t(1)), "N×3 and the target N×1", "1 output."),
    ("l1", {}, pair(t(1), t(3)), "N×1 and the target N×3", "3 outputs"),
    ("bce", {}, pair(t(1, 8, 8), t(64)), "N×1×8×8", "Flatten before the prediction"),
    ("bce_with_logits", {}, pair(t(64), t(1, 8, 8)), "N×1×8×8", "Flatten before the target"),
    ("mse", {}, pair(t(5, 8), t(5, 9)), "same shape", "equal"),
    ("hinge", {}, pair(t(3), t(1)), "real numbers", "as stored"),
    ("hinge", {}, pair(t(3, 8, 8), i()), "N×3×8×8", "Flatten and a Linear"),
    ("hinge", {}, pair(t(), i()), "N arrives", "Linear"),
    ("perceptron", {}, pair(t(1), i()), "target is N (int64)", "“sign”"),
    ("perceptron", {"activation": "step"}, pair(t(1), i()), "target is N (int64)", "“number”"),
    ("perceptron", {}, pair(t(2), t(1)), "N×2 and the target N×1", "1 output"),
]
names = [f"{case[0]}-{number}" for number, case in enumerate(CASES)]


def speak(kind: str, params: dict[str, Value], inputs: dict[str, tuple[TensorType, ...]]) -> Complaint | None:
    spec = registry[kind]
    assert spec.check
    assert not params_complaint(kind, params)
    return spec.check(inputs, spec.complete(params))


@pytest.mark.parametrize(("kind", "params", "inputs", "message", "fix"), CASES, ids=names)
def test_a_bad_shape_is_named_with_a_fix(
    kind: str, params: dict[str, Value], inputs: dict[str, tuple[TensorType, ...]], message: str, fix: str
) -> None:
    complaint = speak(kind, params, inputs)
    assert complaint is not None
    assert message in complaint.message
    assert fix in complaint.fix
    assert complaint.severity == "error"
    for sentence in (complaint.message, complaint.fix):
        assert sentence.endswith(".")
        assert "torch" not in sentence
    assert not complaint.port or registry[kind].input(complaint.port)


@pytest.mark.parametrize(("kind", "params", "inputs", "message", "fix"), CASES, ids=names)
def test_what_mends_with_one_click_really_mends(
    kind: str, params: dict[str, Value], inputs: dict[str, tuple[TensorType, ...]], message: str, fix: str
) -> None:
    complaint = speak(kind, params, inputs)
    assert complaint is not None
    if complaint.params:
        mended = attempt(registry[kind], {**params, **complaint.params}, inputs)
        assert isinstance(mended, Plan)
    if complaint.insert:
        between = attempt(
            registry[complaint.insert], {}, {registry[complaint.insert].inputs[0].name: inputs[complaint.port]}
        )
        assert isinstance(between, Plan)
        arriving = next(iter(between.report.outputs.values()))
        mended = attempt(registry[kind], params, {**inputs, complaint.port: (arriving,)})
        assert isinstance(mended, Plan)


# kind, params, what arrives, what leaves
GOOD: list[tuple[str, dict[str, Value], dict[str, tuple[TensorType, ...]], dict[str, str]]] = [
    ("linear", {"out_features": 3}, one(t(5, 8)), {"output": "N×5×3"}),
    ("embedding", {}, one(i()), {"output": "N×32"}),
    ("conv2d", {"padding": "same", "kernel_size": 5}, one(t(1, 8, 8)), {"output": "N×8×8×8"}),
    ("conv2d", {"kernel_size": (3, 5), "stride": (1, 2)}, one(t(1, 8, 9)), {"output": "N×8×6×3"}),
    ("conv2d", {"padding": 7, "padding_mode": "reflect"}, one(t(1, 8, 8)), {"output": "N×8×20×20"}),
    ("max_pool2d", {"kernel_size": 3, "stride": 2, "padding": 1}, one(t(8, 7, 7)), {"output": "N×8×4×4"}),
    ("adaptive_avg_pool2d", {"output_size": (2, 3)}, one(t(8, 7, 7)), {"output": "N×8×2×3"}),
    ("batch_norm1d", {}, one(t(3, 12)), {"output": "N×3×12"}),
    ("layer_norm", {"over": "whole sample"}, one(t(3, 4, 4)), {"output": "N×3×4×4"}),
    ("lstm", {"bidirectional": True}, one(t(5, 8)), {"output": "N×5×128", "hidden": "N×64", "cell": "N×64"}),
    ("rnn", {"num_layers": 2, "dropout": 0.5}, one(t(5, 8)), {"output": "N×5×64", "hidden": "N×64"}),
    (
        "multi_head_attention",
        {"average_weights": False},
        {"query": (t(5, 8),), "key": (t(7, 6),), "value": (t(7, 3),)},
        {"output": "N×5×8", "weights": "N×4×5×7"},
    ),
    ("multi_head_attention", {"causal": True}, one(t(5, 8), port="query"), {"output": "N×5×8", "weights": "N×5×5"}),
    ("flatten", {"start_dim": 2}, one(t(3, 4, 5)), {"output": "N×3×20"}),
    ("reshape", {"shape": (1, -1, 8)}, one(t(64)), {"output": "N×1×8×8"}),
    ("reshape", {"shape": 1}, one(t()), {"output": "N×1"}),
    ("add", {}, one(t(5, 8), t(1, 8), t(5, 1), port="inputs"), {"output": "N×5×8"}),
    ("concat", {"dim": -1}, one(t(5, 8), t(5, 3), port="inputs"), {"output": "N×5×11"}),
    ("mean", {"dim": (2, 3), "keepdim": True}, one(t(8, 4, 4)), {"output": "N×8×1×1"}),
    ("matmul", {}, {"input": (t(2, 5, 8),), "other": (t(1, 8, 3),)}, {"output": "N×2×5×3"}),
    ("cross_entropy", {}, pair(t(7, 10), i(7)), {"loss": "scalar"}),
    ("cross_entropy", {}, pair(t(10, 4, 4), i(4, 4)), {"loss": "scalar"}),
    ("cross_entropy", {}, pair(t(10), t(10)), {"loss": "scalar"}),
    ("mse", {}, pair(t(1, 8, 8), t(1, 8, 8)), {"loss": "scalar"}),
    ("perceptron", {}, pair(t(3), t(3)), {"loss": "scalar"}),
]


@pytest.mark.parametrize(("kind", "params", "inputs", "leaves"), GOOD, ids=[case[0] for case in GOOD])
def test_a_good_shape_passes(
    kind: str, params: dict[str, Value], inputs: dict[str, tuple[TensorType, ...]], leaves: dict[str, str]
) -> None:
    plan = attempt(registry[kind], params, inputs)
    assert isinstance(plan, Plan), plan
    report: NodeReport = plan.report
    assert {port: str(type_) for port, type_ in report.outputs.items()} == leaves
    assert plan.warning is None


WARNED: list[Case] = [
    ("softmax", {}, one(t(1)), "always gives the same number", "Sigmoid"),
    ("layer_norm", {}, one(t(5, 1)), "always gives 0", "wider"),
    ("gru", {"dropout": 0.5}, one(t(5, 8)), "only one", "two layers"),
    ("transpose", {"dim1": 1}, one(t(5, 8)), "does nothing", "different"),
    ("cross_entropy", {}, pair(t(1), i()), "always says 1", "one output for each class"),
]


@pytest.mark.parametrize(("kind", "params", "inputs", "message", "fix"), WARNED, ids=[case[0] for case in WARNED])
def test_what_runs_but_should_not_is_a_warning(
    kind: str, params: dict[str, Value], inputs: dict[str, tuple[TensorType, ...]], message: str, fix: str
) -> None:
    plan = attempt(registry[kind], params, inputs)
    assert isinstance(plan, Plan)
    assert plan.warning is not None
    assert plan.warning.severity == "warning"
    assert message in plan.warning.message
    assert fix in plan.warning.fix
