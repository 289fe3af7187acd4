"""Borders around series and images."""

from __future__ import annotations

from collections.abc import Mapping

from core.layers.convolution.checks import Check
from core.layers.parameters import WIDEST, choice
from core.layers.reading import along, first, times
from core.layers.windows import AXES, TAKES, not_channels_first
from core.model.fault import Complaint
from core.model.spec import Inputs, LayerSpec, Param, Port
from core.model.tensor import TensorType
from core.model.values import Params, Value

_CLASSES = {
    "zeros": "ZeroPad",
    "reflect": "ReflectionPad",
    "replicate": "ReplicationPad",
    "circular": "CircularPad",
    "constant": "ConstantPad",
}


def _check(title: str, axes: int) -> Check:
    def check(inputs: Inputs, params: Params) -> Complaint | None:
        if wrong := not_channels_first(title, inputs, axes, (1, 2)):
            return wrong
        arriving, mode = first(inputs), str(params["mode"])
        padding = along(params, "padding", 2 * axes)
        if min(padding) < 0 and mode not in ("zeros", "constant"):
            return Complaint(
                f"Padding {times(padding)} would cut, which the mode “{mode}” cannot.",
                "Use the mode “zeros”, or no negative padding.",
                params={"mode": "zeros"},
            )
        # torch begins with the last axis: left, right, top, bottom.
        sides = [(arriving.size(-1 - axis), *padding[2 * axis : 2 * axis + 2]) for axis in range(axes)]
        # It cuts before it adds, so a side cannot make up for what the other one takes too much.
        if any(size + min(before, 0) + min(after, 0) < 1 for size, before, after in sides):
            return Complaint(
                f"Padding {times(padding)} cuts away all of {times(arriving.shape[2:])}.",
                "Cut less.",
                params={"padding": 0},
            )
        most = {"reflect": -1, "circular": 0}.get(mode)
        if most is not None and any(max(before, after) > size + most for size, before, after in sides):
            return Complaint(
                f"Padding {times(padding)} in the mode “{mode}” is more than what arrives has "
                f"({times(arriving.shape[2:])}).",
                "Use less padding, or the mode “replicate”.",
                params={"mode": "replicate"},
            )
        return None

    return check


def _value(inputs: Inputs, params: Params) -> Mapping[str, Value]:
    return {"value": params["value"]} if params["mode"] == "constant" else {}


def _pad(axes: int, sides: str, formula: str, arriving: TensorType) -> LayerSpec:
    title = f"Pad {axes}D"
    return LayerSpec(
        kind=f"pad{axes}d",
        family="convolution",
        title=title,
        doc="Puts a border around what arrives: zeros, a constant, the mirror image, the edge again or the other side.",
        formula=formula,
        source="Goodfellow, Bengio & Courville 2016, Deep learning, §9.5",
        choose=lambda inputs, params: f"torch.nn.{_CLASSES[str(params['mode'])]}{axes}d",
        inputs=(Port("input", AXES[axes], doc=TAKES[axes]),),
        outputs=(Port("output", AXES[axes], doc="As many channels, with the border."),),
        params=(
            Param(
                "padding",
                "Padding",
                "ints",
                1,
                f"One number for all sides, or {sides}; with zeros or a constant, a negative number cuts.",
                low=-WIDEST,
                high=WIDEST,
                lengths=(2 * axes,),
            ),
            choice("mode", "Mode", tuple(_CLASSES), "What the border holds."),
            Param("value", "Value", "float", 0.0, "What the mode “constant” fills in.", low=-1e6, high=1e6),
        ),
        settings=("mode", "value"),
        derive=_value,
        check=_check(title, axes),
        summary=lambda params: f"{times(along(params, 'padding', 1))} · {params['mode']}",
        keywords="padding border zero reflect reflection replicate circular constant crop "
        + ("causal" if axes == 1 else "margin"),
        example=({"mode": "reflect"}, {"input": (arriving,)}),
    )


SPECS = (
    _pad(2, "left, right, top and bottom", r"y_{c,\, i+t,\, j+l} = x_{c,i,j}", TensorType(("N", 3, 8, 8))),
    _pad(1, "left and right", r"y_{c,\, i+l} = x_{c,i}", TensorType(("N", 3, 12))),
)
