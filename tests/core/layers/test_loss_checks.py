"""What losses say about what does not fit, before torch does, and the way out that they offer."""

from __future__ import annotations

import pytest

from core.compiler.trial import Plan, attempt
from core.model.fault import Complaint
from core.model.spec import registry
from core.model.tensor import TensorType
from core.model.values import Value

Types = dict[str, TensorType]


def t(*sample: int) -> TensorType:
    return TensorType(("N", *sample))


def i(*sample: int) -> TensorType:
    return TensorType(("N", *sample), "int64")


def tried(kind: str, inputs: Types, **params: Value) -> Plan | Complaint:
    return attempt(registry[kind], params, {port: (type_,) for port, type_ in inputs.items()})


def complaint(kind: str, inputs: Types, **params: Value) -> Complaint:
    found = tried(kind, inputs, **params)
    assert isinstance(found, Complaint), found
    assert found.message.endswith(".")
    assert found.fix.endswith(".")
    return found


VECTORS: Types = {"input": t(6), "target": i()}


@pytest.mark.parametrize("kind", ["cross_entropy", "nll", "focal"])
@pytest.mark.parametrize("weight", [2.0, (1.0, 2.0), (1.0,) * 7])
def test_class_weights_are_one_for_each_class(kind: str, weight: Value) -> None:
    said = complaint(kind, VECTORS, weight=weight)
    assert "6 classes" in said.message
    assert isinstance(tried(kind, VECTORS, **said.params), Plan)
    assert isinstance(tried(kind, VECTORS, weight=(1, 1, 1, 1, 1, 2.5)), Plan)
    assert isinstance(tried(kind, {"input": t(3, 2), "target": i(3)}, weight=(1.0, 2.0)), Plan)


def test_weights_of_a_yes_are_one_or_one_for_each_output() -> None:
    pair: Types = {"input": t(3), "target": t(3)}
    assert "2 weights" in complaint("bce_with_logits", pair, pos_weight=(1.0, 2.0)).message
    for fits in (None, 2.0, (2.0,), (1.0, 2.0, 3.0)):
        assert isinstance(tried("bce_with_logits", pair, pos_weight=fits), Plan)


def test_negative_weights_are_refused() -> None:
    assert "at least 0" in complaint("cross_entropy", VECTORS, weight=(1.0, -1.0, 1.0, 1.0, 1.0, 1.0)).message


@pytest.mark.parametrize(
    ("kind", "inputs", "port", "words"),
    [
        ("nll", {"input": t(6), "target": t(6)}, "target", "number of the right class"),
        ("focal", {"input": t(6), "target": t(1)}, "target", "number of the right class"),
        ("hinge", {"input": t(3, 6), "target": i(3)}, "input", "one row of scores"),
        ("binary_hinge", {"input": t(1), "target": i()}, "target", "Binary hinge"),
        ("distillation", {"student": t(6), "teacher": t(5)}, "teacher", "N×6 and N×5"),
        ("gaussian_kl", {"mean": t(4), "log_variance": t(5)}, "log_variance", "N×4 and N×5"),
        ("gaussian_nll", {"input": t(1), "target": t(1), "log_variance": t(2)}, "log_variance", "N×2"),
        ("gaussian_log_likelihood", {"z": t(2), "log_det": t(2)}, "log_det", "one number a sample"),
        ("mean_loss", {"plus": i(3)}, "plus", "real numbers"),
        ("triplet", {"anchor": t(4), "positive": t(4), "negative": t(3)}, "negative", "N×4 and N×3"),
        ("triplet", {"anchor": t(3, 8, 8), "positive": t(4), "negative": t(4)}, "anchor", "one vector a sample"),
        ("contrastive_pair", {"input1": t(4), "input2": t(4), "same": t(2)}, "same", "one number a sample"),
        ("cosine_embedding", {"input1": t(4), "input2": t(4), "target": i()}, "target", "real numbers"),
        ("multi_similarity", {"input": t(4), "labels": t(1)}, "labels", "whole number a sample"),
        ("nt_xent", {"view_1": t(4), "view_2": t(8)}, "view_2", "N×4 and N×8"),
        ("oja", {"input": t(4), "output": t(2), "weight": TensorType((2, 4))}, "weight", "4×2"),
        ("dice", {"input": t(1, 8, 8), "target": t(8, 8)}, "input", "same shape"),
        ("box_iou", {"input": t(5), "target": t(5)}, "input", "4 numbers"),
        ("total_variation", {"input": t(64)}, "input", "N×C×H×W"),
        ("gram_style", {"input": t(3, 8, 8), "style": t(4, 8, 8)}, "style", "same channels"),
        ("td_error", {"values": t(4), "reward": t(1), "next_values": t(4)}, "action", "which one was taken"),
        ("td_error", {"values": t(1), "reward": t(3), "next_values": t(1)}, "reward", "one number a sample"),
        ("policy_gradient", {"policy": t(4), "action": t(1), "returns": t(1)}, "action", "whole number a sample"),
        ("ctc", {"input": t(6), "target": i(3)}, "input", "every step"),
        ("ctc", {"input": t(8, 6), "target": i()}, "target", "labels of each sample"),
    ],
)
def test_a_loss_says_what_does_not_fit(kind: str, inputs: Types, port: str, words: str) -> None:
    said = complaint(kind, inputs)
    assert said.port == port
    assert words in said.message


def test_what_does_not_stand_in_the_way_is_a_warning() -> None:
    found = tried("ctc", {"input": t(2, 6), "target": i(3)})
    assert isinstance(found, Plan)
    assert found.warning
    assert "3 labels do not fit into 2 steps" in found.warning.message


def test_a_blank_without_a_score_is_mended() -> None:
    said = complaint("ctc", {"input": t(8, 6), "target": i(3)}, blank=6)
    assert said.params == {"blank": 0}


def test_one_style_image_serves_a_batch() -> None:
    style = TensorType((1, 3, 20, 20))
    assert isinstance(tried("gram_style", {"input": t(3, 8, 8), "style": style}), Plan)


def test_weights_of_a_free_parameter_fit_ojas_rule() -> None:
    weight = TensorType((4, 2))
    assert isinstance(tried("oja", {"input": t(4), "output": t(2), "weight": weight}), Plan)
    assert isinstance(tried("l1_penalty", {"input": weight}), Plan)
