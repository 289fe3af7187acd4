"""CUDA graphs: a step that is recorded once and replayed, without a launch for each kernel."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

WARM_UPS = 3


def replayed(
    step: Callable[..., Sequence[Tensor]], tensors: Sequence[Tensor], batch: Sequence[Tensor]
) -> Callable[..., Sequence[Tensor]]:
    """What takes a batch, and moves `tensors` as `step(*tensors, *batch)` would; for CUDA only.

    Recording moves nothing. The outputs are copies: the next replay would overwrite them.
    """
    static = [value.clone() for value in batch]
    copies = [value.clone() for value in tensors]
    stream = torch.cuda.Stream()  # type: ignore[no-untyped-call]
    stream.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(stream):
        for _ in range(WARM_UPS):
            step(*copies, *static)
    torch.cuda.current_stream().wait_stream(stream)
    graph = torch.cuda.CUDAGraph()
    # Other threads may use the device meanwhile: what they do shall not end up in the recording.
    with torch.cuda.graph(graph, capture_error_mode="thread_local"):
        outputs = step(*tensors, *static)

    def replay(*given: Tensor) -> Sequence[Tensor]:
        for place, value in zip(static, given, strict=True):
            place.copy_(value)
        graph.replay()
        return [output.clone() for output in outputs]

    return replay
