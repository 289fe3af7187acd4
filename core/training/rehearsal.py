"""Whether a run could begin, without beginning it: its objectives are put together over a network without numbers."""

from __future__ import annotations

import torch

from core.data.dataset import Dataset
from core.model.project import Project
from core.training.acting import feed_for
from core.training.forecast import meta_network
from core.training.modes import Modes
from core.training.objectives import Objectives
from core.training.precision import Precision

_CPU = torch.device("cpu")


def rehearse(project: Project, dataset: Dataset) -> None:
    """Raises CompileError and ProjectError as the run itself would, but for what depends on the machine."""
    network = meta_network(project, dataset)
    modes = Modes(network.root)
    feed = feed_for(project, dataset, network, _CPU, modes.looking)
    steps = feed.steps(project.training.batch_size, modes.has_batch_norm)
    Objectives(project, dataset, network, feed, Precision("float32", _CPU), steps)
