"""Transforms that are drawn anew for every batch, by what they do to single pictures and to a feed."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from torch import Tensor

from core.data.dataset import fields_of, open_dataset
from core.data.transforms.drawing import seed_of
from core.data.transforms.spec import transforms
from core.model.settings import Data, Split, Transform
from core.model.tensor import Field
from core.training.augment import Augment, looked_at

PICTURE = Field("x", (3, 12, 10), "float32", "image")
CPU = torch.device("cpu")


def drawn(kind: str, values: Tensor, field: Field = PICTURE, seed: int = 0, **params: object) -> Tensor:
    from core.data.transforms.drawing import _function

    spec = transforms[kind]
    given = spec.given(params, "here")
    assert not spec.refuse(field, given)
    result = _function(spec.target)(values, field, given, torch.Generator().manual_seed(seed))
    return result if isinstance(result, Tensor) else result[0]


def pictures(count: int = 64, shape: tuple[int, ...] = PICTURE.shape) -> Tensor:
    return torch.rand(count, *shape, generator=torch.Generator().manual_seed(7))


@pytest.mark.parametrize("kind", [spec.kind for spec in transforms.values() if spec.when == "training"])
def test_every_kind_keeps_what_it_promises(kind: str) -> None:
    x = pictures()
    kept = x.clone()
    y = drawn(kind, x)
    assert y.shape == x.shape
    assert y.dtype == x.dtype
    assert torch.isfinite(y).all()
    assert torch.equal(x, kept), "the data themselves are not written to"
    assert torch.equal(y, drawn(kind, x)), "the same seed gives the same"
    assert not torch.equal(y, drawn(kind, x, seed=1))
    changes = (y - x).abs().amax((1, 2, 3))
    assert changes.max() > 0
    assert len(torch.unique((y - x).reshape(64, -1).sum(1))) > 3, "each sample has its own draw"


@pytest.mark.parametrize("fill", ["zero", "edge"])
def test_shift_moves_by_whole_pixels(fill: str) -> None:
    x = pictures(200)
    y = drawn("shift", x, pixels=2, fill=fill)
    seen = set()
    for before, after in zip(x, y, strict=True):
        found = []
        for down in range(-2, 3):
            for right in range(-2, 3):
                wide = np.pad(before.numpy(), ((0, 0), (2, 2), (2, 2)), mode="constant" if fill == "zero" else "edge")
                moved = wide[:, 2 - down : 14 - down, 2 - right : 12 - right]
                if np.array_equal(moved, after.numpy()):
                    found.append((down, right))
        assert len(found) == 1
        seen |= set(found)
    assert len(seen) == 25, "every shift comes, none at all too"


def test_flip_mirrors_half_of_them() -> None:
    x = pictures(400)
    y = drawn("flip", x)
    mirrored = torch.tensor([torch.equal(b, a.flip(2)) for a, b in zip(x, y, strict=True)])
    same = torch.tensor([torch.equal(b, a) for a, b in zip(x, y, strict=True)])
    assert (mirrored ^ same).all()
    assert 150 < int(mirrored.sum()) < 250
    assert torch.equal(drawn("flip", x, direction="vertical", chance=1.0), x.flip(2))
    assert torch.equal(drawn("flip", x, direction="both", chance=1.0), x.flip(2, 3))
    assert torch.equal(drawn("flip", x, chance=0.0), x)


def test_rotate_turns_pixels_without_stretching() -> None:
    """A dot at a distance from the middle of a picture that is not square stays at that distance."""
    x = torch.zeros(40, 1, 41, 61)
    x[:, :, 20, 40] = 1  # 10 to the right of the middle
    field = Field("x", (1, 41, 61), "float32", "image")
    y = drawn("rotate", x, field, degrees=90.0)
    rows, columns = torch.meshgrid(torch.arange(41.0) - 20, torch.arange(61.0) - 30, indexing="ij")
    mass = y.sum((1, 2, 3))
    down, right = ((y[:, 0] * axis).sum((1, 2)) / mass for axis in (rows, columns))
    assert torch.allclose((down**2 + right**2).sqrt(), torch.tensor(10.0), atol=0.3)
    angles = torch.rad2deg(torch.atan2(down, right))
    assert angles.abs().max() <= 91
    assert angles.min() < -40
    assert angles.max() > 40
    assert torch.allclose(drawn("rotate", x, field, degrees=0.0), x, atol=1e-4)


def test_crop_cuts_the_promised_share_and_stays_inside() -> None:
    """On a ramp the picture that is cut tells by its slope how wide it was and by its middle where."""
    size = 64
    ramp = torch.linspace(-1 + 1 / size, 1 - 1 / size, size)
    x = torch.stack([ramp.expand(size, size), ramp[:, None].expand(size, size)])[None].repeat(300, 1, 1, 1)
    field = Field("x", (2, size, size), "float32", "image")
    y = drawn("crop", x, field, least=0.25, stretch=1.5, size=32)
    assert y.shape == (300, 2, 32, 32)
    wide = (y[:, 0, :, 24] - y[:, 0, :, 8]).mean(1) / 16 * 32 / 2
    tall = (y[:, 1, 24] - y[:, 1, 8]).mean(1) / 16 * 32 / 2
    area, ratio = wide * tall, wide / tall
    assert 0.2 < float(area.min()) < 0.3
    assert 0.9 < float(area.max()) <= 1.02
    assert float(ratio.max()) <= 1.53
    assert float(ratio.min()) >= 1 / 1.53
    assert y.abs().max() <= 1
    whole = drawn("crop", x[:1], field, least=1.0, stretch=1.0)
    assert torch.allclose(whole, x[:1], atol=1e-5)


def test_the_other_parts_get_the_middle_of_a_crop() -> None:
    data = Data("digits", {"size": 16}, transforms=(Transform("crop", ("x",), {"size": 8}),))
    assert fields_of(data)["x"].shape == (1, 8, 8)
    x = open_dataset(data).column("validation", "x")
    assert x.shape[1:] == (1, 8, 8)
    whole = open_dataset(Data("digits", {"size": 16})).column("validation", "x")
    assert abs(float(x.mean()) - float(whole.mean())) < 0.01


def test_colours_change_within_their_bounds() -> None:
    x = pictures(300) * 0.4 + 0.3
    none = {"brightness": 0.0, "contrast": 0.0, "saturation": 0.0, "hue": 0.0, "chance": 1.0}
    assert torch.allclose(drawn("colour", x, **none), x, atol=2e-3)
    bright = drawn("colour", x, **{**none, "brightness": 0.2})
    factors = (bright / x).mean((1, 2, 3))
    assert 0.79 < float(factors.min()) < 0.85
    assert 1.15 < float(factors.max()) < 1.21
    hue = drawn("colour", x, **{**none, "hue": 0.5})
    weights = torch.tensor([0.299, 0.587, 0.114]).reshape(1, 3, 1, 1)
    inside = (hue > 0.001) & (hue < 0.999)
    still = inside.all(1)
    assert torch.allclose((hue * weights).sum(1)[still], (x * weights).sum(1)[still], atol=5e-3), "as bright as before"
    wide = drawn("colour", (x - 0.5) * 4, chance=1.0)
    assert float(wide.min()) < 0, "what is on another scale is not cut to 0…1"
    assert float(drawn("colour", pictures(), chance=1.0).max()) <= 1


def test_grey_has_three_equal_channels() -> None:
    y = drawn("grayscale", pictures(), chance=1.0)
    assert torch.equal(y[:, 0], y[:, 2])
    x = torch.tensor([1.0, 0.5, 0.25]).reshape(1, 3, 1, 1).expand(1, 3, 2, 2)
    field = Field("x", (3, 2, 2), "float32", "image")
    assert drawn("grayscale", x, field, chance=1.0)[0, 0, 0, 0] == pytest.approx(0.299 + 0.587 / 2 + 0.114 / 4)


def test_blur_is_a_bell() -> None:
    x = torch.zeros(1, 1, 31, 31)
    x[:, :, 15, 15] = 1
    field = Field("x", (1, 31, 31), "float32", "image")
    y = drawn("blur", x, field, least=2.0, most=2.0, chance=1.0)
    taps = torch.arange(-6.0, 7)
    bell = torch.exp(-0.5 * (taps / 2) ** 2)
    bell = bell / bell.sum()
    assert torch.allclose(y[0, 0, 9:22, 9:22], bell[:, None] * bell, atol=1e-6)
    assert torch.allclose(drawn("blur", torch.ones(3, 1, 31, 31), field, chance=1.0), torch.ones(()))


def test_noise_has_its_deviation() -> None:
    x = torch.zeros(200, 3, 12, 10)
    y = drawn("noise", x, deviation=0.5)
    assert abs(float(y.mean())) < 5 * 0.5 / math.sqrt(y.numel())
    assert float(y.std()) == pytest.approx(0.5, rel=0.02)


def test_cutout_blanks_one_square() -> None:
    y = drawn("cutout", torch.ones(100, 3, 12, 10), size=4)
    holes = (y[:, 0] == 0).sum((1, 2))
    assert int(holes.max()) == 16
    assert int(holes.min()) >= 4, "a middle at the corner leaves a quarter"
    assert torch.equal(y[:, 0], y[:, 2])
    x = pictures()
    mean = drawn("cutout", x, size=4, fill="mean")
    changed = mean != x
    expected = x.mean((2, 3), keepdim=True).expand_as(x)
    assert torch.equal(mean[changed], expected[changed])


def test_masked_tokens_follow_bert() -> None:
    field = Field("x", (50,), "int64", "token", labels=tuple("abcdefghij"))
    tokens = torch.randint(0, 10, (2000, 50), generator=torch.Generator().manual_seed(3))
    spec = transforms["mask"]
    given = spec.given({}, "here")
    read_field, target_field = spec.gives(field, given)
    assert (read_field.labels[-1], target_field.name) == ("▒", "x_target")
    from core.data.transforms.noising import mask

    read, target = mask(tokens, field, given, torch.Generator().manual_seed(0))
    chosen = target != -100
    assert torch.equal(target[chosen], tokens[chosen])
    assert torch.equal(read[~chosen], tokens[~chosen])
    assert float(chosen.float().mean()) == pytest.approx(0.15, abs=0.006)
    assert float((read[chosen] == 10).float().mean()) == pytest.approx(0.8, abs=0.02)
    # Of the 10 % random ones a tenth hits the token itself.
    assert float((read[chosen] == tokens[chosen]).float().mean()) == pytest.approx(0.11, abs=0.015)


def test_masked_patches_are_as_many_in_every_picture() -> None:
    field = Field("x", (3, 12, 12), "float32", "image")
    y = drawn("mask", torch.ones(50, 3, 12, 12), field, share=0.75, patch=3)
    hidden = (y[:, 0] == 0).sum((1, 2))
    assert hidden.unique().tolist() == [12 * 9]
    blocks = y[:, 0].reshape(50, 4, 3, 4, 3).amax((2, 4)) - y[:, 0].reshape(50, 4, 3, 4, 3).amin((2, 4))
    assert not blocks.any(), "a patch is hidden whole"


def test_seeds_differ() -> None:
    seeds = {seed_of(run, step, place) for run in range(10) for step in range(50) for place in range(-1, 6)}
    assert len(seeds) == 10 * 50 * 7
    assert all(0 <= seed < 2**63 for seed in seeds)


def test_views_are_drawn_apart_and_pictures_with_their_targets_alike() -> None:
    views = Data("digits", {"size": 8}, transforms=(Transform("two_views", ("x",)), Transform("noise", ("x_1", "x_2"))))
    dataset = open_dataset(views)
    seen = looked_at(dataset, np.arange(16), 0, 1)
    assert not np.array_equal(seen["x_1"], seen["x_2"])
    assert np.array_equal(seen["x"], dataset.column("train", "x")[:16])
    for together in (False, True):
        alike = Data(
            "digits",
            {"size": 8},
            transforms=(Transform("two_views", ("x",)), Transform("shift", ("x_1", "x_2"), {"together": together})),
        )
        seen = looked_at(open_dataset(alike), np.arange(16), 0, 1)
        assert np.array_equal(seen["x_1"], seen["x_2"]) is together


def test_scaling_after_a_draw_is_fitted_on_the_data_as_they_stand() -> None:
    listed = (Transform("noise", ("x",), {"deviation": 0.5}), Transform("standardise", ("x",)))
    dataset = open_dataset(Data("digits", {"size": 8}, transforms=listed))
    plain = open_dataset(Data("digits", {"size": 8}, standardise=("x",)))
    assert np.allclose(dataset.column("test", "x"), plain.column("test", "x"), atol=1e-5)
    seen = looked_at(dataset, np.arange(200), 3, 9)["x"] * dataset.std["x"] + dataset.mean["x"]
    noise = seen - open_dataset(Data("digits", {"size": 8})).column("train", "x")[:200]
    assert noise.std() == pytest.approx(0.5, rel=0.03)


def test_forms_are_taken_after_the_draws() -> None:
    data = Data("text", {"length": 16, "characters": 2000}, Split(), transforms=(Transform("mask", ("x",)),))
    dataset = open_dataset(data)
    augment = Augment(dataset, [("x", "one-hot"), ("x_target", "as stored"), ("x_target", "one-hot")], 0, CPU)
    read, target, hot = augment.columns(augment.rows(np.arange(20)), 1)
    labels = dataset.fields["x"].labels
    assert read.shape == (20, 16, len(labels))
    assert (read.argmax(2) == len(labels) - 1).any()
    assert torch.equal(hot.sum(2) == 0, target == -100)
    once = dataset.column("validation", "x_target")
    assert np.array_equal(once, dataset.column("validation", "x_target")), "drawn once"
    assert (once != -100).any()


@pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no GPU")
@pytest.mark.parametrize("kind", [spec.kind for spec in transforms.values() if spec.when == "training"])
def test_every_kind_is_drawn_on_the_device_and_repeats(kind: str) -> None:
    data = Data("placeholder", transforms=(Transform(kind, ("x",)),))
    device = torch.device("cuda")
    first, again = (Augment(open_dataset(data), [("x", "as stored")], 0, device) for _ in range(2))
    for step in (1, 2):
        batches = [each.columns({n: v[:4] for n, v in each.base().items()}, step)[0] for each in (first, again)]
        assert batches[0].device.type == "cuda"
        assert torch.equal(*batches)
