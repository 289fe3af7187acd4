"""Scenes, pairs and triplets of digits: what is asked is what is there, and no digit is seen in two parts."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from core.data.bundled.digits import digit_images
from core.data.dataset import open_dataset
from core.data.generators.pairs import ANSWERS, QUESTIONS
from core.data.generators.pools import POOLS, Pools
from core.data.generators.scenes import INK
from core.data.registry import Arrays, sources
from core.data.split import split_pools
from core.data.text import decode
from core.model.fault import ProjectError
from core.model.settings import Data, Split


def load(name: str, **params: Any) -> Arrays:
    return sources[name].load(params)


def which(images: np.ndarray, size: int) -> np.ndarray:
    """Which of all digits each image (samples, size, size) is."""
    known = {image.tobytes(): index for index, image in enumerate(digit_images(size)[0])}
    return np.array([known[np.ascontiguousarray(image).tobytes()] for image in images])


def test_pools_share_out_every_digit_once_and_every_class_evenly() -> None:
    pools = Pools(8, np.random.default_rng(0))
    members = pools._members
    assert sorted(np.concatenate(members)) == list(range(1_797))
    for pool in members:
        counts = np.bincount(pools.labels[pool], minlength=10)
        assert set(counts) <= {8, 9, 10}
    asked = np.random.default_rng(1).integers(0, 10, 500)
    drawn = pools.of(asked)
    assert (pools.labels[drawn] == asked).all()
    assert all(index in members[sample % POOLS] for sample, index in enumerate(drawn))


@pytest.mark.parametrize("split", [Split(0.15, 0.15), Split(0.9, 0.05), Split(0.01, 0.01), Split(0.0, 0.5)])
def test_no_pool_is_in_two_parts(split: Split) -> None:
    parts = split_pools(200, POOLS, split)
    pools = {name: set((part % POOLS).tolist()) for name, part in parts.items()}
    assert sorted(np.concatenate(list(parts.values()))) == list(range(200))
    assert sum(len(pool) for pool in pools.values()) == POOLS
    for name, share in (("validation", split.validation), ("test", split.test)):
        assert bool(pools[name]) == bool(share)
        assert abs(len(parts[name]) / 200 - share) <= 0.051
    assert pools["train"]


@pytest.mark.parametrize(
    ("name", "fields"), [("digit-questions", ("x",)), ("digit-triplets", ("anchor", "positive", "negative"))]
)
def test_no_image_is_in_two_parts(name: str, fields: tuple[str, ...]) -> None:
    dataset = open_dataset(Data(name, {"samples": 600}))
    seen = []
    for part in ("train", "validation", "test"):
        images = [dataset.column(part, field)[:, 0] for field in fields]
        halves = [half for image in images for half in np.split(image, image.shape[2] // 8, axis=2)]
        seen.append(set(np.concatenate([which(half, 8) for half in halves])))
    assert all(seen)
    assert not seen[0] & seen[1]
    assert not seen[1] & seen[2]
    assert not seen[0] & seen[2]


def test_every_question_has_its_answer() -> None:
    arrays, fields = load("digit-questions", samples=3_000), sources["digit-questions"].fields({})
    labels = digit_images(8)[1]
    left, right = (labels[which(half, 8)] for half in np.split(arrays["x"][:, 0], 2, axis=2))
    assert np.array_equal(left, arrays["left"])
    assert np.array_equal(right, arrays["right"])
    rules = {
        "what is on the left": lambda a, b: str(a),
        "what is on the right": lambda a, b: str(b),
        "what is the sum": lambda a, b: str(a + b),
        "what is the larger one": lambda a, b: str(max(a, b)),
        "are both the same": lambda a, b: "yes" if a == b else "no",
        "is the left one larger": lambda a, b: "yes" if a > b else "no",
    }
    words = fields["question"].labels
    for sample in range(3_000):
        asked = " ".join(words[token] for token in arrays["question"][sample] if token)
        assert asked == fields["kind"].labels[arrays["kind"][sample]]
        assert ANSWERS[arrays["y"][sample]] == rules[asked](int(left[sample]), int(right[sample]))
    counts = np.bincount(arrays["kind"])
    assert counts.min() > 0.8 * counts.max()
    same = arrays["kind"] == list(QUESTIONS).index("are both the same")
    assert 0.45 < (arrays["y"][same] == ANSWERS.index("yes")).mean() < 0.65
    assert decode(arrays["question"][0], words).startswith(("what", "is", "are"))


def test_triplets_are_two_of_a_kind_and_one_of_another() -> None:
    arrays, labels = load("digit-triplets", samples=2_000), digit_images(8)[1]
    anchor, positive, negative, other = (
        which(arrays[name][:, 0], 8) for name in ("anchor", "positive", "negative", "other")
    )
    assert (labels[anchor] == arrays["y"]).all()
    assert (labels[positive] == labels[anchor]).all()
    assert (labels[negative] != labels[anchor]).all()
    assert (anchor != positive).all(), "an anchor is no partner of its own"
    assert ((labels[other] == labels[anchor]) == arrays["same"]).all()
    assert abs(arrays["same"].mean() - 0.5) < 0.05


def test_a_digit_among_clutter_is_under_its_mask() -> None:
    arrays = load("digit-on-clutter", samples=200, scraps=0)
    images, labels = digit_images(16)
    for x, mask, label in zip(arrays["x"][:, 0], arrays["mask"][:, 0], arrays["label"], strict=True):
        assert ((x >= INK) == (mask == 1)).all(), "without clutter all ink is the digit's"
        rows, columns = np.nonzero(mask)
        assert 4 <= np.ptp(rows) < 16
        assert np.ptp(columns) < 16
        ink = x[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
        candidates = images[labels == label]
        assert any(abs(float(image[image >= INK].sum()) - float(ink[ink >= INK].sum())) < 1e-3 for image in candidates)
    assert np.array_equal(arrays["y"], arrays["mask"][:, 0])


def test_clutter_is_outside_the_mask_and_the_digit_is_anywhere() -> None:
    still, torn = load("digit-on-clutter", samples=400, scraps=0), load("digit-on-clutter", samples=400, scraps=12)
    share = ((torn["x"] >= INK) & (torn["mask"] == 0)).mean()
    assert share > 0.05, "there is something to be told apart"
    assert ((torn["x"] >= INK) | (torn["mask"] == 0)).all(), "the digit itself is never hidden"
    assert 0.03 < still["mask"].mean() < 0.25
    where = still["mask"].mean((0, 1))
    assert (where[4:-4, 4:-4] > 0).all()
    middle = np.array([np.argwhere(mask).mean(0) for mask in still["mask"][:, 0]])
    assert np.abs(middle.mean(0) - 15.5).max() < 1
    assert middle.std(0).min() > 3
    noisy = load("digit-on-clutter", samples=100, noise=0.3)["x"]
    assert noisy.min() >= 0
    assert noisy.max() <= 1
    assert len(np.unique(noisy)) > 10_000


def test_every_digit_on_a_canvas_has_its_cell_its_class_and_a_tight_box() -> None:
    arrays = load("digits-on-canvas", samples=300)
    assert np.array_equal(arrays["object"][..., 0] == 1, arrays["y"] >= 0)
    assert np.array_equal(arrays["object"].sum((1, 2, 3)), arrays["count"])
    assert set(np.unique(arrays["count"])) == {1, 2, 3}
    assert (arrays["boxes"][arrays["y"] < 0] == 0).all()
    assert (arrays["offsets"][arrays["y"] < 0] == 0).all()
    for x, y, boxes, offsets in zip(arrays["x"][:, 0], arrays["y"], arrays["boxes"], arrays["offsets"], strict=True):
        ink = x >= INK
        for row, column in np.argwhere(y >= 0):
            left, top, right, bottom = np.rint(boxes[row, column] * 48).astype(int)
            assert np.allclose(offsets[row, column] + (column, row, column, row), boxes[row, column] * 6, atol=1e-5)
            assert 0 <= left < right <= 48
            assert 0 <= top < bottom <= 48
            inside = ink[top:bottom, left:right]
            assert inside[0].any()
            assert inside[-1].any()
            assert inside[:, 0].any()
            assert inside[:, -1].any()
            # The middle of the digit's square is in the cell; that of its ink is near.
            assert abs((top + bottom) / 2 - (row + 0.5) * 8) <= 8
            assert abs((left + right) / 2 - (column + 0.5) * 8) <= 8
            ink[top:bottom, left:right] = False
        assert not ink.any(), "all ink is in a box"


def test_digits_on_a_full_canvas_do_not_overlap() -> None:
    arrays = load("digits-on-canvas", canvas=32, size=16, grid=4, most=4, samples=200)
    assert set(np.unique(arrays["count"])) == {1, 2, 3, 4}
    for boxes, y in zip(arrays["boxes"], arrays["y"], strict=True):
        found = boxes[y >= 0]
        for first in range(len(found)):
            for second in range(first):
                a, b = found[first], found[second]
                assert min(a[2], b[2]) <= max(a[0], b[0]) or min(a[3], b[3]) <= max(a[1], b[1])


@pytest.mark.parametrize(
    ("name", "params", "place"),
    [
        ("digit-on-clutter", {"size": 40}, "size"),
        ("digits-on-canvas", {"grid": 7}, "grid"),
        ("digits-on-canvas", {"most": 10}, "most"),
        ("digits-on-canvas", {"size": 64}, "most"),
        ("digits-on-canvas", {"canvas": 256, "grid": 8, "samples": 100_000}, "samples"),
    ],
)
def test_scenes_that_cannot_be_are_refused(name: str, params: dict[str, int], place: str) -> None:
    with pytest.raises(ProjectError) as refused:
        sources[name].fields(params)
    assert refused.value.place == f"data.params.{place}"
    assert refused.value.fix
