"""Losses of games, images, boxes and agents, against the same written out in NumPy or by hand."""

from __future__ import annotations

import numpy as np
import pytest

from tests.core.layers.loss_numbers import Array, loss_of, sigmoid, softmax

REAL, FAKE = np.array([[0.5], [2.0], [-1.0]]), np.array([[-0.5], [1.5]])
HIGH, LOW = np.log(sigmoid(REAL)), np.log(1 - sigmoid(FAKE))


@pytest.fixture
def random() -> np.random.Generator:
    return np.random.default_rng(0)


@pytest.mark.parametrize(
    ("mode", "tells", "makes"),
    [
        ("minimax", -HIGH.mean() - LOW.mean(), LOW.mean()),
        ("non-saturating", -HIGH.mean() - LOW.mean(), -np.log(sigmoid(FAKE)).mean()),
        ("least squares", 0.5 * ((REAL - 1) ** 2).mean() + 0.5 * (FAKE**2).mean(), 0.5 * ((FAKE - 1) ** 2).mean()),
        ("Wasserstein", FAKE.mean() - REAL.mean(), -FAKE.mean()),
        ("hinge", (0.5 + 0 + 2) / 3 + (0.5 + 2.5) / 2, -FAKE.mean()),
    ],
)
def test_the_games_of_two_networks(mode: str, tells: float, makes: float) -> None:
    assert loss_of("generator_loss", {"mode": mode}, fake=FAKE) == pytest.approx(makes)
    real, fake = np.tile(REAL, (2, 1)), np.tile(FAKE, (3, 1))
    assert loss_of("discriminator_loss", {"mode": mode}, real=real, fake=fake) == pytest.approx(tells)


def test_an_undecided_discriminator_loses_two_bits_in_nats() -> None:
    given = loss_of("discriminator_loss", real=np.zeros((4, 1)), fake=np.zeros((4, 1)))
    assert given == pytest.approx(2 * np.log(2))


def test_total_variation_by_hand() -> None:
    image = np.array([[[[0.0, 1.0], [3.0, 1.0]]]])
    assert loss_of("total_variation", input=image) == 1 + 2 + 3 + 0
    assert loss_of("total_variation", {"of": "squared"}, input=image) == 1 + 4 + 9
    two = np.concatenate([image, 0 * image])
    assert loss_of("total_variation", input=two) == 3
    assert loss_of("total_variation", {"reduction": "sum"}, input=two) == 6
    assert loss_of("total_variation", input=np.array([[[1.0, 4.0, 2.0]]])) == 5


def test_style_is_which_features_go_together(random: np.random.Generator) -> None:
    made, style = random.normal(size=(2, 3, 4, 5)), random.normal(size=(2, 3, 6, 2))
    expected = 0.0
    for one, other in zip(made, style, strict=True):
        rows, wanted = one.reshape(3, 20), other.reshape(3, 12)
        expected += ((rows @ rows.T / 20 - wanted @ wanted.T / 12) ** 2).sum() / (4 * 9) / 2
    assert loss_of("gram_style", input=made, style=style) == pytest.approx(expected, abs=1e-12)
    moved = np.roll(made, (1, 2), (2, 3))
    assert loss_of("gram_style", input=moved, style=made) == pytest.approx(0, abs=1e-12)


def test_masks_by_hand() -> None:
    """Two places of four are right, one is missed and one is too many; with s = 1."""
    found, true = np.array([[1.0, 1.0, 1.0, 0.0, 0.0]]), np.array([[1.0, 1.0, 0.0, 1.0, 0.0]])
    assert loss_of("dice", input=found, target=true) == pytest.approx(1 - (2 * 2 + 1) / (3 + 3 + 1))
    assert loss_of("iou", input=found, target=true) == pytest.approx(1 - (2 + 1) / (4 + 1))
    for kind in ("dice", "iou"):
        assert loss_of(kind, input=true, target=true) == pytest.approx(0)
        assert loss_of(kind, input=0 * true, target=0 * true) == 0


@pytest.mark.parametrize("kind", ["dice", "iou"])
def test_every_channel_of_a_mask_counts_by_itself(kind: str, random: np.random.Generator) -> None:
    found, true = random.random((2, 3, 4, 4)), random.integers(0, 2, (2, 3, 4, 4)).astype(float)
    alone = [
        loss_of(kind, input=found[n, c].reshape(1, 16), target=true[n, c].reshape(1, 16))
        for n in range(2)
        for c in range(3)
    ]
    assert loss_of(kind, input=found, target=true) == pytest.approx(np.mean(alone), abs=1e-12)
    assert loss_of(kind, {"reduction": "sum"}, input=found, target=true) == pytest.approx(sum(alone), abs=1e-12)


