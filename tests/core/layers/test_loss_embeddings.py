"""Losses of embeddings and views, against the same written out in NumPy, pair by pair."""

from __future__ import annotations

import numpy as np
import pytest

from tests.core.layers.loss_numbers import Array, loss_of, softmax, unit

LABELS = np.array([0, 1, 0, 2, 1, 0, 5])  # 2 and 5 are alone


@pytest.fixture
def random() -> np.random.Generator:
    return np.random.default_rng(0)


@pytest.fixture
def views(random: np.random.Generator) -> tuple[Array, Array]:
    one = random.normal(size=(5, 4))
    return one, one + 0.5 * random.normal(size=(5, 4))


def test_triplets_by_cosine(random: np.random.Generator) -> None:
    a, p, n = (random.normal(size=(5, 4)) for _ in range(3))
    near, far = ((unit(a) * unit(other)).sum(1) for other in (p, n))
    expected = np.maximum(0, far - near + 0.3).mean()
    given = loss_of("triplet", {"distance": "cosine", "margin": 0.3}, anchor=a, positive=p, negative=n)
    assert given == pytest.approx(expected, abs=1e-12)


def test_a_triplet_by_hand() -> None:
    """Distances 5 and 1: the positive is 4 too far, and the margin is added."""
    far = loss_of("triplet", anchor=[[0.0, 0.0]], positive=[[3.0, 4.0]], negative=[[0.0, 1.0]])
    assert far == pytest.approx(5.0, abs=1e-5)
    assert loss_of("triplet", anchor=[[0.0, 0.0]], positive=[[0.0, 1.0]], negative=[[3.0, 4.0]]) == 0


@pytest.mark.parametrize("same", [np.array([1.0, 0.0, 0.0, 1.0]), np.array([[1], [0], [0], [1]])], ids=["N", "N×1"])
def test_pairs_are_drawn_together_or_pushed_apart(same: Array) -> None:
    """Distances 5, 0.6, 2 and 0: alike ones cost ½d², others ½(1 − d)² below the margin of 1."""
    one = np.zeros((4, 2))
    other = np.array([[3.0, 4.0], [0.6, 0.0], [2.0, 0.0], [0.0, 0.0]])
    given = loss_of("contrastive_pair", input1=one, input2=other, same=same)
    assert given == pytest.approx((12.5 + 0.08 + 0 + 0) / 4, abs=1e-9)


def pairs() -> list[tuple[int, int]]:
    return [(i, j) for i in range(len(LABELS)) for j in range(len(LABELS)) if i != j]


def test_binomial_deviance(random: np.random.Generator) -> None:
    rows = random.normal(size=(len(LABELS), 4))
    s = unit(rows) @ unit(rows).T
    alike = [np.log1p(np.exp(-2 * (s[i, j] - 0.4))) for i, j in pairs() if LABELS[i] == LABELS[j]]
    others = [np.log1p(np.exp(2 * 10 * (s[i, j] - 0.4))) for i, j in pairs() if LABELS[i] != LABELS[j]]
    given = loss_of("binomial_deviance", {"beta": 0.4, "cost": 10.0}, input=rows, labels=LABELS)
    assert given == pytest.approx(np.mean(alike) + np.mean(others), abs=1e-12)


@pytest.mark.parametrize("epsilon", [0.0, 0.1, 4.0])
def test_multi_similarity(epsilon: float, random: np.random.Generator) -> None:
    rows = random.normal(size=(len(LABELS), 4))
    s = unit(rows) @ unit(rows).T
    total = 0.0
    for i in range(len(LABELS)):
        positive = [s[i, j] for j in range(len(LABELS)) if j != i and LABELS[j] == LABELS[i]]
        negative = [s[i, j] for j in range(len(LABELS)) if LABELS[j] != LABELS[i]]
        hard_positive = [p for p in positive if p < max(negative) + epsilon]
        hard_negative = [n for n in negative if positive and n > min(positive) - epsilon]
        total += np.log1p(sum(np.exp(-2 * (p - 0.5)) for p in hard_positive)) / 2
        total += np.log1p(sum(np.exp(50 * (n - 0.5)) for n in hard_negative)) / 50
    given = loss_of("multi_similarity", {"epsilon": epsilon}, input=rows, labels=LABELS)
    assert given == pytest.approx(total / len(LABELS), abs=1e-12)


