"""Lectures in the real window: what their views show, and what the program says where nothing can be learned."""

from __future__ import annotations

import numpy as np
from pytestqt.qtbot import QtBot

from gui.canvas.view import CanvasView
from gui.views.boundary import BoundaryView
from gui.views.learning import LearningView
from gui.views.surface import SurfaceView
from gui.window import Window
from tests.gui.conftest import shortened

WAIT = 30_000


def train(window: Window, qtbot: QtBot) -> None:
    window.train_or_pause()
    qtbot.waitUntil(lambda: window.session.run is not None and not window.session.run.active, timeout=WAIT)


def test_a_net_without_weights_says_that_nothing_learns_and_shows_what_it_computes(
    window: Window, qtbot: QtBot
) -> None:
    told: list[str] = []
    window.session.noticed.connect(lambda text, kind: told.append(text))
    window.session.open_project(shortened("mcculloch-pitts", 3))
    window.session.infer()
    window.session.select({"and_1"})
    window.show_place("activations")
    train(window, qtbot)
    run = window.session.run
    assert run is not None
    assert (run.state, len(run.epochs)) == ("done", 1)
    assert "Nothing here learns" in told[-1]
    qtbot.waitUntil(lambda: run.snapshot is not None and "and_1" in run.snapshot.activations, timeout=WAIT)


def test_the_surface_of_two_weights_is_drawn_after_a_run(window: Window, qtbot: QtBot) -> None:
    window.session.open_project(shortened("hebb", 2))
    window.session.infer()
    train(window, qtbot)
    # It takes a while to compute, and is asked for only now.
    window.show_place("surface")
    view = window.findChild(SurfaceView)
    assert view is not None
    qtbot.waitUntil(lambda: "480 steps" not in view.status.text() and "steps" in view.status.text(), timeout=WAIT)
    heights = view.contours[0].data
    assert heights.shape == (41, 41)
    # The lowest place of the map and of its lines is the same, rows upwards.
    surface = window.session.snapshot.surface if window.session.snapshot else None
    assert surface is not None
    lowest = np.unravel_index(surface.losses.argmin(), surface.losses.shape)
    assert np.unravel_index(heights.argmin(), heights.shape) == lowest[::-1]


def test_seven_polynomials_are_seven_curves(window: Window, qtbot: QtBot) -> None:
    window.session.open_project(shortened("polynomial-overfit", 3))
    window.session.infer()
    window.show_place("boundary")
    train(window, qtbot)
    view = window.findChild(BoundaryView)
    assert view is not None
    qtbot.waitUntil(lambda: "Degree 7" in view.legend.text(), timeout=WAIT)
    assert [curve.isVisible() for curve in view.curves] == [True] * 7 + [False]


def test_losses_that_are_added_up_draw_each_its_own(window: Window, qtbot: QtBot) -> None:
    window.session.open_project(shortened("vae", 3))
    window.session.infer()
    train(window, qtbot)
    run, view = window.session.run, window.findChild(LearningView)
    assert run is not None
    assert view is not None
    items = window.findChild(CanvasView).network.items_by_name()  # type: ignore[union-attr]
    last = run.epochs[-1].train
    for name in ("bce_with_logits_1", "gaussian_kl_1"):
        curve = items[name].curve
        assert curve is not None
        qtbot.waitUntil(lambda curve=curve, name=name: curve.last == last[f"loss ({name})"], timeout=WAIT)  # type: ignore[misc]
    qtbot.waitUntil(lambda: view.chooser.findText("Loss (Distance to N(0, I))") >= 0, timeout=WAIT)
