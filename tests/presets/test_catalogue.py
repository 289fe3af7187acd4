"""Every preset opens, is sound, says the truth about itself, and its note leads to places that exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import presets
from core.compiler.shapes import infer
from core.data.dataset import fields_of
from core.model.fault import ProjectError
from core.model.file import decode, encode
from core.model.spec import registry
from core.training.trainer import Trainer
from tests.presets.sizes import by_size

VIEWS = {"learning", "weights", "activations", "confusion", "boundary", "surface", "samples", "text", "code"}
PANELS = {"data", "training", "inspector", "lectures", "layers", "outline", "problems", "runs"}


def test_ids_are_unique_and_the_first_exists() -> None:
    assert len(set(presets.ids())) == len(list(presets.FOLDER.glob("*/*.loom")))
    assert presets.FIRST in presets.ids()


def test_an_unknown_preset_is_named() -> None:
    with pytest.raises(ProjectError, match="no preset “gone”"):
        presets.load("gone")


@pytest.mark.parametrize("info", presets.catalogue(), ids=lambda info: info.id)
def test_a_preset_is_sound_and_its_facts_are_true(info: presets.PresetInfo) -> None:
    project = presets.load(info.id)
    inference = infer(project, fields_of(project.data))
    assert not inference.faults
    assert inference.parameters == info.parameters
    assert info.title
    assert info.summary.endswith(".")
    assert decode(encode(project)).lecture == info.id


@pytest.mark.parametrize("id", presets.ids())
def test_a_note_is_whole_and_its_links_lead_somewhere(id: str) -> None:
    project = presets.load(id)
    for heading in ("# ", "## Watch", "## Try", "**Source.**", "$"):
        assert heading in project.note
    links = re.findall(r"\]\((\w+):([^)]+)\)", project.note)
    assert links
    for scheme, goal in links:
        assert goal in {"node": set(project.graph.nodes), "view": VIEWS, "panel": PANELS}[scheme], (scheme, goal)


@pytest.mark.parametrize("id", presets.ids())
def test_a_preset_is_only_data(id: str) -> None:
    root = Path(presets.__file__).parents[1]
    if id in registry:
        return  # a layer kind has the same name
    code = [*(root / "core").rglob("*.py"), *(root / "gui").rglob("*.py")]
    assert not [path for path in code if f'"{id}"' in path.read_text(encoding="utf-8")]


@pytest.mark.parametrize(("id", "work"), by_size("train"))
def test_a_preset_trains_at_once(id: str, work: str) -> None:
    project = presets.load(id)
    trainer = Trainer(project, max_steps=2)
    steps = list(trainer)
    assert trainer.failure is None, f"{id} does not {work}"
    # Where nothing learns, one pass over the data is all.
    assert len(steps) == (2 if trainer.network.inference.parameters else trainer.steps_per_epoch)
    assert all(step.loss == step.loss for step in steps)
