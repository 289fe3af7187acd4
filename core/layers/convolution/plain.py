"""Convolutions over series, images and volumes; dilated and grouped ones are settings of theirs."""

from __future__ import annotations

from core.layers.convolution.checks import convolution_check, in_channels
from core.layers.convolution.settings import convolution, maps_and_kernel
from core.layers.windows import AXES
from core.model.spec import LayerSpec, Port
from core.model.tensor import TensorType


def _conv(axes: int, doc: str, formula: str, source: str, takes: str, gives: str, keywords: str) -> LayerSpec:
    title = f"Conv {axes}D"
    arriving = TensorType(("N", 3, *{1: (12,), 2: (8, 8), 3: (5, 6, 6)}[axes]))
    return LayerSpec(
        kind=f"conv{axes}d",
        family="convolution",
        title=title,
        doc=doc,
        formula=formula,
        source=source,
        target=f"torch.nn.Conv{axes}d",
        inputs=(Port("input", AXES[axes], doc=takes),),
        outputs=(Port("output", AXES[axes], doc=gives),),
        params=convolution(axes),
        derive=in_channels,
        check=convolution_check(title, axes),
        summary=maps_and_kernel(axes),
        keywords=f"convolution convolutional filter kernel dilated atrous grouped strided {keywords}",
        example=({"out_channels": 4}, {"input": (arriving,)}),
    )


SPECS = (
    _conv(
        2,
        "Slides small learned kernels over an image; each gives a map of where its pattern is.",
        r"y_{o,i,j} = b_o + \sum_{c,u,v} w_{o,c,u,v} \, x_{c,\, i+u,\, j+v}",
        "LeCun, Bottou, Bengio & Haffner 1998, Gradient-based learning applied to document recognition, §II.A",
        "Images, channels first.",
        "A feature map for each output channel.",
        "cnn image feature map pointwise",
    ),
    _conv(
        1,
        "Slides small learned kernels along a series; each gives a curve of where its pattern is.",
        r"y_{o,i} = b_o + \sum_{c,u} w_{o,c,u} \, x_{c,\, i+u}",
        "Waibel, Hanazawa, Hinton, Shikano & Lang 1989, Phoneme recognition using time-delay neural networks",
        "Series, channels first; swap the axes of N×T×F with Transpose.",
        "A filtered series for each output channel.",
        "temporal series signal audio tdnn wavenet",
    ),
    _conv(
        3,
        "Slides small learned kernels through a volume or a film, depth or time being its first axis.",
        r"y_{o,i,j,k} = b_o + \sum_{c,u,v,w} w_{o,c,u,v,w} \, x_{c,\, i+u,\, j+v,\, k+w}",
        "Tran et al. 2015, Learning spatiotemporal features with 3D convolutional networks",
        "Volumes, channels first; of a film, the depth is the time.",
        "A feature volume for each output channel.",
        "volume video film medical voxel spatiotemporal",
    ),
)
