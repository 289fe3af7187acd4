"""Transformers for images: patches, class token, windows."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from core.layers.attention.checks import HEADS_DOC, READS, SEQUENCE, heads_complaint
from core.layers.complaints import changing, not_real, not_sequence
from core.layers.parameters import BIAS, WIDEST, flag, share, size
from core.layers.reading import along, first, times, whole
from core.model.fault import Complaint
from core.model.spec import Inputs, LayerSpec, Param, Port
from core.model.tensor import TensorType
from core.model.values import Params, Value

_OWN = "core.layers.modules.attention_images."
_GRID = Port("input", "N H W F", doc="A grid of patches: samples, rows, columns, features.")
_SAME_GRID = Port("output", "N H W F", doc="The same shape.")
_GRID_TYPE = TensorType(("N", 6, 6, 4))
_PATCHES = (Port("output", "N T F", doc="Patches as a sequence, row by row: samples, patches, features."),)
_PATCH_GRID = (Port("output", "N H W F", doc="Patches as a grid: samples, rows, columns, features."),)


def _patch_check(inputs: Inputs, params: Params) -> Complaint | None:
    title, arriving = "Patch embedding", first(inputs)
    if wrong := not_real(title, arriving, embed=False):
        return wrong
    if arriving.rank != 4:
        return Complaint(
            f"{title} reads images, N×C×H×W, but {arriving} arrives.",
            "Put a Reshape before it that gives a sample three axes, channels × height × width.",
            port="input",
        )
    for axis in (1, 2, 3):
        if wrong := changing(title, arriving, axis):
            return wrong
    sides, patch = (arriving.size(2), arriving.size(3)), along(params, "patch_size", 2)
    if all(side % size == 0 for side, size in zip(sides, patch, strict=True)):
        return None
    fitting = tuple(
        next(n for n in range(min(size, side), 0, -1) if side % n == 0) for side, size in zip(sides, patch, strict=True)
    )
    return Complaint(
        f"Patches of {times(patch)} do not fill images of {times(sides)} evenly.",
        f"Use patches of {times(fitting)}, or others that divide both sides.",
        params={"patch_size": fitting},
    )


def _grid_complaint(title: str, inputs: Inputs) -> Complaint | None:
    arriving = first(inputs)
    if wrong := not_real(title, arriving, embed=False):
        return wrong
    if arriving.rank != 4:
        return Complaint(
            f"{title} reads a grid of patches, N×H×W×F, but {arriving} arrives.",
            "Turn “as a sequence” off at the Patch embedding, or put a Reshape before it.",
            port="input",
        )
    return next((wrong for axis in (1, 2, 3) if (wrong := changing(title, arriving, axis))), None)


def _window_check(title: str) -> Callable[[Inputs, Params], Complaint | None]:
    def check(inputs: Inputs, params: Params) -> Complaint | None:
        wrong = _grid_complaint(title, inputs)
        return wrong or heads_complaint(title, first(inputs).size(3), params, "num_heads")

    return check


def _window(shifted: bool) -> Callable[[Inputs, Params], Mapping[str, Value]]:
    return lambda inputs, params: {"embed_dim": first(inputs).size(3), "shifted": shifted}


_WINDOW_PARAMS = (
    size("num_heads", "Heads", 4, HEADS_DOC, 1_024),
    size("window_size", "Window", 7, "How many patches a side of a window has.", 64),
    share("dropout", "Dropout", 0.0, "How likely an attention weight is dropped while training."),
    BIAS,
)
_WINDOW_FORMULA = r"y = \mathrm{softmax}\left(\frac{Q K^{\top}}{\sqrt{d}} + B\right) V"


def _window_summary(params: Params) -> str:
    side = whole(params, "window_size")
    return f"{side}×{side} · {whole(params, 'num_heads')} heads"


SPECS = (
    LayerSpec(
        kind="patch_embedding",
        family="attention",
        title="Patch embedding",
        doc="Cuts an image into patches and turns each into a vector.",
        formula=r"y_p = E \, \mathrm{vec}(x_p) + b",
        source="Dosovitskiy et al. 2021, An image is worth 16×16 words (ViT), §3.1",
        target=_OWN + "PatchEmbedding",
        inputs=(Port("input", "N C H W", doc="Images: samples, channels, height, width."),),
        outputs=_PATCHES,
        spread=lambda params: _PATCHES if params["flatten"] else _PATCH_GRID,
        params=(
            size("embed_dim", "Features", 64, "How many features a patch has afterwards."),
            Param(
                "patch_size",
                "Patch",
                "ints",
                16,
                "The sides of a patch; they divide the sides of the image.",
                low=1,
                high=WIDEST,
                lengths=(2,),
            ),
            flag("flatten", "As a sequence", True, "Whether patches come as a sequence (ViT) or as a grid (Swin)."),
            BIAS,
        ),
        derive=lambda inputs, params: {"in_channels": first(inputs).size(1)},
        check=_patch_check,
        summary=lambda params: f"{whole(params, 'embed_dim'):,} · {times(along(params, 'patch_size', 2))}",
        keywords="vit vision transformer patches image tokens swin",
        example=({"embed_dim": 8, "patch_size": 4}, {"input": (TensorType(("N", 3, 8, 8)),)}),
    ),
    LayerSpec(
        kind="class_token",
        family="attention",
        title="Class token",
        doc="Puts a learned step in front of a sequence, in which the layers behind gather what the whole says.",
        formula=r"y = [c, x_1, \ldots, x_T]",
        source="Devlin et al. 2019, BERT, §3; Dosovitskiy et al. 2021, ViT, §3.1",
        target=_OWN + "ClassToken",
        inputs=(READS,),
        outputs=(Port("output", "N T F", doc="The sequence, one step longer."),),
        derive=lambda inputs, params: {"embed_dim": first(inputs).size(2)},
        check=lambda inputs, params: not_sequence("Class token", inputs),
        keywords="cls bert vit register classification prepend",
        example=({}, {"input": (SEQUENCE,)}),
    ),
    LayerSpec(
        kind="window_attention",
        family="attention",
        title="Window attention",
        doc="Self-attention inside square windows of a grid, with a learned bias for every offset.",
        formula=_WINDOW_FORMULA,
        source="Liu et al. 2021, Swin transformer, §3.2 (W-MSA)",
        target=_OWN + "WindowAttention",
        inputs=(_GRID,),
        outputs=(_SAME_GRID,),
        params=_WINDOW_PARAMS,
        derive=_window(False),
        check=_window_check("Window attention"),
        summary=_window_summary,
        keywords="swin w-msa local image transformer relative position bias",
        draws="dropout",
        example=({"num_heads": 2, "window_size": 3}, {"input": (_GRID_TYPE,)}),
    ),
    LayerSpec(
        kind="shifted_window_attention",
        family="attention",
        title="Shifted window attention",
        doc="Window attention whose windows lie half a window further, so that neighbouring windows meet.",
        formula=_WINDOW_FORMULA,
        source="Liu et al. 2021, Swin transformer, §3.2 (SW-MSA)",
        target=_OWN + "WindowAttention",
        inputs=(_GRID,),
        outputs=(_SAME_GRID,),
        params=_WINDOW_PARAMS,
        derive=_window(True),
        check=_window_check("Shifted window attention"),
        summary=_window_summary,
        keywords="swin sw-msa cyclic shift local image transformer relative position bias",
        draws="dropout",
        example=({"num_heads": 2, "window_size": 3}, {"input": (_GRID_TYPE,)}),
    ),
    LayerSpec(
        kind="patch_merging",
        family="attention",
        title="Patch merging",
        doc="Joins every 2×2 patches of a grid into one with twice the features.",
        formula=r"y_{ij} = W \, \mathrm{LN}\left([x_{2i,2j}, x_{2i+1,2j}, x_{2i,2j+1}, x_{2i+1,2j+1}]\right)",
        source="Liu et al. 2021, Swin transformer, §3.1",
        target=_OWN + "PatchMerging",
        inputs=(_GRID,),
        outputs=(Port("output", "N H W F", doc="Half as many rows and columns, twice the features."),),
        derive=lambda inputs, params: {"in_features": first(inputs).size(3)},
        check=lambda inputs, params: _grid_complaint("Patch merging", inputs),
        keywords="swin downsample hierarchical pooling patches",
        example=({}, {"input": (TensorType(("N", 5, 6, 4)),)}),
    ),
)