@pytest.mark.parametrize("kind", ["binomial_deviance", "multi_similarity"])
def test_a_batch_of_one_class_or_of_none_alike_has_a_loss(kind: str, random: np.random.Generator) -> None:
    rows = random.normal(size=(3, 4))
    for labels in ([1, 1, 1], [0, 1, 2]):
        assert np.isfinite(loss_of(kind, input=rows, labels=labels))


@pytest.mark.parametrize("reduction", ["mean", "sum"])
def test_nt_xent_finds_the_partner_among_all_others(views: tuple[Array, Array], reduction: str) -> None:
    z = unit(np.concatenate(views))
    total = 0.0
    for i in range(10):
        partner = (i + 5) % 10
        others = [np.exp(z[i] @ z[k] / 0.2) for k in range(10) if k != i]
        total -= np.log(np.exp(z[i] @ z[partner] / 0.2) / sum(others))
    given = loss_of("nt_xent", {"temperature": 0.2, "reduction": reduction}, view_1=views[0], view_2=views[1])
    assert given == pytest.approx(total / 10 if reduction == "mean" else total, abs=1e-12)


@pytest.mark.parametrize("symmetric", [False, True])
@pytest.mark.parametrize("similarity", ["cosine", "dot product"])
def test_info_nce_finds_the_key_among_the_keys(views: tuple[Array, Array], symmetric: bool, similarity: str) -> None:
    query, key = (unit(view) for view in views) if similarity == "cosine" else views
    scores = query @ key.T / 0.5
    expected = -np.log(np.diag(softmax(scores, 1))).mean()
    if symmetric:
        expected = 0.5 * (expected - np.log(np.diag(softmax(scores, 0))).mean())
    params = {"temperature": 0.5, "similarity": similarity, "symmetric": symmetric}
    given = loss_of("info_nce", params, query=views[0], key=views[1])
    assert given == pytest.approx(expected, abs=1e-12)


def test_vicreg_is_the_papers_algorithm(views: tuple[Array, Array]) -> None:
    expected = 25 * ((views[0] - views[1]) ** 2).mean()
    for view in views:
        table = np.cov(view, rowvar=False)
        expected += 10 * np.maximum(0, 1 - np.sqrt(np.diag(table) + 1e-4)).mean()
        expected += 2 * sum(table[i, j] ** 2 for i in range(4) for j in range(4) if i != j) / 4
    given = loss_of("vicreg", {"variance": 10.0, "covariance": 2.0}, view_1=views[0], view_2=views[1])
    assert given == pytest.approx(expected, abs=1e-12)


def test_barlow_twins_wants_the_identity(views: tuple[Array, Array]) -> None:
    one, two = ((view - view.mean(0)) / np.sqrt(view.var(0) + 1e-5) for view in views)
    table = one.T @ two / 5
    own = np.diag(table)
    expected = ((1 - own) ** 2).sum() + 0.1 * ((table**2).sum() - (own**2).sum())
    given = loss_of("barlow_twins", {"redundancy": 0.1}, view_1=views[0], view_2=views[1])
    assert given == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("kind", ["vicreg", "barlow_twins", "nt_xent"])
def test_a_last_batch_of_one_sample_has_a_loss(kind: str) -> None:
    assert np.isfinite(loss_of(kind, view_1=[[1.0, 2.0]], view_2=[[2.0, 1.0]]))


def test_negative_cosine(views: tuple[Array, Array]) -> None:
    expected = -(unit(views[0]) * unit(views[1])).sum(1).mean()
    given = loss_of("negative_cosine", prediction=views[0], projection=views[1])
    assert given == pytest.approx(expected, abs=1e-12)
