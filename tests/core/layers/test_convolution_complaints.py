"""What cannot be convolved, resized or pooled is said in words, with a way out that works."""

from __future__ import annotations

from typing import Any

import pytest

from core.compiler.trial import Plan, attempt
from core.model.fault import Complaint
from core.model.spec import registry
from core.model.tensor import TensorType


def t(*sample: int, dtype: str = "float32") -> TensorType:
    return TensorType(("N", *sample), dtype)


CASES: list[tuple[str, dict[str, Any], TensorType, str, str]] = [
    ("conv3d", {}, t(3, 8, 8), "takes volumes (N×C×D×H×W", "2D kind for images"),
    ("conv3d", {}, t(27), "N×27 arrives", "1 × 3 × 3 × 3"),
    ("conv3d", {"groups": 2}, t(3, 8, 8, 8), "2 groups cannot share 3", "such as 1"),
    ("conv_transpose3d", {}, t(64), "N×64 arrives", "1 × 4 × 4 × 4"),
    ("conv_transpose2d", {"output_padding": 2}, t(3, 4, 4), "smaller than the stride", "1×1 at most"),
    ("conv_transpose1d", {"padding": 9}, t(3, 4), "taken away on each side of 8", "padding 3 at most"),
    ("conv_transpose2d", {"groups": 2, "out_channels": 3}, t(4, 4, 4), "3 output channels", "such as 1"),
    ("depthwise_conv2d", {"kernel_size": 9}, t(3, 8, 8), "9×9 window is larger", "at most 8×8"),
    ("depthwise_conv1d", {}, t(3, 8, 8), "N×3×8×8 arrives", "2D kind"),
    ("separable_conv2d", {}, t(3, 12), "N×3×12 arrives", "Put a Reshape before it."),
    ("separable_conv2d", {"padding": "same", "stride": 2}, t(3, 8, 8), "keeps the size", "stride to 1"),
    ("masked_conv2d", {"kernel_size": 4}, t(1, 8, 8), "no cell in its middle", "5×5"),
    ("masked_conv2d", {"kernel_size": 1, "mask_type": "A"}, t(1, 8, 8), "sees nothing", "type B"),
    ("masked_conv2d", {"colors": 3}, t(3, 8, 8), "3 colours cannot share 3 input and 8 output", "1 colour"),
    ("upsample", {"mode": "bilinear"}, t(3, 8), "“bilinear” does not work on series", "“linear”"),
    ("upsample", {"mode": "bicubic"}, t(3, 4, 4, 4), "does not work on volumes", "“trilinear”"),
    ("upsample", {"scale_factor": 0.1}, t(3, 8, 8), "leaves nothing of 8×8", "larger factor"),
    ("upsample", {"size": (4, 4, 4)}, t(3, 8, 8), "3 sizes", "one for each"),
    ("upsample", {}, t(8), "N×8 arrives", "Reshape"),
    ("upsample", {}, t(3, 8, 8, dtype="int64"), "whole numbers", "Input"),
    ("pixel_shuffle", {}, t(6, 4, 4), "6 channels do not divide into 2×2", "multiple of 4"),
    ("pixel_unshuffle", {"downscale_factor": 4}, t(3, 6, 12), "6×12 does not divide", "such as 3"),
    ("pad2d", {"padding": 8, "mode": "reflect"}, t(3, 8, 8), "more than what arrives has", "“replicate”"),
    ("pad1d", {"padding": (9, 0), "mode": "circular"}, t(3, 8), "more than what arrives has", "less padding"),
    ("pad2d", {"padding": -1, "mode": "replicate"}, t(3, 8, 8), "would cut", "“zeros”"),
    ("pad2d", {"padding": -4}, t(3, 8, 8), "cuts away all of 8×8", "Cut less"),
    ("pad2d", {"padding": (0, 0, 2, -2)}, t(1, 1, 1), "cuts away all of 1×1", "Cut less"),
    ("unfold", {"kernel_size": 9}, t(3, 8, 8), "9×9 window is larger", "at most 8×8"),
    ("fold", {}, t(3, 8, 8), "windows as columns", "Unfold"),
    ("fold", {"kernel_size": 5}, t(12, 16), "12 numbers a column", "kernel of the Unfold"),
    ("fold", {"stride": 2, "output_size": 6}, t(12, 16), "room for 3×3 windows, but 16 columns", "8×8 fits"),
    ("max_pool3d", {}, t(3, 8, 8), "takes volumes", "2D kind"),
    ("avg_pool3d", {"padding": 2}, t(3, 8, 8, 8), "more than half", "padding 1 at most"),
    (
        "avg_pool3d",
        {"kernel_size": 3, "padding": 1},
        t(3, 2, 8, 8),
        "larger than what arrives (2×8×8)",
        "at most 2×3×3,",
    ),
    ("min_pool2d", {"kernel_size": 9}, t(3, 8, 8), "9×9 window is larger", "at most 8×8"),
    ("lp_pool1d", {}, t(3, 1), "2 window is larger", "Take Lp pool 1D away"),
    ("global_avg_pool2d", {}, t(3, 8), "N×3×8 arrives", "1D kind"),
    ("global_max_pool1d", {}, t(3, 8, 8), "N×3×8×8 arrives", "2D kind"),
    ("adaptive_avg_pool1d", {}, t(8, dtype="int64"), "whole numbers", "Embedding"),
]


@pytest.mark.parametrize(("kind", "params", "arriving", "told", "fix"), CASES, ids=lambda value: str(value)[:24])
def test_it_says_what_is_wrong_and_what_helps(
    kind: str, params: dict[str, Any], arriving: TensorType, told: str, fix: str
) -> None:
    complaint = attempt(registry[kind], params, {"input": (arriving,)})
    assert isinstance(complaint, Complaint)
    assert told in complaint.message
    assert fix in complaint.fix
    if complaint.params:
        mended = attempt(registry[kind], {**params, **complaint.params}, {"input": (arriving,)})
        assert isinstance(mended, Plan), mended
