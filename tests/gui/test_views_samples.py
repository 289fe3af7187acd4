"""The view of samples: pictures beside real ones, points among real points, and the way to them from noise."""

from __future__ import annotations

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from core.training.records import Made, Watch
from gui.session import Session
from gui.views.samples import PICTURES, POINTS, SamplesView, as_tiles
from tests.gui.live_views import give, opened, watched

# The offscreen platform has no window manager that size hints could be told to.
pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")


@pytest.fixture
def session(ready: Session) -> Session:
    return ready


def of_stages(shape: tuple[int, ...], stages: int = 3, count: int = 50, seed: int = 0) -> Made:
    rng = np.random.default_rng(seed)
    values = rng.normal(size=(stages, count, *shape)).astype(np.float32)
    real = rng.uniform(-1, 1, size=(60, *shape)).astype(np.float32)
    return Made("output_1", values, np.arange(stages) * 10, real)


def view_of(qtbot: QtBot, session: Session, preset: str) -> SamplesView:
    view = opened(qtbot, session, SamplesView, preset)
    assert isinstance(view, SamplesView)
    return view


def test_a_network_that_makes_nothing_is_told_how(
    qtbot: QtBot, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = watched(session, monkeypatch)
    view = view_of(qtbot, session, "lenet-5")
    assert "Denoise step" in view.hint()
    assert view not in asked


@pytest.mark.parametrize(("preset", "count"), [("diffusion", PICTURES), ("rbm", PICTURES), ("gan", POINTS)])
def test_as_many_samples_are_asked_for_as_can_be_seen(
    qtbot: QtBot, session: Session, monkeypatch: pytest.MonkeyPatch, preset: str, count: int
) -> None:
    asked = watched(session, monkeypatch)
    view = view_of(qtbot, session, preset)
    assert asked[view] == Watch(made=count)
    assert "Press Train" in view.hint()


def test_pictures_stand_beside_real_ones_and_the_slider_leads_back_to_noise(qtbot: QtBot, session: Session) -> None:
    view = view_of(qtbot, session, "diffusion")
    made = of_stages((1, 8, 8))
    give(session, made=made)
    assert not view.plot.isVisible()
    assert (view.way.value(), view.way.maximum()) == (2, 2)
    assert view.status.text() == "after 20 of 20 steps"
    shown = view.made.tiles._array
    assert shown is not None
    # On one scale with the data: what is beyond it is cut.
    cut = np.clip(made.values[2, :PICTURES, 0], made.real[:PICTURES].min(), made.real[:PICTURES].max())
    np.testing.assert_array_equal(shown, cut)
    assert view.real.tiles._array is not None
    np.testing.assert_array_equal(view.real.tiles._array, made.real[:PICTURES, 0])
    view.way.setValue(0)
    assert view.status.text() == "after 0 of 20 steps"
    assert not np.array_equal(view.made.tiles._array, shown)
    give(session, step=2, made=of_stages((1, 8, 8), seed=1))
    assert view.way.value() == 0  # it stays where it was put


def test_points_are_drawn_among_real_ones_and_without_a_way_there_is_no_slider(qtbot: QtBot, session: Session) -> None:
    view = view_of(qtbot, session, "gan")
    made = of_stages((2,), stages=1)
    made.values[0, 3] = np.nan
    give(session, made=made)
    assert view.plot.isVisible()
    assert not view.made.isVisible()
    assert not view.way.isVisible()
    assert view.status.text() == "50 made, 60 real"
    real, points = (np.column_stack(cloud.getData()) for cloud in view.clouds)
    np.testing.assert_allclose(real, made.real)
    np.testing.assert_allclose(points, np.delete(made.values[0], 3, axis=0))
    (x0, x1), (y0, y1) = view.plot.getViewBox().viewRange()
    assert x0 < made.real[:, 0].min() < made.real[:, 0].max() < x1
    assert y0 < made.real[:, 1].min() < made.real[:, 1].max() < y1


@pytest.mark.parametrize(
    ("shape", "tiles"), [((5, 1, 8, 8), (5, 8, 8)), ((5, 3, 4, 6), (5, 4, 6)), ((5, 7), (5, 7)), ((5,), (5, 1))]
)
def test_samples_of_any_shape_have_a_picture(shape: tuple[int, ...], tiles: tuple[int, ...]) -> None:
    assert as_tiles(np.zeros(shape, np.float32)).shape == tiles


@pytest.mark.parametrize("shape", [(1, 8, 8), (3, 4, 4), (64,), (2,), (3,)])
def test_every_shape_is_painted_in_both_themes(qtbot: QtBot, session: Session, shape: tuple[int, ...]) -> None:
    view = view_of(qtbot, session, "diffusion")
    give(session, made=of_stages(shape))
    for theme in ("light", "dark"):
        session.set_theme(theme)
        assert not view.grab().isNull()
