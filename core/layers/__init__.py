"""Every layer kind, a family a file; importing this package fills `core.model.spec.registry`."""

from core.layers import (
    activation,
    attention,
    convolution,
    data,
    dense,
    graph,
    loss,
    normalisation,
    operation,
    pooling,
    recurrent,
)
from core.model.spec import registry

# The order of the palette: what comes first in a lecture comes first in its family.
for _family in (
    data,
    dense,
    activation,
    convolution,
    pooling,
    normalisation,
    recurrent,
    attention,
    graph,
    operation,
    loss,
):
    registry.add(*_family.SPECS)
