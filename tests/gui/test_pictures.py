"""Arrays become the right pixels, whatever is in them and however large they are."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PySide6.QtGui import QColor, QImage

from gui.class_map import class_colors
from gui.colormaps import MAPS, table
from gui.pictures import activation_picture, bars_of, curve_of, image_of, rgb_of, tiles_of, tokens_of
from gui.pixels import NOT_A_NUMBER, Scale, grid_layout, scale_of, shrink

pytestmark = pytest.mark.usefixtures("qapp")


def rgb(image: QImage, x: int, y: int) -> tuple[int, int, int]:
    return QColor(image.pixel(x, y)).getRgb()[:3]


def color(name: str, index: int) -> tuple[int, ...]:
    return tuple(int(part) for part in table(name)[index])


@pytest.mark.parametrize("name", MAPS)
def test_maps_have_256_colors(name: str) -> None:
    assert table(name).shape == (256, 3)
    assert table(name).dtype == np.uint8


def test_published_ends_of_the_even_maps() -> None:
    assert color("viridis", 0) == (0x44, 0x01, 0x54)
    assert color("viridis", 255) == (0xFD, 0xE7, 0x25)
    assert color("inferno", 255) == (0xFC, 0xFF, 0xA4)


def lightness(name: str) -> np.ndarray:
    linear = (table(name) / 255.0) ** 2.2
    return (linear @ [0.2126, 0.7152, 0.0722]) ** (1 / 3)


@pytest.mark.parametrize("name", ["viridis", "inferno", "grey"])
def test_magnitudes_rise_in_lightness(name: str) -> None:
    assert (np.diff(lightness(name)[::5]) > 0).all()


@pytest.mark.parametrize(("name", "sign"), [("diverging", 1), ("diverging dark", -1)])
def test_diverging_maps_turn_at_zero(name: str, sign: int) -> None:
    light = sign * lightness(name)[::5]
    middle = len(light) // 2
    assert (np.diff(light[: middle - 1]) > 0).all()
    assert (np.diff(light[middle + 1 :]) < 0).all()
    assert abs(light[0] - light[-1]) < 0.12


def test_image_has_one_exact_pixel_a_value() -> None:
    image = image_of(np.array([[0.0, 0.5], [1.0, 0.0]]), "image")
    assert (image.width(), image.height()) == (2, 2)
    assert [rgb(image, x, y) for y in (0, 1) for x in (0, 1)] == [(0,) * 3, (128,) * 3, (255,) * 3, (0,) * 3]


def test_image_is_magnified_in_equal_squares() -> None:
    image = image_of(np.array([[0.0, 1.0]]), "image", (11, 7))
    assert (image.width(), image.height()) == (10, 5)
    assert {rgb(image, x, y) for x in range(5) for y in range(5)} == {(0, 0, 0)}
    assert {rgb(image, x, y) for x in range(5, 10) for y in range(5)} == {(255, 255, 255)}


def test_signed_values_are_centred_on_zero() -> None:
    image = image_of(np.array([[-2.0, 0.0, 4.0]]), "signed", dark=False)
    assert rgb(image, 1, 0) == color("diverging", 128)
    assert rgb(image, 2, 0) == color("diverging", 255)
    assert scale_of(np.array([-2.0, 4.0]), "signed") == Scale(-4.0, 4.0)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_not_a_number_is_marked(bad: float) -> None:
    image = image_of(np.array([[1.0, bad], [0.0, 2.0]]))
    assert rgb(image, 1, 0) == NOT_A_NUMBER
    assert rgb(image, 0, 0) != NOT_A_NUMBER


def test_averaging_keeps_what_is_not_a_number() -> None:
    array = np.ones((64, 64), np.float32)
    array[3, 3] = np.nan
    small = shrink(array, 8, 8)
    assert small.shape == (8, 8)
    assert np.isnan(small[0, 0])
    assert np.isfinite(small).sum() == 63


def test_tiles_have_gaps_and_one_scale() -> None:
    image = tiles_of(np.stack([np.zeros((2, 2)), np.ones((2, 2))]), "image", (5, 2))
    assert (image.width(), image.height()) == (5, 2)
    assert QColor.fromRgba(image.pixel(2, 0)).alpha() == 0
    assert rgb(image, 0, 0) == (0, 0, 0)
    assert rgb(image, 3, 0) == (255, 255, 255)


def test_tiles_that_do_not_fit_are_counted() -> None:
    layout = grid_layout((512, 64, 64), (120, 72))
    assert 0 < layout.drawn < 512
    image = tiles_of(np.zeros((512, 64, 64), np.float32), size=(120, 72))
    assert image.width() <= 120
    assert image.height() <= 72


def test_bars_stand_on_the_zero_line() -> None:
    image = bars_of(np.array([1.0, -1.0]), (40, 21), "#FFFFFF")
    assert QColor.fromRgba(image.pixel(14, 4)).alpha() == 255
    assert QColor.fromRgba(image.pixel(14, 17)).alpha() == 0
    assert QColor.fromRgba(image.pixel(25, 17)).alpha() == 255
    assert QColor.fromRgba(image.pixel(25, 4)).alpha() == 0


def test_color_pictures_keep_their_colors() -> None:
    image = rgb_of(np.array([[[1.0]], [[0.5]], [[0.0]]]))
    assert rgb(image, 0, 0) == (255, 128, 0)


def test_tokens_come_as_floats_and_below_zero() -> None:
    assert not tokens_of(np.array([0.0, 2.0, -100.0, np.nan]), (80, 20), ("a", "b", "c")).isNull()


@pytest.mark.parametrize("draw", [image_of, tiles_of, bars_of, curve_of, tokens_of])
def test_empty_arrays_give_empty_pictures(draw: object) -> None:
    image = draw(np.zeros((0, 3, 3)) if draw is tiles_of else np.zeros(0), size=(20, 10))  # type: ignore[operator]
    assert (image.width(), image.height()) == (20, 10)
    assert QColor.fromRgba(image.pixel(5, 5)).alpha() == 0


@pytest.mark.parametrize("shape", [(3000, 4000), (2_000_000,), (600, 300, 300), (4, 5, 6, 7)])
def test_large_arrays_stay_within_the_size(shape: tuple[int, ...]) -> None:
    image = activation_picture(np.zeros(shape, np.float32), "", (100, 50))
    assert image.width() <= 100
    assert image.height() <= 50


MEANINGS = ["", "image", "class", "number", "vector", "token", "series"]
VALUES = [0.0, 1.0, -1.0, 3e38, -3e38, 1e-40, np.nan, np.inf, -np.inf]


@given(
    shape=st.lists(st.integers(0, 6), max_size=4),
    meaning=st.sampled_from(MEANINGS),
    value=st.lists(st.sampled_from(VALUES), min_size=1, max_size=5),
    dark=st.booleans(),
)
@settings(max_examples=200, deadline=None)
def test_no_array_breaks_a_picture(shape: list[int], meaning: str, value: list[float], dark: bool) -> None:
    array = np.resize(np.array(value, np.float32), shape)
    image = activation_picture(array, meaning, (60, 40), dark=dark, labels=("a", "b"))
    assert image.width() <= 60
    assert image.height() <= 40


@pytest.mark.parametrize(("array", "meaning"), [(np.array(3.0), "class"), (np.array([1, 2]), "token")])
def test_text_grows_with_the_scale(array: np.ndarray, meaning: str) -> None:
    def extent(scale: int) -> int:
        image = activation_picture(array, meaning, (100 * scale, 60 * scale), labels="abcd", scale=scale)
        rows = [y for y in range(image.height()) if any(image.pixelColor(x, y).alpha() for x in range(image.width()))]
        return rows[-1] - rows[0] + 1

    assert extent(3) == pytest.approx(3 * extent(1), rel=0.15)


def test_a_picture_below_zero_is_drawn_from_its_lowest_to_its_highest_value() -> None:
    image = rgb_of(np.array([[[-1.0, 1.0]], [[-1.0, 1.0]], [[-1.0, 0.0]]], np.float32))
    assert image.pixelColor(0, 0).getRgb()[:3] == (0, 0, 0)
    assert image.pixelColor(1, 0).getRgb()[:3] == (255, 255, 128)
    # A little below zero is what interpolation leaves: black stays black.
    image = rgb_of(np.array([[[0.0, -0.01]], [[0.0, 1.0]], [[0.0, 1.0]]], np.float32))
    assert image.pixelColor(0, 0).getRgb()[:3] == (0, 0, 0)


def test_a_map_of_classes_has_a_colour_for_each() -> None:
    classes = np.array([[0, 1, 2], [2, 2, -1]], np.float32)
    image = activation_picture(classes, "class", (30, 20), labels=("a", "b", "c"))
    assert (image.width(), image.height()) == (30, 20)
    seen = [image.pixelColor(x, y).name().upper() for x, y in ((5, 5), (15, 5), (25, 5), (5, 15))]
    assert seen == [class_colors(3)[0], class_colors(3)[1], class_colors(3)[2], class_colors(3)[2]]
    assert image.pixelColor(25, 15).alpha() == 0
    assert len(set(class_colors(40))) == 40
    # Larger than its place, it keeps whole classes: no mixture appears.
    fine = np.indices((64, 64)).sum(0) % 2
    small = activation_picture(fine.astype(np.float32), "class", (32, 32), labels=("a", "b"))
    found = {small.pixelColor(x, y).name().upper() for x in range(32) for y in range(32)}
    assert found <= set(class_colors(2))
