"""Threshold neuron, Hopfield net, self-organising map and Boltzmann machine against their rules, written out."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pytest
import torch

from core.layers.modules import neurons
from core.model.values import Value
from tests.core.layers.nodes import BuiltNode

Array = npt.NDArray[np.float64]


@pytest.fixture
def random() -> np.random.Generator:
    torch.manual_seed(0)
    return np.random.default_rng(0)


def tensor(array: npt.ArrayLike) -> torch.Tensor:
    return torch.tensor(np.asarray(array), dtype=torch.float64)


def patterns(random: np.random.Generator, count: int, size: int) -> Array:
    return random.choice([-1.0, 1.0], (count, size))


@pytest.mark.parametrize(
    ("weights", "bias", "truth"),
    [((1.0, 1.0), -2.0, [0, 0, 0, 1]), ((1.0, 1.0), -1.0, [0, 1, 1, 1]), ((-1.0, -1.0), 1.0, [1, 1, 1, 0])],
    ids=["and", "or", "nand"],
)
def test_threshold_neurons_compute_logic(weights: tuple[float, ...], bias: float, truth: list[int]) -> None:
    points = torch.tensor(list(itertools.product((0.0, 1.0), repeat=2)))
    node = BuiltNode("threshold_neuron", {"weights": weights, "bias": bias}, input=points)
    (fired,) = node()
    assert fired[:, 0].tolist() == truth
    assert fired.shape == (4, 1)
    assert not list(node.module.parameters())
    assert not node.module.state_dict()


def test_a_threshold_neuron_negates_and_fires_at_the_threshold() -> None:
    neuron = neurons.ThresholdNeuron(-1.0, 0.0)
    assert neuron(torch.tensor([[0.0], [1.0], [-0.5]]))[:, 0].tolist() == [1, 0, 1]


def test_descent_on_a_hopfield_nets_energy_is_hebbs_rule(random: np.random.Generator) -> None:
    stored = patterns(random, 3, 12)
    net = neurons.Hopfield(12).double()
    descent = torch.optim.SGD(net.parameters(), lr=2 / 12)
    for pattern in tensor(stored):
        descent.zero_grad()
        net(pattern[None])[1].sum().backward()
        descent.step()
    expected = sum(np.outer(pattern, pattern) for pattern in stored) / 12
    np.fill_diagonal(expected, 0)
    np.testing.assert_allclose(net.couplings().detach().numpy(), expected, atol=1e-12)


def remembering(stored: Array, **params: Value) -> neurons.Hopfield:
    net = neurons.Hopfield(stored.shape[1], **params).double()  # type: ignore[arg-type]
    net.weight.data.copy_(tensor(stored.T @ stored / stored.shape[1]))
    return net


def energy(state: Array, couplings: Array) -> float:
    return -0.5 * float(state @ couplings @ state)


@pytest.mark.parametrize("update", ["asynchronous", "synchronous"])
def test_hopfield_recall_written_out(update: str, random: np.random.Generator) -> None:
    stored, probes = patterns(random, 4, 10), patterns(random, 6, 10)
    net = remembering(stored, steps=3, update=update)
    recalled, arriving, energies = (each.detach().numpy() for each in net(tensor(probes)))
    couplings = stored.T @ stored / 10
    np.fill_diagonal(couplings, 0)
    for row, state in enumerate(probes.copy()):
        seen = [energy(state, couplings)]
        for _ in range(3):
            if update == "synchronous":
                fields = couplings @ state
                state = np.where(np.abs(fields) < 1e-12, state, np.sign(fields))
            else:
                for unit in range(10):
                    field = couplings[unit] @ state
                    state[unit] = state[unit] if abs(field) < 1e-12 else np.sign(field)
            seen.append(energy(state, couplings))
        np.testing.assert_array_equal(recalled[row], state)
        np.testing.assert_allclose(energies[row], seen, atol=1e-12)
        assert arriving[row] == pytest.approx(seen[0])


def test_a_stored_pattern_is_recalled_from_noise_and_the_energy_never_rises(random: np.random.Generator) -> None:
    stored = patterns(random, 5, 100)
    net = remembering(stored)
    noisy = stored.copy()
    for row in noisy:
        row[random.choice(100, 20, replace=False)] *= -1
    recalled, _, energies = net(tensor(noisy))
    np.testing.assert_array_equal(recalled.numpy(), stored)
    assert energies.diff(dim=1).max() <= 1e-9
    anything = net(tensor(patterns(random, 50, 100)))[2]
    assert anything.diff(dim=1).max() <= 1e-9


def test_a_hopfield_net_reads_pixels_from_its_threshold_on() -> None:
    recalled, _, _ = BuiltNode("hopfield", {"threshold": 0.5}, input=torch.tensor([[0.0, 0.5, 1.0, 0.4]]))()
    assert recalled.tolist() == [[-1, 1, 1, -1]]  # with no weights yet, nothing moves


def test_hopfield_shapes_are_known_without_contents() -> None:
    node = BuiltNode("hopfield", {"steps": 4}, input=torch.randn(3, 7))
    assert [str(node.types[port]) for port in node.ports] == ["N×7", "N", "N×5"]
    assert [tuple(each.shape) for each in node()] == [(3, 7), (3,), (3, 5)]


def test_a_step_of_a_self_organising_map_is_kohonens(random: np.random.Generator) -> None:
    grid = (3, 4)
    som = neurons.SelfOrganisingMap(2, grid, radius=1.5).double()
    before = som.prototypes.detach().numpy().copy()
    x = random.normal(size=2)
    descent = torch.optim.SGD(som.parameters(), lr=0.3)
    distances, winner, neighbourhood, energies, laid = som(tensor(x)[None])
    np.testing.assert_allclose(laid.detach().numpy()[:, 1, 2], before[6])
    energies.mean().backward()
    descent.step()
    places = np.array(list(itertools.product(range(3), range(4))), dtype=float)
    squares = ((x - before) ** 2).sum(1)
    best = int(squares.argmin())
    h = np.exp(-((places - places[best]) ** 2).sum(1) / (2 * 1.5**2))
    assert winner.tolist() == [best]
    np.testing.assert_allclose(distances[0].detach().numpy(), squares, atol=1e-12)
    np.testing.assert_allclose(neighbourhood[0].numpy(), h, atol=1e-6)
    assert energies.item() == pytest.approx(0.5 * (h * squares).sum())
    np.testing.assert_allclose(som.prototypes.detach().numpy(), before + 0.3 * h[:, None] * (x - before), atol=1e-6)


def test_the_radius_shrinks_while_training_alone(random: np.random.Generator) -> None:
    som = neurons.SelfOrganisingMap(2, (1, 2), radius=4.0, final_radius=1.0, shrink_steps=2)
    x = torch.randn(5, 2)
    radii = []
    for training in (False, False, True, True, True, True):
        share = som.train(training)(x)[2].min()  # the other unit, one step away: exp(−1/2σ²)
        radii.append((-1 / (2 * share.log())).sqrt().item())
    assert radii == pytest.approx([4, 4, 4, 2, 1, 1], rel=1e-4)


def test_a_map_unfolds_over_a_square(random: np.random.Generator) -> None:
    som = neurons.SelfOrganisingMap(2, (5, 5), radius=2.0, final_radius=0.4, shrink_steps=300)
    points = torch.tensor(random.uniform(-1, 1, (400, 2)), dtype=torch.float32)
    first = som(points)[0].min(1).values.sqrt().mean().item()
    descent = torch.optim.SGD(som.parameters(), lr=0.5)
    for _ in range(400):
        descent.zero_grad()
        som(points[torch.randint(400, (10,))])[3].mean().backward()
        descent.step()
    last = som.eval()(points)[0].min(1).values.sqrt().mean().item()
    assert last < 0.5 * first
    grid = som.prototypes.detach().reshape(5, 5, 2)
    beside = torch.cat([grid.diff(dim=0).norm(dim=-1).flatten(), grid.diff(dim=1).norm(dim=-1).flatten()]).mean()
    assert beside < 0.6 * torch.pdist(som.prototypes.detach()).mean()


def free_energy(v: Array, w: Array, a: Array, b: Array) -> float:
    """−log Σ_h exp(−E(v, h)) over every hidden state h."""
    total = 0.0
    for bits in itertools.product((0.0, 1.0), repeat=len(b)):
        h = np.array(bits)
        total += np.exp(a @ v + b @ h + h @ w @ v)
    return -float(np.log(total))


def machine(random: np.random.Generator, visible: int, hidden: int, k: int = 1) -> neurons.RestrictedBoltzmannMachine:
    rbm = neurons.RestrictedBoltzmannMachine(visible, hidden, k).double()
    for parameter in rbm.parameters():
        parameter.data.copy_(tensor(random.normal(size=tuple(parameter.shape))))
    return rbm


def arrays(values: Sequence[torch.Tensor]) -> list[Array]:
    return [value.detach().numpy() for value in values]


def test_the_free_energy_sums_over_every_hidden_state(random: np.random.Generator) -> None:
    rbm = machine(random, 4, 3)
    v = random.integers(0, 2, (5, 4)).astype(float)
    hidden, energies, sample, of_sample, back = arrays(rbm(tensor(v)))
    w, a, b = arrays((rbm.weight, rbm.visible_bias, rbm.hidden_bias))
    np.testing.assert_allclose(energies, [free_energy(row, w, a, b) for row in v])
    np.testing.assert_allclose(of_sample, [free_energy(row, w, a, b) for row in sample])
    np.testing.assert_allclose(hidden, 1 / (1 + np.exp(-(v @ w.T + b))))
    np.testing.assert_allclose(back, 1 / (1 + np.exp(-(hidden @ w + a))))
    assert set(np.unique(sample)) <= {0.0, 1.0}


def test_descent_on_the_free_energies_is_contrastive_divergence(random: np.random.Generator) -> None:
    rbm = machine(random, 4, 3, k=2)
    v = tensor(random.integers(0, 2, (6, 4)))
    _, energies, sample, of_sample, _ = rbm(v)
    (energies.mean() - of_sample.mean()).backward()
    data, drawn = arrays((rbm.hidden_given(v), rbm.hidden_given(sample)))
    seen, dreamt = arrays((v, sample))
    assert rbm.weight.grad is not None
    np.testing.assert_allclose(-rbm.weight.grad.numpy(), (data.T @ seen - drawn.T @ dreamt) / 6, atol=1e-12)
    assert rbm.hidden_bias.grad is not None
    np.testing.assert_allclose(-rbm.hidden_bias.grad.numpy(), (data - drawn).mean(0), atol=1e-12)
    assert rbm.visible_bias.grad is not None
    np.testing.assert_allclose(-rbm.visible_bias.grad.numpy(), (seen - dreamt).mean(0), atol=1e-12)


def test_long_gibbs_chains_draw_from_the_machines_own_distribution(random: np.random.Generator) -> None:
    rbm = machine(random, 3, 2, k=30)
    w, a, b = arrays((rbm.weight, rbm.visible_bias, rbm.hidden_bias))
    states = np.array(list(itertools.product((0.0, 1.0), repeat=3)))
    weights = np.exp([-free_energy(state, w, a, b) for state in states])
    with torch.no_grad():
        sample = rbm(torch.zeros(20_000, 3, dtype=torch.float64))[2].numpy()
    found = np.bincount((sample @ [4, 2, 1]).astype(int), minlength=8) / 20_000
    np.testing.assert_allclose(found, weights / weights.sum(), atol=0.015)


def test_nothing_is_drawn_in_evaluation(random: np.random.Generator) -> None:
    """Two rounds of probabilities, written out, the same at every call."""
    rbm = machine(random, 4, 3, k=2).eval()
    v = tensor(random.random((5, 4)))
    w, a, b = arrays((rbm.weight, rbm.visible_bias, rbm.hidden_bias))
    expected = v.numpy()
    for _ in range(2):
        hidden = 1 / (1 + np.exp(-(expected @ w.T + b)))
        expected = 1 / (1 + np.exp(-(hidden @ w + a)))
    for _ in range(2):
        np.testing.assert_allclose(rbm(v)[2].detach().numpy(), expected, atol=1e-12)


def test_a_machine_learns_two_patterns(random: np.random.Generator) -> None:
    v = tensor(np.repeat([[1, 1, 1, 0, 0, 0], [0, 0, 0, 1, 1, 1]], 20, 0))
    rbm = neurons.RestrictedBoltzmannMachine(6, 4).double()
    descent = torch.optim.SGD(rbm.parameters(), lr=0.3)
    for _ in range(300):
        descent.zero_grad()
        _, energies, _, of_sample, _ = rbm(v)
        (energies.mean() - of_sample.mean()).backward()
        descent.step()
    assert (rbm(v)[4] - v).abs().mean() < 0.1


@pytest.mark.parametrize("port", [0, 1, 4])
def test_a_machines_gradients_equal_finite_differences(port: int, random: np.random.Generator) -> None:
    rbm = machine(random, 4, 3)
    assert torch.autograd.gradcheck(lambda v: rbm(v)[port], tensor(random.random((3, 4))).requires_grad_())
