"""The bundled sets equal scikit-learn's, and their fields are known without it."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from sklearn import datasets

from core.data.registry import sources


@pytest.mark.parametrize(
    ("name", "load"),
    [
        ("iris", datasets.load_iris),
        ("wine", datasets.load_wine),
        ("breast-cancer", datasets.load_breast_cancer),
        ("diabetes", datasets.load_diabetes),
        ("linnerud", datasets.load_linnerud),
    ],
)
def test_tables_are_scikit_learns(name: str, load) -> None:
    bunch, arrays, fields = load(), sources[name].load({}), sources[name].fields({})
    assert np.allclose(arrays["x"], bunch.data)
    assert np.array_equal(arrays["y"].ravel(), bunch.target.ravel())
    assert fields["x"].shape == (bunch.data.shape[1],)
    if name not in ("diabetes", "linnerud"):
        assert fields["y"].classes == len(bunch.target_names)


def test_class_names_stand_in_scikit_learns_order() -> None:
    assert sources["iris"].fields({})["y"].labels == tuple(datasets.load_iris().target_names)
    assert sources["breast-cancer"].fields({})["y"].labels == tuple(datasets.load_breast_cancer().target_names)
    assert sources["iris"].fields({})["x"].labels == tuple(datasets.load_iris().feature_names)


def test_petals_are_the_last_two_columns() -> None:
    petals = sources["iris"].load({"features": "petals"})["x"]
    assert np.array_equal(petals, sources["iris"].load({})["x"][:, 2:])
    assert sources["iris"].fields({"features": "petals"})["x"].labels == ("petal length (cm)", "petal width (cm)")


def test_diabetes_as_measured_has_real_ages() -> None:
    measured = sources["diabetes"].load({"values": "measured"})["x"]
    assert 18 <= measured[:, 0].min() < measured[:, 0].max() < 90


@pytest.mark.parametrize("size", [8, 16, 28, 32])
def test_digits_grow_smoothly_and_stay_in_range(size: int) -> None:
    digits = sources["digits"].load({"size": size})
    x = digits["x"]
    assert x.shape == (1797, 1, size, size)
    assert x.min() == 0
    assert 0.99 < x.max() <= 1
    stored = datasets.load_digits().images / 16
    assert np.array_equal(digits["y"], datasets.load_digits().target)
    if size == 8:
        assert np.allclose(x[:, 0], stored)
    if size in (16, 32):
        # Averaged back to 8 × 8, an enlarged digit is the digit, up to what smoothing costs at the edges.
        factor = size // 8
        back = x[:, 0].reshape(-1, 8, factor, 8, factor).mean((2, 4))
        assert np.corrcoef(back.ravel(), stored.ravel())[0, 1] > 0.99


def test_fields_are_known_without_loading_anything_heavy() -> None:
    code = (
        "import sys\n"
        "from core.data.registry import sources\n"
        "for source in sources.values():\n"
        "    if not source.files: source.fields({})\n"
        "print(*sorted({'sklearn', 'scipy', 'torch', 'PIL', 'PySide6'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""
