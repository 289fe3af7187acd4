"""Where the seed of the parts changes nothing, in words."""

from __future__ import annotations

import core.data.transforms  # noqa: F401 - fills the list of kinds
from core.data.registry import sources
from core.data.transforms.spec import transforms
from core.model.settings import Data

ALL_TRAIN = "It has no effect while Validation and Test are both 0 %: every sample goes to the training part."
IN_ORDER = "It has no effect here: samples that overlap go to the parts in their order, not by chance."


def seed_idle(data: Data) -> str:
    """Why the seed of the parts has no effect on these data; empty where it has one, or may have one."""
    source = sources.get(data.source)
    if source is None or source.parts is not None or any(_draws(each.kind) for each in data.transforms if each.on):
        return ""
    if source.gap is not None:
        return IN_ORDER
    return "" if data.split.validation or data.split.test else ALL_TRAIN


def _draws(kind: str) -> bool:
    """Whether a transform may draw something from the seed of the parts: the others take it from the run, or nothing.

    A kind that is not known may be anything.
    """
    spec = transforms.get(kind)
    return spec is None or spec.draws or spec.when == "training"