ONE, OTHER = [[0.0, 0.0, 2.0, 2.0]], [[1.0, 1.0, 3.0, 3.0]]
"""They meet in 1, cover 7 together, and a box around both has 9; the centres are √2 apart."""


@pytest.mark.parametrize(
    ("mode", "expected"), [("iou", 1 - 1 / 7), ("giou", 1 - 1 / 7 + 2 / 9), ("diou", 1 - 1 / 7 + 2 / 18)]
)
def test_boxes_by_hand(mode: str, expected: float) -> None:
    assert loss_of("box_iou", {"mode": mode}, input=ONE, target=OTHER) == pytest.approx(expected, abs=1e-6)
    centred = {"mode": mode, "form": "centre and size"}
    same = loss_of("box_iou", centred, input=[[1.0, 1.0, 2.0, 2.0]], target=[[2.0, 2.0, 2.0, 2.0]])
    assert same == pytest.approx(expected, abs=1e-6)
    assert loss_of("box_iou", {"mode": mode}, input=ONE, target=ONE) == pytest.approx(0, abs=1e-6)


def test_boxes_that_do_not_meet_are_pulled_by_their_hull() -> None:
    near = loss_of("box_iou", input=ONE, target=[[2.5, 0.0, 4.5, 2.0]])
    far = loss_of("box_iou", input=ONE, target=[[8.0, 0.0, 10.0, 2.0]])
    assert 1 < near < far < 2
    assert near == pytest.approx(1 + 1 / 9, abs=1e-6)


def actions(*rows: list[float]) -> Array:
    """Values of three actions, and of three more that nobody would take."""
    return np.array([[*row, -9.0, -9.0, -9.0] for row in rows])


VALUES, NEXT = actions([1.0, 2.0, 0.5], [0.0, -1.0, 3.0]), actions([4.0, 1.0, 0.0], [2.0, 5.0, 1.0])


def test_td_error_by_hand() -> None:
    """δ = 1 + 0.5·4 − 2 = 1 and, at the end of an episode, 2 − 0 = 2; Huber takes ½ and 1½."""
    given = {"values": VALUES, "action": [1, 0], "reward": [[1.0], [2.0]], "next_values": NEXT, "done": [[0], [1]]}
    assert loss_of("td_error", {"gamma": 0.5, "error": "squared"}, **given) == pytest.approx((1 + 4) / 2)
    assert loss_of("td_error", {"gamma": 0.5}, **given) == pytest.approx((0.5 + 1.5) / 2)
    going = {**given, "done": [0.0, 0.0]}
    assert loss_of("td_error", {"gamma": 0.5, "error": "squared"}, **going) == pytest.approx((1 + 4.5**2) / 2)


def test_double_q_learning_chooses_with_the_one_and_judges_with_the_other() -> None:
    chooser = actions([0.0, 0.0, 9.0], [9.0, 0.0, 0.0])  # the last action, then the first
    given = {"values": VALUES, "action": [0, 0], "reward": [0.0, 0.0], "next_values": NEXT, "chooser": chooser}
    found = loss_of("td_error", {"gamma": 1.0, "error": "squared"}, **given)
    assert found == pytest.approx(((1 - 0) ** 2 + (0 - 2) ** 2) / 2)


def test_values_of_states_need_no_action() -> None:
    given = {"values": [[1.0], [2.0]], "reward": [1.0, 0.0], "next_values": [[2.0], [4.0]]}
    found = loss_of("td_error", {"gamma": 0.5, "error": "squared"}, **given)
    assert found == pytest.approx((1 + 0) / 2)


@pytest.mark.parametrize("of", ["scores", "log-probabilities"])
def test_policy_gradient(of: str, random: np.random.Generator) -> None:
    scores, action = random.normal(size=(4, 6)), np.array([0, 5, 2, 2])
    returns: Array = random.normal(size=(4, 1))
    p = softmax(scores)
    entropy = -(p * np.log(p)).sum(1)
    expected = (-np.log(p[np.arange(4), action]) * returns[:, 0] - 0.1 * entropy).mean()
    policy = scores if of == "scores" else np.log(p)
    given = loss_of("policy_gradient", {"entropy": 0.1}, policy=policy, action=action, returns=returns)
    assert given == pytest.approx(expected, abs=1e-12)
