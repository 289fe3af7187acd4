"""Transforms in a feed of batches and in a run: repeatable, without cost where there are none."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from core.data.dataset import Dataset, open_dataset
from core.model.project import Project
from core.model.settings import Data, Transform
from core.training.feed import Feed
from core.training.trainer import Trainer
from tests.core.training_data import digits

CPU = torch.device("cpu")
LISTED = (Transform("shift", ("x",)), Transform("noise", ("x",), {"deviation": 0.05}), Transform("standardise", ("x",)))


def project(*listed: Transform, seed: int = 0, **settings: object) -> Project:
    made = digits(seed=seed, **settings)
    made.data = Data("digits", {"size": 8}, transforms=listed)
    return made


def feed_of(made: Project, dataset: Dataset | None = None) -> Feed:
    names = tuple(node.id for node in made.graph.of_kind("input"))
    return Feed(made, dataset or open_dataset(made.data), names, CPU)


def epoch(feed: Feed, seed: int = 0, skip: int = 0) -> list[tuple[Tensor, ...]]:
    return list(feed.epoch(64, False, torch.Generator().manual_seed(seed), skip))


def test_the_same_seed_and_step_give_the_same_batches() -> None:
    first, again = epoch(feed_of(project(*LISTED))), epoch(feed_of(project(*LISTED)))
    assert all(
        torch.equal(a, b) for one, other in zip(first, again, strict=True) for a, b in zip(one, other, strict=True)
    )
    other = epoch(feed_of(project(*LISTED, seed=1)))
    assert not torch.equal(first[0][0], other[0][0])
    assert torch.equal(first[0][1], other[0][1]), "the order is the generator's, and answers are not drawn"


def test_every_epoch_is_drawn_anew() -> None:
    feed = feed_of(project(*LISTED))
    first, second = epoch(feed), epoch(feed)
    assert torch.equal(first[0][1], second[0][1])
    assert not torch.equal(first[0][0], second[0][0])


def test_a_run_goes_on_within_an_epoch() -> None:
    whole = feed_of(project(*LISTED))
    first, second = epoch(whole, 0), epoch(whole, 1)
    later = feed_of(project(*LISTED))
    later.step = len(first) + 3
    rest = epoch(later, 1, skip=3)
    assert len(rest) == len(second) - 3
    for one, other in zip(second[3:], rest, strict=True):
        assert all(torch.equal(a, b) for a, b in zip(one, other, strict=True))


def test_skipping_without_transforms_gives_the_rest() -> None:
    feed = feed_of(project())
    whole, rest = epoch(feed), epoch(feed, skip=5)
    assert all(torch.equal(a[0], b[0]) for a, b in zip(whole[5:], rest, strict=True))


def test_one_transform_more_leaves_the_draws_of_the_others() -> None:
    alone = epoch(feed_of(project(Transform("shift", ("x",)))))
    with_more = epoch(feed_of(project(Transform("shift", ("x",)), Transform("noise", ("x",), {"deviation": 0.0}))))
    assert torch.equal(alone[2][0], with_more[2][0])


def test_validation_and_test_are_never_drawn() -> None:
    plain = Data("digits", {"size": 8})
    for part in ("validation", "test"):
        drawn = feed_of(project(Transform("shift", ("x",)), Transform("cutout", ("x",)))).all(part)
        assert np.array_equal(drawn[0].numpy(), open_dataset(plain).column(part, "x"))


def test_a_feed_without_transforms_cuts_its_batches_from_one_tensor() -> None:
    """As many operations as a bare loop: one gathering and one cut for each column, none for each batch."""
    from torch.utils._python_dispatch import TorchDispatchMode

    class Count(TorchDispatchMode):
        calls = 0

        def __torch_dispatch__(self, func, types, args=(), kwargs=None):
            Count.calls += 1
            return func(*args, **(kwargs or {}))

    feed = feed_of(project())
    feed.all("train")
    with Count():
        batches = epoch(feed)
    assert len(batches) > 15
    assert Count.calls <= 8


def test_runs_with_transforms_repeat_and_differ_from_those_without() -> None:
    def weights(*listed: Transform) -> list[Tensor]:
        trainer = Trainer(project(*listed, epochs=2))
        for _ in trainer:
            pass
        assert trainer.failure is None
        return [value.clone() for value in trainer.network.state_dict().values()]

    first, again, plain = weights(*LISTED), weights(*LISTED), weights()
    assert all(torch.equal(a, b) for a, b in zip(first, again, strict=True))
    assert not all(torch.equal(a, b) for a, b in zip(first, plain, strict=True))


def test_looks_at_the_data_change_no_draw() -> None:
    feed = feed_of(project(*LISTED))
    generator = torch.Generator().manual_seed(0)
    seen = []
    for batch in feed.epoch(64, False, generator):
        feed.all("validation")
        feed.sample("train", 3)
        torch.rand(5)
        seen.append(batch[0])
    assert all(torch.equal(a, b[0]) for a, b in zip(seen, epoch(feed_of(project(*LISTED))), strict=True))


def test_a_new_field_can_be_an_input() -> None:
    made = project(Transform("two_views", ("x",)), Transform("flip", ("x_1",)))
    node = made.graph.nodes["input_1"]
    made.graph.nodes["input_1"] = type(node)(node.id, node.kind, {**node.params, "field": "x_1"})
    trainer = Trainer(made)
    for _ in trainer:
        break
    assert trainer.failure is None
